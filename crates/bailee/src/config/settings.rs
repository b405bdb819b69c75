//! The values as what they mean.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use web::pace::Quotas;

use super::ConfigError;
use super::backups::{self, BackupSettings};
use super::layers::{Layers, Origin};
use super::mail::{self, MailSettings};
use super::places::{self, PlaceSettings};
use super::show;
use super::sign_in::{self, SignInSettings};
use super::trust::{self, TrustSettings};

/// Everything the server needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder.
    pub data: PathBuf,
    /// Where TLS clients are taken.
    pub listen: SocketAddr,
    /// How clients reach the server; made from the bound address when it is not given.
    pub public_url: Option<String>,
    /// A place for clear HTTP.
    pub plain_http: Option<PlainHttp>,
    /// The S3 surface.
    pub s3: S3Settings,
    /// Where figures are collected, when they are.
    pub metrics: Option<PlainHttp>,
    /// The database.
    pub database: Database,
    /// The most acts that share one commit.
    pub database_batch: usize,
    /// The folder of objects.
    pub objects: PathBuf,
    /// Places that the file describes.
    pub places: Vec<PlaceSettings>,
    /// The root key.
    pub root: RootKeySettings,
    /// Given certificate files, or the server's own CA.
    pub tls: TlsSettings,
    /// How many requests are taken in a minute.
    pub pace: Quotas,
    /// The log filter, as `tracing` reads it.
    pub log_level: String,
    /// The shape of log lines.
    pub log_format: LogFormat,
    /// What is taken in.
    pub limits: custody::Limits,
    /// Who may serve buckets of tenants' own.
    pub own_buckets: kernel::AllowedHosts,
    /// Hosts that others than the operator chose, and that may be inside all the same.
    pub inside: kernel::AllowedHosts,
    /// The folder with keys of sub-processors.
    pub processor_keys: Option<PathBuf>,
    /// How people sign in.
    pub sign_in: SignInSettings,
    /// Where backups lie, and how often one is made.
    pub backup: BackupSettings,
    /// How letters leave.
    pub mail: MailSettings,
    /// What the operator says of itself in public.
    pub trust: TrustSettings,
    /// Whose word about the program counts, and where it lies.
    pub provenance: Option<ProvenanceSettings>,
    /// Whether the server runs checks by itself.
    pub checks: bool,
    /// SHA-256 of what [`super::as_canonical`] says of all of it.
    pub fingerprint: [u8; 32],
    /// What only the first start asks.
    pub first: OwnerContact,
}

/// Where and how S3 is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// Where TLS clients are taken; nowhere when it is off.
    pub listen: Option<SocketAddr>,
    /// A place for clear HTTP.
    pub plain_http: Option<PlainHttp>,
    /// The host name below which buckets are sub-domains.
    pub domain: Option<String>,
    /// The only region that clients may sign for.
    pub region: Option<String>,
    /// Origins whose pages a browser may let ask before it sends a request.
    pub cors_origins: Vec<String>,
}

/// Whose word about the program counts, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenanceSettings {
    /// The public keys, as PEM.
    pub keys: PathBuf,
    /// DSSE envelopes, one a line.
    pub statements: Option<PathBuf>,
}

