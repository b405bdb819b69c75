//! Samples about people: the frame, the first page, members, the class table, and what goes wrong.

use std::sync::LazyLock;
use std::time::Duration;

use access::{Action, Class, Facts, Policies, Situation, Subject};
use console::kit::{Flash, Frame, Light, Pager, Place, Problems};
use console::pages::{
    ClassesPage, ConfirmPage, HomePage, InvitePage, MemberPage, MemberRow, ProblemPage, Proof, TeamPage,
    classes, confirm, home, invite, kit, member, problem, problem_outside, team,
};
use kernel::{MemberId, Timestamp};

use super::datasets::dataset_rows;
use super::work::event_rows;
use super::{LONG, Sample, sample};

pub(crate) fn now() -> Timestamp {
    "2026-03-02T14:20:00Z".parse().unwrap()
}

pub(crate) fn ago(minutes: u64) -> Timestamp {
    now().minus(Duration::from_secs(60 * minutes))
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u64) -> T {
    format!("0198f0c2-7d3a-7c11-9b1e-{number:012x}").parse().unwrap()
}

static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

/// What the class may do somewhere: at home, with a grant, or with what is its own.
fn rights(class: Class) -> Vec<Action> {
    let facts = Facts {
        dataset_granted: true,
        own: true,
        target_class: Some(Class::Worker),
        new_class: Some(Class::Worker),
        ..Facts::at_home()
    };
    let archived = Facts {
        state: access::State::Archived,
        ..facts
    };
    let held = Facts {
        quarantined: true,
        ..facts
    };
    let of_others = Facts { own: false, ..facts };
    let subject = Subject::of(class);
    let may = |action: &Action| {
        let mut all = [&facts, &archived, &held, &of_others].into_iter();
        all.any(|facts| POLICIES.would_allow(&subject, *action, facts))
    };
    Action::ALL.into_iter().filter(may).collect()
}

pub(crate) fn frame(class: Class) -> Frame {
    let person = match class {
        Class::Owner => "Ada Marsh",
        Class::WorkforceManager => "Mia Holm",
        Class::Worker => "Wim Otter",
        _ => "Uma Reyes",
    };
    Frame {
        team: "Northlake Imaging".to_owned(),
        person: person.to_owned(),
        class,
        may: rights(class),
        csrf: "sample".to_owned(),
        light: Light::Device,
        flash: None,
        now: now(),
        ends_at: now().plus(Duration::from_secs(1_800)),
    }
}

fn row(number: u64, name: &str, class: Class) -> MemberRow {
    let email = format!("{}@northlake.example", name.to_lowercase().replace(' ', "."));
    MemberRow {
        id: id::<MemberId>(number),
        name: name.to_owned(),
        email,
        class,
        disabled: false,
        invited: false,
        second_factor: Some(true),
        since: ago(60 * 24 * (400 - 30 * number)),
        seen: Some(ago(3 * number * number)),
    }
}

pub(crate) fn members() -> Vec<MemberRow> {
    vec![
        row(1, "Ada Marsh", Class::Owner),
        row(2, "Ben Okafor", Class::Owner),
        row(3, "Chiara Lindqvist", Class::Admin),
        row(4, "Uma Reyes", Class::User),
        MemberRow {
            second_factor: Some(false),
            ..row(5, "Tomasz Zielinski", Class::User)
        },
        row(6, "Mia Holm", Class::WorkforceManager),
        row(7, "Wim Otter", Class::Worker),
        MemberRow {
            invited: true,
            seen: None,
            second_factor: None,
            ..row(8, "Yuki Tanabe", Class::Worker)
        },
        MemberRow {
            disabled: true,
            ..row(9, "Pat Doran", Class::Worker)
        },
        row(10, "Eve Castell", Class::Auditor),
    ]
}

pub(crate) fn pager(shown: &str, more: bool) -> Pager {
    Pager {
        shown: shown.to_owned(),
        first: more.then(|| "#".to_owned()),
        next: more.then(|| "#".to_owned()),
    }
}

