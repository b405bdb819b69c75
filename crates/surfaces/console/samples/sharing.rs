//! Samples of exports, of sharing with the public, and of what the public sees.

use std::time::Duration;

use access::Class;
use console::kit::{Light, Place, Problems};
use console::pages::{
    ConfirmPage, ExportRow, ExportsPage, Proof, PublicAbout, PublicItemPage, PublicPage, PublicRow,
    SharePage, SharedPage, confirm, exports, public_item, public_items, share, shared,
};

use super::datasets::dataset_rows;
use super::people::{ago, frame, id, now, pager};
use super::{LONG, Sample, pictures, sample};

const DAY: u64 = 24 * 60;
const LINK: &str = "/public/AZjwwn06fBGbHl9qe4ydDp3sQm1xV0aWcY7uKfT2hJ4RzE8oLgNiPdBvCkMtXy5S";

fn export(number: u64, whole: bool, format: Option<&'static str>) -> ExportRow {
    ExportRow {
        number,
        whole,
        made: ago(number * DAY),
        items: 1_200 * number,
        size: 310_000_000 * number,
        format,
    }
}

fn exports_page(exports: Vec<ExportRow>, class: Class) -> ExportsPage {
    ExportsPage {
        frame: frame(class),
        dataset: dataset_rows().remove(0),
        pager: pager("3 exports", false),
        exports,
        problems: Problems::default(),
    }
}

fn share_page(problems: Problems) -> SharePage {
    SharePage {
        frame: frame(Class::Owner),
        dataset: "lung-atlas".to_owned(),
        exports: vec![3, 2, 1],
        until: "2026-03-02".to_owned(),
        problems,
    }
}

fn warning() -> ConfirmPage {
    ConfirmPage {
        frame: frame(Class::Owner),
        place: Place::Datasets,
        title: "Share this with the public?".to_owned(),
        crumbs: vec![("/console/datasets".to_owned(), "Datasets".to_owned())],
        consequences: vec![
            "Anybody who gets the link can look at export 3 of “lung-atlas”, at present 1200 items, without an account, until 2026-03-03 00:00 UTC.".to_owned(),
            "They can take the original bytes. What was taken cannot be called back.".to_owned(),
            "Every look stands in your trail, and you can withdraw the link at any time.".to_owned(),
        ],
        mild: false,
        to: "/console/datasets/lung-atlas/share".to_owned(),
        values: vec![("confirmation".to_owned(), "AAXx".to_owned())],
        press: "Share with the public".to_owned(),
        back: "/console/datasets/lung-atlas/settings".to_owned(),
        proof: Proof::Fresh,
        problems: Problems::default(),
    }
}

fn about(originals: bool) -> PublicAbout {
    PublicAbout {
        light: Light::Device,
        link: LINK.to_owned(),
        dataset: "lung-atlas".to_owned(),
        export: originals.then_some(3),
        until: now().plus(Duration::from_secs(86_400 * 18)),
        originals,
    }
}

fn row(number: u64, name: &str, media_type: &str) -> PublicRow {
    PublicRow {
        id: id(number),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size: 310_000 * number,
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
        made: ago(number * DAY),
    }
}

fn public_page(items: Vec<PublicRow>, originals: bool) -> PublicPage {
    PublicPage {
        about: about(originals),
        pager: pager("3 items", false),
        items,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let unfinished = vec![
        export(1, true, Some("COCO")),
        export(2, true, None),
        export(3, false, Some("Darwin JSON")),
    ];
    let rows = vec![
        row(1, "chest-0041.dcm", "application/dicom"),
        row(2, "notes.pdf", "application/pdf"),
        row(3, LONG, ""),
    ];
    let item = |picture: Option<String>, originals| PublicItemPage {
        about: about(originals),
        item: row(1, "chest-0041.dcm", "application/dicom"),
        picture,
    };
    let bad_day = Problems::one("until", "Say when it ends: in the future, within 366 days");
    vec![
        sample("exports", exports(&exports_page(unfinished, Class::Owner))),
        sample(
            "exports-none-manager",
            exports(&exports_page(vec![], Class::WorkforceManager)),
        ),
        sample("share", share(&share_page(Problems::default()))),
        sample("share-wrong", share(&share_page(bad_day))),
        sample("share-warning", confirm(&warning())),
        sample(
            "shared",
            shared(&SharedPage {
                frame: frame(Class::Owner),
                dataset: "lung-atlas".to_owned(),
                link: format!("https://bailee.northlake.example{LINK}"),
                until: now().plus(Duration::from_secs(86_400 * 18)),
            }),
        ),
        sample("public", public_items(&public_page(rows, false))),
        sample("public-none", public_items(&public_page(vec![], true))),
        sample("public-item", public_item(&item(Some(pictures::path(3)), false))),
        sample("public-item-not-drawn", public_item(&item(None, true))),
    ]
}
