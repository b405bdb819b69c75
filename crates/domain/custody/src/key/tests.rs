use access::{Action, ActionSet, Class};
use kernel::{DatasetId, KeyId, PageRequest, SystemRandom, Timestamp};
use secrecy::ExposeSecret as _;
use store::{StoreError, Tx, params};

use super::{IssuedKey, KeyKind, KeyScope, NewKey};
use crate::dataset::NewDataset;
use crate::tenant::CustodyMode;
use crate::testing::{DAY, Person, World, credential, first_page, root};
use crate::{Credential, Error, IdempotencyKey, Result, Roots};

engines::on_both! {
    async fn a_secret_is_shown_once_and_kept_as_a_hash(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let expires_at = Some(world.custody.desk.clock.now().plus(DAY));
        let new = NewKey { label: "laptop".into(), expires_at, ..NewKey::default() };
        let issued = issue(&world, &team.owner, new).await.unwrap();
        assert_eq!(issued.key.expires_at, expires_at);
        let seen = world.custody.key(&team.owner.key, world.request(), issued.key.id).await.unwrap();
        assert_eq!(seen, issued.key);
        assert_eq!((seen.label.as_str(), seen.kind, seen.last_used_at), ("laptop", KeyKind::Api, None));
        let secret = credential(&issued.secret);
        let stored = world.db.read(move |tx| stored_bytes(tx, issued.key.id)).await.unwrap();
        assert!(!contains(&stored, secret.to_text().expose_secret().as_bytes()) && !contains(&stored, b"laptop"));
        assert!(world.works(&secret).await);
    }

    async fn a_key_tells_when_it_was_last_used(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        world.clock.advance(DAY);
        let before = world.custody.desk.clock.now();
        world.custody.tenant(&user.key, world.request()).await.unwrap();
        let seen = world.custody.key(&team.owner.key, world.request(), user.key.key).await.unwrap();
        assert!(seen.last_used_at.unwrap() >= before);
    }

    async fn a_narrowed_key_does_what_it_is_for_and_nothing_else(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let actions = Some(ActionSet::parse(["member.list", "key.issue"]).unwrap());
        let narrow = narrowed(&world, &team.owner, actions, None).await;
        assert!(world.custody.list_members(&narrow.key, world.request(), first_page()).await.is_ok());
        let tenant = world.custody.tenant(&narrow.key, world.request()).await;
        assert!(matches!(tenant, Err(Error::Forbidden { .. })), "{tenant:?}");
        // Otherwise it could make itself a wide one.
        let wide = issue(&world, &narrow, NewKey { label: "wide".into(), ..NewKey::default() }).await;
        assert!(matches!(wide, Err(Error::Forbidden { .. })), "{wide:?}");
    }

    async fn a_key_for_one_dataset_does_not_know_of_others(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let (mine, other) = (dataset(&world, &team.owner, "mine").await, dataset(&world, &team.owner, "other").await);
        let narrow = narrowed(&world, &team.owner, None, Some(vec![mine])).await;
        let see = |id| world.custody.dataset(&narrow.key, world.request(), crate::dataset::DatasetRef::Id(id));
        assert!(see(mine).await.is_ok());
        assert!(matches!(see(other).await, Err(Error::NotFound("dataset"))));
    }

    async fn scopes_name_what_there_is(db: TestDb) {
        let world = World::new(db).await;
        let (team, foreign) = (world.team("clinic").await, world.team("other").await);
        let theirs = dataset(&world, &foreign.owner, "theirs").await;
        for (new, field) in [
            (NewKey { label: " ".into(), ..NewKey::default() }, "label"),
            (NewKey { label: "a".into(), scope: KeyScope { datasets: Some(vec![theirs]), ..KeyScope::default() }, ..NewKey::default() }, "datasets"),
            (NewKey { label: "a".into(), scope: KeyScope { datasets: Some(vec![]), ..KeyScope::default() }, ..NewKey::default() }, "datasets"),
            (NewKey { label: "a".into(), scope: KeyScope { actions: Some(ActionSet::NONE), ..KeyScope::default() }, ..NewKey::default() }, "actions"),
            (NewKey { label: "a".into(), expires_at: Some(Timestamp::from_micros(1)), ..NewKey::default() }, "expires_at"),
        ] {
            let refused = issue(&world, &team.owner, new).await;
            assert!(matches!(refused, Err(Error::Invalid { field: found, .. }) if found == field), "{refused:?}");
        }
    }

    async fn a_key_expires_at_its_moment(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let expires_at = Some(world.custody.desk.clock.now().plus(DAY));
        let new = NewKey { label: "trial".into(), expires_at, ..NewKey::default() };
        let key = credential(&issue(&world, &team.owner, new).await.unwrap().secret);
        let stream = world.custody.live.begin(key.key);
        assert!(world.works(&key).await);
        assert_eq!(world.custody.watch_live_keys().await.unwrap(), 0);
        world.clock.advance(DAY);
        assert!(!world.works(&key).await);
        assert_eq!(world.custody.watch_live_keys().await.unwrap(), 1);
        assert!(!stream.is_live());
    }

    async fn an_invalidated_key_ends_at_once_and_for_good(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        let stream = world.custody.live.begin(user.key.key);
        let ended = invalidate(&world, &team.owner, user.key.key).await.unwrap();
        assert!(!stream.is_live() && !world.works(&user.key).await);
        world.clock.advance(DAY);
        let again = invalidate(&world, &team.owner, user.key.key).await.unwrap();
        assert_eq!(again.invalidated_at, ended.invalidated_at);
    }

    async fn everybody_ends_their_own_keys_and_sees_no_others(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let worker = world.member(&team, "willi", Class::Worker).await;
        let second = world.key_for(&team.owner, worker.member).await;
        let listed = world.custody.list_keys(&worker.key, world.request(), None, first_page()).await.unwrap();
        assert!(listed.items.len() == 2 && listed.items.iter().all(|key| key.member == worker.member));
        let all = world.custody.list_keys(&team.owner.key, world.request(), None, first_page()).await.unwrap();
        assert_eq!(all.items.len(), 3);
        let others = Some(team.owner.member);
        let others = world.custody.list_keys(&worker.key, world.request(), others, first_page()).await;
        assert!(matches!(others, Err(Error::Forbidden { .. })), "{others:?}");
        assert!(invalidate(&world, &worker, team.owner.key.key).await.is_err());
        assert!(invalidate(&world, &worker, second.key).await.is_ok());
        assert!(!world.works(&second).await && world.works(&team.owner.key).await);
    }

    async fn keys_are_listed_in_pages_of_one_member(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        world.key_for(&team.owner, user.member).await;
        let (member, first) = (Some(user.member), PageRequest::first(1));
        let first = world.custody.list_keys(&team.owner.key, world.request(), member, first).await.unwrap();
        let rest = PageRequest { limit: 1, after: first.next.clone() };
        let rest = world.custody.list_keys(&team.owner.key, world.request(), member, rest).await.unwrap();
        assert_eq!((first.items.len(), rest.items.len(), rest.next), (1, 1, None));
        assert_ne!(first.items[0].id, rest.items[0].id);
    }

    async fn another_teams_key_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let (team, other) = (world.team("clinic").await, world.team("other").await);
        let theirs = other.owner.key.key;
        let seen = world.custody.key(&team.owner.key, world.request(), theirs).await;
        assert!(matches!(seen, Err(Error::NotFound("key"))), "{seen:?}");
        let ended = invalidate(&world, &team.owner, theirs).await;
        assert!(matches!(ended, Err(Error::NotFound("key"))), "{ended:?}");
        let new = NewKey { member: Some(other.owner.member), label: "spy".into(), ..NewKey::default() };
        let issued = issue(&world, &team.owner, new).await;
        assert!(matches!(issued, Err(Error::NotFound("member"))), "{issued:?}");
        assert!(world.works(&other.owner.key).await);
    }

    async fn a_disabled_member_gets_no_key(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        world.custody.disable_member(&team.owner.key, world.request(), user.member).await.unwrap();
        let new = NewKey { member: Some(user.member), label: "back door".into(), ..NewKey::default() };
        assert!(matches!(issue(&world, &team.owner, new).await, Err(Error::Conflict(_))));
    }

    async fn an_admin_issues_no_key_of_an_owner(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let admin = world.member(&team, "adam", Class::Admin).await;
        let new = NewKey { member: Some(team.owner.member), label: "mine now".into(), ..NewKey::default() };
        let issued = issue(&world, &admin, new).await;
        assert!(matches!(issued, Err(Error::Forbidden { .. })), "{issued:?}");
    }

    async fn a_repeated_request_issues_no_second_key(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let new = NewKey { label: "laptop".into(), ..NewKey::default() };
        let once = || Some(IdempotencyKey::new("once", &[b"laptop"]));
        let ask = || world.custody.issue_key(&team.owner.key, world.request(), new.clone(), once());
        let issued = ask().await.unwrap();
        let again = ask().await.unwrap_err();
        assert!(matches!(&again, Error::Conflict(says) if says.contains(&issued.key.id.to_string())), "{again:?}");
        let all = world.custody.list_keys(&team.owner.key, world.request(), None, first_page()).await.unwrap();
        assert_eq!(all.items.len(), 2);
    }

    async fn what_one_node_ends_the_others_end_at_their_next_look(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let (uma, max) = (world.member(&team, "uma", Class::User).await, world.member(&team, "max", Class::User).await);
        let other = world.another_node(Roots::new(root(1), vec![]));
        let streams = [&uma, &max, &team.owner].map(|person| other.live.begin(person.key.key));
        invalidate(&world, &team.owner, uma.key.key).await.unwrap();
        world.custody.disable_member(&team.owner.key, world.request(), max.member).await.unwrap();
        assert!(streams.iter().all(|stream| stream.is_live()));
        assert_eq!(other.watch_live_keys().await.unwrap(), 2);
        assert_eq!(streams.each_ref().map(|stream| stream.is_live()), [false, false, true]);
    }

    async fn each_key_of_a_customer_held_tenant_opens_it_until_it_is_invalidated(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let user = world.member(&team, "uma", Class::User).await;
        let seen = world.custody.tenant(&user.key, world.request()).await.unwrap();
        assert_eq!(seen.name, "The lab company");
        assert!(wrapped(&world, user.key.key).await.is_some());
        invalidate(&world, &team.owner, user.key.key).await.unwrap();
        assert_eq!(wrapped(&world, user.key.key).await, None);
        assert!(!world.works(&user.key).await);
    }

    async fn the_recovery_code_brings_an_owner_back_and_does_nothing_else(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let recovery = team.recovery.as_ref().unwrap();
        let tenant = world.custody.tenant(recovery, world.request()).await;
        assert!(matches!(tenant, Err(Error::Forbidden { .. })), "{tenant:?}");
        let with_a_key = world.custody.use_recovery(&team.owner.key, world.request(), None).await;
        assert!(matches!(with_a_key, Err(Error::Forbidden { .. })), "{with_a_key:?}");
        invalidate(&world, &team.owner, team.owner.key.key).await.unwrap();
        let issued = world.custody.use_recovery(recovery, world.request(), None).await.unwrap();
        let seen = world.custody.tenant(&credential(&issued.secret), world.request()).await.unwrap();
        assert_eq!(seen.name, "The lab company");
        assert!(world.acts(team.tenant).await.contains(&"recovery.use done".to_owned()));
    }

    async fn a_repeated_recovery_makes_no_second_key_and_names_the_first(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let recovery = team.recovery.as_ref().unwrap();
        let recover = |once: &str| {
            let once = Some(IdempotencyKey::new(once, &[b"recover"]));
            world.custody.use_recovery(recovery, world.request(), once)
        };
        let made = recover("a").await.unwrap().key.id;
        let again = recover("a").await;
        assert!(matches!(&again, Err(Error::Conflict(why)) if why.contains(&made.to_string())), "{again:?}");
        assert_ne!(recover("b").await.unwrap().key.id, made);
    }

    async fn without_keys_and_code_nobody_opens_a_customer_held_tenant(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let recovery = team.recovery.as_ref().unwrap();
        invalidate(&world, &team.owner, recovery.key).await.unwrap();
        invalidate(&world, &team.owner, team.owner.key.key).await.unwrap();
        assert!(!world.works(&team.owner.key).await);
        let recovered = world.custody.use_recovery(recovery, world.request(), None).await;
        assert!(matches!(recovered, Err(Error::Unauthenticated)), "{recovered:?}");
        let left = world.db.read(move |tx| {
            let sql = "SELECT count(*) FROM api_key k JOIN tenant t ON t.tenant_id = k.tenant_id WHERE t.tenant_id = $1 \
                 AND (k.tenant_key_wrapped IS NOT NULL OR t.key_wrapped IS NOT NULL)";
            tx.one(sql, params![team.tenant])?.get::<i64>(0)
        });
        assert_eq!(left.await.unwrap(), 0);
    }

    async fn keys_of_a_provider_held_tenant_carry_no_wrap(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        assert_eq!(wrapped(&world, team.owner.key.key).await, None);
    }
}

