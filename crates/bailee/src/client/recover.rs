//! `bailee recover`: a new owner's key for a tenant that holds its key itself.

use std::path::PathBuf;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::keys::tell_secret;
use super::secret_file::SecretFile;

/// Make a new owner's key with the recovery code.
///
/// The code takes the place of the API key: put it into BAILEE_API_KEY, or name a file that holds it with
/// --api-key-file. It stays good until it is invalidated like a key.
#[derive(Debug, clap::Args)]
pub struct RecoverArgs {
    /// Write the secret to this new file instead of showing it.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Makes it.
pub(crate) async fn run(args: &RecoverArgs, session: &Session) -> Result<(), Failure> {
    // The file first: a secret that cannot be kept would be lost.
    let file = args.secret_file.as_deref().map(SecretFile::create).transpose()?;
    let answer = session.server.json(&Call::post(&["recovery"])).await?;
    tell_secret(session, answer, "/secret", file)
}
