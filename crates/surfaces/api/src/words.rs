//! Words that requests and answers share: classes, states, kinds.
//!
//! Each mirrors an enum of the domain, so that the shape on the wire is settled here. A variant that is
//! added below and not here does not compile.

macro_rules! mirror {
    ($($(#[$doc:meta])* $name:ident of $domain:ty { $($variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum $name { $($variant),* }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                match word { $(<$domain>::$variant => Self::$variant),* }
            }
        }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => <$domain>::$variant),* }
            }
        }
    )*};
}

mirror! {
    /// What a person is to the tenant; `operator` is staff of the installation, `public` whoever has a link, `data-subject` whom the data is
    /// about, at the page for them; no member is any of these.
    Class of access::Class { Owner, Admin, User, WorkforceManager, Worker, Auditor, PrivacyOfficer, Operator, Public, DataSubject }

    /// What a tenant does with the data.
    Business of custody::tenant::Business { TrainingData, Crm, AiApi, Identity, Other }

    /// Who can open the tenant's key: the installation too, or its API keys and recovery code alone.
    CustodyMode of custody::tenant::CustodyMode { ProviderHeld, CustomerHeld }

    /// The ground of GDPR Article 6(1) on which personal data is processed.
    LawfulBasis of custody::tenant::LawfulBasis {
        Consent, Contract, LegalObligation, VitalInterests, PublicTask, LegitimateInterests,
    }

    /// What a field of a record holds; a date is a day such as `2026-11-23`.
    RecordFieldType of custody::record::FieldType { Text, Email, Phone, Number, Boolean, Date, TextList }

    /// Which part of a masked field stays visible: nothing; the last four digits or characters; first letters; what stands behind the `@`;
    /// the year.
    RecordMask of custody::record::Mask { All, LastFour, Initials, EmailDomain, Year }

    /// Whether a member's keys work.
    MemberState of custody::member::MemberState { Active, Disabled }

    /// The weakest password: by length alone (NIST SP 800-63B-4), or eight characters with a digit and a lowercase letter,
    /// which is below that.
    PasswordFloor of identity::Floor { Nist, EightWithDigit }

    /// What makes a claim true: the software, a measurement, evidence on file; or it explains and promises nothing.
    ClaimKind of assurance::catalogue::Kind { Enforced, Verified, Attested, Informational }

    /// How a claim stands: by the worst of what is behind it.
    StateOfClaim of assurance::State { Holds, OutOfScope, Partly, Late, BrokenCheck, BrokenPromise }

    /// What a check came to.
    CheckOutcome of assurance::check::Outcome { Holds, OutOfScope, Late, BrokenCheck, BrokenPromise }

    /// How often a check runs at least.
    CheckCadence of assurance::catalogue::Cadence { EveryFiveMinutes, Hourly, Daily, Weekly, Monthly }

    /// What a check looks at.
    CheckScope of assurance::catalogue::Scope { Installation, Probe, Policies, Network, Register, Scratch, Catalogue }

    /// Who needs a second factor.
    SecondFactorFor of identity::SecondFactorFor { Everybody, AllButWorkers, WhoeverWants }

    /// What a key is for: everyday use, making a new owner's key and nothing else, or a while.
    KeyKind of custody::key::KeyKind { Api, Recovery, Temporary, Session }

    /// Its items are being gathered; or whole, for ever.
    ExportState of custody::export::ExportState { Making, Made }

    /// What has become of an item since it was exported: there, put aside, or deleted and gone.
    EntryState of custody::export::EntryState { There, Archived, Gone }

    /// In use, or put aside: restorable, and only then deletable.
    State of custody::item::State { Active, Archived }

    /// Bytes of any kind, or a JSON object whose fields the dataset may declare.
    ItemKind of custody::item::Kind { File, Record }

    /// Leased to its member, or how that ended: given back, ended by the clock or from above, or nothing left to do.
    TaskState of custody::task::TaskState { Live, Returned, Ended, Finished }

    /// What may be done with a bucket of the tenant's own: items are made of what is there, or what is put goes there, too.
    BucketMode of custody::dataset::BucketMode { Read, ReadWrite }

    /// Accepted by the member themselves (policy), or recorded by somebody else.
    AdmissionKind of custody::admission::StepKind { Policy, Confidentiality, Training, Screening }

    /// What a member answers for.
    Duty of access::Duty {
        Audit, Privacy, Work, KeepRegisters, ApproveRegisters, IssueKeys, GiveAccess, ReviewAccess, RecordAdmission,
        TakeInRequests, DecideRequests, AnswerRequests, ErasePeople, MakeExports, Publish, AdmitStaff, LookIntoTenants,
    }

    /// What came of the operator's asking: nothing yet, or not in time; it runs, was refused, or is over.
    OperatorAccessState of custody::operator_access::AccessState { Asked, Lapsed, Approved, Refused, Ended }

    /// How a legal hold stands: `standing` and `lift-asked` keep what it covers.
    HoldState of custody::legal_hold::HoldState { Standing, LiftAsked, Ended, Lifted }

    /// What a retention rule counts from.
    RetentionStart of custody::retention::CountsFrom { Put, LastVersion, Archive }

    /// Which rule ends an item: of the dataset, of the tenant, the contract's days, or the archive window.
    RetentionCause of custody::retention::Because { DatasetRule, TenantRule, Contract, ArchiveWindow }

    /// What wins over a rule: a hold or lock, or a restriction at a person's request.
    KeptBy of custody::retention::KeptBy { Hold, Restriction }

    /// What was announced about the end of a contract: that it ends within fourteen or three days, that it has ended, that everything is
    /// deleted within fourteen or three days, or that what is on hold stays.
    ContractNoticeKind of custody::ending::NoticeKind { EndIn14, EndIn3, Ended, DeletionIn14, DeletionIn3, Held }



    /// To be worked on; done; what the reviewer said: approved, returned, and handed out again since; or left to somebody else.
    WorkState of custody::task::WorkState { Leased, Submitted, Approved, Returned, Reworked, Skipped }

    /// Which right a person makes use of.
    RequestKind of rights::request::Kind {
        Access, Portability, Rectification, Erasure, Restriction, Objection, ConsentWithdrawal,
    }

    /// How a request came in, and how its person is written to.
    Channel of rights::request::Channel { Portal, Mail, Staff, Api }

    /// How it is found out that it is the person who asks; each proves more than the one before.
    Proof of rights::request::Proof { MailCode, StaffCheck, Document }

    /// Where a request is: what the GDPR counts stands still in `identity`.
    RequestState of rights::request::State { Received, Identity, Open, Answered, Refused, Withdrawn, Duplicate }

    /// What was done about a request.
    RequestStep of rights::request::Step {
        Opened, IdentityAsked, CodeWrong, DocumentGiven, DocumentRejected, Identified, Extended, Drafted, Granted, Denied,
        Answered, Refused, Withdrawn, Duplicate, TaskDone, TaskWaived, TaskFile,
    }

    /// How far a place elsewhere is with a request.
    PlaceState of rights::request::TaskState { Open, Done, Waived }

    /// What was decided about a request.
    Verdict of rights::request::Verdict { Grant, Refuse }

    /// Whose periods count: a month (GDPR), 30 and 60 days (HIPAA), or what is over sooner.
    Law of rights::request::Law { Gdpr, Hipaa, Both }

    /// Why a request may be refused; each fits some kinds of request.
    Ground of rights::request::Ground {
        NotIdentified, ManifestlyUnfounded, Excessive, RestrictedByLaw, RightsOfOthers, Accurate, NotOurRecord, StillNeeded,
        Expression, LegalObligation, PublicHealth, Research, LegalClaims, NoCaseOfRestriction, NotPortable,
        CompellingGrounds, AccessDenied,
    }

    /// What sort of word somebody is known by.
    IdentifierKind of custody::subject::IdentifierKind { Email, Phone, External, Document, Handle }

    /// How an item was linked to a person: with the item, afterwards, or by an erasure that had to leave it.
    LinkSource of custody::item::LinkSource { Put, Link, Erasure }

    /// GDPR Article 18(1): the data is contested; processing is unlawful; the person needs it for a claim; they have objected.
    RestrictionGround of rights::RestrictionGround { Accuracy, Unlawful, Claims, Objection }

    /// When somebody who was erased is to be taken in again: it is refused, or the trail tells of it.
    AfterErasure of custody::subject::AfterErasure { Refuse, Tell }

    /// Under way, to be resumed if it broke off; waiting for what had to stay; or nothing is left to do.
    ErasureState of rights::erasure::ErasureState { Held, Running, Waiting, Done }

    /// What keeps an item: it is about others as well, a legal hold, a retention.
    LeftBy of rights::erasure::Cause { Shared, LegalHold, Retention }

    /// What a person did to agree; that a box was ticked beforehand is none of these.
    ConsentAct of rights::consent::ConsentAct { Clicked, Typed, Signed, Said }

    /// How what a person agreed to or took back reached the team.
    ConsentChannel of rights::consent::ConsentChannel { Browser, Api, Staff, Paper }

    /// Why something may be processed for a purpose, or may not.
    ConsentStanding of rights::consent::Standing {
        Given, OtherBasis, NeverGiven, Withdrawn, Objected, Restricted, Ended,
    }

    /// One set of circumstances in the table of rights.
    Situation of access::Situation {
        Normal, Granted, Leased, LeasedWithOriginals, Own, Archived, OnHold, Deleted, Restricted, RestrictedArchived,
        InQuarantine, InQuarantineArchived, ContractEnded, KeyForThisAction, KeyForThisDataset, KeyForOtherDatasets,
        KeyForThisName, KeyForOtherNames, KeyForOtherActions, WholeKey, TemporaryKey, StaleSession, RootAtHand, OtherTenant,
    }
}
