//! An export as one file: read back by a reader of tar, whole and broken off.

use std::collections::BTreeMap;
use std::io::Read as _;

use crate::common::{Server, noise, text_at};
use serde_json::{Value, json};

const EXPORTS: &str = "/v1/datasets/scans/exports";

/// The files of an archive, which has to be whole.
fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    assert!(archive.ends_with(&[0; 1024]), "it has no end");
    let mut archive = tar::Archive::new(archive);
    let files = archive.entries().unwrap().map(|file| {
        let mut file = file.unwrap();
        let (name, mut bytes) = (file.path().unwrap().display().to_string(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    files.collect()
}

fn lines(manifest: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(manifest).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

engines::on_both! {
    async fn an_export_is_taken_as_one_file(db: TestDb) {
        let server = Server::on(db).await;
        let team = server.world.team("clinic").await;
        let owner = server.by(&team.owner);
        owner.post("/v1/datasets").json(json!({ "name": "scans" })).send().await.expect(201);
        let (long, large) = (format!("deep/{}", "n".repeat(300)), noise(300_001));
        let mut events = Vec::new();
        let mut items = Vec::new();
        for (name, bytes) in [("a/chest.dcm", &b"bytes"[..]), (&long, &large), ("empty", b""), ("../away", b"stays"), ("later", b"gone")] {
            let name = name.replace('/', "%2F");
            items.push(text_at(&owner.store("scans", &name, bytes).await, "/item/id"));
        }
        owner.post(EXPORTS).json(json!({})).send().await.expect(201);
        owner.post(&format!("/v1/items/{}/archive", items[4])).send().await.expect(200);
        let taken = owner.get(&format!("{EXPORTS}/1/archive")).send().await.expect(200);
        assert_eq!((taken.header("content-type"), taken.header("cache-control")), ("application/x-tar", "no-store"));
        let files = files(&taken.bytes);
        assert_eq!(files.keys().collect::<Vec<_>>().len(), 5, "{:?}", files.keys());
        assert_eq!(files["items/a/chest.dcm"], b"bytes");
        assert!(files[&format!("items/{long}")] == large);
        assert_eq!((&files["items/empty"][..], &files["items-by-number/4"][..]), (&b""[..], &b"stays"[..]));
        let lines = lines(&files["manifest/000001.jsonl"]);
        assert_eq!(lines.len(), 5);
        for (line, item) in lines.iter().zip(&items) {
            assert_eq!(line["item"], json!(item));
            if let Some(file) = line["file"].as_str() {
                let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &files[file]);
                assert_eq!(line["sha256"], json!(hex::encode(digest)));
                events.push(line["event"].as_str().unwrap().to_owned());
            }
        }
        assert!(lines[4]["left_out"].as_str().unwrap().contains("archived"), "{:?}", lines[4]);
        let begun = taken.header("bailee-event").to_owned();
        let begun = owner.get(&format!("/v1/trail/{begun}")).send().await.expect(200).json();
        assert_eq!((&begun["event"]["action"], &begun["event"]["details"]["archive"]), (&json!("export.download"), &json!("begun")));
        for (event, item) in events.iter().zip(&items) {
            let entry = owner.get(&format!("/v1/trail/{event}")).send().await.expect(200).json();
            assert_eq!((&entry["event"]["action"], &entry["event"]["details"]["export"]), (&json!("export.download"), &json!(1)));
            assert!(entry["event"].to_string().contains(item.as_str()), "{entry}");
        }
        let trail = owner.get("/v1/trail?action=export.download").send().await.expect(200).json();
        let ends = trail["items"].as_array().unwrap().iter().filter(|entry| entry["event"]["details"]["archive"] == "whole");
        let ends: Vec<_> = ends.map(|entry| (&entry["event"]["details"]["given"], &entry["event"]["details"]["left_out"])).collect();
        assert_eq!(ends, [(&json!(4), &json!(1))]);
        owner.get(&format!("{EXPORTS}/2/archive")).send().await.expect(404);
    }
}
