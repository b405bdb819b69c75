//! Acts on purposes and notices.

use access::Action;
use aws_lc_rs::digest;
use custody::{Credential, Error, IdempotencyKey, Result, Session, replay};
use kernel::{Page, PageRequest, PurposeId};
use operation::acts::{ChangePurpose, ListPurposes};
use operation::{Act, Op, Permit, Request};
use serde_json::json;
use store::params;

use super::rows::{self, PurposeRow};
use super::{MOST_NOTICE, NewPurpose, Notice, Purpose, PurposeRef};
use crate::Rights;
use crate::acts::{check_text, to_json};

impl Rights {
    /// Says that personal data is processed for something, and on which basis.
    pub async fn make_purpose(
        &self,
        credential: &Credential,
        request: Request,
        new: NewPurpose,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Purpose> {
        new.check()?;
        let make = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ChangePurpose> = op.permit(rows::resource(), &session.facts())?;
            if let Some(kept) = replay::find(op, session, idempotency.as_ref())? {
                op.record(permit, json!({ "repeated": true }))?;
                return Ok(kept);
            }
            let made = insert(op, &permit, session, &new)?;
            replay::keep(op, session, idempotency.as_ref(), &made)?;
            op.record(permit, json!({ "purpose": made.id, "basis": made.basis }))?;
            Ok(made)
        };
        self.act(credential, request, Action::PurposeChange, make).await
    }

    /// A page of purposes, oldest first, those that ended among them.
    pub async fn purposes(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Purpose>> {
        let list = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ListPurposes> = op.permit(rows::resource(), &session.facts())?;
            let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
            let params = params![
                session.tenant(),
                after.unwrap_or_default(),
                i64::from(page.limit) + 1
            ];
            let found = op.list(&permit, &rows::page_sql(), params)?;
            let mut purposes = Vec::with_capacity(found.len());
            for row in &found {
                purposes.push(PurposeRow::read(row)?.purpose(op, &permit, session)?);
            }
            let listed = Page::from_rows(purposes, page.limit, |purpose| purpose.id.as_bytes().to_vec());
            op.record(permit, json!({ "count": listed.items.len() }))?;
            Ok(listed)
        };
        self.look(credential, request, Action::PurposeList, list).await
    }

    /// One purpose.
    pub async fn purpose(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
    ) -> Result<Purpose> {
        let view = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = rows::permitted::<ListPurposes>(op, session, &purpose, rows::resource())?;
            let found = row.purpose(op, &permit, session)?;
            op.record(permit, json!({ "purpose": found.id }))?;
            Ok(found)
        };
        self.act(credential, request, Action::PurposeList, view).await
    }

    /// Ends a purpose: nothing may be processed for it from now on, whoever agreed. What people agreed to stays on record.
    pub async fn end_purpose(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
    ) -> Result<Purpose> {
        let end = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) =
                rows::permitted::<ChangePurpose>(op, session, &purpose, rows::resource())?;
            op.change(&permit, rows::END, params![session.tenant(), row.id, op.now()])?;
            row.ended_at = row.ended_at.or(Some(op.now()));
            let ended = row.purpose(op, &permit, session)?;
            op.record(permit, json!({ "purpose": ended.id, "ended": true }))?;
            Ok(ended)
        };
        self.act(credential, request, Action::PurposeChange, end).await
    }

    /// Publishes what people are told of a purpose from now on. The same text again is no new version.
    pub async fn publish_notice(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        text: String,
    ) -> Result<Notice> {
        check_text("text", &text, MOST_NOTICE)?;
        let publish = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = rows::permitted::<ChangePurpose>(op, session, &purpose, rows::resource())?;
            if row.ended_at.is_some() {
                return Err(Error::Conflict("the purpose has ended: make a new one".into()));
            }
            let notice = next_notice(op, &row, &text);
            if row.notice.as_ref() != Some(&notice) {
                keep_notice(op, &permit, session, row.id, &notice, &text)?;
            }
            let told =
                json!({ "purpose": row.id, "notice": notice.version, "sha256": hex::encode(notice.hash) });
            op.record(permit, told)?;
            Ok(notice)
        };
        self.act(credential, request, Action::PurposeChange, publish)
            .await
    }

    /// The text of a notice, whatever was published since.
    pub async fn notice_text(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        version: u32,
    ) -> Result<String> {
        let read = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = rows::permitted::<ListPurposes>(op, session, &purpose, rows::resource())?;
            let text = text_of(op, &permit, session, row.id, version)?;
            op.record(permit, json!({ "purpose": row.id, "notice": version }))?;
            Ok(text)
        };
        self.act(credential, request, Action::PurposeList, read).await
    }
}

/// The text of a notice.
pub(crate) fn text_of<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    purpose: PurposeId,
    version: u32,
) -> Result<String> {
    let found = op.find(rows::TEXT, params![session.tenant(), purpose, version])?;
    let sealed: Vec<u8> = found.ok_or(Error::NotFound("notice"))?.get(0)?;
    let context = notice_context(session, purpose, version);
    let text = op.open(permit, &rows::key(session), &context, &sealed)?;
    String::from_utf8(text.to_vec()).map_err(|_| Error::Altered)
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<ChangePurpose>,
    session: &Session,
    new: &NewPurpose,
) -> Result<Purpose> {
    let word = PurposeRef::Word(new.terms.word.clone());
    if rows::find(op, session, &word)?.is_some() {
        let says = "there is a purpose of this word, perhaps an ended one: its basis stays what it is, so take another word";
        return Err(Error::Conflict(says.into()));
    }
    let id = PurposeId::make(op.now(), op.random());
    let context = rows::context(session, id, "terms");
    let sealed = sealing::seal(&rows::key(session), &context, &to_json(&new.terms)?, op.random());
    let params = params![
        id,
        session.tenant(),
        rows::blind_word(session, &new.terms.word),
        new.basis.as_str(),
        op.now(),
        sealed,
    ];
    op.change(permit, rows::INSERT, params)?;
    Ok(Purpose {
        id,
        basis: new.basis,
        terms: new.terms.clone(),
        made_at: op.now(),
        ended_at: None,
        notice: None,
    })
}

/// The notice that this text makes: the newest as it is, if it says the same.
fn next_notice(op: &Op<'_>, row: &PurposeRow, text: &str) -> Notice {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    match &row.notice {
        Some(newest) if newest.hash == hash => newest.clone(),
        newest => Notice {
            version: newest.as_ref().map_or(0, |newest| newest.version) + 1,
            hash,
            published_at: op.now(),
        },
    }
}

fn keep_notice(
    op: &mut Op<'_>,
    permit: &Permit<ChangePurpose>,
    session: &Session,
    id: PurposeId,
    notice: &Notice,
    text: &str,
) -> Result<()> {
    let context = notice_context(session, id, notice.version);
    let sealed = sealing::seal(&rows::key(session), &context, text.as_bytes(), op.random());
    let params = params![
        id,
        notice.version,
        session.tenant(),
        notice.published_at,
        notice.hash,
        sealed
    ];
    op.change(permit, rows::PUBLISH, params)?;
    Ok(())
}

fn notice_context(session: &Session, id: PurposeId, version: u32) -> sealing::Context {
    rows::context(session, id, &format!("notice {version}"))
}
