//! Why nothing is drawn, as the process of a view finds it.
//!
//! Promises: numbers and known words. Leaves out: the words that people read, which are the server's.

use std::time::Duration;

use rendering::Size;

use crate::answer::{Answer, Kind};

/// Why nothing is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// It is not what it was taken for, or damaged.
    #[error("it cannot be read")]
    Broken,
    /// It needs a password, or is sealed in a way that is not known.
    #[error("it is encrypted")]
    Encrypted,
    /// There is no such page or frame, but so many.
    #[error("it has {0}")]
    NoSuch(u32),
    /// There is no such time in a film of this length.
    #[error("it takes {0:?}")]
    NoTime(Duration),
    /// There is no such part of the page or the frame, which is so large.
    #[error("it has {} by {} pixels", .0.width, .0.height)]
    NoPart(Size),
    /// A frame has more pixels than are drawn.
    #[error("a frame has too many pixels")]
    TooLarge,
    /// It is H.264 of a kind that is not drawn.
    #[error("it is {}", .0.what())]
    NotDrawn(Kind),
}

impl Trouble {
    /// As it is said to the server.
    pub(crate) fn told(self) -> Answer {
        match self {
            Self::Broken => Answer::Broken,
            Self::Encrypted => Answer::Encrypted,
            Self::NoSuch(count) => Answer::NoSuch { count },
            Self::NoTime(duration) => Answer::NoTime {
                microseconds: microseconds(duration),
            },
            Self::NoPart(Size { width, height }) => Answer::NoPart { width, height },
            Self::TooLarge => Answer::TooLarge,
            Self::NotDrawn(kind) => Answer::NotDrawn(kind),
        }
    }
}

/// As many as a number of 64 bits holds.
pub(crate) fn microseconds(of: Duration) -> u64 {
    u64::try_from(of.as_micros()).unwrap_or(u64::MAX)
}
