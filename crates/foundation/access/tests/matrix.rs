//! The published table is what the policies say, and a changed policy shows in it.

use std::path::Path;
use std::sync::LazyLock;

use access::{Action, Class, Matrix, Policies, SOURCES, Situation};

#[allow(clippy::unwrap_used, reason = "a test without policies has nothing to say")]
static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

#[test]
fn the_published_table_is_what_the_policies_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("matrix.txt");
    let text = POLICIES.matrix().to_string();
    if std::env::var_os("BAILEE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap();
    assert!(
        text == published,
        "rights changed: read the difference after BAILEE_BLESS=1 cargo test -p access"
    );
}

#[test]
fn json_and_text_hold_the_same_table() {
    let matrix = POLICIES.matrix();
    let json = serde_json::to_string(&matrix).unwrap();
    let back: Matrix = serde_json::from_str(&json).unwrap();
    assert_eq!(back.to_string(), matrix.to_string());
    assert_eq!(
        back.allows(Class::User, Action::ItemDownload, Situation::Normal),
        Some(true)
    );
    assert_eq!(
        back.allows(Class::User, Action::ItemDelete, Situation::Archived),
        Some(false)
    );
}

/// These forbid what no policy permits today: they stand against a careless permit of tomorrow, and
/// `a_careless_permit_opens_nothing_behind_a_limit` shows them at work.
const SECOND_LOCKS: [&str; 9] = [
    "ceiling.others-give",
    "ceiling.others-touch",
    "limit.auditor-content",
    "limit.no-lease",
    "limit.operator-content",
    "limit.operator-items",
    "limit.operator-originals",
    "limit.originals",
    "limit.other-task",
];

#[test]
fn leaving_any_policy_out_shows_in_the_table() {
    let published = POLICIES.matrix();
    for reason in POLICIES.reasons() {
        let id = reason.id.as_str();
        let shows = POLICIES.without(id).unwrap().matrix() != published;
        assert_eq!(shows, !SECOND_LOCKS.contains(&id), "{id}");
    }
}

#[test]
fn a_mutated_policy_shows_in_the_table() {
    let published = POLICIES.matrix();
    let mutations = [
        (
            r#"unless { context.state == State::"archived" }"#,
            r#"unless { context.state == State::"active" }"#,
        ),
        (
            r#"[Action::"tenant.create", Action::"tenant.list"]"#,
            r#"[Action::"tenant.create", Action::"access.read"]"#,
        ),
        (r#"when { context.leased }"#, r#"unless { context.leased }"#),
        (
            r#"Class::"worker", Class::"auditor"]"#,
            r#"Class::"worker", Class::"owner"]"#,
        ),
    ];
    for (from, to) in mutations {
        let mutated = SOURCES.map(|(file, text)| (file, text.replace(from, to)));
        assert!(
            mutated.iter().zip(SOURCES).any(|((_, new), (_, old))| new != old),
            "nothing to mutate: {from}"
        );
        let sources = mutated.each_ref().map(|(file, text)| (*file, text.as_str()));
        assert_ne!(
            Policies::from_sources(&sources).unwrap().matrix(),
            published,
            "{from}"
        );
    }
}

#[test]
fn a_careless_permit_opens_nothing_behind_a_limit() {
    let careless = r#"@id("careless") @says("all") permit (principal, action, resource);"#;
    let mut sources = SOURCES.to_vec();
    sources.push(("careless.cedar", careless));
    let matrix = Policies::from_sources(&sources).unwrap().matrix();
    let refused = |class, action, situation| {
        assert_eq!(
            matrix.allows(class, action, situation),
            Some(false),
            "{class} {action}"
        )
    };
    for situation in [Situation::Normal, Situation::Granted, Situation::Leased] {
        for action in [
            Action::ItemView,
            Action::ItemDownload,
            Action::RecordSearch,
            Action::ExportDownload,
        ] {
            if let Some(allowed) = matrix.allows(Class::Auditor, action, situation) {
                assert!(!allowed, "an auditor would {action}");
                // Leased to the operator is what a tenant lets them look at.
                if (action, situation) != (Action::ItemView, Situation::Leased) {
                    refused(Class::Operator, action, situation);
                }
            }
        }
        refused(Class::Worker, Action::ItemDownload, situation);
        refused(Class::WorkforceManager, Action::ItemDownload, situation);
    }
    refused(Class::Worker, Action::ItemBrowse, Situation::Granted);
    refused(Class::User, Action::MemberInvite, Situation::Normal);
    refused(Class::PrivacyOfficer, Action::KeyIssue, Situation::Normal);
    for action in Action::ALL {
        for class in Class::ALL {
            refused(class, action, Situation::OtherTenant);
            refused(class, action, Situation::KeyForOtherActions);
        }
    }
}
