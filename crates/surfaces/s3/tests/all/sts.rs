//! Temporary credentials over STS, as the SDKs ask for them, and what becomes of them at the S3 door.

use std::time::Duration;

use crate::common::{Client, Reply, Server, sha256};
use access::Class;
use custody::dataset::{DatasetRef, GrantTerms, NewDataset};
use custody::key::NewKey;
use custody::task::Work;
use custody::{Credential, KeyScope};
use engines::TestDb;
use secrecy::ExposeSecret as _;
use serde_json::json;
use testkit::{Person, Team};

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    for name in ["scans", "other"] {
        team.owner.dataset(name).await.unwrap();
    }
    for (dataset, name) in [("scans", "in/one"), ("scans", "out/two"), ("other", "in/three")] {
        team.owner.put(dataset, name, name.as_bytes()).await.unwrap();
    }
    (server, team)
}

/// A request as botocore sends it: the body is signed, and no header says its hash.
async fn ask(client: &Client<'_>, fields: &[(&str, &str)]) -> Reply {
    let mut client = client.clone();
    client.signer.service = "sts";
    let fields = fields.iter().chain([&("Version", "2011-06-15")]);
    let form: Vec<String> = fields
        .map(|(name, value)| format!("{name}={}", crate::common::sign::encode(value)))
        .collect();
    let call = client
        .post("/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    call.bytes(form.join("&").as_bytes()).without_hash().send().await
}

/// Somebody with the credentials in the answer.
fn holder<'s>(server: &'s Server, reply: &Reply) -> Client<'s> {
    let client = server.signed(&reply.one("AccessKeyId"), &reply.one("SecretAccessKey"));
    Client {
        token: Some(reply.one("SessionToken")),
        ..client
    }
}

async fn assume<'s>(
    server: &'s Server,
    client: &Client<'_>,
    role: &str,
    more: &[(&str, &str)],
) -> Client<'s> {
    let reply = try_to_assume(server, client, role, more).await.expect(200);
    holder(server, &reply)
}

async fn try_to_assume(server: &Server, client: &Client<'_>, role: &str, more: &[(&str, &str)]) -> Reply {
    let identity = ask(client, &[("Action", "GetCallerIdentity")]).await.expect(200);
    let arn = format!("arn:aws:iam::{}:role/{role}", identity.one("Account"));
    let fields = [
        ("Action", "AssumeRole"),
        ("RoleArn", arn.as_str()),
        ("RoleSessionName", "ci-run.7"),
    ];
    let _ = server;
    ask(client, &[&fields[..], more].concat()).await
}

#[track_caller]
fn is_refused(reply: &Reply, status: u16, code: &str) -> String {
    assert_eq!(
        (reply.status, reply.one("Code")),
        (status, code.to_owned()),
        "{}",
        reply.text()
    );
    assert_eq!(reply.header("content-type"), "text/xml");
    assert!(
        reply
            .text()
            .starts_with("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">")
    );
    assert_eq!(reply.one("RequestId"), reply.header("x-amz-request-id"));
    assert_eq!(
        reply.one("Type"),
        if status < 500 { "Sender" } else { "Receiver" }
    );
    reply.one("Message")
}

async fn issued(person: &Person) -> Person {
    let new = NewKey {
        label: "parent".into(),
        ..NewKey::default()
    };
    let issued = person
        .custody()
        .issue_key(&person.credential, person.request(), new, None)
        .await
        .unwrap();
    person.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap())
}

