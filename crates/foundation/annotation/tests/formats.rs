//! What goes out comes back, and what others write is read or refused, row by row.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use annotation::{Annotation, Labelled, Row, Set, Shape, Size, coco, darwin};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Coordinates in quarters of a pixel, so that sums of them are exact.
fn coordinate(most: u32) -> impl Strategy<Value = f64> {
    (0..=most * 4).prop_map(|quarters| f64::from(quarters) / 4.0)
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let corner = (coordinate(640), coordinate(480)).prop_map(|(x, y)| [x, y]);
    let ring = proptest::collection::vec(corner, 3..7);
    prop_oneof![
        (coordinate(600), coordinate(400), 1u32..160, 1u32..320).prop_map(|(x, y, width, height)| {
            Shape::Box {
                x,
                y,
                width: f64::from(width) / 4.0,
                height: f64::from(height) / 4.0,
            }
        }),
        proptest::collection::vec(ring, 1..3).prop_map(|rings| Shape::Polygon { rings }),
        (coordinate(640), coordinate(480)).prop_map(|(x, y)| Shape::Point { x, y }),
        Just(Shape::Tag {}),
    ]
}

prop_compose! {
    fn any_annotation()(
        class in "[a-zäö ]{0,8}x",
        shape in any_shape(),
        text in proptest::option::of("[^\0]{0,20}"),
        frame in proptest::option::of(0u32..100),
    ) -> Annotation {
        Annotation { class, shape, text, frame }
    }
}

prop_compose! {
    fn any_items()(
        sets in proptest::collection::btree_map("[a-z/.]{1,12}", (proptest::collection::vec(any_annotation(), 0..5), any::<bool>()), 0..4),
    ) -> Vec<Labelled> {
        let size = Some(Size { width: 640, height: 480 });
        let labelled = |(name, (annotations, sized)): (String, (Vec<Annotation>, bool))| Labelled {
            name,
            set: Set { size: size.filter(|_| sized), annotations },
        };
        sets.into_iter().map(labelled).collect()
    }
}

fn kept(rows: Vec<Row>) -> Vec<Labelled> {
    let labelled = |row: Row| Labelled {
        name: row.name.unwrap(),
        set: row.set.unwrap(),
    };
    rows.into_iter().map(labelled).collect()
}

