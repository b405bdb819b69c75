//! Conditions of a request in the words of custody, whose entity tags are version ids.
//!
//! Dates are weaker than tags (RFC 9110, section 13.2.2): where a tag is given, the date of the same kind is not looked at.

use custody::item::{Condition, Tags, Version};
use kernel::{Timestamp, VersionId};
use s3s::dto::{self, ETag, ETagCondition};

use super::{etag, second};

/// `If-Match` and `If-None-Match`, where this is the version that they are about.
pub(crate) fn by_tag(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
    current: Option<&Version>,
) -> Condition {
    Condition {
        // Strong comparison: a weak tag matches nothing (RFC 9110, section 8.8.3.2).
        if_match: if_match.map(|condition| tags(condition, current, |tag| matches!(tag, ETag::Strong(_)))),
        if_none_match: if_none_match.map(|condition| tags(condition, current, |_| true)),
    }
}

/// Whether a tag must be looked up: those that are version ids say by themselves which they mean.
pub(crate) fn needs_look(condition: &ETagCondition) -> bool {
    matches!(condition, ETagCondition::ETag(tag) if tag.value().parse::<VersionId>().is_err())
}

fn tags(condition: &ETagCondition, current: Option<&Version>, counts: impl Fn(&ETag) -> bool) -> Tags {
    match condition {
        ETagCondition::Any => Tags::Any,
        ETagCondition::ETag(tag) => {
            let named = current.filter(|version| etag(version).value() == tag.value());
            let named = named
                .map(|version| version.id)
                .or_else(|| tag.value().parse().ok());
            Tags::These(named.filter(|_| counts(tag)).into_iter().collect())
        }
    }
}

/// What the tags say of this version, for a look that custody does not hold to them.
pub(crate) fn judge(condition: &Condition, version: VersionId) -> Verdict {
    let names = |tags: &Tags| match tags {
        Tags::Any => true,
        Tags::These(tags) => tags.contains(&version),
    };
    if condition.if_match.as_ref().is_some_and(|tags| !names(tags)) {
        Verdict::Failed
    } else if condition.if_none_match.as_ref().is_some_and(names) {
        Verdict::NotModified
    } else {
        Verdict::Proceed
    }
}

/// What a version's date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go on.
    Proceed,
    /// It has not changed since.
    NotModified,
    /// It has changed since.
    Failed,
}

impl Verdict {
    /// This one, unless it lets the other decide.
    pub(crate) fn and(self, other: Self) -> Self {
        match self {
            Self::Proceed => other,
            decided => decided,
        }
    }
}

/// `If-Modified-Since` and `If-Unmodified-Since`, as far as they count beside the tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dates {
    modified_since: Option<dto::Timestamp>,
    unmodified_since: Option<dto::Timestamp>,
}

impl Dates {
    /// The dates that count.
    pub(crate) fn beside(
        tags: &Condition,
        modified_since: Option<dto::Timestamp>,
        unmodified_since: Option<dto::Timestamp>,
    ) -> Self {
        Self {
            modified_since: modified_since.filter(|_| tags.if_none_match.is_none()),
            unmodified_since: unmodified_since.filter(|_| tags.if_match.is_none()),
        }
    }

    /// Judges a version that came in at this moment.
    pub(crate) fn judge(&self, made_at: Timestamp) -> Verdict {
        let made_at = second(made_at);
        if self
            .unmodified_since
            .as_ref()
            .is_some_and(|since| made_at > *since)
        {
            Verdict::Failed
        } else if self
            .modified_since
            .as_ref()
            .is_some_and(|since| made_at <= *since)
        {
            Verdict::NotModified
        } else {
            Verdict::Proceed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_micros(1_767_603_600_999_999);

    fn date(seconds: i64) -> Option<dto::Timestamp> {
        Some(second(Timestamp::from_micros(seconds * 1_000_000)))
    }

    #[test]
    fn dates_have_whole_seconds() {
        let at = AT.as_seconds();
        let judge =
            |modified, unmodified| Dates::beside(&Condition::default(), modified, unmodified).judge(AT);
        assert_eq!(judge(date(at), None), Verdict::NotModified);
        assert_eq!(judge(date(at - 1), None), Verdict::Proceed);
        assert_eq!(judge(None, date(at)), Verdict::Proceed);
        assert_eq!(judge(None, date(at - 1)), Verdict::Failed);
        assert_eq!(judge(None, None), Verdict::Proceed);
    }

    #[test]
    fn a_tag_outweighs_the_date_of_its_kind() {
        let known = by_tag(None, Some(&ETagCondition::Any), None);
        assert_eq!(
            Dates::beside(&known, date(AT.as_seconds()), None).judge(AT),
            Verdict::Proceed
        );
        let wanted = by_tag(Some(&ETagCondition::Any), None, None);
        assert_eq!(Dates::beside(&wanted, None, date(0)).judge(AT), Verdict::Proceed);
    }

    #[test]
    fn a_tag_means_the_version_that_has_it() {
        let (id, md5) = (
            "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e",
            "8b0be7847da5564ae08e97af63b60885",
        );
        let mut version: Version = serde_json::from_value(serde_json::json!({
            "id": id, "number": 1, "size": 0, "sha256": "", "content_type": "", "made_at": AT,
        }))
        .unwrap();
        let strong = |text: &str| ETagCondition::ETag(ETag::Strong(text.into()));
        let weak = ETagCondition::ETag(ETag::Weak(id.into()));
        let (this, none) = (Some(Tags::These(vec![version.id])), Some(Tags::These(Vec::new())));
        assert_eq!(by_tag(Some(&strong(id)), None, Some(&version)).if_match, this);
        assert_eq!(by_tag(Some(&weak), None, Some(&version)).if_match, none);
        assert_eq!(by_tag(None, Some(&weak), Some(&version)).if_none_match, this);
        assert_eq!(by_tag(Some(&strong(md5)), None, Some(&version)).if_match, none);
        version.notes.insert("etag".into(), md5.into());
        assert_eq!(by_tag(Some(&strong(md5)), None, Some(&version)).if_match, this);
        assert_eq!(by_tag(Some(&strong(md5)), None, None).if_match, none);
    }
}
