//! The rights of each class, in the words of the people who hold them.

use std::sync::LazyLock;

use access::{
    Action, ActionSet, Answer, Class, Decision, Facts, Policies, Reach, Resource, Scope, State, Subject,
};

#[allow(clippy::unwrap_used, reason = "a test without policies has nothing to say")]
static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load().unwrap());

fn ask(class: Class, action: Action, facts: Facts) -> Decision {
    POLICIES.decide(&Subject::of(class), action, &facts)
}

fn home() -> Facts {
    Facts::at_home()
}

fn archived() -> Facts {
    Facts {
        state: State::Archived,
        ..home()
    }
}

#[test]
fn looking_at_an_item_is_not_taking_it() {
    let granted = Facts {
        dataset_granted: true,
        ..home()
    };
    assert!(ask(Class::WorkforceManager, Action::ItemView, granted).allowed);
    assert!(ask(Class::WorkforceManager, Action::ExportCreate, granted).allowed);
    for action in [Action::ItemDownload, Action::ExportDownload] {
        assert!(ask(Class::WorkforceManager, action, granted).is_because("limit.originals"));
    }
}

#[test]
fn a_worker_sees_the_leased_item_and_nothing_else() {
    let leased = Facts {
        dataset_granted: true,
        leased: true,
        ..home()
    };
    let worker = Subject::of(Class::Worker);
    let may: Vec<Action> = POLICIES.actions_of(&worker, &leased).collect();
    assert_eq!(
        may,
        [
            Action::TrafficSend,
            Action::ItemBrowse,
            Action::ItemView,
            Action::ItemAnnotate,
            Action::TaskRequest,
            Action::TaskSubmit,
            Action::TaskSkip,
            Action::TaskReturn
        ]
    );
    let refusal = ask(
        Class::Worker,
        Action::ItemView,
        Facts {
            leased: false,
            ..leased
        },
    );
    assert_eq!(
        refusal.answer(),
        Answer::Unknown,
        "an unassigned item looks like none"
    );
}

#[test]
fn a_lease_gives_originals_only_where_it_says_so() {
    let leased = Facts {
        dataset_granted: true,
        leased: true,
        ..home()
    };
    let with_originals = Facts {
        lease_originals: true,
        ..leased
    };
    assert!(ask(Class::Worker, Action::ItemDownload, leased).is_because("limit.originals"));
    assert!(ask(Class::Worker, Action::ItemDownload, with_originals).allowed);
    assert!(!ask(Class::Worker, Action::ExportDownload, with_originals).allowed);
    let manager = ask(Class::WorkforceManager, Action::ItemDownload, with_originals);
    assert!(
        manager.is_because("limit.originals"),
        "a manager holds no lease that would give any"
    );
    for lacking in [
        Facts {
            leased: false,
            ..with_originals
        },
        Facts {
            dataset_granted: false,
            ..with_originals
        },
    ] {
        let refusal = ask(Class::Worker, Action::ItemDownload, lacking);
        assert_eq!((refusal.allowed, refusal.answer()), (false, Answer::Unknown));
    }
}

#[test]
fn a_task_is_worked_on_by_its_holder_and_followed_by_those_who_assign_work() {
    let granted = Facts {
        dataset_granted: true,
        ..home()
    };
    let held = Facts {
        own: true,
        leased: true,
        ..granted
    };
    let ended = Facts { own: true, ..granted };
    for action in [Action::TaskSubmit, Action::TaskSkip, Action::TaskReturn] {
        assert!(ask(Class::Worker, action, held).allowed, "{action}");
        assert!(ask(Class::Worker, action, ended).is_because("limit.lease-held"));
        assert!(ask(Class::Owner, action, granted).is_because("limit.lease-held"));
        let of_another = ask(Class::Worker, action, granted);
        assert_eq!(of_another.answer(), Answer::Unknown, "{action}");
    }
    assert!(ask(Class::Worker, Action::TaskView, ended).allowed);
    assert!(!ask(Class::Worker, Action::TaskList, granted).allowed);
    for action in [Action::TaskList, Action::TaskView, Action::TaskAssign] {
        assert!(ask(Class::WorkforceManager, action, granted).allowed, "{action}");
        let elsewhere = ask(Class::WorkforceManager, action, home());
        assert_eq!(elsewhere.answer(), Answer::Unknown, "{action}");
    }
}

