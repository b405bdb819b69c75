//! Keys that the client brings with each request.

use crate::common::{Call, Server, noise};
use engines::TestDb;
use s3::Settings;
use testkit::Team;

const OWN: &str = "x-amz-server-side-encryption-customer-";
const SOURCE: &str = "x-amz-copy-source-server-side-encryption-customer-";
/// Base64 of a key and of its MD5: 32 letters `k`, and 32 letters `o`.
const ONE: [&str; 2] = [
    "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "mT2HRsMGJ5IX5C+0rreZ8Q==",
];
const OTHER: [&str; 2] = [
    "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=",
    "PU6HMsdu0iozac5HrrKJcg==",
];
const LEAST: usize = 5 << 20;

async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

fn with<'s>(call: Call<'s>, begin: &str, [key, md5]: [&str; 2]) -> Call<'s> {
    call.header(&format!("{begin}algorithm"), "AES256")
        .header(&format!("{begin}key"), key)
        .header(&format!("{begin}key-md5"), md5)
}

engines::on_both! {
    async fn only_the_key_that_sealed_it_opens_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for size in [5, 300_000] {
            let bytes = noise(size);
            let put = with(client.put("/scans/a").bytes(&bytes), OWN, ONE).send().await.expect(200);
            assert_eq!(put.header(&format!("{OWN}key-md5")), ONE[1]);
            assert_eq!(put.header(&format!("{OWN}algorithm")), "AES256");
            assert_eq!(put.header("x-amz-server-side-encryption"), "");
            let got = with(client.get("/scans/a"), OWN, ONE).send().await.expect(200);
            assert!(got.bytes == bytes);
            assert_eq!(got.header(&format!("{OWN}key-md5")), ONE[1]);
            let part = with(client.get("/scans/a").header("range", "bytes=1-3"), OWN, ONE).send().await.expect(206);
            assert_eq!(part.bytes, &bytes[1..4]);
            let head = with(client.head("/scans/a"), OWN, ONE).send().await.expect(200);
            assert_eq!(head.header("content-length"), size.to_string());
            assert!(head.bytes.is_empty());
            with(client.head("/scans/a").header("range", "bytes=1-3"), OWN, ONE).send().await.expect(206);
            client.get("/scans/a").send().await.refused(400, "InvalidRequest");
            client.head("/scans/a").send().await.expect(400);
            with(client.get("/scans/a"), OWN, OTHER).send().await.refused(403, "AccessDenied");
            with(client.head("/scans/a"), OWN, OTHER).send().await.expect(403);
            // The same where conditions make it look first.
            let since = "Mon, 05 Jan 2015 09:00:00 GMT";
            client.get("/scans/a").header("if-modified-since", since).send().await.refused(400, "InvalidRequest");
            with(client.get("/scans/a").header("if-modified-since", since), OWN, OTHER).send().await.refused(403, "AccessDenied");
            let got = with(client.get("/scans/a").header("if-modified-since", since), OWN, ONE).send().await.expect(200);
            assert!(got.bytes == bytes);
            client.get("/scans/a").query("attributes", "").header("x-amz-object-attributes", "ETag").send().await.refused(400, "InvalidRequest");
            let attributes = client.get("/scans/a").query("attributes", "").header("x-amz-object-attributes", "ObjectSize");
            assert_eq!(with(attributes, OWN, ONE).send().await.expect(200).one("ObjectSize"), size.to_string());
        }
        client.store("/scans/plain", b"plain").await;
        with(client.get("/scans/plain"), OWN, ONE).send().await.refused(400, "InvalidRequest");
        with(client.head("/scans/plain"), OWN, ONE).send().await.expect(400);
        assert_eq!(client.fetch("/scans/plain").await, "plain");
    }

    async fn a_key_that_is_not_what_was_stated_is_refused(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = || client.put("/scans/a").bytes(b"x");
        with(put(), OWN, [ONE[0], OTHER[1]]).send().await.refused(400, "InvalidArgument");
        with(put(), OWN, ["a2tr", ONE[1]]).send().await.refused(400, "InvalidArgument");
        with(put(), OWN, ONE).header(&format!("{OWN}algorithm"), "AES128").send().await.refused(400, "InvalidEncryptionAlgorithmError");
        put().header(&format!("{OWN}algorithm"), "AES256").send().await.refused(400, "InvalidArgument");
        with(put(), OWN, ONE).header("x-amz-server-side-encryption", "AES256").send().await.refused(400, "InvalidArgument");
        client.get("/scans/a").send().await.refused(404, "NoSuchKey");
        // An MD5 of the content would say something of it to whoever has no key.
        let put = put().header("content-md5", "nd1OCTdBBBjmBqsXAmRpxg==");
        with(put, OWN, ONE).send().await.refused(400, "BadDigest");
        let put = client.put("/scans/a").bytes(b"hello").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==");
        let put = with(put, OWN, ONE).send().await.expect(200);
        assert!(put.header("etag").contains('-'), "{}", put.header("etag"));
    }

    async fn every_part_comes_with_the_key(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let begun = with(client.post("/scans/big").query("uploads", ""), OWN, ONE).send().await.expect(200);
        assert_eq!(begun.header(&format!("{OWN}key-md5")), ONE[1]);
        let upload = begun.one("UploadId");
        let bytes = noise(LEAST + 1_000);
        let part = |number: &str, bytes: &[u8]| {
            let call = client.put("/scans/big").query("uploadId", &upload).query("partNumber", number);
            call.payload("UNSIGNED-PAYLOAD").bytes(bytes)
        };
        part("1", b"x").send().await.refused(400, "InvalidRequest");
        with(part("1", b"x"), OWN, OTHER).send().await.refused(400, "InvalidArgument");
        let one = with(part("1", &bytes[..LEAST]), OWN, ONE).send().await.expect(200).header("etag").to_owned();
        // A part that is copied from an object which has a key of its own.
        with(client.put("/scans/source").bytes(&bytes[LEAST..]), OWN, OTHER).send().await.expect(200);
        let copy = || {
            let call = client.put("/scans/big").query("uploadId", &upload).query("partNumber", "2");
            with(call.header("x-amz-copy-source", "/scans/source"), OWN, ONE)
        };
        copy().send().await.refused(400, "InvalidRequest");
        with(copy(), SOURCE, ONE).send().await.refused(403, "AccessDenied");
        let two = with(copy(), SOURCE, OTHER).send().await.expect(200).one("ETag");
        let document = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{one}</ETag></Part>\
             <Part><PartNumber>2</PartNumber><ETag>{two}</ETag></Part></CompleteMultipartUpload>"
        );
        let complete = || client.post("/scans/big").query("uploadId", &upload).xml(&document);
        with(complete(), OWN, OTHER).send().await.refused(400, "InvalidArgument");
        complete().send().await.expect(200);
        client.get("/scans/big").send().await.refused(400, "InvalidRequest");
        let got = with(client.get("/scans/big"), OWN, ONE).send().await.expect(200);
        assert!(got.bytes == bytes);
        let head = with(client.head("/scans/big").query("partNumber", "2"), OWN, ONE).send().await.expect(206);
        assert_eq!((head.header("content-length"), head.header("x-amz-mp-parts-count")), ("1000", "2"));
    }

    async fn an_upload_with_checksums_ends_with_its_key(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let begun = with(client.post("/scans/a").query("uploads", ""), OWN, ONE).header("x-amz-checksum-algorithm", "CRC32");
        let upload = begun.send().await.expect(200).one("UploadId");
        let part = client.put("/scans/a").query("uploadId", &upload).query("partNumber", "1").bytes(b"hello");
        let tag = with(part, OWN, ONE).header("x-amz-checksum-crc32", "NhCmhg==").send().await.expect(200);
        let document = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
            tag.header("etag")
        );
        let complete = || client.post("/scans/a").query("uploadId", &upload).xml(&document);
        complete().send().await.refused(400, "InvalidRequest");
        with(complete(), OWN, OTHER).send().await.refused(400, "InvalidArgument");
        with(complete(), OWN, ONE).send().await.expect(200);
    }

    async fn a_copy_can_be_given_another_key(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        with(client.put("/scans/a").bytes(b"sealed twice"), OWN, ONE).send().await.expect(200);
        let copy = |to: &str| client.put(to).header("x-amz-copy-source", "/scans/a");
        copy("/scans/b").send().await.refused(400, "InvalidRequest");
        with(copy("/scans/b"), SOURCE, OTHER).send().await.refused(403, "AccessDenied");
        with(copy("/scans/b"), SOURCE, ONE).send().await.expect(200);
        assert_eq!(client.fetch("/scans/b").await, "sealed twice");
        let copied = with(with(copy("/scans/c"), SOURCE, ONE), OWN, OTHER).send().await.expect(200);
        assert_eq!(copied.header(&format!("{OWN}key-md5")), OTHER[1]);
        with(client.get("/scans/c"), OWN, ONE).send().await.refused(403, "AccessDenied");
        assert_eq!(with(client.get("/scans/c"), OWN, OTHER).send().await.expect(200).bytes, "sealed twice");
        // Onto itself: another key is a change.
        with(with(copy("/scans/a"), SOURCE, ONE), OWN, OTHER).send().await.expect(200);
        with(client.get("/scans/a"), OWN, OTHER).send().await.expect(200);
    }

    async fn in_clear_no_key_is_taken(db: TestDb) {
        let settings = Settings { tls: false, ..Settings::default() };
        let server = Server::with(db, settings).await;
        let team = server.world.team("clinic").await;
        team.owner.dataset("scans").await.unwrap();
        let client = server.by(&team.owner);
        let message = with(client.put("/scans/a").bytes(b"x"), OWN, ONE).send().await.refused(400, "InvalidRequest");
        assert!(message.contains("TLS"), "{message}");
        client.store("/scans/a", b"x").await;
        with(client.get("/scans/a"), OWN, ONE).send().await.refused(400, "InvalidRequest");
    }
}
