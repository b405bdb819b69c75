//! Locks of versions.

use std::time::Duration;

use crate::common::{Call, Client, Server};
use access::Class;
use engines::TestDb;
use kernel::Clock as _;
use testkit::Team;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A team with a bucket `scans` that takes locks.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    let make = server.by(&team.owner).put("/scans");
    make.header("x-amz-bucket-object-lock-enabled", "true")
        .send()
        .await
        .expect(200);
    (server, team)
}

/// A date so many days from now.
fn days(server: &Server, count: u32) -> String {
    let at = server.world.clock.now().plus(DAY * count).to_string();
    format!("{}Z", at.split('.').next().unwrap())
}

fn sure<'s>(client: &Client<'s>, path: &str, bytes: &[u8]) -> Call<'s> {
    client
        .put(path)
        .bytes(bytes)
        .header("x-amz-checksum-crc32", "NhCmhg==")
}

fn retain<'s>(client: &Client<'s>, path: &str, mode: &str, until: &str) -> Call<'s> {
    let document =
        format!("<Retention><Mode>{mode}</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>");
    client.put(path).query("retention", "").xml(&document)
}

fn legal<'s>(client: &Client<'s>, path: &str, status: &str) -> Call<'s> {
    let document = format!("<LegalHold><Status>{status}</Status></LegalHold>");
    client.put(path).query("legal-hold", "").xml(&document)
}

