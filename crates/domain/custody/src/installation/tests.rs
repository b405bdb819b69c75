use std::sync::Arc;

use kernel::Random;
use operation::Request;
use operation::trail::{TrailEntry, TrailFilter};
use sealing::{Context, Key, RootId, RootKey, RootRefused};
use serde_json::json;

use super::{FirstStart, RewrapProgress, RootTrouble, wanted_root};
use crate::tenant::CustodyMode;
use crate::testing::{World, clock, credential, empty, first_page, first_start, root};
use crate::{Credential, Error, Roots};

engines::on_both! {
    async fn a_first_start_happens_once(db: TestDb) {
        db.migrate(&crate::all_migrations()).unwrap();
        let custody = empty(&db, &clock(), Roots::new(root(1), vec![]));
        assert_eq!(custody.installation().await.unwrap(), None);
        assert_eq!(wanted_root(&db).await.unwrap(), None);
        assert!(matches!(custody.check_root().await, Err(RootTrouble::NotInstalled)));
        let installed = custody.install(first_start()).await.unwrap();
        let found = custody.installation().await.unwrap().unwrap();
        assert_eq!(found.operator_tenant, installed.operator_tenant);
        assert_eq!((found.log_verifier, found.root_id), (installed.log_verifier, root(1).id().to_string()));
        assert!(matches!(custody.install(first_start()).await, Err(Error::Conflict(_))));
        custody.check_root().await.unwrap();
    }

    async fn the_operators_key_opens_no_more_than_the_list_of_tenants(db: TestDb) {
        let world = World::new(db).await;
        let (custody, key) = (&world.custody, &world.operator);
        assert_eq!(custody.list_tenants(key, world.request(), first_page()).await.unwrap().items.len(), 1);
        assert!(custody.list_members(key, world.request(), first_page()).await.is_err());
        assert!(custody.tenant(key, world.request()).await.is_err());
        assert_eq!(world.acts(world.operator_tenant).await[0], "tenant.create done");
    }

    async fn the_operator_reads_their_own_trail_and_no_other(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let own = trail(&world, &world.operator).await.unwrap();
        assert!(own.iter().all(|entry| entry.event["tenant"] == json!(world.operator_tenant)));
        assert_eq!(own[0].event["action"], "tenant.create");
        let theirs = trail(&world, &team.owner.key).await.unwrap()[0].id;
        let asked = world.custody.event(&world.operator, world.request(), theirs).await;
        assert!(matches!(asked, Err(Error::NotFound("event"))), "{asked:?}");
    }

    async fn a_lost_operator_key_has_a_remedy(db: TestDb) {
        let world = World::new(db).await;
        let made = world.custody.reissue_operator_key(world.request(), "desk", false).await.unwrap();
        let new = credential(&made.key.secret);
        assert!(world.works(&new).await && world.works(&world.operator).await && made.invalidated.is_empty());
        world.custody.list_tenants(&new, world.request(), first_page()).await.unwrap();
        let entry = world.custody.event(&new, world.request(), made.event).await.unwrap().event;
        assert_eq!(entry["actor"], json!({ "kind": "system" }));
        assert_eq!((&entry["action"], &entry["details"]["issued"]), (&json!("root.issue"), &json!(new.key)));
        let labels = world.custody.list_keys(&new, world.request(), None, first_page()).await.unwrap();
        assert_eq!(labels.items.last().unwrap().label, "desk");
        let blank = world.custody.reissue_operator_key(world.request(), " ", false).await;
        assert!(matches!(blank, Err(Error::Invalid { field: "label", .. })));
    }

    async fn a_stolen_operator_key_ends_with_the_new_one(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let stream = world.custody.live.begin(world.operator.key);
        let made = world.custody.reissue_operator_key(world.request(), "desk", true).await.unwrap();
        assert_eq!(made.invalidated, [world.operator.key]);
        assert!(!world.works(&world.operator).await && !stream.is_live());
        assert!(world.works(&credential(&made.key.secret)).await && world.works(&team.owner.key).await);
    }

    async fn a_tenant_without_keys_gets_one_for_a_stated_reason(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let own = team.owner.key.key;
        world.custody.invalidate_key(&team.owner.key, world.request(), own).await.unwrap();
        let silent = world.custody.reissue_owner_key(world.request(), "clinic", "new").await;
        assert!(matches!(silent, Err(Error::Invalid { field: "reason", .. })), "{silent:?}");
        let unknown = world.custody.reissue_owner_key(because(&world), "nobody", "new").await;
        assert!(matches!(unknown, Err(Error::Invalid { field: "tenant", .. })), "{unknown:?}");
        let made = world.custody.reissue_owner_key(because(&world), "clinic", "new").await.unwrap();
        let new = credential(&made.key.secret);
        assert_eq!((made.tenant, made.key.key.member), (team.tenant, team.owner.member));
        let entry = world.custody.event(&new, world.request(), made.event).await.unwrap().event;
        assert_eq!((&entry["action"], &entry["reason"]), (&json!("root.issue"), &json!("ticket 7")));
        assert_eq!(entry["actor"], json!({ "kind": "system" }));
        let told = trail(&world, &world.operator).await.unwrap();
        assert_eq!((&told[0].event["action"], &told[0].event["details"]["tenant"]), (&json!("root.issue"), &json!(team.tenant)));
    }

    async fn a_tenant_that_holds_its_key_is_not_entered_by_the_root_key(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("clinic", CustodyMode::CustomerHeld).await;
        let refused = world.custody.reissue_owner_key(because(&world), "clinic", "new").await;
        assert!(matches!(&refused, Err(Error::Conflict(why)) if why.contains("recovery code")), "{refused:?}");
        let seen = trail(&world, &team.owner.key).await.unwrap().remove(0).event;
        assert_eq!((&seen["action"], &seen["outcome"]), (&json!("root.issue"), &json!("refused")));
        assert_eq!(seen["details"]["reasons"], json!(["customer-held"]));
        let keys = world.custody.list_keys(&team.owner.key, world.request(), None, first_page()).await.unwrap();
        assert_eq!(keys.items.len(), 2);
    }

    async fn a_name_that_cannot_name_a_log_is_refused(db: TestDb) {
        db.migrate(&crate::all_migrations()).unwrap();
        let custody = empty(&db, &clock(), Roots::new(root(1), vec![]));
        let start = FirstStart { log_origin: "a b".into(), ..first_start() };
        assert!(matches!(custody.install(start).await, Err(Error::Invalid { field: "log_origin", .. })));
        assert_eq!(custody.installation().await.unwrap(), None);
    }

    async fn the_log_is_signed_by_the_key_that_was_published(db: TestDb) {
        let world = World::new(db).await;
        let published = world.custody.installation().await.unwrap().unwrap().log_verifier;
        let signer = world.custody.log_signer().await.unwrap();
        assert_eq!(signer.verifier().to_string(), published);
        assert!(published.starts_with("log.example/test+"));
    }

    async fn a_wrong_root_key_is_named_with_the_one_that_is_wanted(db: TestDb) {
        let world = World::new(db).await;
        let wrong = world.another_node(Roots::new(root(2), vec![root(3)]));
        let trouble = wrong.check_root().await.unwrap_err();
        let says = trouble.to_string();
        assert!(matches!(trouble, RootTrouble::Wrong { .. }), "{says}");
        for number in [1, 2, 3] {
            assert!(says.contains(&root(number).id().to_string()), "{says}");
        }
        assert_eq!(wanted_root(&world.db).await.unwrap(), Some(root(1).id().to_string()));
    }

    async fn a_root_key_with_the_right_name_and_wrong_bytes_is_found_out(db: TestDb) {
        let world = World::new(db).await;
        let impostor = Impostor { name: root(1).id(), inside: root(2) };
        let node = world.another_node(Roots::new(Arc::new(impostor), vec![]));
        assert!(matches!(node.check_root().await, Err(RootTrouble::Altered { .. })));
    }

    async fn everything_moves_to_another_root_key_and_the_old_one_can_go(db: TestDb) {
        let world = World::new(db).await;
        let (team, lab) = (world.team("clinic").await, world.team_held("lab", CustodyMode::CustomerHeld).await);
        let verifier = world.custody.log_signer().await.unwrap().verifier().to_string();
        let both = world.another_node(Roots::new(root(2), vec![root(1)]));
        both.check_root().await.unwrap();
        let mut seen = Vec::new();
        let end = both.rotate_root(|progress| seen.push(progress.clone())).await.unwrap();
        let complete = RewrapProgress { root: root(2).id().to_string(), done: 2, all: 2, installation: true };
        assert_eq!(end, complete);
        assert!(end.is_complete() && !seen[0].is_complete() && seen.last() == Some(&complete));
        let new_only = world.another_node(Roots::new(root(2), vec![]));
        new_only.check_root().await.unwrap();
        for key in [&team.owner.key, &lab.owner.key] {
            new_only.tenant(key, world.request()).await.unwrap();
        }
        assert_eq!(new_only.log_signer().await.unwrap().verifier().to_string(), verifier);
        assert!(matches!(world.custody.check_root().await, Err(RootTrouble::Wrong { .. })));
        assert!(world.custody.tenant(&team.owner.key, world.request()).await.is_err());
        let acts = world.acts(world.operator_tenant).await;
        assert_eq!(acts.iter().filter(|act| *act == "root.rotate done").count(), 2);
        assert!(!acts.iter().any(|act| act.starts_with("tenant.change")));
    }

    async fn an_interrupted_change_of_root_keys_needs_both_and_goes_on(db: TestDb) {
        let world = World::new(db).await;
        for number in 0..150 {
            world.team(&format!("team-{number}")).await;
        }
        let both = world.another_node(Roots::new(root(2), vec![root(1)]));
        assert_eq!(both.rewrap_tenants().await.unwrap(), 100);
        let half = both.rewrap_progress().await.unwrap();
        assert_eq!((half.done, half.all, half.installation), (100, 151, false));
        // Interrupted here. The old key alone is not enough any more, the new one alone not yet.
        let trouble = world.custody.check_root().await.unwrap_err();
        assert!(matches!(&trouble, RootTrouble::Missing { wanted } if *wanted == root(2).id().to_string()), "{trouble}");
        let new_only = world.another_node(Roots::new(root(2), vec![]));
        assert!(matches!(new_only.check_root().await, Err(RootTrouble::Wrong { .. })));
        let again = world.another_node(Roots::new(root(2), vec![root(1)]));
        again.check_root().await.unwrap();
        let mut batches = 0;
        assert!(again.rotate_root(|_| batches += 1).await.unwrap().is_complete());
        assert!(batches >= 2);
        new_only.check_root().await.unwrap();
    }

    async fn a_tenant_made_by_a_late_node_is_moved_too(db: TestDb) {
        let world = World::new(db).await;
        let both = world.another_node(Roots::new(root(2), vec![root(1)]));
        both.rewrap_tenants().await.unwrap();
        // A node that still has the old key as its current one, and both at hand.
        let late = world.another_node(Roots::new(root(1), vec![root(2)]));
        let new = crate::testing::new_tenant("late", CustodyMode::ProviderHeld);
        let made = late.create_tenant(&world.operator, world.request(), new, None).await.unwrap();
        assert!(!both.rewrap_installation().await.unwrap());
        assert!(both.rotate_root(|_| ()).await.unwrap().is_complete());
        let new_only = world.another_node(Roots::new(root(2), vec![]));
        new_only.tenant(&credential(&made.key.secret), world.request()).await.unwrap();
    }
}

/// A request with a reason.
fn because(world: &World) -> Request {
    Request {
        reason: Some("ticket 7".into()),
        ..world.request()
    }
}

/// The whole trail that this key reads, newest first.
async fn trail(world: &World, key: &Credential) -> crate::Result<Vec<TrailEntry>> {
    let all = world
        .custody
        .trail(key, world.request(), TrailFilter::default(), first_page());
    Ok(all.await?.items)
}

/// Says it is one root key and is another.
struct Impostor {
    name: RootId,
    inside: Arc<sealing::LocalRoot>,
}

impl RootKey for Impostor {
    fn id(&self) -> RootId {
        self.name
    }

    fn wrap(&self, context: &Context, key: &Key, random: &dyn Random) -> Result<Vec<u8>, RootRefused> {
        self.inside.wrap(context, key, random)
    }

    fn unwrap(&self, context: &Context, wrapped: &[u8]) -> Result<Key, RootRefused> {
        self.inside.unwrap(context, wrapped)
    }
}
