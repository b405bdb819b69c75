//! TLS of the server: a certificate chain and its key, which can be exchanged while it runs.

use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The TLS settings of a listener. Cheap to clone; clones share the certificate.
#[derive(Clone)]
pub struct Tls {
    /// HTTP/2 and HTTP/1.1.
    both: RustlsConfig,
    /// HTTP/1.1 alone.
    http1: RustlsConfig,
    only_http1: bool,
}

/// Why a certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    /// The text holds no certificate.
    #[error(
        "no certificate found: the file must be PEM, the server's certificate first, then those between it and the CA"
    )]
    NoCertificate,
    /// The text holds no private key.
    #[error("no private key found: the file must be PEM and not protected by a passphrase")]
    NoKey,
    /// They do not fit each other, or are of a kind that is not supported.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl Tls {
    /// Takes a certificate chain and its key as PEM text.
    ///
    /// # Errors
    /// [`BadTls`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, BadTls> {
        Ok(Self {
            both: RustlsConfig::from_config(config(chain, key, BOTH)?),
            http1: RustlsConfig::from_config(config(chain, key, HTTP1)?),
            only_http1: false,
        })
    }

    /// The same certificate for a listener that speaks HTTP/1.1 alone: for clients that wait for `100 Continue`, which
    /// is not sent over HTTP/2, before each body.
    pub fn only_http1(&self) -> Self {
        Self {
            only_http1: true,
            ..self.clone()
        }
    }

    /// New connections get this certificate from now on; when it is refused the old one stays.
    ///
    /// # Errors
    /// [`BadTls`].
    pub fn replace(&self, chain: &[u8], key: &[u8]) -> Result<(), BadTls> {
        let (both, http1) = (config(chain, key, BOTH)?, config(chain, key, HTTP1)?);
        self.both.reload_from_config(both);
        self.http1.reload_from_config(http1);
        Ok(())
    }

    pub(crate) fn config(&self) -> RustlsConfig {
        if self.only_http1 { &self.http1 } else { &self.both }.clone()
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];
const HTTP1: &[&[u8]] = &[b"http/1.1"];

fn config(chain: &[u8], key: &[u8], protocols: &[&[u8]]) -> Result<Arc<ServerConfig>, BadTls> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|_| BadTls::NoCertificate)?;
    if chain.is_empty() {
        return Err(BadTls::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| BadTls::NoKey)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}
