//! Looking at consent and going by it.

use access::Action;
use custody::dataset::{DatasetRef, purposes_of};
use custody::subject::{self, Identifier};
use custody::{Credential, Error, Result, Session};
use kernel::{Cursor, Page, PageRequest, PurposeId, Timestamp};
use operation::acts::{UsePurpose, ViewConsent};
use operation::{Op, Permit, Request};
use serde_json::json;

use super::rows::Found;
use super::{Answer, Standing, person, rows};
use crate::Rights;
use crate::acts::check_text;
use crate::purpose::{self, Basis, PurposeRef, PurposeRow};
use crate::subject::{Person, resolve};

/// The most characters of how data is used.
const MOST_HOW: usize = 200;
/// The dataset is kept for something else.
const NOT_OF_DATASET: &str = "purpose.not-of-dataset";

impl Rights {
    /// Whether personal data of somebody may be processed for a purpose now, and what they last said about it.
    pub async fn consent(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        word: String,
    ) -> Result<Answer> {
        let identifier = person(&word)?;
        let ask = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = purpose::permitted::<ViewConsent>(op, session, &purpose, rows::resource())?;
            let known = known(op, session, &identifier, Action::ConsentView)?;
            let (mut answer, newest) = answer(op, session, &row, known.as_ref())?;
            if let (Some(found), Some(known)) = (newest, &known) {
                answer.newest = Some(found.opened(op, &permit, session, &known.rows)?);
            }
            op.record(
                permit,
                json!({ "purpose": row.id, "subject": known.map(|known| known.id), "standing": answer.standing }),
            )?;
            Ok(answer)
        };
        self.act(credential, request, Action::ConsentView, ask).await
    }

    /// A page of what a person ever agreed to or took back, in the order of recording.
    pub async fn consent_history(
        &self,
        credential: &Credential,
        request: Request,
        word: String,
        page: PageRequest,
    ) -> Result<Page<super::Consent>> {
        let identifier = person(&word)?;
        let look = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ViewConsent> = op.permit(rows::resource(), &session.facts())?;
            let known = known(op, session, &identifier, Action::ConsentView)?;
            let people = known
                .as_ref()
                .map(|known| known.rows.as_slice())
                .unwrap_or_default();
            let after = page.after.as_ref().map(Cursor::key).unwrap_or_default();
            let found = rows::history(op, &permit, session, people, after, page.limit + 1)?;
            let listed = Page::from_rows(found, page.limit, |consent| consent.id.as_bytes().to_vec());
            let subject = known.map(|known| known.id);
            op.record(permit, json!({ "subject": subject, "count": listed.items.len() }))?;
            Ok(listed)
        };
        self.look(credential, request, Action::ConsentView, look).await
    }

    /// Says that personal data of somebody is about to be processed for a purpose, and how. Without a basis it is refused, and
    /// that stands in the trail; with one, the entry shows by which it was done.
    pub async fn use_for_purpose(
        &self,
        credential: &Credential,
        request: Request,
        purpose: PurposeRef,
        word: String,
        how: String,
    ) -> Result<Answer> {
        self.use_from_dataset(credential, request, (purpose, None), word, how)
            .await
    }

    /// The same of what lies in a dataset, where one is named: what the dataset is not kept for is refused, whatever the person said.
    pub async fn use_from_dataset(
        &self,
        credential: &Credential,
        request: Request,
        (purpose, dataset): (PurposeRef, Option<DatasetRef>),
        word: String,
        how: String,
    ) -> Result<Answer> {
        let identifier = person(&word)?;
        check_text("how", &how, MOST_HOW)?;
        let go = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = purpose::permitted::<UsePurpose>(op, session, &purpose, purpose::resource())?;
            if let Some(dataset) = &dataset
                && !is_kept_for(op, session, dataset, row.id)?
            {
                let reasons = vec![NOT_OF_DATASET.to_owned()];
                let told = json!({ "purpose": row.id, "how": how, "reasons": reasons });
                op.refuse(Action::PurposeUse, purpose::resource(), told)?;
                return Err(Error::Forbidden {
                    action: Action::PurposeUse,
                    reasons,
                });
            }
            let known = known(op, session, &identifier, Action::PurposeUse)?;
            let (mut answer, newest) = answer(op, session, &row, known.as_ref())?;
            let subject = known.map(|known| known.id);
            if !answer.standing.allows() {
                let reasons = vec![answer.standing.reason().to_owned()];
                let told = json!({ "purpose": row.id, "subject": subject, "how": how, "reasons": reasons });
                op.refuse(Action::PurposeUse, purpose::resource(), told)?;
                return Err(Error::Forbidden {
                    action: Action::PurposeUse,
                    reasons,
                });
            }
            // What shows it is for those who may see consent.
            answer.newest = newest.map(|found| found.consent);
            let told = json!({
                "purpose": row.id, "subject": subject, "how": how, "basis": row.basis, "standing": answer.standing,
                "consent": answer.newest.as_ref().map(|newest| newest.id),
            });
            op.record(permit, told)?;
            Ok(answer)
        };
        self.act(credential, request, Action::PurposeUse, go).await
    }
}

