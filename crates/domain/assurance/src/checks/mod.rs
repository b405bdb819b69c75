//! The checks of this version, one file for each kind of thing that they look at.

mod acting;
mod alarms;
mod apart;
mod backups;
mod ciphers;
mod cleaning;
mod configuration;
mod consents;
mod contacts;
mod copies;
mod corrections;
mod deadlines;
mod edge;
mod ends;
mod erasure;
mod errors;
mod evidence;
mod filed;
mod grants;
mod inventory;
mod joining;
mod kept;
mod keys;
mod leavers;
mod ledger;
mod outbound;
mod own_buckets;
mod pages;
mod papers;
mod persons;
mod plants;
mod policies;
mod processors;
mod provenance;
mod purposes;
mod readable;
mod reading;
mod requests;
mod restriction;
mod rows;
mod scratch;
mod services;
mod sharing;
mod signing_in;
mod trail;
mod watched;
mod work;

use std::sync::Arc;

use crate::check::Check;

pub use acting::{ArchiveComesFirst, BasisBeforeData, HoldsKeep, OtherRegionsAreRefused, TermsAreData};
pub use alarms::AlarmsArrive;
pub use apart::TenantsDoNotCross;
pub use backups::{BackupsRestore, ErasedStaysErasedInBackups};
pub use ciphers::CiphersAreSound;
pub use cleaning::{DicomHeadersAreCleaned, UncleanableIsHeld};
pub use configuration::ConfigurationIsApproved;
pub use consents::ConsentReceiptsVerify;
pub use contacts::ContactsAnswer;
pub use copies::CopiesAreComplete;
pub use corrections::CorrectionsHold;
pub use deadlines::{AssessmentsAreInDate, IncidentClocksRun, WeaknessesAreClosed};
pub use edge::EdgeSpeaksTlsOnly;
pub use ends::{DeletionLeavesNothing, DisabledMeansOut, KeysEndWhenTold};
pub use erasure::ErasureIsComplete;
pub use errors::ErrorsNameNobody;
pub use evidence::{CriteriaHaveControls, EvidenceIsInDate, OneIsRecent};
pub use grants::UnusedRightsEnd;
pub use inventory::EveryColumnIsKnown;
pub use joining::{JoinersWaitForPapers, WeakPasswordsAreRefused};
pub use kept::{ContractsEndWithData, RetentionIsKept};
pub use keys::{KeysAreTrulyNeeded, KeysOpenOnlyTheirOwn};
pub use leavers::LeaversAreOut;
pub use ledger::LogVerifies;
pub(crate) use ledger::first_id_at;
pub use outbound::OutboundIsEncrypted;
pub use own_buckets::OwnBucketsKeepTheirBytes;
pub use pages::{PageEqualsState, PagesSetNoOtherCookies};
pub use papers::StepsAreDone;
pub use policies::{LookingIsNotTaking, RightsEqualTheTable, SecondFactorIsAsked};
pub use processors::{
    AgreementsNameTheirVendor, EgressEqualsRegister, NoticeComesBeforeUse, OptInComesFirst,
    ProcessorRegisterIsComplete,
};
pub use provenance::BinaryHasProvenance;
pub use purposes::PurposesAreKept;
pub use readable::NothingReadableAtRest;
pub use reading::ReadsStateAReason;
pub use requests::{NoFeeStandsInTheWay, RequestClocksRun, RequestersAreIdentified};
pub use restriction::RestrictionStopsReads;
pub use rows::{BytesLieInTheirRegion, SessionsEndOnTheClock, Wrong};
pub use scratch::ActAndEntryAreOne;
pub use services::{ServicesHaveThresholds, Watched};
pub use sharing::{NothingIsOpenUnasked, SharingIsGuarded};
pub use signing_in::{SignInsAreWatched, SingleSignOnIsEnforced};
pub use trail::{EveryChangeHasItsEntry, OperatorsReadNothing, TrailHasNoGaps};
pub use watched::{MassReadingIsNoticed, ThereIsRoom};
pub use work::{LeasesKeepTheirSize, NobodyGrantsAboveThemselves, WorkersStayInBounds};

