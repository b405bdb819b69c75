//! How a command finds and trusts its server, and which key it acts with.
//!
//! Promises: the key never comes from the command line, where every user of the machine could read it, and never
//! leaves this machine in clear; a given CA is the only one trusted; redirects are not followed, so the key goes to
//! the named server alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use kernel::Random;
use reqwest::{Certificate, Client, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::failure::Failure;
use super::patience::Patience;
use super::server::{Operations, Server};

const HEADING: &str = "Connection";
/// Where a server on this machine keeps the certificate of its own CA, unless told otherwise.
const LOCAL_CA: &str = "bailee-data/tls/ca.pem";
/// No key is as long; a longer file is the wrong one.
const KEY_FILE_MAX: u64 = 4_096;
const CA_FILE_MAX: u64 = 1 << 20;
const CONNECT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(20);
const REASON_MAX: usize = 256;

/// Options of every command that talks to a server. The key comes from BAILEE_API_KEY or a file.
#[derive(Debug, Clone, clap::Args)]
pub struct ConnectionArgs {
    /// The server.
    #[arg(long, value_name = "URL", env = "BAILEE_SERVER", default_value = "https://127.0.0.1:8443", global = true, help_heading = HEADING)]
    pub server: String,
    /// A file that holds the API key. Without it BAILEE_API_KEY is used, then BAILEE_API_KEY_FILE.
    #[arg(long, value_name = "FILE", global = true, help_heading = HEADING)]
    pub api_key_file: Option<PathBuf>,
    /// Always refused: it is here so that the refusal can say why.
    #[arg(long, hide = true, num_args = 0..=1, value_name = "KEY", global = true)]
    pub api_key: Option<Option<String>>,
    /// Trust this CA certificate (PEM) and no other. For a server on this machine ./bailee-data/tls/ca.pem is used
    /// if it is there; without either, the system's CAs are trusted.
    #[arg(long, value_name = "FILE", env = "BAILEE_CA", global = true, help_heading = HEADING)]
    pub ca: Option<PathBuf>,
    /// Why you do this, for the trail: at most 256 visible characters.
    #[arg(long, value_name = "TEXT", global = true, help_heading = HEADING)]
    pub reason: Option<String>,
    /// One JSON object per line instead of tables; no progress bars.
    #[arg(long, global = true, help_heading = HEADING)]
    pub json: bool,
}

/// What is read from outside the command line.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl ConnectionArgs {
    /// The server to talk to, with the key to act with.
    pub(crate) fn connect(
        &self,
        environment: Environment<'_>,
        random: Arc<dyn Random>,
    ) -> Result<Server, Failure> {
        if self.api_key.is_some() {
            return Err(Failure::usage(
                "a key on the command line can be read by every user of this machine, and stays in the shell's history: \
                 set BAILEE_API_KEY or use --api-key-file. If you typed a real key, invalidate it",
            ));
        }
        let key = self.key(environment)?;
        let reason = self.reason.as_deref().map(read_reason).transpose()?;
        let base = read_server(&self.server)?;
        let http = http_client(&base, self.ca.as_deref())?;
        Ok(Server {
            http,
            base,
            key,
            reason,
            patience: Patience::USUAL,
            random,
            operations: Operations::default(),
        })
    }

    fn key(&self, environment: Environment<'_>) -> Result<SecretString, Failure> {
        if let Some(file) = &self.api_key_file {
            return read_key_file(file);
        }
        let set = |name| environment(name).filter(|value| !value.trim().is_empty());
        if let Some(key) = set("BAILEE_API_KEY") {
            return read_key(&key, "BAILEE_API_KEY");
        }
        match set("BAILEE_API_KEY_FILE") {
            Some(file) => read_key_file(file.as_ref()),
            None => Err(Failure::usage(
                "no API key: set BAILEE_API_KEY, or name a file that holds it with --api-key-file",
            )),
        }
    }
}

/// The server's URL, with a slash at the end. Clear HTTP is for this machine alone.
pub(crate) fn read_server(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!(
            "--server {text:?}: {why}; it looks like https://bailee.example.org"
        ))
    };
    let mut url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(wrong("the key would travel in clear; use https")),
        _ => return Err(wrong("it must begin with https://")),
    }
    if url.host_str().is_none_or(str::is_empty) || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "give scheme, host and port, perhaps a path, and nothing after it",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a URL holds no user or password"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Whether the host is this machine by its very name.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// A client that trusts what the options say.
