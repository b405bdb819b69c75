//! What a dataset takes in: media types, a size, classes of data of which each new version declares one, and whether what
//! identifies people is taken out on the way.
//!
//! Promises: every door holds to the same rule, since all of them end in the two places that ask [`admit`]; what is
//! turned away is kept nowhere and stands in the trail as refused, with the reason. A dataset without a rule takes in
//! anything. Leaves out: looking into files beyond their first bytes; cleaning itself (`item::cleaning`).

mod media;

use access::Action;
use operation::{Op, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;

use media::Sniffer;
pub(crate) use media::{is_undeclared, sniff};

use crate::error::{Error, Result};

/// The most entries of `types`.
const MOST_TYPES: usize = 64;
/// The most entries of `classes`.
const MOST_CLASSES: usize = 32;
/// The most entries of `purposes`.
const MOST_PURPOSES: usize = 16;
/// The longest word for a class, in bytes.
const LONGEST_CLASS: usize = 64;

/// The most bytes of what is cleaned, which is done in memory.
pub(crate) const MOST_CLEANED: u64 = 128 << 20;

/// What happens to bytes before they are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redaction {
    /// What identifies people is taken out; what does not come out clean is kept in quarantine.
    Clean,
    /// The same; what does not come out clean is turned away and kept nowhere.
    CleanOrRefuse,
}

/// What a dataset takes in. Parts that are not said do not limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingest {
    /// Media types, as `image/png` or `image/*`. They are held against what is declared and what the first bytes say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The most bytes of one version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// Classes of data, of which each new version declares one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// What happens to bytes before they are sealed; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Redaction>,
    /// What data about people is kept for, as words or ids of purposes: it comes in, and is used, where one of them stands for each person
    /// it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<String>,
}

/// Which part of the rule a version does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// Its media type, declared or found in its first bytes.
    Type,
    /// Its size.
    Size,
    /// Its class, or that it has none.
    Class,
    /// It did not come out clean, or its bytes do not come here, where they could be cleaned.
    Redaction,
    /// None of the dataset's purposes stands for the person whom it is about.
    Purpose,
}

impl NotTaken {
    /// The word in the trail.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Type => "ingest.type",
            Self::Size => "ingest.size",
            Self::Class => "ingest.class",
            Self::Redaction => "ingest.redaction",
            Self::Purpose => "ingest.purpose",
        }
    }
}

/// What is known of a version that is on its way in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered<'o> {
    /// The declared media type.
    pub(crate) content_type: &'o str,
    /// What its first bytes say; nothing is known of them yet when absent.
    pub(crate) sniffed: Option<Sniffed<'o>>,
    /// Its bytes, or as many as are known to come.
    pub(crate) size: u64,
    /// The declared class.
    pub(crate) class: Option<&'o str>,
    /// Whether its bytes come here, where they can be cleaned.
    pub(crate) comes_here: bool,
}

/// What first bytes say: a media type, or nothing that is known.
pub(crate) type Sniffed<'o> = Option<&'o str>;

impl Ingest {
    /// Whether it can be a dataset's rule; media types are lowercase from here on.
    pub(crate) fn checked(self) -> Result<Self> {
        let Self {
            types,
            max_bytes,
            classes,
            redaction,
            purposes,
        } = self;
        let says_nothing = types.is_empty() && max_bytes.is_none() && classes.is_empty();
        if says_nothing && redaction.is_none() && purposes.is_empty() {
            return Err(invalid(
                "say types, max_bytes, classes, redaction or purposes; leave it out to take in anything",
            ));
        }
        if purposes.len() > MOST_PURPOSES || !purposes.iter().all(|purpose| is_class(purpose)) {
            return Err(invalid("purposes are 1 to 16 words or ids of purposes"));
        }
        let types: Vec<String> = types.iter().map(|kind| kind.to_ascii_lowercase()).collect();
        if types.len() > MOST_TYPES || !types.iter().all(|kind| media::is_pattern(kind)) {
            let problem = "types are 1 to 64 media types without parameters, such as image/png or image/*";
            return Err(invalid(problem));
        }
        if max_bytes == Some(0) {
            return Err(invalid("max_bytes is at least 1"));
        }
        if classes.len() > MOST_CLASSES || !classes.iter().all(|class| is_class(class)) {
            let problem = "classes are 1 to 32 words of 1 to 64 characters a to z, 0 to 9 and '-'";
            return Err(invalid(problem));
        }
        Ok(Self {
            types,
            max_bytes,
            classes,
            redaction,
            purposes,
        })
    }

