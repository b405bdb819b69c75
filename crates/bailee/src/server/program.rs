//! What this program knows of itself: what it runs, how it is configured, and what is on file about how it was built.
//!
//! Promises: the program is hashed as it runs, also when its file was replaced since. Leaves out: what checks make of it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use assurance::Program;
use assurance::provenance::{MOST_BYTES, Provenance, keys_of};
use aws_lc_rs::digest::{Context, SHA256};

use super::services;
use crate::config::{ProvenanceSettings, Settings};
use crate::failure::Failure;

/// What runs on Linux, whatever became of its file.
const RUNNING: &str = "/proc/self/exe";

/// What is known with these settings.
///
/// # Errors
/// [`Failure`] for files of `provenance` that cannot be used.
pub(crate) async fn of(settings: &Settings) -> Result<Program, Failure> {
    let provenance = match settings.provenance.clone() {
        Some(named) => Some(tokio::task::spawn_blocking(move || provenance(&named)).await??),
        None => None,
    };
    Ok(Program {
        services: services::running(settings),
        configuration: settings.fingerprint,
        provenance,
    })
}

fn provenance(named: &ProvenanceSettings) -> Result<Provenance, Failure> {
    let keys = text("provenance.keys", &named.keys)?;
    let keys = keys_of(&keys).map_err(|bad| unusable("provenance.keys", &named.keys, &bad))?;
    let statements = named.statements.as_ref();
    let statements = statements.map(|path| text("provenance.statements", path));
    let program = File::open(RUNNING).or_else(|_| File::open(std::env::current_exe()?));
    let hash = program.and_then(hash);
    Ok(Provenance {
        program: hash.map_err(|error| unusable("the program", Path::new(RUNNING), &error))?,
        statements: statements.transpose()?.unwrap_or_default(),
        keys,
    })
}

fn text(key: &str, path: &Path) -> Result<String, Failure> {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() > MOST_BYTES => Err(unusable(key, path, &"more than a megabyte")),
        Ok(_) => Ok(text),
        Err(error) => Err(unusable(key, path, &error)),
    }
}

fn unusable(what: &str, path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::Said(format!("{what}: cannot use {}: {why}", path.display()))
}

fn hash(mut file: File) -> io::Result<[u8; 32]> {
    let (mut context, mut piece) = (Context::new(&SHA256), vec![0; 1 << 16]);
    loop {
        let length = file.read(&mut piece)?;
        match piece.get(..length) {
            Some(read) if length > 0 => context.update(read),
            _ => break,
        }
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_that_runs_is_the_one_that_is_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys.pem");
        let key = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        std::fs::write(&keys, key).unwrap();
        let named = ProvenanceSettings {
            keys: keys.clone(),
            statements: None,
        };
        let known = provenance(&named).unwrap();
        let file = std::env::current_exe().unwrap();
        assert_eq!(known.program, hash(File::open(file).unwrap()).unwrap());
        assert_eq!(known.lacks().len(), 1);
        let missing = ProvenanceSettings {
            statements: Some(folder.path().join("none")),
            ..named
        };
        assert!(
            provenance(&missing)
                .unwrap_err()
                .to_string()
                .contains("provenance.statements")
        );
        std::fs::write(&keys, "no key").unwrap();
        assert!(provenance(&missing).unwrap_err().to_string().contains("Ed25519"));
    }
}
