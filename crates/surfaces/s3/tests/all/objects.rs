//! Keys: put, got, looked at, copied, deleted.

use crate::common::{Client, Server, noise};
use access::Class;
use custody::dataset::DatasetRef;
use custody::item::{PutItem, Target, Verb};
use custody::record::{Field, FieldType, Mask, NewKind};
use custody::trail::TrailFilter;
use engines::TestDb;
use testkit::{Team, pieces};

/// A team with a bucket `scans`.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

/// Puts two versions under `/scans/a.txt` and gives their ids.
async fn two_versions(client: &Client<'_>) -> (String, String) {
    let first = client.store("/scans/a.txt", b"first").await;
    let second = client.store("/scans/a.txt", b"the second").await;
    assert_ne!(first, second);
    (first, second)
}

engines::on_both! {
    async fn what_was_put_comes_back_as_it_was(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for size in [0, 1, 40_000, 300_000] {
            let bytes = noise(size);
            let put = client.put("/scans/chest/01.dcm").bytes(&bytes).send().await.expect(200);
            assert!(put.header("etag").contains('-'), "no tag may look like an MD5");
            assert!(!put.header("bailee-event").is_empty());
            assert_eq!(put.header("x-amz-server-side-encryption"), "AES256");
            let got = client.get("/scans/chest/01.dcm").send().await.expect(200);
            assert_eq!(got.bytes, bytes);
            assert_eq!(got.header("content-length"), size.to_string());
            assert_eq!(got.header("etag"), put.header("etag"));
            assert_eq!(got.header("x-amz-version-id"), put.header("x-amz-version-id"));
        }
    }

    async fn names_are_taken_as_they_are(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for (number, path) in ["/scans/a%20b%2Bc.txt", "/scans//lead", "/scans/a/../b", "/scans/%C3%BC%E2%82%AC~=*'()", "/scans/dir/"].iter().enumerate() {
            let bytes = number.to_string();
            client.store(path, bytes.as_bytes()).await;
            assert_eq!(client.fetch(path).await, bytes, "{path}");
        }
        assert_eq!(client.fetch("/scans/%C3%BC%E2%82%AC~%3D%2A%27%28%29").await, "3");
        let long = format!("/scans/{}", "a".repeat(1_025));
        client.put(&long).bytes(b"x").send().await.refused(400, "KeyTooLongError");
    }

    async fn what_is_said_of_an_object_comes_back(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let said = [
            ("content-type", "image/png"),
            ("cache-control", "max-age=60"),
            ("content-disposition", "inline"),
            ("content-encoding", "gzip"),
            ("content-language", "de"),
            ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
            ("x-amz-meta-camera", "front"),
            ("x-amz-meta-mtime", "1767603600.5"),
        ];
        let put = said.iter().fold(client.put("/scans/a.png").bytes(b"png"), |call, (name, value)| call.header(name, value));
        put.send().await.expect(200);
        for reply in [client.get("/scans/a.png").send().await, client.head("/scans/a.png").send().await] {
            for (name, value) in said {
                assert_eq!(reply.header(name), value, "{name}");
            }
            assert!(reply.header("last-modified").ends_with("GMT"));
            assert_eq!(reply.header("accept-ranges"), "bytes");
        }
        let other = client.get("/scans/a.png").query("response-content-type", "text/plain");
        let other = other.query("response-content-disposition", "attachment").send().await.expect(200);
        assert_eq!((other.header("content-type"), other.header("content-disposition")), ("text/plain", "attachment"));
        let head = client.head("/scans/a.png").query("response-content-type", "text/plain").send().await.expect(200);
        assert_eq!(head.header("content-type"), "text/plain");
    }

    async fn whom_it_is_about_and_why_are_for_custody(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = client.put("/scans/a.txt").bytes(b"about somebody").header("x-amz-meta-bailee-subject", "patient 7");
        let put = put.header("x-amz-meta-bailee-purpose", "care").header("x-amz-meta-bailee-reason", "referral");
        put.send().await.expect(200);
        let head = client.head("/scans/a.txt").send().await.expect(200);
        assert!(!head.headers.keys().any(|name| name.as_str().starts_with("x-amz-meta-")));
        let trail = team.owner.trail(TrailFilter::default()).await.unwrap();
        assert!(format!("{trail:?}").contains("care: referral"));
        // Tools that can only send tags say it by these.
        let put = client.put("/scans/c.txt").bytes(b"about somebody").header("user-agent", "annotator/3.1");
        let put = put.header("x-amz-tagging", "bailee-subject=patient%207&colour=red&bailee-reason=second%20look");
        put.send().await.expect(200);
        let tags = client.get("/scans/c.txt").query("tagging", "").send().await.expect(200).text();
        assert!(tags.contains("colour") && !tags.contains("bailee"), "{tags}");
        let trail = format!("{:?}", team.owner.trail(TrailFilter::default()).await.unwrap());
        assert!(trail.contains("second look") && trail.contains("annotator/3.1"), "{trail}");
        let about = custody::item::Filter { subject: Some("patient 7".into()), ..Default::default() };
        let listed = server.world.custody.list_items(
            &team.owner.credential, team.owner.request(), DatasetRef::parse("scans"), about,
            kernel::PageRequest::first(10),
        );
        let listed: Vec<_> = listed.await.unwrap().items.into_iter().map(|item| item.name).collect();
        assert_eq!(listed, ["a.txt", "c.txt"]);
        let put = client.put("/scans/d.txt").bytes(b"x").header("x-amz-tagging", "bailee-subject=patient%208");
        put.header("x-amz-meta-bailee-subject", "patient 7").send().await.refused(400, "InvalidArgument");
        let late = "<Tagging><TagSet><Tag><Key>bailee-subject</Key><Value>x</Value></Tag></TagSet></Tagging>";
        let late = client.put("/scans/c.txt").query("tagging", "").bytes(late.as_bytes());
        late.send().await.refused(400, "InvalidTag");
        // A copy of it is about the same person, or is not made.
        let copy = client.put("/scans/b.txt").header("x-amz-copy-source", "/scans/a.txt");
        copy.send().await.refused(400, "InvalidRequest");
        let copy = client.put("/scans/b.txt").header("x-amz-copy-source", "/scans/a.txt");
        copy.header("x-amz-meta-bailee-subject", "patient 7").send().await.expect(200);
    }

    async fn a_range_that_is_none_does_not_count(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.store("/scans/a.txt", b"hello").await;
        for range in ["bytes=4-2", "bytes=x", "lines=1-2", "bytes=0-1,3-4"] {
            let got = client.get("/scans/a.txt").unsigned("range", range).send().await.expect(200);
            assert_eq!(got.bytes, "hello", "{range}");
        }
        let got = client.get("/scans/a.txt").unsigned("range", "bytes=1-2").send().await.expect(206);
        assert_eq!(got.bytes, "el");
    }

    async fn a_read_is_one_entry_of_the_trail(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = client.put("/scans/a.txt").bytes(b"hello").header("content-md5", "XUFAKrxLKna5cZ2REBfFkg==").send().await.expect(200);
        let tag = put.header("etag").to_owned();
        let count = async || team.owner.trail(TrailFilter::default()).await.unwrap().len();
        // Looking at the trail is an entry, too.
        let (one, two) = (count().await, count().await);
        let looked = two - one;
        let mut before = two;
        let since = "Mon, 05 Jan 2015 09:00:00 GMT";
        for call in [
            client.get("/scans/a.txt"),
            client.get("/scans/a.txt").header("range", "bytes=1-2"),
            client.head("/scans/a.txt"),
            client.head("/scans/a.txt").header("if-modified-since", since),
            client.head("/scans/a.txt").header("if-match", &tag),
            client.head("/scans/a.txt").query("partNumber", "1"),
        ] {
            assert!(call.send().await.status < 300);
            let after = count().await;
            assert_eq!(after - before, looked + 1);
            before = after;
        }
        let changed = client.get("/scans/a.txt").header("if-match", "\"5d41402abc4b2a76b9719d911017c593\"");
        changed.send().await.refused(412, "PreconditionFailed");
        client.head("/scans/a.txt").header("if-none-match", &tag).send().await.expect(304);
    }

    async fn a_write_names_its_own_entry(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.store("/scans/a.txt", b"hello").await;
        let gone = client.delete("/scans/a.txt").send().await.expect(204);
        let trail = team.owner.trail(TrailFilter::default()).await.unwrap();
        let entry = trail.iter().map(|entry| format!("{entry:?}")).find(|entry| entry.contains(gone.header("bailee-event")));
        assert!(entry.as_ref().is_some_and(|entry| entry.contains("item.archive")), "{entry:?}");
    }

    async fn ranges_are_parts_of_the_whole(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let bytes = noise(200_000);
        client.put("/scans/a.bin").bytes(&bytes).header("x-amz-checksum-crc32", &crc32(&bytes)).send().await.expect(200);
        for (range, from, to) in [("bytes=0-9", 0, 10), ("bytes=199990-", 199_990, 200_000), ("bytes=-5", 199_995, 200_000), ("bytes=100000-999999", 100_000, 200_000)] {
            let got = client.get("/scans/a.bin").header("range", range).header("x-amz-checksum-mode", "ENABLED").send().await.expect(206);
            assert_eq!(got.bytes, bytes[from..to], "{range}");
            assert_eq!(got.header("content-range"), format!("bytes {from}-{}/200000", to - 1));
            assert_eq!(got.header("x-amz-checksum-crc32"), "", "the sum of the whole is not that of a part");
        }
        let beyond = client.get("/scans/a.bin").header("range", "bytes=200000-").send().await;
        beyond.refused(416, "InvalidRange");
        assert_eq!(beyond.header("content-range"), "bytes */200000");
        let part = client.get("/scans/a.bin").query("partNumber", "1").send().await.expect(206);
        assert_eq!(part.bytes, bytes);
    }

    async fn conditions_are_held(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let (first, second) = two_versions(&client).await;
        let [first, second] = [first, second].map(|id| format!("\"{id}\""));
        let get = |name: &str, value: &str| client.get("/scans/a.txt").header(name, value).send();
        get("if-match", &second).await.expect(200);
        get("if-match", &first).await.refused(412, "PreconditionFailed");
        get("if-none-match", &first).await.expect(200);
        let known = get("if-none-match", &second).await.expect(304);
        assert!(known.bytes.is_empty() && known.header("etag") == second);
        get("if-modified-since", "Mon, 05 Jan 2026 08:00:00 GMT").await.expect(200);
        get("if-modified-since", "Mon, 05 Jan 2026 10:00:00 GMT").await.expect(304);
        get("if-unmodified-since", "Mon, 05 Jan 2026 10:00:00 GMT").await.expect(200);
        get("if-unmodified-since", "Mon, 05 Jan 2026 08:00:00 GMT").await.refused(412, "PreconditionFailed");

        let put = |path: &str, name: &str, value: &str| client.put(path).bytes(b"new").header(name, value).send();
        put("/scans/a.txt", "if-none-match", "*").await.refused(412, "PreconditionFailed");
        put("/scans/b.txt", "if-none-match", "*").await.expect(200);
        put("/scans/a.txt", "if-match", &first).await.refused(412, "PreconditionFailed");
        put("/scans/c.txt", "if-match", &first).await.refused(404, "NoSuchKey");
        put("/scans/a.txt", "if-match", &second).await.expect(200);

        let delete = client.delete("/scans/a.txt").header("if-match", &second).send().await;
        delete.refused(412, "PreconditionFailed");
    }

    async fn versions_stay(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let (first, second) = two_versions(&client).await;
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"the second");
        for (id, bytes) in [(&first, &b"first"[..]), (&second, b"the second")] {
            let got = client.get("/scans/a.txt").query("versionId", id).send().await.expect(200);
            assert_eq!((&*got.bytes, got.header("x-amz-version-id")), (bytes, id.as_str()));
            let head = client.head("/scans/a.txt").query("versionId", id).send().await.expect(200);
            assert_eq!(head.header("content-length"), bytes.len().to_string());
        }
        let other = client.store("/scans/b.txt", b"another key").await;
        client.get("/scans/a.txt").query("versionId", &other).send().await.refused(404, "NoSuchVersion");
        client.get("/scans/a.txt").query("versionId", "7").send().await.refused(400, "InvalidArgument");
    }

    async fn delete_leaves_a_marker(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let version = client.store("/scans/a.txt", b"hello").await;
        let deleted = client.delete("/scans/a.txt").send().await.expect(204);
        let marker = deleted.header("x-amz-version-id");
        assert_eq!((deleted.header("x-amz-delete-marker"), marker.is_empty()), ("true", false));
        let gone = client.get("/scans/a.txt").send().await;
        gone.refused(404, "NoSuchKey");
        assert_eq!(gone.header("x-amz-delete-marker"), "true");
        let content = client.get("/scans/a.txt").query("versionId", marker).send().await;
        content.refused(405, "MethodNotAllowed");
        // Again, and of what never was: both are gone, and the first has one marker more.
        let again = client.delete("/scans/a.txt").send().await.expect(204);
        assert_ne!(again.header("x-amz-version-id"), marker);
        client.delete("/scans/never.txt").send().await.expect(204);
        // Without its markers it is there again.
        let unmarked = client.delete("/scans/a.txt").query("versionId", marker).send().await.expect(204);
        assert_eq!((unmarked.header("x-amz-delete-marker"), unmarked.header("x-amz-version-id")), ("true", marker));
        client.get("/scans/a.txt").send().await.refused(404, "NoSuchKey");
        client.delete("/scans/a.txt").query("versionId", again.header("x-amz-version-id")).send().await.expect(204);
        let back = client.get("/scans/a.txt").send().await.expect(200);
        assert_eq!(back.header("x-amz-version-id"), version);
        // What is gone stays gone when it is asked for again.
        client.delete("/scans/a.txt").query("versionId", marker).send().await.expect(204);
        client.fetch("/scans/a.txt").await;
    }

    async fn a_marker_stays_below_what_comes_after_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let first = client.store("/scans/a.txt", b"the first").await;
        let marker = client.delete("/scans/a.txt").send().await.expect(204).header("x-amz-version-id").to_owned();
        let second = client.store("/scans/a.txt", b"the second").await;
        let listed = async || client.get("/scans").query("versions", "").send().await.expect(200);
        assert_eq!(listed().await.all("VersionId"), [&*marker, &*second, &*first]);
        assert_eq!(listed().await.all("IsLatest"), ["false", "true", "false"]);
        // What was put over it goes, and it is what is newest.
        client.delete("/scans/a.txt").query("versionId", &second).send().await.expect(204);
        assert_eq!(listed().await.all("VersionId"), [&*marker, &*first]);
        assert_eq!(listed().await.all("IsLatest"), ["true", "false"]);
        client.get("/scans/a.txt").send().await.refused(404, "NoSuchKey");
        assert_eq!(&*client.get("/scans/a.txt").query("versionId", &first).send().await.expect(200).bytes, b"the first");
        // Restored by another door, it has no marker on top.
        let (custody, owner) = (&server.world.custody, &team.owner);
        let found = custody.item_named(&owner.credential, owner.request(), DatasetRef::parse("scans"), "a.txt", None);
        let item = found.await.unwrap().id;
        team.owner.change(item, Verb::Restore).await.unwrap();
        assert_eq!(listed().await.all("VersionId"), [&*first]);
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"the first");
        // Archived by another door, it has one, which goes with all there is.
        team.owner.change(item, Verb::Archive).await.unwrap();
        assert_eq!(listed().await.all("DeleteMarker").len(), 1);
        client.delete("/scans/a.txt").query("versionId", &first).send().await.expect(204);
        assert!(listed().await.all("VersionId").is_empty());
        client.delete("/scans").send().await.expect(204);
    }

    async fn a_deleted_version_is_gone_for_good(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let (first, second) = two_versions(&client).await;
        let delete = |id: &str| client.delete("/scans/a.txt").query("versionId", id).send();
        assert_eq!(delete(&first).await.expect(204).header("x-amz-version-id"), first);
        client.get("/scans/a.txt").query("versionId", &first).send().await.refused(404, "NoSuchVersion");
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"the second");
        delete(&first).await.expect(204);
        delete("no-version").await.refused(400, "InvalidArgument");
        delete(&second).await.expect(204);
        let gone = client.get("/scans/a.txt").send().await;
        gone.refused(404, "NoSuchKey");
        assert_eq!(gone.header("x-amz-delete-marker"), "");
        client.delete("/scans").send().await.expect(204);
    }

    async fn many_are_deleted_at_once(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for key in ["a", "b%26c", "d"] {
            client.store(&format!("/scans/{key}"), b"x").await;
        }
        let objects = |keys: &[&str]| keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect::<String>();
        let delete = |document: String| client.post("/scans").query("delete", "").xml(&document).send();
        let loud = delete(format!("<?xml version=\"1.0\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</Delete>", objects(&["a", "b&amp;c", "never"]))).await.expect(200);
        assert_eq!(loud.all("Key"), ["a", "b&amp;c", "never"]);
        assert!(loud.all("Code").is_empty(), "{}", loud.text());
        let quiet = delete(format!("<Delete><Quiet>true</Quiet>{}</Delete>", objects(&["d", "a"]))).await.expect(200);
        assert!(quiet.all("Key").is_empty(), "{}", quiet.text());
        for key in ["a", "b%26c", "d"] {
            client.get(&format!("/scans/{key}")).send().await.refused(404, "NoSuchKey");
        }
        let id = client.store("/scans/v", b"x").await;
        let version = format!("<Object><Key>v</Key><VersionId>{id}</VersionId></Object>");
        let bad = "<Object><Key>v</Key><VersionId>7</VersionId></Object>";
        let told = delete(format!("<Delete>{version}{bad}</Delete>")).await.expect(200);
        assert_eq!((told.all("VersionId"), told.all("Code")), (vec![id, "7".to_owned()], vec!["InvalidArgument".to_owned()]));
        let many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        delete(format!("<Delete>{}</Delete>", objects(&many))).await.refused(400, "MalformedXML");
        delete("<Delete><Object>".into()).await.refused(400, "MalformedXML");
    }

    async fn a_copy_is_a_version_of_its_own(db: TestDb) {
        let (server, team) = stage(db).await;
        team.owner.dataset("other").await.unwrap();
        let client = server.by(&team.owner);
        let put = client.put("/scans/a%20b.txt").bytes(b"hello").header("content-type", "text/plain");
        let source = put.header("x-amz-meta-camera", "front").send().await.expect(200);
        let copy = |to: &str, from: &str| client.put(to).header("x-amz-copy-source", from);

        let copied = copy("/other/c.txt", "/scans/a%20b.txt").send().await.expect(200);
        assert!(copied.one("ETag").contains(copied.header("x-amz-version-id")), "{}", copied.text());
        assert_eq!(copied.header("x-amz-copy-source-version-id"), source.header("x-amz-version-id"));
        let got = client.get("/other/c.txt").send().await.expect(200);
        assert_eq!((&*got.bytes, got.header("content-type"), got.header("x-amz-meta-camera")), (&b"hello"[..], "text/plain", "front"));

        let replaced = copy("/scans/d.txt", "scans/a%20b.txt").header("x-amz-metadata-directive", "REPLACE");
        replaced.header("x-amz-meta-camera", "back").send().await.expect(200);
        assert_eq!(client.head("/scans/d.txt").send().await.header("x-amz-meta-camera"), "back");

        client.store("/scans/a%20b.txt", b"newer").await;
        let old = format!("/scans/a%20b.txt?versionId={}", source.header("x-amz-version-id"));
        copy("/scans/e.txt", &old).send().await.expect(200);
        assert_eq!(&*client.fetch("/scans/e.txt").await, b"hello");

        copy("/scans/a%20b.txt", "/scans/a%20b.txt").send().await.refused(400, "InvalidRequest");
        copy("/scans/f.txt", "/scans/never").send().await.refused(404, "NoSuchKey");
        copy("/scans/f.txt", "/never-made/a").send().await.refused(404, "NoSuchBucket");
        let unmet = copy("/scans/f.txt", "/scans/a%20b.txt").header("x-amz-copy-source-if-match", source.header("etag"));
        unmet.send().await.refused(412, "PreconditionFailed");
    }

    async fn attributes_are_a_document(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = client.put("/scans/a.txt").bytes(b"hello").header("x-amz-checksum-crc32", "NhCmhg==");
        let id = put.send().await.expect(200).header("x-amz-version-id").to_owned();
        let asked = client.get("/scans/a.txt").query("attributes", "").header("x-amz-object-attributes", "ETag,ObjectSize,Checksum");
        let told = asked.send().await.expect(200);
        assert_eq!((told.one("ObjectSize"), told.one("ChecksumCRC32")), ("5".into(), "NhCmhg==".into()), "{}", told.text());
        assert!(told.one("ETag").contains(&id), "{}", told.text());
    }

    async fn what_is_not_served_is_refused_before_it_is_taken(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for (name, value, status, code) in [
            ("x-amz-server-side-encryption", "aws:kms:dsse", 400, "InvalidArgument"),
            ("x-amz-server-side-encryption-customer-algorithm", "AES256", 400, "InvalidArgument"),
            ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
            ("x-amz-expected-bucket-owner", "123456789012", 403, "AccessDenied"),
        ] {
            client.put("/scans/a.txt").bytes(b"x").header(name, value).send().await.refused(status, code);
        }
        client.put("/scans/a.txt").bytes(b"x").header("x-amz-server-side-encryption", "AES256").header("x-amz-acl", "private").header("x-amz-expected-bucket-owner", &team.id.to_string()).send().await.expect(200);
        client.get("/scans/a.txt").header("x-amz-server-side-encryption-customer-algorithm", "AES256").send().await.refused(400, "InvalidArgument");
    }

    async fn a_deleted_key_can_be_put_again(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let (first, second) = two_versions(&client).await;
        client.delete("/scans/a.txt").send().await.expect(204);
        let gone = client.put("/scans/a.txt").bytes(b"x").header("if-match", &format!("\"{second}\""));
        gone.send().await.refused(404, "NoSuchKey");
        let anew = client.put("/scans/a.txt").bytes(b"third").header("if-none-match", "*");
        anew.send().await.expect(200);
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"third");
        let old = client.get("/scans/a.txt").query("versionId", &first).send().await.expect(200);
        assert_eq!(&*old.bytes, b"first");
    }

    async fn tags_are_kept_with_a_version(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.put("/scans/a.txt").bytes(b"x").header("x-amz-tagging", "kind=scan&note=a%20b").send().await.expect(200);
        let tags = async |path: &str| client.get(path).query("tagging", "").send().await.expect(200);
        let told = tags("/scans/a.txt").await;
        assert_eq!((told.all("Key"), told.all("Value")), (["kind", "note"].map(str::to_owned).into(), ["scan", "a b"].map(str::to_owned).into()));
        for reply in [client.get("/scans/a.txt").send().await, client.head("/scans/a.txt").send().await] {
            assert_eq!(reply.header("x-amz-tagging-count"), "2");
        }
        let set = |pairs: &str| {
            let document = format!("<Tagging><TagSet>{pairs}</TagSet></Tagging>");
            client.put("/scans/a.txt").query("tagging", "").xml(&document).send()
        };
        let one = |name: &str| format!("<Tag><Key>{name}</Key><Value>1</Value></Tag>");
        set(&one("other")).await.expect(200);
        assert_eq!(tags("/scans/a.txt").await.all("Key"), ["other"]);
        set(&[one("a"), one("a")].concat()).await.refused(400, "InvalidTag");
        set(&(0..11).map(|number| one(&number.to_string())).collect::<String>()).await.refused(400, "InvalidTag");
        set(&one(&"x".repeat(129))).await.refused(400, "InvalidTag");
        let copy = |to: &str| client.put(to).header("x-amz-copy-source", "/scans/a.txt");
        copy("/scans/b.txt").send().await.expect(200);
        assert_eq!(tags("/scans/b.txt").await.all("Key"), ["other"]);
        copy("/scans/c.txt").header("x-amz-tagging-directive", "REPLACE").header("x-amz-tagging", "new=1").send().await.expect(200);
        assert_eq!(tags("/scans/c.txt").await.all("Key"), ["new"]);
        client.delete("/scans/a.txt").query("tagging", "").send().await.expect(204);
        assert!(tags("/scans/a.txt").await.all("Key").is_empty());
    }

    async fn a_stated_md5_is_the_entity_tag(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = client.put("/scans/a.txt").bytes(b"123456789").header("content-md5", "JfnnlDI7RTiF9RgfG2JNCw==");
        let tag = "\"25f9e794323b453885f5181f1b624d0b\"";
        assert_eq!(put.send().await.expect(200).header("etag"), tag);
        let listed = client.get("/scans").query("list-type", "2").send().await.expect(200);
        assert_eq!(listed.one("ETag").replace("&quot;", "\""), tag);
        client.get("/scans/a.txt").header("if-none-match", tag).send().await.expect(304);
        client.get("/scans/a.txt").header("if-match", tag).send().await.expect(200);
        client.put("/scans/a.txt").bytes(b"2").header("if-match", tag).send().await.expect(200);
        client.put("/scans/a.txt").bytes(b"3").header("if-match", tag).send().await.refused(412, "PreconditionFailed");
    }

    async fn another_tenants_keys_answer_as_unknown(db: TestDb) {
        let (server, team) = stage(db).await;
        server.by(&team.owner).store("/scans/a.txt", b"theirs").await;
        let stranger = server.world.team("stranger").await;
        let worker = team.member(Class::Worker).await;
        for client in [server.by(&stranger.owner), server.by(&worker)] {
            for method in ["GET", "HEAD", "DELETE", "PUT"] {
                let method: http::Method = method.parse().unwrap();
                let theirs = client.call(method.clone(), "/scans/a.txt").send().await;
                let nobodys = client.call(method.clone(), "/swans/a.txt").send().await;
                let (status, headers, text) = theirs.without_ids();
                let (known_status, known_headers, known_text) = nobodys.without_ids();
                assert_eq!(status, 404, "{method}: {text}");
                assert_eq!((status, headers, text.replace("/scans", "/swans")), (known_status, known_headers, known_text), "{method}");
            }
        }
        assert_eq!(&*server.by(&team.owner).fetch("/scans/a.txt").await, b"theirs");
    }

    async fn records_are_read_and_not_overwritten_by_files(db: TestDb) {
        let (server, team) = stage(db).await;
        let target = Target::Name(DatasetRef::parse("scans"), "r.json".into());
        let record = PutItem { kind: custody::item::Kind::Record, ..PutItem::file(target, "application/json") };
        team.owner.put_as(record, pieces(b"{\"a\":1}")).await.unwrap();
        let client = server.by(&team.owner);
        assert_eq!(&*client.fetch("/scans/r.json").await, b"{\"a\":1}");
        client.put("/scans/r.json").bytes(b"x").send().await.refused(403, "InvalidObjectState");
    }

    async fn a_record_with_masked_fields_is_refused_by_every_request(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, custody) = (&team.owner, &server.world.custody);
        let text = Field {
            name: "text".into(), field_type: FieldType::Text, required: true, personal: true, find_by_value: false, find_by_word: false,
            masked: Some(Mask::All),
        };
        let kind = NewKind { name: "note".into(), fields: vec![text], subject: None };
        custody.declare_kind(&owner.credential, owner.request(), DatasetRef::parse("scans"), kind).await.unwrap();
        let target = Target::Name(DatasetRef::parse("scans"), "note".into());
        let record = PutItem { kind: custody::item::Kind::Record, ..PutItem::file(target, "application/vnd.bailee.record+json; kind=note") };
        let body = format!(r#"{{"kind":"note","values":{{"text":"Ann called"}},"provenance":{{"text":{{"source":"x"}}}},"salt":"{}"}}"#, "0a".repeat(16));
        let version = owner.put_as(record, pieces(body.as_bytes())).await.unwrap().item.version.id;
        let user = team.member(Class::User).await;
        let client = server.by(&user);
        for get in [
            client.get("/scans/note"),
            client.get("/scans/note").query("versionId", &version.to_string()),
            client.get("/scans/note").header("range", "bytes=0-3"),
            client.put("/scans/copy").header("x-amz-copy-source", "/scans/note"),
        ] {
            let refused = get.send().await;
            assert!(!refused.text().contains("Ann called"));
            refused.refused(403, "AccessDenied");
        }
        client.head("/scans/note").send().await.expect(200);
        assert_eq!(server.by(owner).fetch("/scans/note").await, body.as_bytes());
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
