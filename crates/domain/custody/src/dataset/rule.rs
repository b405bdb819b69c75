//! A dataset's rules as they stand in its row: JSON, sealed under the dataset's key.
//!
//! Promises: each rule is bound to its dataset and to what it is a rule of, by the context that the caller names, so that none stands in
//! another's place. Leaves out: what a rule says, and whether it can be one.

use operation::Op;
use sealing::{Context, Key};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The rule into a row; nothing where there is none.
pub(crate) fn seal<T: Serialize>(
    op: &Op<'_>,
    key: &Key,
    context: &Context,
    rule: Option<&T>,
) -> Result<Option<Vec<u8>>> {
    let Some(rule) = rule else { return Ok(None) };
    let text = serde_json::to_vec(rule).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Some(sealing::seal(key, context, &text, op.random())))
}

/// The rule out of a row.
pub(crate) fn open<T: DeserializeOwned>(
    key: &Key,
    context: &Context,
    sealed: Option<&[u8]>,
) -> Result<Option<T>> {
    let Some(sealed) = sealed else { return Ok(None) };
    let opened = sealing::open(key, context, sealed)?;
    serde_json::from_slice(&opened)
        .map(Some)
        .map_err(|error| Error::Internal(error.to_string()))
}
