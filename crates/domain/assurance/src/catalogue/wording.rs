//! How a sentence has to be worded so that somebody can be held to it.
//!
//! Promises: words that leave open what holds, when, or for whom are refused, and so are dates that somebody typed and a list that is
//! announced and does not come. Leaves out: whether a sentence is true, which its checks and what is on file say.

use governance::processor::has_name;

use super::{BadCatalogue, Claim};

/// Words after which nobody knows whether anything is promised; each could be a number or a condition.
const VAGUE: &[&str] = &[
    "as appropriate",
    "as needed",
    "best effort",
    "best efforts",
    "from time to time",
    "generally",
    "industry standard",
    "mainly",
    "may be processed",
    "may be shared",
    "may be stored",
    "mostly",
    "normally",
    "periodically",
    "reasonable",
    "regularly",
    "state of the art",
    "typically",
    "usually",
    "where possible",
    "whenever possible",
    "wherever possible",
];
/// Words that say of the whole what holds of parts, each of which has its own sentence.
const WHOLESALE: &[&str] = &["compliant", "complies with the law", "fully secure", "100 secure"];
/// Words by which safety is sold apart.
const SOLD: &[&str] = &[
    "add on",
    "at extra cost",
    "business plan",
    "enterprise plan",
    "enterprise tier",
    "paid plan",
    "premium",
    "upgrade",
];

/// Looks at the words of a claim.
pub(super) fn check(claim: &Claim) -> Result<(), BadCatalogue> {
    let text = claim.statement.fill(&Default::default());
    match unbinding(&text).or_else(|| unended(&text)) {
        None => Ok(()),
        Some((words, why)) => Err(BadCatalogue::Wording {
            claim: claim.id.clone(),
            words,
            why,
        }),
    }
}

/// Words of a text that nobody can be held to, and what is wrong with them.
pub(crate) fn unbinding(text: &str) -> Option<(String, &'static str)> {
    for (list, why) in [
        (
            VAGUE,
            "leaves open what holds: say the number, the day or the condition, in braces where a check finds it out",
        ),
        (
            WHOLESALE,
            "says everything at once: say what is done, each with its check",
        ),
        (
            SOLD,
            "sells safety apart: what protects people is there for everybody",
        ),
    ] {
        if let Some(words) = list.iter().find(|words| has_name(text, words)) {
            return Some(((*words).to_owned(), why));
        }
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let year = words.find(|word| is_year(word))?;
    Some((
        year.to_owned(),
        "is a date that somebody typed: it is wrong one day, so let a check find it out",
    ))
}

fn unended(text: &str) -> Option<(String, &'static str)> {
    if text.ends_with('.') {
        return None;
    }
    let end: String = text.chars().rev().take(20).collect();
    Some((
        end.chars().rev().collect(),
        "is no end of a sentence: say the rest, and end it with a full stop",
    ))
}

fn is_year(word: &str) -> bool {
    word.parse().is_ok_and(|year: u32| (1990..2100).contains(&year))
}
