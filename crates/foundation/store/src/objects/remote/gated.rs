//! Clients of stores elsewhere: every request passes the gate, and no answer chooses whom the server talks to next.

use std::fmt;

use async_trait::async_trait;
use gate::{Gate, Refused};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpService,
};

/// What stores are asked for.
pub(super) const PURPOSE: &str = "objects";

/// Gives one client to a store, for its interface and for what gives it credentials.
pub(super) struct Gated {
    http: reqwest::Client,
    gate: Gate,
}

impl Gated {
    pub(super) fn new(http: reqwest::Client, gate: &Gate) -> Self {
        Self {
            http,
            gate: gate.clone(),
        }
    }
}

impl fmt::Debug for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gated")
    }
}

impl HttpConnector for Gated {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Passing {
            client: HttpClient::new(self.http.clone()),
            gate: self.gate.clone(),
        }))
    }
}

#[derive(Debug)]
struct Passing {
    client: HttpClient,
    gate: Gate,
}

#[async_trait]
impl HttpService for Passing {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let uri = request.uri();
        let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let port = uri.port_u16().unwrap_or(usual);
        let passed = self.gate.pass(PURPOSE, uri.host().unwrap_or_default(), port);
        passed.map_err(not_sent)?;
        let sent = self.client.execute(request).await;
        // That a name leads inside shows only when it is looked up.
        sent.map_err(|error| match Refused::behind(&error) {
            Some(refused) => not_sent(refused.clone()),
            None => error,
        })
    }
}

/// INVARIANT: `Decode` is a kind that no client repeats.
fn not_sent(refused: Refused) -> HttpError {
    HttpError::new(HttpErrorKind::Decode, refused)
}
