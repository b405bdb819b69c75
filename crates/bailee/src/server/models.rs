//! Talking to sub-processors that speak the interface of OpenAI: one question, one answer.
//!
//! Promises: the gate is asked for the host and for the address behind its name, no redirection is followed, a minute and half a mebibyte at
//! most; what is no answer of this interface is none. Leaves out: who may be sent what (`governance`), and what answers say.

use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::StreamExt as _;
use gate::{Client, Gate, Unsent};
use governance::processor::{Ask, Model, Unanswered};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use kernel::EntryId;
use reqwest::{Request, Response, Url};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::key_pair;

/// How long a model may take.
const WHOLE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(5);
/// The most bytes of an answer; what is kept of it is less.
const MOST_BYTES: usize = 512 << 10;
/// The most words that a model is asked for.
const MOST_TOKENS: u32 = 4_096;

/// Reaches models over HTTP.
pub(super) struct Models {
    client: Client,
    /// A folder with a file for each sub-processor's key, named by its id.
    keys: Option<PathBuf>,
}

impl Models {
    /// One that connects to whom the gate lets it, with keys from this folder.
    pub(super) fn new(gate: &Gate, keys: Option<PathBuf>) -> Result<Self, Failure> {
        // An error means that this process has one already, which serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = gate.client("process", |builder| {
            builder
                .user_agent(concat!("bailee/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                .timeout(WHOLE)
        });
        let client = client.map_err(|error| Failure::Said(error.to_string()))?;
        Ok(Self { client, keys })
    }

