//! How letters leave: `[mail]`.

use std::net::IpAddr;
use std::path::PathBuf;

use assurance::Alarms;
use outbox::Address;

use super::ConfigError;
use super::layers::Layers;

/// How letters leave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailSettings {
    /// The server that takes them, and whom they are from; without it letters wait.
    pub by: Option<MailServer>,
    /// Who is told when a sentence of the public page got worse.
    pub alarms_to: Vec<Address>,
}

impl MailSettings {
    /// Who hears of what got worse, with the address of the public page.
    pub fn alarms(&self, url: &str) -> Alarms {
        Alarms {
            to: self.alarms_to.clone(),
            page: format!("{url}/"),
        }
    }
}

/// A server that takes letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name, which its certificate has to be for, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
    /// Whom letters are from.
    pub from: Address,
    /// The file with the name and password for it.
    pub credentials: Option<PathBuf>,
    /// The CAs to trust instead of the system's, as PEM.
    pub ca: Option<PathBuf>,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, and nothing without it.
    StartTls,
    /// None, to a server on the same host.
    Loopback,
}

pub(super) fn of(layers: &Layers) -> Result<MailSettings, ConfigError> {
    let one = "one plain address, such as bailee@example.org";
    let from = layers.take("mail.from", one, |value| value.parse().ok())?;
    let alarms_to = layers.take("mail.alarms_to", "addresses with spaces between", |value| {
        value
            .split_whitespace()
            .map(|address| address.parse().ok())
            .collect()
    })?;
    Ok(MailSettings {
        by: server(layers, from)?,
        alarms_to: alarms_to.unwrap_or_default(),
    })
}

fn server(layers: &Layers, from: Option<Address>) -> Result<Option<MailServer>, ConfigError> {
    let Some((value, origin)) = layers.get("mail.server") else {
        return Ok(None);
    };
    let wanted =
        "smtps:// or smtp:// and a host, perhaps with a port; name and password go into `mail.credentials`";
    let (starts_plain, host, port) =
        parse(value).ok_or_else(|| layers.misfit("mail.server", origin, wanted))?;
    let from = from.ok_or_else(|| layers.misfit("mail.server", origin, "`mail.from` with it"))?;
    let clear = layers.take("mail.plain", "true or false", |value| value.parse().ok())?;
    let security = match (clear.unwrap_or(false), starts_plain) {
        (false, true) => MailSecurity::StartTls,
        (false, false) => MailSecurity::Tls,
        (true, true) if is_loopback(&host) => MailSecurity::Loopback,
        (true, _) => {
            let wanted = "it with smtp:// and a loopback address only, such as smtp://127.0.0.1:25";
            return Err(layers.misfit("mail.plain", origin, wanted));
        }
    };
    let path = |name| layers.get(name).map(|(value, _)| PathBuf::from(value));
    Ok(Some(MailServer {
        host,
        port,
        security,
        from,
        credentials: path("mail.credentials"),
        ca: path("mail.ca"),
    }))
}

/// Whether it begins in clear, host and port.
fn parse(value: &str) -> Option<(bool, String, u16)> {
    let (starts_plain, usual, rest) = match value.split_once("://")? {
        ("smtps", rest) => (false, 465, rest),
        ("smtp", rest) => (true, 587, rest),
        _ => return None,
    };
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, usual),
        Some((address, port)) => (address, port.strip_prefix(':')?.parse().ok()?),
        None => match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (rest, usual),
        },
    };
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    let fits = (is_name || host.parse::<IpAddr>().is_ok()) && port != 0;
    fits.then(|| (starts_plain, host.to_ascii_lowercase(), port))
}

/// By number: what a name means is somebody else's to say.
fn is_loopback(host: &str) -> bool {
    host.parse::<IpAddr>()
        .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::super::{ConfigFlags, Environment};
    use super::*;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<MailSettings, ConfigError> {
        of(&Layers::load(&ConfigFlags::default(), Environment::of(variables)).unwrap())
    }

    const FROM: (&str, &str) = ("BAILEE_MAIL_FROM", "bailee@example.org");

    #[test]
    fn tls_is_what_is_spoken_and_clear_text_is_for_the_same_host_alone() {
        let server = |url, clear| {
            let by = read([("BAILEE_MAIL_SERVER", url), ("BAILEE_MAIL_PLAIN", clear), FROM])
                .map(|mail| mail.by)?;
            Ok::<_, ConfigError>(by.map(|by| (by.host, by.port, by.security)))
        };
        let some = |host: &str, port, security| Some((host.to_owned(), port, security));
        for (url, clear, wanted) in [
            (
                "smtps://Smtp.example.org",
                "false",
                some("smtp.example.org", 465, MailSecurity::Tls),
            ),
            (
                "smtp://smtp.example.org",
                "false",
                some("smtp.example.org", 587, MailSecurity::StartTls),
            ),
            (
                "smtps://[2001:db8::1]:4650/",
                "false",
                some("2001:db8::1", 4650, MailSecurity::Tls),
            ),
            (
                "smtp://127.0.0.1:25",
                "true",
                some("127.0.0.1", 25, MailSecurity::Loopback),
            ),
        ] {
            assert_eq!(server(url, clear).unwrap(), wanted, "{url}");
        }
        for (url, clear) in [
            ("smtp.example.org", "false"),
            ("http://smtp.example.org", "false"),
            ("smtps://user:secret@smtp.example.org", "false"),
            ("smtps://smtp.example.org/path", "false"),
            ("smtps://smtp.example.org:0", "false"),
            ("smtp://smtp.example.org", "true"),
            ("smtp://localhost:25", "true"),
            ("smtps://127.0.0.1", "true"),
        ] {
            assert!(server(url, clear).is_err(), "{url} {clear}");
        }
    }

    #[test]
    fn a_server_needs_somebody_whom_letters_are_from() {
        assert!(read([("BAILEE_MAIL_SERVER", "smtps://smtp.example.org")]).is_err());
        assert!(read([("BAILEE_MAIL_FROM", "Bailee <bailee@example.org>")]).is_err());
        assert_eq!(read([FROM]).unwrap().by, None);
        let told = read([("BAILEE_MAIL_ALARMS_TO", "a@example.org b@example.org")]).unwrap();
        assert_eq!(told.alarms_to.len(), 2);
    }
}
