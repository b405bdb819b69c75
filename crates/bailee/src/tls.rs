//! The server's certificate: given files, or one by the server's own CA.
//!
//! Promises of the own CA: made at the first start, for this installation alone; its key and the server's are readable
//! by their owner alone; the server's certificate names every address that clients on this host and through
//! `public_url` use, and is renewed when less than thirty days are left or a name is missing. Leaves out: ACME.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::{Settings, TlsSettings};
use crate::data::DataFolder;
use crate::files::{self, FileError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The CA outlives many certificates, since clients have to be given it by hand.
const CA_DAYS: u32 = 3_650;
const SERVER_DAYS: u32 = 90;
/// With fewer days left a new certificate is made.
pub(crate) const RENEWAL_DAYS: i64 = 30;
/// Longer files are no certificates.
const MAX_PEM: u64 = 1 << 20;

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum TlsFailure {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file that was named and is not there.
    #[error(
        "{0} is not there: correct `tls.certificate` and `tls.key`, or leave both out to use the server's own CA"
    )]
    Missing(PathBuf),
    /// A file that is there and cannot be used.
    #[error("the certificate in {path} cannot be used: {reason}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// A chain and its key, as PEM.
pub struct Pem {
    /// The server's certificate first.
    pub chain: Vec<u8>,
    /// Its private key.
    pub key: zeroize::Zeroizing<Vec<u8>>,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// From when it is valid.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The names and addresses it is for.
    pub names: BTreeSet<String>,
}

impl Validity {
    /// Reads the first certificate of a PEM text. Never panics.
    pub fn of_pem(pem: &[u8]) -> Option<Self> {
        Self::of_der(&CertificateDer::from_pem_slice(pem).ok()?)
    }

    /// Reads a certificate as it is shown. Never panics.
    pub fn of_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let moment = |seconds: i64| Timestamp::from_micros(seconds.saturating_mul(1_000_000));
        let names =
            certificate
                .extensions()
                .iter()
                .filter_map(|extension| match extension.parsed_extension() {
                    ParsedExtension::SubjectAlternativeName(names) => {
                        Some(names.general_names.iter().filter_map(name))
                    }
                    _ => None,
                });
        Some(Self {
            from: moment(certificate.validity().not_before.timestamp()),
            until: moment(certificate.validity().not_after.timestamp()),
            names: names.flatten().collect(),
        })
    }

    /// Whole days from this moment to the end; negative when it is over.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        (self.until.as_seconds() - now.as_seconds()).div_euclid(DAY.as_secs() as i64)
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The certificate to serve with: the given one, or the own one, made or renewed as needed.
///
/// # Errors
/// [`TlsFailure`], saying which file and what to do.
pub fn ensure(settings: &Settings, folder: &DataFolder, now: Timestamp) -> Result<Pem, TlsFailure> {
    match &settings.tls {
        TlsSettings::Given { certificate, key } => Ok(Pem {
            chain: given(certificate)?,
            key: given(key)?.into(),
        }),
        TlsSettings::Own => {
            let mut names = names(
                settings.listen,
                settings.public_url.as_deref(),
                hostname().as_deref(),
            );
            // Every bucket is a sub-domain (RFC 6125, section 6.4.3: a wildcard stands for one label).
            if let Some(domain) = settings
                .s3
                .domain
                .as_deref()
                .and_then(|domain| domain.split(':').next())
            {
                names.extend([domain.to_owned(), format!("*.{domain}")]);
            }
            Own { folder: folder.tls() }.ensure(&names, now)
        }
    }
}

fn given(path: &Path) -> Result<Vec<u8>, TlsFailure> {
    files::read(path, MAX_PEM)?.ok_or_else(|| TlsFailure::Missing(path.to_owned()))
}

/// Everything that clients may call this server.
pub(crate) fn names(
    listen: SocketAddr,
    public_url: Option<&str>,
    hostname: Option<&str>,
) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !listen.ip().is_unspecified() {
        names.insert(listen.ip().to_canonical().to_string());
    }
    names.extend(hostname.map(str::to_owned));
    names.extend(public_url.and_then(host_of).map(str::to_owned));
    names
}

/// The host of an `https://` URL without port and brackets.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let host = url.strip_prefix("https://")?;
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').map(|(address, _)| address);
    }
    Some(host.split(':').next().unwrap_or(host)).filter(|host| !host.is_empty())
}

/// The machine's name, if it is one that certificates can hold.
pub(crate) fn hostname() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()?
        .trim()
        .to_ascii_lowercase();
    let fits = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    (fits && name.parse::<IpAddr>().is_err()).then_some(name)
}

