//! How often, and after how long a pause, a request is tried again.
//!
//! Promises: pauses double, are shortened by chance so that many clients do not come back at once, are never
//! shorter than the server asked for, and are bounded. Leaves out: what may be tried again, which the caller knows.

use std::time::Duration;

use kernel::Random;

/// The longest pause, also when a server asks for more.
const LONGEST: Duration = Duration::from_secs(30);

/// How long to go on trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How many times a request is sent at most.
    pub(crate) tries: u32,
    /// The pause after the first time.
    pub(crate) first: Duration,
}

impl Patience {
    /// About six seconds in all.
    pub(crate) const USUAL: Self = Self {
        tries: 6,
        first: Duration::from_millis(200),
    };

    /// The pause after the try of this number, from 1; `None` when it was the last.
    pub(crate) fn pause(
        &self,
        tried: u32,
        asked_for: Option<Duration>,
        random: &dyn Random,
    ) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let doubled = self
            .first
            .saturating_mul(1 << tried.saturating_sub(1).min(16))
            .min(LONGEST);
        let mut chance = [0];
        random.fill(&mut chance);
        let shortened = doubled.mul_f64(0.5 + f64::from(chance[0]) / 512.0);
        Some(shortened.max(asked_for.unwrap_or_default()).min(LONGEST))
    }
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3). The form with a date is not used by this server.
pub(crate) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Highest;
    impl Random for Highest {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(255);
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let patience = Patience {
            tries: 4,
            first: Duration::from_secs(1),
        };
        let pauses: Vec<_> = (1..)
            .map_while(|tried| patience.pause(tried, None, &Highest))
            .collect();
        assert_eq!(pauses.len(), 3);
        assert!(pauses[0] < pauses[1] && pauses[1] < pauses[2], "{pauses:?}");
    }

    #[test]
    fn the_server_may_ask_for_longer_but_not_for_ever() {
        let (patience, asked) = (Patience::USUAL, |seconds| Some(Duration::from_secs(seconds)));
        assert_eq!(patience.pause(1, asked(5), &Highest), asked(5));
        assert_eq!(patience.pause(1, asked(9_999), &Highest), Some(LONGEST));
    }

    #[test]
    fn only_seconds_are_read() {
        let headers = |value: &'static str| {
            http::HeaderMap::from_iter([(http::header::RETRY_AFTER, http::HeaderValue::from_static(value))])
        };
        assert_eq!(retry_after(&headers("2")), Some(Duration::from_secs(2)));
        assert_eq!(retry_after(&headers("-1")), None);
        assert_eq!(retry_after(&http::HeaderMap::new()), None);
    }
}