engines::on_both! {
    async fn what_is_retained_is_not_deleted(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let until = days(&server, 2);
        let put = sure(&client, "/scans/a", b"hello").header("x-amz-object-lock-mode", "GOVERNANCE");
        let put = put.header("x-amz-object-lock-retain-until-date", &until).send().await.expect(200);
        let version = put.header("x-amz-version-id").to_owned();
        for reply in [client.get("/scans/a").send().await, client.head("/scans/a").send().await] {
            let shown = ["mode", "retain-until-date", "legal-hold"].map(|name| reply.header(&format!("x-amz-object-lock-{name}")));
            assert_eq!(shown[0], "GOVERNANCE");
            assert_eq!(shown[1].split('.').next().unwrap(), until.trim_end_matches('Z'));
            assert_eq!(shown[2], "OFF");
        }
        let told = client.get("/scans/a").query("retention", "").send().await.expect(200);
        assert_eq!((told.one("Mode"), told.one("RetainUntilDate").split('.').next().unwrap()), ("GOVERNANCE".into(), until.trim_end_matches('Z')));
        // A marker deletes nothing.
        client.delete("/scans/a").send().await.expect(204);
        let gone = || client.delete("/scans/a").query("versionId", &version);
        gone().send().await.refused(403, "AccessDenied");
        let worker = team.member(Class::Worker).await;
        let other = server.by(&worker).delete("/scans/a").query("versionId", &version);
        let refused = other.header("x-amz-bypass-governance-retention", "true").send().await;
        assert!([403, 404].contains(&refused.status), "{}", refused.text());
        let document = format!("<Delete><Object><Key>a</Key><VersionId>{version}</VersionId></Object></Delete>");
        let many = client.post("/scans").query("delete", "").xml(&document).send().await.expect(200);
        assert_eq!(many.one("Code"), "AccessDenied", "{}", many.text());
        gone().header("x-amz-bypass-governance-retention", "true").send().await.expect(204);
        client.get("/scans/a").query("versionId", &version).send().await.refused(404, "NoSuchKey");
    }

    async fn a_retention_is_not_shortened(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let version = client.store("/scans/a", b"hello").await;
        retain(&client, "/scans/a", "GOVERNANCE", &days(&server, 5)).send().await.expect(200);
        assert_eq!(client.head("/scans/a").send().await.header("x-amz-object-lock-mode"), "GOVERNANCE");
        retain(&client, "/scans/a", "GOVERNANCE", &days(&server, 2)).send().await.refused(403, "AccessDenied");
        let bypass = retain(&client, "/scans/a", "GOVERNANCE", &days(&server, 2));
        bypass.header("x-amz-bypass-governance-retention", "true").send().await.expect(200);
        // Another mode is another hold, be it a stronger one.
        retain(&client, "/scans/a", "COMPLIANCE", &days(&server, 3)).send().await.refused(403, "AccessDenied");
        let bypass = retain(&client, "/scans/a", "COMPLIANCE", &days(&server, 3));
        bypass.header("x-amz-bypass-governance-retention", "true").send().await.expect(200);
        let bypass = retain(&client, "/scans/a", "COMPLIANCE", &days(&server, 2));
        bypass.header("x-amz-bypass-governance-retention", "true").send().await.refused(403, "AccessDenied");
        retain(&client, "/scans/a", "COMPLIANCE", &days(&server, 4)).send().await.expect(200);
        let gone = client.delete("/scans/a").query("versionId", &version);
        gone.header("x-amz-bypass-governance-retention", "true").send().await.refused(403, "AccessDenied");
        // An offset is minded: this is an hour too early.
        let past = server.world.clock.now().plus(Duration::from_secs(3_600)).to_string();
        let past = format!("{}+02:00", past.split('.').next().unwrap());
        client.store("/scans/b", b"hello").await;
        retain(&client, "/scans/b", "GOVERNANCE", &past).send().await.refused(400, "InvalidArgument");
        retain(&client, "/scans/b", "PERHAPS", &days(&server, 2)).send().await.refused(400, "MalformedXML");
        client.put("/scans/b").query("retention", "").xml("<Retention><Mode>GOVERNANCE</Mode></Retention>").send().await.refused(400, "MalformedXML");
        client.get("/scans/b").query("retention", "").send().await.refused(404, "NoSuchObjectLockConfiguration");
        retain(&client, "/scans/never", "GOVERNANCE", &days(&server, 2)).send().await.refused(404, "NoSuchKey");
        retain(&client, "/never/a", "GOVERNANCE", &days(&server, 2)).send().await.refused(404, "NoSuchBucket");
    }

    async fn a_legal_hold_stands_until_it_is_lifted(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let put = sure(&client, "/scans/a", b"hello").header("x-amz-object-lock-legal-hold", "ON");
        let version = put.send().await.expect(200).header("x-amz-version-id").to_owned();
        assert_eq!(client.get("/scans/a").query("legal-hold", "").send().await.expect(200).one("Status"), "ON");
        assert_eq!(client.head("/scans/a").send().await.header("x-amz-object-lock-legal-hold"), "ON");
        let gone = || client.delete("/scans/a").query("versionId", &version).header("x-amz-bypass-governance-retention", "true");
        gone().send().await.refused(403, "AccessDenied");
        legal(&client, "/scans/a", "PERHAPS").send().await.refused(400, "MalformedXML");
        legal(&client, "/scans/a", "OFF").send().await.expect(200);
        assert_eq!(client.get("/scans/a").query("legal-hold", "").send().await.expect(200).one("Status"), "OFF");
        gone().send().await.expect(204);
        // A copy is held as it was asked, not as its source is.
        sure(&client, "/scans/b", b"hello").header("x-amz-object-lock-legal-hold", "ON").send().await.expect(200);
        client.put("/scans/c").header("x-amz-copy-source", "/scans/b").send().await.expect(200);
        client.get("/scans/c").query("legal-hold", "").send().await.refused(404, "NoSuchObjectLockConfiguration");
        assert_eq!(client.head("/scans/c").send().await.header("x-amz-object-lock-legal-hold"), "");
        let copy = client.put("/scans/d").header("x-amz-copy-source", "/scans/c");
        copy.header("x-amz-object-lock-legal-hold", "ON").send().await.expect(200);
        assert_eq!(client.head("/scans/d").send().await.header("x-amz-object-lock-legal-hold"), "ON");
    }

    async fn a_bucket_takes_locks_if_it_was_made_for_them_or_keeps_versions(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        client.put("/plain").send().await.expect(200);
        client.store("/plain/a", b"hello").await;
        legal(&client, "/plain/a", "ON").send().await.refused(400, "InvalidRequest");
        retain(&client, "/plain/a", "GOVERNANCE", &days(&server, 1)).send().await.refused(400, "InvalidRequest");
        let put = sure(&client, "/plain/b", b"hello").header("x-amz-object-lock-legal-hold", "ON");
        put.send().await.refused(400, "InvalidRequest");
        client.get("/plain/b").send().await.refused(404, "NoSuchKey");
        let begin = client.post("/plain/b").query("uploads", "").header("x-amz-object-lock-legal-hold", "ON");
        begin.send().await.refused(400, "InvalidRequest");
        client.get("/plain").query("object-lock", "").send().await.refused(404, "ObjectLockConfigurationNotFoundError");
        let enabled = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
        client.put("/plain").query("object-lock", "").xml(enabled).send().await.refused(409, "InvalidBucketState");
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        client.put("/plain").query("versioning", "").xml(versioned).send().await.expect(200);
        client.put("/plain").query("object-lock", "").xml(enabled).send().await.expect(200);
        legal(&client, "/plain/a", "ON").send().await.expect(200);
        let suspended = versioned.replace("Enabled", "Suspended");
        client.put("/plain").query("versioning", "").xml(&suspended).send().await.refused(409, "InvalidBucketState");
        // What is locked is certain, and is said whole.
        let put = client.put("/scans/b").bytes(b"hello").header("x-amz-object-lock-legal-hold", "ON");
        put.send().await.refused(400, "InvalidRequest");
        let put = sure(&client, "/scans/b", b"hello").header("x-amz-object-lock-mode", "GOVERNANCE");
        put.send().await.refused(400, "InvalidArgument");
    }

    async fn a_default_holds_what_comes(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let get = || client.get("/scans").query("object-lock", "").send();
        let told = get().await.expect(200);
        assert_eq!((told.one("ObjectLockEnabled"), told.one("Mode")), ("Enabled".into(), String::new()));
        let set = |rule: &str| {
            let document = format!("<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>{rule}</ObjectLockConfiguration>");
            client.put("/scans").query("object-lock", "").xml(&document).send()
        };
        let rule = |terms: &str| format!("<Rule><DefaultRetention><Mode>GOVERNANCE</Mode>{terms}</DefaultRetention></Rule>");
        set(&rule("<Days>1</Days><Years>1</Years>")).await.refused(400, "MalformedXML");
        set(&rule("<Days>0</Days>")).await.refused(400, "InvalidRetentionPeriod");
        set(&rule("<Years>2</Years>")).await.expect(200);
        let told = get().await.expect(200);
        assert_eq!((told.one("Mode"), told.one("Years"), told.one("Days")), ("GOVERNANCE".into(), "2".into(), String::new()));
        set(&rule("<Days>30</Days>")).await.expect(200);
        let told = get().await.expect(200);
        assert_eq!((told.one("Years"), told.one("Days")), (String::new(), "30".into()));
        let version = client.store("/scans/a", b"hello").await;
        let held = client.get("/scans/a").query("retention", "").send().await.expect(200);
        assert_eq!(held.one("RetainUntilDate")[..16], days(&server, 30)[..16]);
        client.delete("/scans/a").query("versionId", &version).send().await.refused(403, "AccessDenied");
        let begun = client.post("/scans/b").query("uploads", "").header("x-amz-object-lock-legal-hold", "ON").send().await.expect(200);
        let upload = begun.one("UploadId");
        let part = client.put("/scans/b").query("uploadId", &upload).query("partNumber", "1").bytes(b"part").send().await.expect(200);
        let document = format!("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>", part.header("etag"));
        client.post("/scans/b").query("uploadId", &upload).xml(&document).send().await.expect(200);
        let head = client.head("/scans/b").send().await.expect(200);
        assert_eq!((head.header("x-amz-object-lock-legal-hold"), head.header("x-amz-object-lock-mode")), ("ON", "GOVERNANCE"));
        set("").await.expect(200);
        client.store("/scans/c", b"hello").await;
        client.get("/scans/c").query("retention", "").send().await.refused(404, "NoSuchObjectLockConfiguration");
    }
}
