//! Samples about the team as a whole: open invitations, how its people sign in, who can see what.

use access::{CONFLICTS, Class, Duty, Pair};
use console::kit::{Frame, Problems};
use console::pages::{
    AskedPage, Choice, DoneRow, DutiesPage, DutyConflictRow, DutyPairRow, DutyRow, InvitationRow,
    InvitationsPage, ProviderForm, ProviderLine, ProviderPage, RuleForm, SeenItem, SightAbout, SightPage,
    SightRow, SignInRulePage, StandingPage, StepForm, StepPage, StepRow, WaitingRow, asked, done_name,
    duties, invitations, provider_form, sight, sign_in_rule, standing, step,
};
use custody::admission::StepKind;
use identity::Rule;

use super::datasets::dataset_rows;
use super::people::{ago, frame, id, members, now, pager};
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

fn invitation(number: u64, name: &str) -> InvitationRow {
    InvitationRow {
        member: id(number),
        name: name.to_owned(),
        by: "Ada Marsh".to_owned(),
        made: ago(DAY * (6 - number % 6)),
        ends: now().plus(std::time::Duration::from_secs(86_400 * (number % 6 + 1))),
    }
}

fn invitations_page(invitations: Vec<InvitationRow>, more: bool) -> InvitationsPage {
    InvitationsPage {
        frame: frame(Class::Owner),
        pager: pager("3 invitations", more),
        invitations,
    }
}

fn line() -> ProviderLine {
    ProviderLine {
        name: "Northlake Login".to_owned(),
        issuer: "https://login.northlake.example".to_owned(),
        domains: vec![
            "northlake.example".to_owned(),
            "clinic.northlake.example".to_owned(),
        ],
        newcomers: Some(Class::User),
        alone: Some("Ada Marsh".to_owned()),
    }
}

fn rule_page(class: Class, provider: Option<Option<ProviderLine>>) -> SignInRulePage {
    SignInRulePage {
        frame: frame(class),
        rule: RuleForm::of(&Rule::default()),
        may_provide: class == Class::Owner,
        provider,
        problems: Problems::default(),
    }
}

fn rule_wrong() -> SignInRulePage {
    SignInRulePage {
        rule: RuleForm {
            idle: "90".to_owned(),
            ..RuleForm::of(&Rule::default())
        },
        problems: Problems::one("idle_minutes", "give 1 to 30 minutes"),
        ..rule_page(Class::Owner, Some(None))
    }
}

fn provider_page(known: bool) -> ProviderPage {
    let usual = ProviderForm {
        class: "user".to_owned(),
        ..ProviderForm::default()
    };
    let kept = ProviderForm {
        name: "Northlake Login".to_owned(),
        issuer: "https://login.northlake.example".to_owned(),
        client_id: "bailee".to_owned(),
        domains: "northlake.example clinic.northlake.example".to_owned(),
        class: "worker".to_owned(),
        just_in_time: true,
        enforced: true,
        break_glass: "1".to_owned(),
    };
    let owners = [("1", "Ada Marsh"), ("2", "Ben Okafor")];
    let owners = owners.map(|(id, name)| (id.to_owned(), name.to_owned()));
    ProviderPage {
        frame: frame(Class::Owner),
        known,
        callback: "https://bailee.northlake.example/console/oidc/callback".to_owned(),
        owners: Choice::Listed(owners.into()),
        classes: vec![
            Class::User,
            Class::WorkforceManager,
            Class::Worker,
            Class::Auditor,
            Class::PrivacyOfficer,
        ],
        typed: if known { kept } else { usual },
        problems: Problems::default(),
    }
}

fn provider_wrong() -> ProviderPage {
    ProviderPage {
        owners: Choice::Typed,
        problems: Problems::one(
            "issuer",
            "it does not answer as a provider does (it answered 404)",
        )
        .and(
            "break_glass",
            "name an owner who has a password: the day the provider is gone, nobody else gets in",
        ),
        ..provider_page(true)
    }
}

