//! Whether stored streams are what the format says, each with a salt of its own.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sealing::{HEADER_LEN, Header};
use store::StoreError;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

/// Headers of the newest streams that are kept in rows.
const NEWEST: &str = "SELECT inline_sealed FROM item_version WHERE inline_sealed IS NOT NULL \
     ORDER BY version_id DESC LIMIT 1000";

/// Where the salt lies in a header, and after it the commitment to the key.
const SALT: std::ops::Range<usize> = 8..40;
/// Where the word for the suite lies.
const SUITE: usize = 5;

/// Reads the headers of stored streams.
pub struct CiphersAreSound {
    /// What is wrong with some headers.
    pub flaws: fn(&[Vec<u8>]) -> usize,
}

impl Default for CiphersAreSound {
    fn default() -> Self {
        Self { flaws }
    }
}

#[async_trait]
impl Check for CiphersAreSound {
    fn id(&self) -> &'static str {
        "ciphers-are-sound"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let probes = site.probes().await?;
        let owner = &probes.one.owner;
        let dataset = owner.plain("probe-ciphers").await?;
        let item = owner
            .put(&dataset, &site.random_word(), b"a sealed stream")
            .await?
            .item
            .id;
        let read = site.db().read(|tx| {
            let rows = tx.all(NEWEST, &[])?;
            rows.iter()
                .map(|row| row.get(0))
                .collect::<Result<Vec<Vec<u8>>, StoreError>>()
        });
        let headers: Vec<Vec<u8>> = read.await?.into_iter().map(header_of).collect();
        owner.remove(item).await?;
        let mut cases = Cases::of(self.id());
        headers.iter().for_each(|header| cases.looked_at(header));
        cases.must(
            "every stream has a known suite and a salt of its own",
            (self.flaws)(&headers) == 0,
        );
        let Some(first) = headers.first() else {
            return Err(Trouble("the probe team's own stream was not found".to_owned()));
        };
        let mut other = first.clone();
        if let Some(suite) = other.get_mut(SUITE) {
            *suite ^= 0xff;
        }
        cases.control(
            "a salt that occurs twice is flagged",
            (self.flaws)(&[first.clone(), first.clone()]) > 0,
        );
        cases.control("an unknown suite is flagged", (self.flaws)(&[other]) > 0);
        Ok(cases.seen())
    }
}

fn header_of(mut stream: Vec<u8>) -> Vec<u8> {
    stream.truncate(HEADER_LEN);
    stream
}

fn flaws(headers: &[Vec<u8>]) -> usize {
    let mut salts = BTreeSet::new();
    let flawed = |header: &&Vec<u8>| {
        let salt = header.get(SALT).unwrap_or_default();
        Header::parse(header).is_err() || !salts.insert(salt.to_vec())
    };
    headers.iter().filter(flawed).count()
}
