//! One letter over one connection (RFC 5321).

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, SystemTime};

use gate::{Gate, NoAddress};
use kernel::Timestamp;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use outbox::{Address, Cause, Fate, Language, Trouble};
use serde::Deserialize;

use crate::config::{MailSecurity, MailServer, Settings};
use crate::failure::Failure;
use crate::{files, key_pair, tls};

/// How long the whole of one letter may take.
pub(crate) const WHOLE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
/// Longer files hold no certificates that anybody chose.
const LONGEST_CA: u64 = 1 << 20;

/// A letter as it is sent.
pub(crate) struct Mail<'l> {
    /// The same for every attempt.
    pub(crate) id: String,
    pub(crate) to: &'l Address,
    pub(crate) subject: &'l str,
    pub(crate) text: &'l str,
    pub(crate) language: &'l Language,
    pub(crate) made_at: Timestamp,
}

/// Sends letters by one mail server.
#[derive(Clone)]
pub(crate) struct Mailer {
    server: MailServer,
    from: Mailbox,
    hello: ClientId,
    credentials: Option<Credentials>,
    tls: TlsParameters,
    gate: Gate,
}

/// The file of `mail.credentials`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    user: String,
    password: String,
}

impl Mailer {
    /// The mailer of the configuration, for a server under this address; nothing where no mail server is configured.
    ///
    /// # Errors
    /// [`Failure`] for a file that cannot be used.
    pub(crate) fn of(settings: &Settings, url: &str, gate: &Gate) -> Result<Option<Self>, Failure> {
        let host = tls::host_of(url).unwrap_or("localhost");
        let by = settings.mail.by.as_ref();
        by.map(|server| Self::new(server, &settings.trust.name, host, gate))
            .transpose()
    }

    /// One that says it is `host` and that `name` writes.
    ///
    /// # Errors
    /// [`Failure`] for a file that cannot be used.
    pub(crate) fn new(server: &MailServer, name: &str, host: &str, gate: &Gate) -> Result<Self, Failure> {
        let from = server.from.as_str().parse();
        let from =
            from.map_err(|_| Failure::Said("`mail.from` is no address that letters can be from".into()))?;
        Ok(Self {
            from: Mailbox::new(Some(name.to_owned()), from),
            hello: hello(host),
            credentials: server.credentials.as_deref().map(sign_in).transpose()?,
            tls: parameters(server)?,
            server: server.clone(),
            gate: gate.clone(),
        })
    }

    /// Sends one letter. Never fails: what came of it is the answer.
    pub(crate) async fn send(&self, mail: &Mail<'_>) -> Fate {
        let Ok(message) = self.message(mail) else {
            return Fate::Never(Cause::AddressRefused.into());
        };
        match tokio::time::timeout(WHOLE, self.transmit(&message)).await {
            Ok(Ok(())) => Fate::Sent,
            Ok(Err(fate)) => fate,
            Err(_) => Fate::Later(Cause::TooSlow.into()),
        }
    }

