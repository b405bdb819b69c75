//! Uploads by browser forms (POST Object): what is looked at before `s3s` reads the form.
//!
//! Promises: a form without a signature is refused before its file is read, and one whose signature is of version 2 before
//! anything else looks at it (`old`); fields that are not served are
//! refused, never passed over; the part before the file has at most [`LONGEST_HEAD`] bytes. Leaves out: comparing the
//! signature and the policy, which is `s3s`'s, so that what is stored is what `s3s` read and never what was read here.

mod old;
mod policy;

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use s3s::dto::{Tag, Tagging};
use s3s::xml::{self, Deserialize as _};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::errors::invalid;
use crate::object::check_acl;
use crate::signature::query_of;
pub(crate) use old::Old;

/// The most bytes of a file: `s3s` holds it in memory until it knows the length that the policy asks for.
pub(crate) const LARGEST_FILE: u64 = 8 << 20;
/// The most bytes of all fields before the file.
pub(crate) const LONGEST_HEAD: usize = 64 << 10;
/// `s3s` reads the head anew with every piece, and finds no end of a file in larger ones.
const PIECE: usize = 16 << 10;

/// What a form says before its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    /// The file's name on the sender's machine, without folders.
    pub(crate) filename: String,
}

impl Form {
    /// The value of a field; names are in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What custody is to know of the request, where headers would say it.
    pub(crate) fn headers(&self) -> S3Result<HeaderMap> {
        let known = [
            "x-amz-security-token",
            "x-amz-meta-bailee-reason",
            "x-amz-meta-bailee-purpose",
            "x-amz-tagging",
        ];
        let said = known
            .into_iter()
            .filter_map(|name| Some((name, self.field(name)?)));
        let said = said.map(|(name, value)| header(name, value));
        said.chain(self.tags()?.map(Ok)).collect()
    }

    /// Its tags, which come as a document or as a query.
    pub(crate) fn tags(&self) -> S3Result<Option<(HeaderName, HeaderValue)>> {
        let Some(document) = self.field("tagging") else {
            return Ok(None);
        };
        if self.field("x-amz-tagging").is_some() {
            return Err(invalid(
                "send tags once: in the field tagging or in x-amz-tagging",
            ));
        }
        let mut reader = xml::Deserializer::new(document.as_bytes());
        let tags = Tagging::deserialize(&mut reader).map_err(|_| s3_error!(MalformedXML))?;
        let pair = |tag: Tag| Some((tag.key?, tag.value?));
        let pairs: Option<Vec<_>> = tags.tag_set.into_iter().map(pair).collect();
        let pairs = pairs.ok_or_else(|| s3_error!(MalformedXML, "a tag has a key and a value"))?;
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        header("x-amz-tagging", &query).map(Some)
    }

    fn check(&self, region: Option<&str>, bucket: Option<&str>) -> S3Result<()> {
        let mut names: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one == other))
        {
            return Err(malformed("each field comes once"));
        }
        let old = Old::of(self)?;
        if old.is_none() && self.field("x-amz-signature").is_none() {
            return Err(s3_error!(
                AccessDenied,
                "sign the form's policy: nothing here is for everybody"
            ));
        }
        self.tags()?;
        policy::check(self, bucket)?;
        if let Some(canned) = self.field("acl") {
            check_acl(&HeaderMap::from_iter([header("x-amz-acl", canned)?]))?;
        }
        let unknown = names
            .iter()
            .find(|name| name.starts_with("x-amz-") && !is_served(name));
        if let Some(name) = unknown {
            return Err(S3Error::with_message(
                S3ErrorCode::NotImplemented,
                format!("forms are not served with the field {name}: use a presigned PUT"),
            ));
        }
        if old.is_some() {
            return Ok(());
        }
        let credential = self.field("x-amz-credential").unwrap_or_default();
        let mut scope = credential.rsplit('/').skip(1);
        match (scope.next(), scope.next(), region) {
            (Some("s3"), Some(signed), Some(region)) if signed != region => Err(s3_error!(
                AuthorizationHeaderMalformed,
                "the region is wrong; expecting '{}'",
                region
            )),
            (Some("s3"), Some(_), _) => Ok(()),
            _ => Err(s3_error!(AuthorizationHeaderMalformed, "sign for the service s3")),
        }
    }
}

