//! What can be asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kind of thing an action is done to; it settles which facts a decision looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The installation as a whole.
    Installation,
    /// Who is staff of the installation.
    Staff,
    /// The root key, and what it is good for by itself.
    RootKey,
    /// A tenant, its contract and its recovery code.
    Tenant,
    /// A member's record.
    Member,
    /// An API key.
    Key,
    /// A dataset.
    Dataset,
    /// A member signed in at a browser.
    Session,
    /// What a member proves with who they are.
    Factor,
    /// A member's grant of a dataset.
    Grant,
    /// An item with its versions and annotations.
    Item,
    /// The search over sealed fields.
    Record,
    /// A person the data is about.
    Subject,
    /// What a person asks for about their data.
    Request,
    /// What personal data is processed for.
    Purpose,
    /// What a person agreed to, or took back.
    Consent,
    /// A lease of work.
    Task,
    /// An export of a dataset.
    Export,
    /// A link by which the public reaches a dataset or an export.
    Share,
    /// The tenant's trail of events.
    Trail,
    /// The receipt of one event.
    Receipt,
    /// The table of rights, and who can see what.
    AccessTable,
    /// An entry in one of the registers that the company keeps.
    Register,
    /// What a tenant asks of its members before they see anything, and what they have done of it.
    Admission,
    /// A legal hold on an item, a dataset, a person or everything.
    Hold,
    /// The tenant's page for the people its data is about.
    Portal,
    /// Who holds which duty, and which two nobody holds together.
    Duty,
    /// A sub-processor, and what the tenant chose of it.
    Processor,
    /// An address of the tenant's that is told of its events.
    Webhook,
}

impl Resource {
    /// The name of the entity type in the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "Installation",
            Self::Staff => "Staff",
            Self::RootKey => "RootKey",
            Self::Tenant => "Tenant",
            Self::Member => "Member",
            Self::Key => "Key",
            Self::Session => "Session",
            Self::Factor => "Factor",
            Self::Dataset => "Dataset",
            Self::Grant => "Grant",
            Self::Item => "Item",
            Self::Record => "Record",
            Self::Subject => "Subject",
            Self::Request => "Request",
            Self::Purpose => "Purpose",
            Self::Consent => "Consent",
            Self::Task => "Task",
            Self::Export => "Export",
            Self::Share => "Share",
            Self::Trail => "Trail",
            Self::Receipt => "Receipt",
            Self::AccessTable => "AccessTable",
            Self::Register => "Register",
            Self::Admission => "Admission",
            Self::Hold => "Hold",
            Self::Portal => "Portal",
            Self::Duty => "Duty",
            Self::Processor => "Processor",
            Self::Webhook => "Webhook",
        }
    }
}

/// Text that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such action: actions look like `item.view`; the table of rights lists all")]
pub struct BadAction;

macro_rules! actions {
    ($($name:ident $text:literal $resource:ident $says:literal;)*) => {
        /// One thing that can be done, as noun and verb.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {$(
            #[doc = concat!("`", $text, "`: ", $says, ".")]
            $name,
        )*}

        impl Action {
            /// Every action, in the order of the published table.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// Noun and verb, as in `item.view`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is done to.
            pub const fn resource(self) -> Resource {
                match self { $(Self::$name => Resource::$resource,)* }
            }

            /// The action in plain words, to follow "may".
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }
    };
}

