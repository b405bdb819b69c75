//! An open transaction, as the closures of `write` and `read` see it.
//!
//! The transaction remembers the first statement that failed. After that no further statement runs and the
//! transaction does not commit, whatever the closure returns: PostgreSQL behaves so by itself, SQLite is made to,
//! so that what passes on one means the same on the other.

use crate::driver::Driver;
use crate::{Row, StoreError, Value};

/// Runs after the commit is durable and before the caller has the answer.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

/// An open transaction.
pub struct Tx {
    driver: Box<dyn Driver>,
    failed: Option<StoreError>,
    hooks: Vec<Hook>,
    depth: u32,
    untold: bool,
}

impl Tx {
    /// Runs a statement; gives the number of rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        self.statement(|driver| driver.execute(sql, params))
    }

    /// The one row that the statement gives; none or several are an error.
    pub fn one(&mut self, sql: &str, params: &[Value]) -> Result<Row, StoreError> {
        let mut rows = self.statement(|driver| driver.query(sql, params, 2))?;
        match (rows.pop(), rows.len()) {
            (Some(row), 0) => Ok(row),
            (last, before) => Err(StoreError::Rows {
                wanted: "exactly one",
                found: before + usize::from(last.is_some()),
            }),
        }
    }

    /// The row that the statement gives, if there is one; several are an error.
    pub fn optional(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.statement(|driver| driver.query(sql, params, 2))?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            found => Err(StoreError::Rows {
                wanted: "at most one",
                found,
            }),
        }
    }

    /// All rows that the statement gives. Statements on growing tables need a LIMIT of their own.
    pub fn all(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.statement(|driver| driver.query(sql, params, usize::MAX))
    }

    /// Prepares a statement without running it: a census of statements calls this for each.
    pub fn prepare_check(&mut self, sql: &str) -> Result<(), StoreError> {
        self.statement(|driver| driver.prepare(sql))
    }

    /// Does this once the transaction is durable, before the caller has the answer. Only hooks of the run that
    /// committed are called. They run on the database's thread: hand on, do not work, and never wait for the store.
    pub fn on_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }

    /// Of a reading closure: nobody will be told what it gives before a later write of the caller is durable. That write is
    /// behind all that was seen here, so the answer need not wait for the disk twice.
    pub fn keep_untold(&mut self) {
        self.untold = true;
    }

    /// Runs a part that may fail without ending the whole: when it gives an error its changes and its hooks are
    /// undone and the transaction goes on. Contention and unavailability still end the whole.
    pub fn attempt<T, E: From<StoreError>>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let (depth, hooks) = (self.depth, self.hooks.len());
        self.batch(&format!("SAVEPOINT attempt_{depth}"))?;
        self.depth += 1;
        let outcome = part(self);
        self.depth = depth;
        match (outcome, self.failed.clone()) {
            (Ok(value), None) => {
                self.batch(&format!("RELEASE SAVEPOINT attempt_{depth}"))?;
                Ok(value)
            }
            (Ok(_), Some(failure)) => Err(self
                .undo_attempt(depth, hooks)
                .map_or_else(E::from, |()| failure.into())),
            (Err(error), _) => {
                self.undo_attempt(depth, hooks)?;
                Err(error)
            }
        }
    }

    fn undo_attempt(&mut self, depth: u32, hooks: usize) -> Result<(), StoreError> {
        self.hooks.truncate(hooks);
        if self.failed.as_ref().is_some_and(StoreError::is_temporary) {
            return Ok(());
        }
        self.failed = None;
        self.batch(&format!(
            "ROLLBACK TO SAVEPOINT attempt_{depth}; RELEASE SAVEPOINT attempt_{depth}"
        ))
    }

    /// Runs statements separated by semicolons.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        self.statement(|driver| driver.batch(sql))
    }

    fn statement<T>(
        &mut self,
        run: impl FnOnce(&mut dyn Driver) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.failed.is_some() {
            return Err(StoreError::Aborted);
        }
        run(&mut *self.driver).inspect_err(|error| self.failed = Some(error.clone()))
    }
}

/// What the threads that serve transactions need, and closures must not reach.
impl Tx {
    pub(crate) fn new(driver: Box<dyn Driver>) -> Self {
        Self {
            driver,
            failed: None,
            hooks: Vec::new(),
            depth: 0,
            untold: false,
        }
    }

    /// Forgets the run before.
    pub(crate) fn reset(&mut self) {
        self.failed = None;
        self.hooks.clear();
        self.depth = 0;
        self.untold = false;
    }

    /// Whether the run's answer waits for a later write anyway.
    pub(crate) fn is_untold(&self) -> bool {
        self.untold
    }

    /// The first statement's failure, if one failed.
    pub(crate) fn failure(&self) -> Option<&StoreError> {
        self.failed.as_ref()
    }

    pub(crate) fn take_hooks(&mut self) -> Vec<Hook> {
        std::mem::take(&mut self.hooks)
    }

    pub(crate) fn driver(&mut self) -> &mut dyn Driver {
        &mut *self.driver
    }

    /// Ends the transaction without a trace. A failure needs no answer: the connection is then gone and with it the
    /// transaction.
    pub(crate) fn roll_back(&mut self) {
        if self.driver.in_transaction() && !self.driver.is_closed() {
            let _ = self.driver.batch("ROLLBACK");
        }
    }
}
