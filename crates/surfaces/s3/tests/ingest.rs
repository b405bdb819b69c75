//! Buckets that take in some things only, by each way that S3 has.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod common;

use common::{Client, Server, noise};
use custody::dataset::{DatasetChange, DatasetRef, Ingest};
use engines::TestDb;
use testkit::Team;

const MOST: usize = 100_000;

/// A team with a bucket `scans` that takes in pictures of a class, and one, `any`, that takes in anything.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    let owner = &team.owner;
    for name in ["scans", "any"] {
        owner.dataset(name).await.unwrap();
    }
    let rule = Ingest {
        types: vec!["image/*".into()],
        max_bytes: Some(MOST as u64),
        classes: vec!["health".into()],
    };
    let change = DatasetChange {
        ingest: Some(Some(rule)),
        ..DatasetChange::default()
    };
    let custody = owner.custody();
    let scans = DatasetRef::parse("scans");
    custody
        .change_dataset(&owner.credential, owner.request(), scans, change)
        .await
        .unwrap();
    (server, team)
}

fn picture(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(noise(length - bytes.len()));
    bytes
}

async fn is_absent(client: &Client<'_>, path: &str) {
    client.get(path).send().await.refused(404, "NoSuchKey");
}

engines::on_both! {
    async fn a_put_declares_its_class_and_hears_what_is_taken(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = |bytes: &[u8], kind: &str| client.put("/scans/a").header("content-type", kind).bytes(bytes);
        let message = put(&picture(90), "image/png").send().await.refused(400, "InvalidRequest");
        assert!(message.contains("health"), "{message}");
        let put = |bytes: &[u8], kind: &str| put(bytes, kind).header("bailee-class", "health");
        let message = put(&picture(90), "text/csv").send().await.refused(400, "InvalidRequest");
        assert!(message.contains("image/*"), "{message}");
        put(&noise(90_000), "image/png").send().await.refused(400, "InvalidRequest");
        let message = put(&picture(MOST + 1), "image/png").send().await.refused(400, "EntityTooLarge");
        assert!(message.contains("100000 bytes"), "{message}");
        is_absent(&client, "/scans/a").await;
        put(&picture(MOST), "image/png").send().await.expect(200);
        let shown = client.head("/scans/a").send().await.expect(200);
        assert_eq!(shown.header("x-amz-meta-bailee-class"), "health");
        let plain = client.put("/scans/b").header("x-amz-meta-bailee-class", "health").bytes(&picture(90));
        plain.send().await.expect(200);
        let chunks = client.put("/scans/c").header("bailee-class", "health").header("content-type", "image/png");
        let large = picture(MOST + 1);
        let chunks = chunks.signed_chunks(&[&large[..65_536], &large[65_536..]], |_| {});
        chunks.send().await.refused(400, "EntityTooLarge");
        is_absent(&client, "/scans/c").await;
    }

    async fn a_copy_is_held_to_the_bucket_it_goes_to(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.put("/any/plain").header("content-type", "image/png").bytes(&picture(50_000)).send().await.expect(200);
        client.put("/any/classed").header("content-type", "image/png").header("bailee-class", "health")
            .bytes(&picture(50_000)).send().await.expect(200);
        client.put("/any/text").header("content-type", "text/csv").header("bailee-class", "health")
            .bytes(b"a,b").send().await.expect(200);
        let copy = |from: &str, to: &str| client.put(to).header("x-amz-copy-source", from);
        copy("/any/plain", "/scans/a").send().await.refused(400, "InvalidRequest");
        copy("/any/text", "/scans/a").send().await.refused(400, "InvalidRequest");
        let called = copy("/any/text", "/scans/a").header("x-amz-metadata-directive", "REPLACE");
        let called = called.header("content-type", "image/png").header("bailee-class", "health");
        called.send().await.refused(400, "InvalidRequest");
        is_absent(&client, "/scans/a").await;
        copy("/any/classed", "/scans/a").send().await.expect(200);
        copy("/any/plain", "/scans/b").header("bailee-class", "health").send().await.expect(200);
        let shown = client.head("/scans/a").send().await.expect(200);
        assert_eq!(shown.header("x-amz-meta-bailee-class"), "health");
    }

    async fn parts_are_held_to_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let begin = |kind: &str| client.post("/scans/film").query("uploads", "").header("content-type", kind);
        begin("image/png").send().await.refused(400, "InvalidRequest");
        begin("video/mp4").header("bailee-class", "health").send().await.refused(400, "InvalidRequest");
        let begun = begin("image/png").header("x-amz-meta-bailee-class", "health").send().await.expect(200);
        let upload = begun.one("UploadId");
        let part = |number: &str, bytes: &[u8]| {
            client.put("/scans/film").query("uploadId", &upload).query("partNumber", number).bytes(bytes)
        };
        part("1", &noise(60_000)).send().await.refused(400, "InvalidRequest");
        part("2", &picture(60_000)).send().await.expect(200);
        part("1", &picture(40_001)).send().await.refused(400, "EntityTooLarge");
        client.put("/any/large").bytes(&picture(40_001)).send().await.expect(200);
        let copied = client.put("/scans/film").query("uploadId", &upload).query("partNumber", "1")
            .header("x-amz-copy-source", "/any/large");
        copied.send().await.refused(400, "EntityTooLarge");
        let tag = part("1", &picture(40_000)).send().await.expect(200).header("etag").to_owned();
        let document = format!(
            "<CompleteMultipartUpload><Part><ETag>{tag}</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>"
        );
        client.post("/scans/film").query("uploadId", &upload).xml(&document).send().await.expect(200);
        let shown = client.head("/scans/film").send().await.expect(200);
        assert_eq!(shown.header("x-amz-meta-bailee-class"), "health");
    }
}
