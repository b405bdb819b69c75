//! Who is let in, and with what.

use std::time::Duration;

use crate::common::{Client, Server, amz_date, sha256};
use engines::TestDb;
use kernel::{Clock as _, SystemClock};
use s3::Settings;
use secrecy::ExposeSecret as _;
use testkit::Team;

/// A team with a bucket `scans` that holds `a.txt`.
async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    team.owner.put("scans", "a.txt", b"hello").await.unwrap();
    (server, team)
}

fn at<'s>(client: &Client<'s>, offset: i64) -> Client<'s> {
    let now = SystemClock.now();
    let by = Duration::from_secs(offset.unsigned_abs());
    let moved = if offset < 0 { now.minus(by) } else { now.plus(by) };
    let mut client = client.clone();
    client.signer.at = amz_date(moved);
    client
}

engines::on_both! {
    async fn a_signed_request_is_answered_with_its_id(db: TestDb) {
        let (server, team) = stage(db).await;
        let reply = server.by(&team.owner).get("/scans/a.txt").send().await.expect(200);
        assert_eq!(&*reply.bytes, b"hello");
        assert_eq!(reply.header("x-amz-request-id"), reply.header("bailee-operation"));
        assert!(!reply.header("x-amz-request-id").is_empty());
    }

    async fn wrong_secrets_and_unknown_keys_are_refused(db: TestDb) {
        let (server, team) = stage(db).await;
        let access_key = team.owner.credential.access_key();
        let forger = server.signed(&access_key, "not the secret");
        forger.get("/scans/a.txt").send().await.refused(403, "SignatureDoesNotMatch");
        for nobody in ["AKIAIOSFODNN7EXAMPLE", "BAILEE00000000000000000000000000000000"] {
            let nobody = server.signed(nobody, "not the secret");
            nobody.get("/scans/a.txt").send().await.refused(403, "InvalidAccessKeyId");
        }
    }

    async fn an_invalidated_key_is_refused_at_once(db: TestDb) {
        let (server, team) = stage(db).await;
        let key = team.owner.issue_key().await;
        let other = team.owner.with_key(&key);
        let client = server.by(&other);
        client.get("/scans/a.txt").send().await.expect(200);
        team.owner.invalidate(&key).await.unwrap();
        client.get("/scans/a.txt").send().await.refused(403, "InvalidAccessKeyId");
    }

    async fn nothing_is_for_everybody(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for path in ["/", "/scans", "/scans/a.txt"] {
            let reply = server.send(client.get(path).anonymous()).await;
            reply.refused(403, "AccessDenied");
        }
    }

    async fn other_signatures_are_refused_with_advice(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let old = client.get("/scans/a.txt").unsigned("authorization", "AWS AKIA:c2ln").anonymous();
        let message = server.send(old).await.refused(400, "InvalidRequest");
        assert!(message.contains("signature_version='s3v4'"), "{message}");
        let presigned = client.get("/scans/a.txt").query("AWSAccessKeyId", "A").query("Signature", "c2ln");
        let presigned = presigned.query("Expires", "9999999999").anonymous();
        let message = server.send(presigned).await.refused(400, "InvalidRequest");
        assert!(message.contains("signature_version='s3v4'"), "{message}");
        let header = "AWS4-ECDSA-P256-SHA256 Credential=a/b/s3/aws4_request, SignedHeaders=host, Signature=00";
        let asymmetric = client.get("/scans/a.txt").unsigned("authorization", header).anonymous();
        let message = server.send(asymmetric).await.refused(501, "NotImplemented");
        assert!(message.contains("AWS4-HMAC-SHA256"), "{message}");
    }

    async fn what_changes_meaning_must_be_signed(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let smuggled = client.put("/scans/b.txt").bytes(b"x").unsigned("x-amz-copy-source", "/scans/a.txt");
        smuggled.send().await.refused(403, "AccessDenied");
        let smuggled = client.put("/scans/b.txt").bytes(b"x").unsigned("x-amz-meta-who", "me").presigned(60);
        server.send(smuggled).await.refused(403, "AccessDenied");
        client.get("/scans/b.txt").send().await.refused(404, "NoSuchKey");
    }

    async fn clocks_may_be_a_quarter_of_an_hour_off(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for near in [-840, 840] {
            at(&client, near).get("/scans/a.txt").send().await.expect(200);
        }
        for far in [-960, 960] {
            at(&client, far).get("/scans/a.txt").send().await.refused(403, "RequestTimeTooSkewed");
        }
    }

    async fn presigned_urls_work_until_they_end(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let get = server.send(client.get("/scans/a.txt").presigned(60)).await.expect(200);
        assert_eq!(&*get.bytes, b"hello");
        server.send(client.put("/scans/b.txt").bytes(b"new").presigned(60)).await.expect(200);
        assert_eq!(&*client.fetch("/scans/b.txt").await, b"new");
        let ended = at(&client, -120).get("/scans/a.txt").presigned(60);
        server.send(ended).await.refused(403, "AccessDenied");
        for bad in [0, 604_801] {
            let reply = server.send(client.get("/scans/a.txt").presigned(bad)).await;
            reply.refused(400, "AuthorizationQueryParametersError");
        }
    }

    async fn a_presigned_url_is_for_one_key_and_method(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let mut request = client.get("/scans/a.txt").presigned(60);
        *request.method_mut() = http::Method::DELETE;
        server.send(request).await.refused(403, "SignatureDoesNotMatch");
        let mut request = client.get("/scans/a.txt").presigned(60);
        let moved = request.uri().to_string().replace("a.txt", "b.txt");
        *request.uri_mut() = moved.parse().unwrap();
        server.send(request).await.refused(403, "SignatureDoesNotMatch");
    }

    async fn customers_who_hold_their_key_send_its_token(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.customer_held_team("bank").await;
        team.owner.dataset("files").await.unwrap();
        let alone = server.by(&team.owner);
        alone.get("/files").send().await.refused(403, "InvalidAccessKeyId");
        let mut client = alone.clone();
        client.token = Some(team.owner.credential.to_text().expose_secret().to_owned());
        client.store("/files/a.txt", b"sealed").await;
        assert_eq!(&*client.fetch("/files/a.txt").await, b"sealed");
        let presigned = server.send(client.get("/files/a.txt").presigned(60)).await.expect(200);
        assert_eq!(&*presigned.bytes, b"sealed");
        // The token of another key is no help.
        let other = team.owner.issue_key().await;
        client.token = Some(other.to_text().expose_secret().to_owned());
        client.get("/files/a.txt").send().await.refused(403, "InvalidAccessKeyId");
    }

    async fn a_configured_region_is_the_only_one(db: TestDb) {
        let settings = Settings { region: Some("eu-central-1".into()), ..Settings::default() };
        let server = Server::with(db, settings).await;
        let team = server.world.team("clinic").await;
        let mut client = server.by(&team.owner);
        let reply = client.get("/").send().await;
        reply.refused(400, "AuthorizationHeaderMalformed");
        assert_eq!(reply.one("Region"), "eu-central-1");
        client.signer.region = "eu-central-1".into();
        client.get("/").send().await.expect(200);
    }

    async fn buckets_are_sub_domains_of_the_configured_domain(db: TestDb) {
        let settings = Settings { domain: Some("s3.bailee.example".into()), ..Settings::default() };
        let server = Server::with(db, settings).await;
        let team = server.world.team("clinic").await;
        let client = server.by(&team.owner);
        client.put("/scans").send().await.expect(200);
        let host = "scans.s3.bailee.example";
        client.put("/a%20b.txt").header("host", host).bytes(b"hello").send().await.expect(200);
        assert_eq!(&*client.fetch("/scans/a%20b.txt").await, b"hello");
        let other = client.get("/scans/a%20b.txt").header("host", "10.0.0.7:8443").send().await.expect(200);
        assert_eq!(&*other.bytes, b"hello");
    }

    async fn the_hash_of_a_document_is_held(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let document = "<Delete><Object><Key>a.txt</Key></Object></Delete>";
        let call = client.post("/scans").query("delete", "").xml(document).payload(&sha256(b"another"));
        call.send().await.refused(400, "XAmzContentSHA256Mismatch");
        let call = client.post("/scans").query("delete", "").xml(document).header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
        call.send().await.refused(400, "BadDigest");
        client.head("/scans/a.txt").send().await.expect(200);
    }
}
