//! The certificate, and who listens where clients are to be taken.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kernel::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_pki_types::pem::PemObject as _;

use super::{Finding, day};
use crate::config::{Settings, TlsSettings};
use crate::data::DataFolder;
use crate::files;
use crate::tls::{RENEWAL_DAYS, Validity};

const CERTIFICATE: &str = "certificate";
const ADDRESS: &str = "address";
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn checks(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![certificate(settings, now)];
    let settings = settings.clone();
    match tokio::task::spawn_blocking(move || address(&settings)).await {
        Ok(finding) => findings.push(finding),
        Err(error) => findings.push(Finding::fail(ADDRESS, error.to_string(), "try again")),
    }
    findings
}

fn place(settings: &Settings) -> PathBuf {
    match &settings.tls {
        TlsSettings::Given { certificate, .. } => certificate.clone(),
        TlsSettings::Own => settings.data.join("tls").join("server.pem"),
    }
}

fn certificate(settings: &Settings, now: Timestamp) -> Finding {
    let path = place(settings);
    let shown = path.display();
    let own = settings.tls == TlsSettings::Own;
    let renew = if own {
        "the running server renews it by itself; start it"
    } else {
        "renew it, and send the server SIGHUP"
    };
    let read = files::read(&path, 1 << 20);
    let Ok(Some(pem)) = read else {
        return match read {
            Ok(_) if own => Finding::ok(CERTIFICATE, "none yet; the first start makes one"),
            Ok(_) => Finding::fail(
                CERTIFICATE,
                format!("{shown} is not there"),
                "correct `tls.certificate`",
            ),
            Err(error) => Finding::fail(CERTIFICATE, error.to_string(), "run as the user who owns it"),
        };
    };
    let Some(validity) = Validity::of_pem(&pem) else {
        return Finding::fail(CERTIFICATE, format!("{shown} holds no certificate"), renew);
    };
    let (left, until) = (validity.days_left(now), day(validity.until));
    let found = format!(
        "{shown} is valid until {until}, for {}",
        validity.names.into_iter().collect::<Vec<_>>().join(", ")
    );
    match left {
        _ if now < validity.from => Finding::fail(
            CERTIFICATE,
            format!("{shown} is valid from {} only", day(validity.from)),
            "set the clock",
        ),
        ..0 => Finding::fail(CERTIFICATE, format!("{shown} was valid until {until}"), renew),
        days if days < RENEWAL_DAYS => Finding::warn(CERTIFICATE, found, renew),
        _ => Finding::ok(CERTIFICATE, found),
    }
}

fn address(settings: &Settings) -> Finding {
    let listen = settings.listen;
    match std::net::TcpListener::bind(listen) {
        Ok(_) => Finding::ok(ADDRESS, format!("{listen} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match served_by_us(settings) {
            Ok(true) => Finding::ok(ADDRESS, format!("{listen} is served by this installation")),
            Ok(false) => Finding::fail(
                ADDRESS,
                format!("{listen} is taken by something else"),
                "stop that, or choose another address with --listen",
            ),
            Err(reason) => Finding::warn(
                ADDRESS,
                format!("{listen} is taken, and it is not certain by whom: {reason}"),
                "see which program has the port",
            ),
        },
        Err(error) => Finding::fail(
            ADDRESS,
            format!("{listen}: {error}"),
            "choose an address of this machine with --listen; ports below 1024 need a privilege",
        ),
    }
}

/// Whether what listens there shows a certificate of this installation.
fn served_by_us(settings: &Settings) -> Result<bool, String> {
    let path = if settings.tls == TlsSettings::Own {
        settings.data.join("tls").join("ca.pem")
    } else {
        place(settings)
    };
    let held = DataFolder::open(&settings.data)
        .and_then(|folder| folder.lock())
        .is_err();
    if settings.tls != TlsSettings::Own {
        return if held {
            Ok(true)
        } else {
            Err("no server uses the data folder".to_owned())
        };
    }
    handshake(settings.listen, &path)
}

fn handshake(listen: SocketAddr, ca: &Path) -> Result<bool, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let pem = files::read(ca, 1 << 20)
        .map_err(|error| text(&error))?
        .ok_or("there is no CA of this installation")?;
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&pem).map_err(|error| text(&error))?)
        .map_err(|error| text(&error))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder
        .map_err(|error| text(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| text(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| text(&error))?;
    let target = if listen.ip().is_unspecified() {
        SocketAddr::from(([127, 0, 0, 1], listen.port()))
    } else {
        listen
    };
    #[expect(clippy::disallowed_methods, reason = "to this server itself, by its address")]
    let mut stream = TcpStream::connect_timeout(&target, PATIENCE).map_err(|error| text(&error))?;
    let timed = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    timed.map_err(|error| text(&error))?;
    while connection.is_handshaking() {
        // Whatever does not finish the handshake under our CA is something else.
        if connection.complete_io(&mut stream).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}