#[test]
fn an_auditor_reads_accounts_and_never_content() {
    let auditor = Subject::of(Class::Auditor);
    let may: Vec<Action> = POLICIES
        .actions_of(
            &auditor,
            &Facts {
                dataset_granted: true,
                leased: true,
                ..home()
            },
        )
        .collect();
    assert!(
        may.contains(&Action::TrailRead)
            && may.contains(&Action::AccessRead)
            && may.contains(&Action::KeyList)
    );
    for content in [
        Action::ItemBrowse,
        Action::ItemView,
        Action::ItemDownload,
        Action::RecordSearch,
    ] {
        assert!(!may.contains(&content), "{content}");
    }
    assert!(ask(Class::Auditor, Action::ItemView, home()).is_because("limit.auditor-content"));
}

#[test]
fn the_operator_makes_tenants_and_staff_reads_their_own_trail_keeps_their_own_registers_and_touches_nothing_else()
 {
    let everything = Facts {
        own: false,
        target_class: Some(Class::Worker),
        ..home()
    };
    let operator = Subject::of(Class::Operator);
    let may: Vec<Action> = POLICIES.actions_of(&operator, &everything).collect();
    let expected = [
        Action::TenantCreate,
        Action::TenantList,
        Action::OperatorAccessAsk,
        Action::OperatorAccessTake,
        Action::AssuranceRead,
        Action::AssuranceRun,
        Action::StaffList,
        Action::StaffInvite,
        Action::StaffDisable,
        Action::OperatorAccessList,
        Action::TrafficSend,
        Action::TrailRead,
        Action::ReceiptRead,
        Action::RegisterRead,
        Action::RegisterWrite,
        Action::RegisterApprove,
        Action::AdmissionView,
        Action::AdmissionRecord,
        Action::AdmissionRule,
        Action::DutyList,
        Action::DutyGive,
        Action::DutyEnd,
        Action::DutyRule,
    ];
    assert_eq!(may, expected);
    // Of people, their own alone; and nobody shuts themselves out.
    for action in [Action::SessionList, Action::SessionEnd] {
        let of = |target| Facts {
            target_class: Some(target),
            ..home()
        };
        assert!(ask(Class::Operator, action, of(Class::Operator)).allowed);
        let others = Class::ALL.into_iter().filter(|class| *class != Class::Operator);
        assert!(
            others
                .map(of)
                .all(|facts| !ask(Class::Operator, action, facts).allowed)
        );
    }
    let own = Facts { own: true, ..home() };
    assert!(ask(Class::Operator, Action::StaffDisable, own).is_because("limit.own-staff"));
    for class in Class::ALL.into_iter().filter(|class| *class != Class::Operator) {
        for action in [Action::StaffList, Action::StaffInvite, Action::StaffDisable] {
            assert!(!ask(class, action, home()).allowed, "{class} {action}");
        }
    }
    // On the server's own machine, and even there the operator alone.
    let at_home = Facts {
        root_at_hand: true,
        ..home()
    };
    for class in Class::ALL {
        let allowed = ask(class, Action::RootIssue, at_home).allowed;
        assert_eq!(allowed, class == Class::Operator, "{class}");
    }
    assert!(!ask(Class::Owner, Action::TenantList, home()).allowed);
}

