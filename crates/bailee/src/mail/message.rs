//! A message that came by mail, read: who wrote it, what it says, and whether a person did.
//!
//! Promises: any bytes give a message or a reason why not, in time and memory that are bounded by [`MOST_BYTES`] and [`MOST_PARTS`]; messages
//! inside messages are not opened, so nothing is nested; what is kept of the words is text without control characters, of bounded length.
//! Leaves out: whether the sender is who they say (nobody can tell from a message); attachments, which are counted and not read.

use aws_lc_rs::digest;
use mail_parser::{Message as Parsed, MessageParser};
use rights::portal::{Message, NoPerson};
use rights::request::Kind;

/// The most bytes of a message.
pub(super) const MOST_BYTES: u64 = 10 << 20;
/// The most parts of a message: each is looked for once in all that follows it.
const MOST_PARTS: usize = 200;
/// The most characters that are kept of what it says; what a request takes, with the subject before it.
const MOST_WORDS: usize = 19_000;
const MOST_SUBJECT: usize = 500;
const MOST_ID: usize = 1_000;
const MOST_LANGUAGES: usize = 200;

/// Why bytes are no message that could become a request. What it says goes back to whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadMessage {
    #[error("this is no message: it has no header")]
    NoHeader,
    #[error("the message has too many parts: send it as plain text without attachments")]
    TooManyParts,
    #[error("the message does not say who wrote it: exactly one plain address has to stand in From")]
    NoSender,
    #[error("the message says nothing: write what you ask for, as text")]
    Empty,
}

/// What is known of a message besides its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Envelope<'e> {
    /// The address that the mail server was told to send bounces to; nothing where it did not say, empty for a bounce.
    pub(super) return_path: Option<&'e str>,
    /// Where this installation's own letters come from.
    pub(super) own: Option<&'e str>,
    /// Which right it is about, where its subject names none.
    pub(super) usual: Kind,
}

/// Reads one message.
pub(super) fn read(raw: &[u8], envelope: Envelope<'_>) -> Result<Message, BadMessage> {
    if occurs(raw, b"content-type") > MOST_PARTS {
        return Err(BadMessage::TooManyParts);
    }
    let flat = flat(raw);
    let parsed = MessageParser::default()
        .parse(&flat)
        .filter(|parsed| !parsed.headers().is_empty());
    let parsed = parsed.ok_or(BadMessage::NoHeader)?;
    let headers = Headers::of(&parsed);
    let no_person = headers.no_person(&parsed, envelope);
    let sender = sender(&parsed);
    // What a program wrote need not name anybody: it makes nothing anyway.
    let (sender, name) = match (sender, no_person) {
        (Some(sender), _) => sender,
        (None, Some(_)) => (String::new(), None),
        (None, None) => return Err(BadMessage::NoSender),
    };
    let subject = line(parsed.subject().unwrap_or_default(), MOST_SUBJECT);
    let (words, is_cut) = words(&parsed, &subject);
    if words.is_empty() && no_person.is_none() {
        return Err(BadMessage::Empty);
    }
    Ok(Message {
        sender,
        name,
        id: id(&parsed, raw),
        kind: kind(&subject).unwrap_or(envelope.usual),
        words,
        is_cut,
        attachments: u32::try_from(parsed.attachment_count()).unwrap_or(u32::MAX),
        languages: headers.languages,
        no_person,
    })
}

/// The words by which a part becomes a message in a message, and what stands in their place while a message is read.
const NESTING: [(&[u8], &[u8]); 3] = [
    (b"rfc822", b"rfc82\x01"),
    (b"global", b"globa\x01"),
    (b"digest", b"diges\x01"),
];

