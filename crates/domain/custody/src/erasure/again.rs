//! Erasing again, in a copy that was restored from before.
//!
//! Promises: what the list names is gone from the copy, with its versions, parts, names and index rows, and its objects
//! are let go of; no key is needed, so that it is done before any key is put back; each thing that was there has its
//! entry in the tenant's trail. May be repeated. Leaves out: objects in buckets of tenants' own, which the first erasure removed.

use std::collections::BTreeSet;

use access::Facts;
use kernel::{DatasetId, ItemId, TenantId, VersionId};
use operation::acts::RestoreBackup;
use operation::{Op, Permit, Request, Resource, TrailSeal};
use sealing::LetterboxPublic;
use serde_json::json;
use store::objects::Address;
use store::{Row, Value, params};

use super::{Erased, What, rows};
use crate::Custody;
use crate::error::{Error, Result};
use crate::installation::system_caller;
use crate::item;

/// Items in one go, of a dataset or a person.
const ITEMS: i64 = 200;

/// What erasing again came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Again {
    /// Lines of the list that were looked at.
    pub listed: u64,
    /// Of those, what was there and is gone now.
    pub erased: u64,
}

impl Custody {
    /// Erases these again, in one transaction, and notes them in the copy's own list. For plain threads.
    pub fn erase_again(&self, request: Request, list: &[Erased]) -> Result<Again> {
        let list = list.to_vec();
        self.desk.act_blocking(request, move |op| {
            let (mut done, mut unnamed) = (Again::default(), BTreeSet::new());
            for line in &list {
                let found = line.erase(op, &mut unnamed)?;
                let noted = params![line.id, line.tenant, line.what.as_str(), line.at];
                op.housekeeping().execute(rows::NOTE, noted)?;
                done.listed += 1;
                done.erased += u64::from(found);
            }
            for (tenant, dataset) in unnamed {
                let of_dataset = params![tenant, dataset];
                op.housekeeping().execute(rows::FORGET_NAMES, of_dataset)?;
                op.housekeeping().execute(rows::UNPLACE, of_dataset)?;
            }
            Ok(done)
        })
    }
}

/// Datasets whose names are to be put in order anew.
type Unnamed = BTreeSet<(TenantId, DatasetId)>;

impl Erased {
    /// Erases it; gives whether it was there.
    fn erase(&self, op: &mut Op<'_>, unnamed: &mut Unnamed) -> Result<bool> {
        let Some(resource) = self.find(op)? else {
            return Ok(false);
        };
        let permit = permit(op, self.tenant, resource)?;
        let there = match self.what {
            What::Item => self.item(op, &permit, self.id_as(ItemId::from_bytes)?, unnamed),
            What::Version => self.version(op, &permit, unnamed),
            What::Dataset => self.dataset(op, &permit, unnamed),
            What::Subject => self.subject(op, &permit, unnamed),
            What::ApiKey => {
                let ids = params![self.tenant, self.id, self.at];
                Ok(op.change(&permit, rows::END_KEY, ids)? > 0)
            }
            What::Link => {
                let ids = params![self.tenant, self.id, self.at];
                Ok(op.change(&permit, rows::END_LINK, ids)? > 0)
            }
            What::Tenant => {
                op.change(&permit, rows::SHRED_KEYS, params![self.tenant])?;
                for sql in [rows::SHRED_LINKS, rows::END_KEYS] {
                    op.change(&permit, sql, params![self.tenant, self.at])?;
                }
                Ok(op.change(&permit, rows::SHRED, params![self.tenant])? > 0)
            }
        }?;
        op.record(
            permit,
            json!({ "erased": self.what, "id": hex::encode(self.id), "first": self.at, "there": there }),
        )?;
        Ok(there)
    }

    /// What the trail is to say of it; nothing where the copy does not have it.
    fn find(&self, op: &mut Op<'_>) -> Result<Option<Resource>> {
        let ids: &[Value] = params![self.tenant, self.id];
        let one = |sql: &str, op: &mut Op<'_>| op.find(sql, ids);
        Ok(match self.what {
            What::Item => one(rows::ITEM, op)?
                .map(|row| Ok::<_, Error>(Resource::item(row.get(0)?, self.id_as(ItemId::from_bytes)?)))
                .transpose()?,
            What::Version => one(rows::VERSION, op)?
                .map(|row| {
                    let version = self.id_as(VersionId::from_bytes)?;
                    Ok::<_, Error>(Resource::version(row.get(1)?, row.get(0)?, version))
                })
                .transpose()?,
            What::Dataset => one(rows::DATASET, op)?
                .map(|_| Ok::<_, Error>(Resource::dataset(self.id_as(DatasetId::from_bytes)?)))
                .transpose()?,
            What::Subject => one(rows::SUBJECT, op)?.map(|_| of_kind("subject")),
            What::ApiKey => one(rows::LIVE_KEY, op)?.map(|_| of_kind("key")),
            What::Link => one(rows::LIVE_LINK, op)?.map(|_| of_kind("share")),
            What::Tenant => op
                .find(rows::LETTERBOX, params![self.tenant])?
                .map(|_| Resource::tenant()),
        })
    }

