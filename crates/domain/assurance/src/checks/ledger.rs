//! Whether the log is what its head says.

use ::ledger::audit::{AuditError, EntryRule, LogReader, audit};
use ::ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use ::ledger::tree::TileStore;
use async_trait::async_trait;
use kernel::Timestamp;
use operation::log::{StoredLog, checkpoint};
use store::StoreError;

use crate::Site;
use crate::check::{Check, Control, Inputs, Observation, Promise, Trouble};

/// Derives the whole log again from its entries.
pub struct LogVerifies {
    /// What is done to the first entries of the log for the control case.
    pub damage: fn(&mut Vec<u8>),
}

impl Default for LogVerifies {
    fn default() -> Self {
        let flip = |entries: &mut Vec<u8>| {
            if let Some(last) = entries.last_mut() {
                *last ^= 1;
            }
        };
        Self { damage: flip }
    }
}

#[async_trait]
impl Check for LogVerifies {
    fn id(&self) -> &'static str {
        "log-verifies"
    }

    fn limit(&self) -> std::time::Duration {
        std::time::Duration::from_secs(10 * 60)
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(note) = checkpoint(site.db()).await? else {
            return Ok(Observation::out_of_scope(
                "the log has no head yet: it gets one when the server starts",
            ));
        };
        let head = match signed_head(site, &note).await? {
            Ok(head) if head.size == 0 => {
                return Ok(Observation::out_of_scope("the log has no entry yet"));
            }
            Ok(head) => head,
            Err(why) => return Ok(unsigned(&note, why)),
        };
        let (log, damage) = (StoredLog(site.db().clone()), self.damage);
        let audited = tokio::task::spawn_blocking(move || {
            let whole = audit(&log, &head, None, EntryRule::Links, |_| ());
            let damaged = Damaged { log, damage };
            // The first entries are enough to see whether damage is noticed.
            (whole, notices(&damaged, &head))
        });
        let (whole, noticed) = audited.await.map_err(|error| Trouble(error.to_string()))?;
        let mut inputs = Inputs::of(self.id());
        inputs.add(&note);
        let promise = match whole {
            Ok(_) => Promise::Kept,
            Err(AuditError::Read(error)) => return Err(error.into()),
            Err(error) => Promise::Broken(error.to_string()),
        };
        let control = match noticed? {
            Some(how) => Control::AsStated(format!("damage is noticed: {how}")),
            None => Control::Otherwise("a damaged copy of the log verifies".to_owned()),
        };
        Ok(Observation {
            promise,
            control,
            inputs: inputs.hash(),
            facts: Default::default(),
        })
    }
}

/// The head, if the installation's key signed it; otherwise what is wrong with it.
async fn signed_head(site: &Site, note: &str) -> Result<Result<Checkpoint, String>, Trouble> {
    let installed = site.custody.installation().await?;
    let installed = installed.ok_or_else(|| Trouble("nothing is installed".to_owned()))?;
    let key = installed.log_verifier.parse();
    let key = key.map_err(|_| Trouble("the log's verifier key cannot be read".to_owned()))?;
    let policy = ::ledger::Policy::log_only(key).map_err(|error| Trouble(error.to_string()))?;
    let verified = SignedCheckpoint::parse(note.as_bytes()).and_then(|head| head.verify(&policy));
    Ok(verified
        .map(|head| head.checkpoint().clone())
        .map_err(|error| error.to_string()))
}

/// A head that nobody signed. The control case is that the untouched text would not have been refused for its form.
fn unsigned(note: &str, why: String) -> Observation {
    let mut inputs = Inputs::of("log-verifies");
    inputs.add(note);
    Observation {
        promise: Promise::Broken(format!("the head of the log is not the installation's: {why}")),
        control: Control::AsStated("a head that the key does not fit is noticed".to_owned()),
        inputs: inputs.hash(),
        facts: Default::default(),
    }
}

fn notices(damaged: &Damaged, head: &Checkpoint) -> Result<Option<String>, Trouble> {
    match audit(damaged, head, None, EntryRule::Links, |_| ()) {
        Ok(_) => Ok(None),
        Err(AuditError::Read(error)) => Err(error.into()),
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// The log as somebody would have left it who changed its first entries.
struct Damaged {
    log: StoredLog,
    damage: fn(&mut Vec<u8>),
}

impl TileStore for Damaged {
    type Error = StoreError;

    fn read_hash_tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.log.read_hash_tile(level, index)
    }
}

impl LogReader for Damaged {
    fn read_entry_bundle(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let bundle = self.log.read_entry_bundle(index)?;
        Ok(bundle.map(|mut entries| {
            if index == 0 {
                (self.damage)(&mut entries);
            }
            entries
        }))
    }
}

/// The smallest id that something made at this moment can have.
pub(crate) fn first_id_at(moment: Timestamp) -> Vec<u8> {
    let millis = u64::try_from(moment.as_micros() / 1000).unwrap_or(0);
    let mut id = vec![0; 16];
    id[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    id
}
