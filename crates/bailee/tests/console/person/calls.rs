//! What a key asks over REST.

use reqwest::{Client, Method};
use serde_json::Value;

/// A key at a server.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) client: Client,
    pub(crate) url: String,
    pub(crate) key: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Caller {
    /// Sends a body as it is.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.bearer_auth(&self.key).body(body).send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            bytes: answer.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// The bytes, which are there.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.bytes
    }

    /// The document, which is there.
    pub(crate) async fn read(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    /// An act that succeeds.
    pub(crate) async fn act(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_act(method, path, body).await;
        assert!(status < 300, "{path}: {status} {answer}");
        answer
    }

    /// An act, with the status of its answer.
    pub(crate) async fn try_act(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let json = [("content-type", "application/json")];
        let answer = self
            .send(method, path, &json, body.to_string().into_bytes())
            .await;
        let said = serde_json::from_slice(&answer.bytes).unwrap_or(Value::Null);
        (answer.status, said)
    }

    /// Puts a text; gives the id of their item.
    pub(crate) async fn put(&self, path: &str, bytes: Vec<u8>) -> String {
        let answer = self
            .send(Method::POST, path, &[("content-type", "text/plain")], bytes)
            .await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
        let said: Value = serde_json::from_slice(&answer.bytes).unwrap();
        said["item"]["id"].as_str().unwrap().to_owned()
    }
}
