//! Attestations: what is on file where software cannot know.
//!
//! Promises: when evidence came and what time it covers are two things; nothing counts longer than the catalogue says from
//! the end of what it covers, so that putting old evidence on file today makes nothing fresh; nobody sets a state by hand,
//! it follows from the dates. Leaves out: the evidence itself, which is named by its hash, and who keeps registers.

use std::time::Duration;

use kernel::{EventId, Timestamp};

use crate::catalogue::AttestationEntry;
use crate::error::{Error, Result};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Evidence to be put on file.
#[derive(Debug, Clone)]
pub struct NewAttestation {
    /// Its name in the catalogue.
    pub name: String,
    /// Who answers for it: a role or a name, which goes into the sealed trail alone.
    pub owner: String,
    /// SHA-256 of the evidence.
    pub evidence: [u8; 32],
    /// The beginning of what it is about.
    pub covers_from: Timestamp,
    /// The end of what it is about.
    pub covers_to: Timestamp,
    /// Until when it counts, if not as long as the catalogue lets it.
    pub valid_until: Option<Timestamp>,
}

/// Evidence on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnFile {
    /// Its name in the catalogue.
    pub name: String,
    /// When it came.
    pub recorded_at: Timestamp,
    /// The beginning of what it is about.
    pub covers_from: Timestamp,
    /// The end of what it is about.
    pub covers_to: Timestamp,
    /// Until when it counts.
    pub valid_until: Timestamp,
    /// The entry of the operator's trail.
    pub event: EventId,
}

/// How something on file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It counts.
    InDate,
    /// It does not count any more.
    Late,
}

impl OnFile {
    /// How it stands at a moment, whatever the row says about its end.
    pub fn standing(&self, entry: &AttestationEntry, now: Timestamp) -> Standing {
        let end = self.valid_until.min(longest(entry, self.covers_to));
        match now < end {
            true => Standing::InDate,
            false => Standing::Late,
        }
    }
}

impl NewAttestation {
    /// Until when it will count, if it can be taken at all.
    pub(crate) fn check(&self, entry: &AttestationEntry, now: Timestamp) -> Result<Timestamp> {
        let refuse = |field, problem: &str| Error::Invalid {
            field,
            problem: problem.to_owned(),
        };
        let owner = self.owner.trim();
        if owner.is_empty() || owner.chars().count() > 200 || owner.chars().any(char::is_control) {
            return Err(refuse(
                "owner",
                "say in 1 to 200 characters on one line who answers for it",
            ));
        }
        if self.covers_from > self.covers_to {
            return Err(refuse(
                "covers_from",
                "it must not lie after the end of what is covered",
            ));
        }
        if self.covers_to > now {
            return Err(refuse("covers_to", "evidence cannot cover the future"));
        }
        let longest = longest(entry, self.covers_to);
        let until = self.valid_until.unwrap_or(longest);
        if until > longest || until <= self.covers_to {
            let days = entry.valid_days;
            let problem =
                format!("it must lie after the end of what is covered, and at most {days} days after");
            return Err(refuse("valid_until", &problem));
        }
        Ok(until)
    }
}

fn longest(entry: &AttestationEntry, covers_to: Timestamp) -> Timestamp {
    covers_to.plus(DAY * entry.valid_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_767_603_600_000_000);

    fn entry() -> AttestationEntry {
        AttestationEntry {
            id: "external-scan".into(),
            evidence: "A report.".into(),
            owner: "security lead".into(),
            valid_days: 92,
        }
    }

    fn new(covers_to: Timestamp) -> NewAttestation {
        NewAttestation {
            name: "external-scan".into(),
            owner: "security lead".into(),
            evidence: [1; 32],
            covers_from: covers_to.minus(DAY),
            covers_to,
            valid_until: None,
        }
    }

    #[test]
    fn old_evidence_is_late_however_new_its_record() {
        let kept = |covers_to: Timestamp, valid_until| OnFile {
            name: "external-scan".into(),
            recorded_at: NOW,
            covers_from: covers_to,
            covers_to,
            valid_until,
            event: EventId::from_bytes(&[7; 16]).unwrap(),
        };
        let far = NOW.plus(DAY * 1000);
        assert_eq!(
            kept(NOW.minus(DAY * 91), far).standing(&entry(), NOW),
            Standing::InDate
        );
        assert_eq!(
            kept(NOW.minus(DAY * 93), far).standing(&entry(), NOW),
            Standing::Late
        );
        assert_eq!(kept(NOW, NOW).standing(&entry(), NOW), Standing::Late);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let refused = |new: NewAttestation| match new.check(&entry(), NOW) {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(new(NOW).check(&entry(), NOW).unwrap(), NOW.plus(DAY * 92));
        assert_eq!(refused(new(NOW.plus(DAY))), "covers_to");
        let silent = NewAttestation {
            owner: " ".into(),
            ..new(NOW)
        };
        assert_eq!(refused(silent), "owner");
        let backwards = NewAttestation {
            covers_from: NOW,
            ..new(NOW.minus(DAY))
        };
        assert_eq!(refused(backwards), "covers_from");
        for days in [0, 93] {
            let until = NewAttestation {
                valid_until: Some(NOW.plus(DAY * days)),
                ..new(NOW)
            };
            assert_eq!(refused(until), "valid_until");
        }
    }
}
