//! Entity tags and the conditions of a request (RFC 9110, sections 8.8.3 and 13).
//!
//! Leaves out: conditions by date. `If-Modified-Since` and its kin are weaker than tags and are ignored.

use http::HeaderMap;
use http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE};

use crate::Problem;
use crate::problem::Kind;

/// Lists of tags longer than this are refused: no client needs them.
const MAX_TAGS: usize = 64;

/// One entity tag. Ours are always strong; clients may send weak ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    weak: bool,
    opaque: String,
}

impl EntityTag {
    /// A strong tag. Characters that a tag cannot hold are left out.
    pub fn strong(opaque: &str) -> Self {
        Self {
            weak: false,
            opaque: opaque.chars().filter(|letter| is_tag_char(*letter)).collect(),
        }
    }

    /// The text between the quotes.
    pub fn opaque(&self) -> &str {
        &self.opaque
    }

    /// Whether it is weak.
    pub fn is_weak(&self) -> bool {
        self.weak
    }

    /// Reads one tag and gives what follows it.
    fn take(text: &str) -> Option<(Self, &str)> {
        let (weak, text) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let (opaque, rest) = text.strip_prefix('"')?.split_once('"')?;
        let fits = opaque.chars().all(is_tag_char);
        fits.then(|| {
            (
                Self {
                    weak,
                    opaque: opaque.to_owned(),
                },
                rest,
            )
        })
    }
}

impl std::fmt::Display for EntityTag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque)
    }
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// `*`: any state at all.
    Any,
    /// One of these.
    Listed(Vec<EntityTag>),
}

impl Tags {
    /// Reads the header's value.
    ///
    /// # Errors
    /// [`BadTags`]: a condition that cannot be read must not be taken for one that holds.
    pub fn parse(value: &[u8]) -> Result<Self, BadTags> {
        let text = std::str::from_utf8(value).map_err(|_| BadTags)?;
        let mut rest = text.trim_matches(BLANKS);
        if rest == "*" {
            return Ok(Self::Any);
        }
        let mut tags = Vec::new();
        while !rest.is_empty() {
            // Empty elements of a list are allowed to be there and mean nothing (section 5.6.1.2).
            if let Some(after) = rest.strip_prefix(',') {
                rest = after.trim_start_matches(BLANKS);
                continue;
            }
            let (tag, after) = EntityTag::take(rest).ok_or(BadTags)?;
            tags.push(tag);
            rest = after.trim_start_matches(BLANKS);
            let ends = rest.is_empty() || rest.starts_with(',');
            if !ends || tags.len() > MAX_TAGS {
                return Err(BadTags);
            }
        }
        if tags.is_empty() {
            Err(BadTags)
        } else {
            Ok(Self::Listed(tags))
        }
    }

    /// Whether a state is named, both tags being strong (section 8.8.3.2), as `If-Match` wants it.
    pub fn match_strongly(&self, current: &EntityTag) -> bool {
        self.any(|tag| !tag.weak && !current.weak && tag.opaque == current.opaque)
    }

    /// Whether a state is named, weak or strong, as `If-None-Match` wants it.
    pub fn match_weakly(&self, current: &EntityTag) -> bool {
        self.any(|tag| tag.opaque == current.opaque)
    }

    fn any(&self, test: impl Fn(&EntityTag) -> bool) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(test),
        }
    }
}

/// Not a list of entity tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of entity tags: pass on the ETag as it came, with its quotes, or *")]
pub struct BadTags;

/// The conditions of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`.
    pub if_match: Option<Tags>,
    /// `If-None-Match`.
    pub if_none_match: Option<Tags>,
    if_range: Option<Option<EntityTag>>,
}

/// What the conditions say about reading a thing in its present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Proceed,
    /// The client has this state already: answer 304 without content.
    NotModified,
    /// Answer 412.
    Failed,
}

