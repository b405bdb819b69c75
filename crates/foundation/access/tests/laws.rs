//! What holds whatever the facts are.

use std::sync::LazyLock;

use access::{Action, ActionSet, Class, Facts, Policies, Reach, Scope, State, Subject};
use proptest::prelude::*;
use proptest::sample::select;

#[allow(clippy::unwrap_used, reason = "a test without policies has nothing to say")]
static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

fn any_class() -> impl Strategy<Value = Class> {
    select(Class::ALL.to_vec())
}

fn any_action() -> impl Strategy<Value = Action> {
    select(Action::ALL.to_vec())
}

prop_compose! {
    fn any_facts()(
        flags in any::<[bool; 12]>(),
        state in select(State::ALL.to_vec()),
        target_class in proptest::option::of(any_class()),
        new_class in proptest::option::of(any_class()),
    ) -> Facts {
        let [
            same_tenant, contract_in_force, dataset_granted, leased, lease_originals, key_covers_dataset, own, on_hold,
            restricted, root_at_hand, key_covers_name, quarantined,
        ] = flags;
        Facts {
            same_tenant, contract_in_force, dataset_granted, leased, lease_originals, key_covers_dataset, own, on_hold,
            restricted, state, target_class, new_class, root_at_hand, key_covers_name,
            quarantined,
        }
    }
}

prop_compose! {
    fn any_subject()(
        class in any_class(),
        actions in proptest::option::of(proptest::collection::vec(any_action(), 0..60)),
        reach in select(vec![Reach::Tenant, Reach::ListedDatasets, Reach::ListedNames]),
        (bound, temporary, stale, by_key) in any::<(bool, bool, bool, bool)>(),
        barred in proptest::collection::vec(any_action(), 0..4),
    ) -> Subject {
        let barred = barred.into_iter().collect();
        let actions = actions.map(|actions| actions.into_iter().collect::<ActionSet>());
        Subject { class, scope: Scope { actions, reach, bound, temporary, stale, by_key, barred } }
    }
}

