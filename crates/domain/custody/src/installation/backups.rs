//! That a backup was made, restored or tried stands in the operator's trail.

use kernel::EventId;
use operation::acts::{DrillBackup, MakeBackup, RestoreBackup};
use operation::{Act, Op, Permit, Request, Resource};
use serde_json::Value as Json;

use super::{not_installed, rows, system};
use crate::Custody;
use crate::error::Result;

/// What was done with a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupAct {
    /// It was made.
    Made,
    /// This database came from it.
    Restored,
    /// It was tried.
    Drilled,
}

impl Custody {
    /// Records it, by the root key, which opens the operator's trail. For plain threads.
    ///
    /// # Errors
    /// Also where the root key at hand is not this installation's.
    pub fn record_backup(&self, request: Request, act: BackupAct, details: Json) -> Result<EventId> {
        let custody = self.clone();
        self.desk.act_blocking(request, move |op| match act {
            BackupAct::Made => custody.record_as::<MakeBackup>(op, &details),
            BackupAct::Restored => custody.record_as::<RestoreBackup>(op, &details),
            BackupAct::Drilled => custody.record_as::<DrillBackup>(op, &details),
        })
    }

    fn record_as<A: Act>(&self, op: &mut Op<'_>, details: &Json) -> Result<EventId> {
        let installed = rows::find(op.housekeeping())?.ok_or_else(not_installed)?;
        let operator = installed.installation.operator_tenant;
        let key = system::tenant_key(op, &self.roots, operator)?;
        let resource = Resource {
            kind: "backup",
            ..Resource::default()
        };
        let permit: Permit<A> = system::permit(op, operator, &key, resource)?;
        Ok(op.record(permit, details)?)
    }
}
