//! Samples of items: pictures, texts, records, and what is said about them.

use access::Class;
use console::kit::{Icon, Pager, Problems};
use console::pages::{
    Drawing, HoldLine, ItemPage, MarkRow, Part, PictureView, Shown, TextView, ValueRow, VersionRow, View,
    item,
};

use super::datasets::dataset_rows;
use super::people::{ago, frame, id};
use super::pictures;
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

fn version(number: u64) -> VersionRow {
    VersionRow {
        id: id(900 + number),
        number,
        size: 12_300_000 + number * 4_000,
        made: ago(4 * DAY * (4 - number)),
    }
}

fn picture(number: u32) -> PictureView {
    PictureView {
        page: "/console/items/42".to_owned(),
        source: pictures::path(number),
        version: None,
        alt: "View of series-01/chest-0042.dcm".to_owned(),
        width: 400,
        height: 400,
        frames: 24,
        pages: None,
        seconds: None,
        values: true,
        shown: Shown::default(),
        marked: false,
    }
}

fn drawing(may_draw: bool) -> Drawing {
    let row = |class: &str, kind: &str, place: &str, text: Option<&str>| MarkRow {
        class: class.to_owned(),
        kind: kind.to_owned(),
        place: place.to_owned(),
        text: text.map(str::to_owned),
    };
    let set = r#"{"annotations":[{"class":"nodule","shape":{"kind":"box","x":112,"y":150,"width":58,"height":64}},
        {"class":"heart","shape":{"kind":"polygon","rings":[[[186,222],[236,206],[272,250],[256,318],[196,312]]]}},
        {"class":"carina","shape":{"kind":"point","x":201,"y":168}},{"class":"frontal","shape":{"kind":"tag"}}]}"#;
    Drawing {
        to: "/console/items/42/annotations".to_owned(),
        version: "1".to_owned(),
        basis: "1".to_owned(),
        set: set.to_owned(),
        rows: vec![
            row(
                "nodule",
                "box",
                "58 × 64 at 112, 150",
                Some("about 6 mm, ask for a follow-up"),
            ),
            row("heart", "polygon", "5 corners from 186, 222", None),
            row("carina", "point", "at 201, 168", None),
            row("frontal", "tag", "the whole picture", None),
        ],
        may_draw,
    }
}

fn text(text: Option<&str>, values: Vec<ValueRow>) -> TextView {
    TextView {
        text: text.map(str::to_owned),
        values,
        reveal: "/console/items/42/reveal".to_owned(),
        carried: vec![],
        reason: String::new(),
        mark: None,
        pager: Pager::default(),
        problems: Problems::default(),
    }
}

fn values() -> Vec<ValueRow> {
    let row = |path: &str, kind: &str, value: Option<&str>| ValueRow {
        path: path.to_owned(),
        kind: kind.to_owned(),
        value: value.map(str::to_owned),
    };
    vec![
        row("/handle", "text", None),
        row("/patient/name", "text", None),
        row("/patient/born", "text", Some("1961-04-02")),
        row("/visits/0/site", "text", None),
        row("/visits/0/duration", "number", None),
        row("/consented", "boolean", None),
        row(&format!("/{LONG}"), "text", Some(LONG)),
    ]
}

