//! What is said about an object, in the item's metadata and notes, and back.
//!
//! Promises: what a client says comes back to it as it was said. Its own metadata is the item's metadata, which REST
//! clients see too; headers that HTTP knows and checksums are notes of this surface.

use std::collections::BTreeMap;

use custody::item::{Hold, Version};
use http::{HeaderMap, HeaderValue};
use s3s::dto::Metadata;
use s3s::{S3Result, s3_error};

use super::sealed::{self, Sealing};
use super::{lock, tags};
use crate::caller::{CLASS, SUBJECT, is_ours, said};
use crate::errors::invalid;
use crate::multipart::{SUM_TYPE, UPLOAD};
use crate::stated::{ETAG, Sum};
use crate::versioning::NULL_NOTE;

const META: &str = "x-amz-meta-";
/// Headers of the request that come back with the object, beside its media type.
const KEPT: [&str; 5] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];
/// What S3 allows for names and values together.
const MOST_METADATA: usize = 2 << 10;
const UNKNOWN_TYPE: &str = "binary/octet-stream";

/// What a request says about the object that it brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) content_type: String,
    /// The class of data that is declared.
    pub(crate) class: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) notes: BTreeMap<String, String>,
    /// The one person it is about.
    pub(crate) subject: Option<String>,
    /// What keeps it from being deleted.
    pub(crate) hold: Option<Hold>,
    /// Whether the request asks that it be sealed here.
    pub(crate) must_seal: bool,
}

impl Described {
    /// Reads the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> S3Result<Self> {
        let mut notes = BTreeMap::new();
        for name in KEPT {
            if let Some(value) = kept(headers, name)? {
                notes.insert(name.to_owned(), value);
            }
        }
        notes.extend(tags::of_header(headers)?.map(|tags| (tags::NOTE.to_owned(), tags)));
        let content_type = visible(headers, "content-type")?.filter(|value| !value.is_empty());
        Ok(Self {
            content_type: content_type.unwrap_or(UNKNOWN_TYPE).to_owned(),
            metadata: own(headers)?,
            notes,
            class: said(headers, CLASS)?,
            subject: said(headers, SUBJECT)?,
            hold: None,
            must_seal: false,
        })
    }

    /// The same with what keeps it from being deleted.
    pub(crate) fn with_hold(mut self, hold: Option<Hold>) -> Self {
        for name in [lock::NOTE, SUM_TYPE, NULL_NOTE, UPLOAD] {
            self.notes.remove(name);
        }
        self.notes
            .extend(hold.map(|_| (lock::NOTE.to_owned(), "1".to_owned())));
        Self { hold, ..self }
    }

    /// The same, sealed as the request asks; as the bucket says when it asks for nothing.
    pub(crate) fn with_sealing(mut self, asked: Option<&Sealing>) -> Self {
        self.notes.remove(sealed::NOTE);
        let note = asked.map(|asked| (sealed::NOTE.to_owned(), asked.note()));
        self.notes.extend(note);
        self.must_seal = asked.is_some();
        self
    }

    /// The same without an MD5 for an entity tag.
    pub(crate) fn hiding_md5(mut self, hides: bool) -> Self {
        if hides {
            self.notes.remove(ETAG);
        }
        self
    }

    /// The same with these tags, or those of this version.
    pub(crate) fn with_tags(mut self, headers: &HeaderMap, source: Option<&Version>) -> S3Result<Self> {
        let tags = match source {
            Some(version) => version.notes.get(tags::NOTE).cloned(),
            None => tags::of_header(headers)?,
        };
        self.notes.remove(tags::NOTE);
        self.notes.extend(tags.map(|tags| (tags::NOTE.to_owned(), tags)));
        Ok(self)
    }

    /// The same bytes' description, taken over by a copy.
    pub(crate) fn copied(version: &Version, headers: &HeaderMap) -> S3Result<Self> {
        Ok(Self {
            content_type: version.content_type.clone(),
            metadata: version.metadata.clone(),
            notes: version.notes.clone(),
            class: said(headers, CLASS)?.or_else(|| version.class.clone()),
            subject: said(headers, SUBJECT)?,
            hold: None,
            must_seal: false,
        }
        .with_sums_of(version))
    }

    /// The same with what is true of the bytes of this version, whatever is said about them. Sums over the sums of parts
    /// have a hyphen and are true of the parts alone.
    pub(crate) fn with_sums_of(mut self, version: &Version) -> Self {
        for name in Sum::ALL.map(Sum::word).into_iter().chain([ETAG]) {
            match version.notes.get(name).filter(|value| !value.contains('-')) {
                Some(value) => self.notes.insert(name.to_owned(), value.clone()),
                None => self.notes.remove(name),
            };
        }
        self
    }
}

