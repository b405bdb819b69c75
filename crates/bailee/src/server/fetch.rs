//! Talking to teams' providers of single sign-on.
//!
//! Promises: ten seconds and half a mebibyte at most; no redirection is followed, so that nobody is asked but whom `identity`
//! found among the hosts that the operator named, and the gate is asked before each request. Leaves out: what is asked, and what the answers mean.

use std::time::Duration;

use futures_util::StreamExt as _;
use gate::{Client, Gate};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use identity::{Fetch, MOST_PROVIDER_BYTES, Outgoing, Unreached};
use reqwest::{Request, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};

use crate::failure::Failure;

const WHOLE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);

/// A client for providers.
pub(super) struct Outside(Client);

impl Outside {
    /// One that trusts the system's CAs, and connects to whom the gate lets it.
    pub(super) fn new(gate: &Gate) -> Result<Self, Failure> {
        // An error means that this process has one already, which serves as well.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = gate.client("sign-in", |builder| {
            builder
                .user_agent(concat!("bailee/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT)
                .timeout(WHOLE)
        });
        client.map(Self).map_err(|error| Failure::Said(error.to_string()))
    }
}

#[async_trait::async_trait]
impl Fetch for Outside {
    async fn fetch(&self, outgoing: Outgoing) -> Result<Vec<u8>, Unreached> {
        let sent = self.0.send(request(outgoing)?).await;
        let answer = sent.map_err(nothing)?;
        match answer.status() {
            StatusCode::OK => read(answer).await,
            other => Err(Unreached::Status(other.as_u16())),
        }
    }
}

fn request(outgoing: Outgoing) -> Result<Request, Unreached> {
    let url = Url::parse(&outgoing.url).map_err(nothing)?;
    let mut request = Request::new(Method::GET, url);
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(authorization) = &outgoing.authorization {
        headers.insert(AUTHORIZATION, secret(authorization).map_err(nothing)?);
    }
    if let Some(form) = &outgoing.form {
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(CONTENT_TYPE, form_type);
        *request.method_mut() = Method::POST;
        *request.body_mut() = Some(form.expose_secret().to_owned().into());
    }
    Ok(request)
}

fn secret(text: &SecretString) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    let mut value = HeaderValue::try_from(text.expose_secret())?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(answer: Response) -> Result<Vec<u8>, Unreached> {
    let (mut body, mut pieces) = (Vec::new(), answer.bytes_stream());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| nothing(error.without_url()))?;
        if body.len() + piece.len() > MOST_PROVIDER_BYTES {
            return Err(nothing("the answer is too long"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

fn nothing(cause: impl std::fmt::Display) -> Unreached {
    Unreached::Nothing(cause.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A server that answers each of these once; the requests that it saw come back.
    fn server(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let seen = std::thread::spawn(move || {
            let answer = |answer: Vec<u8>| {
                let (mut socket, _) = listener.accept().unwrap();
                let mut request = [0; 4_096];
                let length = socket.read(&mut request).unwrap();
                // A client that has read enough hangs up.
                let _ = socket.write_all(&answer);
                String::from_utf8_lossy(&request[..length]).into_owned()
            };
            answers.into_iter().map(answer).collect()
        });
        (url, seen)
    }

    fn get(url: &str) -> Outgoing {
        Outgoing {
            url: url.to_owned(),
            authorization: Some("Bearer abc".into()),
            form: None,
        }
    }

    #[tokio::test]
    async fn answers_come_whole_and_redirections_and_floods_do_not() {
        let long = MOST_PROVIDER_BYTES + 1;
        let mut flood = format!("HTTP/1.1 200 OK\r\ncontent-length: {long}\r\n\r\n").into_bytes();
        flood.resize(flood.len() + long, b'x');
        let (url, seen) = server(vec![
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_vec(),
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec(),
            flood,
        ]);
        let outside = Outside::new(&Gate::unattended()).unwrap();
        assert_eq!(outside.fetch(get(&url)).await, Ok(b"{}".to_vec()));
        assert_eq!(outside.fetch(get(&url)).await, Err(Unreached::Status(302)));
        assert!(
            matches!(outside.fetch(get(&url)).await, Err(Unreached::Nothing(cause)) if cause.contains("too long"))
        );
        let seen = seen.join().unwrap();
        assert!(
            seen[0].starts_with("GET / HTTP/1.1") && seen[0].contains("authorization: Bearer abc"),
            "{}",
            seen[0]
        );
    }
}
