//! Who may look and not take: S3 has no door for looking, and gives such a person nothing of an item's bytes.

use crate::common::Server;
use access::Class;
use custody::dataset::{DatasetRef, GrantTerms};
use http::Method;

const ORIGINAL: &[u8] = b"zebra 4711, which no refusal says";

engines::on_both! {
    async fn a_view_only_person_never_gets_the_original_by_s3(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let (owner, custody) = (&team.owner, team.owner.custody());
        owner.dataset("scans").await.unwrap();
        owner.put("scans", "left", ORIGINAL).await.unwrap();
        let manager = team.member(Class::WorkforceManager).await;
        let (scans, terms) = (DatasetRef::parse("scans"), GrantTerms::default());
        custody.give_grant(&owner.credential, owner.request(), scans, manager.member, terms).await.unwrap();
        let client = server.by(&manager);
        let listed = client.get("/scans").query("list-type", "2").send().await.expect(200);
        assert_eq!(listed.all("Key"), ["left"], "they may know of it");
        let version = server.by(owner).get("/scans").query("versions", "").send().await.expect(200).one("VersionId");
        let ways = [
            client.get("/scans/left"),
            client.get("/scans/left").query("versionId", &version),
            client.get("/scans/left").query("partNumber", "1"),
            client.get("/scans/left").header("range", "bytes=0-3"),
            client.get("/scans/left").header("if-none-match", "\"nothing\""),
            client.put("/scans/copy").header("x-amz-copy-source", "/scans/left"),
            client.put("/scans/left").header("x-amz-copy-source", "/scans/left").header("x-amz-metadata-directive", "REPLACE"),
        ];
        for way in ways {
            let reply = way.send().await;
            assert!(!reply.text().contains("zebra"));
            reply.refused(403, "AccessDenied");
        }
        let presigned = server.send(client.call(Method::GET, "/scans/left").presigned(60)).await;
        assert!(!presigned.text().contains("zebra"));
        presigned.refused(403, "AccessDenied");
        assert_eq!(server.by(owner).fetch("/scans/left").await, ORIGINAL, "it is there for who may take it");
    }
}
