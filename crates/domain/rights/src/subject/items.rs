//! What is about a person: items linked to them, and saying whom an item is about.

use std::collections::BTreeMap;

use access::{Action, Facts};
use custody::item::about::{self, AboutItem, Link};
use custody::item::{Item, LinkSource};
use custody::{Credential, Error, Result, Session};
use kernel::{Cursor, DatasetId, ItemId, Page, PageRequest, SubjectId};
use operation::acts::{LinkSubject, ReleaseSubject, ViewSubject};
use operation::{Act, Op, Permit, Request, Resource};
use serde::Serialize;
use serde_json::json;

use super::rows::{Person, resolve};
use crate::Rights;

/// The most people that one item is said to be about.
const MOST_PEOPLE: usize = 100;

/// An item that is about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedItem {
    /// Its id.
    pub id: ItemId,
    /// The dataset it lies in.
    pub dataset: DatasetId,
    /// Whether it is about this person and nobody else, so that it ends with their key.
    pub alone: bool,
    /// How the link was made.
    pub link: Link,
    /// The item; nothing of what is in quarantine.
    pub item: Option<Item>,
}

impl Rights {
    /// A page of the items about a person, oldest first, those they share with others among them.
    pub async fn items_about(
        &self,
        credential: &Credential,
        request: Request,
        subject: SubjectId,
        page: PageRequest,
    ) -> Result<Page<LinkedItem>> {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .look(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectView)?;
                let facts = Facts {
                    own: session.is_of_visitor(Some(subject)),
                    ..session.facts()
                };
                let permit: Permit<ViewSubject> = op.permit(Resource::subject(), &facts)?;
                let person = resolve(op, &session, subject, Action::SubjectView)?;
                let after = page.after.as_ref().map(Cursor::key).unwrap_or_default();
                let found = next_items(op, &permit, &session, &person, after, page.limit + 1)?;
                let found = found.iter().map(|item| linked(&session, item));
                let found = found.collect::<Result<Vec<_>>>()?;
                let items = Page::from_rows(found, page.limit, |item| item.id.as_bytes().to_vec());
                op.record(
                    permit,
                    json!({ "subject": person.id, "items": items.items.len() }),
                )?;
                Ok(items)
            })
            .await
    }

    /// Says whom an item is about: nobody, exactly one person, on whose key it hangs from then on, or several.
    pub async fn link(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        people: Vec<SubjectId>,
    ) -> Result<Vec<SubjectId>> {
        if people.len() > MOST_PEOPLE {
            let problem = format!("name at most {MOST_PEOPLE}");
            return Err(Error::Invalid {
                field: "subjects",
                problem,
            });
        }
        let (custody, credential) = (self.custody.clone(), credential.clone());
        self.custody
            .desk()
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::SubjectLink)?;
                let item = about::find(op, &session, item, Action::SubjectLink)?;
                let permit: Permit<LinkSubject> = op.permit(item.resource(), &session.facts())?;
                if item.is_restricted() {
                    // Otherwise whoever links could take the restriction off it.
                    op.check::<ReleaseSubject>(item.resource(), &session.facts())?;
                }
                let mut rows = BTreeMap::new();
                for subject in &people {
                    let person = resolve(op, &session, *subject, Action::SubjectLink)?;
                    rows.insert(person.id, person.own_row()?);
                }
                let (ids, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
                about::admit(op, &session, &item, &ids)?;
                about::hang(op, &permit, &session, &item, &rows, LinkSource::Link)?;
                op.record(permit, json!({ "subjects": ids }))?;
                Ok(ids)
            })
            .await
    }
}

/// The next items about any row of the person, each once.
pub(crate) fn next_items<A: Act>(
    op: &mut Op<'_>,
    permit: &Permit<A>,
    session: &Session,
    person: &Person,
    after: &[u8],
    most: u32,
) -> Result<Vec<AboutItem>> {
    let mut found = BTreeMap::new();
    for row in &person.rows {
        for item in about::about(op, permit, session, row.id, after, most)? {
            found.entry(item.id()).or_insert(item);
        }
    }
    Ok(found.into_values().take(most as usize).collect())
}

fn linked(session: &Session, item: &AboutItem) -> Result<LinkedItem> {
    Ok(LinkedItem {
        id: item.id(),
        dataset: item.dataset(),
        alone: item.alone().is_some(),
        link: item.link().ok_or(Error::Altered)?,
        item: item.described(session)?,
    })
}