/// All of them.
pub fn all() -> Vec<Arc<dyn Check>> {
    vec![
        Arc::new(LogVerifies::default()),
        Arc::new(TrailHasNoGaps::default()),
        Arc::new(EveryChangeHasItsEntry::default()),
        Arc::new(OperatorsReadNothing::default()),
        Arc::new(BytesLieInTheirRegion::default()),
        Arc::new(SessionsEndOnTheClock::default()),
        Arc::new(EveryColumnIsKnown::default()),
        Arc::new(CiphersAreSound::default()),
        Arc::new(RightsEqualTheTable::default()),
        Arc::new(SecondFactorIsAsked),
        Arc::new(LookingIsNotTaking),
        Arc::new(CriteriaHaveControls::default()),
        Arc::new(EvidenceIsInDate::default()),
        Arc::new(OneIsRecent::OUTSIDE_SCAN),
        Arc::new(OneIsRecent::PENETRATION_TEST),
        Arc::new(KeysOpenOnlyTheirOwn),
        Arc::new(KeysAreTrulyNeeded),
        Arc::new(NothingReadableAtRest::default()),
        Arc::new(TenantsDoNotCross),
        Arc::new(WorkersStayInBounds),
        Arc::new(LeasesKeepTheirSize),
        Arc::new(NobodyGrantsAboveThemselves),
        Arc::new(DisabledMeansOut),
        Arc::new(KeysEndWhenTold),
        Arc::new(DeletionLeavesNothing::default()),
        Arc::new(ContractsEndWithData::default()),
        Arc::new(RetentionIsKept::default()),
        Arc::new(ArchiveComesFirst),
        Arc::new(HoldsKeep),
        Arc::new(BasisBeforeData),
        Arc::new(TermsAreData),
        Arc::new(OtherRegionsAreRefused),
        Arc::new(NothingIsOpenUnasked::default()),
        Arc::new(SharingIsGuarded),
        Arc::new(JoinersWaitForPapers),
        Arc::new(WeakPasswordsAreRefused),
        Arc::new(DicomHeadersAreCleaned::default()),
        Arc::new(UncleanableIsHeld),
        Arc::new(SignInsAreWatched),
        Arc::new(SingleSignOnIsEnforced),
        Arc::new(OutboundIsEncrypted::default()),
        Arc::new(ActAndEntryAreOne),
        Arc::new(ErrorsNameNobody::default()),
        Arc::new(UnusedRightsEnd::default()),
        Arc::new(EdgeSpeaksTlsOnly::default()),
        Arc::new(PagesSetNoOtherCookies::default()),
        Arc::new(PageEqualsState::default()),
        Arc::new(RequestClocksRun::default()),
        Arc::new(RequestersAreIdentified::default()),
        Arc::new(NoFeeStandsInTheWay::default()),
        Arc::new(RestrictionStopsReads),
        Arc::new(CorrectionsHold),
        Arc::new(CopiesAreComplete::default()),
        Arc::new(ErasureIsComplete::default()),
        Arc::new(ConsentReceiptsVerify::default()),
        Arc::new(PurposesAreKept),
        Arc::new(ReadsStateAReason),
        Arc::new(StepsAreDone::policies()),
        Arc::new(StepsAreDone::training()),
        Arc::new(IncidentClocksRun::default()),
        Arc::new(AssessmentsAreInDate::default()),
        Arc::new(WeaknessesAreClosed::default()),
        Arc::new(BackupsRestore::default()),
        Arc::new(ErasedStaysErasedInBackups::default()),
        Arc::new(OwnBucketsKeepTheirBytes::default()),
        Arc::new(MassReadingIsNoticed::default()),
        Arc::new(ThereIsRoom::default()),
        Arc::new(AlarmsArrive::default()),
        Arc::new(ServicesHaveThresholds::default()),
        Arc::new(LeaversAreOut::default()),
        Arc::new(ConfigurationIsApproved::default()),
        Arc::new(ContactsAnswer::default()),
        Arc::new(BinaryHasProvenance::default()),
        Arc::new(ProcessorRegisterIsComplete::default()),
        Arc::new(AgreementsNameTheirVendor::default()),
        Arc::new(OptInComesFirst::default()),
        Arc::new(NoticeComesBeforeUse::default()),
        Arc::new(EgressEqualsRegister::default()),
    ]
}