/// The same bytes in which no part is a message itself. Otherwise a message of some megabytes could be nested a hundred thousand times,
/// and taking that apart would take the stack. [`plain`] puts the words back.
fn flat(raw: &[u8]) -> Vec<u8> {
    let mut flat = raw.to_vec();
    let mut at = 0;
    while let Some(rest) = flat.get_mut(at..) {
        let found = NESTING.iter().find(|(word, _)| {
            rest.get(..word.len())
                .is_some_and(|here| here.eq_ignore_ascii_case(word))
        });
        match found {
            // The case of the letters before is kept.
            Some((word, _)) => {
                if let Some(last) = rest.get_mut(word.len() - 1) {
                    *last = 1;
                }
                at += word.len();
            }
            None if rest.is_empty() => break,
            None => at += 1,
        }
    }
    flat
}

/// Text as people read it, without control characters.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\u{1}' => plain.push(last_of(&plain)),
            '\n' | '\t' => plain.push(letter),
            letter if letter.is_control() => {}
            letter => plain.push(letter),
        }
    }
    plain
}

/// The letter that [`flat`] took from the word that ends here.
fn last_of(before: &str) -> char {
    let ends = |word: &str| {
        let start = before.len().checked_sub(word.len());
        start
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(word))
    };
    match () {
        () if ends("rfc82") => '2',
        () if ends("globa") => 'l',
        () if ends("diges") => 't',
        () => ' ',
    }
}

fn line(text: &str, most: usize) -> String {
    let text: String = plain(text)
        .chars()
        .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
        .take(most)
        .collect();
    text.trim().to_owned()
}

/// How often a word occurs, whatever its case.
fn occurs(raw: &[u8], word: &[u8]) -> usize {
    let here = |window: &&[u8]| window.eq_ignore_ascii_case(word);
    raw.windows(word.len()).filter(here).count()
}

/// The one author.
fn sender(parsed: &Parsed<'_>) -> Option<(String, Option<String>)> {
    let mut all = parsed.from()?.iter();
    let (one, none) = (all.next()?, all.next());
    let address: outbox::Address = plain(one.address()?).trim().parse().ok()?;
    let name = one.name().map(|name| line(name, MOST_SUBJECT));
    none.is_none().then(|| (address.as_str().to_owned(), name))
}

/// Subject and text, as long as what is kept, and whether there was more.
fn words(parsed: &Parsed<'_>, subject: &str) -> (String, bool) {
    let mut words = subject.to_owned();
    for part in 0..parsed.text_body_count() {
        let Some(text) = parsed.body_text(part) else {
            continue;
        };
        words.push_str("\n\n");
        words.push_str(plain(&text).trim());
    }
    let words = words.trim();
    let is_cut = words.chars().nth(MOST_WORDS).is_some();
    (words.chars().take(MOST_WORDS).collect(), is_cut)
}

/// The first word of the subject that is one of ours.
fn kind(subject: &str) -> Option<Kind> {
    let subject = subject.to_lowercase();
    let mut words = subject.split(|letter: char| !letter.is_ascii_alphabetic() && letter != '-');
    words.find_map(Kind::from_word)
}

/// Two messages without an id are the same if every byte is.
fn id(parsed: &Parsed<'_>, raw: &[u8]) -> String {
    let named = parsed.message_id().map(|id| line(id, MOST_ID));
    let hash = || hex::encode(digest::digest(&digest::SHA256, raw));
    named.filter(|id| !id.is_empty()).unwrap_or_else(hash)
}

/// What headers say that are no standard part of a message.
struct Headers {
    auto_submitted: String,
    precedence: String,
    return_path: Option<String>,
    content_type: String,
    is_of_list: bool,
    languages: String,
}

