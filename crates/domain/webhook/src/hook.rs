//! Webhooks and their deliveries, as their tenant sees them.

use std::fmt;
use std::str::FromStr;

use kernel::{DeliveryId, EventId, MemberId, Timestamp, WebhookId};
use secrecy::SecretString;
use serde::Serialize;

use crate::{Cause, Error};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// The word in rows and documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(word: &str) -> Result<Self, Error> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(Error::Internal(format!("unknown state {word} in a row"))),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// Whether messages go out.
    State {
        /// They do.
        On "on",
        /// Somebody of the tenant switched it off.
        Off "off",
        /// The server switched it off, since its target failed for days or wants no more.
        Stopped "stopped",
    }
}

words! {
    /// How far a message is.
    DeliveryState {
        /// It is tried, or tried again, when its time comes.
        Waiting "waiting",
        /// The target took it.
        Delivered "delivered",
        /// It was tried often enough.
        GivenUp "given-up",
    }
}

/// A webhook to be.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Where messages go.
    pub url: String,
    /// Which events they tell of: actions by pattern, as in a key's scope.
    pub events: Vec<String>,
}

/// What is to be changed of a webhook; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Where messages go.
    pub url: Option<String>,
    /// Which events they tell of.
    pub events: Option<Vec<String>>,
    /// Whether they go out.
    pub on: Option<bool>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where messages go.
    pub url: String,
    /// Which events they tell of.
    pub events: Vec<String>,
    /// Whether they go out.
    pub state: State,
    /// Since when.
    pub state_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: MemberId,
    /// Until when messages are signed with the secret before this one as well.
    pub former_until: Option<Timestamp>,
    /// Since when no message arrived, when the last one did not.
    pub failing_since: Option<Timestamp>,
}

/// A webhook with its secret, which is shown now and never again.
#[derive(Debug)]
pub struct Made {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_…`.
    pub secret: SecretString,
}

/// One message to one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; the message carries it after `msg_`.
    pub id: DeliveryId,
    /// The event that it tells of; nothing for a test.
    pub event: Option<EventId>,
    /// That event's action.
    pub action: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// How far it is.
    pub state: DeliveryState,
    /// When it is tried next.
    pub next_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// The last attempt.
    pub last: Option<Attempt>,
}

/// One attempt to deliver a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number among those of its message, from 1.
    pub number: u32,
    /// When it began.
    pub at: Timestamp,
    /// The status that the target answered with.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Why it did not arrive.
    pub trouble: Option<Cause>,
}
