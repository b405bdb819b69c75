//! How objects say that they are sealed: plainly, or under the tenant's key by its name.

use crate::common::{Client, Server};
use engines::TestDb;
use testkit::Team;

const SSE: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

async fn stage(db: TestDb) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    server.by(&team.owner).put("/scans").send().await.expect(200);
    (server, team)
}

async fn told(client: &Client<'_>, path: &str) -> (String, String) {
    let head = client.head(path).send().await.expect(200);
    (head.header(SSE).to_owned(), head.header(KEY).to_owned())
}

async fn set(client: &Client<'_>, terms: &str) -> crate::common::Reply {
    let default = format!("<ApplyServerSideEncryptionByDefault>{terms}</ApplyServerSideEncryptionByDefault>");
    let document = format!(
        "<ServerSideEncryptionConfiguration><Rule>{default}</Rule></ServerSideEncryptionConfiguration>"
    );
    client
        .put("/scans")
        .query("encryption", "")
        .xml(&document)
        .send()
        .await
}

engines::on_both! {
    async fn the_tenants_key_can_be_named(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let id = team.id.to_string();
        let arn = format!("arn:aws:kms:eu-north-1:1:key/{id}");
        for (path, named, shown) in [("/scans/a", None, &id), ("/scans/b", Some(&id), &id), ("/scans/c", Some(&arn), &arn)] {
            let put = client.put(path).bytes(b"hello").header(SSE, "aws:kms");
            let put = named.map_or(put, |_| client.put(path).bytes(b"hello").header(SSE, "aws:kms").header(KEY, named.unwrap()));
            let stored = put.send().await.expect(200);
            assert_eq!((stored.header(SSE), stored.header(KEY)), ("aws:kms", shown.as_str()));
            assert_eq!(told(&client, path).await, ("aws:kms".into(), shown.clone()));
            assert_eq!(&*client.fetch(path).await, b"hello");
        }
        client.put("/scans/d").bytes(b"x").header(SSE, "AES256").send().await.expect(200);
        assert_eq!(told(&client, "/scans/d").await, ("AES256".into(), String::new()));
        // A copy is sealed as it asks, not as its source was.
        client.put("/scans/e").header("x-amz-copy-source", "scans/a").send().await.expect(200);
        assert_eq!(told(&client, "/scans/e").await.0, "AES256");
        let again = client.put("/scans/d").header("x-amz-copy-source", "scans/d").header(SSE, "aws:kms");
        assert_eq!(again.send().await.expect(200).header(KEY), id);
    }

    async fn other_keys_and_contradictions_are_refused(db: TestDb) {
        let (server, team) = stage(db).await;
        let (client, rival) = (server.by(&team.owner), server.world.team("rival").await);
        let put = || client.put("/scans/a").bytes(b"x");
        for other in ["testkey", &rival.id.to_string()] {
            put().header(SSE, "aws:kms").header(KEY, other).send().await.refused(400, "KMS.NotFoundException");
        }
        put().header(SSE, "AES256").header(KEY, &team.id.to_string()).send().await.refused(400, "InvalidArgument");
        put().header(KEY, &team.id.to_string()).send().await.refused(400, "InvalidArgument");
        put().header(SSE, "aws:kms:dsse").send().await.refused(400, "InvalidArgument");
        put().send().await.expect(200);
        client.get("/scans/a").header(SSE, "aws:kms").send().await.refused(400, "InvalidArgument");
    }

    async fn a_bucket_seals_what_does_not_say_how(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let get = || client.get("/scans").query("encryption", "").send();
        get().await.refused(404, "ServerSideEncryptionConfigurationNotFoundError");
        set(&client, "<SSEAlgorithm>AES256</SSEAlgorithm>").await.expect(200);
        assert_eq!(get().await.expect(200).one("SSEAlgorithm"), "AES256");
        let key = format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{}</KMSMasterKeyID>", team.id);
        set(&client, &key).await.expect(200);
        assert_eq!(get().await.expect(200).one("KMSMasterKeyID"), team.id.to_string());
        let stored = client.put("/scans/a").bytes(b"hello").send().await.expect(200);
        assert_eq!(stored.header(SSE), "aws:kms");
        assert_eq!(told(&client, "/scans/a").await, ("aws:kms".into(), team.id.to_string()));
        client.put("/scans/a").bytes(b"again").header(SSE, "AES256").send().await.expect(200);
        assert_eq!(told(&client, "/scans/a").await.0, "AES256", "what a write asks for comes first");
        let begun = client.post("/scans/b").query("uploads", "").send().await.expect(200);
        assert_eq!(begun.header(SSE), "aws:kms");
        set(&client, "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>other</KMSMasterKeyID>").await.refused(400, "KMS.NotFoundException");
        client.delete("/scans").query("encryption", "").send().await.expect(204);
        get().await.refused(404, "ServerSideEncryptionConfigurationNotFoundError");
        client.put("/scans/c").bytes(b"x").send().await.expect(200);
        assert_eq!(told(&client, "/scans/c").await.0, "AES256");
    }

    async fn a_part_says_what_its_upload_said(db: TestDb) {
        let (server, team) = stage(db).await;
        let client = server.by(&team.owner);
        let begun = client.post("/scans/a").query("uploads", "").header(SSE, "aws:kms").send().await.expect(200);
        assert_eq!(begun.header(KEY), team.id.to_string());
        let upload = begun.one("UploadId");
        let part = || client.put("/scans/a").query("partNumber", "1").query("uploadId", &upload).bytes(b"hello");
        part().header(SSE, "AES256").send().await.refused(400, "InvalidArgument");
        let taken = part().header(SSE, "aws:kms").send().await.expect(200);
        assert_eq!((taken.header(SSE), taken.header(KEY)), ("aws:kms", team.id.to_string().as_str()));
        let tag = taken.header("etag").to_owned();
        let parts = format!("<CompleteMultipartUpload><Part><ETag>{tag}</ETag><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>");
        let complete = || client.post("/scans/a").query("uploadId", &upload).xml(&parts).send();
        let made = complete().await.expect(200);
        assert_eq!(made.header(SSE), "aws:kms");
        assert_eq!(told(&client, "/scans/a").await, ("aws:kms".into(), team.id.to_string()));
        // Whoever did not hear of it may ask again, until there is something newer.
        assert_eq!(complete().await.expect(200).one("ETag"), made.one("ETag"));
        client.put("/scans/a").bytes(b"newer").send().await.expect(200);
        complete().await.refused(404, "NoSuchUpload");
    }
}
