#![doc = include_str!("../README.md")]

mod deliver;
mod hook;
mod log;
mod message;
mod ops;
mod rows;
mod secret;
mod spread;
mod stop;
mod target;
mod trouble;

use std::sync::Arc;

use custody::Custody;
use sealing::Key;
use store::Migration;

pub use custody::{Error, Result};
pub use deliver::{Answer, Courier, Parcel, Series};
pub use hook::{Attempt, Change, Delivery, DeliveryState, Made, NewWebhook, State, Webhook};
pub use ops::{LONGEST_KEPT_HOURS, MOST_EVENTS, MOST_WEBHOOKS};
pub use target::{BadTarget, Target};
pub use trouble::Cause;

/// The tables of this crate.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: 440,
    name: "webhooks",
    sql: include_str!("webhook.sql"),
}];

/// The webhooks of everybody who has a tenant. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    pub(crate) custody: Custody,
}

impl Webhooks {
    /// Webhooks about what happens in this custody.
    pub fn new(custody: Custody) -> Self {
        Self { custody }
    }

    /// What addresses and secrets are sealed under. It is the installation's, for messages go out while nobody of the tenant is there.
    pub(crate) async fn key(&self) -> Result<Arc<Key>> {
        self.custody.installation_key("webhook").await.map(Arc::new)
    }
}
