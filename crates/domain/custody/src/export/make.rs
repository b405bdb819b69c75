//! Making an export: begun, filled part by part, and then whole for ever.
//!
//! Promises: others wait for one part at most; whoever asked may go away meanwhile; an export that could not be filled is gone again. What
//! is restricted, archived or in quarantine is left out of what is found, and refused in a list. Leaves out: one moment for
//! all parts; an item that changes meanwhile is exported as it is when its part comes.

use access::Action;
use aws_lc_rs::digest;
use kernel::{DatasetId, ExportId};
use operation::acts::CreateExport;
use operation::{Op, Permit, Request};
use serde_json::json;
use store::params;

use super::choose::{Part, Place, part};
use super::rows::{self, EntryRow, ExportRow, word_of};
use super::{Choice, Export, ExportState, NewExport};
use crate::dataset::rows::DatasetRow;
use crate::dataset::{self, DatasetRef, State};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::{Credential, Custody, replay};

/// An export on its way.
#[derive(Clone)]
struct Draft {
    id: ExportId,
    dataset: DatasetId,
    number: u64,
}

enum Begun {
    Now(Draft),
    Before(Export),
}

/// The manifest so far.
struct Sum {
    digest: digest::Context,
    items: u64,
    bytes: u64,
}

impl Custody {
    /// Makes the dataset's next export. It is whole when this returns.
    pub async fn make_export(
        &self,
        credential: &Credential,
        request: Request,
        new: NewExport,
    ) -> Result<Export> {
        let new = new.checked()?;
        let (custody, credential) = (self.clone(), credential.clone());
        // On a task of its own: a client that goes away leaves no half of an export behind.
        let work = tokio::spawn(async move { custody.make_whole(&credential, request, new).await });
        work.await.map_err(|error| Error::Internal(error.to_string()))?
    }

    async fn make_whole(&self, credential: &Credential, request: Request, new: NewExport) -> Result<Export> {
        let draft = match self.begin_export(credential, request.clone(), &new).await? {
            Begun::Before(export) => return Ok(export),
            Begun::Now(draft) => draft,
        };
        let made = match self.fill(credential, &request, &new, &draft).await {
            Ok(sum) => {
                self.finish_export(credential, request.clone(), &new, &draft, sum)
                    .await
            }
            Err(error) => Err(error),
        };
        if made.is_err() {
            let given_up = self.give_up(credential, request, &new, &draft).await;
            given_up.unwrap_or_else(
                |error| tracing::warn!(%error, "an export that could not be made was left behind"),
            );
        }
        made
    }

    async fn begin_export(
        &self,
        credential: &Credential,
        request: Request,
        new: &NewExport,
    ) -> Result<Begun> {
        let new = new.clone();
        self.on_export(
            credential,
            request,
            new.dataset.clone(),
            move |op, permit, session, row| {
                if let Some(kept) = replay::find(op, session, new.idempotency.as_ref())? {
                    return Ok((Begun::Before(kept), json!({ "repeated": true })));
                }
                let draft = insert(op, permit, session, row, &new)?;
                let details = json!({ "export": draft.number, "choice": told(&new.choice) });
                Ok((Begun::Now(draft), details))
            },
        )
        .await
    }

    async fn fill(
        &self,
        credential: &Credential,
        request: &Request,
        new: &NewExport,
        draft: &Draft,
    ) -> Result<Sum> {
        let (mut sum, mut place) = (Sum::new(), Place::default());
        loop {
            let part = self
                .add_part(credential, request.clone(), new, draft, place)
                .await?;
            part.entries.iter().for_each(|entry| sum.add(entry));
            sum.bytes += part.bytes;
            match part.next {
                Some(next) => place = next,
                None => break,
            }
        }
        match sum.items {
            0 => Err(Error::invalid(
                "items",
                "no active item of the dataset fits, so there is nothing to export",
            )),
            _ => Ok(sum),
        }
    }

    async fn add_part(
        &self,
        credential: &Credential,
        request: Request,
        new: &NewExport,
        draft: &Draft,
        place: Place,
    ) -> Result<Part> {
        let (new, draft) = (new.clone(), draft.clone());
        self.on_export(
            credential,
            request,
            DatasetRef::Id(draft.dataset),
            move |op, permit, session, row| {
                unfinished(op, session, &draft)?;
                let part = part(op, permit, session, row, &new, &place)?;
                for entry in &part.entries {
                    let values = params![
                        draft.id,
                        entry.position,
                        session.tenant,
                        entry.item,
                        entry.version,
                        entry.set
                    ];
                    op.change(permit, rows::INSERT_ENTRY, values)?;
                }
                let details = json!({ "export": draft.number, "added": part.entries.len() });
                Ok((part, details))
            },
        )
        .await
    }