/// The installation's own CA and what it signed.
struct Own {
    folder: PathBuf,
}

impl Own {
    fn ensure(&self, names: &BTreeSet<String>, now: Timestamp) -> Result<Pem, TlsFailure> {
        files::private_folder(&self.folder)?;
        let issuer = self.issuer(now)?;
        if let Some(pem) = self.present()?
            && Validity::of_pem(&pem.chain).is_some_and(|validity| still_good(&validity, names, now))
        {
            return Ok(pem);
        }
        self.issue(&issuer, names, now)
    }

    fn present(&self) -> Result<Option<Pem>, TlsFailure> {
        let (chain, key) = (
            files::read(&self.at("server.pem"), MAX_PEM)?,
            files::read(&self.at("server.key"), MAX_PEM)?,
        );
        Ok(chain.zip(key).map(|(chain, key)| Pem {
            chain,
            key: key.into(),
        }))
    }

    fn issuer(&self, now: Timestamp) -> Result<Issuer<'static, KeyPair>, TlsFailure> {
        let path = self.at("ca.pem");
        let unusable = |reason: String| TlsFailure::Unusable {
            path: path.clone(),
            reason,
        };
        let certificate = files::read(&path, MAX_PEM)?;
        let key = files::read(&self.at("ca.key"), MAX_PEM)?.map(zeroize::Zeroizing::new);
        let (Some(certificate), Some(key)) = (certificate, key) else {
            return self.make_ca(now);
        };
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).map_err(|_| unusable("it is not text".to_owned()))
        };
        let mend =
            "move the folder `tls` away, and the next start makes a new CA, which clients have to be given";
        let key = KeyPair::from_pem(&zeroize::Zeroizing::new(text(&key)?))
            .map_err(|error| unusable(format!("{error}: {mend}")))?;
        Issuer::from_ca_cert_pem(&text(&certificate)?, key)
            .map_err(|error| unusable(format!("{error}: {mend}")))
    }

    /// The key goes to disk first: a certificate without its key would be of no use and in the way.
    fn make_ca(&self, now: Timestamp) -> Result<Issuer<'static, KeyPair>, TlsFailure> {
        let key = KeyPair::generate()?;
        let mut params = validity(CertificateParams::default(), now, CA_DAYS);
        // The key's own digits tell the CAs of several installations apart.
        let mark: String = key
            .public_key_raw()
            .iter()
            .rev()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        params
            .distinguished_name
            .push(DnType::CommonName, format!("Bailee installation {mark}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        files::replace(
            &self.at("ca.key"),
            zeroize::Zeroizing::new(key.serialize_pem()).as_bytes(),
            0o600,
        )?;
        files::replace(&self.at("ca.pem"), certificate.pem().as_bytes(), 0o644)?;
        Ok(Issuer::new(params, key))
    }

    fn issue(
        &self,
        issuer: &Issuer<'_, KeyPair>,
        names: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Pem, TlsFailure> {
        let key = KeyPair::generate()?;
        let mut params = validity(
            CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?,
            now,
            SERVER_DAYS,
        );
        params
            .distinguished_name
            .push(DnType::CommonName, "Bailee server");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let chain = params.signed_by(&key, issuer)?.pem().into_bytes();
        let key = zeroize::Zeroizing::new(key.serialize_pem().into_bytes());
        // A crash between the two leaves a pair that does not fit; `still_good` cannot see that, so the certificate is
        // taken away first and its absence makes a new pair.
        if self.at("server.pem").exists() {
            files::remove(&self.at("server.pem"))?;
        }
        files::replace(&self.at("server.key"), &key, 0o600)?;
        files::replace(&self.at("server.pem"), &chain, 0o644)?;
        Ok(Pem { chain, key })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn still_good(validity: &Validity, names: &BTreeSet<String>, now: Timestamp) -> bool {
    validity.from <= now && validity.days_left(now) >= RENEWAL_DAYS && names.is_subset(&validity.names)
}

/// From yesterday, since clients' clocks are not all right.
fn validity(mut params: CertificateParams, now: Timestamp, days: u32) -> CertificateParams {
    let (year, month, day) = date(now.minus(DAY));
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now.plus(DAY * days));
    params.not_after = date_time_ymd(year, month, day);
    params
}

fn date(moment: Timestamp) -> (i32, u8, u8) {
    let moment = jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap_or_default();
    let date = moment.to_zoned(jiff::tz::TimeZone::UTC).date();
    (
        date.year().into(),
        date.month().unsigned_abs(),
        date.day().unsigned_abs(),
    )
}

#[cfg(test)]
mod tests;
