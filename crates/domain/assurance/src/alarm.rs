//! Letters about sentences that got worse.
//!
//! Promises: whoever is named hears of every change for the worse, in one letter for each round, written with the entry of the trail and
//! the versions or not at all. Leaves out: sending it.

use outbox::{Address, BadLetter, Kind, Letter};

use crate::changes::Change;

const KIND: Kind = Kind::new("assurance.alarm");
/// More would be no letter that anybody reads; the page has them all.
const MOST: usize = 40;
const LONGEST_REASON: usize = 500;

/// Who hears of what got worse.
#[derive(Debug, Clone, Default)]
pub struct Alarms {
    /// Their addresses.
    pub to: Vec<Address>,
    /// Where the public page is, for the letter.
    pub page: String,
}

impl Alarms {
    /// The letters about these changes; none when nothing got worse or nobody is named.
    pub(crate) fn letters(&self, changes: &[Change]) -> Result<Vec<Letter>, BadLetter> {
        let worse: Vec<&Change> = changes.iter().filter(|change| change.is_worse()).collect();
        if worse.is_empty() {
            return Ok(Vec::new());
        }
        let (subject, text) = (subject(worse.len()), self.text(&worse));
        let letter = |to: &Address| Letter::new(KIND, to.clone(), &subject, &text);
        self.to.iter().map(letter).collect()
    }

    fn text(&self, worse: &[&Change]) -> String {
        let mut text = String::from("These sentences of this installation stand worse than before:\n");
        for change in worse.iter().take(MOST) {
            let was = change.was.map_or("", |was| was.as_str());
            let (statement, is) = (plain(&change.statement), change.is.as_str());
            text.push_str(&format!(
                "\n{statement}\n  was {was}, is {is} ({})\n",
                change.claim
            ));
            if let Some(reason) = &change.reason {
                let short: String = reason.chars().take(LONGEST_REASON).collect();
                text.push_str(&format!("  {}\n", plain(&short)));
            }
        }
        if worse.len() > MOST {
            text.push_str(&format!("\nand {} more\n", worse.len() - MOST));
        }
        text.push_str(&format!("\n{}\n", self.page));
        text
    }
}

fn subject(count: usize) -> String {
    match count {
        1 => "A sentence of the public page got worse".to_owned(),
        count => format!("{count} sentences of the public page got worse"),
    }
}

/// On one line.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn change(was: Option<State>, is: State) -> Change {
        Change {
            claim: "second-factor".into(),
            was,
            is,
            statement: "Everybody\nhas a second factor.".into(),
            reason: Some("the check\0 failed".repeat(200)),
            echo: false,
        }
    }

    #[test]
    fn only_what_got_worse_is_worth_a_letter() {
        let alarms = Alarms {
            to: vec!["a@example.org".parse().unwrap(), "b@example.org".parse().unwrap()],
            page: "https://bailee.example.org/".into(),
        };
        let better = [
            change(None, State::BrokenPromise),
            change(Some(State::Late), State::Holds),
        ];
        assert!(alarms.letters(&better).unwrap().is_empty());
        let worse = vec![change(Some(State::Holds), State::BrokenPromise); 200];
        assert_eq!(alarms.letters(&worse).unwrap().len(), 2);
        let echoes = worse
            .iter()
            .cloned()
            .map(|change| Change { echo: true, ..change });
        assert!(alarms.letters(&echoes.collect::<Vec<_>>()).unwrap().is_empty());
        assert!(Alarms::default().letters(&worse).unwrap().is_empty());
    }
}
