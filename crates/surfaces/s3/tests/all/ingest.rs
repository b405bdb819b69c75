//! Buckets that take in some things only, by each way that S3 has.

use crate::common::{Client, Server, noise};
use custody::dataset::{DatasetChange, DatasetRef, Ingest, Reading, Redaction};
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
        ..Ingest::default()
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

    async fn a_bucket_that_asks_why_is_read_for_its_reasons_alone(db: TestDb) {
        let (server, team) = stage(db).await;
        let (client, owner) = (server.by(&team.owner), &team.owner);
        client.put("/any/a").bytes(b"bytes").send().await.expect(200);
        let rule = Reading { reasons: vec!["care".into()], note: false };
        let change = DatasetChange { reading: Some(Some(rule)), ..DatasetChange::default() };
        let any = DatasetRef::parse("any");
        owner.custody().change_dataset(&owner.credential, owner.request(), any, change).await.unwrap();
        let message = client.get("/any/a").send().await.refused(403, "AccessDenied");
        assert!(message.contains("one of care"), "{message}");
        client.get("/any/a").header("bailee-reason", "curiosity").send().await.refused(403, "AccessDenied");
        let copied = client.put("/scans/a").header("x-amz-copy-source", "/any/a").bytes(b"").send().await;
        copied.refused(403, "AccessDenied");
        client.head("/any/a").send().await.expect(200);
        client.get("/any").query("list-type", "2").send().await.expect(200);
        for name in ["bailee-reason", "x-amz-meta-bailee-reason"] {
            let read = client.get("/any/a").header(name, "care").send().await.expect(200);
            assert_eq!(read.text(), "bytes");
        }
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

    async fn a_bucket_that_cleans_answers_for_the_bytes_it_keeps(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, client) = (&team.owner, server.by(&team.owner));
        let rule = Ingest { redaction: Some(Redaction::CleanOrRefuse), ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(rule)), ..DatasetChange::default() };
        let any = DatasetRef::parse("any");
        owner.custody().change_dataset(&owner.credential, owner.request(), any, change).await.unwrap();
        let put = |key: &str, text: &str, md5: &str| {
            client.put(key).header("content-type", "text/plain").header("content-md5", md5).bytes(text.as_bytes())
        };
        let same = put("/any/same", "nothing to clean", "nrZAHt26sRs8ccfpb2Pvhw==").send().await.expect(200).header("etag").to_owned();
        assert_eq!(same.trim_matches('"').len(), 32, "as ever: {same}");
        let stated = put("/any/a", "ask jane@example.com", "7JLxN21/QlXCE6vh9+0mPQ==").header("x-amz-checksum-crc32", "JSKsbA==");
        let stored = stated.send().await.expect(200);
        let tag = stored.header("etag").to_owned();
        let got = client.get("/any/a").header("x-amz-checksum-mode", "ENABLED").send().await.expect(200);
        assert_eq!((got.text(), got.header("etag")), ("ask [EMAIL]".to_owned(), tag.as_str()));
        assert_ne!(tag.trim_matches('"').len(), 32, "not the digest of what is not kept");
        for answer in [&stored, &got] {
            assert_eq!(answer.header("x-amz-checksum-crc32"), "", "nor its checksum");
        }
        let message = client.put("/any/b.pdf").header("content-type", "application/pdf").bytes(b"%PDF-1.7").send().await
            .refused(400, "InvalidRequest");
        assert!(message.contains("cannot be cleaned"), "{message}");
        let copy = client.put("/any/d").header("x-amz-copy-source", "/any/a");
        copy.send().await.expect(200);
        assert_eq!(client.get("/any/d").send().await.expect(200).text(), "ask [EMAIL]");
    }
    async fn what_is_in_quarantine_is_no_object(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, client) = (&team.owner, server.by(&team.owner));
        let rule = Ingest { redaction: Some(Redaction::Clean), ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(rule)), ..DatasetChange::default() };
        let any = DatasetRef::parse("any");
        owner.custody().change_dataset(&owner.credential, owner.request(), any.clone(), change).await.unwrap();
        let message = client.put("/any/a.pdf").bytes(b"%PDF-1.7").send().await.refused(403, "InvalidObjectState");
        assert!(message.contains("kept in quarantine") && message.contains("cannot be cleaned"), "{message}");
        let quarantined = async || {
            let page = kernel::PageRequest::first(10);
            let held = owner.custody().list_quarantine(&owner.credential, owner.request(), any.clone(), page).await.unwrap();
            held.items.iter().map(|item| item.version.id.to_string()).collect::<Vec<_>>()
        };
        let version = quarantined().await.remove(0);
        is_absent(&client, "/any/a.pdf").await;
        let versioned = client.get("/any/a.pdf").query("versionId", &version);
        versioned.send().await.refused(404, "NoSuchKey");
        client.head("/any/a.pdf").query("versionId", &version).send().await.expect(404);
        let from = format!("/any/a.pdf?versionId={version}");
        let copy = client.put("/scans/copy").header("x-amz-copy-source", &from).header("bailee-class", "health");
        copy.send().await.refused(404, "NoSuchKey");
        client.delete("/any/a.pdf").query("versionId", &version).send().await;
        assert_eq!(quarantined().await, std::slice::from_ref(&version), "it is not deleted that way");
        let listed = client.get("/any").query("list-type", "2").send().await.expect(200).text();
        let versions = client.get("/any").query("versions", "").send().await.expect(200).text();
        assert!(!listed.contains("a.pdf") && !versions.contains("a.pdf"), "{listed} {versions}");
        client.put("/any/a.pdf").header("content-type", "text/plain").bytes(b"ask jane@example.com").send().await.expect(200);
        assert_eq!(client.get("/any/a.pdf").send().await.expect(200).text(), "ask [EMAIL]");
        for end in ["", "&partNumber=1"] {
            let held = client.get("/any/a.pdf").query("versionId", &version);
            let held = if end.is_empty() { held } else { held.query("partNumber", "1") };
            let message = held.send().await.refused(403, "InvalidObjectState");
            assert!(message.contains("in quarantine"), "{message}");
        }
        client.head("/any/a.pdf").query("versionId", &version).send().await.expect(403);
        let copy = client.put("/scans/copy").header("x-amz-copy-source", &from).header("bailee-class", "health");
        copy.send().await.refused(403, "InvalidObjectState");
        client.delete("/any/a.pdf").query("versionId", &version).send().await.refused(403, "InvalidObjectState");
    }

    async fn parts_are_cleaned_when_they_are_complete(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, client) = (&team.owner, server.by(&team.owner));
        let rule = Ingest { redaction: Some(Redaction::Clean), ..Ingest::default() };
        let change = DatasetChange { ingest: Some(Some(rule)), ..DatasetChange::default() };
        owner.custody().change_dataset(&owner.credential, owner.request(), DatasetRef::parse("any"), change).await.unwrap();
        let words = "words ".repeat(900_000);
        let complete = async |key: &str, kind: &str, bytes: [&[u8]; 2]| {
            let path = format!("/any/{key}");
            let begun = client.post(&path).query("uploads", "").header("content-type", kind).send().await.expect(200);
            let upload = begun.one("UploadId");
            let mut parts = String::new();
            for (number, bytes) in ["1", "2"].into_iter().zip(bytes) {
                let part = client.put(&path).query("uploadId", &upload).query("partNumber", number).bytes(bytes);
                let tag = part.send().await.expect(200).header("etag").to_owned();
                parts.push_str(&format!("<Part><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>"));
            }
            let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
            (upload.clone(), document.clone(), client.post(&path).query("uploadId", &upload).xml(&document).send().await)
        };
        let (upload, document, done) = complete("a", "text/plain", [words.as_bytes(), b"ask jane@example.com"]).await;
        let tag = done.expect(200).one("ETag");
        let again = client.post("/any/a").query("uploadId", &upload).xml(&document).send().await.expect(200);
        assert_eq!(again.one("ETag"), tag, "as before, when the answer was lost");
        let got = client.get("/any/a").send().await.expect(200);
        assert_eq!(got.header("etag"), tag.replace("&quot;", "\""));
        assert!(!tag.contains('-') || tag.matches('-').count() == 4, "the digest of no parts: {tag}");
        assert!(got.text().ends_with("words ask [EMAIL]"));
        let (_, _, held) = complete("b", "application/pdf", [&[b"%PDF-1.7".to_vec(), noise(5 << 20)].concat(), b"end"]).await;
        held.refused(403, "InvalidObjectState");
        is_absent(&client, "/any/b").await;
    }
}
