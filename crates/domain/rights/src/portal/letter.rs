//! Letters to people who ask at the page, in their language.
//!
//! Promises: a letter tells nothing of what is kept or asked for, so that whoever reads along learns no more than that there is
//! something to see; it goes out with the act that it tells of, or neither does.

use std::sync::LazyLock;
use std::time::Duration;

use custody::{Error, Result, Session};
use kernel::RequestId;
use operation::Op;
use outbox::{Address, Kind, Letter};
use store::params;

use super::rows::{self, Reach};
use super::settings::{self, Portal};
use super::visit::Sealed;
use super::{CODE_MINUTES, Language, Messages};
use crate::acts::{from_json, invalid};
use crate::request::{self, Channel, PersonRequest};

const CODE: Kind = Kind::new("portal.code");
const RECEIVED: Kind = Kind::new("portal.received");
const NEWS: Kind = Kind::new("portal.news");
/// Four bytes a letter are the most there are.
const MOST_SUBJECT: usize = 50;

static LETTERS: LazyLock<[Messages; 5]> =
    LazyLock::new(|| Language::ALL.map(|language| Messages::parse(file(language))));

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("letters/en.txt"),
        Language::German => include_str!("letters/de.txt"),
        Language::French => include_str!("letters/fr.txt"),
        Language::Spanish => include_str!("letters/es.txt"),
        Language::Estonian => include_str!("letters/et.txt"),
    }
}

fn words(language: Language) -> &'static Messages {
    &LETTERS[language as usize]
}

/// The code that proves an address.
pub(super) fn code(
    op: &mut Op<'_>,
    session: &Session,
    portal: &Portal,
    sealed: &Sealed,
    code: &str,
) -> Result<()> {
    let minutes = CODE_MINUTES.to_string();
    let (half, rest) = code.split_at_checked(4).unwrap_or((code, ""));
    let spaced = format!("{half} {rest}");
    let page = format!("{}/code", sealed.page);
    let values = [
        ("code", spaced.as_str()),
        ("minutes", minutes.as_str()),
        ("page", page.as_str()),
    ];
    post(
        op,
        session,
        portal,
        (&sealed.address, sealed.language),
        ("code", &values),
    )
}

/// What was asked for has come in.
pub(super) fn received(
    op: &mut Op<'_>,
    session: &Session,
    portal: &Portal,
    reach: &Reach,
    request: RequestId,
) -> Result<()> {
    let page = link(reach, request);
    let values = [("page", page.as_str())];
    post(
        op,
        session,
        portal,
        (&reach.address, reach.language),
        ("received", &values),
    )
}

/// What was asked for by mail has come in, and how to go on: at the page, where there is one.
pub(super) fn mailed(
    op: &mut Op<'_>,
    session: &Session,
    portal: &Portal,
    reach: &Reach,
    page: Option<&str>,
) -> Result<()> {
    let values = page.map(|page| ("page", page));
    let word = match values {
        Some(_) => "mailed",
        None => "mailed-closed",
    };
    post(
        op,
        session,
        portal,
        (&reach.address, reach.language),
        (word, values.as_slice()),
    )
}

/// There is something new about what was asked for at the page, or by mail while the page was open. Nothing where it was asked for in
/// another way, or where the person
/// was erased and nobody is known any more who could be written to.
pub(crate) fn news(op: &mut Op<'_>, session: &Session, about: &PersonRequest) -> Result<()> {
    if !matches!(about.channel, Channel::Portal | Channel::Mail) {
        return Ok(());
    }
    let found = op.find(rows::REACH, params![session.tenant(), about.id])?;
    let Some(row) = found else {
        return Ok(());
    };
    let Some(opened) = request::reach(op, session, about.id, &row.get::<Vec<u8>>(0)?)? else {
        return Ok(());
    };
    let reach: Reach = from_json(&opened)?;
    let portal = settings::settled(op, session)?;
    let page = link(&reach, about.id);
    let values = [("page", page.as_str())];
    post(
        op,
        session,
        &portal,
        (&reach.address, reach.language),
        ("news", &values),
    )
}

fn link(reach: &Reach, request: RequestId) -> String {
    format!("{}/requests/{request}", reach.page)
}

/// Puts a letter where it goes out from, in the transaction of the act.
fn post(
    op: &mut Op<'_>,
    session: &Session,
    portal: &Portal,
    (to, language): (&str, Language),
    (word, values): (&str, &[(&str, &str)]),
) -> Result<()> {
    let words = words(language);
    // A page that was never opened may have no name yet.
    let name = match portal.name.trim() {
        "" => session.slug(),
        name => name,
    };
    let all = [values, &[("name", name), ("contact", portal.contact.as_str())]].concat();
    // What the tenant calls itself may be longer than a subject may be.
    let subject = words.with(&format!("{word}.subject"), &all);
    let subject: String = subject.chars().take(MOST_SUBJECT).collect();
    let text = words.with(&format!("{word}.body"), &all);
    let kind = match word {
        "code" => CODE,
        "received" | "mailed" | "mailed-closed" => RECEIVED,
        _ => NEWS,
    };
    let written = Letter::new(kind, address(to)?, &subject, &text);
    let mut letter = written.map_err(|error| Error::Internal(error.to_string()))?;
    letter = letter.of_tenant(session.tenant());
    if let Ok(tag) = language.as_str().parse() {
        letter = letter.in_language(tag);
    }
    if word == "code" {
        letter = letter.good_for(Duration::from_secs(CODE_MINUTES * 60));
    }
    outbox::put(op, &letter)?;
    Ok(())
}

/// An address that letters can be sent to.
pub(super) fn address(text: &str) -> Result<Address> {
    text.parse()
        .map_err(|_| invalid("address", "write an e-mail address, such as ann@example.org"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_same_letters_with_the_same_gaps() {
        let english = words(Language::English).shape();
        assert!(english.len() >= 6);
        for language in Language::ALL {
            assert_eq!(words(language).shape(), english, "{language:?}");
        }
    }
}
