//! Conditions and ranges of a request in the words of custody, whose entity tags are version ids.

use custody::item::{self, Condition, Range};
use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};
use kernel::VersionId;
use web::Problem;
use web::conditions::{Conditions, EntityTag, Tags};
use web::range::ByteRange;

/// `If-Match` and `If-None-Match`.
///
/// # Errors
/// 400 for a condition that cannot be read.
pub(crate) fn condition(headers: &HeaderMap) -> Result<Condition, Problem> {
    let Conditions {
        if_match,
        if_none_match,
        ..
    } = Conditions::of(headers)?;
    Ok(Condition {
        // Strong comparison: a weak tag matches nothing (RFC 9110, section 8.8.3.2).
        if_match: if_match.map(|tags| versions(tags, |tag| !tag.is_weak())),
        if_none_match: if_none_match.map(|tags| versions(tags, |_| true)),
    })
}

/// The one byte range that is asked for; anything else does not count.
pub(crate) fn range(headers: &HeaderMap) -> Option<Range> {
    let range = ByteRange::parse(headers.get(RANGE)?.as_bytes())?;
    Some(match range {
        ByteRange::FromTo(first, last) => Range::From(first, Some(last)),
        ByteRange::From(first) => Range::From(first, None),
        ByteRange::Last(count) => Range::Last(count),
    })
}

/// The version for which alone the range counts (RFC 9110, section 13.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RangeFor {
    /// No `If-Range`: for any.
    Any,
    /// For this one.
    Version(VersionId),
    /// For none that we ever had.
    None,
}

/// Reads `If-Range`.
pub(super) fn range_for(headers: &HeaderMap) -> RangeFor {
    let Some(value) = headers.get(IF_RANGE) else {
        return RangeFor::Any;
    };
    match Tags::parse(value.as_bytes()) {
        Ok(Tags::Listed(tags)) if tags.len() == 1 => {
            let strong = tags.first().filter(|tag| !tag.is_weak());
            strong
                .and_then(|tag| tag.opaque().parse().ok())
                .map_or(RangeFor::None, RangeFor::Version)
        }
        _ => RangeFor::None,
    }
}

/// The condition narrowed to one version, or nothing when it cannot hold for that one.
pub(super) fn narrowed(condition: &Condition, version: VersionId) -> Option<Condition> {
    let admits = match &condition.if_match {
        None | Some(item::Tags::Any) => true,
        Some(item::Tags::These(versions)) => versions.contains(&version),
    };
    admits.then(|| Condition {
        if_match: Some(item::Tags::These(vec![version])),
        ..condition.clone()
    })
}

fn versions(tags: Tags, counts: impl Fn(&EntityTag) -> bool) -> item::Tags {
    match tags {
        Tags::Any => item::Tags::Any,
        Tags::Listed(tags) => {
            let counting = tags.iter().filter(|tag| counts(tag));
            item::Tags::These(counting.filter_map(|tag| tag.opaque().parse().ok()).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e";

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn tags_that_are_no_version_of_ours_match_nothing() {
        let version: VersionId = VERSION.parse().unwrap();
        let read = |value: &str| condition(&headers("if-match", value)).unwrap().if_match;
        assert_eq!(read("*"), Some(item::Tags::Any));
        assert_eq!(
            read(&format!("\"other\", \"{VERSION}\"")),
            Some(item::Tags::These(vec![version]))
        );
        assert_eq!(
            read(&format!("W/\"{VERSION}\"")),
            Some(item::Tags::These(Vec::new()))
        );
        assert!(condition(&headers("if-match", VERSION)).is_err());
    }

    #[test]
    fn a_weak_tag_will_do_for_what_the_client_has() {
        let read = condition(&headers("if-none-match", &format!("W/\"{VERSION}\"")))
            .unwrap()
            .if_none_match;
        assert_eq!(read, Some(item::Tags::These(vec![VERSION.parse().unwrap()])));
    }

    #[test]
    fn if_range_takes_one_strong_tag() {
        let version = VERSION.parse().unwrap();
        assert_eq!(range_for(&HeaderMap::new()), RangeFor::Any);
        assert_eq!(
            range_for(&headers("if-range", &format!("\"{VERSION}\""))),
            RangeFor::Version(version)
        );
        for other in [
            format!("W/\"{VERSION}\""),
            "*".into(),
            "Tue, 15 Nov 1994 12:45:26 GMT".into(),
            "\"x\"".into(),
        ] {
            assert_eq!(range_for(&headers("if-range", &other)), RangeFor::None, "{other}");
        }
    }
}
