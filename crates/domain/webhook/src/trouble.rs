//! Why a message did not arrive, in words of our own.
//!
//! Promises: what targets write into their answers is not kept; their status is.

use std::fmt;
use std::str::FromStr;

macro_rules! causes {
    ($($name:ident, $word:literal, $says:literal;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Cause {
            $(#[doc = $says] $name,)*
        }

        impl Cause {
            /// The word in rows and documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }

        impl FromStr for Cause {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$name),)* _ => Err(()) }
            }
        }
    };
}

causes! {
    Unreachable, "unreachable", "the target could not be reached, or no encrypted connection to it came about";
    TooSlow, "too-slow", "the target did not answer in time";
    Inside, "inside", "the target's name leads inside, so this server does not connect to it";
    NotListed, "not-listed", "the target is no host that this server may connect to";
    Redirected, "redirected", "the target answered with a redirection, which is not followed: register where it leads";
    Refused, "refused", "the target answered that it did not take the message";
    Gone, "gone", "the target answered that it wants no more messages";
    Altered, "altered", "what was stored for this webhook does not open any more";
}

impl Cause {
    /// What a status says went wrong; nothing when the message was taken.
    pub(crate) fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            300..=399 => Some(Self::Redirected),
            410 => Some(Self::Gone),
            _ => Some(Self::Refused),
        }
    }

    /// Whether the next message would fare the same: then none is tried before this one is tried again.
    pub(crate) fn is_about_the_target(self) -> bool {
        !matches!(self, Self::Refused)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.says())
    }
}
