//! The surface in the test's own process, and words for what S3 clients send and get.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use engines::TestDb;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use kernel::{Clock as _, SystemClock, SystemRandom, Timestamp};
use s3::Settings;
use secrecy::ExposeSecret as _;
use testkit::{Person, World};
use tower::ServiceExt as _;
use web::Kit;

pub(crate) use testkit::sign::{self, EMPTY, Head, Pairs, Signer, query_text, sha256, signed_chunks};

/// What clients call the server.
pub(crate) const HOST: &str = "s3.bailee.example";

/// An installation behind its S3 surface.
pub(crate) struct Server {
    router: Router,
    pub(crate) world: World,
}

impl Server {
    pub(crate) async fn on(db: TestDb) -> Self {
        Self::with(db, Settings::default()).await
    }

    pub(crate) async fn with(db: TestDb, settings: Settings) -> Self {
        Self::over(World::on(db).await, settings)
    }

    pub(crate) fn over(world: World, settings: Settings) -> Self {
        let kit = Kit::new(Arc::new(world.clock.clone()), Arc::new(SystemRandom));
        let router = kit.dress(s3::service(world.custody.clone(), settings).unwrap());
        Self { router, world }
    }

    /// Serves at this address as well, in clear, for clients that need one.
    pub(crate) fn listen(&self, listener: std::net::TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let router = self.router.clone();
        drop(tokio::spawn(async move { axum::serve(listener, router).await }));
    }

    /// Somebody who signs with this person's key.
    pub(crate) fn by(&self, person: &Person) -> Client<'_> {
        let secret = person.credential.signing_secret().unwrap();
        self.signed(&person.credential.access_key(), secret.expose_secret())
    }

    /// Somebody who signs with this secret.
    pub(crate) fn signed(&self, access_key: &str, secret: &str) -> Client<'_> {
        let signer = Signer {
            access_key: access_key.to_owned(),
            secret: secret.to_owned(),
            region: "eu-north-1".into(),
            at: amz_date(SystemClock.now()),
            service: "s3",
        };
        Client {
            server: self,
            signer,
            token: None,
        }
    }

    /// Sends a request that a test made as a whole.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        // A body that breaks off ends here, as it does on a connection.
        while let Some(Ok(frame)) = body.frame().await {
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        }
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: bytes.into(),
        }
    }
}

/// `20260105T090000Z`.
pub(crate) fn amz_date(at: Timestamp) -> String {
    let text = at.to_string();
    let (seconds, _) = text.split_once('.').unwrap();
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// Somebody at the door.
#[derive(Clone)]
pub(crate) struct Client<'s> {
    pub(crate) server: &'s Server,
    pub(crate) signer: Signer,
    pub(crate) token: Option<String>,
}

impl<'s> Client<'s> {
    pub(crate) fn get(&self, path: &str) -> Call<'s> {
        self.call(Method::GET, path)
    }

    pub(crate) fn head(&self, path: &str) -> Call<'s> {
        self.call(Method::HEAD, path)
    }

    pub(crate) fn put(&self, path: &str) -> Call<'s> {
        self.call(Method::PUT, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call<'s> {
        self.call(Method::POST, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'s> {
        self.call(Method::DELETE, path)
    }

    /// A request for a path as it goes on the wire.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'s> {
        let mut headers = vec![
            ("host".to_owned(), HOST.to_owned()),
            ("x-amz-date".to_owned(), self.signer.at.clone()),
        ];
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token".into(), token.clone()));
        }
        Call {
            server: self.server,
            signer: self.signer.clone(),
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers,
            unsigned: Vec::new(),
            payload: None,
            body: Body::empty(),
            content: Vec::new(),
            says_hash: true,
        }
    }

    /// Puts bytes under a key and gives the version's id.
    pub(crate) async fn store(&self, path: &str, bytes: &[u8]) -> String {
        let reply = self.put(path).bytes(bytes).send().await.expect(200);
        reply.header("x-amz-version-id").to_owned()
    }

    /// What lies under a key.
    pub(crate) async fn fetch(&self, path: &str) -> Bytes {
        self.get(path).send().await.expect(200).bytes
    }
}

/// A request that is being put together.
#[derive(Debug)]
pub(crate) struct Call<'s> {
    server: &'s Server,
    signer: Signer,
    method: Method,
    path: String,
    query: Pairs,
    headers: Pairs,
    unsigned: Pairs,
    payload: Option<String>,
    body: Body,
    content: Vec<u8>,
    says_hash: bool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server")
    }
}

impl<'s> Call<'s> {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header that is signed.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header that is not.
    pub(crate) fn unsigned(mut self, name: &str, value: &str) -> Self {
        self.unsigned.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A body as a client with a file sends it.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let length = bytes.len().to_string();
        Self {
            body: Body::from(bytes.to_vec()),
            content: bytes.to_vec(),
            ..self.header("content-length", &length)
        }
    }

