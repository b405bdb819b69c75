//! Buckets whose objects lie in a bucket of the tenant's own: read as all others, and written where that is wanted.

use crate::common::Server;
use custody::dataset::{BucketMode, DatasetRef, NewOwnBucket};
use custody::item::{Import, Outcome};
use engines::Elsewhere;
use s3::Settings;
use testkit::{Person, World};

const CONTENT: &[u8] = b"the bytes of the tenant's own bucket";

/// An installation that allows the bucket's host, whose dataset `scans` refers to the one object there.
async fn referring(db: engines::TestDb, bucket: &Elsewhere, mode: BucketMode) -> (Server, Person) {
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
        mode,
        delete_remote: mode == BucketMode::ReadWrite,
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
        let (server, owner) = referring(db, &bucket, BucketMode::Read).await;
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
        let (server, owner) = referring(db, &bucket, BucketMode::Read).await;
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

    async fn what_is_put_goes_there_and_what_is_destroyed_goes_from_there(db: TestDb) {
        let bucket = Elsewhere::start().unwrap();
        let (server, owner) = referring(db, &bucket, BucketMode::ReadWrite).await;
        let client = server.by(&owner);
        let there = |key: &str| std::fs::read(bucket.folder().join(key)).ok();
        for (key, content) in [("a/small", &b"small"[..]), ("a/large", &[7; 100_000])] {
            let path = format!("/scans/{key}");
            let put = client.put(&path).bytes(content).send().await.expect(200);
            assert!(put.header("x-amz-server-side-encryption").is_empty());
            assert!(there(key).unwrap() == content);
            let got = client.get(&path).send().await.expect(200);
            assert!(got.bytes == content && got.header("x-amz-server-side-encryption").is_empty());
            // What is archived is there still; what is destroyed is not.
            client.delete(&path).send().await.expect(204);
            assert!(there(key).is_some());
            client.delete(&path).query("versionId", put.header("x-amz-version-id")).send().await.expect(204);
            assert_eq!(there(key), None);
        }
        // Nothing there is sealed by this server, so asking for it is no use.
        let sealed = client.put("/scans/b").bytes(b"small").header("x-amz-server-side-encryption", "AES256");
        assert!(sealed.send().await.expect(400).text().contains("not sealed here"));
        assert_eq!(there("b"), None);
    }

    async fn where_the_bucket_keeps_versions_so_does_the_item(db: TestDb) {
        // Another tenant's bucket of the same installation, reached over the network.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let mut world = World::on(db).await;
        world.custody = world.custody.with_own_buckets(host.parse().unwrap());
        let (clinic, vault) = (world.team("clinic").await.owner, world.team("vault").await.owner);
        vault.dataset("kept").await.unwrap();
        clinic.dataset("scans").await.unwrap();
        let secret = vault.credential.signing_secret().unwrap();
        let new = NewOwnBucket {
            url: "s3://kept/of/clinic".into(),
            endpoint: format!("http://{host}"),
            region: "eu-north-1".into(),
            access_key: vault.credential.access_key(),
            secret_key: secrecy::ExposeSecret::expose_secret(&secret).to_owned(),
            mode: BucketMode::ReadWrite,
            delete_remote: true,
        };
        let set = world.custody.set_own_bucket(&clinic.credential, clinic.request(), DatasetRef::parse("scans"), new);
        set.await.unwrap();
        let server = Server::over(world, Settings::default());
        server.listen(listener);
        let (client, theirs) = (server.by(&clinic), server.by(&vault));
        let versions = async || {
            let listed = theirs.get("/kept").query("versions", "").send().await.expect(200);
            assert!(listed.all("Key").iter().all(|key| key == "of/clinic/a b"), "{}", listed.text());
            listed.all("VersionId").len()
        };
        let contents = [b"the first".to_vec(), vec![7; 9 << 20], b"the third".to_vec()];
        let mut put = Vec::new();
        for content in &contents {
            let answer = client.put("/scans/a%20b").bytes(content).send().await.expect(200);
            put.push(answer.header("x-amz-version-id").to_owned());
        }
        assert_eq!(versions().await, 3);
        for (version, content) in put.iter().zip(&contents) {
            let got = client.get("/scans/a%20b").query("versionId", version).send().await.expect(200);
            assert!(got.bytes == content);
        }
        // What becomes no version is removed there.
        let stale = client.put("/scans/a%20b").bytes(b"stale").header("if-match", "\"stale\"");
        stale.send().await.expect(412);
        assert_eq!(versions().await, 3);
        // A version goes there when it goes here, and no other.
        client.delete("/scans/a%20b").query("versionId", &put[1]).send().await.expect(204);
        assert_eq!(versions().await, 2);
        let first = client.get("/scans/a%20b").query("versionId", &put[0]).send().await.expect(200);
        assert!(first.bytes == contents[0]);
        assert!(client.get("/scans/a%20b").send().await.expect(200).bytes == contents[2]);
    }
}
