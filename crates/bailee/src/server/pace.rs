//! Who may send how fast, on every surface: counted before anything is asked, and told in the trail.
//!
//! Promises: a request costs a few hashes and short locks, and nothing of the database; somebody without a valid credential uses up
//! nobody's quota but that of their own address; what is refused is counted, and stands in the trail of whom it concerns once per
//! minute and sender. A tenant is known by a credential that was let in before, so the first request of each is counted for its
//! address and itself alone. Leaves out: proxies on this host, behind which all addresses are one, so none is limited there.

mod known;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Request;
use axum::extract::connect_info::ConnectInfo;
use axum::response::{IntoResponse as _, Response};
use custody::Custody;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Method};
use kernel::{Clock, OperationId};
use operation::{Client, Recorded};
use web::client::Peer;
use web::pace::{Of, Pace, Paces, Quotas, Sender};
use web::{Gate, Kind, Passed, Problem};

use self::known::Known;

/// The door at which pages of others record what people agree to.
const PAGE_DOOR: &str = "/v1/consents/browser";

/// What all surfaces of a server share.
pub(super) struct Pacing {
    paces: Paces,
    /// Refusals that were told in the trail: one for each sender in a minute.
    told: Paces,
    known: Known,
    refused: AtomicU64,
    custody: Custody,
    clock: Arc<dyn Clock>,
}

/// Which surface, for it settles what senders come with and what they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// Pages and REST.
    Main,
    /// S3.
    S3,
}

/// The gate of one surface.
pub(super) struct Gatekeeper {
    pacing: Arc<Pacing>,
    surface: Surface,
}

impl Pacing {
    pub(super) fn new(quotas: Quotas, custody: Custody, clock: Arc<dyn Clock>) -> Arc<Self> {
        let once = Quotas {
            key: 1,
            tenant: 0,
            address: 0,
            door: 0,
        };
        Arc::new(Self {
            paces: Paces::new(quotas),
            told: Paces::new(once),
            known: Known::default(),
            refused: AtomicU64::new(0),
            custody,
            clock,
        })
    }

    pub(super) fn at(self: &Arc<Self>, surface: Surface) -> Arc<dyn Gate> {
        Arc::new(Gatekeeper {
            pacing: Arc::clone(self),
            surface,
        })
    }

    /// Leaves word of a refusal in the trail, if none was left for this sender within a minute.
    fn tell(self: &Arc<Self>, sender: &Sender, pace: Pace, request: operation::Request) {
        let refused = self.refused.fetch_add(1, Ordering::Relaxed) + 1;
        let by = sender.key.and_then(|key| self.known.find(key));
        let who = match pace.of {
            Of::Key => self.paces.hash(&(pace.of, sender.key)),
            Of::Tenant => self.paces.hash(&(pace.of, sender.tenant)),
            Of::Address | Of::Door => self.paces.hash(&(pace.of, sender.address)),
        };
        let once = Sender {
            key: Some(who),
            ..Sender::default()
        };
        let is_told = self.told.take(&once, self.clock.now());
        if is_told.is_some_and(|told| told.wait.is_some()) {
            return;
        }
        tracing::warn!(operation = %request.operation, of = pace.of.as_str(), most = pace.most, refused, "requests come too fast");
        // Whoever is refused does not wait for the trail.
        let (custody, of) = (self.custody.clone(), pace.of);
        let by = by.filter(|_| matches!(of, Of::Key | Of::Tenant));
        tokio::spawn(async move {
            if let Err(error) = custody.note_flood(by, request, (of.as_str(), pace.most)).await {
                tracing::error!(%error, "a refusal of requests that come too fast is not in the trail");
            }
        });
    }
}

impl Gate for Gatekeeper {
    fn arrive(&self, request: &mut Request, operation: OperationId) -> Result<Passed, Box<Response>> {
        let pacing = &self.pacing;
        let address = peer(request);
        let key = self.key(request, address);
        let known = key.and_then(|key| pacing.known.find(key));
        let sender = Sender {
            key,
            tenant: known.map(|(tenant, _)| pacing.paces.hash(&tenant)),
            address: address.filter(|address| !address.is_loopback()),
            door: request.method() == Method::POST && request.uri().path() == PAGE_DOOR,
        };
        let pace = pacing.paces.take(&sender, pacing.clock.now());
        if let Some((pace, wait)) = pace.and_then(|pace| Some((pace, pace.wait?))) {
            let from = Client {
                address: address.map(|address| address.to_string()),
                ..Client::default()
            };
            let mut response = self.refusal(request, operation, pace);
            pace.tell(response.headers_mut());
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(wait));
            let request = operation::Request {
                operation,
                client: Some(from),
                ..pacing.custody.desk().own_request()
            };
            pacing.tell(&sender, pace, request);
            return Err(Box::new(response));
        }
        let recorded = Recorded::default();
        request.extensions_mut().insert(recorded.clone());
        let pacing = Arc::clone(pacing);
        Ok(Box::new(move |response| {
            if let Some(pace) = pace {
                pace.tell(response.headers_mut());
            }
            // Only who was let in is known: with a dead key nobody uses up what is the tenant's.
            if known.is_none()
                && response.status().is_success()
                && let (Some(key), Some(by)) = (key, recorded.by())
            {
                pacing.known.learn(key, by);
            }
        }))
    }
}

impl Gatekeeper {
    /// A hash of what the sender comes with. It is not looked whether that is good for anything: another text is another sender.
    ///
    /// The access key of S3 is no secret, so there it counts with the address: nobody uses it up from elsewhere.
    fn key(&self, request: &Request, address: Option<IpAddr>) -> Option<u64> {
        let (paces, headers) = (&self.pacing.paces, request.headers());
        match self.surface {
            Surface::Main => {
                let bearer = headers
                    .get(http::header::AUTHORIZATION)
                    .map(HeaderValue::as_bytes);
                let text = bearer.or_else(|| console::session_in(headers).map(str::as_bytes));
                text.map(|text| paces.hash(text))
            }
            Surface::S3 => {
                s3::access_key_in(request.headers(), request.uri()).map(|key| paces.hash(&(key, address)))
            }
        }
    }

    /// What is told, in the words of the surface.
    fn refusal(&self, request: &Request, operation: OperationId, pace: Pace) -> Response {
        let wait = pace.wait.unwrap_or(1);
        let says = format!(
            "more than {} requests in a minute came {}: wait {wait} s, and send more slowly",
            pace.most,
            pace.of.says()
        );
        let path = request.uri().path();
        let is_page = ["/console", "/public"]
            .iter()
            .any(|place| path.starts_with(place));
        match self.surface {
            Surface::S3 => s3::slow_down(path, operation, &says),
            Surface::Main if is_page => console::too_fast(request.headers(), &says),
            Surface::Main => Problem::new(Kind::TooManyRequests, says).into_response(),
        }
    }
}

fn peer(request: &Request) -> Option<IpAddr> {
    let info = request.extensions().get::<ConnectInfo<Peer>>();
    info.and_then(|info| info.0.0)
}
