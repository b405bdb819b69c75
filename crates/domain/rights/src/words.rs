//! Closed lists of words: one spelling in rows, requests and answers.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$says:meta])* $variant:ident $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {$(
            $(#[$says])*
            #[serde(rename = $text)]
            $variant,
        )*}

        impl $name {
            /// All there are.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$variant),*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What the word stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == word)
            }
        }
    )*};
}

pub(crate) use words;

/// A word of a row. One that is not known was not written by this program.
pub(crate) fn word_of<T>(
    row: &store::Row,
    column: usize,
    known: fn(&str) -> Option<T>,
) -> custody::Result<T> {
    let word: String = row.get(column)?;
    known(&word).ok_or_else(|| custody::Error::Internal(format!("unknown word {word:?} in a row")))
}

/// As [`word_of`], for a column that may hold none.
pub(crate) fn maybe_word_of<T>(
    row: &store::Row,
    column: usize,
    known: fn(&str) -> Option<T>,
) -> custody::Result<Option<T>> {
    match row.get::<Option<String>>(column)? {
        None => Ok(None),
        Some(_) => word_of(row, column, known).map(Some),
    }
}
