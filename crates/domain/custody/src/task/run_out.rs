//! Leases that ran out: marked as ended, so that lists say so without looking at the clock, with a line in the trail.
//!
//! Nothing depends on it: a lease gives nothing after its end, and its items are free, whether it is marked or not.

use access::Action;
use kernel::{DatasetId, MemberId, TaskId, TenantId};
use operation::{Caller, Op, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::{Row, Tx, params};

use super::rows;
use crate::Custody;
use crate::error::{Error, Result};
use crate::installation::system_caller;

impl Custody {
    /// Marks tasks whose lease has run out; gives how many. Housekeeping; call it now and then.
    ///
    /// The notice goes first: when this breaks off between the two, the next call says it again.
    pub async fn mark_ended_tasks(&self) -> Result<usize> {
        let (now, mut marked) = (self.desk.clock.now(), 0);
        loop {
            let found = self.desk.db.read(move |tx| tx.all(rows::RUN_OUT, params![now]));
            let found = found
                .await?
                .iter()
                .map(RunOut::read)
                .collect::<Result<Vec<_>>>()?;
            if found.is_empty() {
                return Ok(marked);
            }
            for task in found {
                self.tell_run_out(&task).await?;
                let mark = move |tx: &mut Tx| tx.execute(rows::MARK_RUN_OUT, params![task.id, now]);
                self.desk.db.write(mark).await?;
                marked += 1;
            }
        }
    }

    async fn tell_run_out(&self, task: &RunOut) -> Result<()> {
        let task = *task;
        let told: Result<()> = self
            .desk
            .act(self.desk.own_request(), move |op: &mut Op<'_>| {
                op.enter(task.caller());
                let details = json!({ "task": task.id, "cause": "the lease ran out" });
                op.fail(Action::TaskReturn, task.resource(), details)?;
                Err(Error::Interrupted("the lease ran out".into()))
            })
            .await;
        match told {
            Err(Error::Interrupted(_)) | Ok(()) => Ok(()),
            Err(other) => Err(other),
        }
    }
}

#[derive(Clone, Copy)]
struct RunOut {
    id: TaskId,
    tenant: TenantId,
    dataset: DatasetId,
    member: MemberId,
    letterbox: LetterboxPublic,
}

impl RunOut {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            tenant: row.get(1)?,
            dataset: row.get(2)?,
            member: row.get(3)?,
            letterbox: LetterboxPublic(row.get(4)?),
        })
    }

    fn resource(&self) -> Resource {
        Resource {
            kind: "task",
            member: Some(self.member),
            ..Resource::dataset(self.dataset)
        }
    }

    fn caller(&self) -> Caller {
        system_caller(self.tenant, TrailSeal::Letterbox(self.letterbox))
    }
}