    /// Holds a version to the rule, as far as it is known by now.
    pub(crate) fn check(&self, offered: &Offered<'_>) -> Result<()> {
        if !self.classes.is_empty() && !offered.class.is_some_and(|class| self.has_class(class)) {
            return Err(self.turned_away(NotTaken::Class));
        }
        if !media::fits(&self.types, offered.content_type, offered.sniffed) {
            return Err(self.turned_away(NotTaken::Type));
        }
        self.check_comes_here(offered.comes_here)?;
        self.check_size(offered.size)
    }

    /// Whether it can be cleaned, if it is to be.
    pub(crate) fn check_comes_here(&self, comes_here: bool) -> Result<()> {
        match self.redaction {
            Some(_) if !comes_here => Err(self.turned_away(NotTaken::Redaction)),
            _ => Ok(()),
        }
    }

    /// Holds the bytes that have come by now to the rule.
    pub(crate) fn check_size(&self, size: u64) -> Result<()> {
        match self.most() {
            Some(most) if size > most => Err(self.turned_away(NotTaken::Size)),
            _ => Ok(()),
        }
    }

    /// The most bytes of a version, by what is said and by what can be cleaned.
    pub(crate) fn most(&self) -> Option<u64> {
        let cleaned = self.redaction.map(|_| MOST_CLEANED);
        self.max_bytes.into_iter().chain(cleaned).min()
    }

    fn has_class(&self, class: &str) -> bool {
        self.classes.iter().any(|known| known == class)
    }

    fn turned_away(&self, what: NotTaken) -> Error {
        let takes = match what {
            NotTaken::Type => format!(
                "the dataset takes in {}, by what is declared and by what the first bytes say",
                self.types.join(", ")
            ),
            NotTaken::Size => self.takes_so_many(),
            NotTaken::Class => format!(
                "the dataset takes in what is declared as one of the classes {}",
                self.classes.join(", ")
            ),
            NotTaken::Redaction => {
                "the dataset cleans what it takes in of what identifies people, which cannot be done to an object that is only referred \
                 to: send its bytes"
                    .to_owned()
            }
            NotTaken::Purpose => "the dataset takes in what one of its purposes stands for".to_owned(),
        };
        Error::NotTaken { what, takes }
    }

    fn takes_so_many(&self) -> String {
        let most = self.most().unwrap_or_default();
        let why = match self.max_bytes.is_none_or(|said| said > most) {
            true => ", for it cleans them of what identifies people, which is done in memory",
            false => "",
        };
        format!("the dataset takes in at most {most} bytes{why}")
    }
}

fn invalid(problem: &str) -> Error {
    Error::invalid("ingest", problem)
}

pub(super) fn is_class(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_CLASS).contains(&word.len()) && word.bytes().all(fits)
}

/// Whether a class that came with bytes is a word at all; that is asked of every dataset.
pub(crate) fn check_class(class: Option<&str>) -> Result<()> {
    if class.is_none_or(is_class) {
        return Ok(());
    }
    let problem = "a class is a word of 1 to 64 characters a to z, 0 to 9 and '-'";
    Err(Error::invalid("class", problem))
}

/// Lets a version in, or turns it away and leaves that in the trail. Asked after the policies, so that nobody learns
/// of a rule who may not put anything.
pub(crate) fn admit(
    op: &mut Op<'_>,
    action: Action,
    resource: Resource,
    rule: Option<&Ingest>,
    offered: &Offered<'_>,
) -> Result<()> {
    let Some(rule) = rule else { return Ok(()) };
    match rule.check(offered) {
        Err(error) => refused(op, action, resource, error),
        Ok(()) => Ok(()),
    }
}

/// Leaves in the trail that something was turned away, whenever that was found.
pub(crate) fn refused<T>(op: &mut Op<'_>, action: Action, resource: Resource, error: Error) -> Result<T> {
    if let Error::NotTaken { what, .. } = &error {
        op.refuse(action, resource, json!({ "reasons": [what.reason()] }))?;
    }
    Err(error)
}

/// Holds a body to a rule while it comes, so that little more comes than what is taken.
pub(crate) struct Gate {
    rule: Option<Ingest>,
    content_type: String,
    class: Option<String>,
    /// Bytes that count and do not pass here: those of an upload's other parts.
    beside: u64,
    /// Whether these bytes are a version's first.
    begins: bool,
    sniffer: Sniffer,
    came: u64,
}

impl Gate {
    /// For the body of one version.
    pub(crate) fn of(rule: Option<Ingest>, content_type: &str, class: Option<&str>) -> Self {
        Self {
            rule,
            content_type: content_type.to_owned(),
            class: class.map(str::to_owned),
            beside: 0,
            begins: true,
            sniffer: Sniffer::default(),
            came: 0,
        }
    }

