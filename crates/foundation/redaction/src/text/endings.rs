//! Lists of what words and phrases end with, asked once per word of a text.
//!
//! Promises: only what ends with the same byte is compared; words of ASCII letters are not copied for it. Leaves out: lists
//! of more than 64.

/// A list of endings in small letters.
pub(super) struct Endings {
    list: &'static [&'static str],
    /// For each byte in small letters, a bit for each ending that ends with it.
    by_last: [u64; 256],
}

impl Endings {
    pub(super) const fn new(list: &'static [&'static str]) -> Self {
        assert!(list.len() <= 64, "a bit for each ending");
        let mut by_last = [0; 256];
        let mut at = 0;
        while at < list.len() {
            let bytes = list[at].as_bytes();
            by_last[bytes[bytes.len() - 1] as usize] |= 1 << at;
            at += 1;
        }
        Self { list, by_last }
    }

    /// The endings that end with the same byte as the text, whatever its case in ASCII.
    pub(super) fn candidates(&self, text: &str) -> impl Iterator<Item = &'static str> + '_ {
        let last = text.as_bytes().last().map(u8::to_ascii_lowercase);
        let mut bits = last.map_or(0, |last| self.by_last[usize::from(last)]);
        std::iter::from_fn(move || {
            let at = usize::try_from(bits.trailing_zeros()).ok()?;
            let found = self.list.get(at).copied()?;
            bits &= bits - 1;
            Some(found)
        })
    }

    /// Whether the word, in whatever case, ends with one of them and has at least so many bytes before it.
    pub(super) fn end(&self, word: &str, before: usize) -> bool {
        if word.is_ascii() {
            return self.candidates(word).any(|ending| has_end(word, ending, before));
        }
        let small = word.to_lowercase();
        self.candidates(&small)
            .any(|ending| has_end(&small, ending, before))
    }
}

/// Whatever the case of ASCII letters.
pub(super) fn has_end(word: &str, ending: &str, before: usize) -> bool {
    let (word, ending) = (word.as_bytes(), ending.as_bytes());
    let start = word
        .len()
        .checked_sub(ending.len())
        .filter(|&start| start >= before);
    start
        .and_then(|start| word.get(start..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_found_whatever_the_case() {
        let endings = Endings::new(&["weg", "straße", "ová", "ring"]);
        for (word, ends) in [
            ("Feldweg", true),
            ("FELDWEG", true),
            ("weg", false),
            ("Hauptstraße", true),
            ("NOVÁKOVÁ", true),
            ("Ring", false),
            ("Ringe", false),
            ("", false),
        ] {
            assert_eq!(endings.end(word, 1), ends, "{word}");
        }
        assert!(endings.end("Ring", 0));
    }
}
