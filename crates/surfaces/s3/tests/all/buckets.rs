//! Buckets, and the parts of them that clients ask for first.

use crate::common::Server;
use access::Class;
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
        // In S3's first region that is no error, and changes nothing.
        let mut first = client.clone();
        first.signer.region = "us-east-1".into();
        first.put("/scans").send().await.expect(200);
        first.put("/scans").xml(location).send().await.refused(400, "InvalidLocationConstraint");
        let locks = first.put("/scans").header("x-amz-bucket-object-lock-enabled", "true");
        locks.send().await.refused(409, "BucketAlreadyOwnedByYou");
        for bad in ["/Scans", "/a-.b", "/a.-b", "/ab", "/192.168.7.7", "/0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e"] {
            client.put(bad).send().await.refused(400, "InvalidBucketName");
        }
        // Names are each tenant's own.
        let other = server.world.team("other").await;
        server.by(&other.owner).put("/scans").send().await.expect(200);
    }

    async fn a_bucket_lies_in_the_region_that_it_is_made_in(db: TestDb) {
        let elsewhere = engines::Elsewhere::start().unwrap();
        let world = testkit::World::with_places(db, vec![elsewhere.place("far", 50_000).unwrap()]).await;
        let server = Server::over(world, s3::Settings::default());
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        let made_in = |region: &str| format!("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>");
        client.put("/near").send().await.expect(200);
        client.put("/signed").xml(&made_in("eu-north-1")).send().await.expect(200);
        client.put("/scans").xml(&made_in("far")).send().await.expect(200);
        let refused = client.put("/other").xml(&made_in("mars")).send().await;
        assert!(refused.refused(400, "InvalidLocationConstraint").contains("home, far"));
        for (bucket, region) in [("near", ""), ("signed", ""), ("scans", "far")] {
            let location = client.get(&format!("/{bucket}")).query("location", "").send().await.expect(200);
            let told = location.text().contains(">far</LocationConstraint>");
            assert_eq!(told, region == "far", "{bucket}: {}", location.text());
        }
        client.store("/scans/a.txt", b"bytes elsewhere").await;
        assert_eq!(&*client.fetch("/scans/a.txt").await, b"bytes elsewhere");
        assert_eq!((elsewhere.files().unwrap().len(), server.world.object_files().len()), (1, 0));
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
            reply.refused(400, "InvalidRequest");
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
        let document = "<NotificationConfiguration/>";
        client.put("/scans").query("notification", "").xml(document).send().await.refused(501, "NotImplemented");
    }

    async fn what_is_refused_on_purpose_says_why(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        for (part, document, why) in [
            ("lifecycle", "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>", "contract"),
            ("policy", "{}", "grants"),
        ] {
            let message = client.put("/scans").query(part, "").xml(document).send().await.refused(501, "NotImplemented");
            assert!(message.contains(why), "{message}");
            let message = client.delete("/scans").query(part, "").send().await.refused(501, "NotImplemented");
            assert!(message.contains(why), "{message}");
        }
    }

    async fn the_owner_alone_has_rights_and_can_say_so(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        client.store("/scans/a.txt", b"x").await;
        for path in ["/scans", "/scans/a.txt"] {
            let acl = || client.put(path).query("acl", "");
            for canned in ["private", "bucket-owner-full-control", "bucket-owner-read"] {
                acl().header("x-amz-acl", canned).send().await.expect(200);
            }
            acl().header("x-amz-acl", "public-read").send().await.refused(400, "AccessControlListNotSupported");
            acl().header("x-amz-grant-read", "id=\"someone\"").send().await.refused(400, "AccessControlListNotSupported");
            let told = client.get(path).query("acl", "").send().await.expect(200);
            acl().xml(&told.text()).send().await.expect(200);
            let others = told.text().replace(&format!("<ID>{}</ID>", team.id), "<ID>someone</ID>");
            acl().xml(&others).send().await.refused(400, "AccessControlListNotSupported");
            let less = told.text().replace("FULL_CONTROL", "READ");
            acl().xml(&less).send().await.refused(400, "AccessControlListNotSupported");
            acl().send().await.refused(400, "MalformedACLError");
        }
        client.put("/scans/never").query("acl", "").header("x-amz-acl", "private").send().await.refused(404, "NoSuchKey");
        client.put("/other").header("x-amz-acl", "public-read").send().await.refused(400, "AccessControlListNotSupported");
        client.put("/other").header("x-amz-object-ownership", "ObjectWriter").send().await.refused(400, "InvalidArgument");
        client.put("/other").header("x-amz-object-ownership", "BucketOwnerEnforced").send().await.expect(200);
    }

    async fn nothing_is_public(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        let part = |part: &str| client.get("/scans").query(part, "").send();
        let told = part("publicAccessBlock").await.expect(200);
        for one in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
            assert_eq!(told.one(one), "true", "{one}");
        }
        let put = |part: &str, document: &str| client.put("/scans").query(part, "").xml(document).send();
        put("publicAccessBlock", &told.text()).await.expect(200);
        put("publicAccessBlock", &told.text().replacen("true", "false", 1)).await.refused(400, "InvalidArgument");
        client.delete("/scans").query("publicAccessBlock", "").send().await.refused(501, "NotImplemented");
        assert_eq!(part("policyStatus").await.expect(200).one("IsPublic").to_lowercase(), "false");
        let told = part("ownershipControls").await.expect(200);
        assert_eq!(told.one("ObjectOwnership"), "BucketOwnerEnforced");
        put("ownershipControls", &told.text()).await.expect(200);
        put("ownershipControls", &told.text().replace("BucketOwnerEnforced", "ObjectWriter")).await.refused(400, "InvalidArgument");
        client.delete("/scans").query("ownershipControls", "").send().await.refused(501, "NotImplemented");
    }

    async fn tags_of_a_bucket_are_kept(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        let tag = |key: &str| format!("<Tag><Key>{key}</Key><Value>a b</Value></Tag>");
        let put = |tags: String| {
            let document = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
            client.put("/scans").query("tagging", "").xml(&document).send()
        };
        let get = || client.get("/scans").query("tagging", "").send();
        assert!(put(tag("unit")).await.status < 300);
        let told = get().await.expect(200);
        assert_eq!((told.one("Key"), told.one("Value")), ("unit".into(), "a b".into()));
        put(tag("unit") + &tag("unit")).await.refused(400, "InvalidTag");
        put((0..51).map(|each| tag(&each.to_string())).collect()).await.refused(400, "InvalidTag");
        client.delete("/scans").query("tagging", "").send().await.expect(204);
        get().await.refused(404, "NoSuchTagSet");
    }

    async fn rules_for_browsers_add_headers_to_signed_answers(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        client.store("/scans/a", b"x").await;
        let rule = |origin: &str, method: &str| format!(
            "<CORSConfiguration><CORSRule><AllowedOrigin>{origin}</AllowedOrigin><AllowedMethod>{method}</AllowedMethod>\
             <ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>"
        );
        let put = |document: String| client.put("/scans").query("cors", "").xml(&document).send();
        client.get("/scans").query("cors", "").send().await.refused(404, "NoSuchCORSConfiguration");
        put(rule("https://*.*", "GET")).await.refused(400, "InvalidRequest");
        put(rule("*", "PATCH")).await.refused(400, "InvalidRequest");
        put(rule("https://*.example", "GET")).await.expect(200);
        let told = client.get("/scans").query("cors", "").send().await.expect(200);
        assert_eq!((told.one("AllowedOrigin"), told.one("AllowedMethod"), told.one("ExposeHeader")), ("https://*.example".into(), "GET".into(), "ETag".into()));
        let origin = "access-control-allow-origin";
        let get = |from: &str| client.get("/scans/a").unsigned("origin", from).send();
        let got = get("https://app.example").await.expect(200);
        assert_eq!((got.header(origin), got.header("access-control-expose-headers")), ("https://app.example", "ETag"));
        assert_eq!(get("https://app.invalid").await.expect(200).header(origin), "");
        let put_from = client.put("/scans/b").bytes(b"x").unsigned("origin", "https://app.example").send().await.expect(200);
        assert_eq!(put_from.header(origin), "");
        let unknown = server.send(client.get("/scans/a").unsigned("origin", "https://app.example").anonymous()).await;
        assert_eq!((unknown.status, unknown.header(origin)), (403, ""));
        let stranger = server.world.team("stranger").await;
        let other = server.by(&stranger.owner).get("/scans/a").unsigned("origin", "https://app.example").send().await;
        assert_eq!((other.status, other.header(origin)), (404, ""));
        client.delete("/scans").query("cors", "").send().await.expect(204);
        assert_eq!(get("https://app.example").await.expect(200).header(origin), "");
    }

    async fn what_browsers_ask_beforehand_is_answered_by_the_installation(db: TestDb) {
        let settings = s3::Settings { cors_origins: vec!["https://*.example".into()], ..s3::Settings::default() };
        let server = Server::with(db, settings).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        let ask = |origin: &str, path: &str| {
            let call = client.call(Method::OPTIONS, path).header("origin", origin).header("access-control-request-method", "PUT");
            server.send(call.header("access-control-request-headers", "content-type").anonymous())
        };
        let told = ask("https://app.example", "/never-made/a").await.expect(200);
        let headers = ["origin", "methods", "headers"].map(|name| told.header(&format!("access-control-allow-{name}")));
        assert_eq!(headers, ["https://app.example", "PUT", "content-type"]);
        ask("https://app.invalid", "/never-made/a").await.refused(403, "AccessDenied");
    }
}
