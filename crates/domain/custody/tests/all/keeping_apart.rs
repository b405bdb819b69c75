//! Tenants are kept apart, and a customer-held tenant from everybody.

use access::Class;
use custody::dataset::DatasetRef;
use custody::item::{Filter, Verb};
use custody::trail::TrailFilter;
use custody::{Credential, Error};
use kernel::PageRequest;
use secrecy::ExposeSecret;
use testkit::World;

engines::on_both! {
    async fn another_tenants_ids_are_unknown_ids(db: TestDb) {
        let world = World::on(db).await;
        let (clinic, rival) = (world.team("clinic").await, world.team("rival").await);
        let dataset = clinic.owner.dataset("scans").await.unwrap();
        let stored = clinic.owner.put("scans", "chest.png", b"secret").await.unwrap();
        let (item, event) = (stored.item.id, stored.event);
        assert!(matches!(rival.owner.get(item).await, Err(Error::NotFound(_))));
        assert!(matches!(rival.owner.item(item).await, Err(Error::NotFound(_))));
        assert!(matches!(rival.owner.change(item, Verb::Archive).await, Err(Error::NotFound(_))));
        assert!(matches!(rival.owner.receipt(event).await, Err(Error::NotFound(_))));
        for name in [DatasetRef::Id(dataset.id), DatasetRef::Name("scans".into())] {
            let listed = world.custody.list_items(&rival.owner.credential, rival.owner.request(), name, Filter::default(), PageRequest::first(10)).await;
            assert!(matches!(listed, Err(Error::NotFound(_))));
        }
        assert_eq!(clinic.owner.get(item).await.unwrap(), b"secret");
        // The same names live in both houses without touching.
        rival.owner.dataset("scans").await.unwrap();
        rival.owner.put("scans", "chest.png", b"other").await.unwrap();
        assert_eq!(clinic.owner.get(item).await.unwrap(), b"secret");
    }

    async fn a_row_moved_to_another_tenant_does_not_open(db: TestDb) {
        let world = World::on(db).await;
        let (clinic, rival) = (world.team("clinic").await, world.team("rival").await);
        clinic.owner.dataset("scans").await.unwrap();
        let own = rival.owner.dataset("loot").await.unwrap();
        let item = clinic.owner.put("scans", "chest.png", b"secret").await.unwrap().item.id;
        let thief = rival.id;
        world.database().write(move |tx| {
            tx.execute("UPDATE item SET tenant_id = $1, dataset_id = $2 WHERE item_id = $3", store::params![thief, own.id, item])?;
            tx.execute("UPDATE item_version SET tenant_id = $1 WHERE item_id = $2", store::params![thief, item])
        }).await.map_err(|error: store::StoreError| error).unwrap();
        assert!(matches!(rival.owner.get(item).await, Err(Error::Altered)));
    }

    async fn classes_see_what_they_may(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "chest.png", b"secret").await.unwrap().item.id;
        for (class, reads) in [
            (Class::Admin, true), (Class::User, true), (Class::PrivacyOfficer, true),
            (Class::WorkforceManager, false), (Class::Worker, false), (Class::Auditor, false),
        ] {
            let person = team.member(class).await;
            let got = person.get(item).await;
            assert_eq!(got.is_ok(), reads, "{class}: {got:?}");
        }
        assert!(world.operator.get(item).await.is_err());
        let auditor = team.member(Class::Auditor).await;
        let refused = TrailFilter { item: Some(item), outcome: Some("refused".into()), ..TrailFilter::default() };
        assert_eq!(auditor.trail(refused).await.unwrap().len(), 3, "three of the tenant's classes were refused");
    }

    async fn the_trail_tells_who_saw_an_item_and_what_a_key_did(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "chest.png", b"secret").await.unwrap().item.id;
        let user = team.member(Class::User).await;
        user.get(item).await.unwrap();
        let who = team.owner.trail(TrailFilter { item: Some(item), action: Some("item.download".into()), ..TrailFilter::default() }).await.unwrap();
        assert_eq!(who.len(), 1);
        assert_eq!(who[0].event["actor"]["member"], user.member.to_string());
        let what = team.owner.trail(TrailFilter { key: Some(user.credential.key), ..TrailFilter::default() }).await.unwrap();
        assert_eq!(what.len(), 1);
        world.sequence().await;
        let receipt = user.receipt(who[0].id).await.unwrap();
        ledger::Receipt::parse(receipt.as_bytes()).unwrap().verify(&world.policy).unwrap();
    }

    async fn a_dead_key_is_refused_and_its_use_recorded(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "chest.png", b"secret").await.unwrap().item.id;
        let old = team.owner.issue_key().await;
        let holder = team.owner.with_key(&old);
        holder.get(item).await.unwrap();
        team.owner.invalidate(&old).await.unwrap();
        assert!(matches!(holder.get(item).await, Err(Error::Unauthenticated)));
        let seen = team.owner.trail(TrailFilter { key: Some(old.key), outcome: Some("refused".into()), ..TrailFilter::default() }).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].event["details"]["reasons"][0], "key-invalidated");
        let wrong = Credential::parse(&format!("bailee_{}_{}", hex::encode(team.owner.credential.key.as_bytes()), "A".repeat(43))).unwrap();
        let stranger = team.owner.with_key(&wrong);
        assert!(matches!(stranger.get(item).await, Err(Error::Unauthenticated)));
    }

    async fn with_customer_held_keys_root_and_data_open_nothing(db: TestDb) {
        let world = World::on(db).await;
        let team = world.customer_held_team("secretive").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "chest.png", b"secret").await.unwrap().item.id;
        let second = team.owner.issue_key().await;
        let colleague = team.owner.with_key(&second);
        assert_eq!(colleague.get(item).await.unwrap(), b"secret");

        // Somebody who has the database, the objects and the root key, and makes themselves a key by SQL.
        let thief = world.reopened_with(world.root_key());
        let forged = forge_key(&world, &team, item).await;
        let forger = team.owner.at(&thief).with_key(&forged);
        assert!(forger.get(item).await.is_err());

        team.owner.invalidate(&second).await.unwrap();
        assert!(matches!(colleague.get(item).await, Err(Error::Unauthenticated)));
        team.owner.invalidate(&team.owner.credential).await.unwrap();
        assert!(matches!(team.owner.get(item).await, Err(Error::Unauthenticated)));
        // Bringing the row of the invalidated key back to life does not bring the wrap back.
        let key = second.key;
        world.database().write(move |tx| tx.execute("UPDATE api_key SET invalidated_at = NULL WHERE key_id = $1", store::params![key]))
            .await.map_err(|error: store::StoreError| error).unwrap();
        assert!(colleague.at(&thief).get(item).await.is_err());

        // The printed code is what is left to the customer.
        let code = Credential::parse(team.recovery_code.as_ref().unwrap().expose_secret()).unwrap();
        let recovered = world.custody.use_recovery(&code, team.owner.request(), None).await.unwrap();
        let back = Credential::parse(recovered.secret.expose_secret()).unwrap();
        let owner = team.owner.with_key(&back);
        assert_eq!(owner.get(item).await.unwrap(), b"secret");
        assert!(team.owner.with_key(&code).get(item).await.is_err());
    }
}

/// Copies a key's row under a secret of the forger's own.
async fn forge_key(world: &World, team: &testkit::Team, _item: kernel::ItemId) -> Credential {
    let other = world.team("accomplice").await;
    let (from, to) = (team.owner.credential.key, other.owner.credential.key);
    let changed = world.database().write(move |tx| {
        tx.execute(
            "UPDATE api_key SET tenant_id = (SELECT k.tenant_id FROM api_key k WHERE k.key_id = $1), \
             member_id = (SELECT k.member_id FROM api_key k WHERE k.key_id = $1), \
             tenant_key_wrapped = (SELECT k.tenant_key_wrapped FROM api_key k WHERE k.key_id = $1) WHERE key_id = $2",
            store::params![from, to],
        )
    }).await.map_err(|error: store::StoreError| error).unwrap();
    assert_eq!(changed, 1);
    other.owner.credential
}
