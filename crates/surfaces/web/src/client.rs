//! Where a request came from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::extract::connect_info::{ConnectInfo, Connected};
use http::request::Parts;

/// The other end of the connection, as the server saw it when it accepted. Put there by [`crate::serve`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub Option<IpAddr>);

impl Connected<SocketAddr> for Peer {
    fn connect_info(address: SocketAddr) -> Self {
        Self(Some(address.ip().to_canonical()))
    }
}

impl Connected<std::os::unix::net::SocketAddr> for Peer {
    fn connect_info(_: std::os::unix::net::SocketAddr) -> Self {
        Self(None)
    }
}

/// The client's network address, for the trail. `None` on a Unix socket and in tests without a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(
            parts
                .extensions
                .get::<ConnectInfo<Peer>>()
                .and_then(|info| info.0.0),
        ))
    }
}