    /// What opens the interface, if the operator gave anything for this sub-processor.
    fn key(&self, processor: EntryId) -> Result<Option<HeaderValue>, Unanswered> {
        let Some(folder) = &self.keys else {
            return Ok(None);
        };
        let file = folder.join(processor.to_string());
        if !file.exists() {
            return Ok(None);
        }
        let unusable = || {
            Unanswered::NotSent(
                "the key for this sub-processor cannot be used: the operator's log says why".into(),
            )
        };
        let bytes = key_pair::bytes(&file).map_err(|error| {
            tracing::error!(%error, "the key of a sub-processor cannot be read");
            unusable()
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable())?;
        let mut value = HeaderValue::try_from(format!("Bearer {}", text.trim())).map_err(|_| unusable())?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    fn request(&self, ask: &Ask) -> Result<Request, Unanswered> {
        let address = format!("{}/chat/completions", ask.endpoint.trim_end_matches('/'));
        let url = Url::parse(&address).map_err(|_| Unanswered::NotSent("its address is none".into()))?;
        let body = json!({
            "model": ask.model, "max_tokens": MOST_TOKENS, "stream": false,
            "messages": [{ "role": "user", "content": [{ "type": "text", "text": ask.prompt }, part(ask)?] }],
        });
        let mut request = Request::new(Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = self.key(ask.processor)? {
            headers.insert(AUTHORIZATION, key);
        }
        *request.body_mut() = Some(body.to_string().into());
        Ok(request)
    }
}

#[async_trait::async_trait]
impl Model for Models {
    async fn ask(&self, ask: Ask) -> Result<String, Unanswered> {
        let request = self.request(&ask)?;
        let answer = self.client.send(request).await.map_err(unsent)?;
        match answer.status() {
            StatusCode::OK => words(&read(answer).await?),
            other => Err(Unanswered::Status(other.as_u16())),
        }
    }
}

/// The file as a part of the question: as words, or as a picture.
fn part(ask: &Ask) -> Result<Json, Unanswered> {
    let essence = ask.media_type.split(';').next().unwrap_or_default().trim();
    match essence {
        "image/png" | "image/jpeg" | "image/webp" | "image/gif" => {
            let url = format!("data:{essence};base64,{}", BASE64_STANDARD.encode(&ask.bytes));
            Ok(json!({ "type": "image_url", "image_url": { "url": url } }))
        }
        _ => {
            let text = std::str::from_utf8(&ask.bytes).ok();
            let text = text.filter(|text| !text.contains('\0')).ok_or(Unanswered::Kind)?;
            Ok(json!({ "type": "text", "text": text }))
        }
    }
}

fn unsent(error: Unsent) -> Unanswered {
    match error {
        Unsent::Refused(refused) => Unanswered::NotSent(refused.to_string()),
        Unsent::Failed(_) => Unanswered::Silence,
    }
}

async fn read(answer: Response) -> Result<Vec<u8>, Unanswered> {
    let (mut body, mut pieces) = (Vec::new(), answer.bytes_stream());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Unanswered::Silence)?;
        if body.len() + piece.len() > MOST_BYTES {
            return Err(Unanswered::Nonsense);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The words of an answer.
fn words(body: &[u8]) -> Result<String, Unanswered> {
    #[derive(Deserialize)]
    struct Answer {
        choices: Vec<Choice>,
    }
    #[derive(Deserialize)]
    struct Choice {
        message: Message,
    }
    #[derive(Deserialize)]
    struct Message {
        content: String,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| Unanswered::Nonsense)?;
    let first = answer.choices.into_iter().next().ok_or(Unanswered::Nonsense)?;
    Ok(first.message.content)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::Arc;

    use gate::Gatekeeper;
    use governance::egress::{Egress, OwnHosts};
    use kernel::{SystemClock, Timestamp};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use zeroize::Zeroizing;

    use super::*;

    /// A model at an address of this machine that answers each question in turn; nothing at all for an empty answer.
    async fn model(answers: Vec<Vec<u8>>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let task = tokio::spawn(async move {
            let (mut asked, mut held) = (Vec::new(), Vec::new());
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
                while !text.ends_with(b"}") {
                    let read = stream.read(&mut buffer).await.unwrap();
                    text.extend_from_slice(&buffer[..read]);
                }
                asked.push(String::from_utf8(text).unwrap());
                let _ = stream.write_all(&answer).await;
                if answer.is_empty() {
                    held.push(stream);
                }
            }
            asked
        });
        (at, task)
    }

    fn http(status: &str, body: &str) -> Vec<u8> {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n{body}").into_bytes()
    }

    fn ask(at: &str, media_type: &str, bytes: &[u8]) -> Ask {
        Ask {
            processor: EntryId::make(Timestamp::from_micros(0), &kernel::SystemRandom),
            endpoint: format!("http://{at}/v1/"),
            model: "small".into(),
            prompt: "What is it?".into(),
            media_type: media_type.into(),
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    fn gate(at: &str) -> (Gate, Arc<Egress>) {
        let own = OwnHosts {
            hosts: vec![at.to_owned()],
            purpose: "a test".into(),
            key: "test".into(),
            chosen: false,
        };
        let keeper = Arc::new(Egress::new(vec![own], Arc::new(SystemClock)));
        (Gate::new(Arc::clone(&keeper) as Arc<dyn Gatekeeper>), keeper)
    }

    #[tokio::test]
    async fn a_model_is_asked_once_and_what_is_no_answer_is_none() {
        let good = r#"{"choices":[{"message":{"role":"assistant","content":"a cat"}}]}"#;
        let flood = " ".repeat(MOST_BYTES + 1);
        let (at, asked) = model(vec![
            http("200 OK", good),
            http("307 Temporary Redirect", ""),
            http("500 No", good),
            http("200 OK", "<html>garbage"),
            http("200 OK", r#"{"choices":[]}"#),
            http("200 OK", &flood),
            Vec::new(),
        ])
        .await;
        let models = Models::new(&gate(&at).0, None).unwrap();
        let text = |bytes: &'static [u8]| models.ask(ask(&at, "text/plain", bytes));
        assert_eq!(text(b"words").await, Ok("a cat".to_owned()));
        assert_eq!(text(b"words").await, Err(Unanswered::Status(307)));
        assert_eq!(text(b"words").await, Err(Unanswered::Status(500)));
        for _ in 0..3 {
            assert_eq!(text(b"words").await, Err(Unanswered::Nonsense));
        }
        // It takes the question, says nothing, and hangs up.
        assert_eq!(text(b"words").await, Err(Unanswered::Silence));
        // What cannot be sent is not.
        assert_eq!(text(b"\0\xff").await, Err(Unanswered::Kind));
        let asked = asked.await.unwrap();
        assert!(
            asked[0].starts_with("POST /v1/chat/completions HTTP/1.1"),
            "{}",
            asked[0]
        );
        assert!(asked[0].contains("\"model\":\"small\"") && asked[0].contains("words"));
    }

    #[tokio::test]
    async fn a_picture_goes_as_one_with_the_key_of_its_file() {
        let (at, asked) = model(vec![http("200 OK", "{}")]).await;
        let folder = tempfile::tempdir().unwrap();
        let ask = ask(&at, "image/png", b"\x89PNG");
        let file = folder.path().join(ask.processor.to_string());
        std::fs::write(&file, "secret-key\n").unwrap();
        let models = Models::new(&gate(&at).0, Some(folder.path().to_owned())).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(models.key(ask.processor), Err(Unanswered::NotSent(_))));
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(models.ask(ask).await, Err(Unanswered::Nonsense));
        let asked = asked.await.unwrap().remove(0);
        assert!(asked.contains("authorization: Bearer secret-key"), "{asked}");
        assert!(asked.contains("data:image/png;base64,iVBORw=="), "{asked}");
    }

    #[tokio::test]
    async fn nobody_is_asked_whom_the_gate_does_not_let_through() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        // Another is listed.
        let (gate, keeper) = gate(&format!("other.example:{}", at.port()));
        let models = Models::new(&gate, None).unwrap();
        let refused = models.ask(ask(&at.to_string(), "text/plain", b"words")).await;
        assert!(matches!(refused, Err(Unanswered::NotSent(why)) if why.contains("not listed")));
        assert_eq!(keeper.refusals(), 1);
    }
}