    /// The same for one part beside so many bytes of others.
    pub(crate) fn beside(self, beside: u64, begins: bool) -> Self {
        Self {
            beside,
            begins,
            ..self
        }
    }

    /// Looks at a piece that has come.
    pub(crate) fn pass(&mut self, piece: &[u8]) -> Result<()> {
        self.came += piece.len() as u64;
        if self.sniffer.add(piece) {
            self.look()?;
        }
        let size = self.beside.saturating_add(self.came);
        self.rule.as_ref().map_or(Ok(()), |rule| rule.check_size(size))
    }

    /// The body has ended. Gives what its first bytes say.
    pub(crate) fn end(&self) -> Result<Option<String>> {
        self.look()?;
        Ok(self.sniffer.said().map(str::to_owned))
    }

    fn look(&self) -> Result<()> {
        let Some(rule) = &self.rule else { return Ok(()) };
        rule.check(&Offered {
            content_type: &self.content_type,
            sniffed: self.begins.then(|| self.sniffer.said()),
            size: self.beside.saturating_add(self.came),
            class: self.class.as_deref(),
            comes_here: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn ingest() -> Ingest {
        Ingest {
            types: words(&["image/*", "application/pdf"]),
            max_bytes: Some(10),
            classes: words(&["health", "id-document"]),
            ..Ingest::default()
        }
    }

    #[test]
    fn a_rule_says_something_that_can_be_met() {
        assert!(ingest().checked().is_ok());
        let upper = Ingest {
            types: words(&["Image/PNG"]),
            ..Ingest::default()
        };
        assert_eq!(upper.checked().unwrap().types, ["image/png"]);
        let wrong = [
            Ingest::default(),
            Ingest {
                max_bytes: Some(0),
                ..ingest()
            },
            Ingest {
                types: words(&["png"]),
                ..ingest()
            },
            Ingest {
                types: words(&["*/*"]),
                ..ingest()
            },
            Ingest {
                types: words(&["image/png; q=1"]),
                ..ingest()
            },
            Ingest {
                types: vec!["image/png".into(); 65],
                ..ingest()
            },
            Ingest {
                classes: words(&["Health"]),
                ..ingest()
            },
            Ingest {
                classes: words(&[""]),
                ..ingest()
            },
            Ingest {
                classes: vec!["health".into(); 33],
                ..ingest()
            },
            Ingest {
                purposes: words(&["News letter"]),
                ..ingest()
            },
            Ingest {
                purposes: vec!["newsletter".into(); 17],
                ..ingest()
            },
        ];
        for rule in wrong {
            assert!(rule.clone().checked().is_err(), "{rule:?}");
        }
    }

    #[test]
    fn a_version_is_held_to_each_part() {
        let rule = ingest();
        let good = Offered {
            content_type: "image/png",
            sniffed: Some(Some("image/png")),
            size: 10,
            class: Some("health"),
            comes_here: true,
        };
        assert!(rule.check(&good).is_ok());
        let not = |offered: Offered<'_>| match rule.check(&offered) {
            Err(Error::NotTaken { what, takes }) => (what, takes),
            other => panic!("{other:?}"),
        };
        let (what, takes) = not(Offered { class: None, ..good });
        assert_eq!(what, NotTaken::Class);
        assert!(takes.contains("health, id-document"), "{takes}");
        assert_eq!(
            not(Offered {
                class: Some("other"),
                ..good
            })
            .0,
            NotTaken::Class
        );
        let (what, takes) = not(Offered { size: 11, ..good });
        assert_eq!(what, NotTaken::Size);
        assert!(takes.contains("10 bytes"), "{takes}");
        let (what, takes) = not(Offered {
            content_type: "text/csv",
            ..good
        });
        assert_eq!(what, NotTaken::Type);
        assert!(takes.contains("image/*, application/pdf"), "{takes}");
    }

    #[test]
    fn a_rule_that_cleans_takes_whole_bodies_of_a_size() {
        let rule = Ingest {
            redaction: Some(Redaction::Clean),
            ..Ingest::default()
        };
        let rule = rule.checked().unwrap();
        let good = Offered {
            content_type: "image/png",
            sniffed: None,
            size: 10,
            class: None,
            comes_here: true,
        };
        assert!(rule.check(&good).is_ok());
        let not = |offered: Offered<'_>| match rule.check(&offered) {
            Err(Error::NotTaken { what, .. }) => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            not(Offered {
                comes_here: false,
                ..good
            }),
            NotTaken::Redaction
        );
        assert_eq!(
            not(Offered {
                size: MOST_CLEANED + 1,
                ..good
            }),
            NotTaken::Size
        );
        assert_eq!(serde_json::to_string(&rule).unwrap(), r#"{"redaction":"clean"}"#);
    }
}
