//! Somebody who has carried off everything the provider has: data folder, database, root key. They run the product's
//! own code over it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Policies;
use bailee::config::RootKeySettings;
use custody::item::ReadItem;
use custody::{Credential, Custody, Error, Limits};
use kernel::{ItemId, SystemClock, SystemRandom};
use operation::Desk;
use store::objects::DirectoryObjects;
use store::{Db, StoreError};

/// A second custody over stolen goods.
pub struct Thief {
    custody: Custody,
}

impl Thief {
    /// Opens a data folder with the root key in it, over this database.
    pub fn open(data: &Path, db: Db) -> Self {
        let root = RootKeySettings {
            file: root_key(data),
            passphrase_file: None,
            passphrase: None,
            credential_file: None,
        };
        let roots = root
            .open()
            .unwrap()
            .expect("the root key lies in the folder")
            .into_roots();
        let policies = Arc::new(Policies::load().unwrap());
        let desk = Desk::new(db, Arc::new(SystemClock), Arc::new(SystemRandom), policies);
        let objects = Arc::new(DirectoryObjects::open(data.join("objects")).unwrap());
        Self {
            custody: Custody::new(desk, objects, roots, Limits::default(), "thief"),
        }
    }

    /// That the stolen root key is the right one, so that failing to read does not come from a wrong one.
    pub async fn has_the_right_root_key(&self) -> bool {
        self.custody.check_root().await.is_ok()
    }

    /// Reads an item with a key whose text they have got hold of.
    pub async fn read(&self, key: &str, item: &str) -> Result<Vec<u8>, Error> {
        let credential = Credential::parse(key).unwrap();
        let read = ReadItem::default();
        let item: ItemId = item.parse().unwrap();
        let mut body = self
            .custody
            .read(&credential, self.custody.desk().own_request(), item, read)
            .await?
            .body
            .unwrap();
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// Writes into the rows that no key was ever invalidated.
    pub async fn raise_dead_keys(&self) -> u64 {
        let raised = self.custody.desk().db.write(|tx| {
            tx.execute(
                "UPDATE api_key SET invalidated_at = NULL WHERE invalidated_at IS NOT NULL",
                &[],
            )
        });
        raised.await.unwrap()
    }

    /// The key that the log is signed with.
    pub async fn log_signer(&self) -> ledger::SigningKey {
        self.custody.log_signer().await.unwrap()
    }

    /// How many keys of tenants the stolen root key opens; and how many there are.
    pub async fn tenant_keys_under_root(&self) -> (usize, usize) {
        let rows = self.custody.desk().db.read(|tx| {
            let under = tx
                .all("SELECT tenant_id FROM tenant WHERE key_wrapped IS NOT NULL", &[])?
                .len();
            Ok::<_, StoreError>((under, tx.all("SELECT tenant_id FROM tenant", &[])?.len()))
        });
        rows.await.unwrap()
    }
}

fn root_key(data: &Path) -> PathBuf {
    data.join("keys").join("root.key")
}