    fn item(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<RestoreBackup>,
        item: ItemId,
        unnamed: &mut Unnamed,
    ) -> Result<bool> {
        let Some(row) = op.find(rows::ITEM, params![self.tenant, item])? else {
            return Ok(false);
        };
        unnamed.insert((self.tenant, row.get(0)?));
        let objects = op.find_all(rows::OBJECTS_OF_ITEM, params![item])?;
        let_go(op, &objects)?;
        item::remove_rows(op, permit, self.tenant, item)?;
        Ok(true)
    }

    fn version(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<RestoreBackup>,
        unnamed: &mut Unnamed,
    ) -> Result<bool> {
        let Some(row) = op.find(rows::VERSION, params![self.tenant, self.id])? else {
            return Ok(false);
        };
        let (of, newest): (ItemId, [u8; 16]) = (row.get(0)?, row.get(2)?);
        let Some(next) = op.find(rows::OTHER_VERSIONS, params![of, self.id])? else {
            return self.item(op, permit, of, unnamed);
        };
        let objects = op.find_all(rows::OBJECTS_OF_VERSION, params![self.id])?;
        let_go(op, &objects)?;
        item::remove_version_rows(op, permit, self.tenant, self.id_as(VersionId::from_bytes)?)?;
        if newest == self.id {
            let next: VersionId = next.get(0)?;
            item::make_newest(op, permit, self.tenant, of, next)?;
        }
        Ok(true)
    }

    fn dataset(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<RestoreBackup>,
        unnamed: &mut Unnamed,
    ) -> Result<bool> {
        let ids = params![self.tenant, self.id];
        self.items(op, permit, rows::ITEMS_OF_DATASET, unnamed)?;
        let objects = op.find_all(rows::UPLOADED, ids)?;
        let_go(op, &objects)?;
        op.change(permit, rows::FORGET_UPLOADED, ids)?;
        op.change(permit, rows::FORGET_UPLOADS, ids)?;
        Ok(op.change(permit, crate::dataset::rows::DELETE, ids)? > 0)
    }

    fn subject(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<RestoreBackup>,
        unnamed: &mut Unnamed,
    ) -> Result<bool> {
        self.items(op, permit, rows::ITEMS_OF_SUBJECT, unnamed)?;
        Ok(op.change(permit, rows::FORGET_SUBJECT, params![self.tenant, self.id])? > 0)
    }

    /// Every item that the statement finds.
    fn items(
        &self,
        op: &mut Op<'_>,
        permit: &Permit<RestoreBackup>,
        sql: &str,
        unnamed: &mut Unnamed,
    ) -> Result<()> {
        loop {
            let found = op.find_all(sql, params![self.tenant, self.id, ITEMS])?;
            for row in &found {
                self.item(op, permit, row.get(0)?, unnamed)?;
            }
            if found.is_empty() {
                return Ok(());
            }
        }
    }

    fn id_as<T>(&self, make: impl Fn(&[u8]) -> std::result::Result<T, kernel::BadId>) -> Result<T> {
        make(&self.id).map_err(|_| Error::Altered)
    }
}

/// In the tenant's own trail, through its letterbox: no key is at hand yet.
fn permit(op: &mut Op<'_>, tenant: TenantId, resource: Resource) -> Result<Permit<RestoreBackup>> {
    let row = op.find(rows::LETTERBOX, params![tenant])?.ok_or(Error::Altered)?;
    let seal = TrailSeal::Letterbox(LetterboxPublic(row.get(0)?));
    op.enter(system_caller(tenant, seal));
    let facts = Facts {
        same_tenant: true,
        root_at_hand: true,
        ..Facts::default()
    };
    Ok(op.permit(resource, &facts)?)
}

fn of_kind(kind: &'static str) -> Resource {
    Resource {
        kind,
        ..Resource::default()
    }
}

fn let_go(op: &mut Op<'_>, objects: &[Row]) -> Result<()> {
    let now = op.now();
    for row in objects {
        if let Some(address) = Address::read(row, 0, 1)? {
            store::objects::discard(op.housekeeping(), &address, now)?;
        }
    }
    Ok(())
}
