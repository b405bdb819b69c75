//! Samples of what waits for somebody's word: quarantine, and submitted work with the figures of who did it.

use access::Class;
use console::kit::Problems;
use console::pages::{
    FiguresPage, FiguresRow, HeldRow, QuarantinePage, ReleasePage, ReviewPage, SubmittedRow, figures,
    quarantine, reason_field, release, review,
};

use super::datasets::dataset_rows;
use super::people::{ago, frame, id, pager};
use super::{LONG, Sample, sample};

fn held(number: u64, name: &str, reason: &str) -> HeldRow {
    HeldRow {
        item: id(number),
        version: id(100 + number),
        name: name.to_owned(),
        number: number % 3 + 1,
        reason: reason.to_owned(),
        size: 71_000 * number * number,
        since: ago(95 * number),
    }
}

fn quarantine_page(cleans: bool, held: Vec<HeldRow>) -> QuarantinePage {
    QuarantinePage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        cleans,
        pager: pager("3 versions", false),
        held,
    }
}

fn release_page(reason: &str, problems: Problems) -> ReleasePage {
    ReleasePage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        held: held(
            2,
            "letters/discharge-0012.pdf",
            "files of this kind are not cleaned",
        ),
        reason: reason.to_owned(),
        problems,
    }
}

fn submitted() -> Vec<SubmittedRow> {
    let row = |(number, member): (u64, &str)| SubmittedRow {
        item: id(40 + number),
        name: format!("series-01/chest-{:04}.dcm", 40 + number),
        task: id(number),
        member: member.to_owned(),
        at: ago(7 * number + 2),
    };
    (0..)
        .zip(["Wim Otter", "Wim Otter", "Noor Haddad", "Yuki Tanabe"])
        .map(row)
        .collect()
}

fn review_page(reviews: bool, submitted: Vec<SubmittedRow>) -> ReviewPage {
    ReviewPage {
        frame: frame(Class::Owner),
        dataset: dataset_rows().remove(0),
        reviews,
        pager: pager("4 items", false),
        submitted,
        problems: Problems::default(),
    }
}

pub(crate) fn figures_row(member: &str, submitted: u64) -> FiguresRow {
    FiguresRow {
        member: member.to_owned(),
        leased: submitted % 11,
        submitted,
        approved: submitted * 8 / 10,
        returned: submitted / 20,
        skipped: submitted / 30,
        seconds: submitted * 47,
    }
}

fn figures_page(figures: Vec<FiguresRow>) -> FiguresPage {
    FiguresPage {
        frame: frame(Class::WorkforceManager),
        dataset: dataset_rows().remove(0),
        pager: pager("4 people", false),
        figures,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let some = vec![
        held(
            2,
            "letters/discharge-0012.pdf",
            "files of this kind are not cleaned",
        ),
        held(
            4,
            "series-07/chest-0311.dcm",
            "people may be named in its pixels, and nobody has looked at them (BurnedInAnnotation)",
        ),
        held(7, LONG, "it is cut off after 71,204 bytes"),
    ];
    let why = Problems::one("reason", "Say why it is let out although it was not cleaned");
    let mut wrong = review_page(true, submitted());
    wrong.problems = Problems::one(
        reason_field(wrong.submitted[0].item),
        "Say what is to be done, in at most 500 bytes",
    );
    let mut long = submitted();
    (long[1].name, long[1].member) = (LONG.to_owned(), LONG.to_owned());
    let crowd = vec![
        figures_row("Wim Otter", 1_204),
        figures_row("Noor Haddad", 311),
        figures_row(LONG, 42),
        figures_row("Yuki Tanabe", 0),
    ];
    vec![
        sample("quarantine", quarantine(&quarantine_page(true, some))),
        sample("quarantine-none", quarantine(&quarantine_page(true, vec![]))),
        sample(
            "quarantine-not-cleaned",
            quarantine(&quarantine_page(false, vec![])),
        ),
        sample("release", release(&release_page("", Problems::default()))),
        sample("release-wrong", release(&release_page("", why))),
        sample("review", review(&review_page(true, submitted()))),
        sample("review-wrong", review(&wrong)),
        sample("review-long", review(&review_page(true, long))),
        sample("review-none", review(&review_page(true, vec![]))),
        sample("review-off", review(&review_page(false, vec![]))),
        sample("figures", figures(&figures_page(crowd))),
        sample("figures-none", figures(&figures_page(vec![]))),
    ]
}