#[test]
fn the_operator_looks_only_at_what_a_tenant_lets_them_and_takes_only_what_it_agreed_to() {
    let looks = |facts: Facts| {
        let of_tenant = [
            Resource::Dataset,
            Resource::Item,
            Resource::Tenant,
            Resource::Member,
        ];
        POLICIES
            .actions_of(&Subject::of(Class::Operator), &facts)
            .filter(|action| {
                let of_theirs = matches!(action, Action::OperatorAccessList | Action::TrafficSend);
                of_tenant.contains(&action.resource()) && !of_theirs
            })
            .collect::<Vec<_>>()
    };
    let to_see = Facts {
        dataset_granted: true,
        ..home()
    };
    let to_look = Facts {
        leased: true,
        ..to_see
    };
    let to_take = Facts {
        lease_originals: true,
        ..to_look
    };
    assert_eq!(looks(home()), []);
    let sees = [Action::DatasetList, Action::DatasetView];
    assert_eq!(looks(to_see), sees);
    let into = [&sees[..], &[Action::ItemBrowse, Action::ItemView]].concat();
    assert_eq!(looks(to_look), into);
    assert_eq!(looks(to_take), [&into[..], &[Action::ItemDownload]].concat());
    for withheld in [
        Facts {
            quarantined: true,
            ..to_take
        },
        Facts {
            restricted: true,
            ..to_take
        },
    ] {
        assert_eq!(looks(withheld), sees);
    }
    let other = Facts {
        same_tenant: false,
        ..to_take
    };
    assert_eq!(looks(other), []);
}

#[test]
fn a_policy_is_accepted_by_oneself_and_what_one_learned_is_recorded_by_others() {
    let own = Facts { own: true, ..home() };
    let member = |class: &Class| !matches!(class, Class::Public | Class::DataSubject);
    for class in Class::ALL.into_iter().filter(member) {
        assert!(
            ask(class, Action::AdmissionView, own).allowed
                && ask(class, Action::AdmissionAccept, own).allowed
        );
        assert!(!ask(class, Action::AdmissionAccept, home()).allowed, "{class}");
        let records = matches!(class, Class::Owner | Class::Admin | Class::Operator);
        assert_eq!(
            ask(class, Action::AdmissionRecord, home()).allowed,
            records,
            "{class}"
        );
        assert_eq!(
            ask(class, Action::AdmissionRule, home()).allowed,
            records,
            "{class}"
        );
        let alone = matches!(class, Class::Owner | Class::Operator);
        assert_eq!(ask(class, Action::AdmissionRecord, own).allowed, alone, "{class}");
        let sees = records || class == Class::Auditor;
        assert_eq!(ask(class, Action::AdmissionView, home()).allowed, sees, "{class}");
    }
}

#[test]
fn the_tenant_alone_lets_the_operator_in() {
    for class in Class::ALL {
        let decides = matches!(class, Class::Owner | Class::Admin);
        let sees = decides || matches!(class, Class::Auditor | Class::Operator);
        assert_eq!(
            ask(class, Action::OperatorAccessDecide, home()).allowed,
            decides,
            "{class}"
        );
        assert_eq!(
            ask(class, Action::OperatorAccessEnd, home()).allowed,
            decides,
            "{class}"
        );
        assert_eq!(
            ask(class, Action::OperatorAccessList, home()).allowed,
            sees,
            "{class}"
        );
        let staff = class == Class::Operator;
        assert_eq!(
            ask(class, Action::OperatorAccessAsk, home()).allowed,
            staff,
            "{class}"
        );
        assert_eq!(
            ask(class, Action::OperatorAccessTake, home()).allowed,
            staff,
            "{class}"
        );
    }
}

#[test]
fn the_public_sees_what_a_live_link_shares_and_nothing_else() {
    let may = |facts: Facts| {
        POLICIES
            .actions_of(&Subject::of(Class::Public), &facts)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        may(Facts {
            own: true,
            target_class: Some(Class::Worker),
            ..home()
        }),
        []
    );
    let shared = Facts {
        dataset_granted: true,
        leased: true,
        own: true,
        ..home()
    };
    let looks = [Action::DatasetView, Action::ItemBrowse, Action::ItemView];
    assert_eq!(may(shared), looks);
    let given = Facts {
        lease_originals: true,
        ..shared
    };
    assert_eq!(may(given), [&looks[..], &[Action::ItemDownload]].concat());
    for hidden in [
        Facts {
            state: State::Archived,
            ..given
        },
        Facts {
            same_tenant: false,
            ..given
        },
    ] {
        assert_eq!(may(hidden), [], "{hidden:?}");
    }
    for withheld in [
        Facts {
            quarantined: true,
            ..given
        },
        Facts {
            restricted: true,
            ..given
        },
    ] {
        assert!(!may(withheld).contains(&Action::ItemView) && !may(withheld).contains(&Action::ItemDownload));
    }
}