#[test]
fn a_scope_only_narrows() {
    let id = |at| DatasetId::make(Timestamp::from_micros(at), &SystemRandom);
    let (one, other) = (id(1), id(2));
    let actions = |list: &[Action]| Some(list.iter().copied().collect::<ActionSet>());
    let scope = |actions, datasets| KeyScope {
        actions,
        datasets,
        ..KeyScope::default()
    };
    let wide = KeyScope::default();
    let narrow = scope(actions(&[Action::ItemView]), Some(vec![one]));
    assert!(wide.check_covers(&wide).is_ok() && wide.check_covers(&narrow).is_ok());
    assert!(narrow.check_covers(&narrow).is_ok());
    for wider in [
        wide,
        scope(actions(&[Action::ItemView, Action::ItemDelete]), Some(vec![one])),
        scope(actions(&[Action::ItemView]), Some(vec![one, other])),
        scope(actions(&[Action::ItemView]), None),
        scope(None, Some(vec![one])),
    ] {
        assert!(narrow.check_covers(&wider).is_err(), "{wider:?}");
    }
}

async fn issue(world: &World, by: &Person, new: NewKey) -> Result<IssuedKey> {
    world.custody.issue_key(&by.key, world.request(), new, None).await
}

async fn invalidate(world: &World, by: &Person, key: KeyId) -> Result<super::ApiKey> {
    world.custody.invalidate_key(&by.key, world.request(), key).await
}

