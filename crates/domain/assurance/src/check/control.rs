//! Words for checks: cases that must be refused, cases that must work, and things planted and taken back.

use std::collections::BTreeMap;

use custody::Error;
use store::{Db, StoreError, Tx};

use super::{Control, Inputs, Observation, Promise, Trouble};

/// What a check that acts has tried so far.
pub(crate) struct Cases {
    inputs: Inputs,
    broken: Vec<String>,
    wrong: Vec<String>,
    worked: u32,
}

impl Cases {
    /// None so far.
    pub(crate) fn of(check: &str) -> Self {
        Self {
            inputs: Inputs::of(check),
            broken: Vec::new(),
            wrong: Vec::new(),
            worked: 0,
        }
    }

    /// Something that was looked at.
    pub(crate) fn looked_at(&mut self, what: impl AsRef<[u8]>) {
        self.inputs.add(what);
    }

    /// The promise: this has to be so.
    pub(crate) fn must(&mut self, what: &str, is_so: bool) {
        self.inputs.add(what);
        if !is_so {
            self.broken.push(what.to_owned());
        }
    }

    /// The promise: this has to be refused. Trouble that has nothing to do with rights is trouble of the check.
    pub(crate) fn must_refuse<T>(&mut self, what: &str, result: custody::Result<T>) -> Result<(), Trouble> {
        let refused = match result {
            Ok(_) => false,
            Err(error) if is_trouble(&error) => return Err(Trouble(format!("{what}: {error}"))),
            Err(_) => true,
        };
        self.must(what, refused);
        Ok(())
    }

    /// The promise: this has to be answered as what there is not.
    pub(crate) fn must_hide<T>(&mut self, what: &str, result: custody::Result<T>) -> Result<(), Trouble> {
        let hidden = match result {
            Err(Error::NotFound(_)) => true,
            Err(error) if is_trouble(&error) => return Err(Trouble(format!("{what}: {error}"))),
            _ => false,
        };
        self.must(what, hidden);
        Ok(())
    }

    /// The promise: this has to be so, and not refused either. Trouble that has nothing to do with rights is trouble of the check.
    pub(crate) fn must_be(&mut self, what: &str, result: custody::Result<bool>) -> Result<(), Trouble> {
        let is_so = match result {
            Err(error) if is_trouble(&error) => return Err(Trouble(format!("{what}: {error}"))),
            result => result.unwrap_or(false),
        };
        self.must(what, is_so);
        Ok(())
    }

    /// The control case: this has to be so, or the check is worth nothing.
    pub(crate) fn control(&mut self, what: &str, is_so: bool) {
        match is_so {
            true => self.worked += 1,
            false => self.wrong.push(what.to_owned()),
        }
    }

    /// The control case: this has to work.
    pub(crate) fn control_works<T>(&mut self, what: &str, result: custody::Result<T>) -> Option<T> {
        match result {
            Ok(value) => {
                self.worked += 1;
                Some(value)
            }
            Err(error) => {
                self.wrong.push(format!("{what}: {error}"));
                None
            }
        }
    }

    /// What was seen. A check without a control case that came out as stated is none.
    pub(crate) fn seen(self) -> Observation {
        let control = match (self.wrong.is_empty(), self.worked) {
            (true, 0) => Control::Otherwise("no control case was run".to_owned()),
            (true, worked) => Control::AsStated(format!("{worked} of {worked} came out as stated")),
            (false, _) => Control::Otherwise(self.wrong.join("; ")),
        };
        let promise = match self.broken.is_empty() {
            true => Promise::Kept,
            false => Promise::Broken(format!("not so: {}", self.broken.join("; "))),
        };
        Observation {
            promise,
            control,
            inputs: self.inputs.hash(),
            facts: BTreeMap::new(),
        }
    }
}

/// Whether it says that something failed, and not that something was refused.
fn is_trouble(error: &Error) -> bool {
    matches!(
        error,
        Error::Unavailable(_) | Error::Internal(_) | Error::Interrupted(_) | Error::NotYetSequenced
    )
}

/// How a transaction ends that must leave nothing.
enum TakenBack<T> {
    Seen(T),
    Failed(StoreError),
}

impl<T> From<StoreError> for TakenBack<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Does something wrong in a transaction, looks what can be seen of it, and takes it back: it is never committed.
pub(crate) async fn planted<T, P, L>(db: &Db, plant: P, look: L) -> Result<T, Trouble>
where
    T: Send + 'static,
    P: Fn(&mut Tx) -> Result<(), StoreError> + Send + 'static,
    L: Fn(&mut Tx) -> Result<T, StoreError> + Send + 'static,
{
    let undone = db
        .write(move |tx| -> Result<(), TakenBack<T>> {
            plant(tx)?;
            Err(TakenBack::Seen(look(tx)?))
        })
        .await;
    match undone {
        Err(TakenBack::Seen(seen)) => Ok(seen),
        Err(TakenBack::Failed(error)) => Err(error.into()),
        Ok(()) => Err(Trouble("something planted was kept".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Finding, Outcome};

    fn outcome(cases: Cases) -> Outcome {
        Finding::of(Ok(cases.seen())).outcome
    }

    #[test]
    fn a_check_without_a_control_case_is_broken() {
        let mut cases = Cases::of("it");
        cases.must("so", true);
        assert_eq!(outcome(cases), Outcome::BrokenCheck);
    }

    #[test]
    fn refusals_are_refusals_and_faults_are_not() {
        let mut cases = Cases::of("it");
        cases.control("works", true);
        let hidden: custody::Result<()> = Err(Error::NotFound("item"));
        cases.must_refuse("hidden", hidden).unwrap();
        let fault: custody::Result<()> = Err(Error::Unavailable("disk".into()));
        assert!(cases.must_refuse("fault", fault).is_err());
        assert_eq!(outcome(cases), Outcome::Holds);
        let mut cases = Cases::of("it");
        cases.control("works", true);
        cases.must_hide("shown", Ok(())).unwrap();
        assert_eq!(outcome(cases), Outcome::BrokenPromise);
    }
}
