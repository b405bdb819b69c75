//! One client: a kept connection and signed requests.

use std::path::Path;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use kernel::{Clock as _, SystemClock};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use testkit::sign::{EMPTY, Head, Pairs, Signer, query_text};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Outcome;

/// Where a server is, and as whom it is asked.
pub(crate) struct Endpoint {
    address: String,
    tls: Option<TlsConnector>,
    signer: Signer,
}

impl Endpoint {
    pub(crate) fn new(
        url: &str,
        ca: Option<&Path>,
        access_key: &str,
        secret: &str,
        region: &str,
    ) -> Outcome<Self> {
        let (scheme, address) = url.split_once("://").ok_or("the endpoint has no scheme")?;
        let tls = match (scheme, ca) {
            ("https", Some(ca)) => Some(connector(ca)?),
            ("http", None) => None,
            _ => return Err("give --ca with an https endpoint, and only then".into()),
        };
        let signer = Signer {
            access_key: access_key.to_owned(),
            secret: secret.to_owned(),
            region: region.to_owned(),
            at: String::new(),
            service: "s3",
        };
        Ok(Self {
            address: address.trim_end_matches('/').to_owned(),
            tls,
            signer,
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "measuring, of the server that was named"
    )]
    async fn connect(&self) -> Outcome<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => speak(stream).await,
            Some(tls) => {
                let host = self
                    .address
                    .rsplit_once(':')
                    .map_or(&*self.address, |(host, _)| host);
                let name = ServerName::try_from(host.to_owned())?;
                speak(tls.connect(name, stream).await?).await
            }
        }
    }
}

async fn speak<S>(stream: S) -> Outcome<SendRequest<Full<Bytes>>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // How it ends shows at the request that it ends under.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn connector(ca: &Path) -> Outcome<TlsConnector> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// One request.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Pairs,
    headers: Pairs,
    hash: String,
    body: Bytes,
}

impl Call {
    pub(crate) fn put(path: String, body: &[u8]) -> Self {
        Self {
            method: Method::PUT,
            body: Bytes::copy_from_slice(body),
            ..Self::get(path)
        }
    }

    pub(crate) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            query: Pairs::new(),
            headers: Pairs::new(),
            hash: EMPTY.to_owned(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn list(bucket: &str, start_after: &str) -> Self {
        let query = [
            ("list-type", "2"),
            ("max-keys", "1000"),
            ("start-after", start_after),
        ];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            query: query.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
            ..Self::get(format!("/{bucket}"))
        }
    }

    /// The hash of the body, in hex.
    pub(crate) fn hashed(mut self, hash: &str) -> Self {
        self.hash = hash.to_owned();
        self
    }

    /// Headers as `name: value`.
    pub(crate) fn with(mut self, headers: &[String]) -> Self {
        let split = headers.iter().filter_map(|line| line.split_once(':'));
        self.headers
            .extend(split.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())));
        self
    }

    fn request(&self, endpoint: &Endpoint) -> Outcome<Request<Full<Bytes>>> {
        let now = SystemClock.now().to_string();
        let seconds = now.split_once('.').map_or(&*now, |(seconds, _)| seconds);
        let signer = Signer {
            at: format!("{}Z", seconds.replace(['-', ':'], "")),
            ..endpoint.signer.clone()
        };
        let mut headers = self.headers.clone();
        for (name, value) in [
            ("host", &endpoint.address),
            ("x-amz-content-sha256", &self.hash),
            ("x-amz-date", &signer.at),
        ] {
            headers.push((name.to_owned(), value.clone()));
        }
        let (authorization, _) = signer.authorization(&Head {
            method: self.method.as_str(),
            path: &self.path,
            query: &self.query,
            headers: &headers,
            payload: &self.hash,
        });
        headers.push(("authorization".to_owned(), authorization));
        let uri = match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, query_text(&self.query)),
        };
        let mut request = Request::builder().method(self.method.clone()).uri(uri);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(self.body.clone()))?)
    }
}

/// A connection that is made when it is needed.
pub(crate) struct Client {
    endpoint: Arc<Endpoint>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    pub(crate) fn to(endpoint: &Arc<Endpoint>) -> Self {
        Self {
            endpoint: Arc::clone(endpoint),
            connection: None,
        }
    }

    /// Sends it and reads the answer to its end; gives its length.
    pub(crate) async fn send(&mut self, call: &Call) -> Outcome<usize> {
        let mut connection = match self.connection.take().filter(|known| !known.is_closed()) {
            Some(known) => known,
            None => self.endpoint.connect().await?,
        };
        connection.ready().await?;
        let answer = connection.send_request(call.request(&self.endpoint)?).await?;
        let status = answer.status();
        let (mut body, mut length) = (answer.into_body(), 0);
        while let Some(frame) = body.frame().await {
            length += frame?.data_ref().map_or(0, Bytes::len);
        }
        self.connection = Some(connection);
        match status.is_success() {
            true => Ok(length),
            false => Err(format!("the server answered {status}").into()),
        }
    }
}
