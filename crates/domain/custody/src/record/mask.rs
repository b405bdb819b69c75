//! Masks of fields: which part of a value stays visible to whoever may not read it whole.
//!
//! Promises: what is shown has at most half of the characters that a rule looks at; what a rule cannot be held against is masked whole, and
//! so is what is masked by a rule that nobody can read. Leaves out: tokens that keep a value's form, and lengths, which no mask tells.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::FieldType;

/// What stands in place of what is covered.
const COVERED: &str = "***";
/// So many characters stay of a number.
const LAST: usize = 4;
/// So many first letters stay of a text.
const MOST_INITIALS: usize = 4;

/// Which part of a field stays visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mask {
    /// None of it.
    All,
    /// The last four digits of a telephone number, or characters of a text, where there are twice as many.
    LastFour,
    /// The first letters of the first four words of a text.
    Initials,
    /// What stands behind the `@` of an e-mail address.
    EmailDomain,
    /// The year of a day.
    Year,
}

impl Mask {
    /// Those that a field of this type may have.
    pub(super) const fn of_type(field_type: FieldType) -> &'static [Self] {
        match field_type {
            FieldType::Text => &[Self::All, Self::LastFour, Self::Initials],
            FieldType::Email => &[Self::All, Self::EmailDomain],
            FieldType::Phone => &[Self::All, Self::LastFour],
            FieldType::Date => &[Self::All, Self::Year],
            FieldType::Number | FieldType::Boolean | FieldType::TextList => &[Self::All],
        }
    }

    /// The word in declarations.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::LastFour => "last-four",
            Self::Initials => "initials",
            Self::EmailDomain => "email-domain",
            Self::Year => "year",
        }
    }

    /// The value as it is shown: always a text.
    pub(super) fn shown(self, field_type: FieldType, value: &Json) -> Json {
        let text = value
            .as_str()
            .filter(|_| Self::of_type(field_type).contains(&self));
        let part = text.and_then(|text| match self {
            Self::All => None,
            Self::LastFour => last_four(field_type, text),
            Self::Initials => initials(text),
            Self::EmailDomain => domain(text),
            Self::Year => year(text),
        });
        Json::String(part.unwrap_or_else(|| COVERED.to_owned()))
    }
}

/// The mask in sealed settings. One that this program cannot read covers everything.
pub(super) fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mask>, D::Error> {
    let said = Json::deserialize(deserializer)?;
    Ok(serde_json::from_value(said).unwrap_or(Some(Mask::All)))
}

fn last_four(field_type: FieldType, text: &str) -> Option<String> {
    let counts = |letter: &char| match field_type {
        FieldType::Phone => letter.is_ascii_digit(),
        _ => !letter.is_whitespace(),
    };
    let counted: Vec<char> = text.chars().filter(counts).collect();
    let hidden = counted.len().checked_sub(LAST).filter(|hidden| *hidden >= LAST)?;
    Some(COVERED.chars().chain(counted.into_iter().skip(hidden)).collect())
}

fn initials(text: &str) -> Option<String> {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
    let firsts = text
        .split_whitespace()
        .filter_map(|word| word.chars().find(|letter| letter.is_alphanumeric()));
    let firsts: Vec<String> = firsts
        .take(MOST_INITIALS)
        .map(|first| format!("{first}."))
        .collect();
    (!firsts.is_empty() && letters >= 2 * firsts.len()).then(|| firsts.join(" "))
}

fn domain(text: &str) -> Option<String> {
    let (_, domain) = text.trim().rsplit_once('@')?;
    Some(format!("{COVERED}@{domain}"))
}

fn year(text: &str) -> Option<String> {
    let (year, _) = text.split_once('-')?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year.then(|| format!("{year}-**-**"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_rule_leaves_its_part_and_no_more() {
        for (mask, field_type, value, shown) in [
            (Mask::All, FieldType::Text, json!("Ann Smith"), "***"),
            (Mask::All, FieldType::Number, json!(4711), "***"),
            (Mask::All, FieldType::Boolean, json!(true), "***"),
            (Mask::All, FieldType::TextList, json!(["gold"]), "***"),
            (
                Mask::LastFour,
                FieldType::Phone,
                json!("+372 5123-4567"),
                "***4567",
            ),
            (Mask::LastFour, FieldType::Phone, json!("512 34 56"), "***"),
            (
                Mask::LastFour,
                FieldType::Text,
                json!("EE38 2200 2210"),
                "***2210",
            ),
            (Mask::LastFour, FieldType::Text, json!("1234"), "***"),
            (
                Mask::Initials,
                FieldType::Text,
                json!("Ann Mary Smith"),
                "A. M. S.",
            ),
            (Mask::Initials, FieldType::Text, json!("Õ Ö"), "***"),
            (
                Mask::Initials,
                FieldType::Text,
                json!("one two three four five"),
                "o. t. t. f.",
            ),
            (
                Mask::EmailDomain,
                FieldType::Email,
                json!("ann@example.org"),
                "***@example.org",
            ),
            (Mask::Year, FieldType::Date, json!("1984-02-29"), "1984-**-**"),
        ] {
            assert_eq!(
                mask.shown(field_type, &value),
                json!(shown),
                "{mask:?} of {value}"
            );
        }
        // What the rule does not fit is covered whole: a kind was declared anew, and the value is from before.
        for (mask, field_type, value) in [
            (Mask::LastFour, FieldType::Number, json!(37_251_234_567_u64)),
            (Mask::LastFour, FieldType::Phone, json!(["37251234567"])),
            (Mask::EmailDomain, FieldType::Text, json!("ann@example.org")),
            (Mask::EmailDomain, FieldType::Email, json!("nobody")),
            (Mask::Year, FieldType::Date, json!("somewhen-in-may")),
        ] {
            assert_eq!(
                mask.shown(field_type, &value),
                json!("***"),
                "{mask:?} of {value}"
            );
        }
    }

    proptest! {
        #[test]
        fn half_of_any_text_stays_covered(text in ".{0,40}") {
            let letters = text.chars().filter(|letter| !letter.is_whitespace()).count();
            for mask in [Mask::LastFour, Mask::Initials] {
                let shown = mask.shown(FieldType::Text, &json!(text));
                let shown = shown.as_str().unwrap_or_default().replace("***", "").replace(". ", "");
                let shown = shown.strip_suffix('.').unwrap_or(&shown).chars().count();
                prop_assert!(2 * shown <= letters, "{shown} of {letters}");
            }
        }
    }
}
