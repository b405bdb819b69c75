use std::sync::Arc;

use axum::routing::get;
use kernel::{SystemClock, SystemRandom};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, oneshot};
use tokio_rustls::TlsConnector;

use super::*;
use crate::Kit;
use crate::client::ClientAddress;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

fn router() -> Router {
    let router = Router::new().route(
        "/from",
        get(async |ClientAddress(address): ClientAddress| format!("from {address:?}")),
    );
    Kit::new(Arc::new(SystemClock), Arc::new(SystemRandom)).dress(router)
}

fn start_with(listener: Listener, address: SocketAddr, router: Router) -> Server {
    let (stop, stopped) = oneshot::channel();
    let stopped = async { drop(stopped.await) };
    let ended = tokio::spawn(serve(vec![listener], router, stopped, Duration::from_secs(5)));
    Server { address, stop, ended }
}

fn certificate() -> (String, String, CertificateDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    (certificate.pem(), key.serialize_pem(), certificate.der().clone())
}

fn any_port() -> (TcpListener, SocketAddr) {
    let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Asks over TLS; gives the protocol that was agreed on and the answer.
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
async fn ask(
    address: SocketAddr,
    trusted: CertificateDer<'static>,
    protocol: &[u8],
    request: &str,
) -> (Vec<u8>, String) {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
    let agreed = stream.get_ref().1.alpn_protocol().unwrap_or_default().to_vec();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes without a TLS goodbye has said all there was.
    let _ = stream.read_to_end(&mut answer).await;
    (agreed, String::from_utf8_lossy(&answer).into_owned())
}

const GET: &str = "GET /from HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn tls_serves_both_protocols_and_knows_the_client() {
    let (chain, key, trusted) = certificate();
    let (listener, address) = any_port();
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let server = start_with(Listener::Tls(listener, tls.clone()), address, router());

    let (agreed, answer) = ask(address, trusted, b"http/1.1", GET).await;
    assert_eq!(agreed, b"http/1.1");
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains("from Some(127.0.0.1)"),
        "{answer}"
    );

    // A new certificate takes effect without a restart.
    let (chain, key, trusted) = certificate();
    tls.replace(chain.as_bytes(), key.as_bytes()).unwrap();
    let (agreed, _) = ask(address, trusted, b"h2", GET).await;
    assert_eq!(agreed, b"h2");

    server.stop.send(()).unwrap();
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn clear_http_stays_on_this_host() {
    let everywhere = bind("0.0.0.0:0".parse().unwrap()).unwrap();
    assert!(matches!(
        Listener::clear(everywhere),
        Err(BadListener::NotLoopback(_))
    ));
    let (listener, _) = any_port();
    assert!(Listener::clear(listener).is_ok());
}

#[tokio::test]
async fn a_port_in_use_is_refused_with_the_mend() {
    let (_listener, address) = any_port();
    let refused = bind(address).unwrap_err().to_string();
    assert!(
        refused.contains(&address.to_string()) && refused.contains("--listen"),
        "{refused}"
    );
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
async fn stopping_waits_for_what_runs() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (began, waits) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = async move || {
        began.notify_one();
        waits.notified().await;
        "finished"
    };
    let (listener, address) = any_port();
    let server = start_with(
        Listener::clear(listener).unwrap(),
        address,
        Router::new().route("/from", get(slow)),
    );

    let mut client = TcpStream::connect(server.address).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    begun.notified().await;
    server.stop.send(()).unwrap();
    go_on.notify_one();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("finished"), "{answer}");
    server.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_unix_socket_serves_and_a_dead_one_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bailee.socket");
    drop(bind_unix(&path).unwrap());
    let listener = bind_unix(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);

    let server = start_with(Listener::Unix(listener), "127.0.0.1:1".parse().unwrap(), router());
    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("from None"), "{answer}");
    server.stop.send(()).unwrap();

    let file = folder.path().join("precious");
    std::fs::write(&file, "data").unwrap();
    assert!(matches!(bind_unix(&file), Err(BadListener::NotASocket(_))));
}
