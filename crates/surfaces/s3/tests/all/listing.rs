//! Listings, page by page, as old and new clients ask for them.

use crate::common::{Client, Server};
use engines::TestDb;
use testkit::Team;

/// A team with a bucket `scans` that holds these keys.
async fn stage(db: TestDb, keys: &[&str]) -> (Server, Team) {
    let server = Server::on(db).await;
    let team = server.world.team("clinic").await;
    team.owner.dataset("scans").await.unwrap();
    for key in keys {
        team.owner.put("scans", key, b"hello").await.unwrap();
    }
    (server, team)
}

/// Everything that a client of the second version gets to see, page by page.
async fn walk(client: &Client<'_>, query: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let (mut keys, mut prefixes, mut token) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let call = query.iter().fold(
            client.get("/scans").query("list-type", "2"),
            |call, (name, value)| call.query(name, value),
        );
        let call = token
            .iter()
            .fold(call, |call, token| call.query("continuation-token", token));
        let page = call.send().await.expect(200);
        let (mut found, mut folded) = (page.all("Key"), folded(&page.text()));
        assert_eq!(page.one("KeyCount"), (found.len() + folded.len()).to_string());
        keys.append(&mut found);
        prefixes.append(&mut folded);
        token = Some(page.one("NextContinuationToken")).filter(|token| !token.is_empty());
        assert_eq!(page.one("IsTruncated"), token.is_some().to_string());
        if token.is_none() {
            return (keys, prefixes);
        }
    }
}

fn folded(text: &str) -> Vec<String> {
    let parts = text.split("<CommonPrefixes><Prefix>").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("</Prefix>")?.0.to_owned()))
        .collect()
}

const KEYS: &[&str] = &["b/2", "a", "b/1", "c/d/e", "c", "z", "ä", "B", "b.txt", "b/3"];

