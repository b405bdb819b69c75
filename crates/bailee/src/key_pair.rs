//! The file with a key pair of a store elsewhere.
//!
//! Promises: it is its owner's alone, and no text repeats what is in it.

use std::path::Path;

use serde::Deserialize;

use crate::failure::Failure;
use crate::files;

/// Longer files hold no credentials.
const LONGEST: u64 = 64 << 10;

/// A key pair, as its file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyPair {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

impl KeyPair {
    /// Reads it.
    ///
    /// # Errors
    /// What [`bytes`] says, and a file that is no TOML of these two names.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        // The parser's own words would repeat a line of the file.
        let wrong = || {
            let shown = file.display();
            Failure::Said(format!(
                "{shown} does not set access_key = \"…\" and secret_key = \"…\", as TOML"
            ))
        };
        let text = String::from_utf8(bytes(file)?).map_err(|_| wrong())?;
        toml::from_str(&text).map_err(|_| wrong())
    }
}

/// The content of a file of credentials.
///
/// # Errors
/// [`Failure`] when it is not there, or others may read it.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let shown = file.display();
    let missing = || Failure::Said(format!("the credentials {shown} are not there"));
    let bytes = files::read(file, LONGEST)?.ok_or_else(missing)?;
    let mode = files::mode(file)?;
    if mode & 0o077 != 0 {
        let text =
            format!("the credentials {shown} have mode {mode:04o}: others may read them; chmod 600 {shown}");
        return Err(Failure::Said(text));
    }
    Ok(bytes)
}