fn team_page(members: Vec<MemberRow>) -> TeamPage {
    let shown = TeamPage::shown(members.len());
    TeamPage {
        frame: frame(Class::Owner),
        members,
        pager: pager(&shown, false),
    }
}

fn home_page(class: Class) -> HomePage {
    let figure = |to: &str, number: &str, says: &str| (to.to_owned(), number.to_owned(), says.to_owned());
    HomePage {
        frame: frame(class),
        figures: vec![
            figure("/console/datasets", "6", "datasets"),
            figure("/console/team", "10", "members"),
            figure("/console/keys", "4", "API keys"),
            figure("/console/trail", "18,204", "events in the trail"),
        ],
        datasets: dataset_rows().into_iter().take(4).collect(),
        events: event_rows().into_iter().take(5).collect(),
        next: vec![],
    }
}

fn first_steps() -> HomePage {
    let step = |what: &str, why: &str, to: &str, press: &str| {
        (what.to_owned(), why.to_owned(), to.to_owned(), press.to_owned())
    };
    HomePage {
        figures: vec![],
        datasets: vec![],
        events: event_rows().into_iter().skip(7).take(1).collect(),
        next: vec![
            step(
                "Sign the contract",
                "Nothing is taken in before it is clear on what terms.",
                "#",
                "Read and sign",
            ),
            step(
                "Set up a second factor",
                "Owners need one. It takes a minute.",
                "/console/security",
                "Set up",
            ),
            step(
                "Invite a second owner",
                "So that a lost device locks nobody out.",
                "/console/team/invite",
                "Invite",
            ),
        ],
        ..home_page(Class::Owner)
    }
}

fn invite_page(problems: Problems) -> InvitePage {
    let wrong = !problems.is_empty();
    InvitePage {
        frame: frame(Class::Admin),
        classes: vec![
            Class::User,
            Class::WorkforceManager,
            Class::Worker,
            Class::Auditor,
        ],
        name: if wrong {
            "Yuki Tanabe".to_owned()
        } else {
            String::new()
        },
        email: if wrong {
            "yuki at northlake".to_owned()
        } else {
            String::new()
        },
        class: Class::Worker,
        by_letter: Some(true),
        problems,
    }
}

fn member_page(member: MemberRow, invitation: Option<&str>) -> MemberPage {
    MemberPage {
        frame: frame(Class::Owner),
        member,
        own: false,
        classes: Class::ALL[..7].to_vec(),
        may_disable: true,
        may_invite: true,
        letters: true,
        invitation: invitation.map(str::to_owned),
    }
}

fn delete_page(proof: Proof, problems: Problems) -> ConfirmPage {
    ConfirmPage {
        frame: frame(Class::Owner),
        place: Place::Datasets,
        title: "Delete chest-0042.dcm for good?".to_owned(),
        crumbs: vec![
            ("/console/datasets".to_owned(), "Datasets".to_owned()),
            (
                "/console/datasets/chest-x-rays".to_owned(),
                "chest-x-rays".to_owned(),
            ),
        ],
        consequences: vec![
            "The keys of all 3 versions are destroyed: nobody can read them again, from no backup."
                .to_owned(),
            "Its 12 MB are removed before you see the next page.".to_owned(),
            "The trail keeps that it was deleted, when and by whom. You get a receipt.".to_owned(),
        ],
        to: "/console/items/1/delete".to_owned(),
        values: vec![],
        press: "Delete for good".to_owned(),
        back: "/console/datasets/chest-x-rays/archived".to_owned(),
        proof,
        mild: false,
        problems,
    }
}

fn share_page() -> ConfirmPage {
    ConfirmPage {
        title: "Share lung-atlas with the public?".to_owned(),
        consequences: vec![
            "Anybody who has the address can look at its 412 items, without an account.".to_owned(),
            "The dataset is marked OPEN wherever it is shown.".to_owned(),
            "Each look from outside is recorded in the trail. You can close it at any time; what was taken stays taken.".to_owned(),
        ],
        press: "Share with the public".to_owned(),
        ..delete_page(Proof::Code(Some(super::door::ask())), Problems::default())
    }
}

