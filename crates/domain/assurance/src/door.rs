//! The server's own door, as a check tries it from outside.
//!
//! Leaves out: how a page is fetched and a certificate read, which whoever serves implements.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use kernel::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Site;
use crate::check::{Observation, Trouble};

/// The server's own door.
#[async_trait]
pub trait Door: Send + Sync + 'static {
    /// Where clients are taken by TLS. One that means every address of the machine stands here as one that can be called.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// What the certificate says that clients are shown.
    async fn certificate(&self) -> Result<Certificate, Trouble>;

    /// What a stranger's request for this path is answered, by TLS and without following a redirection.
    async fn get(&self, path: &str) -> Result<Page, Trouble>;
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// From when it is valid.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// The names and addresses that it is for.
    pub names: BTreeSet<String>,
    /// What clients call the server.
    pub host: String,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Its status.
    pub status: u16,
    /// Its headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Page {
    /// The values of a header.
    pub(crate) fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        let named = self.headers.iter().filter(move |(other, _)| other == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The body as text; bytes that are none are replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Site {
    /// What a check comes to that has no door to try.
    pub(crate) fn no_door() -> Observation {
        Observation::out_of_scope(
            "the server's own door is not reached from here: a server that runs its checks itself looks at it",
        )
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
/// Nobody says more than this before they know who they talk to.
const MOST_HEARD: u64 = 4_096;

/// Says something to whoever listens there, and hears what comes back until they hang up or have said enough.
pub(crate) async fn dial(address: SocketAddr, says: &[u8]) -> Result<Vec<u8>, Trouble> {
    let trouble = |error: io::Error| Trouble(format!("{address}: {error}"));
    #[expect(clippy::disallowed_methods, reason = "to this server itself, by its address")]
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
    let connected = connected.map_err(|_| Trouble(format!("{address} does not answer")))?;
    let mut stream = connected.map_err(trouble)?;
    let mut heard = Vec::new();
    // Who hangs up in the middle has said what there was to say.
    if stream.write_all(says).await.is_ok() {
        let mut reply = stream.take(MOST_HEARD);
        let hearing = reply.read_to_end(&mut heard);
        let _ = tokio::time::timeout(PATIENCE, hearing).await;
    }
    Ok(heard)
}

/// Somebody on this machine who answers the next caller with these bytes, whatever they say.
pub(crate) async fn stand_in(reply: &'static [u8]) -> Result<SocketAddr, Trouble> {
    let trouble = |error: io::Error| Trouble(error.to_string());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(trouble)?;
    let address = listener.local_addr().map_err(trouble)?;
    tokio::spawn(async move {
        let answering = async {
            let (mut caller, _) = listener.accept().await?;
            let mut said = [0; 1_024];
            let _ = caller.read(&mut said).await?;
            caller.write_all(reply).await?;
            caller.shutdown().await
        };
        // Nobody may call: the check was cut off.
        let _ = tokio::time::timeout(PATIENCE, answering).await;
    });
    Ok(address)
}
