//! What an S3 client does before it sends, by Signature Version 4: a signer of the tests' own, so that nobody checks
//! their own work.

use aws_lc_rs::{digest, hmac};

/// The hash of nothing.
pub const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Somebody with an access key, at a moment.
#[derive(Clone)]
pub struct Signer {
    /// What names the key.
    pub access_key: String,
    /// What it signs with.
    pub secret: String,
    /// The region that requests are signed for.
    pub region: String,
    /// `20130524T000000Z`.
    pub at: String,
    /// `s3` or `sts`.
    pub service: &'static str,
}

/// A list of names and values.
pub type Pairs = Vec<(String, String)>;

/// What a request is signed for.
pub struct Head<'r> {
    /// The method's name.
    pub method: &'r str,
    /// As it goes on the wire.
    pub path: &'r str,
    /// Decoded.
    pub query: &'r Pairs,
    /// Those that are signed, lower-case.
    pub headers: &'r Pairs,
    /// The hash of the body, or a word in its place.
    pub payload: &'r str,
}

impl Signer {
    /// The key and the moment of the examples that the protocol's documentation gives.
    pub fn example() -> Self {
        Self {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".into(),
            at: "20130524T000000Z".into(),
            service: "s3",
        }
    }

    /// Day, region, service and the closing word.
    pub fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", &self.at[..8], self.region, self.service)
    }

    /// The signature of a request.
    pub fn signature(&self, head: &Head<'_>) -> String {
        let canonical = [
            head.method,
            head.path,
            &query_text(head.query),
            &header_lines(head.headers),
            &signed_headers(head.headers),
            head.payload,
        ]
        .join("\n");
        self.sign(&[
            "AWS4-HMAC-SHA256",
            &self.at,
            &self.scope(),
            &sha256(canonical.as_bytes()),
        ])
    }

    /// The value of the header, and the signature in it.
    pub fn authorization(&self, head: &Head<'_>) -> (String, String) {
        let signature = self.signature(head);
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.access_key,
            self.scope(),
            signed_headers(head.headers),
        );
        (text, signature)
    }

    /// The query of a presigned URL.
    pub fn presign(&self, method: &str, path: &str, query: &Pairs, headers: &Pairs, expires: u32) -> String {
        let mut all = query.clone();
        for (name, value) in [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            (
                "X-Amz-Credential",
                &format!("{}/{}", self.access_key, self.scope()),
            ),
            ("X-Amz-Date", &self.at),
            ("X-Amz-Expires", &expires.to_string()),
            ("X-Amz-SignedHeaders", &signed_headers(headers)),
        ] {
            all.push((name.into(), value.into()));
        }
        let head = Head {
            method,
            path,
            query: &all,
            headers,
            payload: "UNSIGNED-PAYLOAD",
        };
        let signature = self.signature(&head);
        format!("{}&X-Amz-Signature={signature}", query_text(&all))
    }

    /// The signature of a text as it stands: a form's policy.
    pub fn sign_text(&self, text: &str) -> String {
        self.sign(&[text])
    }

    /// The signature of one chunk, which covers the one before.
    pub fn chunk(&self, previous: &str, data: &[u8]) -> String {
        let algorithm = "AWS4-HMAC-SHA256-PAYLOAD";
        self.sign(&[algorithm, &self.at, &self.scope(), previous, EMPTY, &sha256(data)])
    }

    /// The signature of the line after the last chunk.
    pub fn trailer(&self, previous: &str, line: &str) -> String {
        let algorithm = "AWS4-HMAC-SHA256-TRAILER";
        self.sign(&[
            algorithm,
            &self.at,
            &self.scope(),
            previous,
            &sha256(line.as_bytes()),
        ])
    }

    fn sign(&self, lines: &[&str]) -> String {
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [&self.at[..8], &self.region, self.service, "aws4_request"] {
            key = mac(&key, part.as_bytes());
        }
        hex::encode(mac(&key, lines.join("\n").as_bytes()))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// An `aws-chunked` body whose chunks are signed.
pub fn signed_chunks(signer: &Signer, seed: &str, chunks: &[&[u8]], trailer: Option<&str>) -> Vec<u8> {
    let (mut body, mut previous) = (Vec::new(), seed.to_owned());
    for chunk in chunks.iter().copied().chain([&b""[..]]) {
        previous = signer.chunk(&previous, chunk);
        body.extend_from_slice(format!("{:x};chunk-signature={previous}\r\n", chunk.len()).as_bytes());
        body.extend_from_slice(chunk);
        if !chunk.is_empty() {
            body.extend_from_slice(b"\r\n");
        }
    }
    if let Some(line) = trailer {
        let signature = signer.trailer(&previous, &format!("{line}\n"));
        body.extend_from_slice(format!("{line}\r\nx-amz-trailer-signature:{signature}\r\n").as_bytes());
    }
    body.extend_from_slice(b"\r\n");
    body
}

/// SHA-256 in lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text)
        .as_ref()
        .to_vec()
}

fn signed_headers(headers: &Pairs) -> String {
    let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.join(";")
}

fn header_lines(headers: &Pairs) -> String {
    let mut sorted = headers.clone();
    sorted.sort();
    sorted
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect()
}

/// RFC 3986, names sorted.
pub fn query_text(query: &Pairs) -> String {
    let mut pairs: Vec<(String, String)> = query
        .iter()
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Percent-encoding as signatures want it: all but the unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
