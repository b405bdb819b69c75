//! A COCO document as rows, one for each image.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Attributes, TAG};
use crate::geometry::fitted;
use crate::rows::{RowInMaking, Unreadable, size_of};
use crate::{Annotation, Corner, Row, Shape, Size};

#[derive(Deserialize)]
struct Document {
    images: Vec<Image>,
    #[serde(default)]
    annotations: Vec<Entry>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
    id: Id,
    file_name: String,
    width: Option<f64>,
    height: Option<f64>,
}

#[derive(Deserialize)]
struct Category {
    id: Id,
    name: String,
}

#[derive(Deserialize)]
struct Entry {
    image_id: Id,
    category_id: Option<Id>,
    bbox: Option<Vec<f64>>,
    #[serde(default)]
    segmentation: Segmentation,
    keypoints: Option<Vec<f64>>,
    attributes: Option<Attributes>,
}

/// Tools use numbers as well as texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(i64),
    Text(String),
}

/// Where a category is not said, or not known.
const NO_CATEGORY: &str = "name a category that the document has";

/// Reads a document. Every image is a row; annotations that name none are a row of their own.
///
/// # Errors
/// Bytes that are no COCO document at all.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, Unreadable> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| Unreadable::json(&error, "a COCO document with images and annotations"))?;
    let categories: HashMap<Id, String> = document
        .categories
        .into_iter()
        .map(|it| (it.id, it.name))
        .collect();
    let mut rows = Rows::of(document.images);
    for (number, entry) in document.annotations.into_iter().enumerate() {
        let (place, row) = (format!("annotations[{number}]"), rows.of_image(&entry.image_id));
        match annotation(entry, &categories, row.size) {
            Ok(annotation) => row.take(&place, annotation),
            Err(problem) => row.fault(place, problem),
        }
    }
    Ok(rows.finish())
}

struct Rows {
    rows: Vec<RowInMaking>,
    by_id: HashMap<Id, usize>,
    astray: RowInMaking,
}

impl Rows {
    fn of(images: Vec<Image>) -> Self {
        let (mut rows, mut by_id, mut names) = (Vec::new(), HashMap::new(), HashSet::new());
        for (number, image) in images.into_iter().enumerate() {
            let (place, mut row) = (format!("images[{number}]"), RowInMaking::default());
            match size_of(image.width, image.height) {
                Ok(size) => row.size = size,
                Err(problem) => row.fault(&*place, problem),
            }
            if by_id.insert(image.id, number).is_some() {
                row.fault(&*place, "another image has the same id");
            }
            if !names.insert(image.file_name.clone()) {
                row.fault(&*place, "another image has the same file_name");
            }
            row.name = Some(image.file_name);
            rows.push(row);
        }
        Self {
            rows,
            by_id,
            astray: RowInMaking::default(),
        }
    }

    fn of_image(&mut self, id: &Id) -> &mut RowInMaking {
        let place = self.by_id.get(id).copied();
        match place.and_then(|place| self.rows.get_mut(place)) {
            Some(row) => row,
            None => &mut self.astray,
        }
    }

    fn finish(self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.rows.into_iter().map(RowInMaking::finish).collect();
        let astray = self.astray.finish();
        if astray
            .set
            .as_ref()
            .map_or(true, |set| !set.annotations.is_empty())
        {
            let mut lost = RowInMaking::default();
            lost.fault(
                "annotations",
                "some name an image that the document does not have",
            );
            rows.push(lost.finish());
        }
        rows
    }
}

fn annotation(
    entry: Entry,
    categories: &HashMap<Id, String>,
    size: Option<Size>,
) -> Result<Annotation, &'static str> {
    let category = entry.category_id.as_ref().and_then(|id| categories.get(id));
    let class = category.ok_or(NO_CATEGORY)?.clone();
    let attributes = entry.attributes.unwrap_or_default();
    let shape = match (entry.segmentation, entry.keypoints, entry.bbox) {
        (Segmentation::Mask, ..) => {
            return Err("run-length masks are not kept: convert them to polygons");
        }
        (Segmentation::Rings(rings), ..) if !rings.is_empty() => Shape::Polygon {
            rings: rings.iter().map(|ring| corners(ring)).collect::<Result<_, _>>()?,
        },
        (_, Some(keypoints), _) if !keypoints.is_empty() => point(&keypoints)?,
        (.., Some(bbox)) if !bbox.is_empty() => boxed(&bbox)?,
        _ if attributes.kind.as_deref() == Some(TAG) => Shape::Tag {},
        _ => return Err("say where it is: bbox, segmentation or keypoints; or attributes.kind \"tag\""),
    };
    Ok(Annotation {
        class,
        shape: fitted(shape, size),
        text: attributes.text,
        frame: attributes.frame,
    })
}

fn corners(ring: &[f64]) -> Result<Vec<Corner>, &'static str> {
    let (pairs, rest) = ring.as_chunks::<2>();
    match rest {
        [] => Ok(pairs.to_vec()),
        _ => Err("a polygon has an x and a y for every corner"),
    }
}

fn point(keypoints: &[f64]) -> Result<Shape, &'static str> {
    match keypoints {
        [x, y, _] => Ok(Shape::Point { x: *x, y: *y }),
        _ => Err("skeletons of several keypoints are not kept: make them single points"),
    }
}

fn boxed(bbox: &[f64]) -> Result<Shape, &'static str> {
    match bbox {
        [x, y, width, height] => Ok(Shape::Box {
            x: *x,
            y: *y,
            width: *width,
            height: *height,
        }),
        _ => Err("a bbox is x, y, width and height"),
    }
}

/// Rings as flat lists of numbers, or a mask of run lengths, which is told apart and not held.
#[derive(Debug)]
enum Segmentation {
    Rings(Vec<Vec<f64>>),
    Mask,
}

impl Default for Segmentation {
    fn default() -> Self {
        Self::Rings(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Segmentation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Segmentation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rings or a mask")
            }

            fn visit_unit<E>(self) -> Result<Segmentation, E> {
                Ok(Segmentation::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Segmentation, A::Error> {
                let mut rings = Vec::new();
                while let Some(ring) = seq.next_element::<Vec<f64>>()? {
                    rings.push(ring);
                }
                Ok(Segmentation::Rings(rings))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Segmentation, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Segmentation::Mask)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
