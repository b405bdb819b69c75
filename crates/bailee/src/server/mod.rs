//! The server in this process: for `bailee serve`, for the demo and for tests.
//!
//! Promises: nothing is served before the root key was found right, what a crash left was swept away and the
//! addresses are ours; a first start makes everything or nothing; stopping finishes what runs, gives the last events
//! their place in the log, and ends. Leaves out: signals and terminals, which belong to the command.

mod background;
mod backups;
pub(crate) mod beside;
mod checks;
mod door;
pub(crate) mod egress;
mod fetch;
mod metrics;
mod models;
mod pace;
mod parts;
pub(crate) mod places;
pub(crate) mod program;
mod routes;
mod services;
mod webhooks;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use assurance::Assurance;
use custody::Custody;
use custody::installation::{FirstStart, Installed};
use custody::item::Looks;
use gate::{Gate, Gatekeeper};
use kernel::Clock;
use operation::sequencer::Sequencer;
use sealing::RootKey as _;
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use web::{Kit, Listener, Meter, Tls};

pub(crate) use background::repeat;
pub(crate) use parts::check_restored;
pub use parts::{Parts, Wiring};
pub(crate) use routes::trust_settings;
pub(crate) use services::Service;

use crate::config::{PlainHttp, Settings, TlsSettings};
use crate::failure::Failure;
use crate::keys::RootFailure;
use crate::mail::{self, Mailer};
use crate::{files, tls};

/// How long requests that run may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(20);

/// A server that takes clients.
pub struct Running {
    /// Where TLS clients are taken, with the port that port 0 became.
    pub addr: SocketAddr,
    /// How clients reach the server.
    pub url: String,
    /// How S3 clients reach the server, when they are taken.
    pub s3_url: Option<String>,
    /// The certificate of the server's own CA, for clients; `None` with given certificates.
    pub ca_path: Option<PathBuf>,
    /// The verifier key of the log, as a file.
    pub log_vkey_path: PathBuf,
    /// The operator's key after a first start; it is stored nowhere and cannot be had again.
    pub operator_key: Option<SecretString>,
    certificate: Certificate,
    stopping: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    background: Vec<JoinHandle<()>>,
    sequencer: Sequencer,
    parts: Parts,
}

/// Starts a server with the system's clock and randomness.
///
/// # Errors
/// [`Failure`], before any client was taken.
pub async fn start(settings: Settings) -> Result<Running, Failure> {
    start_with(settings, Wiring::system()).await
}

