//! Listening and serving, until told to stop.

use std::fs::Permissions;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::middleware::AddExtension;
use axum_server::accept::{Accept, DefaultAcceptor, NoDelayAcceptor};
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Address, Handle, Server};
use futures_util::future::{BoxFuture, try_join_all};
use futures_util::{FutureExt as _, TryFutureExt as _};
use hyper_util::rt::TokioTimer;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::Tls;
use crate::client::Peer;
use crate::impatient::Impatient;

/// How long a client may take for the TLS handshake, and again for the head of each request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How often an idle HTTP/2 connection is asked whether anybody is there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);
/// The most bytes of all headers of one HTTP/2 request; HTTP/1.1 has limits of its own (100 headers).
const HEADERS_MAX: u32 = 64 * 1024;

/// One place where clients are taken.
#[derive(Debug)]
pub enum Listener {
    /// TLS over TCP.
    Tls(TcpListener, Tls),
    /// Clear HTTP. Made by [`Listener::clear`] alone, which looks at the address.
    Clear(Clear),
    /// Clear HTTP on a Unix socket.
    Unix(UnixListener),
}

/// A loopback listener without TLS.
#[derive(Debug)]
pub struct Clear(TcpListener);

/// Why a listener was not made.
#[derive(Debug, thiserror::Error)]
pub enum BadListener {
    /// Clear HTTP on an address that others can reach.
    #[error(
        "clear HTTP is served on this host alone, and {0} can be reached from elsewhere: listen on 127.0.0.1 or [::1], or use TLS"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}{}", mend(source))]
    Bind {
        /// The address or path.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something that is no socket is in the socket's place.
    #[error("{0} is there and is not a socket: remove it, or choose another path")]
    NotASocket(PathBuf),
}

fn mend(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            ". Another program has this port: stop it, or choose another with --listen"
        }
        io::ErrorKind::PermissionDenied => {
            ". Ports below 1024 need a privilege: choose a higher one with --listen"
        }
        io::ErrorKind::AddrNotAvailable => {
            ". This machine does not have the address: choose another with --listen"
        }
        _ => "",
    }
}

impl Listener {
    /// Clear HTTP for a proxy on the same host.
    ///
    /// # Errors
    /// [`BadListener::NotLoopback`].
    pub fn clear(listener: TcpListener) -> Result<Self, BadListener> {
        let address = listener.local_addr().map_err(|source| BadListener::Bind {
            address: "the socket".to_owned(),
            source,
        })?;
        if address.ip().to_canonical().is_loopback() {
            Ok(Self::Clear(Clear(listener)))
        } else {
            Err(BadListener::NotLoopback(address))
        }
    }
}

/// Takes a TCP address.
///
/// # Errors
/// [`BadListener::Bind`], saying what to do.
pub fn bind(address: SocketAddr) -> Result<TcpListener, BadListener> {
    let bound =
        TcpListener::bind(address).and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|source| BadListener::Bind {
        address: address.to_string(),
        source,
    })
}

/// Makes a Unix socket that its owner and its group may use. A socket that nobody serves any more is replaced.
///
/// # Errors
/// [`BadListener::NotASocket`], [`BadListener::Bind`].
pub fn bind_unix(path: &Path) -> Result<UnixListener, BadListener> {
    let failed = |source| BadListener::Bind {
        address: path.display().to_string(),
        source,
    };
    if let Ok(there) = std::fs::symlink_metadata(path) {
        if !there.file_type().is_socket() {
            return Err(BadListener::NotASocket(path.to_owned()));
        }
        if std::os::unix::net::UnixStream::connect(path).is_ok() {
            return Err(failed(io::Error::from(io::ErrorKind::AddrInUse)));
        }
        std::fs::remove_file(path).map_err(failed)?;
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o660)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Serves the router on every listener until `stop` is ready; then takes nobody new and waits for what runs, at most
/// for `grace`.
///
/// # Errors
/// When a listener fails. The others then stop as well.
pub async fn serve(
    listeners: Vec<Listener>,
    router: Router,
    stop: impl Future<Output = ()> + Send,
    grace: Duration,
) -> io::Result<()> {
    let mut serving = Vec::new();
    let mut stops = Vec::new();
    for listener in listeners {
        let (future, stop) = start(listener, router.clone())?;
        serving.push(future);
        stops.push(stop);
    }
    let all = try_join_all(serving).map_ok(drop);
    tokio::pin!(all, stop);
    tokio::select! {
        ended = &mut all => return ended,
        () = &mut stop => stops.iter().for_each(|stop| stop(grace)),
    }
    all.await
}

type Serving = BoxFuture<'static, io::Result<()>>;
type Stop = Box<dyn Fn(Duration) + Send + Sync>;

fn start(listener: Listener, router: Router) -> io::Result<(Serving, Stop)> {
    match listener {
        Listener::Tls(listener, tls) => {
            let acceptor = RustlsAcceptor::new(tls.config())
                .handshake_timeout(HEAD_TIMEOUT)
                .acceptor(NoDelayAcceptor);
            Ok(run(
                axum_server::from_tcp(listener)?.acceptor(Guarded(acceptor)),
                router,
            ))
        }
        Listener::Clear(Clear(listener)) => Ok(run(
            axum_server::from_tcp(listener)?.acceptor(Guarded(NoDelayAcceptor)),
            router,
        )),
        Listener::Unix(listener) => Ok(run(
            axum_server::from_unix(listener)?.acceptor(Guarded(DefaultAcceptor)),
            router,
        )),
    }
}

/// A router with the address of the other end.
type Connection = AddExtension<Router, ConnectInfo<Peer>>;

fn run<A, Inner>(mut server: Server<A, Guarded<Inner>>, router: Router) -> (Serving, Stop)
where
    A: Address + Send + Sync + 'static,
    A::Stream: Send,
    A::Listener: Send + Sync,
    Peer: Connected<A>,
    Inner: Accept<A::Stream, Connection, Service = Connection> + Clone + Send + Sync + 'static,
    Inner::Stream: AsyncRead + AsyncWrite + Unpin + Send,
    Inner::Future: Send + 'static,
{
    let builder = server.http_builder();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_header_list_size(HEADERS_MAX);
    let handle = Handle::new();
    let serving = server
        .handle(handle.clone())
        .serve(router.into_make_service_with_connect_info::<Peer>());
    (
        serving.boxed(),
        Box::new(move |grace| handle.graceful_shutdown(Some(grace))),
    )
}

/// Wraps what another acceptor gives into [`Impatient`].
#[derive(Clone)]
struct Guarded<A>(A);

impl<A, I, S> Accept<I, S> for Guarded<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Impatient<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.0.accept(stream, service);
        async {
            accepted
                .await
                .map(|(stream, service)| (Impatient::new(stream), service))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
