//! Whom a verifier trusts, from the command line.

use std::path::PathBuf;

use ledger::{Policy, VerifierKey};

use crate::client::{Failure, read_small};

/// A key is far shorter; a longer file is the wrong one.
const KEY_FILE_MAX: u64 = 8_192;

/// The keys of the log and of witnesses. They must come from elsewhere than what is verified.
#[derive(Debug, Clone, clap::Args)]
pub struct TrustArgs {
    /// The log's verifier key: <name>+<8 hex digits>+<base64>.
    #[arg(
        long,
        value_name = "KEY",
        required_unless_present = "vkey_file",
        conflicts_with = "vkey_file"
    )]
    pub vkey: Option<String>,
    /// A file that holds the log's verifier key, such as the server's log.vkey.
    #[arg(long, value_name = "FILE")]
    pub vkey_file: Option<PathBuf>,
    #[command(flatten)]
    pub witnesses: WitnessArgs,
}

/// The witnesses to rely on.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WitnessArgs {
    /// A witness's verifier key; may be given several times.
    #[arg(long = "witness", value_name = "KEY")]
    pub witnesses: Vec<String>,
    /// How many of the witnesses must have signed; all of them if left out.
    #[arg(long, value_name = "N", requires = "witnesses")]
    pub quorum: Option<usize>,
}

impl TrustArgs {
    /// The policy that these options are.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        let key = log_key(self.vkey.as_deref(), self.vkey_file.as_deref())?;
        let key = key.ok_or_else(|| Failure::usage("name the log's key with --vkey or --vkey-file"))?;
        self.witnesses.policy(key)
    }
}

impl WitnessArgs {
    /// The policy of this log's key and these witnesses.
    pub(crate) fn policy(&self, log: VerifierKey) -> Result<Policy, Failure> {
        let keys = self
            .witnesses
            .iter()
            .map(|text| read_key("--witness", text))
            .collect::<Result<Vec<_>, _>>()?;
        let quorum = self.quorum.unwrap_or(keys.len());
        Policy::new(log, keys, quorum).map_err(|error| Failure::usage(error.to_string()))
    }
}

/// The log's key from either option.
pub(crate) fn log_key(
    text: Option<&str>,
    file: Option<&std::path::Path>,
) -> Result<Option<VerifierKey>, Failure> {
    if let Some(text) = text {
        return read_key("--vkey", text).map(Some);
    }
    let Some(file) = file else { return Ok(None) };
    let bytes = read_small(file, KEY_FILE_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{}: this is no key", file.display())))?;
    read_key(&file.display().to_string(), &text).map(Some)
}

fn read_key(from: &str, text: &str) -> Result<VerifierKey, Failure> {
    text.trim()
        .parse()
        .map_err(|error| Failure::usage(format!("{from}: {error}")))
}
