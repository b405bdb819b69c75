//! Why a letter was not delivered, in words of our own.
//!
//! Promises: what mail servers write into their refusals, which is often the address, is not kept; their number is.

use std::fmt;
use std::str::FromStr;

macro_rules! causes {
    ($($name:ident, $word:literal, $says:literal;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Cause {
            $(#[doc = $says] $name,)*
        }

        impl Cause {
            /// The word in rows and documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            fn says(self) -> &'static str {
                match self { $(Self::$name => $says,)* }
            }
        }

        impl FromStr for Cause {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$name),)* _ => Err(()) }
            }
        }
    };
}

causes! {
    Unreachable, "unreachable", "the mail server could not be reached";
    NoTls, "no-tls", "no encrypted connection to the mail server came about, or its certificate is not trusted";
    SignIn, "sign-in", "the mail server refused the name and password of the configuration";
    AddressRefused, "address-refused", "the mail server refused the address";
    Refused, "refused", "the mail server refused the letter";
    Busy, "busy", "the mail server asked to try later";
    BrokenOff, "broken-off", "the connection to the mail server broke off or made no sense";
    TooSlow, "too-slow", "the mail server did not answer in time";
    NotListed, "not-listed", "the mail server is no host that this server may connect to";
    TooLate, "too-late", "it was not delivered in the time that it was good for";
    Altered, "altered", "what was written does not open any more";
    NoMail, "no-mail", "no mail server is configured";
}

/// What went wrong, with the number that the mail server gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// What it was.
    pub cause: Cause,
    /// The reply code of RFC 5321, 4.2, if a reply was the trouble.
    pub code: Option<u16>,
}

impl From<Cause> for Trouble {
    fn from(cause: Cause) -> Self {
        Self { cause, code: None }
    }
}

impl Trouble {
    /// Text for a row, read by [`Trouble::from_row`].
    pub(crate) fn to_row(self) -> String {
        match self.code {
            Some(code) => format!("{} {code}", self.cause.as_str()),
            None => self.cause.as_str().to_owned(),
        }
    }

    pub(crate) fn from_row(text: &str) -> Option<Self> {
        let (word, code) = match text.split_once(' ') {
            Some((word, code)) => (word, Some(code.parse().ok()?)),
            None => (text, None),
        };
        Some(Self {
            cause: word.parse().ok()?,
            code,
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.says())?;
        self.code.map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_comes_back_from_its_row() {
        for trouble in [
            Trouble::from(Cause::TooSlow),
            Trouble {
                cause: Cause::AddressRefused,
                code: Some(550),
            },
        ] {
            assert_eq!(Trouble::from_row(&trouble.to_row()), Some(trouble));
        }
        assert_eq!(Trouble::from_row("550 no such user <a@b.example>"), None);
    }
}