    async fn finish_export(
        &self,
        credential: &Credential,
        request: Request,
        new: &NewExport,
        draft: &Draft,
        sum: Sum,
    ) -> Result<Export> {
        let (new, draft, (digest, items, bytes)) = (new.clone(), draft.clone(), sum.finished());
        self.on_export(credential, request, DatasetRef::Id(draft.dataset), move |op, permit, session, _| {
            let values = params![session.tenant, draft.id, items, bytes, digest.as_slice()];
            if op.change(permit, rows::FINISH, values)? == 0 {
                return Err(deleted_meanwhile());
            }
            let made = rows::find(op, session, draft.dataset, draft.number, Action::ExportCreate)?.export;
            replay::keep(op, session, new.idempotency.as_ref(), &made)?;
            let details = json!({ "export": made.number, "items": made.items, "size": made.size, "sha256": made.digest });
            Ok((made, details))
        })
        .await
    }

    async fn give_up(
        &self,
        credential: &Credential,
        request: Request,
        new: &NewExport,
        draft: &Draft,
    ) -> Result<()> {
        let draft = draft.clone();
        self.on_export(
            credential,
            request,
            new.dataset.clone(),
            move |op, permit, session, _| {
                let export = params![session.tenant, draft.id];
                op.change(permit, rows::DELETE_ENTRIES, export)?;
                op.change(permit, rows::DELETE, export)?;
                Ok(((), json!({ "export": draft.number, "given_up": true })))
            },
        )
        .await
    }

    /// One act of making an export, on a dataset that is in use.
    async fn on_export<T, F>(
        &self,
        credential: &Credential,
        request: Request,
        dataset: DatasetRef,
        act: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Op<'_>, &Permit<CreateExport>, &Session, &DatasetRow) -> Result<(T, serde_json::Value)>
            + Send
            + 'static,
    {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ExportCreate)?;
                let row = dataset::found(op, &session, &dataset, Action::ExportCreate)?;
                let facts = session.dataset_facts(row.id, row.granted);
                let permit: Permit<CreateExport> = op.permit(rows::of(row.id), &facts)?;
                if row.state == State::Archived {
                    return Err(Error::Conflict(
                        "the dataset is archived; restore it first".into(),
                    ));
                }
                let (done, details) = act(op, &permit, &session, &row)?;
                op.record(permit, details)?;
                Ok(done)
            })
            .await
    }
}

fn insert(
    op: &mut Op<'_>,
    permit: &Permit<CreateExport>,
    session: &Session,
    row: &DatasetRow,
    new: &NewExport,
) -> Result<Draft> {
    let found = op.find(rows::NEXT_NUMBER, params![session.tenant, row.id])?;
    let number: i64 = found.map_or(Ok(1), |row| row.get(0))?;
    let (now, id) = (op.now(), ExportId::make(op.now(), op.random()));
    let format = new.format.map(word_of);
    let values = params![id, session.tenant, row.id, number, now, session.member, format];
    op.change(permit, rows::INSERT, values)?;
    Ok(Draft {
        id,
        dataset: row.id,
        number: number.unsigned_abs(),
    })
}

/// What the trail keeps of a choice: names may be personal, and stay out.
fn told(choice: &Choice) -> serde_json::Value {
    json!({
        "listed": choice.items.as_ref().map(Vec::len),
        "by_name": choice.name_prefix.is_some(),
        "by_class": choice.class.is_some(),
    })
}

fn unfinished(op: &mut Op<'_>, session: &Session, draft: &Draft) -> Result<ExportRow> {
    let row = rows::find(op, session, draft.dataset, draft.number, Action::ExportCreate);
    let row = row.map_err(|error| match error {
        Error::NotFound(_) => deleted_meanwhile(),
        other => other,
    })?;
    match row.export.state {
        ExportState::Making => Ok(row),
        ExportState::Made => Err(deleted_meanwhile()),
    }
}

fn deleted_meanwhile() -> Error {
    Error::Conflict("the export was deleted while it was being made".into())
}

impl Sum {
    fn new() -> Self {
        Self {
            digest: digest::Context::new(&digest::SHA256),
            items: 0,
            bytes: 0,
        }
    }

    /// One line: position, item, version and annotations, or `-`, with spaces between them and a line feed at the end.
    fn add(&mut self, entry: &EntryRow) {
        let set = entry.set.map_or_else(|| "-".to_owned(), |set| set.to_string());
        let line = format!("{} {} {} {set}\n", entry.position, entry.item, entry.version);
        self.digest.update(line.as_bytes());
        self.items += 1;
    }

    fn finished(self) -> (Vec<u8>, i64, i64) {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        (
            self.digest.finish().as_ref().to_vec(),
            count(self.items),
            count(self.bytes),
        )
    }
}
