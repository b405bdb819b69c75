//! A client of the REST API: what any program could send.

use reqwest::{Certificate, Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::server::Server;

/// A key and the server it is used at.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    url: String,
    key: String,
}

/// Why a request has no good answer.
#[derive(Debug)]
pub enum Trouble {
    /// The connection broke, or there was none: what became of the request is not known.
    Gone(String),
    /// The server answered with a problem document.
    Said {
        status: u16,
        retry_after: Option<String>,
        problem: Value,
    },
}

impl Trouble {
    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Gone(_) => None,
            Self::Said { status, .. } => Some(*status),
        }
    }

    /// Whether the request may have happened all the same.
    pub fn is_doubt(&self) -> bool {
        self.status().is_none_or(|status| status == 503)
    }
}

/// An act that was acknowledged: its answer, and the event that records it.
#[derive(Debug, Clone)]
pub struct Done {
    pub answer: Value,
    pub event: String,
}

impl Api {
    /// A client with a connection pool of its own.
    pub fn new(server: &Server, key: &str) -> Self {
        Self {
            client: client(server, true),
            url: server.url.clone(),
            key: key.to_owned(),
        }
    }

    /// As [`Api::new`], speaking HTTP/1.1 only.
    pub fn over_http1(server: &Server, key: &str) -> Self {
        Self {
            client: client(server, false),
            url: server.url.clone(),
            key: key.to_owned(),
        }
    }

    /// The same connections with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// The text of the key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.key)
    }

    /// Sends it and gives the answer, whose body has not come yet.
    pub async fn send(request: RequestBuilder) -> Result<Response, Trouble> {
        let response = request.send().await.map_err(gone)?;
        let status = response.status().as_u16();
        if status < 400 {
            return Ok(response);
        }
        let retry_after = header(&response, "retry-after");
        let problem = response.json().await.map_err(gone)?;
        Err(Trouble::Said {
            status,
            retry_after,
            problem,
        })
    }

    /// A JSON answer.
    pub async fn get(&self, path: &str) -> Result<Value, Trouble> {
        Self::send(self.request(Method::GET, path))
            .await?
            .json()
            .await
            .map_err(gone)
    }

    /// A text answer.
    pub async fn get_text(&self, path: &str) -> Result<String, Trouble> {
        Self::send(self.request(Method::GET, path))
            .await?
            .text()
            .await
            .map_err(gone)
    }

    /// A JSON question and answer.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value, Trouble> {
        Self::send(self.request(Method::POST, path).json(&body))
            .await?
            .json()
            .await
            .map_err(gone)
    }

    /// Puts bytes into a dataset.
    pub async fn put(&self, dataset: &str, name: &str, bytes: Vec<u8>) -> Result<Done, Trouble> {
        let request = self.request(Method::POST, &format!("/v1/datasets/{dataset}/items?name={name}"));
        Self::act(request.body(bytes)).await
    }

    /// Gives an item a new version.
    pub async fn change(&self, item: &str, bytes: Vec<u8>) -> Result<Done, Trouble> {
        Self::act(
            self.request(Method::PUT, &format!("/v1/items/{item}/content"))
                .body(bytes),
        )
        .await
    }

    /// Takes an item out of use.
    pub async fn archive(&self, item: &str) -> Result<Done, Trouble> {
        Self::act(self.request(Method::POST, &format!("/v1/items/{item}/archive"))).await
    }

    /// Deletes an archived item.
    pub async fn delete(&self, item: &str) -> Result<Done, Trouble> {
        Self::act(self.request(Method::DELETE, &format!("/v1/items/{item}"))).await
    }

    /// An item's bytes, and the event of reading them.
    pub async fn read(&self, item: &str) -> Result<(Vec<u8>, String), Trouble> {
        let response = Self::send(self.request(Method::GET, &format!("/v1/items/{item}/content"))).await?;
        let event = header(&response, "bailee-event").expect("a download has its event");
        Ok((response.bytes().await.map_err(gone)?.to_vec(), event))
    }

    /// All items of a dataset.
    pub async fn items(&self, dataset: &str) -> Result<Vec<Value>, Trouble> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self
                .get(&format!("/v1/datasets/{dataset}/items?limit=1000{cursor}"))
                .await?;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else {
                return Ok(items);
            };
            cursor = format!("&cursor={next}");
        }
    }

    /// The receipt of an event, as the file it is.
    pub async fn receipt(&self, event: &str) -> Result<String, Trouble> {
        self.get_text(&format!("/v1/trail/{event}/receipt")).await
    }

    /// Makes a dataset; gives its id.
    pub async fn make_dataset(&self, name: &str) -> Result<String, Trouble> {
        self.make_dataset_in(name, None).await
    }

    /// The same in a region.
    pub async fn make_dataset_in(&self, name: &str, region: Option<&str>) -> Result<String, Trouble> {
        let dataset = match region {
            None => json!({ "name": name }),
            Some(region) => json!({ "name": name, "region": region }),
        };
        Ok(id_of(&self.post("/v1/datasets", dataset).await?))
    }

    /// Issues a further key of the caller's own; gives its id and its text.
    pub async fn issue_key(&self, member: Option<&str>) -> Result<(String, String), Trouble> {
        let mut wanted = json!({ "label": "for a test" });
        if let Some(member) = member {
            wanted["member"] = member.into();
        }
        let issued = self.post("/v1/keys", wanted).await?;
        Ok((
            id_of(&issued["key"]),
            issued["secret"].as_str().unwrap().to_owned(),
        ))
    }

    /// Invalidates a key.
    pub async fn invalidate_key(&self, key: &str) -> Result<Value, Trouble> {
        Self::send(self.request(Method::DELETE, &format!("/v1/keys/{key}")))
            .await?
            .json()
            .await
            .map_err(gone)
    }

    async fn act(request: RequestBuilder) -> Result<Done, Trouble> {
        let response = Self::send(request).await?;
        let event = header(&response, "bailee-event").expect("an act has its event");
        Ok(Done {
            answer: response.json().await.map_err(gone)?,
            event,
        })
    }
}

