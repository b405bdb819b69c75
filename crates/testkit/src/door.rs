//! A server's own door without a server behind it, for tests of what looks at doors.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assurance::check::Trouble;
use assurance::door::{Certificate, Door, Page};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use kernel::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A fatal alert (RFC 8446, section 6): what a sound door says to whoever does not speak good TLS.
const REFUSAL: &[u8] = &[21, 3, 3, 0, 2, 2, 70];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is served under a path.
pub type Pages = Arc<dyn Fn(String) -> BoxFuture<'static, Page> + Send + Sync>;

/// Such a door.
pub struct OwnDoor {
    address: SocketAddr,
    reply: Arc<Mutex<Vec<u8>>>,
    until: Mutex<Timestamp>,
    now: Timestamp,
    pages: Pages,
    edit: Mutex<Option<Edit>>,
}

/// What is done to a page before it is shown.
type Edit = fn(&str, &mut Page);

impl OwnDoor {
    /// A sound one, on this machine.
    pub async fn open(now: Timestamp, pages: Pages) -> Arc<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let reply = Arc::new(Mutex::new(REFUSAL.to_vec()));
        let door = Self {
            address: listener.local_addr().unwrap(),
            reply: Arc::clone(&reply),
            until: Mutex::new(now.plus(DAY * 90)),
            now,
            pages,
            edit: Mutex::default(),
        };
        tokio::spawn(async move {
            while let Ok((mut caller, _)) = listener.accept().await {
                let mut said = [0; 1_024];
                let _ = caller.read(&mut said).await;
                let reply = reply.lock().unwrap().clone();
                let _ = caller.write_all(&reply).await;
            }
        });
        Arc::new(door)
    }

    /// Says this from now on to whoever does not speak good TLS; what a sound door says when nothing is given.
    pub fn says(&self, reply: Option<&[u8]>) {
        *self.reply.lock().unwrap() = reply.unwrap_or(REFUSAL).to_vec();
    }

    /// Shows a certificate that ends so many days from when the door was opened.
    pub fn certified_for(&self, days: u32) {
        *self.until.lock().unwrap() = self.now.plus(DAY * days);
    }

    /// Changes what is served under a path from now on; nothing when nothing is given.
    pub fn edits(&self, edit: Option<fn(&str, &mut Page)>) {
        *self.edit.lock().unwrap() = edit;
    }
}

#[async_trait]
impl Door for OwnDoor {
    fn addresses(&self) -> Vec<SocketAddr> {
        vec![self.address]
    }

    async fn certificate(&self) -> Result<Certificate, Trouble> {
        Ok(Certificate {
            from: self.now.minus(DAY),
            until: *self.until.lock().unwrap(),
            names: ["localhost".to_owned()].into(),
            host: "localhost".to_owned(),
        })
    }

    async fn get(&self, path: &str) -> Result<Page, Trouble> {
        let mut page = (self.pages)(path.to_owned()).await;
        let edit = *self.edit.lock().unwrap();
        if let Some(edit) = edit {
            edit(path, &mut page);
        }
        Ok(page)
    }
}