fn duties_page(class: Class, given: bool) -> DutiesPage {
    let holder = |(number, duty): (u64, Duty)| DutyRow {
        member: id(number),
        name: members()[number as usize % 5].name.clone(),
        duty,
        since: ago(DAY * number),
        by: "Ada Marsh".to_owned(),
    };
    let own = Pair::of(Duty::IssueKeys, Duty::MakeExports);
    let held = [
        (1, Duty::KeepRegisters),
        (2, Duty::ApproveRegisters),
        (3, Duty::IssueKeys),
    ];
    let built_in = CONFLICTS.iter().map(|(pair, _)| DutyPairRow {
        pair: *pair,
        added: None,
    });
    let added = own.map(|pair| DutyPairRow {
        pair,
        added: Some(("Ada Marsh".to_owned(), ago(DAY))),
    });
    let both = own.map(|pair| DutyConflictRow {
        member: id(3),
        name: LONG.to_owned(),
        pairs: vec![pair],
    });
    DutiesPage {
        frame: frame(class),
        conflicts: both.into_iter().filter(|_| given).collect(),
        holders: held.into_iter().filter(|_| given).map(holder).collect(),
        pager: pager("3 duties", false),
        pairs: built_in.chain(added.filter(|_| given)).collect(),
        members: Choice::Listed(vec![("1".to_owned(), "Ben Okafor".to_owned())]),
        problems: Problems::default(),
    }
}

fn steps() -> Vec<StepRow> {
    let step = |number: u64, kind: StepKind, title: &str| StepRow {
        id: id(number),
        kind,
        title: title.to_owned(),
        version: "2026-02".to_owned(),
        place: String::new(),
        days: Some(365),
    };
    vec![
        StepRow {
            place: "https://intranet.northlake.example/use".to_owned(),
            days: None,
            ..step(1, StepKind::Policy, "Acceptable use")
        },
        step(2, StepKind::Confidentiality, "Confidentiality agreement"),
        step(3, StepKind::Training, "Handling health data"),
        StepRow {
            place: LONG.to_owned(),
            version: "2026-02-17 with an appendix".to_owned(),
            ..step(4, StepKind::Screening, LONG)
        },
    ]
}

fn asked_page(class: Class, full: bool) -> AskedPage {
    let waiting = |(number, name): (u64, &str)| WaitingRow {
        member: id(number),
        name: name.to_owned(),
        missing: steps()
            .into_iter()
            .take(number as usize % 3 + 1)
            .map(|step| step.title)
            .collect(),
    };
    let waits = [(7, "Wim Otter"), (8, "Yuki Tanabe")];
    AskedPage {
        frame: frame(class),
        steps: steps().into_iter().filter(|_| full).collect(),
        waiting: waits.into_iter().filter(|_| full).map(waiting).collect(),
        pager: pager("2 members", full),
        typed: StepForm::default(),
        problems: Problems::default(),
    }
}

fn asked_wrong() -> AskedPage {
    AskedPage {
        typed: StepForm {
            kind: "training".to_owned(),
            title: "Handling health data".to_owned(),
            days: "often".to_owned(),
            ..StepForm::default()
        },
        problems: Problems::one("good_for_days", "Give a number of days, or nothing"),
        ..asked_page(Class::Admin, true)
    }
}

fn step_page() -> StepPage {
    StepPage {
        frame: frame(Class::Owner),
        id: id(3),
        typed: StepForm {
            kind: "training".to_owned(),
            title: "Handling health data".to_owned(),
            version: "2026-02".to_owned(),
            place: String::new(),
            days: "365".to_owned(),
        },
        problems: Problems::default(),
    }
}

fn standing_page(class: Class, typed: bool) -> StandingPage {
    let row = |(number, step): (u64, StepRow)| DoneRow {
        step,
        good: number == 1,
        done: (number < 3).then(|| {
            let evidence = (number == 2).then(|| LONG.to_owned());
            (ago(DAY * 400), None, "Ada Marsh".to_owned(), evidence)
        }),
    };
    let problems = Problems::one(done_name(id(3)), "Give a day, such as 2026-03-02");
    StandingPage {
        frame: frame(class),
        member: id(7),
        name: "Wim Otter".to_owned(),
        rows: (1..).zip(steps()).map(row).collect(),
        typed: typed.then(|| (id(3), "soon".to_owned(), "certificate 17".to_owned())),
        problems: if typed { problems } else { Problems::default() },
    }
}

const ALL_OF_DATASET: [&str; 4] = ["see it", "change", "archive", "restore"];
const ALL_OF_ITEMS: [&str; 7] = [
    "list", "look", "download", "annotate", "change", "archive", "restore",
];

