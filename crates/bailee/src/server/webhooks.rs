//! What tells teams of their own events while the server runs.
//!
//! Promises: a message goes out within seconds of its event; one target after another has its own turn, so that a slow one keeps nobody else waiting; the gate is
//! asked for each host and for the address behind its name, no redirection is followed, and a message takes so long at most; of an answer the status is kept, and a
//! little more is read. A server that stops leaves what it carries to be carried again. Leaves out: what messages say (`webhook`).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use custody::Custody;
use futures_util::StreamExt as _;
use gate::{Client, Gate, Refused, Unsent};
use governance::egress::{Egress, WEBHOOKS};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use kernel::WebhookId;
use reqwest::{Request, Response, Url};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use webhook::{Answer, Cause, Courier, Parcel, Series, Webhooks};

use super::background::repeat;
use super::services::Service;
use crate::failure::Failure;

/// How often it is asked whether there is something to tell.
const ASKING: Duration = Duration::from_secs(2);
/// How long a target may take over a message.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// The most bytes that are read of an answer, which says nothing beside its status.
const MOST_BYTES: usize = 16 << 10;
/// Targets that are sent to at a time.
const AT_ONCE: usize = 64;

/// Starts telling.
pub(super) fn start(
    custody: &Custody,
    gate: &Gate,
    egress: &Arc<Egress>,
    stopping: &CancellationToken,
) -> Result<JoinHandle<()>, Failure> {
    let postman = Postman {
        hooks: Webhooks::new(custody.clone()),
        courier: Arc::new(Posts::new(gate, egress, PATIENCE)?),
        busy: Arc::default(),
        rounds: Arc::default(),
        stopping: stopping.clone(),
    };
    let (rounds, asking) = (Arc::clone(&postman.rounds), stopping.clone());
    Ok(tokio::spawn(async move {
        let telling = repeat(
            (Service::Webhooks, "telling webhooks"),
            ASKING,
            &asking,
            move || {
                let postman = postman.clone();
                async move { postman.turn().await }
            },
        );
        // It ends when the server stops, and so do the rounds.
        let _ = telling.await;
        while rounds.lock().await.join_next().await.is_some() {}
    }))
}

/// Takes what is due, and carries it.
#[derive(Clone)]
struct Postman {
    hooks: Webhooks,
    courier: Arc<dyn Courier>,
    /// Webhooks whose messages are being carried.
    busy: Arc<Mutex<BTreeSet<WebhookId>>>,
    rounds: Arc<tokio::sync::Mutex<JoinSet<()>>>,
    stopping: CancellationToken,
}

impl Postman {
    /// Begins to carry everything whose time has come, and waits for none of it.
    async fn turn(&self) -> Result<(), Failure> {
        self.hooks.spread().await?;
        let busy: Vec<WebhookId> = self.busy().iter().copied().collect();
        let taken = self.hooks.take(&busy, AT_ONCE.saturating_sub(busy.len())).await?;
        let mut rounds = self.rounds.lock().await;
        while rounds.try_join_next().is_some() {}
        for series in taken {
            self.busy().insert(series.webhook);
            rounds.spawn(self.clone().round(series));
        }
        Ok(())
    }

    async fn round(self, series: Series) {
        let webhook = series.webhook;
        // What is not settled is taken again when it is nobody's any more.
        tokio::select! {
            () = self.stopping.cancelled() => {}
            done = self.hooks.deliver(series, &*self.courier) => if let Err(error) = done {
                tracing::error!(%webhook, error = ?error.to_string(), "what came of a message could not be kept");
            }
        }
        self.busy().remove(&webhook);
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, BTreeSet<WebhookId>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries messages over HTTP.
struct Posts {
    client: Client,
    egress: Arc<Egress>,
}

impl Posts {
    fn new(gate: &Gate, egress: &Arc<Egress>, patience: Duration) -> Result<Self, Failure> {
        // An error means that this process has one already, which serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = gate.client(WEBHOOKS, |builder| {
            builder
                .user_agent(concat!("bailee/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT.min(patience))
                .timeout(patience)
                // A host is listed for one message at a time, so no connection outlives its message.
                .pool_max_idle_per_host(0)
        });
        let client = client.map_err(|error| Failure::Said(error.to_string()))?;
        let egress = Arc::clone(egress);
        Ok(Self { client, egress })
    }
}

#[async_trait]
impl Courier for Posts {
    async fn carry(&self, parcel: Parcel) -> Answer {
        let _listed = self.egress.lend(parcel.target.host());
        let Some(request) = request(parcel) else {
            return Answer::Trouble(Cause::Altered);
        };
        match self.client.send(request).await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                drain(answer).await;
                Answer::Status(status)
            }
            Err(Unsent::Refused(Refused::NotListed(..))) => Answer::Trouble(Cause::NotListed),
            Err(Unsent::Refused(Refused::Inside(..))) => Answer::Trouble(Cause::Inside),
            Err(Unsent::Failed(error)) if error.is_timeout() => Answer::Trouble(Cause::TooSlow),
            Err(Unsent::Failed(_)) => Answer::Trouble(Cause::Unreachable),
        }
    }
}