#[test]
fn a_key_shares_only_if_somebody_meant_it_to() {
    let share = |actions: Option<&[&str]>, stale| {
        let scope = Scope {
            actions: actions.map(|actions| ActionSet::parse(actions).unwrap()),
            by_key: true,
            stale,
            ..Scope::default()
        };
        let key = Subject {
            class: Class::Owner,
            scope,
        };
        POLICIES.decide(&key, Action::ShareCreate, &home())
    };
    assert!(share(None, false).is_because("limit.share-by-name"));
    assert!(share(Some(&["item.view"]), false).is_because("limit.share-by-name"));
    assert!(share(Some(&["share.create"]), false).allowed);
    assert!(
        ask(Class::Owner, Action::ShareCreate, home()).allowed,
        "at a browser"
    );
    assert!(share(Some(&["share.create"]), true).is_because("limit.step-up"));
    let made = Facts { own: true, ..home() };
    for (class, facts, allowed) in [
        (Class::Admin, home(), true),
        (Class::User, home(), false),
        (Class::User, made, true),
        (Class::WorkforceManager, made, false),
        (Class::PrivacyOfficer, made, false),
        (Class::Worker, made, false),
    ] {
        assert_eq!(ask(class, Action::ShareCreate, facts).allowed, allowed, "{class}");
    }
}

#[test]
fn a_privacy_officer_erases_and_does_not_manage() {
    for action in [
        Action::SubjectErase,
        Action::ItemDelete,
        Action::ItemDownload,
        Action::TrailRead,
    ] {
        assert!(ask(Class::PrivacyOfficer, action, archived()).allowed, "{action}");
    }
    for action in [
        Action::MemberList,
        Action::MemberInvite,
        Action::KeyList,
        Action::KeyIssue,
        Action::ItemChange,
    ] {
        assert!(!ask(Class::PrivacyOfficer, action, home()).allowed, "{action}");
    }
}

#[test]
fn a_user_works_on_items_and_deletes_nothing() {
    for action in [
        Action::ItemDownload,
        Action::ItemChange,
        Action::DatasetCreate,
        Action::RecordSearch,
        Action::ItemArchive,
    ] {
        assert!(ask(Class::User, action, home()).allowed, "{action}");
    }
    for action in [
        Action::ItemDelete,
        Action::DatasetDelete,
        Action::MemberList,
        Action::ExportDownload,
    ] {
        assert!(!ask(Class::User, action, archived()).allowed, "{action}");
    }
}

#[test]
fn only_what_is_archived_and_not_held_is_deleted() {
    for action in [Action::ItemDelete, Action::DatasetDelete] {
        assert!(ask(Class::Owner, action, home()).is_because("limit.archive-first"));
        assert!(ask(Class::Owner, action, archived()).allowed);
        assert!(
            ask(
                Class::Owner,
                action,
                Facts {
                    on_hold: true,
                    ..archived()
                }
            )
            .is_because("limit.hold")
        );
    }
    let deleted = ask(
        Class::Owner,
        Action::ItemBrowse,
        Facts {
            state: State::Deleted,
            ..home()
        },
    );
    assert_eq!((deleted.allowed, deleted.answer()), (false, Answer::Unknown));
}

#[test]
fn without_a_contract_nothing_comes_in_and_everything_can_leave() {
    let ended = Facts {
        contract_in_force: false,
        ..home()
    };
    for action in [Action::ItemCreate, Action::ItemChange, Action::DatasetCreate] {
        assert!(
            ask(Class::Owner, action, ended).is_because("limit.contract"),
            "{action}"
        );
    }
    for action in [
        Action::ItemDownload,
        Action::ExportDownload,
        Action::ContractSign,
        Action::DatasetArchive,
    ] {
        assert!(ask(Class::Owner, action, ended).allowed, "{action}");
    }
}

