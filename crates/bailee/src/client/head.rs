//! What the headers of an answer say about an item's content.

use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use kernel::VersionId;

use super::disposition::offered_name;

/// An item's content, as an answer declares it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: VersionId,
    /// The first byte in this answer.
    pub(super) start: u64,
    /// Bytes of the whole content.
    pub(super) total: u64,
    /// Nothing when the server says that it does not know it: the bytes lie in a bucket of the tenant's own.
    pub(super) digest: Option<[u8; 32]>,
    pub(super) name: Option<String>,
}

impl Head {
    /// Reads the headers of a 200 or a 206.
    pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Result<Self, String> {
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let version = text(&ETAG).and_then(|tag| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        let digest = headers
            .get("repr-digest")
            .and_then(|value| web::digest::parse(value.as_bytes()).ok().flatten());
        let (start, total) = if status == StatusCode::PARTIAL_CONTENT {
            text(&CONTENT_RANGE)
                .and_then(read_content_range)
                .ok_or("its Content-Range cannot be read")?
        } else {
            let length = text(&CONTENT_LENGTH).and_then(|length| length.parse().ok());
            (0, length.ok_or("it does not say how long it is")?)
        };
        Ok(Self {
            version: version.ok_or("its ETag is no version")?,
            start,
            total,
            digest: match (digest, headers.get("bailee-digest").map(HeaderValue::as_bytes)) {
                (None, Some(b"unknown")) => None,
                (None, _) => return Err("it has no SHA-256 in Repr-Digest to compare with".into()),
                known => known.0,
            },
            name: headers.get(CONTENT_DISPOSITION).and_then(offered_name),
        })
    }
}

/// `bytes first-last/total`, as the first byte and the total; the range must go to the end.
fn read_content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last.checked_add(1)? == total).then_some((first, total))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_to_the_end_is_read() {
        assert_eq!(read_content_range("bytes 5-9/10"), Some((5, 10)));
        for bad in [
            "bytes 5-8/10",
            "bytes */10",
            "bytes 9-5/6",
            "5-9/10",
            "bytes 0-18446744073709551615/0",
            "bytes 5-9/*",
        ] {
            assert_eq!(read_content_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn content_without_a_digest_or_a_version_is_not_taken() {
        let whole = [
            ("etag", "\"0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e\""),
            ("content-length", "3"),
            ("repr-digest", DIGEST),
        ];
        let headers = |without: &str| {
            let kept = whole.iter().filter(|(name, _)| *name != without);
            kept.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        let head = Head::of(StatusCode::OK, &headers("")).unwrap();
        assert_eq!((head.start, head.total, head.name), (0, 3, None));
        for (name, _) in whole {
            assert!(
                Head::of(StatusCode::OK, &headers(name)).is_err(),
                "without {name}"
            );
        }
        assert!(Head::of(StatusCode::PARTIAL_CONTENT, &headers("")).is_err());
        let mut unknown = headers("repr-digest");
        unknown.insert("bailee-digest", "unknown".parse().unwrap());
        assert_eq!(Head::of(StatusCode::OK, &unknown).unwrap().digest, None);
    }

    const DIGEST: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";

    proptest! {
        #[test]
        fn any_content_range_is_read_or_refused(text in "bytes [0-9*-]{0,25}/[0-9*]{0,25}|\\PC{0,30}") {
            if let Some((start, total)) = read_content_range(&text) {
                prop_assert!(start < total);
            }
        }
    }
}