fn own(headers: &HeaderMap) -> S3Result<BTreeMap<String, String>> {
    let mut own = BTreeMap::new();
    for (header, _) in headers {
        let Some(name) = header.as_str().strip_prefix(META).filter(|name| !name.is_empty()) else {
            continue;
        };
        if is_ours(name) {
            continue;
        }
        own.insert(
            name.to_owned(),
            visible(headers, header.as_str())?.unwrap_or_default().to_owned(),
        );
    }
    let total: usize = own.iter().map(|(name, value)| name.len() + value.len()).sum();
    if total > MOST_METADATA {
        return Err(s3_error!(
            MetadataTooLarge,
            "names and values of metadata together have at most 2 KiB"
        ));
    }
    Ok(own)
}

fn kept(headers: &HeaderMap, name: &str) -> S3Result<Option<String>> {
    let Some(value) = visible(headers, name)? else {
        return Ok(None);
    };
    // How the request was framed is no part of the object.
    let parts = value.split(',').map(str::trim);
    let framed = parts.clone().any(|part| part.eq_ignore_ascii_case("aws-chunked"));
    let value = match name {
        "content-encoding" if framed => parts
            .filter(|part| !part.eq_ignore_ascii_case("aws-chunked"))
            .collect::<Vec<_>>()
            .join(", "),
        _ => value.to_owned(),
    };
    Ok((!value.is_empty()).then_some(value))
}

fn visible<'h>(headers: &'h HeaderMap, name: &str) -> S3Result<Option<&'h str>> {
    let value = headers.get(name).map(HeaderValue::to_str).transpose();
    let value = value.map_err(|_| invalid(format!("{name}: use visible ASCII characters")));
    value.map(|value| value.map(str::trim))
}

/// The media type of a version.
pub(crate) fn content_type(version: &Version) -> String {
    let known = Some(&version.content_type).filter(|text| !text.is_empty());
    known.cloned().unwrap_or_else(|| UNKNOWN_TYPE.to_owned())
}

/// A header of the request that brought the version.
pub(crate) fn header(version: &Version, name: &str) -> Option<String> {
    version.notes.get(name).cloned()
}

/// A checksum that was kept with the version.
pub(crate) fn sum(version: &Version, sum: Sum) -> Option<String> {
    version.notes.get(sum.word()).cloned()
}

/// The client's own metadata, and with it the class that it declared.
pub(crate) fn metadata(version: &Version) -> Option<Metadata> {
    let class = version.class.as_ref().map(|class| (CLASS.to_owned(), class));
    let own = version.metadata.iter();
    let own = own.map(|(name, value)| (name.clone(), value)).chain(class);
    let own: Metadata = own.map(|(name, value)| (name, value.clone())).collect();
    (!own.is_empty()).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(pairs: &[(&'static str, &str)]) -> Result<Described, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        Described::of(&headers).map_err(|error| error.code().as_str().to_owned())
    }

    #[test]
    fn headers_and_metadata_are_kept_apart() {
        let said = described(&[
            ("content-type", "image/png"),
            ("cache-control", "max-age=60"),
            ("x-amz-meta-camera", "front"),
            ("x-amz-meta-bailee-subject", "customer 7"),
            ("x-amz-meta-bailee-class", "health"),
            ("x-amz-meta-bailee-reason", "intake"),
        ])
        .unwrap();
        assert_eq!(said.content_type, "image/png");
        assert_eq!(said.subject.as_deref(), Some("customer 7"));
        assert_eq!(said.class.as_deref(), Some("health"));
        let pair = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert_eq!(said.metadata, pair("camera", "front"));
        assert_eq!(said.notes, pair("cache-control", "max-age=60"));
    }

    #[test]
    fn framing_is_no_encoding_of_the_object() {
        let encoding = |value: &str| {
            described(&[("content-encoding", value)])
                .unwrap()
                .notes
                .into_values()
                .next()
        };
        assert_eq!(encoding("aws-chunked"), None);
        assert_eq!(encoding("aws-chunked,gzip").as_deref(), Some("gzip"));
        assert_eq!(encoding("gzip, aws-chunked").as_deref(), Some("gzip"));
    }

    #[test]
    fn metadata_has_a_limit() {
        assert!(described(&[("x-amz-meta-a", &"x".repeat(2_047))]).is_ok());
        assert_eq!(
            described(&[("x-amz-meta-a", &"x".repeat(2_048))]),
            Err("MetadataTooLarge".into())
        );
    }
}