async fn narrowed(
    world: &World,
    owner: &Person,
    actions: Option<ActionSet>,
    datasets: Option<Vec<DatasetId>>,
) -> Person {
    let new = NewKey {
        label: "narrow".into(),
        scope: KeyScope {
            actions,
            datasets,
            ..KeyScope::default()
        },
        ..NewKey::default()
    };
    let key: Credential = credential(&issue(world, owner, new).await.unwrap().secret);
    Person {
        member: owner.member,
        key,
    }
}

async fn dataset(world: &World, owner: &Person, name: &str) -> DatasetId {
    let new = NewDataset {
        name: name.into(),
        ..NewDataset::default()
    };
    world
        .custody
        .create_dataset(&owner.key, world.request(), new, None)
        .await
        .unwrap()
        .id
}

async fn wrapped(world: &World, key: KeyId) -> Option<Vec<u8>> {
    let read = world.db.read(move |tx| {
        tx.one(
            "SELECT tenant_key_wrapped FROM api_key WHERE key_id = $1",
            params![key],
        )?
        .get(0)
    });
    let wrapped: std::result::Result<_, StoreError> = read.await;
    wrapped.unwrap()
}

fn stored_bytes(tx: &mut Tx, key: KeyId) -> std::result::Result<Vec<u8>, StoreError> {
    let row = tx.one(
        "SELECT label_sealed, secret_hash, scope_sealed FROM api_key WHERE key_id = $1",
        params![key],
    )?;
    Ok([row.get::<Vec<u8>>(0)?, row.get(1)?, row.get(2)?].concat())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
