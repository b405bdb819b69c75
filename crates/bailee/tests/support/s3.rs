//! A client of the S3 surface: the requests that S3 tools send, signed with a key's S3 words.

use custody::Credential;
use kernel::{Clock as _, SystemClock};
use reqwest::{Client, Method, Response};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use testkit::sign::{Head, Pairs, Signer, query_text};

use super::api::{Trouble, client};
use super::server::Server;

/// What is signed in place of a body's hash; TLS guards the body.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A key and the server it is used at.
#[derive(Clone)]
pub struct S3 {
    client: Client,
    url: String,
    signer: Signer,
}

/// An object that was acknowledged: the id of its version, and the event that records it.
#[derive(Debug, Clone)]
pub struct Made {
    pub version: Option<String>,
    pub event: String,
}

/// One request.
#[derive(Default)]
struct Call {
    method: Method,
    path: String,
    query: Pairs,
    headers: Pairs,
    body: Vec<u8>,
}

impl S3 {
    /// A client with a connection pool of its own.
    pub fn new(server: &Server, key: &str) -> Self {
        let credential = Credential::parse(key).unwrap();
        Self {
            client: client(server, false),
            url: server.s3_url.clone(),
            signer: Signer {
                access_key: credential.access_key(),
                secret: credential.signing_secret().unwrap().expose_secret().to_owned(),
                region: "us-east-1".into(),
                at: String::new(),
                service: "s3",
            },
        }
    }

    /// Puts bytes under a key.
    pub async fn put(&self, bucket: &str, key: &str, body: Vec<u8>) -> Result<Made, Trouble> {
        self.make(Call {
            method: Method::PUT,
            path: format!("/{bucket}/{key}"),
            body,
            ..Call::default()
        })
        .await
    }

    /// Copies what lies under a key.
    pub async fn copy(&self, bucket: &str, from: &str, to: &str) -> Result<Made, Trouble> {
        self.make(Call {
            method: Method::PUT,
            path: format!("/{bucket}/{to}"),
            headers: pairs(&[("x-amz-copy-source", &format!("/{bucket}/{from}"))]),
            ..Call::default()
        })
        .await
    }

    /// Sets a delete marker, or deletes one version for good.
    pub async fn delete(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<String, Trouble> {
        let response = self.send(Call {
            method: Method::DELETE,
            path: format!("/{bucket}/{key}"),
            query: version
                .map(|version| pairs(&[("versionId", version)]))
                .unwrap_or_default(),
            ..Call::default()
        });
        Ok(event(&response.await?))
    }

    /// The bytes under a key.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, Trouble> {
        let response = self.send(Call {
            path: format!("/{bucket}/{key}"),
            ..Call::default()
        });
        Ok(response.await?.bytes().await.map_err(gone)?.to_vec())
    }

    /// Begins an upload in parts and gives its id.
    pub async fn begin(&self, bucket: &str, key: &str) -> Result<String, Trouble> {
        let begun = self.send(Call {
            method: Method::POST,
            path: format!("/{bucket}/{key}"),
            query: pairs(&[("uploads", "")]),
            ..Call::default()
        });
        let document = begun.await?.text().await.map_err(gone)?;
        Ok(all(&document, "UploadId").swap_remove(0))
    }

    /// Puts one part and gives its entity tag.
    pub async fn put_part(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        number: u32,
        body: Vec<u8>,
    ) -> Result<String, Trouble> {
        let response = self.send(Call {
            method: Method::PUT,
            path: format!("/{bucket}/{key}"),
            query: pairs(&[("uploadId", upload), ("partNumber", &number.to_string())]),
            body,
            ..Call::default()
        });
        Ok(header(&response.await?, "etag").expect("a part has an entity tag"))
    }

    /// Makes the parts one object.
    pub async fn complete(
        &self,
        bucket: &str,
        key: &str,
        upload: &str,
        parts: &[(u32, String)],
    ) -> Result<Made, Trouble> {
        let named = |(number, tag): &(u32, String)| {
            format!("<Part><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>")
        };
        let document: String = parts.iter().map(named).collect();
        self.make(Call {
            method: Method::POST,
            path: format!("/{bucket}/{key}"),
            query: pairs(&[("uploadId", upload)]),
            body: format!("<CompleteMultipartUpload>{document}</CompleteMultipartUpload>").into_bytes(),
            ..Call::default()
        })
        .await
    }

