//! Objects that come in parts.

use crate::common::{Call, Client, Server, noise, sha256};
use engines::TestDb;
use testkit::Team;

const LEAST: usize = 5 << 20;

/// A team with a bucket `scans`.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

async fn begin(client: &Client<'_>, path: &str) -> String {
    let begun = client.post(path).query("uploads", "").send().await.expect(200);
    begun.one("UploadId")
}

fn part<'s>(client: &Client<'s>, path: &str, upload: &str, number: u32) -> Call<'s> {
    let call = client.put(path).query("uploadId", upload);
    call.query("partNumber", &number.to_string())
        .payload("UNSIGNED-PAYLOAD")
}

async fn put(client: &Client<'_>, path: &str, upload: &str, number: u32, bytes: &[u8]) -> String {
    let reply = part(client, path, upload, number)
        .bytes(bytes)
        .send()
        .await
        .expect(200);
    reply.header("etag").to_owned()
}

fn complete<'s>(client: &Client<'s>, path: &str, upload: &str, parts: &[(u32, &str)]) -> Call<'s> {
    let named = |(number, tag): &(u32, &str)| {
        format!("<Part><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>")
    };
    let document: String = parts.iter().map(named).collect();
    let document = format!("<CompleteMultipartUpload>{document}</CompleteMultipartUpload>");
    client.post(path).query("uploadId", upload).xml(&document)
}

/// Bit by bit, apart from what the server computes it with.
fn crc32c(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            crc >> 1 ^ 0x82f6_3b78
        } else {
            crc >> 1
        }
    };
    let crc = bytes
        .iter()
        .fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step));
    base64::engine::general_purpose::STANDARD.encode((!crc).to_be_bytes())
}

