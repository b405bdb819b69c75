//! `bailee s3-env`: the same API key in the words of S3 tools.
//!
//! Promises: without more said, everything is derived from the key on this machine and the server is not asked; for a
//! temporary credential it is, and what is printed does not hold the key. What is printed holds a secret, as its reader's
//! shell needs it.

use custody::Credential;
use kernel::TaskId;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::call::Call;
use super::failure::Failure;
use super::keys::{Actions, Reach};
use super::since::Span;
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
    temporary: Temporary,
    #[command(flatten)]
    pub(super) connection: ConnectionArgs,
}

/// What a temporary credential is to be; of the key itself when nothing is given.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Temporary {
    /// A temporary credential for so long, from 15m to 12h; an hour if something else of it is given.
    #[arg(long = "for", value_name = "SPAN")]
    life: Option<Span>,
    /// A temporary credential for this dataset alone; may be given several times.
    #[arg(long = "dataset", value_name = "DATASET")]
    datasets: Vec<String>,
    /// A temporary credential for what this task of yours leases, which ends with the lease.
    #[arg(long, value_name = "ID", conflicts_with_all = ["datasets", "prefixes"])]
    task: Option<TaskId>,
    #[command(flatten)]
    actions: Actions,
    #[command(flatten)]
    reach: Reach,
}

impl Temporary {
    fn is_given(&self) -> bool {
        self.life.is_some()
            || !self.datasets.is_empty()
            || self.task.is_some()
            || self.actions.are_given()
            || self.reach.is_given()
    }

    fn body(&self) -> Value {
        let mut body = json!({ "label": "s3-env" });
        let mut add = |name: &str, value: Option<Value>| value.map(|value| body[name] = value);
        add("seconds", self.life.map(|Span(life)| json!(life.as_secs())));
        add(
            "datasets",
            (!self.datasets.is_empty()).then(|| json!(self.datasets)),
        );
        add("task", self.task.map(|task| json!(task)));
        self.actions.add_to(&mut body);
        self.reach.add_to(&mut body);
        body
    }
}

pub(super) async fn run(args: &S3EnvArgs, session: &Session) -> Result<(), Failure> {
    let (text, token) = match args.temporary.is_given() {
        true => (take(&args.temporary, session).await?, true),
        false => (session.server.key.clone(), args.session_token),
    };
    let text = text.expose_secret();
    let credential = Credential::parse(text).map_err(|bad| Failure::usage(bad.to_string()))?;
    let secret = credential
        .signing_secret()
        .ok_or_else(|| Failure::usage("the key has no secret"))?;
    let endpoint = match &args.s3 {
        Some(url) => url.clone(),
        None => beside(&session.server.base)?,
    };
    let ca = args.connection.ca.as_ref().map(|path| path.display().to_string());
    let values = [
        ("AWS_ENDPOINT_URL", Some(endpoint.as_str())),
        ("AWS_ACCESS_KEY_ID", Some(&*credential.access_key())),
        ("AWS_SECRET_ACCESS_KEY", Some(secret.expose_secret())),
        ("AWS_SESSION_TOKEN", token.then_some(text)),
        ("AWS_DEFAULT_REGION", Some("us-east-1")),
        ("AWS_CA_BUNDLE", ca.as_deref()),
    ]
    .map(|(name, value)| value.map(|value| (name.to_owned(), value.to_owned())));
    tell(session, &values.into_iter().flatten().collect::<Vec<_>>())
}

/// Asks the server for a temporary credential; gives its text.
async fn take(temporary: &Temporary, session: &Session) -> Result<SecretString, Failure> {
    let call = Call::post(&["temporary-credentials"]).json(&temporary.body())?;
    let answer = session.server.json(&call).await?;
    let secret = answer.pointer("/secret").and_then(Value::as_str);
    secret
        .map(SecretString::from)
        .ok_or_else(|| Failure::Answer("there is no secret in it".into()))
}

fn tell(session: &Session, values: &[(String, String)]) -> Result<(), Failure> {
    let object: serde_json::Map<String, Value> = values
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
