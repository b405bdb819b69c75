//! What is expected of every route: from the policies, and from the few things that custody settles beside them.

use access::{Action, Answer, Class, Facts, Policies, State, Subject};

/// What a class is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Allowed,
    Forbidden,
    /// As for an id that does not exist.
    Hidden,
}

/// What is expected of a route.
pub(crate) enum Rule {
    /// Everybody may, even without a key.
    Public,
    /// The first of these that is refused is the answer; allowed when none is.
    Decided {
        asked: Vec<(Action, Facts)>,
        finds_first: bool,
    },
    /// For whoever has no credential yet; what is asked of them is tried in the tests of the door.
    Door,
    /// For the bearer of a session alone; tried there too.
    Session,
    /// Refused to every key that is not a recovery code.
    RecoveryCodesOnly,
}

pub(crate) fn expected(policies: &Policies, operation: &str, class: Class) -> Told {
    let (asked, finds_first) = match rule(operation) {
        Some(Rule::Decided { asked, finds_first }) => (asked, finds_first),
        Some(Rule::RecoveryCodesOnly) => return Told::Forbidden,
        Some(Rule::Public | Rule::Door | Rule::Session) | None => return Told::Allowed,
    };
    // What belongs to a tenant is another tenant's to the operator.
    if class == Class::Operator && finds_first {
        return Told::Hidden;
    }
    // The tasks of the samples are leased to the owner.
    let held = |facts: &Facts| Facts {
        own: true,
        leased: true,
        ..*facts
    };
    let is_held =
        class == Class::Owner && operation.starts_with("task.") && !operation.starts_with("task.review");
    let refusal = asked.iter().map(|(action, facts)| {
        let facts = if is_held { held(facts) } else { *facts };
        policies.decide(&Subject::of(class), *action, &facts)
    });
    match refusal.into_iter().find(|decision| !decision.allowed) {
        None => Told::Allowed,
        Some(decision) if decision.answer() == Answer::Unknown => Told::Hidden,
        Some(_) => Told::Forbidden,
    }
}

