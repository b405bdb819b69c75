//! Pages of listings: where one is, and the way on.

use kernel::{Cursor, PageRequest};

use super::Answer;
use super::visitor::{Asked, Visitor};
use crate::kit::{Pager, count};

/// The page that the address asks for.
pub(crate) fn request(visitor: &Visitor, asked: &Asked, limit: u32) -> Answer<PageRequest> {
    let after = asked
        .get("cursor")
        .map(|text| Cursor::from_text(text))
        .transpose();
    let bad = |_| {
        visitor.fail(custody::Error::Conflict(
            "this place in the list is not one; begin anew".to_owned(),
        ))
    };
    Ok(PageRequest {
        limit,
        after: after.map_err(bad)?,
    })
}

/// What stands below a list: how many are on the page, and the ways from it. What else stood in the address stays.
pub(crate) fn pager(path: &str, asked: &Asked, shown: (usize, &str, &str), next: Option<String>) -> Pager {
    let (number, one, many) = shown;
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    Pager {
        shown: count(number, one, many),
        first: asked.contains_key("cursor").then(|| address(path, asked, None)),
        next: next.map(|cursor| address(path, asked, Some(&cursor))),
    }
}

fn address(path: &str, asked: &Asked, cursor: Option<&str>) -> String {
    let kept = asked
        .iter()
        .filter(|(name, value)| *name != "cursor" && !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept);
    query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_keeps_what_was_chosen() {
        let asked: Asked = [("outcome", "refused"), ("action", ""), ("cursor", "old")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let pager = pager(
            "/console/trail",
            &asked,
            (2, "event", "events"),
            Some("a b".to_owned()),
        );
        assert_eq!(
            pager.next.as_deref(),
            Some("/console/trail?outcome=refused&cursor=a+b")
        );
        assert_eq!(pager.first.as_deref(), Some("/console/trail?outcome=refused"));
        assert_eq!(pager.shown, "2 events");
    }
}