impl Conditions {
    /// Reads the headers of a request.
    ///
    /// # Errors
    /// 400 naming the header. `If-Range` that cannot be read only means that the whole is sent.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let tags = |name| {
            let Some(value) = joined(headers, &name) else {
                return Ok(None);
            };
            let read = Tags::parse(&value).map(Some);
            read.map_err(|bad| Problem::invalid(name.as_str(), bad.to_string()))
        };
        let if_range = headers
            .get(IF_RANGE)
            .map(|value| match Tags::parse(value.as_bytes()) {
                Ok(Tags::Listed(mut tags)) if tags.len() == 1 => tags.pop(),
                _ => None,
            });
        Ok(Self {
            if_match: tags(IF_MATCH)?,
            if_none_match: tags(IF_NONE_MATCH)?,
            if_range,
        })
    }

    /// For GET and HEAD of a thing in this state, in the order of section 13.2.2.
    pub fn judge_read(&self, current: &EntityTag) -> Verdict {
        match (&self.if_match, &self.if_none_match) {
            (Some(wanted), _) if !wanted.match_strongly(current) => Verdict::Failed,
            (_, Some(known)) if known.match_weakly(current) => Verdict::NotModified,
            _ => Verdict::Proceed,
        }
    }

    /// Whether a `Range` header still counts: without `If-Range`, or when it names this very state.
    pub fn range_counts(&self, current: &EntityTag) -> bool {
        match &self.if_range {
            None => true,
            Some(tag) => tag
                .as_ref()
                .is_some_and(|tag| !tag.weak && !current.weak && tag == current),
        }
    }
}

/// The 412 answer.
pub fn condition_failed() -> Problem {
    Problem::new(
        Kind::ConditionFailed,
        "the thing is in another state by now; fetch it again and decide anew",
    )
}

const BLANKS: [char; 2] = [' ', '\t'];

/// etagc of section 8.8.3, without the bytes above ASCII that nobody sends.
fn is_tag_char(letter: char) -> bool {
    matches!(letter, '!' | '#'..='~')
}

/// All lines of one header as one list (section 5.3).
fn joined(headers: &HeaderMap, name: &http::HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers
        .get_all(name)
        .iter()
        .map(http::HeaderValue::as_bytes)
        .collect();
    if lines.is_empty() {
        None
    } else {
        Some(lines.join(&b", "[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn judge(pairs: &[(&'static str, &'static str)]) -> Verdict {
        Conditions::of(&headers(pairs))
            .unwrap()
            .judge_read(&EntityTag::strong("two"))
    }

    #[test]
    fn conditions_decide_in_the_order_of_the_standard() {
        assert_eq!(judge(&[]), Verdict::Proceed);
        assert_eq!(judge(&[("if-match", "\"one\", \"two\"")]), Verdict::Proceed);
        assert_eq!(judge(&[("if-match", "\"one\"")]), Verdict::Failed);
        assert_eq!(judge(&[("if-match", "W/\"two\"")]), Verdict::Failed);
        assert_eq!(judge(&[("if-none-match", "W/\"two\"")]), Verdict::NotModified);
        assert_eq!(judge(&[("if-none-match", "*")]), Verdict::NotModified);
        assert_eq!(
            judge(&[("if-match", "\"one\""), ("if-none-match", "\"two\"")]),
            Verdict::Failed
        );
    }

    #[test]
    fn several_lines_are_one_list() {
        let mut lines = HeaderMap::new();
        lines.append(IF_MATCH, "\"one\"".parse().unwrap());
        lines.append(IF_MATCH, "\"two\"".parse().unwrap());
        let conditions = Conditions::of(&lines).unwrap();
        assert_eq!(conditions.judge_read(&EntityTag::strong("two")), Verdict::Proceed);
    }

    #[test]
    fn a_condition_that_cannot_be_read_is_refused() {
        for bad in [
            "",
            "two",
            "\"two",
            "\"two\" \"three\"",
            "\"a b\"",
            ",",
            "*, \"two\"",
        ] {
            assert_eq!(Tags::parse(bad.as_bytes()), Err(BadTags), "{bad}");
        }
        let problem = Conditions::of(&headers(&[("if-match", "two")])).unwrap_err();
        assert_eq!(problem.document(None).field.as_deref(), Some("if-match"));
    }

    #[test]
    fn a_range_counts_only_for_the_state_that_if_range_names() {
        let counts = |value| {
            let conditions = Conditions::of(&headers(&[("if-range", value)])).unwrap();
            conditions.range_counts(&EntityTag::strong("two"))
        };
        assert!(counts("\"two\""));
        for other in ["\"one\"", "W/\"two\"", "Tue, 15 Nov 1994 12:45:26 GMT", "*"] {
            assert!(!counts(other), "{other}");
        }
        assert!(Conditions::default().range_counts(&EntityTag::strong("two")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Tags::parse(&value);
        }

        #[test]
        fn a_tag_comes_back(opaque in "[!#-~]{0,40}", weak in any::<bool>()) {
            let tag = EntityTag { weak, opaque };
            prop_assert_eq!(Tags::parse(tag.to_string().as_bytes()), Ok(Tags::Listed(vec![tag])));
        }
    }
}