/// The rule of an operation, or nothing for one that is not known here.
pub(crate) fn rule(operation: &str) -> Option<Rule> {
    let home = Facts::at_home();
    let archived = Facts {
        state: State::Archived,
        ..home
    };
    let held = Facts {
        quarantined: true,
        ..home
    };
    let of_worker = Facts {
        target_class: Some(Class::Worker),
        new_class: Some(Class::Worker),
        ..home
    };
    let to_owner = Facts {
        new_class: Some(Class::Owner),
        ..of_worker
    };
    // Acts on a thing of the tenant: most look it up by id before they ask, so that unknown comes before forbidden.
    let found = |action: Action, facts: Facts| Rule::Decided {
        asked: vec![(action, facts)],
        finds_first: true,
    };
    let plain = |action: Action, facts: Facts| Rule::Decided {
        asked: vec![(action, facts)],
        finds_first: false,
    };
    let bulk = |action: Action, facts: Facts| Rule::Decided {
        asked: vec![(Action::ItemBrowse, home), (action, facts)],
        finds_first: true,
    };
    Some(match operation {
        "health" | "openapi" => Rule::Public,
        "recovery.use" => Rule::RecoveryCodesOnly,
        "tenant.create" => plain(Action::TenantCreate, home),
        "tenant.list" => plain(Action::TenantList, home),
        // What the whole installation claims is no tenant's.
        operation if operation.starts_with("assurance.read") => plain(Action::AssuranceRead, home),
        "assurance.run" => plain(Action::AssuranceRun, home),
        "staff.list" => plain(Action::StaffList, home),
        "staff.invite" => plain(Action::StaffInvite, home),
        "staff.disable" => plain(Action::StaffDisable, home),
        "tenant.view" => plain(Action::TenantView, home),
        "tenant.view.sign-in" | "tenant.view.single-sign-on" => plain(Action::TenantView, home),
        "tenant.change.sign-in" => plain(Action::TenantChange, home),
        "tenant.view.trust-page" => plain(Action::TenantView, home),
        "tenant.change.trust-page" | "tenant.change.trust-page.withdraw" => plain(Action::TenantChange, home),
        // Whoever names the provider can become anybody.
        "tenant.change.single-sign-on" | "tenant.change.single-sign-on.remove" => Rule::Decided {
            asked: vec![(Action::TenantChange, home), (Action::MemberChange, to_owner)],
            finds_first: false,
        },
        "session.list" | "session.list.attempts" => found(Action::SessionList, of_worker),
        "session.end" | "session.end.all" => found(Action::SessionEnd, of_worker),
        "member.list.invitations" => plain(Action::MemberList, home),
        "invitation.make" | "invitation.make.withdraw" => found(Action::InvitationMake, of_worker),
        "session.list.own" | "session.list.own.stay" | "session.end.own" | "session.begin.prove" => {
            Rule::Session
        }
        "session.begin.prove.passkey" => Rule::Session,
        "session.list.factors" | "session.list.passkeys" => {
            plain(Action::SessionList, Facts { own: true, ..home })
        }
        operation if operation.starts_with("session.begin") => Rule::Door,
        operation if operation.starts_with("factor.change") => Rule::Session,
        "contract.view" => plain(Action::ContractView, home),
        "contract.sign" => plain(Action::ContractSign, home),
        "member.list" => plain(Action::MemberList, home),
        "member.invite" => plain(Action::MemberInvite, of_worker),
        "member.view" => found(Action::MemberView, of_worker),
        "member.change" => found(Action::MemberChange, of_worker),
        "member.disable" => found(Action::MemberDisable, of_worker),
        "member.enable" => found(Action::MemberEnable, of_worker),
        "key.list" => plain(Action::KeyList, home),
        "key.issue" => found(Action::KeyIssue, of_worker),
        // Of one's own key, so that everybody may.
        "key.lend" => plain(Action::KeyLend, Facts { own: true, ..home }),
        "key.list.one" => found(Action::KeyList, of_worker),
        "key.invalidate" => found(Action::KeyInvalidate, of_worker),
        "dataset.list" => plain(Action::DatasetList, home),
        "dataset.create" => plain(Action::DatasetCreate, home),
        "dataset.view" => found(Action::DatasetView, home),
        "dataset.change" => found(Action::DatasetChange, home),
        "dataset.archive" => found(Action::DatasetArchive, home),
        "dataset.restore" => found(Action::DatasetRestore, archived),
        "dataset.delete" => found(Action::DatasetDelete, archived),
        "dataset.view.bucket" => found(Action::DatasetView, home),
        "dataset.change.bucket" | "dataset.change.bucket.remove" => found(Action::DatasetChange, home),
        "grant.list" => found(Action::GrantList, home),
        "grant.give" => found(Action::GrantGive, of_worker),
        "grant.end" => found(Action::GrantEnd, of_worker),
        "item.browse" | "item.browse.one" | "item.browse.versions" => found(Action::ItemBrowse, home),
        "item.create" | "item.create.references" => found(Action::ItemCreate, home),
        "item.change" => found(Action::ItemChange, home),
        "item.download" | "item.download.head" | "item.download.url" => found(Action::ItemDownload, home),
        "item.view" | "item.view.info" | "item.view.text" => found(Action::ItemView, home),
        "item.view.annotations" | "item.view.annotations.history" => found(Action::ItemView, home),
        "item.annotate" | "item.annotate.import" => found(Action::ItemAnnotate, home),
        "export.create" => found(Action::ExportCreate, home),
        "export.list" | "export.list.one" | "export.list.items" => found(Action::ExportList, home),
        "export.download" | "export.download.said" | "export.download.archive" => {
            found(Action::ExportDownload, home)
        }
        "export.delete" => found(Action::ExportDelete, home),
        "share.list" => found(Action::ShareList, home),
        "share.list.warning" => Rule::Decided {
            asked: vec![(Action::ShareCreate, home), (Action::ShareList, home)],
            finds_first: true,
        },
        "share.create" => found(Action::ShareCreate, home),
        "share.end" => found(Action::ShareEnd, home),
        "export.download.annotations" => found(Action::ExportDownload, home),
        "item.archive" => found(Action::ItemArchive, home),
        "item.restore" => found(Action::ItemRestore, archived),
        "item.delete" => found(Action::ItemDelete, archived),
        "item.archive.many" => bulk(Action::ItemArchive, home),
        "item.restore.many" => bulk(Action::ItemRestore, archived),
        "item.delete.many" => bulk(Action::ItemDelete, archived),
        "quarantine.list" => found(Action::QuarantineList, home),
        "quarantine.release" => found(Action::QuarantineRelease, held),
        "quarantine.delete" => found(Action::QuarantineDelete, held),
        "record.search" | "record.search.find" => found(Action::RecordSearch, home),
        "item.browse.records" => found(Action::ItemBrowse, home),
        "item.create.record" => found(Action::ItemCreate, home),
        "item.download.record" => found(Action::ItemDownload, home),
        // Whoever puts a record right looks at it before, and whoever deletes one sees what it is.
        "item.change.record" => Rule::Decided {
            asked: vec![(Action::ItemDownload, home), (Action::ItemChange, home)],
            finds_first: true,
        },
        "item.delete.record" => Rule::Decided {
            asked: vec![(Action::ItemBrowse, archived), (Action::ItemDelete, archived)],
            finds_first: true,
        },
        "dataset.view.kinds" => found(Action::DatasetView, home),
        "dataset.change.kind" | "dataset.change.kind.remove" => found(Action::DatasetChange, home),
        "subject.list" => plain(Action::SubjectList, home),
        "subject.view" | "subject.view.search" | "subject.view.items" | "subject.view.merges" => {
            plain(Action::SubjectView, home)
        }
        "subject.view.erasures" | "subject.view.erasure" => plain(Action::SubjectView, home),
        "subject.change.create" | "subject.change.identifier.add" | "subject.change.identifier.remove" => {
            plain(Action::SubjectChange, home)
        }
        "subject.change.merge" | "subject.change.split" => plain(Action::SubjectChange, home),
        // Whoever lifts a mark undoes what an erasure promised.
        "subject.change.unmark" => Rule::Decided {
            asked: vec![(Action::SubjectChange, home), (Action::SubjectErase, home)],
            finds_first: false,
        },
        "subject.link" => found(Action::SubjectLink, home),
        "subject.restrict" => plain(Action::SubjectRestrict, home),
        "subject.release" => plain(Action::SubjectRelease, home),
        "subject.erase" => plain(Action::SubjectErase, home),
        "subject.erase.decide" | "subject.erase.resume" => found(Action::SubjectErase, home),
        "task.submit.annotated" => found(Action::TaskSubmit, home),
        "task.review" | "task.review.list" => found(Action::TaskReview, home),
        "task.request" => found(Action::TaskRequest, home),
        "task.assign" | "task.assign.end" => found(Action::TaskAssign, home),
        // Whoever may know of the dataset and may not see everybody's tasks sees their own.
        "task.list" | "task.list.figures" => Rule::Decided {
            asked: vec![
                (Action::DatasetView, home),
                (Action::TaskList, Facts { own: true, ..home }),
            ],
            finds_first: true,
        },
        "task.view" => found(Action::TaskView, home),
        "task.submit" => found(Action::TaskSubmit, home),
        "task.skip" => found(Action::TaskSkip, home),
        "task.return" => found(Action::TaskReturn, home),
        "request.open" => plain(Action::RequestOpen, home),
        "request.list" | "request.list.rule" | "request.list.places" => plain(Action::RequestList, home),
        "portal.view" => plain(Action::PortalView, home),
        "portal.change" => plain(Action::PortalChange, home),
        "request.rule" | "request.rule.places" => plain(Action::RequestRule, home),
        "request.remind" => plain(Action::RequestRemind, home),
        "request.view" | "request.view.tasks" | "request.view.file" => found(Action::RequestView, home),
        "request.identify"
        | "request.identify.ask"
        | "request.identify.code"
        | "request.identify.document"
        | "request.identify.see"
        | "request.identify.reject" => found(Action::RequestIdentify, home),
        "request.draft" => found(Action::RequestDraft, home),
        "request.decide" | "request.decide.extend" | "request.decide.same" | "request.decide.waive" => {
            found(Action::RequestDecide, home)
        }
        "request.task" | "request.task.file" => found(Action::RequestTask, home),
        "request.answer" => found(Action::RequestAnswer, home),
        "request.package" | "request.package.take" => found(Action::RequestPackage, home),
        "request.withdraw" => found(Action::RequestWithdraw, home),
        "purpose.list" => plain(Action::PurposeList, home),
        "purpose.list.one" | "purpose.list.notice" => found(Action::PurposeList, home),
        "purpose.change" => plain(Action::PurposeChange, home),
        "purpose.change.end" | "purpose.change.notice" => found(Action::PurposeChange, home),
        "purpose.use" => found(Action::PurposeUse, home),
        // With a key in the body: tried in the tests of consents.
        "consent.record.browser" => Rule::Door,
        "consent.record" => found(Action::ConsentRecord, home),
        "consent.view" => found(Action::ConsentView, home),
        "consent.view.history" => plain(Action::ConsentView, home),
        "trail.read" => plain(Action::TrailRead, home),
        "trail.read.one" => found(Action::TrailRead, home),
        "receipt.read" => found(Action::ReceiptRead, home),
        "admission.view" => plain(Action::AdmissionView, Facts { own: true, ..home }),
        "admission.view.member" => found(Action::AdmissionView, home),
        "admission.view.waiting" => plain(Action::AdmissionView, home),
        "admission.accept" => found(Action::AdmissionAccept, Facts { own: true, ..home }),
        "admission.record" | "admission.record.withdraw" => found(Action::AdmissionRecord, home),
        "admission.rule.add" => plain(Action::AdmissionRule, home),
        "admission.rule" | "admission.rule.remove" => found(Action::AdmissionRule, home),
        "tenant.view.retention" | "tenant.view.retention.notices" => plain(Action::TenantView, home),
        "tenant.change.retention" => plain(Action::TenantChange, home),
        "dataset.view.retention" => found(Action::DatasetView, home),
        "dataset.change.retention" => found(Action::DatasetChange, home),
        "item.browse.retention" => found(Action::ItemBrowse, home),
        "contract.view.end" => plain(Action::ContractView, home),
        "contract.end" => plain(Action::ContractEnd, home),
        "tenant.list.certificates" => plain(Action::TenantList, home),
        "hold.list" | "hold.list.rule" => plain(Action::HoldList, home),
        "hold.list.one" => found(Action::HoldList, home),
        "hold.place" => plain(Action::HoldPlace, home),
        "hold.lift" => found(Action::HoldLift, home),
        "tenant.change.holds" => plain(Action::TenantChange, home),
        "duty.list" | "duty.list.holders" | "duty.list.conflicts" | "duty.list.pairs" => {
            plain(Action::DutyList, home)
        }
        "duty.give" => found(Action::DutyGive, home),
        "duty.end" => found(Action::DutyEnd, home),
        "duty.rule" => plain(Action::DutyRule, home),
        "duty.rule.remove" => found(Action::DutyRule, home),
        "operator-access.ask" => plain(Action::OperatorAccessAsk, home),
        "operator-access.take" => plain(Action::OperatorAccessTake, home),
        "operator-access.list" => plain(Action::OperatorAccessList, home),
        "operator-access.decide" | "operator-access.decide.refuse" => {
            found(Action::OperatorAccessDecide, home)
        }
        "operator-access.end" => found(Action::OperatorAccessEnd, home),
        "trail.read.operator-access" => found(Action::TrailRead, home),
        "access.read.item" | "access.read.dataset" | "access.read.member" => plain(Action::AccessRead, home),
        operation if operation.starts_with("register.write") || operation.starts_with("register.read") => {
            let (action, is_about_an_entry) = match operation {
                "register.write" | "register.write.csv" => (Action::RegisterWrite, false),
                operation if operation.starts_with("register.write") => (Action::RegisterWrite, true),
                "register.read.entry" | "register.read.versions" | "register.read.activity" => {
                    (Action::RegisterRead, true)
                }
                _ => (Action::RegisterRead, false),
            };
            if is_about_an_entry {
                found(action, home)
            } else {
                plain(action, home)
            }
        }
        "processor.list" => plain(Action::ProcessorList, home),
        "processor.choose" | "processor.choose.undo" => plain(Action::ProcessorChoose, home),
        "webhook.list" | "webhook.list.one" | "webhook.list.deliveries" | "webhook.list.delivery" => {
            plain(Action::WebhookList, home)
        }
        "webhook.create" => plain(Action::WebhookCreate, home),
        "webhook.change" => plain(Action::WebhookChange, home),
        "webhook.delete" => plain(Action::WebhookDelete, home),
        "webhook.rotate" => plain(Action::WebhookRotate, home),
        "webhook.send.test" | "webhook.send.replay" => plain(Action::WebhookSend, home),
        "item.process" => found(Action::ItemProcess, home),
        "register.approve" => found(Action::RegisterApprove, home),
        "access.read" => plain(Action::AccessRead, home),
        _ => return None,
    })
}
