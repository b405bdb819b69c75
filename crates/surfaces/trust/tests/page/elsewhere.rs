//! What an installation has elsewhere: a backup on a shelf, and vendors with agreements.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest::{SHA256, digest};
use backup::{Backup, BackupKey, Shelf, Shelved};
use governance::Governance;
use governance::egress::Egress;
use governance::entry::{Evidence, NewEntry};
use kernel::SystemRandom;
use tempfile::TempDir;
use testkit::World;

use crate::house::House;

/// Vendors that are announced, and not in force yet.
const VENDORS: [&str; 2] = ["Northern Captions", "Western Words"];

/// A shelf with a backup of the installation, and the gate.
pub(crate) struct Elsewhere {
    folder: TempDir,
    pub(crate) shelved: Shelved,
    pub(crate) egress: Arc<Egress>,
    /// Files of the shelf that something was done to, as they were.
    whole: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
}

impl Elsewhere {
    pub(crate) async fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::folder(folder.path());
        let shelved = Shelved {
            keys_shelf: shelf.clone(),
            shelf,
            key: Arc::new(BackupKey::generate(&SystemRandom)),
        };
        world.sequence().await;
        let backup = Backup {
            shelf: shelved.shelf.clone(),
            keys_shelf: shelved.keys_shelf.clone(),
            key: Arc::clone(&shelved.key),
            custody: world.custody.clone(),
            holder: "test".to_owned(),
            progress: Arc::new(|_, _, _| {}),
            goes_on: Arc::new(|| true),
        };
        let made = tokio::task::spawn_blocking(move || backup.run()).await.unwrap();
        made.unwrap();
        Self {
            folder,
            shelved,
            egress: Arc::new(Egress::new(Vec::new(), Arc::new(world.clock.clone()))),
            whole: Mutex::default(),
        }
    }

    /// Does it to every file there.
    pub(crate) fn hurt(&self, below: &str, hurt: fn(&Path)) {
        let mut whole = self.whole.lock().unwrap();
        for file in files(&self.folder.path().join(below)) {
            whole.insert(file.clone(), std::fs::read(&file).unwrap());
            hurt(&file);
        }
        assert!(!whole.is_empty(), "the backup has nothing in {below}");
    }

    /// Brings back what was there.
    pub(crate) fn bring_back(&self) {
        for (file, bytes) in std::mem::take(&mut *self.whole.lock().unwrap()) {
            std::fs::write(file, bytes).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

impl House {
    /// Announces vendors, each with an agreement on file.
    pub(crate) async fn announce_vendors(&self) {
        for vendor in VENDORS {
            self.announce(vendor).await;
        }
    }

    async fn announce(&self, vendor: &str) {
        let agreement = format!("Agreement on processing between the customer and\n{vendor} Ltd.");
        let hash = hex::encode(digest(&SHA256, agreement.as_bytes()));
        let says = [
            ("product", "captions"),
            ("purpose", "describes pictures"),
            ("data_kinds", "pictures"),
            ("region", "European Union"),
            ("transfer_basis", "none-needed"),
            ("rating", "low-risk"),
            ("signed_on", "TODAY"),
            ("endpoint", "https://vendor.example/v1"),
        ];
        let entry = NewEntry {
            title: vendor.to_owned(),
            evidence: Evidence::Document {
                name: "agreement.txt".to_owned(),
                sha256: hash.clone(),
            },
            ..self.evidence(&says)
        };
        let entry = self.file("sub-processors", entry).await;
        let operator = &self.world.operator;
        let registers = Governance::new(self.world.custody.clone());
        let filed = registers.file_agreement(
            &operator.credential,
            operator.request(),
            entry,
            agreement.into_bytes(),
        );
        assert!(filed.await.unwrap().names_vendor);
        let terms = serde_json::json!({
            "name": vendor, "product": "captions", "purpose": "describes pictures", "data_kinds": "pictures",
            "region": "European Union", "transfer_basis": "none-needed", "endpoint": "https://vendor.example/v1",
            "rating": "low-risk", "agreement": hash, "signed_on": "2020-01-01", "reviewed_on": "2026-01-01",
            "review_by": "2026-12-31",
        });
        let published = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
             SELECT entry_id, 1, tenant_id, made_at, made_at, made_at + 2592000000000, $2 FROM register_entry WHERE entry_id = $1";
        self.world
            .by_sql(published, vec![entry.into(), terms.to_string().into()])
            .await;
    }
}