engines::on_both! {
    async fn keys_come_in_byte_order_however_long_the_pages(db: TestDb) {
        let (server, team) = stage(db, KEYS).await;
        let client = server.by(&team.owner);
        let sorted = ["B", "a", "b.txt", "b/1", "b/2", "b/3", "c", "c/d/e", "z", "ä"];
        for limit in ["1", "3", "1000"] {
            assert_eq!(walk(&client, &[("max-keys", limit)]).await, (sorted.map(str::to_owned).into(), vec![]), "{limit}");
        }
    }

    async fn a_delimiter_folds(db: TestDb) {
        let (server, team) = stage(db, KEYS).await;
        let client = server.by(&team.owner);
        let keys = ["B", "a", "b.txt", "c", "z", "ä"].map(str::to_owned);
        let prefixes = ["b/", "c/"].map(str::to_owned);
        for limit in ["1", "2", "1000"] {
            let seen = walk(&client, &[("delimiter", "/"), ("max-keys", limit)]).await;
            assert_eq!(seen, (keys.clone().into(), prefixes.clone().into()), "{limit}");
        }
        let below = walk(&client, &[("delimiter", "/"), ("prefix", "b/")]).await;
        assert_eq!(below, (["b/1", "b/2", "b/3"].map(str::to_owned).into(), vec![]));
        let both = walk(&client, &[("delimiter", "/"), ("prefix", "c")]).await;
        assert_eq!(both, (vec!["c".to_owned()], vec!["c/".to_owned()]));
        assert_eq!(walk(&client, &[("delimiter", ""), ("prefix", "")]).await.0.len(), KEYS.len());
    }

    async fn a_listing_begins_where_it_is_told(db: TestDb) {
        let (server, team) = stage(db, KEYS).await;
        let client = server.by(&team.owner);
        let (keys, _) = walk(&client, &[("start-after", "b/2")]).await;
        assert_eq!(keys, ["b/3", "c", "c/d/e", "z", "ä"]);
        let nothing = client.get("/scans").query("list-type", "2").query("max-keys", "0").send().await.expect(200);
        assert_eq!((nothing.all("Key").len(), nothing.one("IsTruncated")), (0, "false".into()));
        for (name, value) in [("max-keys", "-1"), ("max-keys", "many"), ("continuation-token", "!!"), ("encoding-type", "rot13")] {
            let call = client.get("/scans").query("list-type", "2").query(name, value);
            call.send().await.refused(400, "InvalidArgument");
        }
    }

    async fn names_are_encoded_only_when_asked(db: TestDb) {
        let (server, team) = stage(db, &["a b+c/1", "d&e/2", "line\nbreak"]).await;
        let client = server.by(&team.owner);
        let asked = client.get("/scans").query("list-type", "2").query("encoding-type", "url").query("delimiter", "/").query("start-after", "A B").send().await.expect(200);
        assert_eq!(asked.one("EncodingType"), "url");
        assert_eq!(asked.all("Key"), ["line%0Abreak"]);
        assert_eq!(folded(&asked.text()), ["a%20b%2Bc/", "d%26e/"]);
        assert_eq!((asked.one("Delimiter"), asked.one("StartAfter")), ("/".into(), "A%20B".into()));
        let plain = client.get("/scans").query("list-type", "2").query("prefix", "d&").send().await.expect(200);
        assert_eq!((plain.all("Key"), plain.one("EncodingType")), (vec!["d&amp;e/2".to_owned()], String::new()));
    }

    async fn old_clients_go_on_after_markers(db: TestDb) {
        let (server, team) = stage(db, KEYS).await;
        let client = server.by(&team.owner);
        let first = client.get("/scans").query("max-keys", "4").send().await.expect(200);
        assert_eq!(first.all("Key"), ["B", "a", "b.txt", "b/1"]);
        assert_eq!((first.one("IsTruncated"), first.one("NextMarker")), ("true".into(), String::new()));
        let rest = client.get("/scans").query("marker", "b/1").send().await.expect(200);
        assert_eq!(rest.all("Key"), ["b/2", "b/3", "c", "c/d/e", "z", "ä"]);
        assert_eq!((rest.one("IsTruncated"), rest.one("Marker")), ("false".into(), "b/1".into()));
        let folding = client.get("/scans").query("max-keys", "4").query("delimiter", "/").send().await.expect(200);
        assert_eq!(folding.one("NextMarker"), "b/");
        let rest = client.get("/scans").query("marker", "b/").query("delimiter", "/").send().await.expect(200);
        assert_eq!((rest.all("Key"), folded(&rest.text())), (["c", "z", "ä"].map(str::to_owned).into(), vec!["c/".to_owned()]));
        let encoded = client.get("/scans").query("encoding-type", "url").query("marker", "a b").query("max-keys", "1").send().await.expect(200);
        assert_eq!((encoded.one("Marker"), encoded.one("EncodingType")), ("a%20b".into(), "url".into()));
    }

    async fn entries_tell_what_clients_compare(db: TestDb) {
        let (server, team) = stage(db, &[]).await;
        let client = server.by(&team.owner);
        let version = client.store("/scans/a.txt", b"hello").await;
        client.store("/scans/gone.txt", b"x").await;
        client.delete("/scans/gone.txt").send().await.expect(204);
        for query in [vec![("list-type", "2"), ("fetch-owner", "true")], vec![]] {
            let call = query.iter().fold(client.get("/scans"), |call, (name, value)| call.query(name, value));
            let listed = call.send().await.expect(200);
            assert_eq!(listed.all("Key"), ["a.txt"], "archived keys are not listed");
            assert!(listed.one("ETag").contains(&version), "{}", listed.text());
            assert_eq!((listed.one("Size"), listed.one("StorageClass")), ("5".into(), "STANDARD".into()));
            let modified = listed.one("LastModified");
            assert!(modified.starts_with("2026-01-05T") && modified.ends_with('Z'), "{modified}");
            assert_eq!((listed.one("ID"), listed.one("DisplayName")), (team.id.to_string(), "clinic".into()));
        }
    }

    async fn versions_come_with_their_markers(db: TestDb) {
        let (server, team) = stage(db, &[]).await;
        let client = server.by(&team.owner);
        let mut ids = Vec::new();
        for path in ["/scans/b", "/scans/a", "/scans/b", "/scans/dir/1"] {
            ids.push(client.store(path, b"hello").await);
        }
        let marker = client.delete("/scans/b").send().await.expect(204).header("x-amz-version-id").to_owned();
        let all = client.get("/scans").query("versions", "").send().await.expect(200);
        assert_eq!(all.all("Version").len(), 4, "{}", all.text());
        let [b1, a, b2, dir] = [0, 1, 2, 3].map(|index: usize| ids[index].as_str());
        assert_eq!(all.all("DeleteMarker").len(), 1);
        for id in [b1, a, b2, dir] {
            let entry = all.all("Version").into_iter().find(|entry| entry.contains(id)).unwrap();
            assert_eq!(entry.contains("<IsLatest>true</IsLatest>"), [a, dir].contains(&id), "{entry}");
        }
        // Page by page nothing is lost and nothing comes twice.
        let (mut seen, mut after) = (Vec::new(), None::<(String, String)>);
        loop {
            let call = client.get("/scans").query("versions", "").query("max-keys", "1").query("prefix", "");
            let call = after.iter().fold(call, |call, (key, version)| {
                let call = call.query("key-marker", key);
                if version.is_empty() { call } else { call.query("version-id-marker", version) }
            });
            let page = call.send().await.expect(200);
            seen.extend(page.all("VersionId"));
            if page.one("IsTruncated") == "false" {
                break;
            }
            after = Some((page.one("NextKeyMarker"), page.one("NextVersionIdMarker")));
        }
        assert_eq!(seen, [a, &marker, b2, b1, dir]);
        let folding = client.get("/scans").query("versions", "").query("delimiter", "/").query("key-marker", "b").send().await.expect(200);
        assert_eq!((folding.all("VersionId").len(), folded(&folding.text())), (0, vec!["dir/".to_owned()]));
        // Whoever deletes all that is listed has an empty bucket.
        for entry in all.all("DeleteMarker").into_iter().chain(all.all("Version")) {
            let text = |name: &str| entry.split(&format!("<{name}>")).nth(1).unwrap().split('<').next().unwrap().to_owned();
            let delete = client.delete(&format!("/scans/{}", text("Key"))).query("versionId", &text("VersionId"));
            delete.send().await.expect(204);
        }
        client.delete("/scans").send().await.expect(204);
    }
}
