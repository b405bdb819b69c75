//! The server's own door, as its checks try it: over the network, as a stranger would.
//!
//! Promises: nothing but the server's own addresses is called, and nothing secret is sent. Leaves out: what is to be thought of what
//! comes back.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use assurance::check::Trouble;
use assurance::door::{Certificate, Door, Page};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response};

use crate::failure::Failure;
use crate::tls::{self, Validity};

const WHOLE: Duration = Duration::from_secs(10);

/// The door of this very server.
pub(super) struct OwnDoor {
    client: Client,
    /// Where people come in, then where S3 clients do.
    addresses: Vec<SocketAddr>,
    host: String,
}

impl OwnDoor {
    /// The door at these addresses, which clients reach under this URL.
    pub(super) fn new(addresses: Vec<SocketAddr>, url: &str) -> Result<Self, Failure> {
        // An error means that this process has one already, which serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "to this server itself, by its address")]
        let client = Client::builder()
            .user_agent(concat!("bailee/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(WHOLE)
            .tls_info(true)
            // It is the certificate that is looked at, by its names and dates; what a stranger trusts is not known here.
            .tls_danger_accept_invalid_certs(true)
            .build();
        Ok(Self {
            client: client.map_err(|error| Failure::Said(error.to_string()))?,
            addresses: addresses.into_iter().map(callable).collect(),
            host: tls::host_of(url).unwrap_or("localhost").to_owned(),
        })
    }

    async fn ask(&self, path: &str) -> Result<Response, Trouble> {
        let address = self.addresses.first();
        let address = address.ok_or_else(|| Trouble("the server has no address".to_owned()))?;
        let asked = self.client.get(format!("https://{address}{path}")).send().await;
        asked.map_err(|error| Trouble(error.to_string()))
    }
}

/// Nobody can call an address that means every address.
fn callable(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[async_trait::async_trait]
impl Door for OwnDoor {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    async fn certificate(&self) -> Result<Certificate, Trouble> {
        let answer = self.ask("/").await?;
        let info = answer.extensions().get::<TlsInfo>();
        let shown = info
            .and_then(TlsInfo::peer_certificate)
            .and_then(Validity::of_der);
        let shown = shown.ok_or_else(|| Trouble("the certificate cannot be read".to_owned()))?;
        Ok(Certificate {
            from: shown.from,
            until: shown.until,
            names: shown.names,
            host: self.host.clone(),
        })
    }

    async fn get(&self, path: &str) -> Result<Page, Trouble> {
        let answer = self.ask(path).await?;
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        };
        Ok(Page {
            status: answer.status().as_u16(),
            headers: answer.headers().iter().map(header).collect(),
            body: answer
                .bytes()
                .await
                .map_err(|error| Trouble(error.to_string()))?
                .to_vec(),
        })
    }
}
