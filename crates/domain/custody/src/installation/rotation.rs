//! Putting everything under another root key.
//!
//! ```text
//! start with current = new, older = [old]       new tenants are wrapped by new from here on
//!   batches of tenants: unwrap by old, wrap by new   rows carry the root's id, so a new run goes on
//!   the installation last: check value, log key      until here old is what a start wants
//! take old away
//! ```
//!
//! Keys are unwrapped and wrapped outside the transaction, because a root key may be a network away.

use operation::acts::RotateRoot;
use operation::{Op, Permit, Resource};
use serde::Serialize;
use serde_json::json;
use store::{StoreError, params};

use super::rows::{self, InstallationRow, WrappedKey};
use super::{not_installed, root_trouble, system};
use crate::error::{Error, Result};
use crate::{Custody, Roots, contexts};

/// Tenants per transaction.
const BATCH: i64 = 100;

/// How far everything is under the current root key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RewrapProgress {
    /// The current root key.
    pub root: String,
    /// How many tenants' keys it wraps.
    pub done: u64,
    /// How many tenants' keys are wrapped by some root key; customer-held ones are not among them.
    pub all: u64,
    /// Whether the installation's own keys are under it, which come last.
    pub installation: bool,
}

impl RewrapProgress {
    /// Whether no older root key is needed any more.
    pub const fn is_complete(&self) -> bool {
        self.installation && self.done == self.all
    }
}

impl Custody {
    /// Re-wraps everything that is not wrapped by the current root key yet, and tells how far it is after each
    /// batch. The older root keys must be at hand. May be interrupted and started again, and run while serving,
    /// provided that every node has both keys.
    pub async fn rotate_root(
        &self,
        mut progress: impl FnMut(&RewrapProgress) + Send,
    ) -> Result<RewrapProgress> {
        loop {
            let rewrapped = self.rewrap_tenants().await?;
            progress(&self.rewrap_progress().await?);
            if rewrapped == 0 && self.rewrap_installation().await? {
                break;
            }
        }
        let now = self.rewrap_progress().await?;
        progress(&now);
        Ok(now)
    }

    /// How far everything is under the current root key.
    pub async fn rewrap_progress(&self) -> Result<RewrapProgress> {
        let read = self.desk.db.read(|tx| {
            let counts = tx.all(rows::TENANTS_BY_ROOT, &[])?;
            let counts = counts
                .iter()
                .map(|row| Ok::<(String, u64), StoreError>((row.get(0)?, row.get(1)?)));
            Ok::<_, StoreError>((
                rows::find(tx)?,
                counts.collect::<std::result::Result<Vec<_>, _>>()?,
            ))
        });
        let (row, counts) = read.await?;
        let root = self.roots.current().id().to_string();
        let all = counts.iter().map(|(_, count)| count).sum();
        let done = counts
            .iter()
            .filter(|(id, _)| *id == root)
            .map(|(_, count)| count)
            .sum();
        let installation = row.ok_or_else(not_installed)?.installation.root_id == root;
        Ok(RewrapProgress {
            root,
            done,
            all,
            installation,
        })
    }

    /// One batch; gives how many keys were found under other roots.
    pub(super) async fn rewrap_tenants(&self) -> Result<usize> {
        let current = self.roots.current().id().to_string();
        let found = self.desk.db.read(move |tx| {
            let found = tx.all(rows::WRAPPED_BY_OTHERS, params![&current, BATCH])?;
            found
                .iter()
                .map(WrappedKey::read)
                .collect::<std::result::Result<Vec<_>, _>>()
        });
        let found: Vec<WrappedKey> = found.await?;
        if found.is_empty() {
            return Ok(0);
        }
        let count = found.len();
        let custody = self.clone();
        let rewrapped = apart(move || custody.rewrap_all(found)).await?;
        let custody = self.clone();
        let request = self.desk.own_request();
        self.desk
            .act(request, move |op| custody.store_tenants(op, &rewrapped))
            .await?;
        Ok(count)
    }

