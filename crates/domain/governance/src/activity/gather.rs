//! What the system knows, gathered in one act.

use backup::{Run, last_run};
use custody::dataset::{Surveyed, survey};
use custody::tenant::SignedContract;
use custody::{Result, Session, tenant};
use kernel::{DatasetId, Timestamp};
use operation::{Act, Op, Permit};
use rights::portal::{Portal, portal_of};
use rights::purpose::{self, Purpose};
use rights::request::{self, Place};

use super::{Disclosed, REGISTER, rows};
use crate::entry::{Entry, in_force};
use crate::processor::{Choice, Chosen, Notice, Stage, current, notices};

/// Everything that the register is made of.
pub(super) struct Known {
    pub(super) now: Timestamp,
    pub(super) name: String,
    pub(super) contract: Option<SignedContract>,
    pub(super) portal: Portal,
    /// Each with whether a newer version waits.
    pub(super) entries: Vec<(Entry, bool)>,
    pub(super) appointments: Vec<Entry>,
    pub(super) purposes: Vec<Purpose>,
    pub(super) datasets: Vec<Surveyed>,
    pub(super) places: Vec<Place>,
    pub(super) processors: Vec<Processor>,
    pub(super) granted: Vec<(DatasetId, String, i64)>,
    pub(super) disclosures: Vec<Disclosed>,
    pub(super) set: Set,
}

/// A sub-processor, as it stands for the tenant.
pub(super) struct Processor {
    pub(super) notice: Notice,
    pub(super) chosen: Option<Chosen>,
    pub(super) called_at: Option<Timestamp>,
}

/// What is set that measures follow from.
pub(super) struct Set {
    pub(super) holds_its_key: bool,
    pub(super) chain: i64,
    pub(super) pairs_added: i64,
    pub(super) duties_given: i64,
    pub(super) four_eyes: bool,
    pub(super) sign_in: identity::Rule,
    pub(super) backup: Option<Run>,
    pub(super) drill: Option<Run>,
}

pub(super) fn gather<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Known> {
    let (name, contract) = tenant::about(op, permit, session)?;
    let approved = |(entry, _): (Entry, bool)| entry.approved.is_some().then_some(entry);
    let appointments = in_force(op, permit, session, "appointments")?;
    Ok(Known {
        now: op.now(),
        name,
        contract,
        portal: portal_of(op, permit, session)?,
        entries: in_force(op, permit, session, REGISTER)?,
        appointments: appointments.into_iter().filter_map(approved).collect(),
        purposes: purpose::all(op, permit, session)?,
        datasets: survey(op, permit, session)?,
        places: request::places_of(op, permit, session)?,
        processors: processors(op, permit, session)?,
        granted: rows::granted(op, permit, session)?,
        disclosures: rows::disclosed(op, permit, session)?,
        set: set(op, permit, session)?,
    })
}

/// Those that were published last of each sub-processor, with what the tenant chose.
fn processors<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Vec<Processor>> {
    let now = op.now();
    let mut live = notices(op.housekeeping(), now)?;
    // What is announced follows what is in force, which is what holds now.
    live.retain(|notice| matches!(notice.stage, Stage::InForce | Stage::Suspended | Stage::Announced));
    live.dedup_by_key(|notice| notice.entry);
    let called = rows::called(op, permit, session)?;
    let mut processors = Vec::with_capacity(live.len());
    for notice in live {
        let chosen = current(op, session, notice.entry)?;
        let called_at = called.iter().find(|(entry, _)| *entry == notice.entry);
        processors.push(Processor {
            called_at: called_at.map(|(_, at)| *at),
            chosen,
            notice,
        });
    }
    Ok(processors)
}

fn set<A: Act>(op: &mut Op<'_>, permit: &Permit<A>, session: &Session) -> Result<Set> {
    let [chain, pairs_added, duties_given] = rows::counts(op, session)?;
    Ok(Set {
        holds_its_key: session.holds_its_key(),
        chain,
        pairs_added,
        duties_given,
        four_eyes: request::rule_of(op, permit, session)?.four_eyes,
        sign_in: identity::rule_of(op, session.tenant())?,
        backup: last_run(op.housekeeping(), "backup")?,
        drill: last_run(op.housekeeping(), "drill")?,
    })
}

impl Known {
    pub(super) fn purpose(&self, word: &str) -> Option<&Purpose> {
        let is_it = |purpose: &&Purpose| purpose.terms.word == word || purpose.id.to_string() == word;
        self.purposes.iter().find(is_it)
    }

    pub(super) fn dataset(&self, name: &str) -> Option<&Surveyed> {
        let is_it = |found: &&Surveyed| found.dataset.name == name || found.dataset.id.to_string() == name;
        self.datasets.iter().find(is_it)
    }

    /// A company may serve several products, each by an entry of its own.
    pub(super) fn processors_named<'k>(&'k self, name: &'k str) -> impl Iterator<Item = &'k Processor> {
        let is_it = move |found: &&Processor| {
            found.notice.terms.name == name || found.notice.entry.to_string() == name
        };
        self.processors.iter().filter(is_it)
    }

    pub(super) fn place(&self, word: &str) -> Option<&Place> {
        self.places.iter().find(|place| place.word == word)
    }
}

impl Processor {
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen
            .as_ref()
            .is_some_and(|chosen| chosen.choice == Choice::Chosen)
    }
}
