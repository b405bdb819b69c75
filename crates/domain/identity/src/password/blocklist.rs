//! Passwords that everybody tries first.
//!
//! Promises: the whole password is compared, and what is left of it without the digits and signs at its ends, with the
//! passwords of a checked-in list (`data/README.md`) and with words of the context; runs and repetitions are found by
//! what they are. Leaves out: spelling letters as digits, and asking anybody else about breaches.

/// The common passwords of eight and more characters, lowercase, sorted, one a line.
const COMMON: &str = include_str!("../../data/common-passwords.txt");
/// Words of the context shorter than this are in too many good passwords.
const SHORTEST_WORD: usize = 3;
const SERVICE: &str = "bailee";

/// Why nobody should have this password, if so.
pub(super) fn cause(password: &str, context: &[String]) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    let parts = [lower.as_str(), core, unit(&lower), unit(core)];
    if parts.iter().any(|part| is_common(part)) {
        return Some("it is among the passwords that are tried first");
    }
    let is_context = |word: &str| context.iter().any(|other| is_word(other, word)) || is_word(SERVICE, word);
    if parts.iter().any(|part| is_context(part)) {
        return Some("it is made of the name, the e-mail address, the team or this service");
    }
    (is_run(&lower) || unit(&lower).chars().count() < 5)
        .then_some("it is a run or a repetition, which is tried first")
}

fn is_word(context: &str, word: &str) -> bool {
    context.chars().count() >= SHORTEST_WORD && context.to_lowercase() == word
}

fn is_common(word: &str) -> bool {
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let (start, end) = line_at(low + (high - low) / 2);
        match COMMON
            .as_bytes()
            .get(start..end)
            .map(|line| line.cmp(word.as_bytes()))
        {
            Some(std::cmp::Ordering::Equal) => return true,
            Some(std::cmp::Ordering::Less) => low = end + 1,
            _ => high = start,
        }
    }
    false
}

/// The line that this byte lies in.
fn line_at(place: usize) -> (usize, usize) {
    let bytes = COMMON.as_bytes();
    let (before, after) = bytes.split_at(place.min(bytes.len()));
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    let end = after
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |end| place + end);
    (start, end)
}

/// The shortest beginning that the text repeats; the text itself if there is none.
fn unit(text: &str) -> &str {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.filter(|end| text.len().is_multiple_of(*end))
        .find_map(|end| {
            let unit = text.get(..end)?;
            (unit.repeat(text.len() / end) == text).then_some(unit)
        })
        .unwrap_or(text)
}

/// Whether nearly every character follows the one before, up or down, or is the same.
fn is_run(text: &str) -> bool {
    let characters: Vec<u32> = text.chars().map(u32::from).collect();
    let pairs = characters.len().saturating_sub(1);
    let with_step = |step: i64| {
        characters
            .windows(2)
            .filter(|pair| matches!(pair, [one, next] if i64::from(*next) - i64::from(*one) == step))
            .count()
    };
    pairs >= 5
        && [-1, 0, 1]
            .into_iter()
            .any(|step| with_step(step) * 5 >= pairs * 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_word_in_it_is_found() {
        let words: Vec<&str> = COMMON.lines().collect();
        assert!(words.len() > 10_000);
        assert!(
            words
                .windows(2)
                .all(|pair| pair[0].as_bytes() < pair[1].as_bytes())
        );
        assert!(words.iter().all(|word| is_common(word)));
        for other in [
            "",
            "\n",
            "zzzzzzzzz",
            "!",
            "correct horse battery staple",
            "password\npassword1",
        ] {
            assert!(!is_common(other), "{other}");
        }
    }

    #[test]
    fn what_everybody_tries_is_refused() {
        let context = ["ada@example.org".to_owned(), "lovelace".to_owned()];
        for bad in [
            "Password",
            "password1234567",
            "PASSWORD!!!!!!!!",
            "passwordpassword",
            "123456789012345",
            "aaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "lovelace2026",
            "LoveLaceLoveLace",
            "ada@example.org",
            "baileebailee",
            "Bailee 12345678",
            "zyxwvutsrqponml",
        ] {
            assert!(cause(bad, &context).is_some(), "{bad}");
        }
        for good in [
            "four grey horses",
            "tr0ub4dor&3 of mine",
            "Ada likes engines",
            "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{9577}\u{3044}\u{6587}\u{7ae0}",
        ] {
            assert_eq!(cause(good, &context), None, "{good}");
        }
    }
}
