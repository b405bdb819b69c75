//! Samples of datasets and items.

use access::Class;
use console::kit::{Flash, Frame, Icon, Pager, Problems};
use console::pages::{
    ArchivePage, ArchivedRow, DatasetPage, DatasetRow, DatasetsPage, Face, GalleryPage, GrantRow, HoldLine,
    ItemPage, NewDatasetPage, NewGrant, Part, PictureView, SharingRow, Shown, TextView, Tile, Uploading,
    ValueRow, VersionRow, View, WorkSettings, archived_items, dataset_settings, datasets, gallery, item,
    new_dataset,
};

use super::people::{ago, frame, id, now, pager};
use super::pictures;
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

pub(crate) fn dataset(name: &str, description: &str) -> DatasetRow {
    DatasetRow {
        name: name.to_owned(),
        description: description.to_owned(),
        open: false,
        archived: false,
        region: "eu-central".to_owned(),
        hands_out: false,
        made: ago(90 * DAY),
    }
}

pub(crate) fn dataset_rows() -> Vec<DatasetRow> {
    vec![
        DatasetRow {
            hands_out: true,
            ..dataset(
                "chest-x-rays",
                "Frontal chest radiographs, 2019 to 2025, for the nodule study",
            )
        },
        DatasetRow {
            open: true,
            ..dataset("lung-atlas", "Teaching collection, cleared for the public")
        },
        dataset("ct-head-trauma", "Head CT of the emergency department"),
        DatasetRow {
            open: true,
            hands_out: true,
            ..dataset("reader-study-3", "")
        },
        DatasetRow {
            region: "home".to_owned(),
            ..dataset("consent-forms", "Scanned consent forms of all studies")
        },
        DatasetRow {
            archived: true,
            ..dataset("pilot-2018", "The first pilot")
        },
    ]
}

fn tile(number: u64, name: &str, face: Face) -> Tile {
    Tile {
        id: id(number),
        name: name.to_owned(),
        face,
        size: 310_000 * (number % 13 + 1),
        changed: ago(7 * number * number),
        version: 1,
    }
}

fn tiles() -> Vec<Tile> {
    let mut all: Vec<Tile> = (0..17)
        .map(|n| {
            tile(
                n,
                &format!("series-{:02}/chest-{:04}.dcm", n / 6 + 1, 40 + n),
                Face::Picture(pictures::path(n as u32)),
            )
        })
        .collect();
    all[2].version = 3;
    all.insert(
        5,
        tile(
            30,
            "reports/summary.pdf",
            Face::Kind(Icon::Text, "PDF".to_owned()),
        ),
    );
    all.insert(
        9,
        tile(31, "reading-room.mp4", Face::Kind(Icon::Film, "Video".to_owned())),
    );
    all.push(tile(
        32,
        "patients.json",
        Face::Kind(Icon::Record, "Record".to_owned()),
    ));
    all
}

fn gallery_page(items: Vec<Tile>) -> GalleryPage {
    GalleryPage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        pager: pager("20 of more items", !items.is_empty()),
        items,
        prefix: String::new(),
        as_list: false,
        takes: true,
        takes_only: String::new(),
        uploads: vec![],
        problems: Problems::default(),
    }
}

fn uploading() -> GalleryPage {
    let upload = |name: &str, done, of| Uploading {
        name: name.to_owned(),
        done,
        of,
    };
    GalleryPage {
        dataset: dataset_rows().remove(1),
        uploads: vec![
            upload("chest-0058.dcm", 12_400_000, 12_400_000),
            upload("chest-0059.dcm", 5_200_000, 12_300_000),
            upload(LONG, 0, 18_000_000),
        ],
        takes_only: "DICOM and PNG of at most 50 MB".to_owned(),
        problems: Problems::one(
            "file",
            "notes.docx: this dataset takes in DICOM and PNG; nothing was kept",
        ),
        ..gallery_page(tiles())
    }
}

fn long_names() -> GalleryPage {
    let items = vec![
        tile(1, LONG, Face::Picture(pictures::path(1))),
        tile(
            2,
            &format!("{LONG}/{LONG}.dcm"),
            Face::Kind(Icon::Scan, "DICOM".to_owned()),
        ),
        tile(
            3,
            "a",
            Face::Kind(Icon::File, "application/x-something-long".to_owned()),
        ),
    ];
    GalleryPage {
        dataset: dataset(&"a-name-of-sixty-three-letters-".repeat(3)[..63], LONG),
        pager: pager("3 items", false),
        ..gallery_page(items)
    }
}

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
        values: true,
        shown: Shown::default(),
        marked: false,
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
    }
}