    /// Lets go of an upload.
    pub async fn abort(&self, bucket: &str, key: &str, upload: &str) -> Result<(), Trouble> {
        let call = Call {
            method: Method::DELETE,
            path: format!("/{bucket}/{key}"),
            query: pairs(&[("uploadId", upload)]),
            ..Call::default()
        };
        self.send(call).await.map(drop)
    }

    /// The uploads under way in a bucket: id and key; a test has never more than one page of them.
    pub async fn uploads(&self, bucket: &str) -> Result<Vec<(String, String)>, Trouble> {
        let document = self.document(&format!("/{bucket}"), &[("uploads", "")]).await?;
        let keys = all(&document, "Key").into_iter();
        Ok(all(&document, "UploadId").into_iter().zip(keys).collect())
    }

    /// The parts of an upload: number and entity tag.
    pub async fn parts(&self, bucket: &str, key: &str, upload: &str) -> Result<Vec<(u32, String)>, Trouble> {
        let document = self
            .document(&format!("/{bucket}/{key}"), &[("uploadId", upload)])
            .await?;
        let numbers = all(&document, "PartNumber")
            .into_iter()
            .map(|number| number.parse().unwrap());
        let tags = all(&document, "ETag")
            .into_iter()
            .map(|tag| tag.replace("&quot;", "\""));
        Ok(numbers.zip(tags).collect())
    }

    async fn document(&self, path: &str, query: &[(&str, &str)]) -> Result<String, Trouble> {
        let response = self.send(Call {
            path: path.to_owned(),
            query: pairs(query),
            ..Call::default()
        });
        response.await?.text().await.map_err(gone)
    }

    async fn make(&self, call: Call) -> Result<Made, Trouble> {
        let response = self.send(call).await?;
        let made = Made {
            version: header(&response, "x-amz-version-id"),
            event: event(&response),
        };
        // Some of these answer 200 before they know: the document says what became of it.
        let document = response.text().await.map_err(gone)?;
        if !document.contains("<Error>") {
            return Ok(made);
        }
        let in_doubt = ["ServiceUnavailable", "SlowDown"].map(|code| format!("<Code>{code}</Code>"));
        let in_doubt = in_doubt.iter().any(|code| document.contains(code));
        Err(said(if in_doubt { 503 } else { 500 }, document))
    }

    async fn send(&self, call: Call) -> Result<Response, Trouble> {
        let host = self.url.split_once("://").unwrap().1;
        let text = SystemClock.now().to_string();
        let (seconds, _) = text.split_once('.').unwrap();
        let signer = Signer {
            at: format!("{}Z", seconds.replace(['-', ':'], "")),
            ..self.signer.clone()
        };
        let mut headers = call.headers;
        headers.extend(pairs(&[
            ("host", host),
            ("x-amz-date", &signer.at),
            ("x-amz-content-sha256", UNSIGNED),
        ]));
        let (authorization, _) = signer.authorization(&Head {
            method: call.method.as_str(),
            path: &call.path,
            query: &call.query,
            headers: &headers,
            payload: UNSIGNED,
        });
        let url = format!("{}{}?{}", self.url, call.path, query_text(&call.query));
        let mut request = self.client.request(call.method, url).body(call.body);
        headers.push(("authorization".into(), authorization));
        for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(gone)?;
        let status = response.status().as_u16();
        if status < 400 {
            return Ok(response);
        }
        Err(said(status, response.text().await.map_err(gone)?))
    }
}

fn pairs(of: &[(&str, &str)]) -> Pairs {
    of.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The contents of every element of this name that has no elements in it.
fn all(document: &str, element: &str) -> Vec<String> {
    let (begin, end) = (format!("<{element}>"), format!("</{element}>"));
    let found = document.split(&begin).skip(1);
    found
        .filter_map(|rest| Some(rest.split_once(&end)?.0.to_owned()))
        .collect()
}

fn event(response: &Response) -> String {
    header(response, "bailee-event").expect("an act has its event")
}

fn header(response: &Response, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

fn said(status: u16, document: String) -> Trouble {
    Trouble::Said {
        status,
        retry_after: None,
        problem: Value::String(document),
    }
}

fn gone(error: reqwest::Error) -> Trouble {
    Trouble::Gone(format!("{error:?}"))
}
