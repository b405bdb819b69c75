//! Writing a letter.

use std::borrow::Cow;

use kernel::{LetterId, Random, Timestamp};
use operation::Op;
use serde::{Deserialize, Serialize};
use store::{Tx, params};
use zeroize::Zeroizing;

use crate::{Error, Letter, Result, key, rows};

/// What is sealed of a letter.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed<'a> {
    #[serde(borrow)]
    pub(crate) to: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) subject: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) text: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) language: Cow<'a, str>,
}

/// Writes a letter in the act's own transaction: it is sent if the act happened. Nothing when one of its kind was written before about
/// what this one is to be written [`once`](Letter::once) about.
///
/// The act records its own event; a letter has none.
///
/// # Errors
/// [`Error::NoKey`] before the server was started once.
pub fn put(op: &mut Op<'_>, letter: &Letter) -> Result<Option<LetterId>> {
    let (now, random) = (op.now(), op.random());
    put_in(op.housekeeping(), now, random, letter)
}

/// As [`put`], for rows that are kept beside an entry of the trail.
pub fn put_in(tx: &mut Tx, now: Timestamp, random: &dyn Random, letter: &Letter) -> Result<Option<LetterId>> {
    let public = key::public(tx)?;
    let id = LetterId::make(now, random);
    let kind = letter.kind.as_str();
    let context = key::context(id, kind, letter.tenant);
    let sealed = public
        .seal(&context, &text(letter)?, random)
        .map_err(|_| Error::Altered("the key that letters are sealed for is none"))?;
    let values = params![
        id,
        letter.tenant,
        kind,
        letter.about.as_deref(),
        now,
        now.plus(letter.tried_for()),
        if_given_up(letter),
        sealed
    ];
    let written = tx.execute(rows::INSERT, values)?;
    Ok((written == 1).then_some(id))
}

fn if_given_up(letter: &Letter) -> &'static str {
    match letter.good_for {
        Some(_) => rows::WIPE,
        None => rows::KEEP,
    }
}

fn text(letter: &Letter) -> Result<Zeroizing<Vec<u8>>> {
    let says = &letter.says;
    let sealed = Sealed {
        to: letter.to.as_str().into(),
        subject: says.subject.as_str().into(),
        text: says.text.as_str().into(),
        language: says.language.as_str().into(),
    };
    let text = serde_json::to_vec(&sealed).map_err(|_| Error::Altered("a letter is no JSON"))?;
    Ok(Zeroizing::new(text))
}