proptest! {
    #[test]
    fn coco_comes_back_as_it_went(items in any_items()) {
        prop_assert_eq!(kept(coco::read(&coco::write(&items).unwrap()).unwrap()), items);
    }

    #[test]
    fn darwin_comes_back_as_it_went(items in any_items()) {
        let lines: Vec<Vec<u8>> = items.iter().map(|item| darwin::write(item).unwrap()).collect();
        prop_assume!(!lines.is_empty());
        prop_assert_eq!(kept(darwin::read(&lines.join(&b'\n')).unwrap()), items.clone());
        let list = [b"[".as_slice(), &lines.join(&b','), b"]"].concat();
        prop_assert_eq!(kept(darwin::read(&list).unwrap()), items);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = (coco::read(&bytes), darwin::read(&bytes));
    }

    #[test]
    fn whatever_is_changed_in_a_file_is_read_or_refused_and_never_beyond_the_bounds(
        items in any_items(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let darwin = items.first().map(|item| darwin::write(item).unwrap()).unwrap_or_default();
        for (mut bytes, read) in [(coco::write(&items).unwrap(), coco::read as fn(&[u8]) -> _), (darwin, darwin::read)] {
            if bytes.is_empty() {
                continue;
            }
            let place = at.index(bytes.len());
            bytes[place] = byte;
            let whole: Result<Vec<Row>, _> = read(&bytes);
            for row in whole.into_iter().flatten() {
                prop_assert!(row.set.is_err() || row.set.unwrap().check().is_ok());
            }
            let _ = read(&bytes[..cut.index(bytes.len())]);
        }
    }
}

fn faults(row: &Row) -> Vec<String> {
    let faults = row.set.as_ref().unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn read(document: Value) -> Vec<Row> {
    coco::read(document.to_string().as_bytes()).unwrap()
}

#[test]
fn coco_as_others_write_it_is_read() {
    let rows = read(json!({
        "info": { "year": 2020 }, "licenses": [],
        "images": [
            { "id": 9, "file_name": "a.jpg", "width": 640, "height": 480, "coco_url": "https://images.example/a.jpg" },
            { "id": "b", "file_name": "b.jpg" }
        ],
        "categories": [{ "id": 18, "name": "dog", "supercategory": "animal" }],
        "annotations": [
            { "id": 1, "image_id": 9, "category_id": 18, "iscrowd": 0, "area": 4, "bbox": [1, 2, 2, 2],
              "segmentation": [[1, 2, 3, 2, 3, 4]], "score": 0.5 },
            { "id": 2, "image_id": 9, "category_id": 18, "bbox": [638.5, 2, 2, 2], "segmentation": [] },
            { "id": 3, "image_id": "b", "category_id": 18, "keypoints": [7, 8, 1], "bbox": [7, 8, 0, 0] }
        ]
    }));
    let (first, second) = (rows[0].set.as_ref().unwrap(), rows[1].set.as_ref().unwrap());
    assert_eq!(first.annotations.len(), 2);
    assert!(matches!(first.annotations[0].shape, Shape::Polygon { .. }));
    assert!(
        matches!(first.annotations[1].shape, Shape::Box { width, .. } if width == 1.5),
        "put back to the edge"
    );
    assert_eq!(second.annotations[0].shape, Shape::Point { x: 7.0, y: 8.0 });
}

#[test]
fn every_row_of_a_broken_coco_document_says_what_is_wrong_with_it() {
    let rows = read(json!({
        "images": [
            { "id": 1, "file_name": "whole.jpg" }, { "id": 2, "file_name": "mask.jpg" },
            { "id": 3, "file_name": "whole.jpg" }, { "id": 4, "file_name": "wide.jpg", "width": 10, "height": 10 }
        ],
        "categories": [{ "id": 1, "name": "dog" }],
        "annotations": [
            { "image_id": 1, "category_id": 1, "bbox": [1, 1, 1, 1] },
            { "image_id": 2, "category_id": 1, "segmentation": { "counts": [1, 2], "size": [3, 4] } },
            { "image_id": 2, "category_id": 7, "bbox": [1, 1, 1, 1] },
            { "image_id": 4, "category_id": 1, "bbox": [1, 1, 100, 1] },
            { "image_id": 8, "category_id": 1, "bbox": [1, 1, 1, 1] }
        ]
    }));
    assert!(rows[0].set.is_ok());
    assert!(faults(&rows[1])[0].starts_with("annotations[1]: run-length masks"));
    assert!(faults(&rows[1])[1].starts_with("annotations[2]: name a category"));
    assert!(faults(&rows[2])[0].contains("same file_name"));
    assert!(faults(&rows[3])[0].starts_with("annotations[3].shape: it reaches beyond"));
    assert_eq!(
        (rows[4].name.as_ref(), rows.len()),
        (None, 5),
        "what belongs to no image is told, too"
    );
}

#[test]
fn darwin_as_v7_writes_it_is_read_and_what_is_not_kept_is_refused() {
    let document = |annotations: Value| {
        json!({
            "version": "2.0", "schema_ref": "x",
            "item": { "name": "a.png", "path": "/scans", "slots": [{ "type": "image", "slot_name": "0", "width": 64, "height": 48 }] },
            "annotations": annotations
        })
    };
    let polygon = json!({ "id": "1", "name": "lung", "polygon": { "paths": [[{ "x": 1, "y": 1 }, { "x": 2, "y": 1 }, { "x": 2, "y": 2 }]] },
        "bounding_box": { "x": 1, "y": 1, "w": 1, "h": 1 }, "annotators": [{ "full_name": "X" }], "slot_names": ["0"] });
    let note = json!({ "name": "finding", "tag": {}, "text": { "text": "none" } });
    // Over several lines, as files are.
    let pretty = serde_json::to_vec_pretty(&document(json!([polygon, note]))).unwrap();
    let rows = darwin::read(&pretty).unwrap();
    let set = rows[0].set.as_ref().unwrap();
    assert_eq!(
        (rows[0].name.as_deref(), set.annotations.len()),
        (Some("scans/a.png"), 2)
    );
    assert_eq!(set.annotations[1].text.as_deref(), Some("none"));
    let film = json!({ "name": "x", "frames": { "0": { "bounding_box": { "x": 1, "y": 1, "w": 1, "h": 1 } } }, "ranges": [[0, 9]] });
    for other in [
        json!({ "name": "x", "ellipse": {} }),
        json!({ "name": "x" }),
        film,
    ] {
        let bytes = document(json!([other])).to_string();
        assert!(
            faults(&darwin::read(bytes.as_bytes()).unwrap()[0])[0].starts_with("annotations[0]"),
            "{other}"
        );
    }
}

#[test]
fn a_broken_line_is_a_row_and_a_broken_file_is_none() {
    let good = darwin::write(&Labelled {
        name: "a".into(),
        set: Set::default(),
    })
    .unwrap();
    let lines = [good.clone(), b"{\"version\": \"2.0\"}".to_vec(), good].join(&b'\n');
    let rows = darwin::read(&lines).unwrap();
    assert!(rows[0].set.is_ok());
    assert!(faults(&rows[1])[0].contains("this line is not Darwin JSON"));
    assert!(faults(&rows[2])[0].contains("another document"));
    let said = darwin::read(b"{\n\"secret\": 1\n").unwrap_err().to_string();
    assert!(said.contains("line 2") && !said.contains("secret"), "{said}");
    assert!(coco::read(b"[]").is_err());
}
