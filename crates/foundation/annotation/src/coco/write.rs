//! Sets as one COCO document.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Attributes, TAG};
use crate::geometry::{Bounds, area};
use crate::{Annotation, Corner, Labelled, Shape};

#[derive(Serialize)]
struct Document<'a> {
    info: Info,
    images: Vec<Image<'a>>,
    annotations: Vec<Entry>,
    categories: Vec<Category<'a>>,
}

#[derive(Serialize)]
struct Info {
    description: &'static str,
}

#[derive(Serialize)]
struct Image<'a> {
    id: usize,
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

#[derive(Serialize)]
struct Category<'a> {
    id: usize,
    name: &'a str,
    supercategory: &'static str,
}

#[derive(Default, Serialize)]
struct Entry {
    id: usize,
    image_id: usize,
    category_id: usize,
    iscrowd: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    bbox: Option<[f64; 4]>,
    area: f64,
    segmentation: Vec<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keypoints: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_keypoints: Option<u8>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    attributes: Attributes,
}

/// These items with their annotations as one document. Ids count from 1, categories by name.
///
/// # Errors
/// None that JSON of these types can meet; the writer's error is passed on all the same.
pub fn write(items: &[Labelled]) -> Result<Vec<u8>, serde_json::Error> {
    let all = items.iter().flat_map(|item| &item.set.annotations);
    let mut classes: BTreeMap<&str, usize> = all.map(|it| (it.class.as_str(), 0)).collect();
    for (number, id) in classes.values_mut().enumerate() {
        *id = number + 1;
    }
    let mut annotations = Vec::new();
    for (number, item) in items.iter().enumerate() {
        for annotation in &item.set.annotations {
            let category_id = classes
                .get(annotation.class.as_str())
                .copied()
                .unwrap_or_default();
            let ids = (annotations.len() + 1, number + 1, category_id);
            annotations.push(entry(annotation, ids));
        }
    }
    let document = Document {
        info: Info {
            description: "Annotations, by Bailee",
        },
        images: items.iter().enumerate().map(image).collect(),
        annotations,
        categories: classes.into_iter().map(category).collect(),
    };
    serde_json::to_vec(&document)
}

fn category((name, id): (&str, usize)) -> Category<'_> {
    Category {
        id,
        name,
        supercategory: "",
    }
}

fn image((number, item): (usize, &Labelled)) -> Image<'_> {
    Image {
        id: number + 1,
        file_name: &item.name,
        width: item.set.size.map(|size| size.width),
        height: item.set.size.map(|size| size.height),
    }
}

fn entry(annotation: &Annotation, (id, image_id, category_id): (usize, usize, usize)) -> Entry {
    let bbox = Bounds::of(&annotation.shape).map(|it| [it.left, it.top, it.width(), it.height()]);
    let entry = Entry {
        id,
        image_id,
        category_id,
        bbox,
        attributes: Attributes {
            kind: None,
            text: annotation.text.clone(),
            frame: annotation.frame,
        },
        ..Entry::default()
    };
    match &annotation.shape {
        Shape::Box { x, y, width, height } => Entry {
            bbox: Some([*x, *y, *width, *height]),
            area: width * height,
            ..entry
        },
        Shape::Polygon { rings } => Entry {
            area: rings.iter().map(|ring| area(ring)).sum(),
            segmentation: rings.iter().map(|ring| flat(ring)).collect(),
            ..entry
        },
        Shape::Point { x, y } => Entry {
            // 2: labelled and visible.
            keypoints: Some([*x, *y, 2.0]),
            num_keypoints: Some(1),
            ..entry
        },
        Shape::Tag {} => Entry {
            attributes: Attributes {
                kind: Some(TAG.to_owned()),
                ..entry.attributes
            },
            ..entry
        },
    }
}

fn flat(ring: &[Corner]) -> Vec<f64> {
    ring.iter().flatten().copied().collect()
}
