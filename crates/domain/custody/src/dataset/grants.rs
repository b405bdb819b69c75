//! Acts on grants: which members may work in a dataset, where their class is limited to granted ones.

use access::{Action, Class, Duty, Facts};
use kernel::{MemberId, Page, PageRequest, Timestamp};
use operation::acts::{EndGrant, GiveGrant, ListGrants};
use operation::{Act, Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Row, params};

use super::ops::found;
use super::rows::DatasetRow;
use super::{DatasetRef, Grant};
use crate::error::{Error, Result};
use crate::member;
use crate::session::Session;
use crate::{Credential, Custody, duty};

/// How long a grant holds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantTerms {
    /// Until when; open when absent.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
}

const GIVE: &str = "INSERT INTO dataset_grant (tenant_id, dataset_id, member_id, given_at, given_by, ends_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (dataset_id, member_id) \
     DO UPDATE SET given_at = excluded.given_at, given_by = excluded.given_by, ends_at = excluded.ends_at";
/// What has ended stays in the list, until it is given anew.
const END: &str = "UPDATE dataset_grant SET ends_at = $4 WHERE tenant_id = $1 AND dataset_id = $2 AND member_id = $3 \
     AND (ends_at IS NULL OR ends_at > $4)";
const PAGE: &str = "SELECT g.dataset_id, g.member_id, m.class, g.given_at, g.ends_at, g.given_by \
     FROM dataset_grant g JOIN member m ON m.member_id = g.member_id \
     WHERE g.tenant_id = $1 AND g.dataset_id = $2 AND g.member_id > $3 ORDER BY g.member_id LIMIT $4";