fn seers() -> Vec<SightRow> {
    let row = |(number, member): (u64, console::pages::MemberRow)| {
        let (dataset, items): (&[&str], &[&str]) = match member.class {
            Class::Owner | Class::Admin => (&ALL_OF_DATASET, &ALL_OF_ITEMS),
            Class::User => (&ALL_OF_DATASET[..1], &ALL_OF_ITEMS[..5]),
            Class::WorkforceManager => (&ALL_OF_DATASET[..1], &ALL_OF_ITEMS[..2]),
            _ => (&[], &[]),
        };
        let tasks = if member.class == Class::Worker {
            3 * number % 7
        } else {
            0
        };
        let leased = (0..tasks).map(|at| SeenItem {
            id: id(400 + at),
            may: vec!["list", "look", "annotate"],
        });
        SightRow {
            name: member.name,
            to: format!("/console/team/{}", member.id),
            class: Some(member.class),
            dataset: dataset.to_vec(),
            items: items.to_vec(),
            leased: leased.collect(),
        }
    };
    let all = (1..).zip(members()).map(row);
    all.filter(|row| !row.dataset.is_empty() || !row.leased.is_empty())
        .collect()
}

fn sight_page(about: SightAbout, rows: Vec<SightRow>, more: bool) -> SightPage {
    SightPage {
        frame: Frame {
            flash: None,
            ..frame(Class::Auditor)
        },
        about,
        rows,
        csv: "/console/datasets/chest-x-rays/access.csv".to_owned(),
        pager: pager("9 members", more),
    }
}

fn seen() -> Vec<SightRow> {
    let row = |dataset: console::pages::DatasetRow| SightRow {
        to: format!("/console/datasets/{}", dataset.name),
        name: dataset.name,
        class: None,
        dataset: vec!["see it"],
        items: ALL_OF_ITEMS[..4].to_vec(),
        leased: Vec::new(),
    };
    dataset_rows().into_iter().map(row).collect()
}

pub(crate) fn all() -> Vec<Sample> {
    let dataset = || dataset_rows().remove(0);
    let item = |name: &str| SightAbout::Item(id(1), Some(("chest-x-rays".to_owned(), name.to_owned())));
    let member = |name: &str| SightAbout::Member(id(4), name.to_owned());
    let open = vec![
        invitation(7, "Wim Otter"),
        invitation(8, "Yuki Tanabe"),
        invitation(9, LONG),
    ];
    vec![
        sample("invitations", invitations(&invitations_page(open, true))),
        sample("asked", asked(&asked_page(Class::Owner, true))),
        sample("asked-none", asked(&asked_page(Class::Auditor, false))),
        sample("asked-wrong", asked(&asked_wrong())),
        sample("asked-step", step(&step_page())),
        sample("asked-member", standing(&standing_page(Class::Admin, false))),
        sample("asked-member-wrong", standing(&standing_page(Class::Admin, true))),
        sample("duties", duties(&duties_page(Class::Owner, true))),
        sample("duties-none", duties(&duties_page(Class::Auditor, false))),
        sample("invitations-none", invitations(&invitations_page(vec![], false))),
        sample(
            "sign-in-rule",
            sign_in_rule(&rule_page(Class::Owner, Some(Some(line())))),
        ),
        sample("sign-in-rule-wrong", sign_in_rule(&rule_wrong())),
        sample(
            "sign-in-rule-read",
            sign_in_rule(&rule_page(Class::Auditor, None)),
        ),
        sample("provider-new", provider_form(&provider_page(false))),
        sample("provider-wrong", provider_form(&provider_wrong())),
        sample(
            "sight-dataset",
            sight(&sight_page(SightAbout::Dataset(dataset()), seers(), true)),
        ),
        sample(
            "sight-item",
            sight(&sight_page(item("series-01/chest-0042.dcm"), seers(), false)),
        ),
        sample("sight-item-nobody", sight(&sight_page(item(LONG), vec![], false))),
        sample(
            "sight-item-unnamed",
            sight(&sight_page(SightAbout::Item(id(1), None), seers(), false)),
        ),
        sample(
            "sight-member",
            sight(&sight_page(member("Uma Reyes"), seen(), false)),
        ),
        sample(
            "sight-member-nothing",
            sight(&sight_page(member("Pat Doran"), vec![], false)),
        ),
    ]
}