impl Headers {
    fn of(parsed: &Parsed<'_>) -> Self {
        let find = |wanted: &str| {
            let mut all = parsed.headers_raw();
            let found = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| line(value, MOST_LANGUAGES))
        };
        let word = |wanted: &str| find(wanted).unwrap_or_default().to_ascii_lowercase();
        let accepts = find("accept-language").or_else(|| find("content-language"));
        Self {
            auto_submitted: word("auto-submitted"),
            precedence: word("precedence"),
            return_path: find("return-path"),
            content_type: word("content-type"),
            is_of_list: find("list-id").is_some(),
            languages: accepts.unwrap_or_default(),
        }
    }

    fn no_person(&self, parsed: &Parsed<'_>, envelope: Envelope<'_>) -> Option<NoPerson> {
        let bare = |path: &str| path.trim_matches(['<', '>', ' ']).to_owned();
        let path = envelope.return_path.or(self.return_path.as_deref());
        // A keyword may have parameters behind it (RFC 3834, 5).
        let submitted = self
            .auto_submitted
            .split([';', ' ', '('])
            .next()
            .unwrap_or_default();
        let from = sender(parsed).map(|(address, _)| address);
        let is_own = envelope.own.zip(from.as_deref());
        match () {
            () if path.is_some_and(|path| bare(path).is_empty()) => Some(NoPerson::NoReturnPath),
            () if !matches!(submitted, "" | "no") => Some(NoPerson::AutoSubmitted),
            () if self.content_type.starts_with("multipart/report") => Some(NoPerson::Report),
            () if self.is_of_list || matches!(&*self.precedence, "bulk" | "junk" | "list") => {
                Some(NoPerson::Bulk)
            }
            () if is_own.is_some_and(|(own, from)| own.eq_ignore_ascii_case(from)) => {
                Some(NoPerson::OwnLetter)
            }
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENVELOPE: Envelope<'static> = Envelope {
        return_path: None,
        own: Some("bailee@example.org"),
        usual: Kind::Access,
    };

    fn of(text: &str) -> Result<Message, BadMessage> {
        read(text.as_bytes(), ENVELOPE)
    }

    const PLAIN: &str = "From: Anna Answerless <anna@person.example>\r\nTo: privacy@clinic.example\r\n\
        Subject: My data\r\nMessage-ID: <1@person.example>\r\nAccept-Language: et, de;q=0.5\r\n\r\n\
        Please show me everything, globally: see RFC822.\r\n";

    #[test]
    fn a_message_says_who_wrote_it_and_what_they_ask_for() {
        let read = of(PLAIN).unwrap();
        assert_eq!(read.sender, "anna@person.example");
        assert_eq!(read.name.as_deref(), Some("Anna Answerless"));
        assert_eq!(
            read.words,
            "My data\n\nPlease show me everything, globally: see RFC822."
        );
        assert_eq!((read.id.as_str(), read.kind), ("1@person.example", Kind::Access));
        assert_eq!((read.languages.as_str(), read.no_person), ("et, de;q=0.5", None));
        let named = of(&PLAIN.replace("My data", "Erasure, please")).unwrap();
        assert_eq!(named.kind, Kind::Erasure);
        let nameless = PLAIN.replace("Message-ID: <1@person.example>\r\n", "");
        assert_eq!(of(&nameless).unwrap().id, of(&nameless).unwrap().id);
        assert_ne!(of(&nameless).unwrap().id, of(&(nameless + "!")).unwrap().id);
    }

    #[test]
    fn of_a_letter_with_pictures_the_text_is_read_and_the_rest_counted() {
        let text = "From: =?utf-8?q?J=C3=BCri?= <juri@person.example>\nSubject: =?utf-8?b?w4RyYQ==?=\n\
            Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n\
            --c\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
            K=F5ik=07\n--c\nContent-Type: text/html\n\n<p>K\u{f5}ik</p>\n--c--\n--b\nContent-Type: image/png\n\
            Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b\nContent-Type: message/rfc822\n\n\
            Subject: inside\n\nsecret\n--b--\n";
        let read = of(text).unwrap();
        assert_eq!(
            (read.name.as_deref(), read.words.as_str()),
            (Some("J\u{fc}ri"), "\u{c4}ra\n\nK\u{f5}ik")
        );
        assert_eq!(read.attachments, 2);
    }

    #[test]
    fn what_no_person_wrote_is_told_from_what_one_did() {
        let with = |header: &str| of(&format!("{header}\r\n{PLAIN}")).unwrap().no_person;
        for (header, wanted) in [
            (
                "Auto-Submitted: auto-replied (vacation)",
                Some(NoPerson::AutoSubmitted),
            ),
            (
                "auto-submitted: Auto-Generated; x=y",
                Some(NoPerson::AutoSubmitted),
            ),
            ("Auto-Submitted: no", None),
            ("Precedence: bulk", Some(NoPerson::Bulk)),
            ("Precedence: JUNK", Some(NoPerson::Bulk)),
            ("Precedence: first-class", None),
            ("List-Id: <all.example.org>", Some(NoPerson::Bulk)),
            ("Return-Path: <>", Some(NoPerson::NoReturnPath)),
            ("Return-Path: <anna@person.example>", None),
            (
                "Content-Type: multipart/report; boundary=b",
                Some(NoPerson::Report),
            ),
        ] {
            assert_eq!(with(header), wanted, "{header}");
        }
        let bounce = Envelope {
            return_path: Some(""),
            ..ENVELOPE
        };
        let read = read(PLAIN.as_bytes(), bounce).unwrap();
        assert_eq!(read.no_person, Some(NoPerson::NoReturnPath));
        let own = PLAIN.replace("anna@person.example>\r\nTo", "Bailee@example.org>\r\nTo");
        assert_eq!(of(&own).unwrap().no_person, Some(NoPerson::OwnLetter));
    }

    #[test]
    fn what_cannot_become_a_request_is_refused_with_what_to_do() {
        assert_eq!(of("").unwrap_err(), BadMessage::NoHeader);
        let two = PLAIN.replace("From: Anna", "From: b@person.example, Anna");
        let quoted = PLAIN.replace("anna@", "\"an na\"@");
        let nobody = "Subject: x\r\n\r\nHello\r\n";
        for no_sender in [two.as_str(), &quoted, nobody] {
            assert_eq!(of(no_sender).unwrap_err(), BadMessage::NoSender, "{no_sender}");
        }
        assert_eq!(
            of("From: a@b.example\r\n\r\n \r\n").unwrap_err(),
            BadMessage::Empty
        );
        let parts = "Content-Type: text/plain\r\n".repeat(MOST_PARTS + 1);
        assert_eq!(of(&(parts + PLAIN)).unwrap_err(), BadMessage::TooManyParts);
    }

    #[test]
    fn what_is_long_is_cut_and_what_is_nested_is_not_opened() {
        let long = of(&format!("{PLAIN}{}", "\u{e4}".repeat(MOST_WORDS))).unwrap();
        assert!(long.is_cut && long.words.chars().count() == MOST_WORDS);
        // One part that is encoded, and messages in it all the way down.
        use base64::Engine as _;
        let deep = "Content-Type: message/rfc822\n\n".repeat(100_000);
        let deep = base64::engine::general_purpose::STANDARD.encode(deep);
        let nested = format!(
            "From: a@b.example\nSubject: x\nContent-Type: Message/(a)RFC822\nContent-Transfer-Encoding: base64\n\n{deep}\n"
        );
        assert_eq!(of(&nested).unwrap().attachments, 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_none(bytes: Vec<u8>, near in "(From|Subject|Content-Type|Auto-Submitted)?[ :<>@\r\n\t\"(=?a-z/;\u{1}]{0,200}") {
            let mutated = [near.as_bytes(), PLAIN.as_bytes()].concat();
            for raw in [bytes.as_slice(), near.as_bytes(), &mutated] {
                if let Ok(message) = read(raw, ENVELOPE) {
                    prop_assert!(message.words.chars().count() <= MOST_WORDS);
                    prop_assert!(!message.words.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
                    prop_assert!(message.no_person.is_some() || message.sender.parse::<outbox::Address>().is_ok());
                }
            }
        }
    }
}