/// A tenant made for a test.
#[derive(Debug, Clone)]
pub struct Team {
    pub owner: Api,
    /// The id of the owner's first key.
    pub owner_key: String,
    /// The id of the owner.
    pub owner_member: String,
    /// Customer-held custody only.
    pub recovery_code: Option<String>,
}

impl Team {
    /// A tenant with a contract in force.
    pub async fn make(operator: &Api, slug: &str, custody: &str) -> Self {
        let made = operator
            .post("/v1/tenants", new_tenant(slug, custody))
            .await
            .unwrap();
        Self {
            owner: operator.with_key(made["key"]["secret"].as_str().unwrap()),
            owner_key: id_of(&made["key"]["key"]),
            owner_member: id_of(&made["owner"]),
            recovery_code: made["recovery_code"].as_str().map(str::to_owned),
        }
    }

    /// A tenant whose data the provider can open, at a server that was started for the first time.
    pub async fn first(server: &Server, operator_key: &str) -> Self {
        Self::make(&Api::new(server, operator_key), "first", "provider-held").await
    }
}

fn new_tenant(slug: &str, custody: &str) -> Value {
    json!({
        "slug": slug, "name": format!("The {slug} company"), "business": "training-data", "custody": custody,
        "contract": {
            "owner": "The company that owns the data", "purpose": "training image models",
            "basis": { "lawful-basis": "contract" }, "region": "eu-north",
        },
        "owner": { "name": "Olivia Owner", "email": format!("olivia@{slug}.example") },
    })
}

/// The id in an answer about a thing.
pub fn id_of(answer: &Value) -> String {
    answer["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {answer}"))
        .to_owned()
}

/// A client that trusts the installation's own CA and nobody else.
#[expect(clippy::disallowed_methods, reason = "a test, to the server that it started")]
pub fn client(server: &Server, http2: bool) -> Client {
    let ca = Certificate::from_pem(&std::fs::read(&server.ca).unwrap()).unwrap();
    let builder = Client::builder().tls_certs_only([ca]);
    if http2 {
        builder.build().unwrap()
    } else {
        builder.http1_only().build().unwrap()
    }
}

fn header(response: &Response, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn gone(error: reqwest::Error) -> Trouble {
    Trouble::Gone(format!("{error:?}"))
}