engines::on_both! {
    async fn the_caller_is_told_who_they_are(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let reply = ask(&client, &[("Action", "GetCallerIdentity")]).await.expect(200);
        assert_eq!((reply.one("Account"), reply.one("UserId")), (team.id.to_string(), team.owner.member.to_string()));
        assert_eq!(reply.one("Arn"), format!("arn:aws:iam::{}:user/{}", team.id, team.owner.member));
        let held = assume(&server, &client, "self", &[]).await;
        let reply = ask(&held, &[("Action", "GetCallerIdentity")]).await.expect(200);
        assert!(reply.one("Arn").contains(":assumed-role/self/"));
    }

    async fn a_session_token_is_good_for_what_its_key_is(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let reply = ask(&client, &[("Action", "GetSessionToken"), ("DurationSeconds", "900")]).await.expect(200);
        assert!(reply.one("Expiration").ends_with('Z') && reply.one("SessionToken").starts_with("bailee_"));
        let held = holder(&server, &reply);
        assert_eq!(held.fetch("/scans/in/one").await, "in/one");
        held.store("/scans/in/four", b"four").await;
        held.delete("/scans/in/four").send().await.expect(204);
        server.world.clock.advance(HOUR / 4);
        held.get("/scans/in/one").send().await.refused(400, "ExpiredToken");
    }

    async fn without_its_session_token_a_temporary_key_is_none(db: TestDb) {
        let (server, team) = stage(db).await;
        let held = assume(&server, &server.by(&team.owner), "self", &[]).await;
        let bare = Client { token: None, ..held.clone() };
        bare.get("/scans/in/one").send().await.refused(403, "InvalidAccessKeyId");
        let token = team.owner.credential.to_text().expose_secret().to_owned();
        let other = Client { token: Some(token), ..held };
        other.get("/scans/in/one").send().await.refused(403, "InvalidAccessKeyId");
    }

    async fn a_role_of_a_dataset_ends_at_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let held = assume(&server, &client, "dataset/scans", &[]).await;
        assert_eq!(held.fetch("/scans/out/two").await, "out/two");
        held.get("/other/in/three").send().await.refused(404, "NoSuchBucket");
        assert_eq!(held.get("/").send().await.expect(200).all("Name"), ["scans"]);
        is_refused(&try_to_assume(&server, &client, "dataset/none", &[]).await, 400, "ValidationError");
        is_refused(&try_to_assume(&server, &client, "admin", &[]).await, 400, "ValidationError");
    }

    async fn a_session_policy_is_kept_to(db: TestDb) {
        let (server, team) = stage(db).await;
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::scans/in/*" },
            { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::scans",
              "Condition": { "StringLike": { "s3:prefix": "in/*" } } },
        ] }).to_string();
        let held = assume(&server, &server.by(&team.owner), "self", &[("Policy", &policy)]).await;
        assert_eq!(held.fetch("/scans/in/one").await, "in/one");
        held.store("/scans/in/five", b"five").await;
        let listed = held.get("/scans").query("list-type", "2").query("prefix", "in/").send().await.expect(200);
        assert_eq!(listed.all("Key"), ["in/five", "in/one"]);
        held.get("/scans").query("list-type", "2").send().await.refused(403, "AccessDenied");
        held.get("/scans/out/two").send().await.refused(403, "AccessDenied");
        held.put("/scans/out/six").bytes(b"6").send().await.refused(403, "AccessDenied");
        held.delete("/scans/in/one").send().await.refused(403, "AccessDenied");
        held.get("/other/in/three").send().await.refused(404, "NoSuchBucket");
        held.put("/new-bucket").send().await.refused(403, "AccessDenied");
    }

    async fn what_a_policy_means_otherwise_is_refused(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let denies = json!({ "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "*" } }).to_string();
        let reply = try_to_assume(&server, &client, "self", &[("Policy", &denies)]).await;
        assert!(is_refused(&reply, 400, "MalformedPolicyDocument").contains("Allow"));
        let long = "a".repeat(2_049);
        is_refused(&try_to_assume(&server, &client, "self", &[("Policy", &long)]).await, 400, "PackedPolicyTooLarge");
        let elsewhere = json!({ "Statement": { "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*" } });
        let elsewhere = elsewhere.to_string();
        is_refused(&try_to_assume(&server, &client, "dataset/scans", &[("Policy", &elsewhere)]).await, 400, "ValidationError");
        for (name, value) in [("SerialNumber", "1"), ("DurationSeconds", "899"), ("DurationSeconds", "43201")] {
            is_refused(&try_to_assume(&server, &client, "self", &[(name, value)]).await, 400, "ValidationError");
        }
        is_refused(&ask(&client, &[("Action", "DecodeAuthorizationMessage")]).await, 400, "InvalidAction");
    }

    async fn one_gives_no_others_and_none_is_given_to_strangers(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let held = assume(&server, &client, "self", &[]).await;
        is_refused(&try_to_assume(&server, &held, "self", &[]).await, 403, "AccessDenied");
        is_refused(&ask(&held, &[("Action", "GetSessionToken")]).await, 403, "AccessDenied");
        let other = server.world.team("other").await;
        let arn = format!("arn:aws:iam::{}:role/self", other.id);
        let fields = [("Action", "AssumeRole"), ("RoleArn", arn.as_str()), ("RoleSessionName", "spy")];
        is_refused(&ask(&client, &fields).await, 403, "AccessDenied");
        let wrong = server.signed(&team.owner.credential.access_key(), "not the secret of this key at all 40 ch");
        is_refused(&ask(&wrong, &[("Action", "GetSessionToken")]).await, 403, "SignatureDoesNotMatch");
        let nobody = server.signed("BAILEE0198F0C27D3A7C119B1E5F6A7B8C9D0E", "secret");
        is_refused(&ask(&nobody, &[("Action", "GetSessionToken")]).await, 403, "InvalidClientTokenId");
    }

    async fn the_form_itself_must_be_signed(db: TestDb) {
        let (server, team) = stage(db).await;
        let mut client = server.by(&team.owner);
        let form = "Action=GetSessionToken&Version=2011-06-15";
        let kind = "application/x-www-form-urlencoded";
        let call = client.post("/").header("content-type", kind).bytes(form.as_bytes());
        is_refused(&call.send().await, 400, "IncompleteSignature");
        client.signer.service = "sts";
        let call = || client.post("/").header("content-type", kind).bytes(form.as_bytes());
        call().send().await.expect(200);
        is_refused(&call().payload("UNSIGNED-PAYLOAD").send().await, 403, "AccessDenied");
        is_refused(&server.send(call().presigned(60)).await, 403, "AccessDenied");
        is_refused(&server.send(call().anonymous()).await, 403, "AccessDenied");
        let swapped = axum::body::Body::from("Action=GetSessionToken&Version=2011-06-16");
        is_refused(&call().without_hash().sending(swapped).send().await, 403, "SignatureDoesNotMatch");
        let declared = sha256(b"another form");
        let status = call().payload(&declared).send().await.status;
        assert!(status == 400 || status == 403, "{status}");
        // And S3 takes no signature that was made for STS.
        client.get("/scans/in/one").send().await.refused(400, "AuthorizationHeaderMalformed");
    }

    async fn when_the_parent_ends_links_and_parts_end_with_it(db: TestDb) {
        let (server, team) = stage(db).await;
        let parent = issued(&team.owner).await;
        let held = assume(&server, &server.by(&parent), "self", &[]).await;
        let begun = held.post("/scans/big").query("uploads", "").send().await.expect(200);
        let upload = begun.one("UploadId");
        let part = || held.put("/scans/big").query("partNumber", "1").query("uploadId", &upload).bytes(b"a part");
        part().send().await.expect(200);
        let link = || server.send(held.get("/scans/in/one").presigned(3600));
        assert_eq!(link().await.expect(200).bytes, "in/one");
        team.owner.invalidate(&parent.credential).await.unwrap();
        link().await.refused(403, "InvalidAccessKeyId");
        part().send().await.refused(403, "InvalidAccessKeyId");
        held.get("/scans").query("list-type", "2").send().await.refused(403, "InvalidAccessKeyId");
    }

    async fn customers_who_hold_their_key_need_it_whole_to_lend_it(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.customer_held_team("lab").await;
        team.owner.dataset("scans").await.unwrap();
        team.owner.put("scans", "in/one", b"sealed").await.unwrap();
        let token = team.owner.credential.to_text().expose_secret().to_owned();
        let client = Client { token: Some(token), ..server.by(&team.owner) };
        let held = assume(&server, &client, "dataset/scans", &[]).await;
        assert_eq!(held.fetch("/scans/in/one").await, "sealed");
        let reply = ask(&server.by(&team.owner), &[("Action", "GetSessionToken")]).await;
        is_refused(&reply, 403, "InvalidClientTokenId");
    }

    async fn a_worker_takes_a_task_along_and_nothing_else(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = &team.owner;
        let work = Work { batch: 2, lease_minutes: 30, open_per_worker: 2, originals: true };
        let new = NewDataset { name: "scans".into(), work: Some(work), ..NewDataset::default() };
        owner.custody().create_dataset(&owner.credential, owner.request(), new, None).await.unwrap();
        for name in ["a/1", "a/2", "b/3", "b/4", "c/5"] {
            owner.put("scans", name, name.as_bytes()).await.unwrap();
        }
        let wanda = team.member(Class::Worker).await;
        let scans = || DatasetRef::parse("scans");
        let (custody, terms) = (owner.custody(), GrantTerms::default());
        custody.give_grant(&owner.credential, owner.request(), scans(), wanda.member, terms).await.unwrap();
        let lease = async || custody.request_task(&wanda.credential, wanda.request(), scans(), None).await.unwrap().unwrap().id;
        let (task, _other) = (lease().await, lease().await);
        let held = assume(&server, &server.by(&wanda), &format!("task/{task}"), &[]).await;
        let list = |more: &'static [(&str, &str)]| {
            let call = held.get("/scans").query("list-type", "2");
            more.iter().fold(call, |call, (name, value)| call.query(name, value)).send()
        };
        assert_eq!(list(&[]).await.expect(200).all("Key"), ["a/1", "a/2"]);
        assert!(list(&[("delimiter", "/")]).await.expect(200).text().contains("<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>"));
        assert_eq!(list(&[("prefix", "b/")]).await.expect(200).all("Key").len(), 0);
        assert_eq!(held.fetch("/scans/a/1").await, "a/1");
        for key in ["b/3", "c/5", "none"] {
            let path = format!("/scans/{key}");
            let hidden = held.get(&path).send().await;
            assert_eq!(hidden.refused(404, hidden.one("Code").as_str()), held.get("/scans/none").send().await.one("Message"));
            assert_eq!(held.head(&path).send().await.status, 404);
        }
        assert!(held.put("/scans/a/1").bytes(b"changed").send().await.status >= 403);
        let link = || server.send(held.get("/scans/a/2").presigned(3600));
        link().await.expect(200);
        custody.return_task(&wanda.credential, wanda.request(), task).await.unwrap();
        link().await.refused(403, "InvalidAccessKeyId");
        held.get("/scans/a/1").send().await.refused(403, "InvalidAccessKeyId");
        list(&[]).await.refused(403, "InvalidAccessKeyId");
        is_refused(&try_to_assume(&server, &server.by(&wanda), &format!("task/{task}"), &[]).await, 400, "ValidationError");
    }

    async fn a_key_for_some_names_is_held_to_them_by_every_operation(db: TestDb) {
        let (server, team) = stage(db).await;
        let scope = KeyScope { prefixes: Some(vec!["in/".into()]), ..KeyScope::default() };
        let new = NewKey { label: "narrow".into(), scope, ..NewKey::default() };
        let (owner, custody) = (&team.owner, team.owner.custody());
        let issued = custody.issue_key(&owner.credential, owner.request(), new, None).await.unwrap();
        let narrow = server.by(&owner.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap()));
        // A bucket without locks says so to everybody who asks for one.
        for (about, xml) in [
            ("versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
            ("object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"),
        ] {
            server.by(owner).put("/scans").query(about, "").xml(xml).send().await.expect(200);
        }
        let upload = server.by(owner).post("/scans/out/big").query("uploads", "").send().await.expect(200).one("UploadId");
        let xml = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
        let gone = "<Delete><Object><Key>out/two</Key></Object></Delete>";
        for key in ["out/two", "out/none"] {
            let path = format!("/scans/{key}");
            let calls = [
                narrow.get(&path),
                narrow.head(&path),
                narrow.get(&path).header("range", "bytes=0-1"),
                narrow.get(&path).query("attributes", "").header("x-amz-object-attributes", "ETag"),
                narrow.get(&path).query("tagging", ""),
                narrow.put(&path).query("tagging", "").xml(xml),
                narrow.delete(&path).query("tagging", ""),
                narrow.get(&path).query("legal-hold", ""),
                narrow.put(&path).bytes(b"new"),
                narrow.put(&path).header("x-amz-copy-source", "/scans/in/one"),
                narrow.put("/scans/in/copy").header("x-amz-copy-source", &path),
                narrow.delete(&path),
                narrow.post(&path).query("uploads", ""),
                narrow.get("/scans").query("list-type", "2"),
                narrow.get("/scans").query("list-type", "2").query("prefix", "out/"),
                narrow.get("/scans").query("list-type", "2").query("prefix", "i"),
                narrow.get("/scans"),
                narrow.get("/scans").query("versions", ""),
                narrow.get("/scans").query("versions", "").query("prefix", "out/"),
                narrow.put("/another").bytes(b""),
                narrow.delete("/scans"),
                narrow.put("/scans").query("tagging", "").xml(xml),
            ];
            for call in calls {
                let said = format!("{call:?}");
                let reply = call.send().await;
                assert_eq!(reply.status, 403, "{said}: {}", reply.text());
            }
        }
        let unknown = [
            narrow.put("/scans/out/big").query("partNumber", "1").query("uploadId", &upload).bytes(b"part"),
            narrow.get("/scans/out/big").query("uploadId", &upload),
            narrow.delete("/scans/out/big").query("uploadId", &upload),
        ];
        for call in unknown {
            call.send().await.refused(404, "NoSuchUpload");
        }
        assert!(narrow.get("/scans").query("uploads", "").send().await.expect(200).all("Upload").is_empty());
        let many = narrow.post("/scans").query("delete", "").xml(gone).send().await.expect(200);
        assert_eq!(many.all("Code"), ["AccessDenied"]);
        assert_eq!(team.owner.get(team.owner.put("scans", "out/check", b"x").await.unwrap().item.id).await.unwrap(), b"x");
        assert_eq!(server.by(owner).fetch("/scans/out/two").await, "out/two");
        // What is within goes on as ever.
        assert_eq!(narrow.fetch("/scans/in/one").await, "in/one");
        narrow.store("/scans/in/new", b"new").await;
        narrow.put("/scans/in/copy").header("x-amz-copy-source", "/scans/in/one").send().await.expect(200);
        narrow.head("/scans").send().await.expect(200);
        narrow.delete("/scans/in/copy").send().await.expect(204);
        let listed = narrow.get("/scans").query("list-type", "2").query("prefix", "in/").query("delimiter", "/").send().await.expect(200);
        assert_eq!(listed.all("Key"), ["in/new", "in/one"]);
    }
}