/// Whether a field of S3's is one that is looked at, here or with the policy.
fn is_served(name: &str) -> bool {
    let begins = [
        "x-amz-checksum-crc",
        "x-amz-checksum-sha",
        "x-amz-grant-",
        "x-amz-meta-",
        "x-amz-server-side-encryption",
    ];
    SERVED.contains(&name) || begins.iter().any(|begin| name.starts_with(begin))
}

const SERVED: [&str; 13] = [
    "x-amz-acl",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expected-bucket-owner",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-storage-class",
    "x-amz-tagging",
    "x-amz-website-redirect-location",
];

/// A field as the header that it stands for.
pub(crate) fn header(name: &str, value: &str) -> S3Result<(HeaderName, HeaderValue)> {
    let pair = HeaderName::try_from(name)
        .ok()
        .zip(HeaderValue::try_from(value).ok());
    pair.ok_or_else(|| {
        invalid("names and values of form fields are what headers could be: visible text on one line")
    })
}

/// Whether a request is an upload by a form.
pub(crate) fn is_form(parts: &Parts) -> bool {
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    let form = b"multipart/form-data";
    parts.method == Method::POST
        && kind
            .get(..form.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(form))
}

/// Reads the head of a form and gives its whole body back, in pieces fit for `s3s`.
pub(crate) async fn open(
    parts: &Parts,
    body: Body,
    region: Option<&str>,
    bucket: Option<&str>,
) -> S3Result<(Form, Body)> {
    check_request(parts)?;
    let boundary = boundary(&parts.headers).ok_or_else(|| malformed("the content type names no boundary"))?;
    let (mut body, mut head, mut pieces) = (Pieces::of(body), Vec::new(), Vec::new());
    let form = loop {
        let piece = body.next().await.map_err(|_| ended())?;
        let Some(piece) = piece.filter(|_| head.len() <= LONGEST_HEAD) else {
            return Err(malformed(
                "fields come before the file, and have at most 64 KiB together",
            ));
        };
        head.extend_from_slice(&piece);
        pieces.push(Ok::<_, axum::Error>(piece));
        if let Some(form) = read(&head, &boundary)? {
            break form;
        }
    };
    form.check(region, bucket)?;
    let rest = stream::unfold(Some(body), async |body| {
        let mut body = body?;
        match body.next().await {
            Ok(piece) => piece.map(|piece| (Ok(piece), Some(body))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok((form, Body::from_stream(stream::iter(pieces).chain(rest))))
}

/// INVARIANT: what the policy does not cover changes nothing. Headers of a form are not signed.
fn check_request(parts: &Parts) -> S3Result<()> {
    let query = query_of(parts);
    let signed = query
        .iter()
        .any(|(name, _)| name == "X-Amz-Signature" || name == "Signature");
    if signed || parts.headers.contains_key(AUTHORIZATION) {
        return Err(s3_error!(
            InvalidArgument,
            "sign the form's policy alone, not its request"
        ));
    }
    let smuggled = parts
        .headers
        .keys()
        .find(|name| name.as_str().starts_with("x-amz-"));
    match smuggled {
        Some(name) => Err(s3_error!(
            AccessDenied,
            "the header {} came and was not signed: send it as a field",
            name
        )),
        None => Ok(()),
    }
}

/// A body in pieces of one size. Small ones are joined: each costs a look at the head.
struct Pieces {
    body: BodyDataStream,
    came: BytesMut,
}

impl Pieces {
    fn of(body: Body) -> Self {
        let (body, came) = (body.into_data_stream(), BytesMut::new());
        Self { body, came }
    }

    /// The next piece; nothing at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, axum::Error> {
        while self.came.len() < PIECE {
            match self.body.next().await.transpose()? {
                Some(bytes) => self.came.extend_from_slice(&bytes),
                None => break,
            }
        }
        let length = self.came.len().min(PIECE);
        Ok((length > 0).then(|| self.came.split_to(length).freeze()))
    }
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = kind
        .split(';')
        .skip(1)
        .filter_map(|one| one.trim().split_once('='));
    let (_, value) = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.trim_matches('"');
    // RFC 2046, section 5.1.1.
    (1..=70).contains(&value.len()).then(|| value.to_owned())
}

/// The head of a form, if its file has begun.
///
/// # Errors
/// What begins as no form.
fn read(head: &[u8], boundary: &str) -> S3Result<Option<Form>> {
    let begin = format!("--{boundary}\r\n");
    let end = format!("\r\n--{boundary}\r\n");
    let head = head.strip_prefix(b"\r\n").unwrap_or(head);
    if head.len() < begin.len() {
        return Ok(None);
    }
    let mut rest = head
        .strip_prefix(begin.as_bytes())
        .ok_or_else(|| malformed("it does not begin with its boundary"))?;
    let mut form = Form::default();
    loop {
        let Some((lines, value)) = split(rest, b"\r\n\r\n") else {
            return Ok(None);
        };
        let lines = std::str::from_utf8(lines).map_err(|_| malformed("names of fields are UTF-8"))?;
        let name = parameter(lines, "name").ok_or_else(|| malformed("every part has a name"))?;
        if name.eq_ignore_ascii_case("file") {
            let path = parameter(lines, "filename").unwrap_or_default();
            form.filename = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            return Ok(Some(form));
        }
        let Some((value, next)) = split(value, end.as_bytes()) else {
            return Ok(None);
        };
        let value = std::str::from_utf8(value).map_err(|_| malformed("values of fields are UTF-8"))?;
        form.fields.push((name.to_ascii_lowercase(), value.to_owned()));
        rest = next;
    }
}

/// A parameter of the part's `Content-Disposition`.
fn parameter<'l>(lines: &'l str, name: &str) -> Option<&'l str> {
    let mut lines = lines.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, disposition) = lines.find(|(header, _)| header.eq_ignore_ascii_case("content-disposition"))?;
    let begin = format!("; {name}=\"");
    let (_, value) = disposition.split_once(&begin)?;
    value.split_once('"').map(|(value, _)| value)
}

