//! What the process writes into its log, as a check hears it.
//!
//! Leaves out: what is written and where, which whoever starts logging settles; they say each line here as well.

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// No more than this is kept of what is heard: a check that listens is one act after the other, and short.
const MOST_HEARD: usize = 16 << 20;

/// What one listener has heard.
type Lines = Mutex<Vec<u8>>;

/// Where the lines of the log come by. Cheap to clone; while nobody listens nothing is kept.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Vec<Weak<Lines>>>>);

/// Somebody listens, until this is dropped.
pub(crate) struct Listening(Arc<Lines>);

impl Ear {
    /// A line was written.
    pub fn hear(&self, line: &[u8]) {
        let listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for heard in listeners.iter().filter_map(Weak::upgrade) {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            if heard.len().saturating_add(line.len()) <= MOST_HEARD {
                heard.extend_from_slice(line);
            }
        }
    }

    /// Keeps what is written from now on.
    pub(crate) fn listen(&self) -> Listening {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut listeners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|other| other.strong_count() > 0);
        listeners.push(Arc::downgrade(&heard));
        Listening(heard)
    }
}

impl Listening {
    /// What was written since.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_while_somebody_listens_is_heard() {
        let ear = Ear::default();
        ear.hear(b"before\n");
        let (first, clone) = (ear.listen(), ear.clone());
        clone.hear(b"one\n");
        let second = ear.listen();
        ear.hear(b"two\n");
        drop(second);
        ear.hear(b"three\n");
        assert_eq!(first.heard(), b"one\ntwo\nthree\n");
        let third = ear.listen();
        assert_eq!(third.heard(), b"");
        ear.hear(&vec![b'x'; MOST_HEARD + 1]);
        assert_eq!(third.heard(), b"", "what is too much is not kept");
    }
}