pub(crate) fn http_client(base: &Url, ca: Option<&Path>) -> Result<Client, Failure> {
    // An error means that this process has one already, which serves as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's command, to the server that they name"
    )]
    let mut builder = Client::builder()
        .user_agent(concat!("bailee/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .tcp_keepalive(KEEP_ALIVE)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(KEEP_ALIVE);
    let local = Path::new(LOCAL_CA);
    let local = (is_loopback(base) && local.is_file()).then_some(local);
    if let Some(file) = ca.or(local) {
        builder = builder.tls_certs_only(read_ca(file)?);
    }
    builder
        .build()
        .map_err(|error| Failure::usage(format!("no TLS connection can be prepared: {}", causes(&error))))
}

fn read_ca(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let pem = read_small(file, CA_FILE_MAX)?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .ok()
        .filter(|found| !found.is_empty());
    let wrong = || {
        Failure::usage(format!(
            "{}: there is no PEM certificate in it; the server writes its CA to tls/ca.pem",
            file.display()
        ))
    };
    certificates.ok_or_else(wrong)
}

fn read_key_file(file: &Path) -> Result<SecretString, Failure> {
    warn_if_readable_by_others(file);
    let bytes = read_small(file, KEY_FILE_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{}: this is no API key", file.display())))?;
    read_key(&text, &file.display().to_string())
}

fn read_key(text: &str, from: &str) -> Result<SecretString, Failure> {
    let text = text.trim();
    // The server judges keys; here only what cannot be a header is caught, without showing it.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage(format!(
            "{from}: this is no API key; it looks like bailee_… and is one word"
        )));
    }
    Ok(SecretString::from(text))
}

fn warn_if_readable_by_others(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
    if open {
        eprintln!("bailee: {} can be read by others: chmod 600 it", file.display());
    }
}

/// A whole file of at most so many bytes.
pub(crate) fn read_small(file: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(|error| unreadable(file, &error))?;
    opened
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(file, &error))?;
    if bytes.len() as u64 > most {
        return Err(Failure::usage(format!(
            "{}: it is longer than {most} bytes, so it is the wrong file",
            file.display()
        )));
    }
    Ok(bytes)
}

fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", file.display()))
}

fn read_reason(text: &str) -> Result<HeaderValue, Failure> {
    let visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let value = HeaderValue::from_str(text)
        .ok()
        .filter(|_| visible && !text.is_empty() && text.len() <= REASON_MAX);
    value.ok_or_else(|| Failure::usage("--reason: give 1 to 256 visible ASCII characters"))
}

/// An error and what is behind it, on one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text += &format!(": {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl Server {
    /// The bearer header, marked so that no log shows it.
    pub(super) fn bearer(&self) -> Result<HeaderValue, Failure> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.key.expose_secret()))
            .map_err(|_| Failure::usage("this is no API key"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> ConnectionArgs {
        ConnectionArgs {
            server: "https://127.0.0.1:8443".into(),
            api_key_file: None,
            api_key: None,
            ca: None,
            reason: None,
            json: false,
        }
    }

    fn connect(args: &ConnectionArgs, variables: &[(&str, &str)]) -> Result<Server, Failure> {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        args.connect(&find, Arc::new(kernel::SystemRandom))
    }

    fn refusal(args: &ConnectionArgs, variables: &[(&str, &str)]) -> String {
        let failure = connect(args, variables).err().unwrap();
        assert_eq!(failure.code(), 2);
        failure.to_string()
    }

    #[test]
    fn a_key_in_the_command_line_is_refused_and_not_repeated() {
        let told = refusal(
            &ConnectionArgs {
                api_key: Some(Some("bailee_secret".into())),
                ..args()
            },
            &[],
        );
        assert!(
            told.contains("BAILEE_API_KEY") && !told.contains("bailee_secret"),
            "{told}"
        );
    }

    #[test]
    fn the_key_comes_from_the_named_file_then_the_environment() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "bailee_file\n").unwrap();
        let named = ConnectionArgs {
            api_key_file: Some(file.path().into()),
            ..args()
        };
        let exposed = |server: Server| server.key.expose_secret().to_owned();
        let (key, path) = (("BAILEE_API_KEY", "bailee_set"), file.path().to_str().unwrap());
        assert_eq!(exposed(connect(&named, &[key]).unwrap()), "bailee_file");
        assert_eq!(
            exposed(connect(&args(), &[key, ("BAILEE_API_KEY_FILE", path)]).unwrap()),
            "bailee_set"
        );
        assert_eq!(
            exposed(connect(&args(), &[("BAILEE_API_KEY_FILE", path)]).unwrap()),
            "bailee_file"
        );
        assert!(refusal(&args(), &[]).contains("--api-key-file"));
        assert!(!refusal(&args(), &[("BAILEE_API_KEY", "bailee two")]).contains("bailee two"));
    }

    #[test]
    fn clear_http_never_leaves_the_machine() {
        for good in [
            "https://bailee.example",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost/x",
        ] {
            assert!(read_server(good).unwrap().path().ends_with('/'), "{good}");
        }
        for bad in [
            "http://bailee.example",
            "http://127.0.0.1.example",
            "ftp://localhost",
            "bailee.example",
            "https://u:p@host",
            "https://host/?a",
        ] {
            assert_eq!(
                read_server(bad).err().map(|failure| failure.code()),
                Some(2),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_reason_is_one_visible_line() {
        assert!(read_reason("ticket 4711").is_ok());
        for bad in ["", "a\r\nb", "ü", &"x".repeat(257)] {
            assert!(read_reason(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_ca_file_must_hold_a_certificate() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let told = refusal(
            &ConnectionArgs {
                ca: Some(file.path().into()),
                ..args()
            },
            &[("BAILEE_API_KEY", "bailee_x")],
        );
        assert!(told.contains("certificate"), "{told}");
    }
}
