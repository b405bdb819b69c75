//! Criteria as OSCAL and people name them.
//!
//! Promises: one token per criterion, lower case, that OSCAL takes as an id; the order in which people count.

use assurance::Catalogue;
use std::collections::BTreeMap;

/// The sets of criteria, as the catalogue names them and as people do.
pub(crate) const SETS: [(&str, &str); 4] = [
    ("soc2", "SOC 2, trust services criteria 2017"),
    ("iso27001", "ISO/IEC 27001:2022, Annex A"),
    ("hipaa", "HIPAA, 45 CFR Part 164"),
    ("gdpr", "GDPR and ePrivacy"),
];

/// A criterion with the claims that answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) set: &'static str,
    /// As its publisher writes it.
    pub(crate) criterion: String,
    /// As OSCAL takes it.
    pub(crate) id: String,
    /// The claims, in the order of the catalogue.
    pub(crate) claims: Vec<String>,
}

/// Every criterion that some claim answers, by set and in the order in which people count.
pub(crate) fn controls(catalogue: &Catalogue) -> Vec<Control> {
    let mut found: BTreeMap<(usize, Vec<Part>), Control> = BTreeMap::new();
    for claim in catalogue.claims() {
        for (set, criterion) in claim.criteria() {
            let place = SETS
                .iter()
                .position(|(name, _)| *name == set)
                .unwrap_or(SETS.len());
            let entry = found.entry((place, order(criterion)));
            let control = entry.or_insert_with(|| Control {
                set,
                criterion: criterion.to_owned(),
                id: id(set, criterion),
                claims: Vec::new(),
            });
            control.claims.push(claim.id.clone());
        }
    }
    found.into_values().collect()
}

/// Every criterion of a set, those that no claim answers among them, in the order in which people count.
pub(crate) fn all_of(catalogue: &Catalogue, set: &'static str) -> Vec<Control> {
    let mut all = controls(catalogue);
    all.retain(|control| control.set == set);
    let criteria = catalogue.criteria();
    let listed: Vec<String> = match set {
        "soc2" => criteria.soc2.clone(),
        "iso27001" => criteria.iso27001.clone(),
        "hipaa" => criteria.hipaa.clone(),
        _ => criteria
            .gdpr_articles
            .iter()
            .map(u32::to_string)
            .chain(criteria.eprivacy.iter().cloned())
            .collect(),
    };
    for criterion in listed {
        // An article of whose paragraphs one is answered is not without an answer.
        let part = format!("{criterion}(");
        let is_answered =
            |control: &Control| control.criterion == criterion || control.criterion.starts_with(&part);
        if !all.iter().any(is_answered) {
            let (id, claims) = (id(set, &criterion), Vec::new());
            all.push(Control {
                set,
                criterion,
                id,
                claims,
            });
        }
    }
    all.sort_by_key(|control| order(&control.criterion));
    all
}

/// The token of a criterion: `cc6.1`, `a.5.15`, `hipaa-164.312-a-1`, `gdpr-28-3-h`.
pub(crate) fn id(set: &str, criterion: &str) -> String {
    let prefix = match set {
        "soc2" | "iso27001" => "",
        _ if criterion.starts_with("ePrivacy") => "",
        "hipaa" => "hipaa-",
        _ => "gdpr-",
    };
    let plain: String = criterion
        .to_lowercase()
        .chars()
        .filter(|letter| *letter != ')')
        .map(|letter| match letter {
            '(' | ' ' => '-',
            letter => letter,
        })
        .collect();
    format!("{prefix}{plain}")
}

/// A piece of a criterion's name: numbers count as numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Word(String),
    Number(u64),
}

pub(crate) fn order(criterion: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for letter in criterion.chars() {
        match (letter.to_digit(10), parts.last_mut()) {
            (Some(digit), Some(Part::Number(number))) => {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => parts.push(Part::Number(u64::from(digit))),
            (None, Some(Part::Word(word))) => word.push(letter),
            (None, _) => parts.push(Part::Word(letter.to_string())),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_oscal_takes() {
        for (set, criterion, token) in [
            ("soc2", "CC6.1", "cc6.1"),
            ("iso27001", "A.5.15", "a.5.15"),
            ("hipaa", "164.312(a)(2)(iv)", "hipaa-164.312-a-2-iv"),
            ("gdpr", "28(3)(h)", "gdpr-28-3-h"),
            ("gdpr", "ePrivacy 5(3)", "eprivacy-5-3"),
        ] {
            assert_eq!(id(set, criterion), token);
        }
    }

    #[test]
    fn every_criterion_has_a_token_of_its_own_and_its_place() {
        let all = controls(&Catalogue::load().unwrap());
        let ids: std::collections::BTreeSet<&String> = all.iter().map(|control| &control.id).collect();
        assert_eq!(ids.len(), all.len());
        let token = |id: &&String| {
            let mut letters = id.chars();
            letters.next().is_some_and(|first| first.is_ascii_lowercase())
                && letters.all(|letter| letter.is_ascii_alphanumeric() || ['.', '-'].contains(&letter))
        };
        assert_eq!(ids.iter().find(|id| !token(id)), None);
        let place = |criterion: &str| all.iter().position(|control| control.criterion == criterion);
        assert!(place("A.5.2") < place("A.5.15") && place("A.5.2").is_some());
    }
}