fn item_page() -> ItemPage {
    ItemPage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        id: id(42),
        name: "series-01/chest-0042.dcm".to_owned(),
        archived: None,
        view: View::Picture(picture(2)),
        drawing: Some(drawing(true)),
        task: None,
        media_type: "application/dicom".to_owned(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        data_class: Some("health".to_owned()),
        about_person: true,
        metadata: vec![
            ("study".to_owned(), "nodule-3".to_owned()),
            ("site".to_owned(), "north".to_owned()),
        ],
        versions: vec![version(3), version(2), version(1)],
        holds: vec![],
        looking_for: None,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let long = ItemPage {
        name: format!("{LONG}/{LONG}.dcm"),
        drawing: None,
        view: View::None(
            Icon::File,
            "This kind of file cannot be shown. Download it to look at it.".to_owned(),
        ),
        metadata: vec![
            ("description".to_owned(), LONG.repeat(3)),
            (LONG.to_owned(), "1".to_owned()),
        ],
        ..item_page()
    };
    let hold = HoldLine {
        kind: "Legal hold".to_owned(),
        until: None,
    };
    let kept = ItemPage {
        archived: Some(ago(2 * DAY)),
        holds: vec![hold],
        drawing: None,
        view: View::None(
            Icon::Archive,
            "Archived items are kept out of sight. Restore it to look at it.".to_owned(),
        ),
        ..item_page()
    };
    let plain = |name: &str, media_type: &str, view: View| ItemPage {
        name: name.to_owned(),
        view,
        media_type: media_type.to_owned(),
        drawing: None,
        metadata: vec![],
        versions: vec![VersionRow {
            size: 58,
            ..version(1)
        }],
        ..item_page()
    };
    let record = |values: Vec<ValueRow>| {
        plain(
            "patients/0007.json",
            "application/json",
            View::Text(text(None, values)),
        )
    };
    let covered: Vec<_> = values()
        .into_iter()
        .map(|row| ValueRow { value: None, ..row })
        .collect();
    let refused = TextView {
        problems: Problems::one("reason", "Say why you need to see it"),
        mark: Some("Wanda Otter 7b8c9d0e 2026-03-02 11:58 UTC".to_owned()),
        ..text(None, covered.clone())
    };
    let note = TextView {
        pager: Pager {
            shown: String::new(),
            first: None,
            next: Some("/console/items/42?page=65536".to_owned()),
        },
        ..text(
            Some("Findings\n\nNo focal consolidation. Heart size within normal limits.\n"),
            vec![],
        )
    };
    let near = PictureView {
        frames: 1,
        values: false,
        marked: true,
        shown: Shown {
            part: Some(Part {
                x: 100,
                y: 80,
                width: 200,
                height: 200,
            }),
            ..Shown::default()
        },
        ..picture(3)
    };
    let document = PictureView {
        frames: 12,
        pages: Some(vec![(400, 400); 12]),
        values: false,
        alt: "View of contracts/2026-04.pdf".to_owned(),
        shown: Shown {
            frame: 2,
            ..Shown::default()
        },
        ..picture(5)
    };
    let film = PictureView {
        frames: 750,
        seconds: Some(25.0),
        values: false,
        marked: true,
        alt: "View of rides/junction-04.mp4".to_owned(),
        shown: Shown {
            frame: 318,
            ..Shown::default()
        },
        ..picture(6)
    };
    let of_task = ItemPage {
        frame: frame(Class::Worker),
        task: Some(id(7)),
        drawing: Some(Drawing {
            basis: String::new(),
            set: r#"{"annotations":[]}"#.to_owned(),
            rows: vec![],
            ..drawing(true)
        }),
        ..item_page()
    };
    vec![
        sample("item", item(&item_page())),
        sample("item-long", item(&long)),
        sample("item-archived", item(&kept)),
        sample(
            "item-near",
            item(&ItemPage {
                drawing: Some(drawing(false)),
                ..plain("photos/0311.jpg", "image/jpeg", View::Picture(near))
            }),
        ),
        sample("item-of-task", item(&of_task)),
        sample(
            "item-document",
            item(&ItemPage {
                drawing: Some(drawing(false)),
                ..plain(
                    "contracts/2026-04.pdf",
                    "application/pdf",
                    View::Picture(document),
                )
            }),
        ),
        sample(
            "item-film",
            item(&ItemPage {
                drawing: Some(drawing(false)),
                ..plain("rides/junction-04.mp4", "video/mp4", View::Picture(film))
            }),
        ),
        sample("item-record", item(&record(values()))),
        sample("item-record-covered", item(&record(covered))),
        sample(
            "item-record-no-reason",
            item(&plain(
                "patients/0007.json",
                "application/json",
                View::Text(refused),
            )),
        ),
        sample(
            "item-text",
            item(&plain("reports/0042.txt", "text/plain", View::Text(note))),
        ),
    ]
}
