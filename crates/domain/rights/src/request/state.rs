//! Where a request is, and which step leads on from there.

use custody::{Error, Result};

use crate::words::words;

words! {
    /// Where a request is.
    State {
        /// It came in; nobody has looked at who asks.
        Received "received",
        /// The person was asked who they are: what the GDPR counts stands still (article 12(6)).
        Identity "identity",
        /// It is they: to be decided and answered.
        Open "open",
        /// Answered as asked.
        Answered "answered",
        /// Refused, with a ground and reasons.
        Refused "refused",
        /// Taken back by the person.
        Withdrawn "withdrawn",
        /// The same as another one, which goes on.
        Duplicate "duplicate",
    }

    /// What was done about a request.
    Step {
        /// It was taken in.
        Opened "opened",
        /// The person was asked to prove who they are.
        IdentityAsked "identity-asked",
        /// A code was wrong, or came too late.
        CodeWrong "code-wrong",
        /// The person handed a document in.
        DocumentGiven "document-given",
        /// The document proved nothing, and is deleted.
        DocumentRejected "document-rejected",
        /// It is they.
        Identified "identified",
        /// The person was told that it takes longer, and why.
        Extended "extended",
        /// Somebody wrote a draft of the answer.
        Drafted "drafted",
        /// It was decided that the person gets what they ask for.
        Granted "granted",
        /// It was decided that they do not.
        Denied "denied",
        /// The answer went out.
        Answered "answered",
        /// The refusal went out.
        Refused "refused",
        /// The person took it back.
        Withdrawn "withdrawn",
        /// It was found to be the same as another one.
        Duplicate "duplicate",
        /// What was asked for was done at a place elsewhere.
        TaskDone "task-done",
        /// Nothing has to be done at a place elsewhere.
        TaskWaived "task-waived",
        /// A place elsewhere handed a file over.
        TaskFile "task-file",
    }
}

/// Whether the only ground is that nobody could find out who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unidentified(pub(super) bool);

impl State {
    /// Whether nothing more is to be done.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Answered | Self::Refused | Self::Withdrawn | Self::Duplicate
        )
    }

    /// Where the step leads; a step that does not follow from here says what must come first.
    ///
    /// INVARIANT: nothing but being identified leads from before to [`State::Open`], and only from there it goes on to
    /// [`State::Answered`] or [`State::Duplicate`]: whoever only says that they are somebody learns nothing of what that person asked for.
    pub(super) fn after(self, step: Step, unidentified: Unidentified) -> Result<Self> {
        use Step::*;
        match (self, step) {
            (Self::Answered | Self::Refused | Self::Withdrawn | Self::Duplicate, _) => {
                Err(conflict("the request is closed"))
            }
            (_, Withdrawn) => Ok(Self::Withdrawn),
            (_, Drafted | Opened) => Ok(self),
            (Self::Received | Self::Identity, IdentityAsked) => Ok(Self::Identity),
            (Self::Received | Self::Identity, Identified) => Ok(Self::Open),
            (Self::Identity, CodeWrong | DocumentGiven | DocumentRejected) => Ok(self),
            (Self::Open, Extended | Granted | Denied | TaskDone | TaskWaived | TaskFile) => Ok(self),
            (Self::Identity, Denied) if unidentified.0 => Ok(self),
            (Self::Open, Answered) => Ok(Self::Answered),
            (Self::Open, Duplicate) => Ok(Self::Duplicate),
            (Self::Open, Refused) => Ok(Self::Refused),
            (Self::Identity, Refused) if unidentified.0 => Ok(Self::Refused),
            (Self::Open, _) => Err(conflict("it is settled already that it is the person who asks")),
            (Self::Received, CodeWrong | DocumentGiven | DocumentRejected) => {
                Err(conflict("ask the person to prove who they are first"))
            }
            (Self::Received | Self::Identity, _) => Err(conflict(
                "find out first whether it is the person who asks; where that cannot be found out after asking, refuse with \
                 the ground not-identified",
            )),
        }
    }
}

fn conflict(says: &str) -> Error {
    Error::Conflict(says.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state by every step: what leads on, and where to.
    #[test]
    fn only_these_steps_lead_on() {
        use State::*;
        let known = Unidentified(false);
        let mut leads = Vec::new();
        for state in State::ALL {
            for step in Step::ALL {
                if let Ok(next) = state.after(step, known)
                    && next != state
                {
                    leads.push((state, step, next));
                }
            }
        }
        let expected = [
            (Received, Step::IdentityAsked, Identity),
            (Received, Step::Identified, Open),
            (Received, Step::Withdrawn, Withdrawn),
            (Identity, Step::Identified, Open),
            (Identity, Step::Withdrawn, Withdrawn),
            (Open, Step::Answered, Answered),
            (Open, Step::Refused, Refused),
            (Open, Step::Withdrawn, Withdrawn),
            (Open, Step::Duplicate, Duplicate),
        ];
        assert_eq!(leads, expected);
    }

    #[test]
    fn who_cannot_be_identified_can_be_refused_after_being_asked_and_never_answered() {
        let unidentified = Unidentified(true);
        assert!(State::Received.after(Step::Refused, unidentified).is_err());
        assert_eq!(
            State::Identity.after(Step::Refused, unidentified).unwrap(),
            State::Refused
        );
        assert!(State::Identity.after(Step::Answered, unidentified).is_err());
        assert!(State::Identity.after(Step::Refused, Unidentified(false)).is_err());
    }

    #[test]
    fn what_is_closed_stays_closed() {
        for state in State::ALL.into_iter().filter(|state| state.is_closed()) {
            for step in Step::ALL {
                assert!(
                    state.after(step, Unidentified(true)).is_err(),
                    "{state:?} {step:?}"
                );
            }
        }
    }
}
