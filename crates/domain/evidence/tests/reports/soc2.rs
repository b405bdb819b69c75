//! A SOC 2 pack of a period in which something broke, people joined and keys were issued.

use std::collections::BTreeMap;
use std::path::Path;

use assurance::check::Promise;
use aws_lc_rs::digest::{SHA256, digest};
use evidence::pack::Written;
use evidence::soc2::{Choice, Target};
use serde_json::Value as Json;

use crate::house::{HOURLY, House, text};

fn manifest(folder: &Path) -> Json {
    serde_json::from_str(&text(folder, "manifest.json")).unwrap()
}

fn population<'a>(manifest: &'a Json, name: &str) -> &'a Json {
    let all = manifest["populations"]["all"].as_array().unwrap();
    all.iter().find(|one| one["name"] == name).unwrap()
}

fn drawn_by(seed: &str) -> Choice {
    Choice {
        seed: Some(seed.into()),
        sample: 3,
    }
}

engines::on_both! {
    async fn a_pack_has_everything_that_was_kept_and_draws_the_same_samples_again(db: TestDb) {
        let house = House::on(db).await;
        for slug in ["clinic", "lab", "harbour", "school"] {
            house.world.team(slug).await;
        }
        house.hours(3).await;
        house.sees(Promise::Broken("a leaf is missing".into()));
        house.hours(1).await;
        house.sees(Promise::Kept);
        house.hours(2).await;
        let folder = tempfile::tempdir().unwrap();
        let into = |name: &str| folder.path().join(name);
        let period = || house.period("2026-01-05", "2026-01-05");
        let made = house.evidence.soc2(period(), drawn_by("heron"), &Target::Folder(into("a"))).await.unwrap();


        // What the manifest says is what lies there.
        let manifest_a = manifest(&into("a"));
        let hashes: BTreeMap<String, String> = made.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect();
        for file in manifest_a["files"].as_array().unwrap() {
            let path = file["path"].as_str().unwrap();
            let bytes = std::fs::read(into("a").join(path)).unwrap();
            assert_eq!(file["sha256"], hex::encode(digest(&SHA256, &bytes)), "{path}");
            assert_eq!(hashes[path], file["sha256"].as_str().unwrap());
        }
        for wanted in ["index.html", "report.pdf", "runs.csv", "matrix.csv", "exceptions.csv", "claims.csv", "system-description.json",
            "assertion-draft.md", "bridge-letter-draft.md", "assessment-results.json"] {
            assert!(hashes.contains_key(wanted), "{wanted} in {:?}", hashes.keys());
        }

        // Four teams were made, each of which stands in the operator's trail and in its own, and the operator's before them; what broke
        // stands once, with its healing.
        let contracts = population(&manifest_a, "contracts");
        let lines = text(&into("a"), "populations/contracts.csv");
        let created = lines.lines().filter(|line| line.contains("tenant.create")).count();
        assert_eq!((created, contracts["lines"].as_u64().unwrap() + 1), (2 * 4 + 1, lines.lines().count() as u64));
        assert_eq!(contracts["sampled"], 3);
        let exceptions = text(&into("a"), "exceptions.csv");
        let broken: Vec<&str> = exceptions.lines().filter(|line| line.contains("broken-promise")).collect();
        assert_eq!(broken.len(), 1, "{exceptions}");
        assert!(broken[0].starts_with(HOURLY) && broken[0].contains("a leaf is missing"));
        assert_eq!(broken[0].matches("2026-01-05T").count(), 2);

        // Receipts verify with nothing but the log's key.
        let receipts: Vec<&String> = hashes.keys().filter(|path| path.starts_with("receipts/")).collect();
        assert!(receipts.len() >= 3, "{receipts:?}");
        for path in receipts {
            let receipt = ledger::Receipt::parse(text(&into("a"), path).as_bytes()).unwrap();
            receipt.verify(&house.world.policy).unwrap();
        }

        // As one file: the same seed draws the same lines, another draws others, and there is no sample of no size.
        let zip = into("pack.zip");
        let zipped = house.evidence.soc2(period(), drawn_by("heron"), &Target::Zip(zip.clone())).await.unwrap();
        let bytes = std::fs::read(&zip).unwrap();
        assert!(bytes.starts_with(b"PK") && bytes.windows(4).any(|at| at == b"PK\x05\x06"), "it has its end");
        assert_eq!(zipped.len(), made.len());
        let other = house.evidence.soc2(period(), drawn_by("egret"), &Target::Folder(into("c"))).await.unwrap();
        let sample = |files: &[Written]| {
            let found = files.iter().find(|file| file.path == "samples/contracts.csv");
            found.unwrap().sha256.clone()
        };
        assert_eq!(sample(&made), sample(&zipped));
        assert_ne!(sample(&made), sample(&other));
        assert_eq!(manifest_a["samples"]["seed"], "heron");
        let none = Choice { sample: 0, ..Choice::default() };
        assert!(house.evidence.soc2(period(), none, &Target::Folder(into("d"))).await.is_err());
    }
}
