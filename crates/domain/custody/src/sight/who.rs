//! Who can see an item, and who a dataset.

use std::sync::LazyLock;

use access::{Action, Class};
use kernel::{ItemId, MemberId, Page, PageRequest};
use operation::acts::ReadAccess;
use operation::{Op, Permit, Request, Resource};
use serde_json::json;
use store::params;

use super::Seer;
use super::ask::Somebody;
use crate::admission::MISSES;
use crate::dataset::rows as datasets;
use crate::dataset::{self, DatasetRef};
use crate::error::{Error, Result};
use crate::item::found;
use crate::item::rows::Which;
use crate::operator_access;
use crate::session::Session;
use crate::{Credential, Custody};

/// Who is let in at moment $2.
static MEMBERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT m.member_id, m.class FROM member m WHERE m.tenant_id = $1 AND m.state = 'active' AND m.member_id > $4 \
         AND {MISSES} = 0 ORDER BY m.member_id LIMIT $3"
    )
});

impl Custody {
    /// One page of the active members who can do something with an item, and what. A page may hold fewer than asked for
    /// and still have a next.
    pub async fn who_sees_item(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        page: PageRequest,
    ) -> Result<Page<Seer>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, permit) = custody.looks_into_access(op, &credential)?;
                let row = found(op, &session, item, Which::Newest, Action::AccessRead)?;
                let dataset = DatasetRef::Id(row.dataset);
                let listed = custody.seers(op, &session, &permit, &page, &dataset, Some(item))?;
                op.record(
                    permit,
                    json!({ "who": "item", "item": item, "count": listed.items.len() }),
                )?;
                Ok(listed)
            })
            .await
    }

    /// The same of a dataset: what they can do with it, with every active item in it, and with those leased to them.
    pub async fn who_sees_dataset(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Seer>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, permit) = custody.looks_into_access(op, &credential)?;
                let row = dataset::found(op, &session, &dataset, Action::AccessRead)?;
                let listed = custody.seers(op, &session, &permit, &page, &DatasetRef::Id(row.id), None)?;
                op.record(
                    permit,
                    json!({ "who": "dataset", "dataset": row.id, "count": listed.items.len() }),
                )?;
                Ok(listed)
            })
            .await
    }

    pub(super) fn looks_into_access(
        &self,
        op: &mut Op<'_>,
        credential: &Credential,
    ) -> Result<(Session, Permit<ReadAccess>)> {
        let session = self.enter(op, credential, Action::AccessRead)?;
        let permit = op.permit(Resource::tenant(), &session.facts())?;
        Ok((session, permit))
    }

    fn seers(
        &self,
        op: &mut Op<'_>,
        asker: &Session,
        permit: &Permit<ReadAccess>,
        page: &PageRequest,
        dataset: &DatasetRef,
        item: Option<ItemId>,
    ) -> Result<Page<Seer>> {
        let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
        let limit = i64::from(page.limit) + 1;
        let now = op.now();
        let found = op.list(
            permit,
            &MEMBERS,
            params![asker.tenant, now, limit, after.unwrap_or_default()],
        )?;
        let found = found.iter().map(member).collect::<Result<Vec<_>>>()?;
        let page = Page::from_rows(found, page.limit, |(member, _)| member.as_bytes().to_vec());
        let mut seers = Vec::new();
        for (member, class) in page.items {
            let somebody = Somebody::new(&self.desk.policies, asker, member, class);
            let seer = seer(op, &somebody, dataset, item)?;
            let sees = !(seer.dataset.is_empty() && seer.items.is_empty() && seer.leased.is_empty());
            seers.extend(sees.then_some(seer));
        }
        if page.next.is_none() {
            self.operators(op, asker, dataset, item, &mut seers)?;
        }
        Ok(Page {
            items: seers,
            next: page.next,
        })
    }
}

impl Custody {
    /// The operator, by accesses that run. They stand on the last page.
    fn operators(
        &self,
        op: &mut Op<'_>,
        asker: &Session,
        dataset: &DatasetRef,
        item: Option<ItemId>,
        seers: &mut Vec<Seer>,
    ) -> Result<()> {
        for (member, access) in operator_access::running(op, asker.tenant)? {
            let somebody = Somebody::operator(&self.desk.policies, asker, member, access);
            let seer = seer(op, &somebody, dataset, item)?;
            seers.extend((!seer.dataset.is_empty() || !seer.items.is_empty()).then_some(seer));
        }
        Ok(())
    }
}

fn seer(
    op: &mut Op<'_>,
    somebody: &Somebody<'_>,
    dataset: &DatasetRef,
    item: Option<ItemId>,
) -> Result<Seer> {
    let session = &somebody.session;
    let row = datasets::find(op, session, dataset)?.ok_or(Error::NotFound("dataset"))?;
    let (items, leased) = match item {
        Some(item) => (somebody.item_of(op, item)?, Vec::new()),
        None => {
            let every = somebody.every_item(&row);
            let leased = somebody.leased(op, &row, &every)?;
            (every, leased)
        }
    };
    Ok(Seer {
        member: session.member,
        class: session.class,
        dataset: somebody.dataset(&row),
        items,
        leased,
    })
}

fn member(row: &store::Row) -> Result<(MemberId, Class)> {
    let class: String = row.get(1)?;
    let class = class.parse();
    let class = class.map_err(|_| Error::Internal("unknown class in a row".into()))?;
    Ok((row.get(0)?, class))
}
