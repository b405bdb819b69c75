//! Whether bytes of a customer's own bucket are kept here.

use async_trait::async_trait;
use kernel::{TenantId, Timestamp};
use store::{StoreError, Tx, params};

use super::plants::Rule;
use super::rows::{Wrong, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Counts versions, and parts of uploads, that have bytes here although their dataset has a bucket of its own. It goes dataset by dataset
/// that has one, by the index of their items.
pub struct OwnBucketsKeepTheirBytes {
    /// What is planted for the control case.
    pub copied: Vec<Wrong>,
}

/// The probe's dataset gets a bucket after its item has come in: as if the item had been copied.
const BUCKET: Wrong = "UPDATE dataset SET own_bucket_sealed = $3 WHERE dataset_id = $2";
const REFERENCES: Wrong = "UPDATE item_version SET inline_sealed = NULL, object_id = NULL WHERE item_id IN \
     (SELECT item_id FROM item WHERE dataset_id = $2)";

impl Default for OwnBucketsKeepTheirBytes {
    fn default() -> Self {
        Self { copied: vec![BUCKET] }
    }
}

#[async_trait]
impl Check for OwnBucketsKeepTheirBytes {
    fn id(&self) -> &'static str {
        "own-buckets-keep-their-bytes"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let there = site.db().read(|tx| number(tx, BUCKETS, &[])).await?;
        if there == 0 {
            return Ok(Observation::out_of_scope(
                "no dataset here has a bucket of its own",
            ));
        }
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-buckets").await?;
        let item = owner.put(&dataset, &site.random_word(), b"a copy").await?.item.id;
        let sealed: &[u8] = b"sealed";
        let values = params![probes.one.tenant, dataset.id, sealed];
        let mut cases = Cases::of(self.id());
        let kept = Rule {
            what: "versions and parts that are kept beside a bucket of the customer's own",
            count: copied,
            team: None,
            breaks: &self.copied,
            keeps: &[BUCKET, REFERENCES],
            values,
        };
        let found = kept.count(site, &mut cases).await;
        owner.remove(item).await?;
        let found = found?;
        cases.must(&format!("{}: 0, and not {found}", kept.what), found == 0);
        Ok(cases.seen())
    }
}

const BUCKETS: &str = "SELECT count(*) FROM dataset d WHERE d.own_bucket_sealed IS NOT NULL";

fn copied(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let statements = [
        "SELECT count(*) FROM dataset d JOIN item i ON i.dataset_id = d.dataset_id JOIN item_version v ON v.item_id = i.item_id \
         WHERE d.own_bucket_sealed IS NOT NULL AND (v.inline_sealed IS NOT NULL OR v.object_id IS NOT NULL)",
        "SELECT count(*) FROM dataset d JOIN item i ON i.dataset_id = d.dataset_id JOIN item_version v ON v.item_id = i.item_id \
         JOIN version_part p ON p.version_id = v.version_id \
         WHERE d.own_bucket_sealed IS NOT NULL AND (p.inline_sealed IS NOT NULL OR p.object_id IS NOT NULL)",
    ];
    let mut sum = 0;
    for sql in statements {
        let mut values = Vec::new();
        let sql = narrowed(sql, "d.tenant_id", team, &mut values);
        sum += number(tx, &sql, &values)?;
    }
    Ok(sum)
}