actions! {
    TenantCreate      "tenant.create"     Installation "create a tenant";
    TenantList        "tenant.list"       Installation "list the installation's tenants";
    OperatorAccessAsk "operator-access.ask"  Installation "ask a tenant to let the operator look for a while";
    OperatorAccessTake "operator-access.take" Installation "take the key of an access that the tenant approved";
    AssuranceRead     "assurance.read"    Installation "see what the installation claims, and what its checks found";
    AssuranceRun      "assurance.run"     Installation "have checks of the installation run now";
    StaffList         "staff.list"        Staff        "see who is staff of the installation";
    StaffInvite       "staff.invite"      Staff        "invite somebody to be staff of the installation";
    StaffDisable      "staff.disable"     Staff        "shut a member of staff out for good";
    RootRotate        "root.rotate"       RootKey      "put everything under another root key";
    RootIssue         "root.issue"        RootKey      "issue a key by the root key alone, where every other is lost";
    BackupMake        "backup.make"       RootKey      "make a backup";
    BackupRestore     "backup.restore"    RootKey      "restore a backup, and erase again what was erased since";
    LifecycleRun      "lifecycle.run"     RootKey      "archive and delete what is past its time, go on with what a hold had stopped, and remind of requests that are due";
    BackupDrill       "backup.drill"      RootKey      "try whether a backup can be restored, and open samples of it";
    AssuranceRecord   "assurance.record"  RootKey      "record what checks of the installation found, and how its claims changed";
    EgressConnect     "egress.connect"    RootKey      "connect to a host that is not listed, or that leads inside";
    WebhookStop       "webhook.stop"      RootKey      "switch off a webhook whose target has failed for days";
    TenantView        "tenant.view"       Tenant       "see the tenant's name and settings";
    TenantChange      "tenant.change"     Tenant       "change the tenant's name and settings";
    ContractView      "contract.view"     Tenant       "read the contract";
    ContractSign      "contract.sign"     Tenant       "sign the contract";
    ContractEnd       "contract.end"      Tenant       "end the contract";
    OperatorAccessList "operator-access.list" Tenant     "see what the operator asked for, and what came of it";
    OperatorAccessDecide "operator-access.decide" Tenant "let the operator look for a while, or not";
    OperatorAccessEnd "operator-access.end"  Tenant      "end the operator's access";
    RecoveryUse       "recovery.use"      Tenant       "open the tenant's key with the recovery code";
    TrafficSend       "traffic.send"      Tenant       "send requests to the server";
    MemberList        "member.list"       Member       "list members";
    MemberView        "member.view"       Member       "see a member's record";
    MemberInvite      "member.invite"     Member       "invite a member";
    MemberChange      "member.change"     Member       "change a member's class";
    MemberDisable     "member.disable"    Member       "shut a member out";
    MemberEnable      "member.enable"     Member       "let a disabled member in again";
    KeyList           "key.list"          Key          "list API keys";
    KeyIssue          "key.issue"         Key          "issue an API key";
    KeyLend           "key.lend"          Key          "take a temporary credential of one's own key";
    KeyInvalidate     "key.invalidate"    Key          "invalidate an API key";
    InvitationMake    "invitation.make"   Member       "invite a member to sign in, or to begin anew with what they sign in with";
    SessionBegin      "session.begin"     Session      "sign in at a browser";
    SessionList       "session.list"      Session      "see who is signed in, where and since when";
    SessionEnd        "session.end"       Session      "sign a member out";
    FactorChange      "factor.change"     Factor       "change one's own password, second factors and recovery codes";
    DatasetList       "dataset.list"      Dataset      "list datasets";
    DatasetView       "dataset.view"      Dataset      "see a dataset's name, settings and counts";
    DatasetCreate     "dataset.create"    Dataset      "create a dataset";
    DatasetChange     "dataset.change"    Dataset      "change a dataset's name and settings";
    DatasetArchive    "dataset.archive"   Dataset      "archive a dataset";
    DatasetRestore    "dataset.restore"   Dataset      "restore an archived dataset";
    DatasetDelete     "dataset.delete"    Dataset      "delete an archived dataset for good";
    GrantGive         "grant.give"        Grant        "give a member a dataset";
    GrantEnd          "grant.end"         Grant        "end a member's grant of a dataset";
    GrantList         "grant.list"        Grant        "list who was given a dataset";
    ItemBrowse        "item.browse"       Item         "list items and see their metadata";
    ItemView          "item.view"         Item         "look at an item as rendered by the server";
    ItemDownload      "item.download"     Item         "take an item's original bytes, or a record as JSON";
    ItemCreate        "item.create"       Item         "put an item into a dataset";
    ItemChange        "item.change"       Item         "give an item a new version";
    ItemAnnotate      "item.annotate"     Item         "annotate an item";
    ItemProcess       "item.process"      Item         "send an item, or what is left of it without what identifies people, to a sub-processor";
    ItemArchive       "item.archive"      Item         "archive an item";
    ItemRestore       "item.restore"      Item         "restore an archived item";
    ItemDelete        "item.delete"       Item         "delete an archived item for good";
    ItemHold          "item.hold"         Item         "put an item on hold against deletion";
    ItemRelease       "item.release"      Item         "lift an item's hold";
    QuarantineList    "quarantine.list"    Item        "see what is held in quarantine, and why";
    QuarantineRelease "quarantine.release" Item        "let something out of quarantine as it is";
    QuarantineDelete  "quarantine.delete"  Item        "delete something in quarantine for good";
    RecordSearch      "record.search"     Record       "search records by the value of a sealed field";
    RecordUnmask      "record.unmask"     Item         "see the masked fields of records, and show more of a field than was shown";
    SubjectList       "subject.list"      Subject      "list the people the data is about";
    SubjectView       "subject.view"      Subject      "see what is linked to a person";
    SubjectChange     "subject.change"    Subject      "say what a person is known by, and merge or split people";
    SubjectLink       "subject.link"      Subject      "say whom an item is about";
    SubjectRestrict   "subject.restrict"  Subject      "restrict processing of what is kept about a person";
    SubjectRelease    "subject.release"   Subject      "lift a person's restriction";
    SubjectErase      "subject.erase"     Subject      "erase what is kept about a person";
    RequestOpen       "request.open"      Request      "take in what a person asks for about their data";
    RequestList       "request.list"      Request      "see which requests of people there are, and when they are due";
    RequestView       "request.view"      Request      "read a request of a person";
    RequestIdentify   "request.identify"  Request      "find out whether it is the person who asks";
    RequestDraft      "request.draft"     Request      "draft the answer to a request";
    RequestDecide     "request.decide"    Request      "grant a request, refuse it or take more time for it";
    RequestAnswer     "request.answer"    Request      "answer a request";
    RequestPackage    "request.package"   Request      "hand out what is kept about a person who asks for it";
    RequestWithdraw   "request.withdraw"  Request      "note that a person has taken a request back";
    RequestRemind     "request.remind"    Request      "take the reminders of requests that are due";
    RequestTask       "request.task"      Request      "do elsewhere what a request asks for, and say so";
    RequestRule       "request.rule"      Request      "settle how requests are counted, checked and answered";
    PurposeList       "purpose.list"      Purpose      "see what personal data is processed for, and on which basis";
    PurposeChange     "purpose.change"    Purpose      "make and end purposes, and publish what people are told of them";
    PurposeUse        "purpose.use"       Purpose      "process personal data of somebody for a purpose";
    ConsentRecord     "consent.record"    Consent      "record that a person agrees to a purpose or takes it back";
    ConsentView       "consent.view"      Consent      "see what a person agreed to and took back";
    TaskRequest       "task.request"      Task         "ask for the next items to work on";
    TaskList          "task.list"         Task         "list tasks";
    TaskView          "task.view"         Task         "see a task and how far it is";
    TaskSubmit        "task.submit"       Task         "submit the work on a leased item";
    TaskSkip          "task.skip"         Task         "leave a leased item to somebody else";
    TaskReturn        "task.return"       Task         "give a lease back";
    TaskAssign        "task.assign"       Task         "assign work to a worker, or take it away";
    TaskReview        "task.review"       Task         "approve submitted work or give it back";
    ExportCreate      "export.create"     Export       "start an export";
    ExportDownload    "export.download"   Export       "take an export away";
    ExportList        "export.list"       Export       "list a dataset's exports and see what is in them";
    ExportDelete      "export.delete"     Export       "delete an export";
    ShareList         "share.list"        Share        "see how a dataset is shared with the public";
    ShareCreate       "share.create"      Share        "share a dataset or an export with the public";
    ShareEnd          "share.end"         Share        "withdraw what is shared with the public";
    TrailRead         "trail.read"        Trail        "read the trail of events";
    ReceiptRead       "receipt.read"      Receipt      "fetch the receipt of an event";
    AccessRead        "access.read"       AccessTable  "read the table of rights and who can see what";
    RegisterRead      "register.read"     Register     "read the registers of policies, training, vendors, risks and the like";
    RegisterWrite     "register.write"    Register     "add, change and end entries of the registers";
    RegisterApprove   "register.approve"  Register     "approve what somebody else wrote into a register";
    AdmissionView     "admission.view"    Admission    "see what is asked of members before they see anything, and how they stand";
    AdmissionAccept   "admission.accept"  Admission    "accept a policy";
    AdmissionRecord   "admission.record"  Admission    "record that a member has signed, learned or been screened, and take it back";
    AdmissionRule     "admission.rule"    Admission    "settle what is asked of members before they see anything";
    HoldList          "hold.list"         Hold         "see what is on legal hold, and why";
    HoldPlace         "hold.place"        Hold         "put an item, a dataset, a person or everything on legal hold";
    HoldLift          "hold.lift"         Hold         "lift a legal hold, or agree to it where it takes two";
    PortalView        "portal.view"       Portal       "see how the page for the people the data is about is set";
    PortalChange      "portal.change"     Portal       "settle the page for the people the data is about";
    PortalVisit       "portal.visit"      Portal       "come to the page for the people the data is about";
    ProcessorList     "processor.list"    Processor    "see the sub-processors and what the tenant chose of them";
    ProcessorChoose   "processor.choose"  Processor    "let a sub-processor have data for a product, take that back, or object to it";
    DutyList          "duty.list"         Duty         "see who holds which duty, and which two nobody holds together";
    DutyGive          "duty.give"         Duty         "give a member a duty";
    DutyEnd           "duty.end"          Duty         "take a duty from a member";
    DutyRule          "duty.rule"         Duty         "settle which two duties nobody holds together";
    WebhookList       "webhook.list"      Webhook      "see which addresses are told of the tenant's events, and what was sent to them";
    WebhookCreate     "webhook.create"    Webhook      "have an address told of the tenant's events";
    WebhookChange     "webhook.change"    Webhook      "change which address is told of which events, or switch that off";
    WebhookDelete     "webhook.delete"    Webhook      "have an address told of nothing any more";
    WebhookRotate     "webhook.rotate"    Webhook      "give a webhook another secret";
    WebhookSend       "webhook.send"      Webhook      "send a test to a webhook, or a message once more";
}

impl Action {
    /// The part before the dot, as in `item`.
    pub fn noun(self) -> &'static str {
        self.as_str()
            .split_once('.')
            .map_or(self.as_str(), |(noun, _)| noun)
    }

    /// The part after the dot, as in `view`.
    pub fn verb(self) -> &'static str {
        self.as_str()
            .split_once('.')
            .map_or(self.as_str(), |(_, verb)| verb)
    }

    /// The place in [`Action::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = BadAction;

    fn from_str(text: &str) -> Result<Self, BadAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or(BadAction)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_one_noun_and_one_verb() {
        for (index, action) in Action::ALL.into_iter().enumerate() {
            assert_eq!(action.index(), index);
            assert_eq!(action.to_string().parse(), Ok(action));
            assert_eq!(format!("{}.{}", action.noun(), action.verb()), action.as_str());
            assert_eq!(
                serde_json::from_str::<Action>(&format!("\"{action}\"")).unwrap(),
                action
            );
        }
        assert_eq!("item.read".parse::<Action>(), Err(BadAction));
    }
}
