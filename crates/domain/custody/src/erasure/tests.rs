//! What is destroyed is noted, and what the list names is erased again without any key.

use store::{StoreError, params};

use super::{Again, Erased, What, erased_since};
use crate::dataset::{DatasetRef, NewDataset};
use crate::item::{ListNames, PutItem, ReadItem, Stored, Target, Verb};
use crate::testing::{Person, World, first_page};
use kernel::Timestamp;

async fn put(world: &World, owner: &Person, name: &str, bytes: &'static [u8]) -> Stored {
    let put = PutItem::file(Target::Name(DatasetRef::parse("scans"), name.into()), "image/png");
    let body = futures_util::stream::iter([Ok(bytes.into())]);
    let stored = world.custody.put(&owner.key, world.request(), put, body).await;
    stored.unwrap()
}

async fn scans(world: &World, owner: &Person) {
    let new = NewDataset {
        name: "scans".into(),
        ..NewDataset::default()
    };
    let made = world
        .custody
        .create_dataset(&owner.key, world.request(), new, None);
    made.await.unwrap();
}

async fn list(world: &World) -> Vec<Erased> {
    let listed = world
        .db
        .read(|tx| erased_since(tx, Timestamp::from_micros(0), None, 100));
    listed.await.unwrap()
}

async fn names(world: &World, owner: &Person) -> Vec<String> {
    let wanted = ListNames {
        limit: 10,
        ..ListNames::default()
    };
    let page = world
        .custody
        .list_names(&owner.key, world.request(), DatasetRef::parse("scans"), wanted);
    let page = page.await.unwrap();
    page.entries.iter().map(|named| named.name().to_owned()).collect()
}

async fn count(world: &World, sql: &'static str) -> i64 {
    let counted = world.db.read(move |tx| tx.one(sql, &[])?.get(0));
    counted.await.map_err(|error: StoreError| error).unwrap()
}

/// As in a copy that was restored from before: the line is there, and so is the thing.
async fn again(world: &World, lines: Vec<Erased>) -> Again {
    let (custody, request) = (world.custody.clone(), world.request());
    let done = tokio::task::spawn_blocking(move || custody.erase_again(request, &lines));
    done.await.unwrap().unwrap()
}

engines::on_both! {
    async fn what_destroys_keys_is_noted(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        scans(&world, &team.owner).await;
        put(&world, &team.owner, "chest", b"one").await;
        let newest = put(&world, &team.owner, "chest", b"two").await.item;
        let colleague = world.member(&team, "carla", access::Class::Admin).await;
        assert_eq!(list(&world).await, []);

        let (custody, key) = (&world.custody, &team.owner.key);
        let one = custody.delete_version(key, world.request(), DatasetRef::parse("scans"), "chest", newest.version.id, false);
        one.await.unwrap();
        for verb in [Verb::Archive, Verb::Delete] {
            custody.change_state(key, world.request(), newest.id, verb, None).await.unwrap();
        }
        custody.archive_dataset(key, world.request(), DatasetRef::parse("scans")).await.unwrap();
        custody.delete_dataset(key, world.request(), DatasetRef::parse("scans")).await.unwrap();
        custody.invalidate_key(key, world.request(), colleague.key.key).await.unwrap();

        let noted = list(&world).await;
        let kinds: Vec<_> = noted.iter().map(|line| line.what).collect();
        assert_eq!(kinds, [What::Version, What::Item, What::Dataset, What::ApiKey]);
        assert_eq!(&noted[0].id, newest.version.id.as_bytes());
        assert_eq!(&noted[1].id, newest.id.as_bytes());
        assert!(noted.iter().all(|line| line.tenant == team.tenant));
    }

    async fn a_listed_item_is_erased_again_and_its_neighbour_stays(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        scans(&world, &team.owner).await;
        let (gone, stays) = (put(&world, &team.owner, "a", b"gone").await.item, put(&world, &team.owner, "b", b"stays").await.item);
        assert_eq!(names(&world, &team.owner).await, ["a", "b"]);
        let line = Erased { what: What::Item, id: *gone.id.as_bytes(), tenant: team.tenant, at: world.custody.desk.clock.now() };
        assert_eq!(again(&world, vec![line]).await, Again { listed: 1, erased: 1 });

        let read = world.custody.read(&team.owner.key, world.request(), gone.id, ReadItem::default()).await;
        assert!(matches!(read, Err(crate::Error::NotFound("item"))));
        assert_eq!(names(&world, &team.owner).await, ["b"]);
        let left = world.custody.item(&team.owner.key, world.request(), stays.id).await.unwrap();
        assert_eq!(left.version.id, stays.version.id);
        assert_eq!(count(&world, "SELECT count(*) FROM item_version").await, 1);
        assert!(world.acts(team.tenant).await.contains(&"backup.restore done".to_owned()));
        assert_eq!(list(&world).await, [line]);
        // A second time nothing is there, and nothing is recorded.
        let before = world.acts(team.tenant).await.len();
        assert_eq!(again(&world, vec![line]).await, Again { listed: 1, erased: 0 });
        assert_eq!(world.acts(team.tenant).await.len(), before);
    }

    async fn a_listed_version_goes_and_the_one_before_is_read(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        scans(&world, &team.owner).await;
        let first = put(&world, &team.owner, "a", b"first").await.item;
        let second = put(&world, &team.owner, "a", b"second").await.item;
        let at = world.custody.desk.clock.now();
        let line = |id: &[u8; 16]| Erased { what: What::Version, id: *id, tenant: team.tenant, at };
        again(&world, vec![line(second.version.id.as_bytes())]).await;
        let left = world.custody.item(&team.owner.key, world.request(), first.id).await.unwrap();
        assert_eq!(left.version.id, first.version.id);
        // With its last version an item is gone.
        again(&world, vec![line(first.version.id.as_bytes())]).await;
        assert_eq!(count(&world, "SELECT count(*) FROM item").await, 0);
    }

    async fn datasets_keys_and_tenants_end_again(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        scans(&world, &team.owner).await;
        put(&world, &team.owner, "a", b"a").await;
        let colleague = world.member(&team, "carla", access::Class::Admin).await;
        let dataset: [u8; 16] = world.db.read(|tx| tx.one("SELECT dataset_id FROM dataset", &[])?.get(0)).await.map_err(|error: StoreError| error).unwrap();
        let at = world.custody.desk.clock.now();
        let line = |what, id: [u8; 16]| Erased { what, id, tenant: team.tenant, at };
        let lines = vec![line(What::ApiKey, *colleague.key.key.as_bytes()), line(What::Dataset, dataset)];
        assert_eq!(again(&world, lines).await.erased, 2);
        assert!(!world.works(&colleague.key).await && world.works(&team.owner.key).await);
        assert_eq!(count(&world, "SELECT count(*) FROM item").await + count(&world, "SELECT count(*) FROM dataset").await, 0);
        again(&world, vec![line(What::Tenant, *team.tenant.as_bytes())]).await;
        let listed = world.custody.list_keys(&team.owner.key, world.request(), None, first_page()).await;
        assert!(matches!(listed, Err(crate::Error::Unauthenticated)), "its keys have ended");
        let wrapped = world.db.read(move |tx| tx.one("SELECT key_wrapped FROM tenant WHERE tenant_id = $1", params![team.tenant])?.get::<Option<Vec<u8>>>(0));
        assert_eq!(wrapped.await, Ok(None));
    }
}
