//! The operator in a tenant: asked for with a reason, let in by the tenant, for a while, and on the record, on both engines.

use std::io::Cursor;
use std::time::Duration;

use crate::site::*;
use access::{Action, Class};
use custody::dataset::{DatasetChange, DatasetRef};
use custody::item::{Filter, ReadItem, Verb};
use custody::operator_access::{AccessState, Decision, LAPSES_AFTER, NewOperatorAccess, OperatorAccess};
use custody::trail::TrailFilter;
use custody::{Credential, Custody, Error, Result};
use image::{DynamicImage, ImageFormat, RgbImage};
use kernel::{DatasetId, ItemId, OperatorAccessId, PageRequest};
use operation::trail::TrailEntry;
use rendering::View;
use secrecy::ExposeSecret as _;
use testkit::Person;

const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

/// To look into a dataset of the clinic's for half an hour.
fn into(dataset: Option<DatasetId>) -> NewOperatorAccess {
    NewOperatorAccess {
        tenant: "clinic".into(),
        dataset,
        originals: false,
        minutes: 30,
        reason: "ticket 7: uploads fail".into(),
    }
}

async fn ask(by: &Person, new: NewOperatorAccess) -> Result<OperatorAccess> {
    by.custody()
        .ask_operator_access(&by.credential, by.request(), new)
        .await
}

async fn decide(by: &Person, id: OperatorAccessId, decision: Decision) -> Result<OperatorAccess> {
    by.custody()
        .decide_operator_access(&by.credential, by.request(), id, decision)
        .await
}

async fn end(by: &Person, id: OperatorAccessId) -> Result<OperatorAccess> {
    by.custody()
        .end_operator_access(&by.credential, by.request(), id)
        .await
}

/// The operator with the key of this access.
async fn take(operator: &Person, id: OperatorAccessId) -> Result<Person> {
    let custody = operator.custody();
    let issued = custody
        .take_operator_key(&operator.credential, operator.request(), id)
        .await?;
    let credential = Credential::parse(issued.secret.expose_secret()).unwrap();
    Ok(operator.with_key(&credential))
}

/// The operator inside, by what the owner approved.
async fn let_in(site: &Site, new: NewOperatorAccess) -> (OperatorAccess, Person) {
    let operator = &site.world.operator;
    let asked = ask(operator, new).await.unwrap();
    let approved = decide(&site.team.owner, asked.id, Decision::Approve)
        .await
        .unwrap();
    (approved, take(operator, asked.id).await.unwrap())
}

async fn listed(by: &Person) -> Result<Vec<OperatorAccess>> {
    let page = PageRequest::first(10);
    let listed = by
        .custody()
        .operator_accesses(&by.credential, by.request(), page)
        .await?;
    Ok(listed.items)
}

async fn reads(by: &Person, id: OperatorAccessId) -> Result<Vec<TrailEntry>> {
    let page = PageRequest::first(100);
    let listed = by
        .custody()
        .operator_reads(&by.credential, by.request(), id, page)
        .await?;
    Ok(listed.items)
}

/// A picture as the server draws it; the mark that it carries.
async fn look(person: &Person, item: ItemId) -> Result<Option<String>> {
    let custody = person.custody();
    let looked = custody
        .look(&person.credential, person.request(), item, None, View::default())
        .await?;
    assert!(!looked.seen.bytes.is_empty());
    Ok(looked.mark)
}

async fn datasets(person: &Person) -> Result<Vec<String>> {
    let page = PageRequest::first(100);
    let listed = person
        .custody()
        .list_datasets(&person.credential, person.request(), page)
        .await?;
    Ok(listed.items.into_iter().map(|dataset| dataset.name).collect())
}

async fn id_of(owner: &Person, dataset: &str) -> DatasetId {
    let custody = owner.custody();
    let dataset = DatasetRef::parse(dataset);
    custody
        .dataset(&owner.credential, owner.request(), dataset)
        .await
        .unwrap()
        .id
}

fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(RgbImage::new(200, 120))
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

fn is_forbidden<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Forbidden { .. }))
}

fn is_unknown<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::NotFound(_)))
}

fn is_out<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthenticated | Error::Expired))
}

engines::on_both! {
    async fn the_operator_looks_into_one_dataset_for_a_while_and_takes_nothing(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, operator) = (&site.team.owner, &site.world.operator);
        owner.dataset("others").await.unwrap();
        let (item, elsewhere) = (site.put("a.png", &picture()).await, owner.put("others", "b.png", &picture()).await.unwrap().item.id);
        let scans_id = id_of(owner, "scans").await;

        let asked = ask(operator, into(Some(scans_id))).await.unwrap();
        assert_eq!((asked.state, asked.reason), (AccessState::Asked, None));
        assert!(matches!(take(operator, asked.id).await, Err(Error::Conflict(_))), "asking opens nothing");
        let seen = listed(owner).await.unwrap();
        assert_eq!((seen.len(), seen[0].reason.as_deref()), (1, Some("ticket 7: uploads fail")));
        let admin = site.team.member(Class::Admin).await;
        let approved = decide(&admin, asked.id, Decision::Approve).await.unwrap();
        assert_eq!((approved.state, approved.decided_by), (AccessState::Approved, Some(admin.member)));
        assert!(is_unknown(look(operator, item).await), "nothing opens but by the access's own key");

        let staff = take(operator, asked.id).await.unwrap();
        assert!(matches!(take(operator, asked.id).await, Err(Error::Conflict(_))), "one key, once");
        assert_eq!(datasets(&staff).await.unwrap(), ["scans"]);
        assert_eq!(list(&staff, Filter::default()).await.unwrap().len(), 1);
        let mark = look(&staff, item).await.unwrap().unwrap();
        assert!(mark.starts_with("operator "), "{mark}");
        assert!(is_forbidden(staff.get(item).await), "originals were not asked for");
        assert!(is_unknown(look(&staff, elsewhere).await), "nor the other dataset");
        // Nothing is changed, and nothing else of the tenant is seen.
        let (custody, by) = (staff.custody(), &staff.credential);
        assert!(is_forbidden(staff.put("scans", "c.png", &picture()).await));
        assert!(is_forbidden(staff.change(item, Verb::Archive).await));
        assert!(is_forbidden(custody.change_dataset(by, staff.request(), scans(), DatasetChange::default()).await));
        assert!(is_forbidden(staff.trail(TrailFilter::default()).await));
        assert!(is_forbidden(custody.list_members(by, staff.request(), PageRequest::first(10)).await));
        assert!(is_forbidden(ask(&staff, into(None)).await));
        assert!(is_forbidden(listed(&staff).await));

        site.world.clock.advance(HALF_AN_HOUR - Duration::from_secs(1));
        assert!(look(&staff, item).await.is_ok());
        site.world.clock.advance(Duration::from_secs(1));
        assert!(is_out(look(&staff, item).await));
        assert!(is_out(datasets(&staff).await));
        assert_eq!(listed(owner).await.unwrap()[0].state, AccessState::Ended);
    }

    async fn originals_are_taken_only_where_the_tenant_agreed_to_that(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let item = site.put("a", b"scan").await;
        let scans_id = id_of(&site.team.owner, "scans").await;
        let taking = NewOperatorAccess { originals: true, ..into(Some(scans_id)) };
        let (_, staff) = let_in(&site, taking.clone()).await;
        assert_eq!(staff.get(item).await.unwrap(), b"scan");
        assert!(is_forbidden(staff.change(item, Verb::Archive).await));
        let everywhere = NewOperatorAccess { originals: true, ..into(None) };
        assert!(matches!(ask(&site.world.operator, everywhere).await, Err(Error::Invalid { field: "originals", .. })));
    }

    async fn without_a_dataset_the_operator_sees_what_datasets_there_are_and_nothing_in_them(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        site.team.owner.dataset("others").await.unwrap();
        let item = site.put("a.png", &picture()).await;
        let (_, staff) = let_in(&site, into(None)).await;
        assert_eq!(datasets(&staff).await.unwrap(), ["scans", "others"]);
        assert!(is_forbidden(list(&staff, Filter::default()).await));
        assert!(is_forbidden(look(&staff, item).await) && is_forbidden(staff.item(item).await));
    }

    async fn the_tenant_ends_it_at_once_on_every_node_and_what_flows(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let video = site.put("video", &vec![7; 20_000_000]).await;
        let scans_id = id_of(owner, "scans").await;
        let (access, staff) = let_in(&site, NewOperatorAccess { originals: true, ..into(Some(scans_id)) }).await;
        let other = site.world.reopened_with(site.world.root_key());
        let flowing = async |custody: &Custody| {
            let content = staff.at(custody).open(video, ReadItem::default()).await.unwrap();
            let mut body = content.body.unwrap();
            assert!(body.next().await.unwrap().is_ok());
            body
        };
        let (mut here, mut there) = (flowing(&site.world.custody).await, flowing(&other).await);
        assert_eq!(other.watch_live_keys().await.unwrap(), 0);
        let ended = end(owner, access.id).await.unwrap();
        assert_eq!((ended.state, ended.ended_by), (AccessState::Ended, Some(owner.member)));
        assert!(matches!(here.next().await, Some(Err(_))), "what flowed has ended");
        assert_eq!(other.watch_live_keys().await.unwrap(), 1);
        assert!(matches!(there.next().await, Some(Err(_))), "elsewhere too");
        assert!(is_out(look(&staff, video).await) && is_out(datasets(&staff.at(&other)).await));
        assert!(matches!(end(owner, access.id).await, Err(Error::Conflict(_))));
        assert!(matches!(take(&site.world.operator, access.id).await, Err(Error::Conflict(_))));
    }

    async fn the_tenant_sees_what_was_asked_and_everything_that_was_read(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let item = site.put("a.png", &picture()).await;
        let scans_id = id_of(owner, "scans").await;
        let (access, staff) = let_in(&site, into(Some(scans_id))).await;
        look(&staff, item).await.unwrap();
        assert!(is_forbidden(staff.get(item).await));
        end(owner, access.id).await.unwrap();
        assert!(is_out(look(&staff, item).await));
        // What was read, and what was tried in vain, newest first.
        let entries = reads(owner, access.id).await.unwrap();
        let told: Vec<_> = entries.iter().map(|entry| (entry.event["action"].as_str().unwrap(), entry.event["outcome"].as_str().unwrap())).collect();
        assert_eq!(told, [("item.view", "refused"), ("item.download", "refused"), ("item.view", "done")]);
        for entry in &entries {
            let actor = &entry.event["actor"];
            assert_eq!((&actor["kind"], &actor["access"]), (&"operator".into(), &access.id.to_string().into()));
            assert_eq!(entry.event["resource"]["item"].is_null(), entry.event["details"]["reasons"][0] == "key-invalidated");
        }
        let trail = owner.trail(TrailFilter::default()).await.unwrap();
        for action in ["operator-access.ask", "operator-access.decide", "operator-access.take", "operator-access.end"] {
            let entry = trail.iter().find(|entry| entry.event["action"] == action).unwrap();
            assert_eq!((&entry.event["outcome"], &entry.event["details"]["operator_access"]), (&"done".into(), &access.id.to_string().into()));
        }
        let asked = trail.iter().find(|entry| entry.event["action"] == "operator-access.ask").unwrap();
        assert_eq!(asked.event["details"]["reason"], "ticket 7: uploads fail");
        let auditor = site.team.member(Class::Auditor).await;
        assert_eq!(reads(&auditor, access.id).await.unwrap().len(), 3);
        assert_eq!(listed(&auditor).await.unwrap().len(), 1);
        // The operator's own trail says that it was asked and taken; why is the tenant's to know.
        let own = site.world.operator.trail(TrailFilter::default()).await.unwrap();
        assert!(own.iter().any(|entry| entry.event["action"] == "operator-access.take"));
        assert!(own.iter().all(|entry| !entry.event.to_string().contains("ticket 7")));
    }

    async fn whoever_asks_who_can_see_something_is_told_of_the_operator(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let owner = &site.team.owner;
        let item = site.put("a.png", &picture()).await;
        let scans_id = id_of(owner, "scans").await;
        let who = async || {
            let page = PageRequest::first(100);
            let listed = owner.custody().who_sees_item(&owner.credential, owner.request(), item, page).await.unwrap();
            let operator = listed.items.into_iter().find(|seer| seer.class == Class::Operator);
            operator.map(|seer| (seer.member, seer.items))
        };
        assert_eq!(who().await, None);
        let (access, _) = let_in(&site, into(Some(scans_id))).await;
        let looks = vec![Action::ItemBrowse, Action::ItemView];
        assert_eq!(who().await, Some((site.world.operator.member, looks)));
        end(owner, access.id).await.unwrap();
        assert_eq!(who().await, None);
    }

    async fn nobody_else_asks_decides_or_enters_and_not_everywhere(db: TestDb) {
        let site = Site::with(db, 0, WORK).await;
        let (owner, operator) = (&site.team.owner, &site.world.operator);
        let (rival, lab) = (site.world.team("rival").await.owner, site.world.customer_held_team("lab").await.owner);
        let of_lab = NewOperatorAccess { tenant: "lab".into(), ..into(None) };
        assert!(matches!(ask(operator, of_lab).await, Err(Error::Conflict(_))), "it holds its key itself");
        assert!(listed(&lab).await.unwrap().is_empty());
        assert!(is_forbidden(ask(owner, NewOperatorAccess { tenant: "rival".into(), ..into(None) }).await));
        let scans_id = id_of(owner, "scans").await;
        for bad in [
            NewOperatorAccess { minutes: 0, ..into(None) },
            NewOperatorAccess { minutes: 481, ..into(None) },
            NewOperatorAccess { reason: "  ".into(), ..into(None) },
            NewOperatorAccess { tenant: "nowhere".into(), ..into(None) },
            NewOperatorAccess { tenant: "rival".into(), ..into(Some(scans_id)) },
        ] {
            assert!(matches!(ask(operator, bad.clone()).await, Err(Error::Invalid { .. })), "{bad:?}");
        }
        let asked = ask(operator, into(None)).await.unwrap();
        assert!(is_unknown(decide(&rival, asked.id, Decision::Approve).await) && is_unknown(end(&rival, asked.id).await));
        assert!(is_unknown(decide(operator, asked.id, Decision::Approve).await), "it is not theirs to give");
        assert!(is_unknown(reads(&rival, asked.id).await) && listed(&rival).await.unwrap().is_empty());
        for class in [Class::User, Class::WorkforceManager, Class::Worker, Class::Auditor, Class::PrivacyOfficer] {
            let person = site.team.member(class).await;
            assert!(is_forbidden(decide(&person, asked.id, Decision::Approve).await), "{class}");
        }
        assert_eq!(decide(owner, asked.id, Decision::Refuse).await.unwrap().state, AccessState::Refused);
        assert!(matches!(decide(owner, asked.id, Decision::Approve).await, Err(Error::Conflict(_))));
        assert!(matches!(take(operator, asked.id).await, Err(Error::Conflict(_))));
        let late = ask(operator, into(None)).await.unwrap();
        site.world.clock.advance(LAPSES_AFTER);
        assert!(matches!(decide(owner, late.id, Decision::Approve).await, Err(Error::Conflict(_))));
        assert_eq!(listed(operator).await.unwrap()[0].state, AccessState::Lapsed);
    }
}