/// A place for clear HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainHttp {
    /// A loopback address.
    Loopback(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// Which database is used.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file in the data folder.
    Sqlite,
    /// A server; the URL may hold a password.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

/// Where the root key is and what opens it.
#[derive(Debug, Clone)]
pub struct RootKeySettings {
    /// The file.
    pub file: PathBuf,
    /// A file with the passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// The passphrase itself.
    pub passphrase: Option<SecretString>,
    /// The credential of the service manager: `bailee-root` in `$CREDENTIALS_DIRECTORY` (systemd.exec(5)).
    pub credential_file: Option<PathBuf>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSettings {
    /// The server's own CA in the data folder.
    Own,
    /// Files that somebody else renews.
    Given {
        /// The chain, as PEM.
        certificate: PathBuf,
        /// The key, as PEM.
        key: PathBuf,
    },
}

/// The shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What the first start needs to be told.
#[derive(Debug, Clone)]
pub struct OwnerContact {
    /// The name of the log; made from the public URL when it is not given.
    pub log_origin: Option<String>,
    /// The operator's name.
    pub operator_name: String,
    /// The operator's address.
    pub operator_email: String,
}

impl Settings {
    /// Reads every value.
    ///
    /// # Errors
    /// [`ConfigError::Value`] for the first that does not fit.
    pub fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let data: PathBuf = layers.need("data", "the path of a folder")?;
        let credentials = layers.environment.get("CREDENTIALS_DIRECTORY");
        let path = |name| layers.get(name).map(|(value, _)| PathBuf::from(value));
        let listen = layers.need(
            "listen",
            "an address and a port, such as 127.0.0.1:8443 or [::]:8443",
        )?;
        Ok(Self {
            listen,
            s3: s3(layers, listen)?,
            public_url: layers.take("public_url", "https:// and a host, without a path", public_url)?,
            plain_http: layers.take(
                "plain_http",
                "a loopback address such as 127.0.0.1:8080, or unix: and a path",
                plain_http,
            )?,
            metrics: layers.take(
                "metrics.listen",
                "a loopback address such as 127.0.0.1:9464, or unix: and a path",
                plain_http,
            )?,
            pace: pace(layers)?,
            database: layers
                .take("database", "`sqlite` or postgres://user@host/name", database)?
                .unwrap_or(Database::Sqlite),
            database_batch: layers
                .take("database_batch", "a number, at least 1", batch)?
                .unwrap_or(512),
            objects: path("objects").unwrap_or_else(|| data.join("objects")),
            places: places::of(layers)?,
            root: RootKeySettings {
                file: path("root.key_file").unwrap_or_else(|| data.join("keys").join("root.key")),
                passphrase_file: path("root.passphrase_file"),
                passphrase: layers
                    .get("root.passphrase")
                    .map(|(value, _)| value.to_owned().into()),
                credential_file: credentials.map(|folder| PathBuf::from(folder).join("bailee-root")),
            },
            tls: tls(layers)?,
            log_level: layers.need("log.level", "error, warn, info, debug or trace")?,
            log_format: layers
                .take("log.format", "`text` or `json`", log_format)?
                .unwrap_or(LogFormat::Text),
            limits: custody::Limits {
                item_bytes: layers.need("limits.item_bytes", "a number of bytes")?,
                inline_bytes: layers
                    .take(
                        "limits.inline_bytes",
                        "a number of bytes, at most 1048576",
                        inline_bytes,
                    )?
                    .unwrap_or(32 << 10),
            },
            own_buckets: layers
                .take(
                    "own_buckets.allow",
                    "hosts such as s3.example.org, *.s3.example.org or s3.example.org:9000, with spaces between",
                    |value| value.parse().ok(),
                )?
                .unwrap_or_default(),
            inside: layers
                .take(
                    "egress.inside",
                    "hosts such as minio.internal or *.corp.example.org, with spaces between",
                    |value| value.parse().ok(),
                )?
                .unwrap_or_default(),
            processor_keys: layers.take("processors.keys", "a folder", |value| Some(PathBuf::from(value)))?,
            sign_in: sign_in::of(layers)?,
            backup: backups::of(layers, &data)?,
            mail: mail::of(layers)?,
            trust: trust::of(layers)?,
            provenance: path("provenance.keys").map(|keys| ProvenanceSettings {
                keys,
                statements: path("provenance.statements"),
            }),
            checks: layers
                .take("checks.run", "true or false", |value| value.parse().ok())?
                .unwrap_or(true),
            fingerprint: show::fingerprint(layers),
            first: OwnerContact {
                log_origin: layers.get("first.log_origin").map(|(value, _)| value.to_owned()),
                operator_name: layers.need("first.operator_name", "a name")?,
                operator_email: layers.need("first.operator_email", "an address")?,
            },
            data,
        })
    }
}

impl Layers {
    /// A value through a parser of ours.
    pub(super) fn take<T>(
        &self,
        name: &str,
        wanted: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, origin)) = self.get(name) else {
            return Ok(None);
        };
        parse(value)
            .map(Some)
            .ok_or_else(|| self.misfit(name, origin, wanted))
    }

    /// A value that has a default, through its type's own parser.
    pub(super) fn need<T: FromStr>(&self, name: &str, wanted: &str) -> Result<T, ConfigError> {
        let parsed = self.take(name, wanted, |value| {
            if value.is_empty() {
                None
            } else {
                value.parse().ok()
            }
        })?;
        parsed.ok_or_else(|| self.misfit(name, &Origin::Default, wanted))
    }

    pub(super) fn misfit(&self, name: &str, origin: &Origin, wanted: &str) -> ConfigError {
        ConfigError::Value {
            origin: origin.clone(),
            key: name.to_owned(),
            wanted: format!("give {wanted}"),
        }
    }
}