#[test]
fn what_is_restricted_is_kept_and_not_read() {
    let restricted = Facts {
        restricted: true,
        ..home()
    };
    for action in [
        Action::ItemView,
        Action::ItemDownload,
        Action::ItemChange,
        Action::ExportCreate,
        Action::ExportDownload,
    ] {
        assert!(
            ask(Class::Owner, action, restricted).is_because("limit.restricted"),
            "{action}"
        );
    }
    let archived = Facts {
        state: State::Archived,
        ..restricted
    };
    for class in [Class::Owner, Class::PrivacyOfficer] {
        assert!(ask(class, Action::ItemBrowse, restricted).allowed);
        assert!(ask(class, Action::ItemDelete, archived).is_because("limit.restricted-kept"));
    }
    assert!(ask(Class::User, Action::ItemBrowse, restricted).is_because("limit.restricted-found"));
    assert!(ask(Class::PrivacyOfficer, Action::SubjectRelease, restricted).allowed);
}

#[test]
fn an_admin_does_all_but_bind_the_tenant_and_raise_to_the_top() {
    for action in Action::ALL {
        let worker = Some(Class::Worker);
        let facts = Facts {
            target_class: worker,
            new_class: worker,
            state: State::Active,
            ..home()
        };
        let owner = ask(Class::Owner, action, facts).allowed || ask(Class::Owner, action, archived()).allowed;
        let admin = ask(Class::Admin, action, facts).allowed || ask(Class::Admin, action, archived()).allowed;
        let only_owner = matches!(
            action,
            Action::ContractSign
                | Action::ContractEnd
                | Action::DutyGive
                | Action::DutyEnd
                | Action::DutyRule
        );
        assert_eq!(admin, owner && !only_owner, "{action}");
    }
}

#[test]
fn a_refusal_says_what_stands_against_it() {
    let refusal = ask(
        Class::User,
        Action::ItemDelete,
        Facts {
            on_hold: true,
            ..home()
        },
    );
    let ids: Vec<&str> = refusal.reason_ids().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["limit.archive-first", "limit.hold"]);
    assert!(ask(Class::User, Action::TrailRead, home()).is_because("nothing-permits"));
    assert!(ask(Class::User, Action::ItemView, home()).is_because("user.items"));
    for reason in POLICIES.reasons() {
        assert!(
            !reason.says.is_empty() && !reason.says.ends_with('.'),
            "{}",
            reason.id
        );
    }
}

#[test]
fn a_key_narrows_and_never_widens() {
    let scope = Scope {
        actions: Some(ActionSet::parse(["item.view"]).unwrap()),
        ..Scope::default()
    };
    let key = Subject {
        class: Class::Owner,
        scope,
    };
    assert!(POLICIES.decide(&key, Action::ItemView, &home()).allowed);
    assert!(
        POLICIES
            .decide(&key, Action::ItemDownload, &home())
            .is_because("limit.key-action")
    );
    let wide_words = Scope {
        actions: Some(ActionSet::parse(["*"]).unwrap()),
        ..Scope::default()
    };
    let worker = Subject {
        class: Class::Worker,
        scope: wide_words,
    };
    assert!(!POLICIES.decide(&worker, Action::ItemDownload, &home()).allowed);
}

#[test]
fn a_key_for_some_datasets_knows_no_others() {
    let key = Subject {
        class: Class::Admin,
        scope: Scope {
            actions: None,
            reach: Reach::ListedDatasets,
            ..Scope::default()
        },
    };
    let covered = Facts {
        key_covers_dataset: true,
        ..home()
    };
    assert!(POLICIES.decide(&key, Action::ItemDownload, &covered).allowed);
    assert_eq!(
        POLICIES.decide(&key, Action::ItemDownload, &home()).answer(),
        Answer::Unknown
    );
    assert!(POLICIES.decide(&key, Action::DatasetList, &home()).allowed);
    assert!(
        POLICIES
            .decide(&key, Action::MemberList, &covered)
            .is_because("limit.key-whole-tenant")
    );
}

#[test]
fn a_narrowed_key_makes_no_wider_one() {
    let scope = Scope {
        actions: Some(ActionSet::parse(["*"]).unwrap()),
        ..Scope::default()
    };
    let facts = Facts {
        target_class: Some(Class::Worker),
        ..home()
    };
    let decision = POLICIES.decide(
        &Subject {
            class: Class::Owner,
            scope,
        },
        Action::KeyIssue,
        &facts,
    );
    assert!(decision.is_because("limit.narrow-key-issues"));
    assert!(ask(Class::Owner, Action::KeyIssue, facts).allowed);
}
