//! Why a command failed, as one sentence with what to do, and its exit code.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::data::DataError;
use crate::files::FileError;
use crate::keys::RootFailure;
use crate::tls::TlsFailure;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The root key is missing, wrong, or cannot be opened.
    #[error(transparent)]
    Root(#[from] RootFailure),
    /// The data folder.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsFailure),
    /// An address to listen on.
    #[error(transparent)]
    Listener(#[from] web::BadListener),
    /// The database or the objects.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The installation.
    #[error(transparent)]
    Custody(#[from] custody::Error),
    /// Claims and checks.
    #[error(transparent)]
    Assurance(#[from] ::assurance::Error),
    /// A report.
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
    /// The log.
    #[error(transparent)]
    Operation(#[from] operation::OperationError),
    /// Letters.
    #[error(transparent)]
    Outbox(#[from] outbox::Error),
    /// A backup.
    #[error(transparent)]
    Backup(#[from] backup::Error),
    /// The access policies in the program; a fault of the build.
    #[error("the access policies cannot be used: {0}")]
    Policies(String),
    /// The server broke off.
    #[error("the server broke off: {0}")]
    Serve(std::io::Error),
    /// Anything else, as a sentence that says what to do.
    #[error("{0}")]
    Said(String),
}

impl Failure {
    /// 2 for what has to be mended before a start makes sense (configuration, root key), 1 for the rest.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Root(_) => ExitCode::from(2),
            _ => ExitCode::from(1),
        }
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Said(format!("a part of the program broke off: {error}"))
    }
}