    fn rewrap_all(&self, found: Vec<WrappedKey>) -> Result<Vec<(WrappedKey, Vec<u8>)>> {
        let rewrap = |old: WrappedKey| {
            let context = contexts::tenant_key(old.tenant);
            let key = self
                .roots
                .find(Some(&old.root_id))?
                .unwrap(&context, &old.wrapped)
                .map_err(root_trouble)?;
            let new = self
                .roots
                .current()
                .wrap(&context, &key, &*self.desk.random)
                .map_err(root_trouble)?;
            Ok((old, new))
        };
        found.into_iter().map(rewrap).collect()
    }

    fn store_tenants(&self, op: &mut Op<'_>, rewrapped: &[(WrappedKey, Vec<u8>)]) -> Result<()> {
        let installed = rows::find(op.housekeeping())?.ok_or_else(not_installed)?;
        let permit = enter(op, &self.roots, &installed)?;
        let root = self.roots.current().id().to_string();
        let mut changed = 0;
        for (old, new) in rewrapped {
            changed += op.change(
                &permit,
                rows::REWRAP,
                params![old.tenant, &old.root_id, &root, new],
            )?;
        }
        op.record(permit, json!({ "root": root, "tenants": changed }))?;
        Ok(())
    }

    /// The check value and the log's key, once no tenant needs another root. False when a tenant turned up.
    pub(super) async fn rewrap_installation(&self) -> Result<bool> {
        let row = self.desk.db.read(rows::find).await?.ok_or_else(not_installed)?;
        if row.installation.root_id == self.roots.current().id().to_string() {
            return Ok(true);
        }
        let custody = self.clone();
        let (row, log_key, check) = apart(move || custody.rewrap_own(row)).await?;
        let custody = self.clone();
        let request = self.desk.own_request();
        self.desk
            .act(request, move |op| custody.store_own(op, &row, &log_key, &check))
            .await
    }

    fn rewrap_own(&self, row: InstallationRow) -> Result<(InstallationRow, Vec<u8>, Vec<u8>)> {
        let operator = row.installation.operator_tenant;
        let (old, new) = (
            self.roots.find(Some(&row.installation.root_id))?,
            self.roots.current(),
        );
        let rewrap = |context, wrapped| {
            let key = old.unwrap(&context, wrapped).map_err(root_trouble)?;
            new.wrap(&context, &key, &*self.desk.random).map_err(root_trouble)
        };
        let log_key = rewrap(contexts::log_key(operator), &row.log_key_wrapped)?;
        let check = rewrap(contexts::root_check(operator), &row.root_check)?;
        Ok((row, log_key, check))
    }

    fn store_own(
        &self,
        op: &mut Op<'_>,
        row: &InstallationRow,
        log_key: &[u8],
        check: &[u8],
    ) -> Result<bool> {
        let permit = enter(op, &self.roots, row)?;
        let (old, root) = (&row.installation.root_id, self.roots.current().id().to_string());
        let left = op.find_all(rows::WRAPPED_BY_OTHERS, params![&root, 1])?;
        let complete = left.is_empty();
        if complete {
            op.change(&permit, rows::UPDATE_ROOT, params![old, &root, check, log_key])?;
        }
        op.record(permit, json!({ "root": root, "installation": complete }))?;
        Ok(complete)
    }
}

/// The server itself, on the trail of the operator's tenant.
fn enter(op: &mut Op<'_>, roots: &Roots, row: &InstallationRow) -> Result<Permit<RotateRoot>> {
    let tenant = row.installation.operator_tenant;
    let tenant_key = system::tenant_key(op, roots, tenant)?;
    let resource = Resource {
        kind: "root-key",
        ..Resource::default()
    };
    system::permit(op, tenant, &tenant_key, resource)
}

/// On a thread that may wait for a network.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::Internal(error.to_string())))
}