fn problem_page(status: u16, title: &str, says: &str, operation: bool) -> ProblemPage {
    ProblemPage {
        status,
        title: title.to_owned(),
        says: says.to_owned(),
        operation: operation.then(|| id::<kernel::OperationId>(77).to_string()),
        way: None,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let long = MemberRow {
        name: LONG.to_owned(),
        email: format!("{LONG}@a-company-with-a-long-name.example"),
        ..row(11, "x", Class::User)
    };
    let matrix = POLICIES.matrix();
    let table = |class, situation| ClassesPage {
        frame: frame(class),
        matrix: matrix.clone(),
        situation,
    };
    let flash = Flash {
        link: Some(("/console/trail/1".to_owned(), "Receipt".to_owned())),
        ..Flash::done("Pat Doran was shut out.")
    };
    let after = TeamPage {
        frame: Frame {
            flash: Some(flash),
            ..frame(Class::Owner)
        },
        ..team_page(members())
    };
    let mut with_long = members();
    with_long.insert(1, long.clone());
    vec![
        sample("kit", kit(&frame(Class::Owner))),
        sample("home", home(&home_page(Class::Owner))),
        sample("home-first", home(&first_steps())),
        sample(
            "home-worker",
            home(&HomePage {
                figures: vec![],
                datasets: vec![],
                events: vec![],
                ..home_page(Class::Worker)
            }),
        ),
        sample("team", team(&after)),
        sample(
            "team-alone",
            team(&team_page(members().into_iter().take(1).collect())),
        ),
        sample("team-long", team(&team_page(with_long))),
        sample("invite", invite(&invite_page(Problems::default()))),
        sample(
            "invite-wrong",
            invite(&invite_page(Problems::one(
                "email",
                "Give one address, such as name@example.org",
            ))),
        ),
        sample(
            "member",
            member(&member_page(row(6, "Mia Holm", Class::WorkforceManager), None)),
        ),
        sample(
            "member-invited",
            member(&member_page(
                MemberRow {
                    invited: true,
                    seen: None,
                    second_factor: None,
                    ..row(8, "Yuki Tanabe", Class::Worker)
                },
                Some(
                    "https://bailee.northlake.example/console/invitation/9yPq3wVb1kQZ7sT0mX4rH8uLcJ2dEaFgNn5oKiRtYxU",
                ),
            )),
        ),
        sample("member-long", member(&member_page(long, None))),
        sample("classes", classes(&table(Class::Owner, Situation::Normal))),
        sample(
            "classes-leased",
            classes(&table(Class::Worker, Situation::Leased)),
        ),
        sample(
            "confirm-delete",
            confirm(&delete_page(Proof::Password, Problems::default())),
        ),
        sample(
            "confirm-wrong",
            confirm(&delete_page(
                Proof::Code(None),
                Problems::one("proof-code", "That did not fit. Nothing was deleted"),
            )),
        ),
        sample(
            "confirm-passkey",
            confirm(&delete_page(
                Proof::Passkey(super::door::ask()),
                Problems::default(),
            )),
        ),
        sample("confirm-share", confirm(&share_page())),
        sample(
            "not-found",
            problem(
                &frame(Class::User),
                &problem_page(
                    404,
                    "There is nothing here",
                    "No such thing, or it is not yours to see.",
                    false,
                ),
            ),
        ),
        sample(
            "not-allowed",
            problem(
                &frame(Class::User),
                &problem_page(
                    403,
                    "Not allowed",
                    "A user may not issue an API key. An admin of the team can change who may.",
                    false,
                ),
            ),
        ),
        sample(
            "fault",
            problem(
                &frame(Class::User),
                &problem_page(
                    500,
                    "Something went wrong on the server",
                    "Nothing was changed. Try again in a moment.",
                    true,
                ),
            ),
        ),
        sample(
            "outside-problem",
            problem_outside(
                Light::Device,
                &problem_page(
                    403,
                    "This form is too old",
                    "Go back, reload the page and send it again.",
                    false,
                ),
            ),
        ),
    ]
}
