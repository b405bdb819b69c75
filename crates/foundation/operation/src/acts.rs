//! The acts, one type each, so that a permit to look cannot be used to delete.

use access::Action;

use crate::permit::Act;

macro_rules! acts {
    ($($name:ident => $action:ident),* $(,)?) => {$(
        #[doc = concat!("The act that the policies call `", stringify!($action), "`.")]
        #[derive(Debug)]
        pub struct $name;
        impl Act for $name {
            const ACTION: Action = Action::$action;
        }
    )*};
}

acts! {
    CreateTenant => TenantCreate,
    ListTenants => TenantList,
    RotateRoot => RootRotate,
    IssueByRoot => RootIssue,
    MakeBackup => BackupMake,
    RestoreBackup => BackupRestore,
    DrillBackup => BackupDrill,
    ViewTenant => TenantView,
    ChangeTenant => TenantChange,
    ViewContract => ContractView,
    SignContract => ContractSign,
    ListMembers => MemberList,
    ViewMember => MemberView,
    InviteMember => MemberInvite,
    ChangeMember => MemberChange,
    DisableMember => MemberDisable,
    EnableMember => MemberEnable,
    ListKeys => KeyList,
    IssueKey => KeyIssue,
    LendKey => KeyLend,
    InvalidateKey => KeyInvalidate,
    MakeInvitation => InvitationMake,
    BeginSession => SessionBegin,
    ListSessions => SessionList,
    EndSession => SessionEnd,
    ChangeFactor => FactorChange,
    ListDatasets => DatasetList,
    ViewDataset => DatasetView,
    CreateDataset => DatasetCreate,
    ChangeDataset => DatasetChange,
    ArchiveDataset => DatasetArchive,
    RestoreDataset => DatasetRestore,
    DeleteDataset => DatasetDelete,
    GiveGrant => GrantGive,
    EndGrant => GrantEnd,
    ListGrants => GrantList,
    BrowseItems => ItemBrowse,
    ViewItem => ItemView,
    ReadItem => ItemDownload,
    CreateItem => ItemCreate,
    ChangeItem => ItemChange,
    ArchiveItem => ItemArchive,
    RestoreItem => ItemRestore,
    DeleteItem => ItemDelete,
    AnnotateItem => ItemAnnotate,
    ReadRegister => RegisterRead,
    WriteRegister => RegisterWrite,
    ApproveRegister => RegisterApprove,
    ListQuarantine => QuarantineList,
    ReleaseQuarantined => QuarantineRelease,
    DeleteQuarantined => QuarantineDelete,
    SearchRecords => RecordSearch,
    LinkSubject => SubjectLink,
    OpenRequest => RequestOpen,
    ListRequests => RequestList,
    ViewRequest => RequestView,
    IdentifyRequester => RequestIdentify,
    DraftAnswer => RequestDraft,
    DecideRequest => RequestDecide,
    AnswerRequest => RequestAnswer,
    WithdrawRequest => RequestWithdraw,
    TakeReminders => RequestRemind,
    SettleRequests => RequestRule,
    RequestTask => TaskRequest,
    ListTasks => TaskList,
    ViewTask => TaskView,
    SubmitTask => TaskSubmit,
    SkipTask => TaskSkip,
    ReturnTask => TaskReturn,
    AssignTask => TaskAssign,
    ReviewTask => TaskReview,
    DownloadExport => ExportDownload,
    ReadTrail => TrailRead,
    ReadReceipt => ReceiptRead,
    ReadAccess => AccessRead,
    UseRecovery => RecoveryUse,
}
