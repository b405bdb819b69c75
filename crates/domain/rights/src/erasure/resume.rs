//! Going on by itself with what a hold had stopped.
//!
//! Promises: when the last hold on something ends, by its date or because somebody lifted it, the erasure that it had stopped goes on without
//! anybody asking. Leaves out: tenants that hold their key themselves, where nothing can be opened before somebody comes
//! with a key: there whoever lifts the hold resumes the erasure.

use kernel::{ErasureId, MemberId, TenantId};
use operation::acts::RunLifecycle;
use store::{Row, params};

use custody::{Error, Result};

use super::run::step;
use crate::Rights;

/// Erasures looked at in one round.
const ROUND: i64 = 100;

impl Rights {
    /// Goes on with erasures that nothing stops any more; gives with how many. Housekeeping; call it now and then.
    pub async fn resume_unheld(&self) -> Result<usize> {
        let now = self.custody.desk().clock.now();
        let found = self
            .custody
            .desk()
            .db
            .read(move |tx| tx.all(&unheld(), params![now, ROUND]))
            .await?;
        for row in &found {
            self.go_on(&Stopped::read(row)?).await?;
        }
        Ok(found.len())
    }

    async fn go_on(&self, stopped: &Stopped) -> Result<()> {
        loop {
            let (custody, stopped) = (self.custody.clone(), *stopped);
            let desk = self.custody.desk();
            let batch = desk.act(desk.own_request(), move |op| {
                let session = custody.enter_as_server(op, stopped.tenant, Some(stopped.begun_by))?;
                let session = session.ok_or(Error::NotFound("tenant"))?;
                step::<RunLifecycle>(op, &session, stopped.erasure)
            });
            let batch = batch.await?;
            self.custody.let_go(batch.let_go).await;
            if batch.complete {
                return Ok(());
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Stopped {
    erasure: ErasureId,
    tenant: TenantId,
    begun_by: MemberId,
}

impl Stopped {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            erasure: row.get(0)?,
            tenant: row.get(1)?,
            begun_by: row.get(2)?,
        })
    }
}

/// What could go on at $1: of those that wait for an item, one that no hold covers or that is gone is enough.
fn unheld() -> String {
    let unheld = custody::legal_hold::UNHELD;
    let person = custody::legal_hold::PERSON_UNHELD;
    format!(
        "SELECT e.erasure_id, e.tenant_id, e.begun_by FROM subject_erasure e JOIN tenant t ON t.tenant_id = e.tenant_id \
         WHERE e.finished_at IS NULL AND t.custody_mode = 'provider-held' AND t.key_wrapped IS NOT NULL AND ( \
         (e.state = 'held' AND {person}) \
         OR (e.state = 'waiting' AND EXISTS (SELECT 1 FROM subject_erasure_item l LEFT JOIN item i ON i.item_id = l.item_id \
         WHERE l.erasure_id = e.erasure_id AND l.settled_at IS NULL AND (i.item_id IS NULL \
         OR ((l.cause <> 'shared' OR l.decision IN ('delete', 'split')) AND {unheld}))))) \
         ORDER BY e.erasure_id LIMIT $2"
    )
}
