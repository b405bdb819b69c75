//! A server and a key to use it with.

use std::path::Path;

use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::Outcome;

/// Where requests go, and as whom.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    server: String,
    ca: Vec<u8>,
    key: String,
    client: Client,
}

impl Target {
    /// A server whose certificate comes from this CA.
    pub(crate) fn new(server: &str, ca: &Path, key: &str) -> Outcome<Self> {
        let ca = std::fs::read(ca)?;
        let client = client(&ca)?;
        Ok(Self {
            server: server.trim_end_matches('/').to_owned(),
            ca,
            key: key.to_owned(),
            client,
        })
    }

    /// The same server and key over a connection of its own.
    pub(crate) fn apart(&self) -> Outcome<Self> {
        Ok(Self {
            client: client(&self.ca)?,
            ..self.clone()
        })
    }

    /// The same server with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// A request with the key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.server))
            .bearer_auth(&self.key)
    }

    /// Posts JSON and reads the answer.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Outcome<Value> {
        let answer = send(self.request(Method::POST, path).json(&body)).await?;
        Ok(answer.json().await?)
    }

    /// Makes a dataset that nobody else uses.
    pub(crate) async fn make_dataset(&self, name: &str) -> Outcome<()> {
        self.post("/v1/datasets", json!({ "name": name })).await.map(drop)
    }

    /// Makes a tenant as the operator; gives its owner.
    pub(crate) async fn make_tenant(&self) -> Outcome<Self> {
        let contract = json!({
            "owner": "The load program", "purpose": "measuring", "basis": { "instruction": "none needed" }, "region": "here",
        });
        let tenant = json!({
            "slug": "load", "name": "Load", "business": "other", "custody": "provider-held", "contract": contract,
            "owner": { "name": "Load", "email": "load@load.example" },
        });
        let made = self.post("/v1/tenants", tenant).await?;
        let secret = made["key"]["secret"]
            .as_str()
            .ok_or("the server gave no key for the tenant")?;
        Ok(self.with_key(secret))
    }
}

/// The answer, if it is a good one.
pub(crate) async fn send(request: RequestBuilder) -> Outcome<Response> {
    let answer = request.send().await?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let (status, told) = (answer.status(), answer.text().await?);
    Err(format!("the server answered {status}: {told}").into())
}

/// The id of the item in an answer.
pub(crate) async fn item_of(answer: Response) -> Outcome<String> {
    let stored: Value = answer.json().await?;
    Ok(stored["item"]["id"]
        .as_str()
        .ok_or("the answer names no item")?
        .to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "measuring, of the server that was named"
)]
fn client(ca: &[u8]) -> Outcome<Client> {
    // One connection per client: a shared HTTP/2 connection would measure the client's single socket.
    Ok(Client::builder()
        .tls_certs_only([Certificate::from_pem(ca)?])
        .http1_only()
        .build()?)
}
