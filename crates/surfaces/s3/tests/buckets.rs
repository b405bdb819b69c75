//! Buckets, and the parts of them that clients ask for first.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on must fail"
)]

mod common;

use access::Class;
use common::Server;
use http::Method;

engines::on_both! {
    async fn a_bucket_is_a_dataset(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        team.owner.dataset("older").await.unwrap();
        client.put("/scans").send().await.expect(200);
        client.head("/scans").send().await.expect(200);
        let listed = client.get("/").send().await.expect(200);
        assert_eq!(listed.all("Name"), ["older", "scans"]);
        assert!(listed.one("CreationDate").starts_with("2026-01-05T"), "{}", listed.text());
        team.owner.put("scans", "a.txt", b"from REST").await.unwrap();
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"from REST");
    }

    async fn buckets_come_in_pages(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        for name in ["ccc", "aaa", "bbb", "xyz"] {
            team.owner.dataset(name).await.unwrap();
        }
        let page = client.get("/").query("max-buckets", "2").send().await.expect(200);
        assert_eq!(page.all("Name"), ["aaa", "bbb"]);
        let token = page.one("ContinuationToken");
        let rest = client.get("/").query("max-buckets", "2").query("continuation-token", &token).send().await.expect(200);
        assert_eq!((rest.all("Name"), rest.one("ContinuationToken")), (vec!["ccc".to_owned(), "xyz".to_owned()], String::new()));
        let some = client.get("/").query("prefix", "x").send().await.expect(200);
        assert_eq!(some.all("Name"), ["xyz"]);
    }

    async fn making_a_bucket_again_says_that_it_is_ones_own(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        let location = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-north-1</LocationConstraint></CreateBucketConfiguration>";
        client.put("/scans").xml(location).send().await.expect(200);
        client.put("/scans").send().await.refused(409, "BucketAlreadyOwnedByYou");
        for bad in ["/Scans", "/ab", "/192.168.7.7", "/0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e"] {
            client.put(bad).send().await.refused(400, "InvalidBucketName");
        }
        // Names are each tenant's own.
        let other = server.world.team("other").await;
        server.by(&other.owner).put("/scans").send().await.expect(200);
    }

    async fn only_an_empty_bucket_goes(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        client.store("/scans/a.txt", b"x").await;
        client.delete("/scans").send().await.refused(409, "BucketNotEmpty");
        client.delete("/scans/a.txt").send().await.expect(204);
        client.delete("/scans").send().await.refused(409, "BucketNotEmpty");
        client.head("/scans").send().await.expect(200);
        client.put("/empty").send().await.expect(200);
        client.delete("/empty").send().await.expect(204);
        client.head("/empty").send().await.expect(404);
        client.put("/empty").send().await.expect(200);
    }

    async fn a_refusal_to_head_has_no_body(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        for path in ["/never-made", "/never-made/a.txt"] {
            let reply = client.head(path).send().await.expect(404);
            assert!(reply.bytes.is_empty());
            assert!(!reply.header("x-amz-request-id").is_empty());
        }
    }

    async fn versions_are_always_kept(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        let told = client.get("/scans").query("versioning", "").send().await.expect(200);
        assert_eq!(told.one("Status"), "Enabled");
        let set = |status: &str| {
            let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
            client.put("/scans").query("versioning", "").xml(&document).send()
        };
        set("Enabled").await.expect(200);
        set("Suspended").await.refused(409, "InvalidBucketState");
        set("Perhaps").await.refused(400, "InvalidArgument");
    }

    async fn what_nobody_has_set_answers_as_not_set(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        client.store("/scans/a.txt", b"x").await;
        for (part, status, code) in [
            ("policy", 404, "NoSuchBucketPolicy"),
            ("cors", 404, "NoSuchCORSConfiguration"),
            ("lifecycle", 404, "NoSuchLifecycleConfiguration"),
            ("tagging", 404, "NoSuchTagSet"),
            ("encryption", 404, "ServerSideEncryptionConfigurationNotFoundError"),
            ("object-lock", 404, "ObjectLockConfigurationNotFoundError"),
            ("website", 404, "NoSuchWebsiteConfiguration"),
            ("replication", 404, "ReplicationConfigurationNotFoundError"),
            ("notification", 501, "NotImplemented"),
        ] {
            client.get("/scans").query(part, "").send().await.refused(status, code);
        }
        for (part, has) in [("logging", "<BucketLoggingStatus"), ("requestPayment", "BucketOwner"), ("accelerate", "<AccelerateConfiguration")] {
            let told = client.get("/scans").query(part, "").send().await.expect(200);
            assert!(told.text().contains(has), "{part}: {}", told.text());
        }
        let location = client.get("/scans").query("location", "").send().await.expect(200);
        assert!(location.text().contains("<LocationConstraint"), "{}", location.text());
        assert_eq!(location.one("LocationConstraint"), "");
        for path in ["/scans", "/scans/a.txt"] {
            let acl = client.get(path).query("acl", "").send().await.expect(200);
            assert_eq!(acl.all("Permission"), ["FULL_CONTROL"]);
        }
        let tags = client.get("/scans/a.txt").query("tagging", "").send().await.expect(200);
        assert!(tags.text().contains("<TagSet"), "{}", tags.text());
        for part in ["legal-hold", "retention"] {
            let reply = client.get("/scans/a.txt").query(part, "").send().await;
            reply.refused(404, "NoSuchObjectLockConfiguration");
            client.get("/scans/never").query(part, "").send().await.refused(404, "NoSuchKey");
        }
    }

    async fn another_tenants_buckets_answer_as_unknown(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        server.by(&team.owner).put("/scans").send().await.expect(200);
        let stranger = server.world.team("stranger").await;
        let worker = team.member(Class::Worker).await;
        let parts = ["", "location", "versioning", "acl", "policy", "cors", "logging", "tagging", "versions", "list-type"];
        for client in [server.by(&stranger.owner), server.by(&worker)] {
            let listed = client.get("/").send().await;
            assert!(!listed.text().contains("scans"), "{}", listed.text());
            let calls = parts.map(|part| (Method::GET, part));
            for (method, part) in calls.into_iter().chain([(Method::HEAD, ""), (Method::DELETE, "")]) {
                let send = |bucket: &str| {
                    let call = client.call(method.clone(), bucket);
                    if part.is_empty() { call } else { call.query(part, if part == "list-type" { "2" } else { "" }) }.send()
                };
                let (status, headers, text) = send("/scans").await.without_ids();
                let unknown = send("/swans").await.without_ids();
                assert_eq!(status, 404, "{method} {part}: {text}");
                assert_eq!((status, headers, text.replace("/scans", "/swans")), unknown, "{method} {part}");
            }
        }
    }

    async fn unknown_operations_are_refused_as_documents(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        client.call(Method::PATCH, "/scans/a").send().await.refused(501, "NotImplemented");
        client.post("/scans/a").query("select", "").query("select-type", "2").xml("<a/>").send().await.refused(400, "MalformedXML");
        for (path, part, document) in [
            ("/scans/a", "legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"),
            ("/scans/a", "retention", "<Retention><Mode>GOVERNANCE</Mode></Retention>"),
            ("/scans", "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"),
            ("/scans", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>"),
            ("/scans", "encryption", "<ServerSideEncryptionConfiguration><Rule></Rule></ServerSideEncryptionConfiguration>"),
            ("/scans", "lifecycle", "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>"),
            ("/scans", "policy", "{}"),
        ] {
            client.put(path).query(part, "").xml(document).send().await.refused(501, "NotImplemented");
        }
        for (path, part) in [("/scans", "cors"), ("/scans", "policy")] {
            client.delete(path).query(part, "").send().await.refused(501, "NotImplemented");
        }
    }
}