impl Custody {
    /// Gives a member a dataset. A grant that is there already gets the new terms.
    pub async fn give_grant(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        member: MemberId,
        terms: GrantTerms,
    ) -> Result<Grant> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let now = op.now();
                if terms.ends_at.is_some_and(|end| end <= now) {
                    return Err(Error::invalid("ends_at", "it must lie in the future"));
                }
                let session = custody.enter(op, &credential, Action::GrantGive)?;
                let (row, class, permit) = permitted::<GiveGrant>(op, &session, &dataset, member)?;
                let held = duty::with_class(op, &session, member, class)?;
                duty::check_given(op, &session, (Action::GrantGive, member), held, Some(Duty::Work))?;
                let given = params![session.tenant, row.id, member, now, session.member, terms.ends_at];
                op.change(&permit, GIVE, given)?;
                op.record(permit, json!({ "ends_at": terms.ends_at }))?;
                Ok(Grant {
                    dataset: row.id,
                    member,
                    class,
                    given_at: now,
                    ends_at: terms.ends_at,
                    given_by: Some(session.member),
                    live: true,
                })
            })
            .await
    }

    /// Takes a dataset from a member; [`Error::NotFound`] when they do not have it.
    pub async fn end_grant(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        member: MemberId,
    ) -> Result<()> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::GrantEnd)?;
                let (row, _, permit) = permitted::<EndGrant>(op, &session, &dataset, member)?;
                let now = op.now();
                if op.change(&permit, END, params![session.tenant, row.id, member, now])? == 0 {
                    return Err(Error::NotFound("grant"));
                }
                op.record(permit, json!(null))?;
                Ok(())
            })
            .await
    }

    /// One page of a dataset's grants, those that have ended included.
    pub async fn list_grants(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        page: PageRequest,
    ) -> Result<Page<Grant>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::GrantList)?;
                let row = found(op, &session, &dataset, Action::GrantList)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<ListGrants> = op.permit(Resource::dataset(row.id), &facts)?;
                let after = page
                    .after
                    .as_ref()
                    .map(|cursor| cursor.key().to_vec())
                    .unwrap_or_default();
                let now = op.now();
                let after = params![session.tenant, row.id, after, i64::from(page.limit) + 1];
                let grants = op
                    .list(&permit, PAGE, after)?
                    .iter()
                    .map(|row| grant(row, now))
                    .collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(grants, page.limit, |grant| grant.member.as_bytes().to_vec());
                op.record(permit, json!({ "count": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }
}

fn permitted<A: Act>(
    op: &mut Op<'_>,
    session: &Session,
    dataset: &DatasetRef,
    member: MemberId,
) -> Result<(DatasetRow, Class, Permit<A>)> {
    let row = found(op, session, dataset, A::ACTION)?;
    let holder = member::found(op, session, member, A::ACTION)?;
    let facts = Facts {
        target_class: Some(holder.class),
        ..session.dataset_facts(row.id, row.granted)
    };
    let resource = Resource {
        member: Some(member),
        ..Resource::dataset(row.id)
    };
    let permit = op.permit(resource, &facts)?;
    Ok((row, holder.class, permit))
}

fn grant(row: &Row, now: Timestamp) -> Result<Grant> {
    let class: String = row.get(2)?;
    let ends_at: Option<Timestamp> = row.get(4)?;
    Ok(Grant {
        dataset: row.get(0)?,
        member: row.get(1)?,
        class: class
            .parse()
            .map_err(|_| Error::Internal(format!("unknown class {class} in a row")))?,
        given_at: row.get(3)?,
        ends_at,
        given_by: row.get(5)?,
        live: ends_at.is_none_or(|end| end > now),
    })
}

#[cfg(test)]
mod tests {
    use kernel::DatasetId;

    use super::*;
    use crate::dataset::NewDataset;
    use crate::testing::{DAY, Person, Team, World, first_page};

    engines::on_both! {
        async fn a_manager_reaches_what_they_were_given_until_it_ends(db: TestDb) {
            let world = World::new(db).await;
            let team = world.team("clinic").await;
            let manager = world.member(&team, "mia", Class::WorkforceManager).await;
            let dataset = dataset(&world, &team).await;
            assert!(!sees(&world, &manager, dataset).await);
            let ends_at = Some(world.custody.desk.clock.now().plus(DAY));
            let grant = give(&world, &team.owner, dataset, manager.member, ends_at).await.unwrap();
            assert_eq!((grant.member, grant.class), (manager.member, Class::WorkforceManager));
            assert!(sees(&world, &manager, dataset).await);
            world.clock.advance(DAY);
            assert!(!sees(&world, &manager, dataset).await);
        }

        async fn a_grant_is_given_anew_listed_and_ended(db: TestDb) {
            let world = World::new(db).await;
            let team = world.team("clinic").await;
            let manager = world.member(&team, "mia", Class::WorkforceManager).await;
            let dataset = dataset(&world, &team).await;
            let (owner, member) = (&team.owner, manager.member);
            let until = Some(world.custody.desk.clock.now().plus(DAY));
            give(&world, owner, dataset, member, until).await.unwrap();
            let open = give(&world, owner, dataset, member, None).await.unwrap();
            let id = DatasetRef::Id(dataset);
            let listed = world.custody.list_grants(&owner.key, world.request(), id.clone(), first_page()).await;
            assert_eq!(listed.unwrap().items, [open]);
            world.custody.end_grant(&owner.key, world.request(), id.clone(), member).await.unwrap();
            assert!(!sees(&world, &manager, dataset).await);
            let listed = world.custody.list_grants(&owner.key, world.request(), id.clone(), first_page()).await;
            let listed = listed.unwrap().items;
            assert!(listed.len() == 1 && !listed[0].live && listed[0].ends_at.is_some(), "listed as ended: {listed:?}");
            let again = world.custody.end_grant(&owner.key, world.request(), id, member).await;
            assert!(matches!(again, Err(Error::NotFound("grant"))), "{again:?}");
        }

        async fn grants_are_for_members_of_the_team_and_for_the_future(db: TestDb) {
            let world = World::new(db).await;
            let (team, other) = (world.team("clinic").await, world.team("other").await);
            let dataset = dataset(&world, &team).await;
            let foreign = give(&world, &team.owner, dataset, other.owner.member, None).await;
            assert!(matches!(foreign, Err(Error::NotFound("member"))), "{foreign:?}");
            let unseen = give(&world, &other.owner, dataset, other.owner.member, None).await;
            assert!(matches!(unseen, Err(Error::NotFound("dataset"))), "{unseen:?}");
            let past = Some(Timestamp::from_micros(1));
            let past = give(&world, &team.owner, dataset, team.owner.member, past).await;
            assert!(matches!(past, Err(Error::Invalid { field: "ends_at", .. })), "{past:?}");
            let user = world.member(&team, "uma", Class::User).await;
            assert!(matches!(give(&world, &user, dataset, user.member, None).await, Err(Error::Forbidden { .. })));
        }
    }

    async fn dataset(world: &World, team: &Team) -> DatasetId {
        let new = NewDataset {
            name: "scans".into(),
            ..NewDataset::default()
        };
        world
            .custody
            .create_dataset(&team.owner.key, world.request(), new, None)
            .await
            .unwrap()
            .id
    }

    async fn give(
        world: &World,
        by: &Person,
        dataset: DatasetId,
        member: MemberId,
        ends_at: Option<Timestamp>,
    ) -> Result<Grant> {
        let (dataset, terms) = (DatasetRef::Id(dataset), GrantTerms { ends_at });
        world
            .custody
            .give_grant(&by.key, world.request(), dataset, member, terms)
            .await
    }

    async fn sees(world: &World, person: &Person, dataset: DatasetId) -> bool {
        world
            .custody
            .dataset(&person.key, world.request(), DatasetRef::Id(dataset))
            .await
            .is_ok()
    }
}