/// As [`start`], with this clock and randomness.
///
/// # Errors
/// [`Failure`], before any client was taken.
pub async fn start_with(settings: Settings, wiring: Wiring) -> Result<Running, Failure> {
    let profiles = crate::profiles::of(&settings.trust)?;
    let egress = egress::keeper(&settings, Arc::clone(&wiring.clock));
    let gate = Gate::new(Arc::clone(&egress) as Arc<dyn Gatekeeper>);
    let parts = Parts::open(&settings, wiring, &gate).await?;
    let listeners = bind(&settings)?;
    let s3_listeners = S3Bound::bind(&settings)?;
    let figures_listener = bind_clear(settings.metrics.as_ref())?;
    let roots = parts.root_keys(&settings).await?;
    let (addr, url) = (
        listeners.addr,
        settings
            .public_url
            .clone()
            .unwrap_or_else(|| url_of(listeners.addr)),
    );
    let certificate = Certificate::load(&settings, addr, &parts)?;
    let root = roots.current.id().to_string();
    let drawing = confined::Process::of_this_program(&parts.folder.empty()?);
    let custody = parts
        .custody(roots.into_roots(), settings.limits.clone())?
        .with_own_buckets(settings.own_buckets.clone())
        .with_gate(gate.clone())
        .with_looks(Looks::default().with_elsewhere(Arc::new(drawing)));
    let installed = install(&custody, &settings, &url, &root).await?;
    custody.check_root().await.map_err(RootFailure::from)?;
    custody.prepare_outbox().await?;
    parts.sweep().await?;
    let sequencer = sequencer(&custody, &parts).await?;
    let log_vkey_path = write_vkey(&custody, &parts).await?;

    let stopping = CancellationToken::new();
    let kit = Kit::new(Arc::clone(&parts.wiring.clock), Arc::clone(&parts.wiring.random));
    let listeners = listeners.with_tls(&certificate.tls)?;
    let people = routes::people(&custody, (&settings, &url), &gate)?;
    let mut addresses = vec![addr];
    addresses.extend(s3_listeners.addr()?);
    let door = door::OwnDoor::new(addresses, &url)?;
    let shelved = backups::open(&parts, &settings, &gate).await?;
    let assurance = Assurance::new(custody.clone(), vec![settings.data.clone()], &parts.node)?
        .with_alarms(settings.mail.alarms(&url))
        .with_profiles(profiles)
        .with_people(people.clone())
        .with_door(Arc::new(door))
        .with_egress(Arc::clone(&egress))
        .with_ear(crate::logging::ear())
        .with_program(program::of(&settings).await?)
        .with_backups(shelved.clone());
    let pacing = pace::Pacing::new(settings.pace, custody.clone(), Arc::clone(&parts.wiring.clock));
    let meter = Arc::new(Meter::default());
    let paced = |surface, word| {
        let kit = kit.clone().with_gate(pacing.at(surface));
        kit.with_meter(Arc::clone(&meter), word)
    };
    let router = paced(pace::Surface::Main, "main")
        .dress(routes::all(&custody, &people, &assurance, (&settings, &url), (&gate, &egress)).await?);
    let (s3_url, s3_listeners) = s3_listeners.with_tls(&certificate.tls)?;
    let s3_router = paced(pace::Surface::S3, "s3")
        .dress(s3::service(custody.clone(), routes::s3_settings(&settings)).map_err(bad_s3)?);
    let figures = kit.clone().in_clear().dress(metrics::router(metrics::Figures {
        meter: Arc::clone(&meter),
        assurance: assurance.clone(),
        db: parts.db.clone(),
        clock: Arc::clone(&parts.wiring.clock),
    }));
    let stop = || stopping.clone().cancelled_owned();
    let (main, beside, figures) = (
        web::serve(listeners, router, stop(), GRACE),
        web::serve(s3_listeners, s3_router, stop(), GRACE),
        web::serve(figures_listener.into_iter().collect(), figures, stop(), GRACE),
    );
    let serving = tokio::spawn(async move { tokio::try_join!(main, beside, figures).map(drop) });
    let mut background = background::start((&custody, &people), &parts, &sequencer, &certificate, &stopping);
    background.extend(backups::start(&custody, &parts, &settings, shelved, &stopping));
    if let Some(mailer) = Mailer::of(&settings, &url, &gate)? {
        background.push(mail::start(&custody, mailer, &stopping));
    }
    background.push(egress::start(&egress, &custody, &stopping));
    background.push(webhooks::start(&custody, &gate, &egress, &stopping)?);
    if settings.checks {
        background.push(checks::start(&assurance, &stopping));
    }
    let ca_path = (settings.tls == TlsSettings::Own).then(|| parts.folder.ca());
    let operator_key = installed.map(|installed| installed.key.secret);
    tracing::info!(%addr, engine = ?parts.db.engine(), configuration = hex::encode(settings.fingerprint), first_start = operator_key.is_some(), "the server takes clients");
    Ok(Running {
        addr,
        url,
        s3_url,
        ca_path,
        log_vkey_path,
        operator_key,
        certificate,
        stopping,
        serving,
        background,
        sequencer,
        parts,
    })
}

impl Running {
    /// Reads given certificate files again, for those who renew them. What cannot be used is refused and the
    /// certificate stays as it was.
    ///
    /// # Errors
    /// [`Failure::Tls`].
    pub fn reload_certificate(&self) -> Result<(), Failure> {
        self.certificate.renew(self.parts.wiring.clock.as_ref())
    }

    /// Ready when the server has ended by itself, which it does only when something is broken.
    pub async fn ended(&mut self) -> Failure {
        match (&mut self.serving).await {
            Ok(Ok(())) => Failure::Said("the server ended without being told to".to_owned()),
            Ok(Err(error)) => Failure::Serve(error),
            Err(error) => error.into(),
        }
    }

    /// Takes nobody new, lets what runs end (20 seconds at most), and puts the last events into the log.
    ///
    /// # Errors
    /// When the last events could not be put into the log; they are kept and come there at the next start.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stopping.cancel();
        let served = self.serving.await?;
        for task in self.background {
            task.await?;
        }
        self.sequencer.run().await?;
        served.map_err(Failure::Serve)
    }
}

/// Bound addresses: had before anything is made, so that a port in use leaves no trace.
struct Bound {
    tcp: std::net::TcpListener,
    addr: SocketAddr,
    clear: Option<Listener>,
}

fn bind(settings: &Settings) -> Result<Bound, Failure> {
    let tcp = web::bind(settings.listen)?;
    let addr = tcp.local_addr().map_err(Failure::Serve)?;
    let clear = bind_clear(settings.plain_http.as_ref())?;
    Ok(Bound { tcp, addr, clear })
}

fn bind_clear(place: Option<&PlainHttp>) -> Result<Option<Listener>, Failure> {
    Ok(match place {
        None => None,
        Some(PlainHttp::Loopback(address)) => Some(Listener::clear(web::bind(*address)?)?),
        Some(PlainHttp::Unix(path)) => Some(Listener::Unix(web::bind_unix(path)?)),
    })
}

