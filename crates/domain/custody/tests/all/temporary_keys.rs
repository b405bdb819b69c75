//! Temporary credentials: what they are good for, and how they end, on both engines.

use std::time::Duration;

use access::{Action, ActionSet, Class};
use custody::dataset::DatasetRef;
use custody::item::ReadItem;
use custody::key::{IssuedKey, KeyKind, NewKey, NewTemporary};
use custody::upload::{NewUpload, PutPart};
use custody::{Credential, Error, IdempotencyKey, KeyScope, Result};
use kernel::PageRequest;
use secrecy::ExposeSecret as _;
use testkit::{Person, World, pieces};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn plain() -> NewTemporary {
    NewTemporary {
        label: "a while".into(),
        ..NewTemporary::default()
    }
}

async fn lend(person: &Person, new: NewTemporary) -> Result<IssuedKey> {
    person
        .custody()
        .lend_key(&person.credential, person.request(), new, None)
        .await
}

async fn lent(person: &Person, new: NewTemporary) -> Person {
    let issued = lend(person, new).await.unwrap();
    person.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap())
}

async fn works(person: &Person) -> bool {
    !matches!(
        person
            .custody()
            .identity(&person.credential, person.request())
            .await,
        Err(Error::Unauthenticated | Error::Expired)
    )
}

async fn issued(person: &Person, scope: KeyScope, life: Option<Duration>) -> Person {
    let expires_at = life.map(|life| person.custody().desk().clock.now().plus(life));
    let new = NewKey {
        label: "a key".into(),
        scope,
        expires_at,
        ..NewKey::default()
    };
    let issued = person
        .custody()
        .issue_key(&person.credential, person.request(), new, None)
        .await
        .unwrap();
    person.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap())
}

fn only(actions: &[&str]) -> KeyScope {
    KeyScope {
        actions: Some(ActionSet::parse(actions).unwrap()),
        ..KeyScope::default()
    }
}

