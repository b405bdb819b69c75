//! `bailee s3-env`: the same API key in the words of S3 tools.
//!
//! Promises: everything is derived from the key on this machine; the server is not asked. What is printed holds the
//! secret, as its reader's shell needs it.

use custody::Credential;
use reqwest::Url;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::failure::Failure;
use super::{ConnectionArgs, Session};

/// What `s3-env` takes.
#[derive(Debug, clap::Args)]
pub struct S3EnvArgs {
    /// Where the server speaks S3; the port after that of --server when it is not given.
    #[arg(long, value_name = "URL", env = "BAILEE_S3")]
    pub s3: Option<String>,
    /// With the session token that tenants need who hold their key themselves.
    #[arg(long)]
    pub session_token: bool,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

pub(super) fn run(args: &S3EnvArgs, session: &Session) -> Result<(), Failure> {
    let text = session.server.key.expose_secret();
    let credential = Credential::parse(text).map_err(|bad| Failure::usage(bad.to_string()))?;
    let secret = credential
        .signing_secret()
        .ok_or_else(|| Failure::usage("the key has no secret"))?;
    let endpoint = match &args.s3 {
        Some(url) => url.clone(),
        None => beside(&session.server.base)?,
    };
    let ca = args.connection.ca.as_ref().map(|path| path.display().to_string());
    let token = args.session_token.then_some(text);
    let values = [
        ("AWS_ENDPOINT_URL", Some(endpoint.as_str())),
        ("AWS_ACCESS_KEY_ID", Some(&*credential.access_key())),
        ("AWS_SECRET_ACCESS_KEY", Some(secret.expose_secret())),
        ("AWS_SESSION_TOKEN", token),
        ("AWS_DEFAULT_REGION", Some("us-east-1")),
        ("AWS_CA_BUNDLE", ca.as_deref()),
    ]
    .map(|(name, value)| value.map(|value| (name.to_owned(), value.to_owned())));
    let values: Vec<(String, String)> = values.into_iter().flatten().collect();
    let object: serde_json::Map<String, serde_json::Value> = values
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    session.output.result(&object.into(), || {
        let lines = values
            .iter()
            .map(|(name, value)| format!("export {name}={}", quoted(value)));
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// The server's own host, at the next port.
fn beside(base: &Url) -> Result<String, Failure> {
    let unknown = || Failure::usage("say where the server speaks S3 with --s3 URL");
    let port = base
        .port_or_known_default()
        .and_then(|port| port.checked_add(1))
        .ok_or_else(unknown)?;
    let mut url = base.clone();
    url.set_port(Some(port)).map_err(|()| unknown())?;
    Ok(url.origin().ascii_serialization())
}

/// A word of the shell (POSIX.1-2024, shell command language, section 2.2.2).
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_is_at_the_next_port_unless_told_otherwise() {
        let base = |url: &str| Url::parse(url).unwrap();
        assert_eq!(
            beside(&base("https://127.0.0.1:8443")).unwrap(),
            "https://127.0.0.1:8444"
        );
        assert_eq!(
            beside(&base("https://custody.example/")).unwrap(),
            "https://custody.example:444"
        );
        assert!(beside(&base("https://custody.example:65535")).is_err());
    }

    #[test]
    fn a_shell_reads_a_value_as_it_is() {
        assert_eq!(quoted("/a/ca.pem"), "/a/ca.pem");
        assert_eq!(quoted("/a b/$HOME's"), "'/a b/$HOME'\\''s'");
    }
}
