//! The pages: each a function of what it shows.
//!
//! Promises: rendering asks nobody and fails never, so every page can be looked at without a server. Leaves out:
//! finding what is shown.

mod admission;
mod archive;
mod asked;
mod choice;
mod classes;
mod confirm;
mod dataset;
mod datasets;
mod door;
mod draw;
mod duties;
mod excerpt;
mod exports;
mod gallery;
mod holds;
mod home;
mod invitations;
mod item;
mod keys;
mod kit;
mod operator_access;
mod passkey;
mod problem;
mod public;
mod quarantine;
mod reading;
mod retention;
mod review;
mod security;
mod sessions;
mod sharing;
mod sight;
mod sign_in_rule;
mod staff;
mod tasks;
mod team;
mod trail;
mod viewer;

pub use admission::{AdmissionPage, AdmissionRow, admission};
pub use archive::{ArchivePage, ArchivedRow, archived_items};
pub use asked::{
    AskedPage, DoneRow, StandingPage, StepForm, StepPage, StepRow, WaitingRow, asked, done_name,
    evidence_name, standing, step,
};
pub use choice::Choice;
pub use classes::{ClassesPage, classes};
pub use confirm::{ConfirmPage, Proof, confirm};
pub use dataset::{DatasetPage, GrantRow, WorkSettings, dataset_settings};
pub use datasets::{DatasetRow, DatasetsPage, NewDatasetPage, datasets, new_dataset};
pub use door::{
    BeginPage, FirstFactorPage, InvitationPage, Offer, SecondFactorPage, SignInPage, back_from_provider,
    begin, first_codes, first_factor, invitation, second_factor, sign_in, to_provider,
};
pub use draw::{Drawing, MarkRow};
pub use duties::{DutiesPage, DutyConflictRow, DutyPairRow, DutyRow, duties};
pub use excerpt::{TextView, ValueRow};
pub use exports::{ExportRow, ExportsPage, exports};
pub use gallery::{Face, GalleryPage, Tile, Uploading, gallery};
pub use holds::{HoldRow, HoldWord, HoldsPage, NewHoldPage, holds, new_hold};
pub use home::{HomePage, home};
pub use invitations::{InvitationRow, InvitationsPage, invitations};
pub use item::{HoldLine, ItemPage, VersionRow, View, item};
pub use keys::{IssuedPage, KeyRow, KeysPage, NewKeyForm, NewKeyPage, issued_key, keys, new_key};
pub use kit::kit;
pub use operator_access::{OperatorAccessPage, OperatorAccessRow, OperatorAccessWord, operator_access};
pub(crate) use passkey::{MADE, PROOF};
pub use passkey::{NewPasskeyPage, PasskeyAsk, PasskeyPage, PasskeyRow, new_passkey, passkey_sign_in};
pub use problem::{ProblemPage, problem, problem_outside};
pub use public::{PublicAbout, PublicItemPage, PublicPage, PublicRow, public_item, public_items};
pub use quarantine::{HeldRow, QuarantinePage, ReleasePage, quarantine, release};
pub use reading::{LookingFor, ReasonPage, reason};
pub use retention::{
    AnnouncedRow, Going, GoingRow, KeptFor, LevelRow, OwnRuleRow, RetentionPage, RuleSaid, retention,
};
pub use review::{FiguresPage, FiguresRow, ReviewPage, SubmittedRow, figures, reason_field, review};
pub use security::{
    AppOffer, CodesPage, EnrolPage, PasswordPage, SecurityPage, change_password, enrol, recovery_codes,
    security,
};
pub use sessions::{SessionRow, SessionsPage, sessions};
pub use sharing::{SharePage, ShareRow, SharedPage, share, shared};
pub use sight::{SeenItem, SightAbout, SightPage, SightRow, sight};
pub use sign_in_rule::{
    ProviderForm, ProviderLine, ProviderPage, RuleForm, SignInRulePage, provider_form, sign_in_rule,
};
pub use staff::{InviteStaffPage, StaffMemberPage, StaffPage, StaffRow, invite_staff, staff, staff_member};
pub use tasks::{OfferRow, TaskItemRow, TaskPage, TaskRow, TasksPage, task, tasks};
pub use team::{InvitePage, MemberPage, MemberRow, TeamPage, invite, member, team};
pub use trail::{EventPage, EventRow, TrailFilters, TrailPage, event, trail};
pub use viewer::{Part, PictureView, Shown};
