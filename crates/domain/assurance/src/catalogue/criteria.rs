//! Which criteria there are, by id.

use serde::Deserialize;

/// The ids that claims may name. Their texts belong to those who publish them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// Trust services criteria of 2017.
    pub soc2: Vec<String>,
    /// Annex A of ISO/IEC 27001:2022.
    pub iso27001: Vec<String>,
    /// Sections of 45 CFR Part 164.
    pub hipaa: Vec<String>,
    /// Articles of the GDPR.
    pub gdpr_articles: Vec<u32>,
    /// Articles of Directive 2002/58/EC.
    pub eprivacy: Vec<String>,
}

impl Criteria {
    /// Whether the framework has this criterion.
    pub fn has(&self, framework: &str, id: &str) -> bool {
        let among = |ids: &[String]| ids.iter().any(|known| known == id);
        match framework {
            "soc2" => among(&self.soc2),
            "iso27001" => among(&self.iso27001),
            "hipaa" => among(&self.hipaa),
            "gdpr" => among(&self.eprivacy) || article(id).is_some_and(|n| self.gdpr_articles.contains(&n)),
            _ => false,
        }
    }
}

/// The article of `28`, `28(3)` or `28(3)(h)`.
fn article(id: &str) -> Option<u32> {
    let (number, rest) = id.split_at(id.find('(').unwrap_or(id.len()));
    let number = number.parse().ok()?;
    let mut depth = 0;
    let mut rest = rest;
    while let Some(inner) = rest.strip_prefix('(') {
        let (name, after) = inner.split_once(')')?;
        let fits = match depth {
            0 => name.parse::<u32>().is_ok_and(|paragraph| paragraph > 0),
            1 => name.len() == 1 && name.chars().all(|c| c.is_ascii_lowercase()),
            _ => false,
        };
        if !fits {
            return None;
        }
        depth += 1;
        rest = after;
    }
    rest.is_empty().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_have_paragraphs_and_letters() {
        for (id, number) in [("28", 28), ("12(3)", 12), ("28(3)(h)", 28)] {
            assert_eq!(article(id), Some(number));
        }
        for id in [
            "",
            "(3)",
            "28(",
            "28()",
            "28(h)",
            "28(3)(h)(i)",
            "28(0)",
            "28(3)x",
            "37-39",
            "x",
        ] {
            assert_eq!(article(id), None, "{id}");
        }
    }
}