fn request(parcel: Parcel) -> Option<Request> {
    let mut request = Request::new(Method::POST, Url::parse(parcel.target.url()).ok()?);
    let headers: &mut HeaderMap = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", parcel.id),
        ("webhook-timestamp", parcel.seconds.to_string()),
        ("webhook-signature", parcel.signature),
    ] {
        let value = HeaderValue::try_from(value).ok()?;
        headers.insert(HeaderName::from_static(name), value);
    }
    *request.body_mut() = Some(parcel.body.into());
    Some(request)
}

/// Reads a little, so that a target which writes before it hangs up is heard out. The status counts, whatever comes of this.
async fn drain(answer: Response) {
    let (mut read, mut pieces) = (0, answer.bytes_stream());
    while let Some(Ok(piece)) = pieces.next().await {
        read += piece.len();
        if read > MOST_BYTES {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use engines::on_both;
    use gate::{Gatekeeper, Lookup};
    use governance::egress::OwnHosts;
    use kernel::{AllowedHosts, PageRequest, SystemClock};
    use testkit::{Team, World};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;
    use webhook::{Delivery, DeliveryState, NewWebhook};

    use super::*;

    const TOOK: &str = "HTTP/1.1 204 No\r\nconnection: close\r\n\r\n";

    /// Somebody who answers every message like this, or never; what came is heard.
    async fn target(answer: Option<String>) -> (u16, mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, (told, heard)) = (listener.local_addr().unwrap().port(), mpsc::unbounded_channel());
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
                while !text.ends_with(b"}") {
                    let read = stream.read(&mut buffer).await.unwrap_or(0);
                    if read == 0 {
                        break;
                    }
                    text.extend_from_slice(&buffer[..read]);
                }
                let _ = told.send(String::from_utf8(text).unwrap());
                match &answer {
                    // Whoever has read enough hangs up.
                    Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                    None => held.push(stream),
                }
            }
        });
        (port, heard)
    }

    /// Every name is this machine.
    struct Here;

    #[async_trait]
    impl Lookup for Here {
        async fn addresses(&self, _: &str) -> Vec<IpAddr> {
            vec![[127, 0, 0, 1].into()]
        }
    }

    /// A gate that lets these be inside, where the operator's own mail server is this machine.
    fn posts(inside: &str, patience: Duration) -> (Posts, Gate, Arc<Egress>) {
        let mail = OwnHosts {
            hosts: vec!["mail.example.org:465".into()],
            purpose: "letters".into(),
            key: "mail.server".into(),
            chosen: true,
        };
        let inside: AllowedHosts = inside.parse().unwrap();
        let egress = Arc::new(Egress::new(vec![mail], Arc::new(SystemClock)).with_inside(inside));
        let gate = Gate::new(Arc::clone(&egress) as Arc<dyn Gatekeeper>).with_lookup(Arc::new(Here));
        (Posts::new(&gate, &egress, patience).unwrap(), gate, egress)
    }

    fn parcel(url: &str) -> Parcel {
        Parcel {
            target: url.parse().unwrap(),
            id: "msg_1".into(),
            seconds: 1_767_603_600,
            signature: "v1,AAAA".into(),
            body: b"{\"type\":\"webhook.test\"}".to_vec(),
        }
    }

    #[tokio::test]
    async fn a_message_is_posted_once_and_no_redirection_is_followed() {
        let flood = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {0}\r\n\r\n{1}",
            8 * MOST_BYTES,
            " ".repeat(8 * MOST_BYTES)
        );
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let location = elsewhere.local_addr().unwrap();
        let redirection =
            format!("HTTP/1.1 307 Moved\r\nlocation: http://{location}/\r\ncontent-length: 0\r\n\r\n");
        for (answer, status) in [(TOOK.to_owned(), 204), (flood, 200), (redirection, 307)] {
            let (port, mut heard) = target(Some(answer)).await;
            let (posts, gate, _) = posts(&format!("127.0.0.1:{port}"), PATIENCE);
            let url = format!("http://127.0.0.1:{port}/hook?room=7");
            assert_eq!(posts.carry(parcel(&url)).await, Answer::Status(status));
            let came = heard.recv().await.unwrap();
            assert!(came.starts_with("POST /hook?room=7 HTTP/1.1\r\n"), "{came}");
            assert!(came.ends_with("\r\n\r\n{\"type\":\"webhook.test\"}"), "{came}");
            for header in [
                "content-type: application/json",
                "webhook-id: msg_1",
                "webhook-timestamp: 1767603600",
                "webhook-signature: v1,AAAA",
            ] {
                assert!(came.contains(&format!("\r\n{header}\r\n")), "{header}: {came}");
            }
            // It was listed for the message, and is no more.
            assert!(gate.pass(WEBHOOKS, "127.0.0.1", port).is_err());
        }
        let came = elsewhere.into_std().unwrap();
        assert!(came.accept().is_err(), "the redirection was followed");
    }

    #[tokio::test]
    async fn who_is_inside_is_not_connected_to_and_who_says_nothing_is_not_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (closed, _, egress) = posts("", PATIENCE);
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("https://hooks.example.org:{port}/"),
            format!("https://mail.example.org:{port}/"),
            "https://mail.example.org:465/".to_owned(),
            "https://10.0.0.1/".to_owned(),
        ] {
            let answer = closed.carry(parcel(&url)).await;
            assert_eq!(answer, Answer::Trouble(Cause::Inside), "{url}");
        }
        // A number that a client makes an address of is not what was registered.
        let number = closed.carry(parcel(&format!("https://2130706433:{port}/"))).await;
        assert_eq!(number, Answer::Trouble(Cause::NotListed));
        assert_eq!(egress.refusals(), 6);
        assert!(listener.accept().is_err(), "somebody came");
        let (silent, mut heard) = target(None).await;
        let (quick, _, _) = posts(&format!("127.0.0.1:{silent}"), Duration::from_millis(200));
        let answer = quick.carry(parcel(&format!("http://127.0.0.1:{silent}/"))).await;
        assert_eq!(answer, Answer::Trouble(Cause::TooSlow));
        drop(heard.try_recv());
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = nobody.local_addr().unwrap().port();
        drop(nobody);
        let (posts, _, _) = posts(&format!("127.0.0.1:{port}"), PATIENCE);
        let answer = posts.carry(parcel(&format!("http://127.0.0.1:{port}/"))).await;
        assert_eq!(answer, Answer::Trouble(Cause::Unreachable));
    }

    async fn hook(hooks: &Webhooks, team: &Team, url: String) -> WebhookId {
        let new = NewWebhook {
            url,
            events: vec!["dataset.create".into()],
        };
        let owner = &team.owner;
        let made = hooks.create(&owner.credential, owner.request(), new).await;
        made.unwrap().webhook.id
    }

    async fn log(hooks: &Webhooks, team: &Team, id: WebhookId) -> Vec<Delivery> {
        let (owner, page) = (&team.owner, PageRequest::first(10));
        let listed = hooks.deliveries(&owner.credential, owner.request(), id, page);
        listed.await.unwrap().items
    }

    on_both! {
        async fn a_slow_target_keeps_neither_acts_nor_others_waiting(db: TestDb) {
            let world = World::on(db).await;
            let (slow, quick) = (world.team("slow").await, world.team("quick").await);
            let ((silent, mut heard_slow), (port, mut heard)) = (target(None).await, target(Some(TOOK.into())).await);
            let (posts, _, _) = posts(&format!("127.0.0.1:{silent} 127.0.0.1:{port}"), Duration::from_secs(3_600));
            let postman = Postman {
                hooks: Webhooks::new(world.custody.clone()),
                courier: Arc::new(posts),
                busy: Arc::default(),
                rounds: Arc::default(),
                stopping: CancellationToken::new(),
            };
            let hooks = &postman.hooks;
            let (to_slow, to_quick) = (
                hook(hooks, &slow, format!("http://127.0.0.1:{silent}/")).await,
                hook(hooks, &quick, format!("http://127.0.0.1:{port}/")).await,
            );
            let inside = hook(hooks, &quick, format!("https://hooks.example.org:{port}/")).await;
            let turn = async || {
                world.sequence().await;
                postman.turn().await.unwrap();
            };
            slow.owner.dataset("one").await.unwrap();
            quick.owner.dataset("one").await.unwrap();
            turn().await;
            // One hangs; the other has its message, acts go on, and the next message comes as well.
            assert!(heard_slow.recv().await.unwrap().contains("dataset.create"));
            assert!(heard.recv().await.unwrap().contains("dataset.create"));
            slow.owner.dataset("two").await.unwrap();
            quick.owner.dataset("two").await.unwrap();
            // Until the first round to it is over, nothing more goes to the quick one.
            while postman.busy().contains(&to_quick) || postman.busy().contains(&inside) {
                tokio::task::yield_now().await;
            }
            turn().await;
            assert!(heard.recv().await.unwrap().contains("dataset.create"));
            assert!(postman.busy().contains(&to_slow));
            assert!(heard_slow.try_recv().is_err(), "more was sent to who does not answer");
            // The server stops: what hangs is let go, and tried again by whoever comes next.
            while postman.busy().contains(&to_quick) {
                tokio::task::yield_now().await;
            }
            postman.stopping.cancel();
            while postman.rounds.lock().await.join_next().await.is_some() {}
            let waiting = log(hooks, &slow, to_slow).await;
            assert!(waiting.len() == 2 && waiting.iter().all(|one| one.state == DeliveryState::Waiting && one.attempts == 0));
            assert!(log(hooks, &quick, to_quick).await.iter().all(|one| one.state == DeliveryState::Delivered));
            // A name that leads to this machine was refused, and the log says so.
            let refused = log(hooks, &quick, inside).await;
            assert_eq!(refused[1].last.as_ref().unwrap().trouble, Some(Cause::Inside));
        }
    }
}