    pub(crate) fn xml(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// What is signed as the hash of the body.
    pub(crate) fn payload(self, payload: &str) -> Self {
        Self {
            payload: Some(payload.to_owned()),
            ..self
        }
    }

    /// The body is signed as it is, and no header says so: what clients of STS do.
    pub(crate) fn without_hash(self) -> Self {
        Self {
            says_hash: false,
            ..self
        }
    }

    /// A body other than the one that was announced.
    pub(crate) fn sending(self, body: Body) -> Self {
        Self { body, ..self }
    }

    /// An `aws-chunked` body without signatures, its checksum at the end.
    pub(crate) fn unsigned_chunks(self, chunks: &[&[u8]], trailer: &str) -> Self {
        let length: usize = chunks.iter().map(|chunk| chunk.len()).sum();
        let mut body = Vec::new();
        for chunk in chunks {
            body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("0\r\n{trailer}\r\n\r\n").as_bytes());
        let (name, _) = trailer.split_once(':').unwrap();
        self.payload("STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", &length.to_string())
            .header("x-amz-trailer", name)
            .sending(Body::from(body))
    }

    /// An `aws-chunked` body whose chunks are signed; `change` may spoil it.
    pub(crate) fn signed_chunks(self, chunks: &[&[u8]], change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let length: usize = chunks.iter().map(|chunk| chunk.len()).sum();
        let call = self
            .payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", &length.to_string());
        let (_, seed) = call.authorization();
        let mut body = signed_chunks(&call.signer, &seed, chunks, None);
        change(&mut body);
        call.sending(Body::from(body))
    }

    fn payload_text(&self) -> String {
        self.payload.clone().unwrap_or_else(|| sha256(&self.content))
    }

    fn all_headers(&self) -> Pairs {
        let mut headers = self.headers.clone();
        if self.says_hash {
            headers.push(("x-amz-content-sha256".into(), self.payload_text()));
        }
        headers
    }

    fn authorization(&self) -> (String, String) {
        self.signer.authorization(&Head {
            method: self.method.as_str(),
            path: &self.path,
            query: &self.query,
            headers: &self.all_headers(),
            payload: &self.payload_text(),
        })
    }

    /// The request, signed in its headers.
    pub(crate) fn request(self) -> Request<Body> {
        let (authorization, _) = self.authorization();
        let mut headers = self.all_headers();
        headers.push(("authorization".into(), authorization));
        self.built(headers)
    }

    /// The request as somebody sends it who was given a URL: signed in the query.
    pub(crate) fn presigned(mut self, expires: u32) -> Request<Body> {
        let (given, signed): (Pairs, Pairs) = self.headers.iter().cloned().partition(|(name, _)| {
            matches!(
                name.as_str(),
                "x-amz-date" | "x-amz-security-token" | "content-length"
            )
        });
        if let Some((_, token)) = given.iter().find(|(name, _)| name == "x-amz-security-token") {
            self.query.push(("X-Amz-Security-Token".into(), token.clone()));
        }
        let query = self
            .signer
            .presign(self.method.as_str(), &self.path, &self.query, &signed, expires);
        let mut headers = signed;
        headers.extend(given.into_iter().filter(|(name, _)| name == "content-length"));
        let path = format!("{}?{query}", self.path);
        self.query.clear();
        self.path = path;
        self.built(headers)
    }

    /// The request without any signature.
    pub(crate) fn anonymous(self) -> Request<Body> {
        let headers = self.headers.clone();
        self.built(headers)
    }

    fn built(self, headers: Pairs) -> Request<Body> {
        let query = query_text(&self.query);
        let uri = if query.is_empty() {
            self.path
        } else {
            format!("{}?{query}", self.path)
        };
        let mut request = Request::builder().method(self.method).uri(uri);
        for (name, value) in headers.iter().chain(&self.unsigned) {
            request = request.header(name, value);
        }
        request.body(self.body).unwrap()
    }

    pub(crate) async fn send(self) -> Reply {
        let server = self.server;
        server.send(self.request()).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl Reply {
    /// Fails the test unless the status is this.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The texts of all elements of this name, entities as they came.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        let parts = text.split(&begin).skip(1);
        parts
            .filter_map(|part| Some(part.split_once(&end)?.0.to_owned()))
            .collect()
    }

    /// The text of the first element of this name.
    pub(crate) fn one(&self, name: &str) -> String {
        self.all(name).into_iter().next().unwrap_or_default()
    }

    /// Fails the test unless this is an error of this code, complete in every part.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        let said = (self.status, self.one("Code"));
        assert_eq!(said, (status, code.to_owned()), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/xml");
        assert_eq!(self.one("RequestId"), self.header("x-amz-request-id"));
        assert_eq!(self.header("x-amz-request-id"), self.header("bailee-operation"));
        assert!(
            self.text()
                .starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>")
        );
        assert!(!self.one("Resource").is_empty());
        let message = self.one("Message").replace("&apos;", "'");
        assert!(!message.is_empty());
        message
    }

    /// The answer without what differs from request to request.
    pub(crate) fn without_ids(&self) -> (u16, Vec<(String, String)>, String) {
        let volatile = ["bailee-operation", "x-amz-request-id", "date"];
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| !volatile.contains(&name.as_str()));
        let mut headers: Vec<_> = headers
            .map(|(name, value)| (name.to_string(), format!("{value:?}")))
            .collect();
        headers.sort();
        let id = self.header("x-amz-request-id");
        (self.status, headers, self.text().replace(id, "ID"))
    }
}

/// Bytes that look like nothing and are the same each time.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
