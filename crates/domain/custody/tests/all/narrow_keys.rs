//! Keys for some names and some addresses: what they reach by every door of custody, on both engines.

use std::collections::BTreeMap;

use custody::dataset::{DatasetChange, DatasetRef};
use custody::item::{
    Bulk, Filter, HoldChange, ListNames, NamePage, PutItem, ReadItem, Target, Verb, VersionCursor,
    VersionsShown,
};
use custody::key::NewKey;
use custody::upload::{NewUpload, PutPart};
use custody::{Credential, Error, KeyScope, Result};
use kernel::{ItemId, PageRequest};
use operation::{Client, Request};
use secrecy::ExposeSecret as _;
use testkit::{Person, World, pieces};

fn prefixes(prefixes: &[&str]) -> KeyScope {
    KeyScope {
        prefixes: Some(prefixes.iter().map(ToString::to_string).collect()),
        ..KeyScope::default()
    }
}

async fn narrowed(person: &Person, scope: KeyScope) -> Person {
    let new = NewKey {
        label: "narrow".into(),
        scope,
        ..NewKey::default()
    };
    let issued = person
        .custody()
        .issue_key(&person.credential, person.request(), new, None)
        .await
        .unwrap();
    person.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap())
}

fn scans() -> DatasetRef {
    DatasetRef::parse("scans")
}

fn named(name: &str) -> PutItem {
    PutItem::file(Target::Name(scans(), name.into()), "text/plain")
}