/// Whom each class may give or touch: the rule in plain Rust, to compare with the policies.
fn within_ceiling(class: Class, other: Class) -> bool {
    use Class::*;
    match class {
        Owner => !matches!(other, Operator | Public | DataSubject),
        Admin => matches!(other, User | WorkforceManager | Worker | Auditor),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn another_tenants_things_are_always_refused(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let facts = Facts { same_tenant: false, ..facts };
        let decision = POLICIES.decide(&subject, action, &facts);
        prop_assert!(!decision.allowed);
        prop_assert_eq!(decision.answer(), access::Answer::Unknown);
    }

    #[test]
    fn no_request_does_what_takes_the_root_key(subject in any_subject(), facts in any_facts()) {
        let facts = Facts { root_at_hand: false, ..facts };
        for action in Action::ALL.into_iter().filter(|action| matches!(action.noun(), "root" | "backup")) {
            prop_assert!(!POLICIES.decide(&subject, action, &facts).allowed, "{action}");
        }
    }

    #[test]
    fn a_worker_without_a_lease_reaches_no_item(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let worker = Subject { class: Class::Worker, ..subject };
        let facts = Facts { leased: false, ..facts };
        let content = matches!(action.noun(), "item" | "quarantine" | "record" | "export" | "dataset" | "subject");
        prop_assert!(!(content && POLICIES.decide(&worker, action, &facts).allowed));
    }

    #[test]
    fn what_is_in_quarantine_reaches_nobody(subject in any_subject(), facts in any_facts()) {
        let held = Facts { quarantined: true, ..facts };
        let reaching = Action::ALL.into_iter().filter(|action| {
            matches!(action.noun(), "item") && !matches!(action.verb(), "create" | "hold" | "release")
        });
        for action in reaching {
            prop_assert!(!POLICIES.decide(&subject, action, &held).allowed, "{action}");
        }
        let free = Facts { quarantined: false, ..facts };
        for action in [Action::QuarantineRelease, Action::QuarantineDelete] {
            prop_assert!(!POLICIES.decide(&subject, action, &free).allowed, "{action}");
            let may = POLICIES.decide(&subject, action, &held).allowed;
            prop_assert!(!may || matches!(subject.class, Class::Owner | Class::Admin));
        }
    }

    #[test]
    fn without_a_live_link_the_public_reaches_nothing(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let public = Subject { class: Class::Public, ..subject };
        let facts = Facts { leased: false, dataset_granted: false, ..facts };
        prop_assert!(!POLICIES.decide(&public, action, &facts).allowed, "{action}");
    }

    #[test]
    fn whom_the_data_is_about_reaches_nothing_that_is_not_theirs(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let person = Subject { class: Class::DataSubject, ..subject };
        let facts = Facts { own: false, leased: false, ..facts };
        let open = matches!(action, Action::PortalVisit | Action::PurposeList);
        prop_assert!(open || !POLICIES.decide(&person, action, &facts).allowed, "{action}");
    }

    #[test]
    fn nobody_reaches_above_their_ceiling(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let allowed = POLICIES.decide(&subject, action, &facts).allowed;
        let class = subject.class;
        let gives = |other: Option<Class>| other.is_some_and(|other| within_ceiling(class, other));
        let permitted = match action {
            Action::MemberInvite => {
                gives(facts.new_class) || (class == Class::WorkforceManager && facts.new_class == Some(Class::Worker))
            }
            Action::MemberChange => !facts.own && gives(facts.new_class) && gives(facts.target_class),
            Action::MemberDisable | Action::MemberEnable => !facts.own && gives(facts.target_class),
            Action::GrantGive | Action::GrantEnd => gives(facts.target_class),
            Action::KeyIssue => gives(facts.target_class) || (facts.own && matches!(class, Class::Owner | Class::Admin)),
            Action::KeyInvalidate => gives(facts.target_class) || facts.own,
            Action::SessionEnd => {
                let of_staff = class == Class::Operator && facts.target_class == Some(Class::Operator);
                gives(facts.target_class) || facts.own || of_staff
            }
            Action::InvitationMake => {
                let worker = facts.target_class == Some(Class::Worker);
                let own = facts.own && matches!(class, Class::Owner | Class::Admin);
                gives(facts.target_class) || own || (class == Class::WorkforceManager && worker)
            }
            _ => true,
        };
        prop_assert!(permitted || !allowed, "{class} {action} {facts:?}");
        let plain = subject == Subject::of(class) && facts.same_tenant;
        prop_assert!(allowed || !plain || !permitted || !matches!(action, Action::MemberInvite | Action::MemberChange));
    }

    #[test]
    fn a_narrower_key_never_may_more(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let narrow = POLICIES.decide(&subject, action, &facts).allowed;
        let wide = POLICIES.decide(&Subject::of(subject.class), action, &facts).allowed;
        prop_assert!(wide || !narrow);
    }

    #[test]
    fn a_key_for_some_names_does_nothing_to_a_whole_dataset(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let scope = Scope { reach: Reach::ListedNames, ..subject.scope };
        let looks = matches!(action, Action::DatasetList | Action::DatasetView | Action::KeyLend);
        let covered = matches!(action.noun(), "item" | "quarantine") && facts.key_covers_name;
        prop_assert!(looks || covered || !POLICIES.decide(&Subject { scope, ..subject }, action, &facts).allowed, "{action}");
    }

    #[test]
    fn only_a_whole_key_issues_keys_and_no_temporary_one_gives_another(subject in any_subject(), facts in any_facts()) {
        let may = |action| POLICIES.decide(&subject, action, &facts).allowed;
        prop_assert!(!(subject.scope.is_narrowed() && (may(Action::KeyIssue) || may(Action::InvitationMake))));
        prop_assert!(!(subject.scope.temporary && may(Action::KeyLend)));
        prop_assert!(facts.own || !may(Action::KeyLend));
    }

    #[test]
    fn nobody_proves_for_somebody_else_who_they_are(subject in any_subject(), facts in any_facts()) {
        let facts = Facts { own: false, ..facts };
        for action in [Action::SessionBegin, Action::FactorChange] {
            prop_assert!(!POLICIES.decide(&subject, action, &facts).allowed, "{action}");
        }
    }

    #[test]
    fn a_browser_left_alone_gives_nothing_away_for_good(subject in any_subject(), facts in any_facts()) {
        use Action::*;
        let stale = Subject { scope: Scope { stale: true, ..subject.scope }, ..subject };
        let outlasting = [
            ContractSign, ContractEnd, MemberInvite, MemberChange, MemberEnable, InvitationMake, KeyIssue, KeyLend,
            FactorChange, GrantGive, DatasetDelete, ItemDelete, ItemRelease, QuarantineRelease, QuarantineDelete, SubjectErase, ExportCreate,
            ExportDownload, DutyGive, DutyEnd, DutyRule, WebhookCreate, WebhookChange, WebhookRotate,
        ];
        for action in outlasting {
            prop_assert!(!POLICIES.decide(&stale, action, &facts).allowed, "{action}");
        }
        let leaving = POLICIES.decide(&stale, SessionEnd, &Facts { own: true, ..Facts::at_home() });
        let none = matches!(stale.class, Class::Public | Class::DataSubject) || !stale.scope.covers(SessionEnd);
        prop_assert!(leaving.allowed || stale.scope.is_narrowed() || none);
    }

    #[test]
    fn a_remembered_answer_is_the_fresh_answer(subject in any_subject(), action in any_action(), facts in any_facts()) {
        let decision = POLICIES.decide(&subject, action, &facts);
        prop_assert_eq!(&decision, &POLICIES.decide_afresh(&subject, action, &facts));
        prop_assert_eq!(decision.allowed, POLICIES.would_allow(&subject, action, &facts));
        prop_assert!(!decision.reasons.is_empty());
    }
}

#[test]
fn the_ceiling_holds_for_every_pair_of_classes() {
    for class in Class::ALL {
        for target in Class::ALL {
            for new in Class::ALL {
                let facts = Facts {
                    target_class: Some(target),
                    new_class: Some(new),
                    ..Facts::at_home()
                };
                let may = |action| POLICIES.decide(&Subject::of(class), action, &facts).allowed;
                let both = within_ceiling(class, target) && within_ceiling(class, new);
                assert_eq!(
                    may(Action::MemberChange),
                    both,
                    "{class} makes a {target} a {new}"
                );
                assert_eq!(
                    may(Action::MemberDisable),
                    within_ceiling(class, target),
                    "{class} disables a {target}"
                );
                assert_eq!(
                    may(Action::KeyIssue),
                    within_ceiling(class, target),
                    "{class} issues a key to a {target}"
                );
                let leads = class == Class::WorkforceManager && new == Class::Worker;
                assert_eq!(
                    may(Action::MemberInvite),
                    within_ceiling(class, new) || leads,
                    "{class} invites a {new}"
                );
            }
        }
    }
}

#[test]
fn a_class_left_unsaid_is_above_everybody() {
    for class in Class::ALL {
        for action in [
            Action::MemberInvite,
            Action::MemberChange,
            Action::MemberDisable,
            Action::KeyIssue,
            Action::GrantGive,
        ] {
            assert!(
                !POLICIES
                    .decide(&Subject::of(class), action, &Facts::at_home())
                    .allowed,
                "{class} {action}"
            );
        }
    }
}

#[test]
fn a_tenant_always_keeps_an_owner() {
    for class in Class::ALL {
        let on_owner = Facts {
            target_class: Some(Class::Owner),
            new_class: Some(Class::User),
            ..Facts::at_home()
        };
        for action in [Action::MemberChange, Action::MemberDisable] {
            let may = |facts| POLICIES.decide(&Subject::of(class), action, &facts).allowed;
            assert_eq!(may(on_owner), class == Class::Owner, "only owners touch owners");
            assert!(
                !may(Facts {
                    own: true,
                    ..on_owner
                }),
                "and never themselves"
            );
        }
    }
}