fn bad_s3(bad: s3::BadSettings) -> Failure {
    Failure::Said(format!("s3.{}: {}", bad.setting, bad.problem))
}

/// Bound addresses of the S3 surface.
struct S3Bound {
    tcp: Option<std::net::TcpListener>,
    clear: Option<Listener>,
}

impl S3Bound {
    fn bind(settings: &Settings) -> Result<Self, Failure> {
        Ok(Self {
            tcp: settings.s3.listen.map(web::bind).transpose()?,
            clear: bind_clear(settings.s3.plain_http.as_ref())?,
        })
    }

    fn addr(&self) -> Result<Option<SocketAddr>, Failure> {
        let addr = self.tcp.as_ref().map(std::net::TcpListener::local_addr);
        addr.transpose().map_err(Failure::Serve)
    }

    fn with_tls(self, tls: &Tls) -> Result<(Option<String>, Vec<Listener>), Failure> {
        let url = self.addr()?.map(url_of);
        let listeners = self.tcp.map(|tcp| Listener::Tls(tcp, tls.only_http1()));
        Ok((url, listeners.into_iter().chain(self.clear).collect()))
    }
}

impl Bound {
    fn with_tls(self, tls: &Tls) -> Result<Vec<Listener>, Failure> {
        Ok(std::iter::once(Listener::Tls(self.tcp, tls.clone()))
            .chain(self.clear)
            .collect())
    }
}

fn url_of(addr: SocketAddr) -> String {
    // Nobody can call an address that means every address.
    if addr.ip().is_unspecified() {
        format!("https://localhost:{}", addr.port())
    } else {
        format!("https://{addr}")
    }
}

async fn install(
    custody: &Custody,
    settings: &Settings,
    url: &str,
    root: &str,
) -> Result<Option<Installed>, Failure> {
    if custody.installation().await?.is_some() {
        return Ok(None);
    }
    let first = &settings.first;
    // The root key's digits keep logs of servers with the same address apart.
    let made = || {
        format!(
            "{}/{}",
            tls::host_of(url).unwrap_or("localhost"),
            root.get(..8).unwrap_or(root)
        )
    };
    let start = FirstStart {
        log_origin: first.log_origin.clone().unwrap_or_else(made),
        operator_name: first.operator_name.clone(),
        operator_email: first.operator_email.clone(),
    };
    Ok(Some(custody.install(start).await?))
}

async fn sequencer(custody: &Custody, parts: &Parts) -> Result<Sequencer, Failure> {
    let signer = custody.log_signer().await?;
    let sequencer = Sequencer::new(
        parts.db.clone(),
        Arc::clone(&parts.wiring.clock),
        signer,
        &parts.node,
    );
    sequencer.publish_first().await?;
    Ok(sequencer)
}

/// The log's verifier key as a file, for `bailee verify`.
async fn write_vkey(custody: &Custody, parts: &Parts) -> Result<PathBuf, Failure> {
    let path = parts.folder.path().join("log.vkey");
    if let Some(installation) = custody.installation().await? {
        files::replace(
            &path,
            format!("{}\n", installation.log_verifier).as_bytes(),
            0o644,
        )?;
    }
    Ok(path)
}

/// The certificate that is served, and where a newer one comes from.
#[derive(Debug, Clone)]
struct Certificate {
    tls: Tls,
    settings: Settings,
    folder: crate::data::DataFolder,
}

impl Certificate {
    fn load(settings: &Settings, addr: SocketAddr, parts: &Parts) -> Result<Self, Failure> {
        let (settings, folder) = (
            Settings {
                listen: addr,
                ..settings.clone()
            },
            parts.folder.clone(),
        );
        let pem = tls::ensure(&settings, &folder, parts.wiring.clock.now())?;
        let tls =
            Tls::from_pem(&pem.chain, &pem.key).map_err(|reason| unusable(&settings, &folder, &reason))?;
        Ok(Self {
            tls,
            settings,
            folder,
        })
    }

    fn renew(&self, clock: &dyn Clock) -> Result<(), Failure> {
        let pem = tls::ensure(&self.settings, &self.folder, clock.now())?;
        self.tls
            .replace(&pem.chain, &pem.key)
            .map_err(|reason| unusable(&self.settings, &self.folder, &reason))
    }
}

fn unusable(settings: &Settings, folder: &crate::data::DataFolder, reason: &web::BadTls) -> Failure {
    let path = match &settings.tls {
        TlsSettings::Given { certificate, .. } => certificate.clone(),
        TlsSettings::Own => folder.tls().join("server.pem"),
    };
    tls::TlsFailure::Unusable {
        path,
        reason: reason.to_string(),
    }
    .into()
}
