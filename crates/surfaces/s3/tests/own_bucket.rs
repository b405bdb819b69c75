//! Buckets whose objects lie in a bucket of the tenant's own: read as all others, and written by nobody.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod common;

use common::Server;
use custody::dataset::{DatasetRef, NewOwnBucket};
use custody::item::{Import, Outcome};
use engines::Elsewhere;
use s3::Settings;
use testkit::{Person, World};

const CONTENT: &[u8] = b"the bytes of the tenant's own bucket";

/// An installation that allows the bucket's host, whose dataset `scans` refers to the one object there.
async fn referring(db: engines::TestDb, bucket: &Elsewhere) -> (Server, Person) {
    let mut world = World::on(db).await;
    let hosts = bucket.endpoint().replace("http://", "").parse().unwrap();
    world.custody = world.custody.with_own_buckets(hosts);
    let owner = world.team("clinic").await.owner;
    owner.dataset("scans").await.unwrap();
    std::fs::write(bucket.folder().join("chest.dcm"), CONTENT).unwrap();
    let (access_key, secret_key) = bucket.keys();
    let new = NewOwnBucket {
        url: format!("s3://{}", bucket.bucket()),
        endpoint: bucket.endpoint(),
        region: "us-east-1".into(),
        access_key: access_key.into(),
        secret_key: secret_key.into(),
    };
    let (custody, scans) = (&world.custody, || DatasetRef::parse("scans"));
    custody
        .set_own_bucket(&owner.credential, owner.request(), scans(), new)
        .await
        .unwrap();
    let all = Import::Folder {
        folder: String::new(),
        after: None,
        most: 10,
    };
    let imported = custody
        .import(&owner.credential, owner.request(), scans(), all)
        .await;
    let entries = imported.unwrap().entries;
    assert!(
        matches!(entries[..], [ref one] if matches!(one.outcome, Outcome::Created(_))),
        "{entries:?}"
    );
    (Server::over(world, Settings::default()), owner)
}

engines::on_both! {
    async fn objects_are_passed_on_from_the_tenants_bucket(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let (server, owner) = referring(db, &bucket).await;
        let client = server.by(&owner);
        let whole = client.get("/scans/chest.dcm").send().await.expect(200);
        assert_eq!(whole.bytes, CONTENT);
        assert!(!whole.header("etag").is_empty());
        let part = client.get("/scans/chest.dcm").header("range", "bytes=4-8").send().await.expect(206);
        assert_eq!(part.bytes, CONTENT[4..9]);
        let head = client.head("/scans/chest.dcm").send().await.expect(200);
        assert_eq!(head.header("content-length"), CONTENT.len().to_string());
        let listed = client.get("/scans").query("list-type", "2").send().await.expect(200).text();
        assert!(listed.contains("<Key>chest.dcm</Key>"), "{listed}");
        std::fs::write(bucket.folder().join("chest.dcm"), b"others").unwrap();
        client.get("/scans/chest.dcm").send().await.expect(403);
    }

    async fn nothing_can_be_put_there(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let (server, owner) = referring(db, &bucket).await;
        let client = server.by(&owner);
        for key in ["/scans/chest.dcm", "/scans/new"] {
            for body in [&b"small"[..], &[7; 100_000]] {
                let refused = client.put(key).bytes(body).send().await.expect(403);
                assert!(refused.text().contains("InvalidObjectState"), "{}", refused.text());
            }
        }
        client.post("/scans/new").query("uploads", "").send().await.expect(403);
        assert_eq!(client.get("/scans/chest.dcm").send().await.expect(200).bytes, CONTENT);
    }
}
