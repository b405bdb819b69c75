//! An S3 server of the test's own, over a folder that the test can look into: a place elsewhere.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use store::objects::{Credentials, Locator, Place, PlaceLabel, RemoteObjects};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

const BUCKET: &str = "elsewhere";
const ACCESS_KEY: &str = "test-access-key";
/// Its secret, for tests that see to it that it is shown nowhere.
const SECRET_KEY: &str = "test-secret-never-shown";

/// The server. It ends with this.
pub struct Elsewhere {
    address: SocketAddr,
    serving: Option<Runtime>,
    client: Option<Runtime>,
    folder: TempDir,
}

impl Elsewhere {
    /// A server on a free port with one empty bucket.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join(BUCKET))?;
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            serving: None,
            client: Some(runtime()?),
            folder,
        };
        server.resume()?;
        Ok(server)
    }

    /// Serves again after [`stop`](Self::stop), at the same address.
    pub fn resume(&mut self) -> io::Result<()> {
        let runtime = runtime()?;
        // Bound without the runtime, so that this may be called where futures run.
        let listener = std::net::TcpListener::bind(self.address)?;
        listener.set_nonblocking(true)?;
        self.address = listener.local_addr()?;
        let files = s3s_fs::FileSystem::new(self.folder.path())
            .map_err(|error| io::Error::other(format!("{error:?}")))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        drop(runtime.spawn(serve(listener, builder.build())));
        self.serving = Some(runtime);
        Ok(())
    }

    /// Goes away at once: connections break, and no new one is taken.
    pub fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
    }

    /// The address, as an endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key pair that it takes.
    pub fn keys(&self) -> (&'static str, &'static str) {
        (ACCESS_KEY, SECRET_KEY)
    }

    /// The one bucket.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// The folder that holds the bucket's objects as files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// How a client finds it.
    pub fn locator(&self) -> Locator {
        Locator {
            url: format!("s3://{BUCKET}/kept"),
            region: Some("us-east-1".into()),
            endpoint: Some(self.endpoint()),
            credentials: Credentials::Keys {
                access_key: ACCESS_KEY.into(),
                secret_key: SECRET_KEY.into(),
            },
            plain_http: true,
            path_style: None,
        }
    }

    /// Objects there, in pieces of this size.
    pub fn objects(&self, label: &PlaceLabel, piece: u32) -> io::Result<RemoteObjects> {
        let remote = self
            .locator()
            .connect(&gate::Gate::unattended())
            .map_err(io::Error::other)?;
        let client = self.client.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        Ok(RemoteObjects::with_pieces(
            label.clone(),
            remote.store,
            remote.prefix,
            client.handle().clone(),
            piece,
        ))
    }

    /// The place under this label, in pieces of this size.
    pub fn place(&self, label: &str, piece: u32) -> io::Result<Place> {
        let label: PlaceLabel = label.parse().map_err(io::Error::other)?;
        Ok(Place {
            objects: Arc::new(self.objects(&label, piece)?),
            region: "eu-elsewhere-1".into(),
            label,
        })
    }

    /// Every file of an object, with what the server itself keeps left out.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        collect(&self.folder().join("kept"), &mut found)?;
        Ok(found)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        self.stop();
        // A runtime may not be waited for where futures run.
        if let Some(client) = self.client.take() {
            client.shutdown_background();
        }
    }
}

fn runtime() -> io::Result<Runtime> {
    RuntimeBuilder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

async fn serve(listener: std::net::TcpListener, service: S3Service) {
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let server = Builder::new(TokioExecutor::new());
    while let Ok((socket, _)) = listener.accept().await {
        let connection = server.serve_connection(TokioIo::new(socket), service.clone());
        let connection = connection.into_owned();
        drop(tokio::spawn(async move {
            // A client that hangs up is none of ours.
            let _ = connection.await;
        }));
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, found)?,
            false => found.push(path),
        }
    }
    Ok(())
}
