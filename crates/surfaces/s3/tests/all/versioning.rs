//! Buckets that say that they keep versions, and buckets that do not say so: kept they are in any case.

use crate::common::{Client, Reply, Server};
use engines::TestDb;
use testkit::Team;

async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    server.by(&team.owner).put("/scans").send().await.expect(200);
    (server, team)
}

async fn set(client: &Client<'_>, status: &str) -> Reply {
    let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    client
        .put("/scans")
        .query("versioning", "")
        .xml(&document)
        .send()
        .await
}

async fn status(client: &Client<'_>) -> String {
    let told = client.get("/scans").query("versioning", "").send().await;
    told.expect(200).one("Status")
}

async fn versions(client: &Client<'_>) -> Vec<String> {
    let listed = client.get("/scans").query("versions", "").send().await;
    listed.expect(200).all("VersionId")
}

async fn one(client: &Client<'_>, version: &str) -> Reply {
    client.get("/scans/a").query("versionId", version).send().await
}

engines::on_both! {
    async fn a_bucket_says_what_was_set(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        assert_eq!(status(&client).await, "");
        for word in ["Suspended", "Enabled", "Suspended"] {
            set(&client, word).await.expect(200);
            assert_eq!(status(&client).await, word);
        }
        set(&client, "Perhaps").await.refused(400, "InvalidArgument");
        team.owner.dataset("papers").await.unwrap();
        let told = client.get("/papers").query("versioning", "").send().await.expect(200);
        assert_eq!(told.one("Status"), "Enabled", "what was not made over S3 shows its versions");
    }

    async fn nothing_is_lost_where_versions_have_no_ids(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        for bytes in [b"first", b"other"] {
            let stored = client.put("/scans/a").bytes(bytes).send().await.expect(200);
            assert_eq!(stored.header("x-amz-version-id"), "");
        }
        let listed = versions(&client).await;
        assert_eq!((listed.len(), listed[0].as_str()), (2, "null"));
        assert_eq!(&*one(&client, "null").await.expect(200).bytes, b"other");
        assert_eq!(&*one(&client, &listed[1]).await.expect(200).bytes, b"first");
        let gone = client.delete("/scans/a").send().await.expect(204);
        assert_eq!((gone.header("x-amz-delete-marker"), gone.header("x-amz-version-id")), ("", ""));
        let missing = client.head("/scans/a").send().await.expect(404);
        assert_eq!(missing.header("x-amz-delete-marker"), "");
        assert_eq!(&*one(&client, "null").await.expect(200).bytes, b"other");
    }

    async fn null_names_the_newest_without_an_id(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        one(&client, "null").await.refused(404, "NoSuchVersion");
        client.put("/scans/a").bytes(b"plain").send().await.expect(200);
        set(&client, "Enabled").await.expect(200);
        let version = client.store("/scans/a", b"newer").await;
        assert_eq!(versions(&client).await, [version.clone(), "null".into()]);
        let named = one(&client, "null").await.expect(200);
        assert_eq!((&*named.bytes, named.header("x-amz-version-id")), (&b"plain"[..], "null"));
        let tags = client.get("/scans/a").query("tagging", "").query("versionId", "null").send().await.expect(200);
        assert_eq!(tags.header("x-amz-version-id"), "null");
        let deleted = client.delete("/scans/a").query("versionId", "null").send().await.expect(204);
        assert_eq!(deleted.header("x-amz-version-id"), "null");
        assert_eq!(versions(&client).await, [version]);
        client.delete("/scans/a").query("versionId", "null").send().await.expect(204);
        set(&client, "Suspended").await.expect(200);
        client.put("/scans/a").bytes(b"again").send().await.expect(200);
        assert_eq!(&*one(&client, "null").await.expect(200).bytes, b"again");
    }

    async fn what_is_expected_guards_a_deletion(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        set(&client, "Enabled").await.expect(200);
        let version = client.store("/scans/a", b"hello").await;
        let modified = client.head("/scans/a").send().await.header("last-modified").to_owned();
        let delete = |version: &str| match version {
            "" => client.delete("/scans/a"),
            version => client.delete("/scans/a").query("versionId", version),
        };
        for target in ["", &version] {
            for (name, value) in [
                ("if-match", "\"other\""),
                ("x-amz-if-match-last-modified-time", "Mon, 05 Jan 2015 09:00:00 GMT"),
                ("x-amz-if-match-size", "6"),
            ] {
                delete(target).header(name, value).send().await.refused(412, "PreconditionFailed");
            }
        }
        let size = delete("").header("x-amz-if-match-size", "5").header("x-amz-if-match-last-modified-time", &modified);
        assert_eq!(size.send().await.expect(204).header("x-amz-delete-marker"), "true");
        delete("").header("if-match", "*").send().await.expect(204);
        delete("").header("x-amz-if-match-size", "5").send().await.refused(412, "PreconditionFailed");
        delete(&version).header("if-match", &format!("\"{version}\"")).send().await.expect(204);
        delete(&version).header("if-match", "\"other\"").send().await.expect(204);
        let document = "<Delete><Object><Key>b</Key><Size>9</Size></Object></Delete>";
        client.store("/scans/b", b"hello").await;
        let told = client.post("/scans").query("delete", "").xml(document).send().await.expect(200);
        assert_eq!(told.one("Code"), "PreconditionFailed");
        assert_eq!(&*client.fetch("/scans/b").await, b"hello");
    }
}
