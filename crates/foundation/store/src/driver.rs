//! What a database driver must do: run statements on one connection. No promise is made here about transactions;
//! those are in `session` and `group`, which are the same for both engines.

use crate::{Row, StoreError, Value};

/// One connection. It never leaves the thread that serves it.
pub(crate) trait Driver: Send {
    /// Runs a statement, gives the number of rows it changed.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError>;

    /// Runs a statement, gives at most `limit` of its rows.
    fn query(&mut self, sql: &str, params: &[Value], limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Runs statements without parameters, separated by semicolons, unprepared.
    fn batch(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Prepares a statement without running it.
    fn prepare(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Whether a transaction is open, as far as this side knows.
    fn in_transaction(&self) -> bool;

    /// Whether the connection is gone.
    fn is_closed(&self) -> bool;

    /// Waits until everything that this connection committed is on the disk. Where COMMIT itself waits, nothing is left to do.
    fn make_durable(&mut self) -> Result<(), StoreError>;

    /// Connects again after the connection was lost; nothing when it is there.
    fn reconnect(&mut self) -> Result<(), StoreError>;
}

/// Text that only one engine can hold is refused on both.
pub(crate) fn check_params(params: &[Value]) -> Result<(), StoreError> {
    let nul = params
        .iter()
        .position(|value| matches!(value, Value::Text(text) if text.contains('\0')));
    match nul {
        Some(position) => Err(StoreError::Kind {
            position,
            wanted: "text",
            found: "text with U+0000".to_owned(),
        }),
        None => Ok(()),
    }
}
