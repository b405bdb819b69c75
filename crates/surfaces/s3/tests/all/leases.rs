//! What a worker's S3 tools see: the items they hold a lease of, and a bucket that is not there without one.

use crate::common::Server;
use access::Class;
use custody::dataset::{DatasetChange, DatasetRef, GrantTerms};
use custody::task::Work;
use testkit::{Person, Team};

/// A worker who was given `scans`, which hands out two items a task, with originals.
async fn worker(team: &Team) -> Person {
    let (owner, custody) = (&team.owner, team.owner.custody());
    owner.dataset("scans").await.unwrap();
    let (scans, work) = (
        DatasetRef::parse("scans"),
        Work {
            batch: 2,
            lease_minutes: 30,
            open_per_worker: 1,
            originals: true,
        },
    );
    let change = DatasetChange {
        work: Some(Some(work)),
        ..DatasetChange::default()
    };
    custody
        .change_dataset(&owner.credential, owner.request(), scans.clone(), change)
        .await
        .unwrap();
    let worker = team.member(Class::Worker).await;
    let terms = GrantTerms::default();
    custody
        .give_grant(&owner.credential, owner.request(), scans, worker.member, terms)
        .await
        .unwrap();
    worker
}

engines::on_both! {
    async fn a_workers_tools_list_and_fetch_what_is_leased(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let wanda = worker(&team).await;
        for key in ["left", "right", "other", "hidden"] {
            team.owner.put("scans", key, b"scan").await.unwrap();
        }
        let client = server.by(&wanda);
        client.get("/scans").query("list-type", "2").send().await.refused(404, "NoSuchBucket");
        client.get("/nowhere").query("list-type", "2").send().await.refused(404, "NoSuchBucket");
        let custody = &server.world.custody;
        let asked = custody.request_task(&wanda.credential, wanda.request(), DatasetRef::parse("scans"), None).await;
        let task = asked.unwrap().unwrap();
        let listed = client.get("/scans").query("list-type", "2").send().await.expect(200);
        assert_eq!(listed.all("Key"), ["left", "right"]);
        let versions = client.get("/scans").query("versions", "").send().await.expect(200);
        assert_eq!(versions.all("Key"), ["left", "right"]);
        assert_eq!(client.fetch("/scans/left").await, &b"scan"[..]);
        client.head("/scans/right").send().await.expect(200);
        for key in ["/scans/hidden", "/scans/nowhere"] {
            client.get(key).send().await.refused(404, "NoSuchKey");
            client.head(key).send().await.expect(404);
        }
        client.put("/scans/left").bytes(b"changed").send().await.refused(403, "AccessDenied");
        custody.return_task(&wanda.credential, wanda.request(), task.id).await.unwrap();
        client.get("/scans/left").send().await.refused(404, "NoSuchBucket");
        client.get("/scans").query("list-type", "2").send().await.refused(404, "NoSuchBucket");
    }
}