fn settings_page(dataset: DatasetRow) -> DatasetPage {
    let sharing = dataset.open.then(|| SharingRow {
        since: ago(12 * DAY),
        until: None,
        address: "https://bailee.northlake.example/open/lung-atlas".to_owned(),
    });
    let grant = |number: u64, name: &str, class, until: Option<_>| GrantRow {
        member: number.to_string(),
        name: name.to_owned(),
        class,
        since: ago(30 * DAY),
        until,
    };
    let person = |number: u64, name: &str| (number.to_string(), name.to_owned());
    DatasetPage {
        frame: frame(Class::Owner),
        work: WorkSettings {
            on: dataset.hands_out,
            batch: "10".to_owned(),
            minutes: "120".to_owned(),
            open: "2".to_owned(),
            originals: false,
        },
        grants: vec![
            grant(6, "Mia Holm", Class::WorkforceManager, None),
            grant(
                7,
                "Wim Otter",
                Class::Worker,
                Some(now().plus(std::time::Duration::from_secs(86_400 * 20))),
            ),
            grant(8, "Pat Doran", Class::Worker, Some(ago(3 * DAY))),
        ],
        new_grant: NewGrant {
            members: vec![person(8, "Yuki Tanabe"), person(11, "Noor Haddad")],
        },
        sharing: Some(sharing),
        problems: Problems::default(),
        dataset,
    }
}

fn archive_page(items: Vec<ArchivedRow>) -> ArchivePage {
    ArchivePage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        pager: pager("3 items", false),
        items,
    }
}

fn archived(number: u64, name: &str, held: bool) -> ArchivedRow {
    ArchivedRow {
        id: id(number),
        name: name.to_owned(),
        size: 3_100_000 * number,
        archived: ago(DAY * number),
        held,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let list = |datasets: Vec<DatasetRow>, class| DatasetsPage {
        frame: frame(class),
        pager: pager("6 datasets", false),
        datasets,
    };
    let make = |name: &str, problems| NewDatasetPage {
        frame: frame(Class::User),
        regions: vec!["home".to_owned(), "eu-central".to_owned()],
        name: name.to_owned(),
        description: String::new(),
        problems,
    };
    let bad_name = Problems::one(
        "name",
        "Use 3 to 63 lowercase letters, digits, hyphens and dots, beginning and ending with a letter or digit",
    );
    let flash = Flash {
        link: Some(("/console/trail/1".to_owned(), "Receipt".to_owned())),
        ..Flash::done("chest-0041.dcm was archived.")
    };
    let none_like = GalleryPage {
        prefix: "mri-".to_owned(),
        ..gallery_page(vec![])
    };
    let long = ItemPage {
        name: format!("{LONG}/{LONG}.dcm"),
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
    vec![
        sample("datasets", datasets(&list(dataset_rows(), Class::Owner))),
        sample("datasets-none", datasets(&list(vec![], Class::User))),
        sample(
            "datasets-none-manager",
            datasets(&list(vec![], Class::WorkforceManager)),
        ),
        sample("dataset-new", new_dataset(&make("", Problems::default()))),
        sample("dataset-new-wrong", new_dataset(&make("My Scans", bad_name))),
        sample(
            "gallery",
            gallery(&GalleryPage {
                frame: Frame {
                    flash: Some(flash),
                    ..frame(Class::Owner)
                },
                ..gallery_page(tiles())
            }),
        ),
        sample(
            "gallery-list",
            gallery(&GalleryPage {
                as_list: true,
                ..gallery_page(tiles())
            }),
        ),
        sample("gallery-none", gallery(&gallery_page(vec![]))),
        sample("gallery-nothing-found", gallery(&none_like)),
        sample("gallery-open-uploading", gallery(&uploading())),
        sample("gallery-long", gallery(&long_names())),
        sample("item", item(&item_page())),
        sample("item-long", item(&long)),
        sample("item-archived", item(&kept)),
        sample(
            "item-near",
            item(&plain("photos/0311.jpg", "image/jpeg", View::Picture(near))),
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
        sample(
            "dataset-settings",
            dataset_settings(&settings_page(dataset_rows().remove(0))),
        ),
        sample(
            "dataset-settings-open",
            dataset_settings(&DatasetPage {
                grants: vec![],
                ..settings_page(dataset_rows().remove(1))
            }),
        ),
        sample(
            "archive",
            archived_items(&archive_page(vec![
                archived(1, "chest-0041.dcm", false),
                archived(2, "chest-0012.dcm", true),
                archived(5, LONG, false),
            ])),
        ),
        sample("archive-none", archived_items(&archive_page(vec![]))),
    ]
}
