//! What checks of the installation measure with, where it takes more than an act of a team.
//!
//! Promises: nothing of a team's is opened but the keys of the probe teams; what must stay shut is only tried. Leaves
//! out: what a result means.

use std::sync::Arc;

use kernel::TenantId;
use operation::{Op, Request};
use sealing::Key;
use store::{Row, params};

use super::{ProbeTeam, rows, system};
use crate::error::Result;
use crate::{Custody, Roots, contexts};

/// Which wrapped keys opened and which did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeysTried {
    /// Keys of the probe team's own that were tried.
    pub own: u64,
    /// How many of them opened.
    pub own_opened: u64,
    /// Keys of other teams that were tried with the probe team's.
    pub foreign: u64,
    /// How many of them opened.
    pub foreign_opened: u64,
}

const OWN: &str = "SELECT tenant_id, dataset_id, key_wrapped FROM dataset WHERE tenant_id = $1 \
     ORDER BY dataset_id LIMIT $2";
const FOREIGN: &str = "SELECT tenant_id, dataset_id, key_wrapped FROM dataset WHERE tenant_id <> $1 \
     ORDER BY dataset_id DESC LIMIT $2";
const FOREIGN_TENANTS: &str = "SELECT tenant_id, root_id, key_wrapped FROM tenant \
     WHERE tenant_id <> $1 AND root_id IS NOT NULL ORDER BY tenant_id DESC LIMIT $2";

impl Custody {
    /// The same custody with other root keys, none of which may be right.
    #[must_use]
    pub fn with_roots(&self, roots: Roots) -> Self {
        Self {
            roots: Arc::new(roots),
            ..self.clone()
        }
    }

    /// Tries the key of a probe team on wrapped keys: on its own, and on the newest of other teams, `sample` of each kind.
    pub async fn try_keys(&self, request: Request, team: ProbeTeam, sample: u32) -> Result<KeysTried> {
        let (custody, sample) = (self.clone(), i64::from(sample));
        self.desk
            .look(request, move |op| {
                let Some(row) = op.find(rows::BY_SLUG, params![team.slug()])? else {
                    return Ok(KeysTried::default());
                };
                let tenant: TenantId = row.get(0)?;
                let key = system::tenant_key(op, &custody.roots, tenant)?;
                let mut tried = KeysTried::default();
                for row in op.find_all(OWN, params![tenant, sample])? {
                    tried.own += 1;
                    tried.own_opened += u64::from(opens(&key, &row)?);
                }
                for row in op.find_all(FOREIGN, params![tenant, sample])? {
                    tried.foreign += 1;
                    tried.foreign_opened += u64::from(opens(&key, &row)?);
                }
                custody.try_tenants(op, tenant, sample, &mut tried)?;
                Ok(tried)
            })
            .await
    }

    /// Other teams' keys, unwrapped as if they were this team's.
    fn try_tenants(
        &self,
        op: &mut Op<'_>,
        tenant: TenantId,
        sample: i64,
        tried: &mut KeysTried,
    ) -> Result<()> {
        for row in op.find_all(FOREIGN_TENANTS, params![tenant, sample])? {
            let row = rows::WrappedKey::read(&row)?;
            let root = self.roots.find(Some(&row.root_id))?;
            tried.foreign += 1;
            let opened = root.unwrap(&contexts::tenant_key(tenant), &row.wrapped);
            tried.foreign_opened += u64::from(opened.is_ok());
        }
        Ok(())
    }
}

/// Whether a dataset's key opens with this tenant key, in the dataset's own context.
fn opens(key: &Key, row: &Row) -> Result<bool> {
    let context = contexts::dataset_key(row.get(0)?, row.get(1)?);
    Ok(sealing::unwrap(key, &context, &row.get::<Vec<u8>>(2)?).is_ok())
}