fn s3(layers: &Layers, beside: SocketAddr) -> Result<S3Settings, ConfigError> {
    let word = |name| layers.get(name).map(|(value, _)| value.to_owned());
    let listen = layers.take(
        "s3.listen",
        "an address and a port, or `off`",
        |value| match value {
            "off" => Some(None),
            address => address.parse().ok().map(Some),
        },
    )?;
    Ok(S3Settings {
        listen: listen.unwrap_or_else(|| Some(next_port(beside))),
        plain_http: layers.take(
            "s3.plain_http",
            "a loopback address such as 127.0.0.1:8081, or unix: and a path",
            plain_http,
        )?,
        domain: word("s3.domain"),
        region: word("s3.region"),
        cors_origins: word("s3.cors_origins")
            .map(|origins| origins.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}

/// The address with the next port; any free port stays any free port.
pub fn next_port(mut address: SocketAddr) -> SocketAddr {
    match address.port() {
        0 => {}
        port => address.set_port(port.checked_add(1).unwrap_or(0)),
    }
    address
}

fn public_url(value: &str) -> Option<String> {
    let host = value.strip_prefix("https://")?.trim_end_matches('/');
    let fits = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    fits.then(|| format!("https://{host}"))
}

fn plain_http(value: &str) -> Option<PlainHttp> {
    match value.strip_prefix("unix:") {
        Some("") => None,
        Some(path) => Some(PlainHttp::Unix(PathBuf::from(path))),
        None => {
            let address: SocketAddr = value.parse().ok()?;
            address
                .ip()
                .to_canonical()
                .is_loopback()
                .then_some(PlainHttp::Loopback(address))
        }
    }
}

fn pace(layers: &Layers) -> Result<Quotas, ConfigError> {
    let most = |name| layers.need(name, "a number of requests in a minute, or 0");
    Ok(Quotas {
        key: most("pace.key")?,
        tenant: most("pace.tenant")?,
        address: most("pace.address")?,
        door: most("pace.door")?,
    })
}

fn database(value: &str) -> Option<Database> {
    match value {
        "sqlite" => Some(Database::Sqlite),
        url if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Some(Database::Postgres(url.to_owned()))
        }
        _ => None,
    }
}

fn batch(value: &str) -> Option<usize> {
    value.parse().ok().filter(|most| *most > 0)
}

fn log_format(value: &str) -> Option<LogFormat> {
    match value {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// Rows of more than a megabyte would make every backup and every vacuum of the database slow.
fn inline_bytes(value: &str) -> Option<usize> {
    value.parse().ok().filter(|bytes| *bytes <= 1 << 20)
}

fn tls(layers: &Layers) -> Result<TlsSettings, ConfigError> {
    match (layers.get("tls.certificate"), layers.get("tls.key")) {
        (None, None) => Ok(TlsSettings::Own),
        (Some((certificate, _)), Some((key, _))) => Ok(TlsSettings::Given {
            certificate: certificate.into(),
            key: key.into(),
        }),
        (Some((_, origin)), None) => Err(layers.misfit("tls.certificate", origin, "`tls.key` with it")),
        (None, Some((_, origin))) => Err(layers.misfit("tls.key", origin, "`tls.certificate` with it")),
    }
}