engines::on_both! {
    async fn one_lives_for_its_time_and_says_what_it_was_taken_of(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let issued = lend(&owner, plain()).await.unwrap().key;
        assert_eq!((issued.kind, issued.parent), (KeyKind::Temporary, Some(owner.credential.key)));
        assert_eq!(issued.expires_at, Some(issued.made_at.plus(HOUR)));
        let seen = owner.custody().key(&owner.credential, owner.request(), issued.id).await.unwrap();
        assert_eq!(seen, issued);
        let short = lent(&owner, NewTemporary { life: Some(HOUR / 4), ..plain() }).await;
        let identity = short.custody().identity(&short.credential, short.request()).await.unwrap();
        assert_eq!((identity.member, identity.parent), (owner.member, Some(owner.credential.key)));
        world.clock.advance(HOUR / 4);
        assert!(!works(&short).await && works(&owner).await);
        for life in [HOUR / 4 - Duration::from_secs(1), HOUR * 12 + Duration::from_secs(1)] {
            let refused = lend(&owner, NewTemporary { life: Some(life), ..plain() }).await;
            assert!(matches!(refused, Err(Error::Invalid { field: "life", .. })), "{refused:?}");
        }
    }

    async fn one_never_outlives_its_parent(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let parent = issued(&owner, KeyScope::default(), Some(HOUR)).await;
        let child = lend(&parent, NewTemporary { life: Some(HOUR * 12), ..plain() }).await.unwrap();
        let end = owner.custody().key(&owner.credential, owner.request(), parent.credential.key).await.unwrap().expires_at;
        assert_eq!(child.key.expires_at, end);
    }

    async fn one_gives_no_others(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let child = lent(&owner, plain()).await;
        let again = lend(&child, plain()).await;
        assert!(matches!(&again, Err(Error::Forbidden { reasons, .. }) if reasons.contains(&"limit.temporary".to_owned())), "{again:?}");
        let new = NewKey { label: "wide".into(), ..NewKey::default() };
        let wide = child.custody().issue_key(&child.credential, child.request(), new, None).await;
        assert!(matches!(wide, Err(Error::Forbidden { .. })), "{wide:?}");
    }

    async fn everybody_takes_them_of_their_own_key_however_narrow_it_is(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        for class in [Class::User, Class::Worker, Class::Auditor] {
            let member = team.member(class).await;
            assert!(works(&lent(&member, plain()).await).await, "{class}");
        }
        let narrow = issued(&team.owner, only(&["item.download"]), None).await;
        let child = lend(&narrow, plain()).await.unwrap();
        assert_eq!(child.key.scope, only(&["item.download"]));
        let wider = NewTemporary { actions: Some([Action::ItemDelete].into_iter().collect()), ..plain() };
        let wider = lend(&narrow, wider).await;
        assert!(matches!(wider, Err(Error::Invalid { field: "actions", .. })), "{wider:?}");
    }

    async fn a_narrower_one_reaches_less(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        owner.dataset("scans").await.unwrap();
        owner.dataset("other").await.unwrap();
        let (mine, theirs) = (owner.put("scans", "a/1", b"mine").await.unwrap(), owner.put("scans", "b/1", b"theirs").await.unwrap());
        let elsewhere = owner.put("other", "a/1", b"elsewhere").await.unwrap();
        let new = NewTemporary {
            datasets: Some(vec![DatasetRef::parse("scans")]),
            prefixes: Some(vec!["a/".into()]),
            actions: Some(ActionSet::parse(["item.download"]).unwrap()),
            ..plain()
        };
        let child = lent(&owner, new).await;
        assert_eq!(child.get(mine.item.id).await.unwrap(), b"mine");
        assert!(matches!(child.get(theirs.item.id).await, Err(Error::NotFound(_))));
        assert!(matches!(child.get(elsewhere.item.id).await, Err(Error::NotFound(_))));
        assert!(matches!(child.item(mine.item.id).await, Err(Error::Forbidden { .. })));
    }

    async fn a_dataset_that_is_not_theirs_is_not_told_from_none(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let mine = team.owner.dataset("scans").await.unwrap().id;
        team.owner.dataset("other").await.unwrap();
        let narrow = issued(&team.owner, KeyScope { datasets: Some(vec![mine]), ..KeyScope::default() }, None).await;
        let worker = team.member(Class::Worker).await;
        let ask = async |who: &Person, name: &str| {
            let new = NewTemporary { datasets: Some(vec![DatasetRef::parse(name)]), ..plain() };
            lend(who, new).await.map(drop).map_err(|error| error.to_string().replace(name, "NAME"))
        };
        assert_eq!(ask(&narrow, "other").await, ask(&narrow, "none").await);
        assert_eq!(ask(&worker, "scans").await, ask(&worker, "none").await);
        assert!(ask(&narrow, "scans").await.is_ok());
    }

    async fn the_end_of_the_parent_is_its_end(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        owner.dataset("scans").await.unwrap();
        let large = owner.put("scans", "large", &[7; 3_000_000]).await.unwrap().item.id;
        let parent = issued(&owner, KeyScope::default(), None).await;
        let child = lent(&parent, plain()).await;
        let mut body = child.open(large, ReadItem::default()).await.unwrap().body.unwrap();
        assert!(body.next().await.unwrap().is_ok());
        owner.invalidate(&parent.credential).await.unwrap();
        let mut ended = false;
        while let Some(piece) = body.next().await {
            ended |= piece.is_err();
        }
        assert!(ended, "no stream goes on after its key's parent has ended");
        assert!(!works(&child).await && !works(&parent).await && works(&owner).await);
        let seen = owner.custody().key(&owner.credential, owner.request(), child.credential.key).await.unwrap();
        assert!(seen.invalidated_at.is_some());
    }

    async fn other_nodes_end_its_streams_at_their_next_look(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let large = team.owner.put("scans", "large", &[7; 3_000_000]).await.unwrap().item.id;
        let user = team.member(Class::User).await;
        let (expiring, ending) = (issued(&team.owner, KeyScope::default(), Some(HOUR / 2)).await, lent(&user, plain()).await);
        let child = lent(&expiring, plain()).await;
        let _streams = [child.open(large, ReadItem::default()).await.unwrap(), ending.open(large, ReadItem::default()).await.unwrap()];
        assert_eq!(world.custody.watch_live_keys().await.unwrap(), 0);
        world.clock.advance(HOUR / 2);
        assert_eq!(world.custody.watch_live_keys().await.unwrap(), 1);
        world.reopened_with(world.root_key()).disable_member(&team.owner.credential, team.owner.request(), user.member).await.unwrap();
        assert_eq!(world.custody.watch_live_keys().await.unwrap(), 1);
        assert!(!works(&ending).await);
    }

    async fn a_part_that_comes_after_the_end_is_not_kept(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        owner.dataset("scans").await.unwrap();
        let parent = issued(&owner, KeyScope::default(), None).await;
        let child = lent(&parent, plain()).await;
        let new = NewUpload { name: "big".into(), content_type: "text/plain".into(), ..NewUpload::default() };
        let custody = child.custody();
        let upload = custody.begin_upload(&child.credential, child.request(), DatasetRef::parse("scans"), new).await.unwrap().id;
        owner.invalidate(&parent.credential).await.unwrap();
        let part = PutPart {
            dataset: DatasetRef::parse("scans"), upload, number: 1, length: None, sha256: None, provided_key: None,
            begun_with: Default::default(), notes: Default::default(),
        };
        let put = custody.put_part(&child.credential, child.request(), part, futures_util::stream::iter(pieces(b"late"))).await;
        assert!(matches!(put, Err(Error::Unauthenticated)), "{put:?}");
    }

    async fn its_signing_secret_is_kept_nowhere(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let child = lend(&owner, plain()).await.unwrap();
        let of = async |access_key: &str| world.custody.signer(access_key).await.unwrap().unwrap().secret.is_some();
        assert!(!of(&child.access_key).await && of(&owner.credential.access_key()).await);
    }

    async fn customers_who_hold_their_key_lend_it_and_take_it_back(db: TestDb) {
        let world = World::on(db).await;
        let team = world.customer_held_team("lab").await;
        let parent = issued(&team.owner, KeyScope::default(), None).await;
        let child = lent(&parent, plain()).await;
        assert_eq!(world.custody.tenant(&child.credential, child.request()).await.unwrap().slug, "lab");
        let signed = Credential::signed(&child.credential.access_key()).unwrap();
        assert!(matches!(world.custody.tenant(&signed, child.request()).await, Err(Error::Unauthenticated)));
        team.owner.invalidate(&parent.credential).await.unwrap();
        assert!(!works(&child).await);
        let key = child.credential.key;
        let wrapped = world.custody.desk().db.read(move |tx| {
            tx.one("SELECT tenant_key_wrapped FROM api_key WHERE key_id = $1", store::params![key])?.get::<Option<Vec<u8>>>(0)
        });
        let wrapped: std::result::Result<_, store::StoreError> = wrapped.await;
        assert_eq!(wrapped.unwrap(), None, "what opens the tenant's key went with the parent");
        let recovery = Credential::parse(team.recovery_code.unwrap().expose_secret()).unwrap();
        let code = team.owner.with_key(&recovery);
        assert!(matches!(lend(&code, plain()).await, Err(Error::Forbidden { .. })), "a recovery code lends nothing");
    }

    async fn a_repeated_request_gives_no_second_one(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let ask = || {
            let once = Some(IdempotencyKey::new("once", &[b"lend"]));
            owner.custody().lend_key(&owner.credential, owner.request(), plain(), once)
        };
        let first = ask().await.unwrap().key.id;
        assert!(matches!(ask().await, Err(Error::Conflict(says)) if says.contains(&first.to_string())));
    }

    async fn a_day_after_their_end_they_are_forgotten(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        lent(&owner, plain()).await;
        let listed = async || {
            let (request, page) = (owner.request(), PageRequest::first(9));
            owner.custody().list_keys(&owner.credential, request, None, page).await.unwrap().items.len()
        };
        let before = listed().await;
        world.clock.advance(HOUR * 24);
        assert_eq!((world.custody.sweep_temporary_keys().await.unwrap(), listed().await), (0, before));
        world.clock.advance(HOUR * 2);
        assert_eq!((world.custody.sweep_temporary_keys().await.unwrap(), listed().await), (1, before - 1));
        assert!(works(&owner).await);
    }
}