/// Whether a dataset is kept for a purpose; one that does not say is kept for any.
fn is_kept_for(op: &mut Op<'_>, session: &Session, dataset: &DatasetRef, purpose: PurposeId) -> Result<bool> {
    let kept_for = purposes_of(op, session, dataset, Action::PurposeUse)?;
    for word in &kept_for {
        let found = purpose::find(op, session, &PurposeRef::parse(word))?;
        if found.is_some_and(|found| found.id == purpose) {
            return Ok(true);
        }
    }
    Ok(kept_for.is_empty())
}

/// The person who is known by this, with the keys of all their rows.
fn known(
    op: &mut Op<'_>,
    session: &Session,
    identifier: &Identifier,
    action: Action,
) -> Result<Option<Person>> {
    let found = subject::find(op, session, identifier)?;
    found
        .map(|found| resolve(op, session, found.person, action))
        .transpose()
}

/// How a purpose stands for a person, and when they last said anything about it.
pub(crate) fn stands(
    op: &mut Op<'_>,
    session: &Session,
    purpose: &PurposeRef,
    known: Option<&Person>,
) -> Result<Option<(Answer, Option<Timestamp>)>> {
    let Some(row) = purpose::find(op, session, purpose)? else {
        return Ok(None);
    };
    let (answer, newest) = answer(op, session, &row, known)?;
    Ok(Some((answer, newest.map(|found| found.consent.at))))
}

/// The answer without the newest entry, and that.
fn answer(
    op: &mut Op<'_>,
    session: &Session,
    row: &PurposeRow,
    known: Option<&Person>,
) -> Result<(Answer, Option<Found>)> {
    let people = known.map(|known| known.rows.as_slice()).unwrap_or_default();
    let newest = rows::newest(op, session, people, row.id)?;
    let shown = newest.as_ref().and_then(|found| found.consent.notice);
    let current = row.notice.as_ref().map(|notice| notice.version);
    let said = newest.as_ref().map(|found| found.consent.given);
    let answer = Answer {
        purpose: row.id,
        standing: standing(
            row,
            known.is_some_and(|known| known.restricted_at.is_some()),
            said,
        ),
        notice_has_changed: shown.is_some() && shown != current,
        newest: None,
    };
    Ok((answer, newest))
}

/// `said` is whether the person agreed when they last said anything about it.
fn standing(row: &PurposeRow, restricted: bool, said: Option<bool>) -> Standing {
    match (row.basis, said) {
        _ if row.ended_at.is_some() => Standing::Ended,
        _ if restricted => Standing::Restricted,
        (Basis::Consent, None) => Standing::NeverGiven,
        (Basis::Consent, Some(true)) => Standing::Given,
        (Basis::Consent, Some(false)) => Standing::Withdrawn,
        (Basis::LegitimateInterests | Basis::PublicTask, Some(false)) => Standing::Objected,
        _ => Standing::OtherBasis,
    }
}