fn split<'b>(bytes: &'b [u8], by: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((bytes.get(..at)?, bytes.get(at + by.len()..)?))
}

fn malformed(what: &str) -> S3Error {
    s3_error!(
        MalformedPOSTRequest,
        "this is no form as multipart/form-data: {}",
        what
    )
}

fn ended() -> S3Error {
    s3_error!(
        IncompleteBody,
        "the body ended before its end; nothing was kept, send it again"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut text = String::new();
        for (disposition, value) in parts {
            text.push_str(&format!(
                "--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n"
            ));
        }
        text.push_str("--b--\r\n");
        text.into_bytes()
    }

    #[test]
    fn a_form_is_read_up_to_its_file() {
        let whole = text(&[
            ("name=\"Key\"", "a b.txt"),
            ("name=\"file\"; filename=\"C:\\x\\y.txt\"", "bytes"),
        ]);
        let form = read(&whole, "b").unwrap().unwrap();
        assert_eq!((form.field("key"), &*form.filename), (Some("a b.txt"), "y.txt"));
        assert_eq!(read(&whole[..40], "b").map_err(drop), Ok(None));
        assert!(read(b"--c\r\nno form", "b").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..120, byte: u8) {
            let _ = read(&bytes, "b");
            let mut form = text(&[("name=\"key\"", "a"), ("name=\"file\"", "x")]);
            if let Some(place) = form.get_mut(at) {
                *place = byte;
            }
            let _ = read(&form, "b");
        }
    }
}
