//! Samples of datasets: lists, galleries, settings, archives.

use access::Class;
use console::kit::{Flash, Frame, Icon, Problems};
use console::pages::{
    ArchivePage, ArchivedRow, Choice, DatasetPage, DatasetRow, DatasetsPage, Face, GalleryPage, GrantRow,
    NewDatasetPage, ShareRow, Tile, Uploading, WorkSettings, archived_items, dataset_settings, datasets,
    gallery, new_dataset,
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

pub(crate) fn tiles() -> Vec<Tile> {
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

pub(crate) fn gallery_page(items: Vec<Tile>) -> GalleryPage {
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
        looking_for: None,
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

fn settings_page(dataset: DatasetRow) -> DatasetPage {
    let shared = |number: u64, export, left: Option<u64>, originals| ShareRow {
        id: id(number),
        export,
        since: ago(12 * DAY),
        until: left.map_or(ago(DAY), |days| {
            now().plus(std::time::Duration::from_secs(86_400 * days))
        }),
        withdrawn: None,
        originals,
    };
    let sharing = match dataset.open {
        true => vec![
            shared(71, None, Some(18), false),
            shared(72, Some(3), Some(2), true),
            shared(73, Some(2), None, false),
        ],
        false => Vec::new(),
    };
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
            review: dataset.hands_out,
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
        grants_pager: pager("3 grants", false),
        candidates: Choice::Listed(vec![person(8, "Yuki Tanabe"), person(11, "Noor Haddad")]),
        sharing: Some(sharing),
        reasons: (String::new(), false),
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
        sample(
            "dataset-settings",
            dataset_settings(&settings_page(dataset_rows().remove(0))),
        ),
        sample(
            "dataset-settings-open",
            dataset_settings(&DatasetPage {
                reasons: ("care\nsecond-opinion\nquality-assurance".to_owned(), true),
                grants: vec![],
                ..settings_page(dataset_rows().remove(1))
            }),
        ),
        sample(
            "dataset-settings-of-many",
            dataset_settings(&DatasetPage {
                grants_pager: pager("3 of more grants", true),
                candidates: Choice::Typed,
                ..settings_page(dataset_rows().remove(0))
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