    fn message(&self, mail: &Mail<'_>) -> Result<Message, Failure> {
        let no_letter = |error: &dyn std::fmt::Display| Failure::Said(format!("that is no letter: {error}"));
        let to = mail.to.as_str().parse().map_err(|error| no_letter(&error))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .date(system_time(mail.made_at))
            .message_id(Some(format!("<{}@{}>", mail.id, self.server.from.domain())))
            // Nobody's absence note is owed to a program (RFC 3834, 5).
            .header(AutoSubmitted)
            .header(ContentLanguage(mail.language.as_str().to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.to_owned())
            .map_err(|error| no_letter(&error))
    }

    async fn transmit(&self, message: &Message) -> Result<(), Fate> {
        let mut connection = self.connect().await?;
        let envelope = message.envelope();
        let from = MailCommand::new(envelope.from().cloned(), Vec::new());
        let sent = connection.command(from).await;
        sent.map_err(|error| fate(&error, Cause::Refused))?;
        for to in envelope.to() {
            let named = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
            named.map_err(|error| fate(&error, Cause::AddressRefused))?;
        }
        let begun = connection.command(Data).await;
        begun.map_err(|error| fate(&error, Cause::Refused))?;
        let taken = connection.message(&message.formatted()).await;
        taken.map_err(|error| fate(&error, Cause::Refused))?;
        // It is the server's now, however the goodbye ends.
        connection.abort().await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fate> {
        let addresses = self.addresses().await?;
        let tls = (self.server.security == MailSecurity::Tls).then(|| self.tls.clone());
        #[expect(clippy::disallowed_methods, reason = "to addresses that the gate gave")]
        let connected =
            AsyncSmtpConnection::connect_tokio1(&addresses[..], Some(CONNECT), &self.hello, tls, None);
        let mut connection = connected.await.map_err(|error| fate(&error, Cause::Refused))?;
        if self.server.security == MailSecurity::StartTls {
            if !connection.can_starttls() {
                return Err(Fate::Later(Cause::NoTls.into()));
            }
            let begun = connection.starttls(self.tls.clone(), &self.hello).await;
            begun.map_err(|error| without_tls(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            let known = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            known.map_err(|error| without_sign_in(&error))?;
        }
        Ok(connection)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, Fate> {
        let found = self.gate.addresses("mail", &self.server.host, self.server.port);
        found.await.map_err(|error| match error {
            NoAddress::Refused(_) => Fate::Later(Cause::NotListed.into()),
            NoAddress::Unknown(_) => Fate::Later(Cause::Unreachable.into()),
        })
    }
}

/// A name, or a number in its brackets (RFC 5321, 4.1.3).
fn hello(host: &str) -> ClientId {
    match host.parse() {
        Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

fn sign_in(file: &Path) -> Result<Credentials, Failure> {
    // The parser's own words would repeat a line of the file.
    let wrong = || {
        let shown = file.display();
        Failure::Said(format!(
            "{shown} does not set user = \"…\" and password = \"…\", as TOML"
        ))
    };
    let text = String::from_utf8(key_pair::bytes(file)?).map_err(|_| wrong())?;
    let SignIn { user, password } = toml::from_str(&text).map_err(|_| wrong())?;
    Ok(Credentials::new(user, password))
}

fn parameters(server: &MailServer) -> Result<TlsParameters, Failure> {
    let unusable =
        |error: SmtpError| Failure::Said(format!("TLS to `mail.server` cannot be set up: {error}"));
    let builder = TlsParametersBuilder::new(server.host.clone());
    let Some(path) = &server.ca else {
        return builder.build_rustls().map_err(unusable);
    };
    let missing = || Failure::Said(format!("`mail.ca` is {}, which is not there", path.display()));
    let pem = files::read(path, LONGEST_CA)?.ok_or_else(missing)?;
    let ca = Certificate::from_pem(&pem).map_err(unusable)?;
    builder
        .certificate_store(CertificateStore::None)
        .add_root_certificate(ca)
        .build_rustls()
        .map_err(unusable)
}

/// What a failure means for the letter, where a lasting refusal would mean `cause`.
fn fate(error: &SmtpError, cause: Cause) -> Fate {
    let code = error.status().map(u16::from);
    match code {
        // Who sends has to prove who they are, or how they came: that is for the configuration to mend, not the letter's fault.
        Some(530 | 534 | 535 | 538) => Fate::Later(Trouble {
            cause: Cause::SignIn,
            code,
        }),
        Some(500..) => Fate::Never(Trouble { cause, code }),
        Some(_) => Fate::Later(Trouble {
            cause: Cause::Busy,
            code,
        }),
        None if error.is_timeout() => Fate::Later(Cause::TooSlow.into()),
        None if is_of_tls(error) => Fate::Later(Cause::NoTls.into()),
        None if is_of_connecting(error) => Fate::Later(Cause::Unreachable.into()),
        None => Fate::Later(Cause::BrokenOff.into()),
    }
}

fn without_tls(error: &SmtpError) -> Fate {
    Fate::Later(Trouble {
        cause: Cause::NoTls,
        code: error.status().map(u16::from),
    })
}

fn without_sign_in(error: &SmtpError) -> Fate {
    match fate(error, Cause::SignIn) {
        // A name and a password may be corrected before the letter's time is over.
        Fate::Never(trouble) => Fate::Later(trouble),
        // No way of signing in that both know.
        _ if error.is_client() => Fate::Later(Cause::SignIn.into()),
        other => other,
    }
}

fn sources(error: &SmtpError) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |error| error.source())
}

fn is_of_tls(error: &SmtpError) -> bool {
    let inner = |error: &(dyn std::error::Error + 'static)| {
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>())
    };
    error.is_tls() || sources(error).any(inner)
}

fn is_of_connecting(error: &SmtpError) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    sources(error).any(|error| {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        matches!(
            kind,
            Some(ConnectionRefused | HostUnreachable | NetworkUnreachable)
        )
    })
}

fn system_time(moment: Timestamp) -> SystemTime {
    let seconds = u64::try_from(moment.as_seconds()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// `Auto-Submitted: auto-generated` (RFC 3834, 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `Content-Language` (RFC 3282).
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}