engines::on_both! {
    async fn parts_become_one_object(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let bytes = noise(LEAST + 70_000);
        let (first, second) = bytes.split_at(LEAST);
        let begun = client.post("/scans/big").query("uploads", "").header("content-type", "image/tiff").header("x-amz-meta-camera", "front").header("cache-control", "no-cache");
        let upload = begun.send().await.expect(200).one("UploadId");
        // In any order; the last of a number counts.
        let two = put(&client, "/scans/big", &upload, 2, second).await;
        let wrong = put(&client, "/scans/big", &upload, 1, b"replaced").await;
        let one = put(&client, "/scans/big", &upload, 1, first).await;
        assert_ne!(wrong, one);
        client.get("/scans/big").send().await.refused(404, "NoSuchKey");
        // Tags come back as entities, bare, or in quotes.
        let bare = two.trim_matches('"');
        let entities = one.replace('"', "&#34;");
        let done = complete(&client, "/scans/big", &upload, &[(1, &entities), (2, bare)]).send().await.expect(200);
        assert!(done.one("ETag").contains('-'), "{}", done.text());
        assert!(!done.header("bailee-event").is_empty());
        let got = client.get("/scans/big").send().await.expect(200);
        assert!(got.bytes == bytes, "the bytes are those of the parts in order");
        assert_eq!(got.header("etag"), done.one("ETag").replace("&quot;", "\""));
        let said = ["content-type", "x-amz-meta-camera", "cache-control"].map(|name| got.header(name));
        assert_eq!(said, ["image/tiff", "front", "no-cache"]);
        let range = format!("bytes={}-{}", LEAST - 2, LEAST + 1);
        let across = client.get("/scans/big").header("range", &range).send().await.expect(206);
        assert_eq!(across.bytes, bytes[LEAST - 2..LEAST + 2]);
        let tail = client.get("/scans/big").query("partNumber", "2").send().await.expect(206);
        assert_eq!((tail.bytes, tail.headers["x-amz-mp-parts-count"].to_str().unwrap()), (second.to_vec().into(), "2"));
        client.get("/scans/big").query("partNumber", "3").send().await.refused(400, "InvalidPart");
        let attributes = client.get("/scans/big").query("attributes", "").header("x-amz-object-attributes", "ObjectParts");
        assert_eq!(attributes.send().await.expect(200).one("PartsCount"), "2");
        complete(&client, "/scans/big", &upload, &[(1, &one)]).send().await.refused(404, "NoSuchUpload");
    }

    async fn a_completion_names_what_came(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let upload = begin(&client, "/scans/a").await;
        let one = put(&client, "/scans/a", &upload, 1, b"small").await;
        let two = put(&client, "/scans/a", &upload, 2, b"small too").await;
        let refuse = async |parts: &[(u32, &str)], code: &str| {
            complete(&client, "/scans/a", &upload, parts).send().await.refused(400, code);
        };
        refuse(&[(1, &one), (2, &two)], "EntityTooSmall").await;
        refuse(&[(2, &two), (1, &one)], "InvalidPartOrder").await;
        refuse(&[(1, &two)], "InvalidPart").await;
        refuse(&[(3, &two)], "InvalidPart").await;
        refuse(&[], "MalformedXML").await;
        complete(&client, "/scans/other", &upload, &[(1, &one)]).send().await.refused(404, "NoSuchUpload");
        complete(&client, "/scans/a", &upload, &[(2, &two)]).send().await.expect(200);
        assert_eq!(&*client.fetch("/scans/a").await, b"small too");
    }

    async fn an_aborted_upload_leaves_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let upload = begin(&client, "/scans/a").await;
        put(&client, "/scans/a", &upload, 1, &noise(100_000)).await;
        assert!(!server.world.object_files().is_empty());
        client.delete("/scans/a").query("uploadId", &upload).send().await.expect(204);
        assert!(server.world.object_files().is_empty());
        client.get("/scans/a").query("uploadId", &upload).send().await.refused(404, "NoSuchUpload");
        part(&client, "/scans/a", &upload, 1).bytes(b"x").send().await.refused(404, "NoSuchUpload");
        client.get("/scans/a").query("uploadId", "no-id").send().await.refused(404, "NoSuchUpload");
    }

    async fn parts_are_held_to_what_was_stated(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let upload = begin(&client, "/scans/a").await;
        let bad = part(&client, "/scans/a", &upload, 1).bytes(b"hello").header("x-amz-checksum-crc32", "AAAAAA==");
        bad.send().await.refused(400, "BadDigest");
        let bad = part(&client, "/scans/a", &upload, 1).bytes(b"hello").payload(&sha256(b"another"));
        bad.send().await.refused(400, "XAmzContentSHA256Mismatch");
        part(&client, "/scans/a", &upload, 10_001).bytes(b"x").send().await.refused(400, "InvalidArgument");
        let none = client.get("/scans/a").query("uploadId", &upload).send().await.expect(200);
        assert!(none.all("PartNumber").is_empty(), "{}", none.text());
        let chunks = part(&client, "/scans/a", &upload, 1).unsigned_chunks(&[b"hel", b"lo"], "x-amz-checksum-crc64nvme:M3eFcAZSQlc=");
        let put = chunks.send().await.expect(200);
        assert_eq!(put.header("x-amz-checksum-crc64nvme"), "M3eFcAZSQlc=");
    }

    async fn checksums_of_parts_make_one_of_the_object(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        // AWS's own way: five MiB of a, then ten of b.
        let first = vec![b'a'; LEAST];
        let upload = begin(&client, "/scans/a").await;
        let one = part(&client, "/scans/a", &upload, 1).unsigned_chunks(&[&first], &format!("x-amz-checksum-crc32:{}", crc32(&first))).send().await.expect(200);
        let two = part(&client, "/scans/a", &upload, 2).bytes(b"bbbbbbbbbb").header("x-amz-checksum-crc32", &crc32(b"bbbbbbbbbb")).send().await.expect(200);
        let tags = [(1, one.header("etag")), (2, two.header("etag"))];
        let wrong = complete(&client, "/scans/a", &upload, &tags).header("x-amz-checksum-crc32", "AAAAAA==-2");
        wrong.send().await.refused(400, "BadDigest");
        let done = complete(&client, "/scans/a", &upload, &tags).send().await.expect(200);
        assert_eq!((done.one("ChecksumCRC32"), done.one("ChecksumType")), ("meG8JQ==-2".into(), "COMPOSITE".into()));
        let head = client.head("/scans/a").header("x-amz-checksum-mode", "ENABLED").send().await.expect(200);
        assert_eq!((head.header("x-amz-checksum-crc32"), head.header("x-amz-checksum-type")), ("meG8JQ==-2", "COMPOSITE"));
    }

    async fn checksums_of_parts_make_one_of_the_whole(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let first = vec![b'a'; LEAST];
        let begin = |kind: &str, over: &str| {
            let call = client.post("/scans/a").query("uploads", "").header("x-amz-checksum-algorithm", kind);
            call.header("x-amz-checksum-type", over).send()
        };
        begin("SHA256", "FULL_OBJECT").await.refused(400, "InvalidRequest");
        begin("CRC64NVME", "COMPOSITE").await.refused(400, "InvalidRequest");
        let begun = begin("CRC32", "FULL_OBJECT").await.expect(200);
        assert_eq!(begun.header("x-amz-checksum-type"), "FULL_OBJECT");
        let upload = begun.one("UploadId");
        let one = part(&client, "/scans/a", &upload, 1).bytes(&first).header("x-amz-checksum-crc32", &crc32(&first)).send().await.expect(200);
        let two = part(&client, "/scans/a", &upload, 2).bytes(b"bbbbbbbbbb").header("x-amz-checksum-crc32", &crc32(b"bbbbbbbbbb")).send().await.expect(200);
        let tags = [(1, one.header("etag")), (2, two.header("etag"))];
        let end = || complete(&client, "/scans/a", &upload, &tags);
        end().header("x-amz-checksum-crc32", "AAAAAA==").send().await.refused(400, "BadDigest");
        end().header("x-amz-checksum-crc32c", "AAAAAA==").send().await.refused(400, "InvalidRequest");
        end().header("x-amz-checksum-type", "COMPOSITE").send().await.refused(400, "InvalidRequest");
        let done = end().header("x-amz-checksum-crc32", "1FimjA==").header("x-amz-checksum-type", "FULL_OBJECT").send().await.expect(200);
        assert_eq!((done.one("ChecksumCRC32"), done.one("ChecksumType")), ("1FimjA==".into(), "FULL_OBJECT".into()));
        let head = client.head("/scans/a").header("x-amz-checksum-mode", "ENABLED").send().await.expect(200);
        assert_eq!((head.header("x-amz-checksum-crc32"), head.header("x-amz-checksum-type")), ("1FimjA==", "FULL_OBJECT"));
    }

    async fn parts_can_be_copied(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.store("/scans/source", b"0123456789").await;
        let upload = begin(&client, "/scans/a").await;
        let copy = |range: &str| part(&client, "/scans/a", &upload, 1).payload(crate::common::EMPTY).header("x-amz-copy-source", "/scans/source").header("x-amz-copy-source-range", range);
        copy("bytes=0-99").send().await.refused(416, "InvalidRange");
        copy("bytes=5-").send().await.refused(400, "InvalidArgument");
        let copied = copy("bytes=2-5").send().await.expect(200);
        let tag = copied.one("ETag").replace("&quot;", "\"");
        complete(&client, "/scans/a", &upload, &[(1, &tag)]).send().await.expect(200);
        assert_eq!(&*client.fetch("/scans/a").await, b"2345");
    }

    async fn a_part_is_told_with_what_it_came_with(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let upload = begin(&client, "/scans/film").await;
        let large = noise(LEAST);
        let first = part(&client, "/scans/film", &upload, 1).bytes(&large).header("x-amz-checksum-crc32c", &crc32c(&large));
        let first = first.send().await.expect(200).header("etag").to_owned();
        let second = part(&client, "/scans/film", &upload, 2).bytes(b"hello").header("x-amz-checksum-crc32c", "mnG7TA==");
        let second = second.send().await.expect(200).header("etag").to_owned();
        complete(&client, "/scans/film", &upload, &[(1, &first), (2, &second)]).send().await.expect(200);
        let attributes = |after: &'static str| client.get("/scans/film").query("attributes", "")
            .header("x-amz-object-attributes", "ETag,ObjectParts").header("x-amz-max-parts", "1").header("x-amz-part-number-marker", after);
        let told = attributes("0").send().await.expect(200);
        assert_eq!((told.one("PartNumber"), told.one("Size"), told.one("IsTruncated")), ("1".into(), LEAST.to_string(), "true".into()));
        assert!(!told.one("ETag").contains('"') && !told.one("ETag").contains("&quot;"), "{}", told.text());
        let told = attributes(&told.one("NextPartNumberMarker").leak()[..]).send().await.expect(200);
        assert_eq!((told.one("PartNumber"), told.one("ChecksumCRC32C"), told.one("IsTruncated")), ("2".into(), "mnG7TA==".into(), "false".into()));
        let got = client.get("/scans/film").query("partNumber", "2").header("x-amz-checksum-mode", "ENABLED").send().await.expect(206);
        assert_eq!((&*got.bytes, got.header("x-amz-checksum-crc32c")), (&b"hello"[..], "mnG7TA=="));
        client.get("/scans/film").query("partNumber", "3").send().await.refused(400, "InvalidPart");
        let short = client.put("/scans/b").query("partNumber", "1").query("uploadId", &begin(&client, "/scans/b").await);
        let short = short.header("x-amz-copy-source", "scans/film").header("x-amz-copy-source-range", "bytes=0-99999999");
        short.send().await.refused(416, "InvalidRange");
    }

    async fn uploads_and_parts_are_listed_in_order(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let mut uploads = Vec::new();
        for path in ["/scans/b", "/scans/dir/1", "/scans/a", "/scans/dir/2", "/scans/b"] {
            uploads.push(begin(&client, path).await);
        }
        let list = client.get("/scans").query("uploads", "").send().await.expect(200);
        assert_eq!(list.all("Key"), ["a", "b", "b", "dir/1", "dir/2"]);
        let page = client.get("/scans").query("uploads", "").query("max-uploads", "2").send().await.expect(200);
        assert_eq!((page.all("Key"), page.one("IsTruncated")), (vec!["a".to_owned(), "b".to_owned()], "true".into()));
        assert_eq!((page.one("NextKeyMarker"), page.one("NextUploadIdMarker")), ("b".into(), uploads[0].clone()));
        let rest = client.get("/scans").query("uploads", "").query("key-marker", "b").query("upload-id-marker", &uploads[0]).query("delimiter", "/").send().await.expect(200);
        assert_eq!((rest.all("UploadId"), rest.one("CommonPrefixes")), (vec![uploads[4].clone()], "<Prefix>dir/</Prefix>".into()));
        for number in [3, 1, 2] {
            put(&client, "/scans/b", &uploads[0], number, &[b'x'; 10][..number as usize]).await;
        }
        let parts = client.get("/scans/b").query("uploadId", &uploads[0]).query("max-parts", "2").send().await.expect(200);
        assert_eq!((parts.all("PartNumber"), parts.one("NextPartNumberMarker")), (vec!["1".to_owned(), "2".to_owned()], "2".into()));
        let rest = client.get("/scans/b").query("uploadId", &uploads[0]).query("part-number-marker", "2").send().await.expect(200);
        assert_eq!((rest.all("PartNumber"), rest.all("Size"), rest.one("IsTruncated")), (vec!["3".to_owned()], vec!["3".to_owned()], "false".into()));
    }

    async fn another_tenants_uploads_answer_as_unknown(db: TestDb) {
        let (server, team) = stage(db).await;
        let upload = begin(&server.by(&team.owner), "/scans/a").await;
        let stranger = server.world.team("stranger").await;
        stranger.owner.dataset("own").await.unwrap();
        let client = server.by(&stranger.owner);
        part(&client, "/scans/a", &upload, 1).bytes(b"x").send().await.refused(404, "NoSuchBucket");
        part(&client, "/own/a", &upload, 1).bytes(b"x").send().await.refused(404, "NoSuchUpload");
        client.delete("/own/a").query("uploadId", &upload).send().await.refused(404, "NoSuchUpload");
        client.get("/own/a").query("uploadId", &upload).send().await.refused(404, "NoSuchUpload");
        server.by(&team.owner).get("/scans/a").query("uploadId", &upload).send().await.expect(200);
    }
}

/// The checksum by the book (reflected polynomial 0xEDB88320), in base64.
fn crc32(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let step = |crc: u32, _| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    let crc = bytes
        .iter()
        .fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step));
    base64::engine::general_purpose::STANDARD.encode((!crc).to_be_bytes())
}
