//! What an S3 client does before it sends: an own signer, so that nobody checks their own work.

#![allow(dead_code, reason = "each test file uses some of these words")]

use aws_lc_rs::{digest, hmac};

/// The hash of nothing.
pub(crate) const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Somebody with an access key, at a moment.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    /// `20130524T000000Z`.
    pub(crate) at: String,
}

/// A list of names and values.
pub(crate) type Pairs = Vec<(String, String)>;

/// What a request is signed for.
pub(crate) struct Head<'r> {
    pub(crate) method: &'r str,
    /// As it goes on the wire.
    pub(crate) path: &'r str,
    /// Decoded.
    pub(crate) query: &'r Pairs,
    /// Those that are signed, lower-case.
    pub(crate) headers: &'r Pairs,
    pub(crate) payload: &'r str,
}

impl Signer {
    pub(crate) fn example() -> Self {
        Self {
            access_key: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".into(),
            at: "20130524T000000Z".into(),
        }
    }

    pub(crate) fn scope(&self) -> String {
        format!("{}/{}/s3/aws4_request", &self.at[..8], self.region)
    }

    pub(crate) fn signature(&self, head: &Head<'_>) -> String {
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
    pub(crate) fn authorization(&self, head: &Head<'_>) -> (String, String) {
        let signature = self.signature(head);
        let text = format!(
            "AWS4-HMAC-SHA256 Credential={}/{},SignedHeaders={},Signature={signature}",
            self.access_key,
            self.scope(),
            signed_headers(head.headers),
        );
        (text, signature)
    }

    /// The query of a presigned URL.
    pub(crate) fn presign(
        &self,
        method: &str,
        path: &str,
        query: &Pairs,
        headers: &Pairs,
        expires: u32,
    ) -> String {
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
    pub(crate) fn sign_text(&self, text: &str) -> String {
        self.sign(&[text])
    }

    pub(crate) fn chunk(&self, previous: &str, data: &[u8]) -> String {
        let algorithm = "AWS4-HMAC-SHA256-PAYLOAD";
        self.sign(&[algorithm, &self.at, &self.scope(), previous, EMPTY, &sha256(data)])
    }

    pub(crate) fn trailer(&self, previous: &str, line: &str) -> String {
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
        for part in [&self.at[..8], &self.region, "s3", "aws4_request"] {
            key = mac(&key, part.as_bytes());
        }
        hex::encode(mac(&key, lines.join("\n").as_bytes()))
    }
}

/// An `aws-chunked` body whose chunks are signed.
pub(crate) fn signed_chunks(signer: &Signer, seed: &str, chunks: &[&[u8]], trailer: Option<&str>) -> Vec<u8> {
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

pub(crate) fn sha256(bytes: &[u8]) -> String {
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
pub(crate) fn query_text(query: &Pairs) -> String {
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

pub(crate) fn encode(text: &str) -> String {
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
