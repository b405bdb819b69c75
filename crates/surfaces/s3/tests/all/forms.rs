//! Uploads by browser forms whose policy somebody signed.

use crate::common::{Client, HOST, Server, noise};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engines::TestDb;
use http::Request;

/// A form as a page holds it.
struct Page<'c> {
    client: &'c Client<'c>,
    expires: &'static str,
    conditions: Vec<String>,
    fields: Vec<(String, String)>,
    filename: &'static str,
}

impl<'c> Page<'c> {
    fn of(client: &'c Client<'c>) -> Self {
        let page = Self {
            client,
            expires: "2199-01-01T00:00:00Z",
            conditions: vec![r#"{"bucket":"scans"}"#.into()],
            fields: Vec::new(),
            filename: "photo.jpg",
        };
        let signer = &client.signer;
        page.field("x-amz-algorithm", "AWS4-HMAC-SHA256")
            .field(
                "x-amz-credential",
                &format!("{}/{}", signer.access_key, signer.scope()),
            )
            .field("x-amz-date", &signer.at)
    }

    /// A field that the policy fixes.
    fn field(self, name: &str, value: &str) -> Self {
        let condition = format!(r#"{{"{name}":"{value}"}}"#);
        self.condition(&condition).loose(name, value)
    }

    /// A field of which the policy says nothing.
    fn loose(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    fn condition(mut self, condition: &str) -> Self {
        self.conditions.push(condition.into());
        self
    }

    fn signed(self) -> Self {
        let policy = format!(
            r#"{{"expiration":"{}","conditions":[{}]}}"#,
            self.expires,
            self.conditions.join(",")
        );
        let policy = STANDARD.encode(policy);
        let signature = self.client.signer.sign_text(&policy);
        self.loose("policy", &policy).loose("x-amz-signature", &signature)
    }

    /// The same with the signature that S3 took at first.
    fn signed_at_first(self) -> Self {
        use aws_lc_rs::hmac;
        let conditions = self.conditions.join(",");
        let policy = format!(
            r#"{{"expiration":"{}","conditions":[{conditions}]}}"#,
            self.expires
        );
        let policy = STANDARD.encode(policy);
        let signer = &self.client.signer;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, signer.secret.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, policy.as_bytes()));
        let access_key = signer.access_key.clone();
        let form = self.loose("AWSAccessKeyId", &access_key).loose("policy", &policy);
        form.loose("signature", &signature)
    }

    fn request(self, file: &[u8]) -> Request<Body> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend_from_slice(
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        }
        let head = format!("form-data; name=\"file\"; filename=\"{}\"", self.filename);
        body.extend_from_slice(
            format!("--edge\r\nContent-Disposition: {head}\r\nContent-Type: image/jpeg\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        Request::post("/scans")
            .header("host", HOST)
            .header("content-type", "multipart/form-data; boundary=edge")
            .header("content-length", body.len())
            .body(Body::from(body))
            .unwrap()
    }
}

async fn stage(db: TestDb) -> (Server, testkit::Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    (server, team)
}

engines::on_both! {
    async fn a_form_with_a_signed_policy_makes_a_version(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let photo = noise(200_000);
        let page = Page::of(&client).condition(r#"["starts-with","$key","in/"]"#).loose("key", "in/${filename}");
        let page = page.field("Content-Type", "image/jpeg").field("x-amz-meta-room", "7").field("success_action_status", "201");
        let made = server.send(page.signed().request(&photo)).await.expect(201);
        assert_eq!(made.one("Bucket"), "scans");
        assert!(!made.header("x-amz-version-id").is_empty());
        let got = client.get("/scans/in/photo.jpg").send().await.expect(200);
        assert_eq!(&*got.bytes, &*photo);
        assert_eq!((got.header("content-type"), got.header("x-amz-meta-room")), ("image/jpeg", "7"));
        let next = Page::of(&client).field("key", "b").field("success_action_redirect", "https://app.example/done");
        let told = server.send(next.signed().request(b"x")).await.expect(303);
        assert!(told.header("location").starts_with("https://app.example/done?bucket=scans&key=b&etag="), "{}", told.header("location"));
        server.send(Page::of(&client).field("key", "c").signed().request(b"")).await.expect(204);
        assert_eq!(&*client.fetch("/scans/c").await, b"");
        let tags = "<Tagging><TagSet><Tag><Key>colour</Key><Value>red &amp; blue</Value></Tag></TagSet></Tagging>";
        server.send(Page::of(&client).field("key", "d").field("tagging", tags).signed().request(b"d")).await.expect(204);
        let tags = client.get("/scans/d").query("tagging", "").send().await.expect(200).text();
        assert!(tags.contains("<Key>colour</Key><Value>red &amp; blue</Value>"), "{tags}");
    }

    async fn forms_signed_as_at_first_are_held_to_their_policy(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let page = |expires: &'static str| Page { expires, fields: Vec::new(), conditions: Vec::new(), ..Page::of(&client) }
            .condition(r#"{"bucket":"scans"}"#)
            .field("key", "old");
        let forever = "2199-01-01T00:00:00Z";
        server.send(page(forever).signed_at_first().request(b"abc")).await.expect(204);
        assert_eq!(&*client.fetch("/scans/old").await, b"abc");
        server.send(page("2020-01-01T00:00:00Z").signed_at_first().request(b"x")).await.refused(403, "AccessDenied");
        server.send(page("2199-01-01 00:00:00+00:00").signed_at_first().request(b"x")).await.refused(400, "InvalidPolicyDocument");
        let loose = page(forever).loose("x-amz-meta-who", "me").signed_at_first();
        server.send(loose.request(b"x")).await.refused(403, "AccessDenied");
        let mut forged = page(forever).signed_at_first();
        forged.fields.last_mut().unwrap().1 = STANDARD.encode([7; 20]);
        server.send(forged.request(b"x")).await.refused(403, "SignatureDoesNotMatch");
        let twice = page(forever).signed_at_first().loose("x-amz-signature", "0");
        server.send(twice.request(b"x")).await.refused(400, "InvalidArgument");
        assert_eq!(&*client.fetch("/scans/old").await, b"abc");
    }

    async fn what_a_policy_does_not_allow_leaves_nothing(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let page = || Page::of(&client).field("key", "a");
        let late = Page { expires: "2020-01-01T00:00:00Z", ..page() };
        let ranged = || page().condition(r#"["content-length-range",2,4]"#).signed();
        for (page, bytes, status, code) in [
            (late.signed(), &b"abc"[..], 403, "AccessDenied"),
            (page().loose("x-amz-meta-who", "me").signed(), b"abc", 403, "AccessDenied"),
            (page().condition(r#"{"x-amz-meta-who":"me"}"#).signed(), b"abc", 403, "AccessDenied"),
            (page().condition(r#"{"bucket":"other"}"#).signed(), b"abc", 403, "AccessDenied"),
            (ranged(), b"a", 400, "EntityTooSmall"),
            (ranged(), b"abcde", 400, "EntityTooLarge"),
            (page().field("x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=").signed(), b"other", 400, "BadDigest"),
        ] {
            server.send(page.request(bytes)).await.refused(status, code);
        }
        let mut forged = page().signed();
        forged.fields.last_mut().unwrap().1 = "0".repeat(64);
        server.send(forged.request(b"abc")).await.refused(403, "SignatureDoesNotMatch");
        client.get("/scans/a").send().await.refused(404, "NoSuchKey");
    }

    async fn forms_that_are_not_served_are_refused_before_their_file(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let page = || Page::of(&client).field("key", "a");
        let empty = || Page { fields: Vec::new(), ..Page::of(&client) }.loose("key", "a");
        server.send(empty().request(b"abc")).await.refused(403, "AccessDenied");
        let old = empty().loose("AWSAccessKeyId", "A").loose("policy", "e30=").loose("signature", "c2ln");
        server.send(old.request(b"abc")).await.refused(403, "InvalidAccessKeyId");
        let half = empty().loose("AWSAccessKeyId", "A").loose("policy", "e30=");
        server.send(half.request(b"abc")).await.refused(400, "InvalidArgument");
        server.send(page().field("tagging", "<Tagging").signed().request(b"abc")).await.refused(400, "MalformedXML");
        let twice = page().field("tagging", "<Tagging><TagSet/></Tagging>").field("x-amz-tagging", "a=b");
        server.send(twice.signed().request(b"abc")).await.refused(400, "InvalidArgument");
        server.send(page().field("x-amz-never-heard-of", "1").signed().request(b"abc")).await.refused(501, "NotImplemented");
        server.send(page().field("acl", "public-read").signed().request(b"abc")).await.refused(400, "AccessControlListNotSupported");
        server.send(page().field("x-amz-server-side-encryption", "aws:kms:dsse").signed().request(b"abc")).await.refused(400, "InvalidArgument");
        let customer = page().loose("x-amz-server-side-encryption-customer-algorithm", "AES256").signed();
        server.send(customer.request(b"abc")).await.refused(501, "NotImplemented");
        server.send(page().field("key", "b").signed().request(b"abc")).await.refused(400, "MalformedPOSTRequest");
        let mut smuggled = page().signed().request(b"abc");
        smuggled.headers_mut().insert("x-amz-meta-who", "me".parse().unwrap());
        server.send(smuggled).await.refused(403, "AccessDenied");
        let large = page().signed().request(&noise((8 << 20) + 1));
        server.send(large).await.refused(400, "EntityTooLarge");
        let mut cut = page().signed().request(b"");
        *cut.body_mut() = Body::from("--edge\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na");
        server.send(cut).await.refused(400, "MalformedPOSTRequest");
        client.get("/scans/a").send().await.refused(404, "NoSuchKey");
    }

    async fn a_form_is_held_to_what_the_bucket_takes(db: TestDb) {
        let (server, team) = stage(db).await;
        let (owner, client) = (&team.owner, server.by(&team.owner));
        let rule = custody::dataset::Ingest {
            types: vec!["image/gif".into()],
            max_bytes: Some(50_000),
            classes: vec!["health".into()],
            ..Default::default()
        };
        let change = custody::dataset::DatasetChange { ingest: Some(Some(rule)), ..Default::default() };
        let scans = custody::dataset::DatasetRef::parse("scans");
        owner.custody().change_dataset(&owner.credential, owner.request(), scans, change).await.unwrap();
        let page = |kind: &str| Page::of(&client).field("key", "a").field("Content-Type", kind);
        let classed = |kind: &str| page(kind).field("x-amz-meta-bailee-class", "health").signed();
        let gif = |length: usize| [b"GIF89a".to_vec(), noise(length)].concat();
        server.send(page("image/gif").signed().request(&gif(40))).await.refused(400, "InvalidRequest");
        server.send(classed("image/jpeg").request(&gif(40))).await.refused(400, "InvalidRequest");
        server.send(classed("image/gif").request(&noise(40_000))).await.refused(400, "InvalidRequest");
        server.send(classed("image/gif").request(&gif(50_000))).await.refused(400, "EntityTooLarge");
        client.get("/scans/a").send().await.refused(404, "NoSuchKey");
        server.send(classed("image/gif").request(&gif(40_000))).await.expect(204);
    }

    async fn customers_who_hold_their_key_send_its_token_in_a_field(db: TestDb) {
        use secrecy::ExposeSecret as _;
        let server = Server::on(db).await;
        let team = server.world.customer_held_team("bank").await;
        team.owner.dataset("scans").await.unwrap();
        let mut client = server.by(&team.owner);
        let token = team.owner.credential.to_text().expose_secret().to_owned();
        let alone = Page::of(&client).field("key", "a").signed().request(b"abc");
        server.send(alone).await.refused(403, "InvalidAccessKeyId");
        let page = Page::of(&client).field("key", "a").field("x-amz-security-token", &token);
        server.send(page.signed().request(b"abc")).await.expect(204);
        client.token = Some(token);
        assert_eq!(&*client.fetch("/scans/a").await, b"abc");
    }
}