/// The policies' own reason, the same whether there is such an item or not.
#[track_caller]
fn is_out_of_reach<T: std::fmt::Debug>(result: Result<T>) {
    match result {
        Err(Error::Forbidden { reasons, .. }) => assert!(
            reasons.iter().any(|reason| reason == "limit.key-names"),
            "{reasons:?}"
        ),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_unknown<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
}

struct Site {
    _world: World,
    owner: Person,
    /// A key for `in/` alone.
    narrow: Person,
    inside: ItemId,
    outside: ItemId,
}

async fn site(db: engines::TestDb) -> Site {
    let world = World::on(db).await;
    let owner = world.team("clinic").await.owner;
    owner.dataset("scans").await.unwrap();
    let inside = owner.put("scans", "in/one", b"mine").await.unwrap().item.id;
    let outside = owner.put("scans", "out/two", b"secret").await.unwrap().item.id;
    let narrow = narrowed(&owner, prefixes(&["in/"])).await;
    Site {
        _world: world,
        owner,
        narrow,
        inside,
        outside,
    }
}

fn wanted(prefix: &str) -> ListNames {
    ListNames {
        prefix: prefix.into(),
        limit: 100,
        ..ListNames::default()
    }
}

impl Site {
    async fn names(&self, prefix: &str) -> Result<NamePage> {
        let narrow = &self.narrow;
        narrow
            .custody()
            .list_names(&narrow.credential, narrow.request(), scans(), wanted(prefix))
            .await
    }

    async fn items(&self, filter: Filter) -> Result<Vec<String>> {
        let (narrow, page) = (&self.narrow, PageRequest::first(100));
        let listed = narrow
            .custody()
            .list_items(&narrow.credential, narrow.request(), scans(), filter, page)
            .await?;
        Ok(listed.items.into_iter().map(|item| item.name).collect())
    }

    async fn begin(&self, by: &Person, name: &str) -> Result<custody::upload::Upload> {
        let new = NewUpload {
            name: name.into(),
            content_type: "text/plain".into(),
            ..NewUpload::default()
        };
        by.custody()
            .begin_upload(&by.credential, by.request(), scans(), new)
            .await
    }
}

/// An id that is newer than all.
const LATER: &str = "ffffffff-ffff-7fff-bfff-ffffffffffff";

engines::on_both! {
    async fn a_key_for_some_names_works_on_them(db: TestDb) {
        let site = site(db).await;
        let narrow = &site.narrow;
        assert_eq!(narrow.get(site.inside).await.unwrap(), b"mine");
        let stored = narrow.put("scans", "in/three", b"more").await.unwrap();
        assert!(stored.created);
        assert!(!narrow.put("scans", "in/one", b"again").await.unwrap().created);
        assert_eq!(site.names("in/").await.unwrap().entries.len(), 2);
        assert_eq!(site.names("in/o").await.unwrap().entries.len(), 1);
        let begins = Filter { name_prefix: Some("in/".into()), ..Filter::default() };
        assert_eq!(site.items(begins).await.unwrap(), ["in/one", "in/three"]);
        narrow.change(site.inside, Verb::Archive).await.unwrap();
        narrow.change(site.inside, Verb::Delete).await.unwrap();
        let seen = narrow.custody().dataset(&narrow.credential, narrow.request(), scans()).await;
        assert_eq!(seen.unwrap().name, "scans");
    }

    async fn what_is_asked_for_by_id_outside_is_unknown(db: TestDb) {
        let site = site(db).await;
        let (narrow, outside) = (&site.narrow, site.outside);
        let (custody, key) = (narrow.custody(), &narrow.credential);
        is_unknown(narrow.item(outside).await);
        is_unknown(narrow.get(outside).await);
        is_unknown(custody.versions(key, narrow.request(), outside, PageRequest::first(9)).await);
        for verb in [Verb::Archive, Verb::Restore, Verb::Delete] {
            is_unknown(narrow.change(outside, verb).await);
        }
        let onto = PutItem::file(Target::Item(outside), "text/plain");
        is_unknown(narrow.put_as(onto, pieces(b"overwritten")).await);
        assert_eq!(site.owner.get(outside).await.unwrap(), b"secret");
    }

    async fn what_is_asked_for_by_name_outside_is_refused_whether_it_is_there_or_not(db: TestDb) {
        let site = site(db).await;
        let narrow = &site.narrow;
        let (custody, key) = (narrow.custody(), &narrow.credential);
        for name in ["out/two", "out/none", "i"] {
            is_out_of_reach(custody.item_named(key, narrow.request(), scans(), name, None).await);
            is_out_of_reach(custody.read_named(key, narrow.request(), scans(), name, ReadItem::default()).await);
            is_out_of_reach(narrow.put_as(named(name), pieces(b"small")).await);
            is_out_of_reach(narrow.put_as(named(name), pieces(&[7; 100_000])).await);
            is_out_of_reach(custody.hold(key, narrow.request(), scans(), name, None).await);
            is_out_of_reach(custody.change_hold(key, narrow.request(), scans(), name, None, HoldChange::Legal(true)).await);
            is_out_of_reach(custody.change_notes(key, narrow.request(), scans(), name, None, BTreeMap::new()).await);
            is_out_of_reach(site.begin(narrow, name).await);
            is_out_of_reach(site.items(Filter { name: Some(name.into()), ..Filter::default() }).await);
        }
    }

    async fn listings_stay_within_the_prefixes(db: TestDb) {
        let site = site(db).await;
        let narrow = &site.narrow;
        for prefix in ["", "i", "out/", "in"] {
            is_out_of_reach(site.names(prefix).await);
            let begins = Filter { name_prefix: Some(prefix.into()), ..Filter::default() };
            is_out_of_reach(site.items(begins.clone()).await);
            let bulk = Bulk { dataset: scans(), verb: Verb::Archive, filter: begins, dry_run: true, idempotency: None };
            is_out_of_reach(narrow.custody().change_states(&narrow.credential, narrow.request(), bulk).await);
        }
        is_out_of_reach(site.items(Filter::default()).await);
        is_out_of_reach(site.items(Filter { items: Some(vec![site.inside]), ..Filter::default() }).await);
        let listed = narrow.custody()
            .list_versions_by_name(&narrow.credential, narrow.request(), scans(), wanted("in/"), Some(VersionCursor {
                name: "out/two".into(),
                version: VersionsShown::DownTo(LATER.parse().unwrap()),
            }))
            .await
            .unwrap();
        assert!(listed.entries.is_empty(), "a cursor outside shows nothing of what is there: {listed:?}");
    }

    async fn a_bulk_act_changes_what_is_within(db: TestDb) {
        let site = site(db).await;
        let narrow = &site.narrow;
        let filter = Filter { name_prefix: Some("in/".into()), ..Filter::default() };
        let bulk = Bulk { dataset: scans(), verb: Verb::Archive, filter, dry_run: false, idempotency: None };
        let done = narrow.custody().change_states(&narrow.credential, narrow.request(), bulk).await.unwrap();
        assert_eq!((done.matched, done.changed), (1, 1));
    }

    async fn uploads_outside_are_not_there(db: TestDb) {
        let site = site(db).await;
        let (narrow, owner) = (&site.narrow, &site.owner);
        let (custody, key) = (narrow.custody(), &narrow.credential);
        let theirs = site.begin(owner, "out/big").await.unwrap().id;
        let mine = site.begin(narrow, "in/big").await.unwrap().id;
        let page = PageRequest::first(9);
        let listed = custody.list_uploads(key, narrow.request(), scans(), page.clone()).await.unwrap();
        assert_eq!(listed.items.iter().map(|upload| upload.id).collect::<Vec<_>>(), [mine]);
        assert_eq!(owner.custody().list_uploads(&owner.credential, owner.request(), scans(), page).await.unwrap().items.len(), 2);
        is_unknown(custody.list_parts(key, narrow.request(), scans(), theirs, 0, 10).await);
        is_unknown(custody.abort_upload(key, narrow.request(), scans(), theirs).await);
        let part = |upload| PutPart { dataset: scans(), upload, number: 1, length: None, sha256: None, provided_key: None, begun_with: Default::default(), notes: Default::default() };
        let body = || futures_util::stream::iter(pieces(b"a part"));
        is_unknown(custody.put_part(key, narrow.request(), part(theirs), body()).await);
        custody.put_part(key, narrow.request(), part(mine), body()).await.unwrap();
    }

    async fn a_dataset_as_a_whole_is_out_of_reach(db: TestDb) {
        let site = site(db).await;
        let narrow = &site.narrow;
        let (custody, key) = (narrow.custody(), &narrow.credential);
        is_out_of_reach(custody.change_dataset(key, narrow.request(), scans(), DatasetChange::default()).await);
        is_out_of_reach(custody.archive_dataset(key, narrow.request(), scans()).await);
        is_out_of_reach(custody.delete_dataset(key, narrow.request(), scans()).await);
        is_out_of_reach(custody.list_grants(key, narrow.request(), scans(), PageRequest::first(9)).await);
        is_out_of_reach(narrow.dataset("another").await);
        let searched = custody.search_records(key, narrow.request(), scans(), "email".into(), "a".into(), PageRequest::first(9));
        assert!(matches!(searched.await, Err(Error::Forbidden { .. })));
        let about = PutItem { subject: Some("patient 7".into()), ..named("in/about") };
        assert!(matches!(narrow.put_as(about, pieces(b"x")).await, Err(Error::Forbidden { .. })));
        let new = NewKey { label: "wide".into(), ..NewKey::default() };
        assert!(matches!(custody.issue_key(key, narrow.request(), new, None).await, Err(Error::Forbidden { .. })));
    }

    async fn beginnings_of_names_are_not_stored_in_clear(db: TestDb) {
        let site = site(db).await;
        let narrow = narrowed(&site.owner, prefixes(&["in/Anna Muster/"])).await;
        let found = site.owner.custody().key(&site.owner.credential, site.owner.request(), narrow.credential.key).await.unwrap();
        assert_eq!(found.scope, prefixes(&["in/Anna Muster/"]));
        let key = narrow.credential.key;
        let row = site.owner.custody().desk().db.read(move |tx| {
            let row = tx.one("SELECT scope_sealed FROM api_key WHERE key_id = $1", store::params![key])?;
            row.get::<Vec<u8>>(0)
        });
        let stored: std::result::Result<Vec<u8>, store::StoreError> = row.await;
        assert!(!stored.unwrap().windows(4).any(|window| window == b"Anna"));
        let trail = site.owner.trail(Default::default()).await.unwrap();
        assert!(!trail.iter().any(|entry| format!("{entry:?}").contains("Anna")));
    }

    async fn a_key_works_from_its_addresses_alone_and_the_trail_knows_who_tried(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let addresses = Some(vec!["203.0.113.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()]);
        let bound = narrowed(&owner, KeyScope { addresses, ..KeyScope::default() }).await;
        let from = |address: Option<&str>| Request {
            client: Some(Client { address: address.map(str::to_owned), ..Client::default() }),
            ..bound.request()
        };
        let look = async |request| bound.custody().tenant(&bound.credential, request).await;
        for inside in ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::7"] {
            look(from(Some(inside))).await.unwrap();
        }
        for outside in [Some("203.0.114.9"), Some("2001:db9::7"), Some("somewhere"), None] {
            assert!(matches!(look(from(outside)).await, Err(Error::Unauthenticated)), "{outside:?}");
        }
        assert!(matches!(look(bound.request()).await, Err(Error::Unauthenticated)));
        let trail = owner.trail(Default::default()).await.unwrap();
        let told = trail.iter().filter(|entry| format!("{entry:?}").contains("key-for-other-addresses"));
        assert_eq!(told.count(), 5);
        let new = NewKey { label: "unbound".into(), ..NewKey::default() };
        let issued = bound.custody().issue_key(&bound.credential, from(Some("203.0.113.9")), new, None).await;
        assert!(matches!(issued, Err(Error::Forbidden { .. })), "{issued:?}");
    }

    async fn scopes_are_held_to_what_can_be_read_with_every_request(db: TestDb) {
        let world = World::on(db).await;
        let owner = world.team("clinic").await.owner;
        let many = |count: usize| prefixes(&vec!["a"; count]);
        let ranges = |count: usize| KeyScope {
            addresses: Some(vec!["203.0.113.0/24".parse().unwrap(); count]),
            ..KeyScope::default()
        };
        let long = "a".repeat(1_025);
        for (scope, field) in [
            (many(0), "prefixes"), (many(65), "prefixes"), (prefixes(&[""]), "prefixes"), (prefixes(&["a\0"]), "prefixes"),
            (prefixes(&[&long]), "prefixes"), (ranges(0), "addresses"), (ranges(65), "addresses"),
        ] {
            let new = NewKey { label: "a key".into(), scope, ..NewKey::default() };
            let refused = owner.custody().issue_key(&owner.credential, owner.request(), new, None).await;
            assert!(matches!(refused, Err(Error::Invalid { field: found, .. }) if found == field), "{refused:?}");
        }
        narrowed(&owner, many(64)).await;
        narrowed(&owner, ranges(64)).await;
    }
}
