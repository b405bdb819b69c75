//! Samples of a dataset that asks why it is read: the question, sent back, and what reminds of it.

use access::Class;
use console::kit::Problems;
use console::pages::{GalleryPage, LookingFor, ReasonPage, gallery, reason};

use super::datasets::{dataset_rows, gallery_page, tiles};
use super::people::{frame, now};
use super::{LONG, Sample, sample};

fn asked(problems: Problems) -> ReasonPage {
    ReasonPage {
        frame: frame(Class::User),
        dataset: dataset_rows().remove(0),
        reasons: ["care", "second-opinion", "quality-assurance"]
            .map(str::to_owned)
            .to_vec(),
        takes_note: true,
        chosen: "second-opinion".to_owned(),
        note: String::new(),
        then: "/console/datasets/chest-x-rays".to_owned(),
        problems,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let wrong = Problems::one("note", "Say it in at most 200 bytes on one line");
    let said = LookingFor {
        reason: "second-opinion: case 2026-114, asked for by Dr Haddad".to_owned(),
        until: now().plus(std::time::Duration::from_secs(60 * 41)),
    };
    vec![
        sample("reason", reason(&asked(Problems::default()))),
        sample(
            "reason-wrong",
            reason(&ReasonPage {
                note: LONG.to_owned(),
                ..asked(wrong)
            }),
        ),
        sample(
            "gallery-for-a-reason",
            gallery(&GalleryPage {
                looking_for: Some(said),
                ..gallery_page(tiles())
            }),
        ),
    ]
}
