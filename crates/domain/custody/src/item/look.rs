//! Looking at an item without taking it: pictures, pages of text and what there is to see, drawn here.
//!
//! Promises: the event of a look is durable before the item's bytes are opened; they stay here, and what leaves was drawn from
//! them; whoever may look and not take sees their name, and when they looked, all over it, and sees nothing of a file in
//! whose pixels people may be named. So many views at once are drawn and no more, so that memory and processors are bounded.
//!
//! Leaves out: how things are drawn (`rendering`), whose turn it is (`turns`), and keeping what was drawn.

use std::sync::Arc;

use access::Action;
use kernel::{EventId, ItemId, MemberId, Timestamp, VersionId};
use operation::acts::{ReadItem as Take, ViewItem};
use operation::{Op, Permit, Request, Resource};
use rendering::{Elsewhere, Excerpt, Limits, Refused, Rendered, Seen, Tools, View};
use serde_json::{Value as Json, json};

use super::read::{By, check_active, found, note_altered};
use super::rows::{ItemRow, Which};
use super::stream::{ItemStream, Segment};
use super::turns::Turns;
use super::{Item, Kind, provided, segments};
use crate::dataset::{purposes, reading};
use crate::error::{Error, Result};
use crate::live::Liveness;
use crate::session::{Session, Witness};
use crate::{Credential, Custody, member, record};

/// The rule by which a view of pixels that may name people is refused to who may only look.
const PIXELS_RULE: &str = "view.pixels";

/// How much looking one process does at once.
#[derive(Clone)]
pub struct Looks {
    /// The most bytes of an item that is looked at.
    pub item_bytes: u64,
    /// What one view may cost, and who draws documents and films.
    pub tools: Tools,
    turns: Arc<Turns>,
}

/// What was seen of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked<T> {
    /// The item and the version that was looked at.
    pub item: Item,
    /// The entry of the trail.
    pub event: EventId,
    /// The mark, for who may look and not take.
    pub mark: Option<String>,
    /// What was seen.
    pub seen: T,
}

impl Looks {
    /// So many views at once, and beside them so many of documents and films; of items of at most so many bytes, each within the
    /// limits. Nobody draws documents and films.
    pub fn new(at_once: usize, item_bytes: u64, limits: Limits) -> Self {
        Self {
            item_bytes,
            tools: Tools::alone(limits),
            turns: Arc::new(Turns::new(at_once)),
        }
    }

    /// With somebody who draws documents and films.
    pub fn with_elsewhere(mut self, elsewhere: Arc<dyn Elsewhere>) -> Self {
        self.tools.elsewhere = elsewhere;
        self
    }
}

impl Default for Looks {
    /// Two at once, 256 MiB.
    fn default() -> Self {
        Self::new(2, 256 << 20, Limits::default())
    }
}

impl Custody {
    /// What there is to see: what sort of file, how large, how many frames, and whether people may be named in it.
    pub async fn look_into(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
    ) -> Result<Looked<Seen>> {
        let what = json!({ "look": "info" });
        let open = self
            .open_look(credential, request, item, version, what, None)
            .await?;
        self.draw(open, |bytes, media_type, _, tools| tools.probe(bytes, media_type))
            .await
    }

    /// A picture of it. The mark of the view is set here.
    pub async fn look(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
        view: View,
    ) -> Result<Looked<Rendered>> {
        let what = told(&view);
        let open = self
            .open_look(credential, request, item, version, what, None)
            .await?;
        self.draw_picture(open, view).await
    }

    /// Draws what was opened; with a mark, nothing of a file in whose pixels people may be named.
    pub(crate) async fn draw_picture(&self, open: Open, view: View) -> Result<Looked<Rendered>> {
        let kept = open.refusal();
        let drawn = self.draw(open, move |bytes, media_type, mark, tools| {
            if mark.is_some() && tools.risk(bytes, media_type)?.is_some() {
                return Ok(None);
            }
            let mark = mark.map(ToOwned::to_owned);
            tools.render(bytes, media_type, &View { mark, ..view }).map(Some)
        });
        let Looked {
            item,
            event,
            mark,
            seen,
        } = drawn.await?;
        match seen {
            Some(seen) => Ok(Looked {
                item,
                event,
                mark,
                seen,
            }),
            None => Err(self.refuse_pixels(kept).await),
        }
    }

    /// A page of its text. The values of records and tables are covered; one of them is shown when it is named and the
    /// request says why.
    pub async fn look_at_text(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
        from: usize,
        reveal: Option<String>,
    ) -> Result<Looked<Excerpt>> {
        if reveal.is_some() && request.reason.is_none() {
            let problem = "say why this value is to be shown; the trail keeps it";
            return Err(Error::invalid("bailee-reason", problem));
        }
        let what = json!({ "look": "text", "page": from, "revealed": reveal });
        let named = reveal.clone();
        let open = self
            .open_look(credential, request, item, version, what, named)
            .await?;
        self.draw(open, move |bytes, media_type, _, tools| {
            rendering::excerpt(bytes, media_type, from, reveal.as_deref(), &tools.limits)
        })
        .await
    }

    /// Decides and records. Nothing is opened yet. A value that is to be shown takes the right to see it, where it is a masked field's.
    async fn open_look(
        &self,
        credential: &Credential,
        request: Request,
        item: ItemId,
        version: Option<VersionId>,
        what: Json,
        reveal: Option<String>,
    ) -> Result<Open> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::ItemView)?;
                let which = version.map_or(Which::Newest, Which::Version);
                let row = found(op, &session, item, which, Action::ItemView)?;
                let resource = Resource::version(row.dataset, row.id, row.version);
                let facts = row.facts(&session);
                let permit: Permit<ViewItem> = op.permit(resource, &facts)?;
                let may_take = op.would_permit::<Take>(&facts)?;
                check_active(&row, false)?;
                if let Some(path) = &reveal {
                    record::check_path(op, &session, &row, path)?;
                }
                let mark = match may_take {
                    true => None,
                    false => Some(mark_of(op, &permit, &session)?),
                };
                let by = custody.by_session(op, &session, row.id, what.clone())?;
                custody.open_view(op, permit, &session, &row, mark, by)
            })
            .await
    }

    /// Spends the permit. `by` says what kind of look it is.
    pub(crate) fn open_view(
        &self,
        op: &mut Op<'_>,
        permit: Permit<ViewItem>,
        session: &Session,
        row: &ItemRow,
        mark: Option<String>,
        by: By,
    ) -> Result<Open> {
        purposes::check_use(op, session, row, Action::ItemView)?;
        reading::check(op, session, row, Action::ItemView)?;
        let item = row
            .item(session)
            .inspect_err(|error| note_altered(op, row, Action::ItemView, error))?;
        if row.size > self.looks.item_bytes {
            return Err(not_shown(&Refused::TooLarge {
                what: "bytes",
                limit: self.looks.item_bytes,
            }));
        }
        let check = row.meta()?.provided.filter(|_| item.version.key_provided);
        let key = provided::bytes_key(&row.version_key, check.as_deref(), None)?;
        let segments = segments::find(op, session, row, &key, &item.version, &(0..row.size))?;
        let By { live, says, .. } = by;
        let mut details = says;
        details["marked"] = json!(mark.is_some());
        details["sha256"] = json!(item.version.sha256);
        let event = op.record(permit, details)?;
        Ok(Open {
            item,
            event,
            mark,
            segments,
            witness: session.witness(Action::ItemView),
            live,
        })
    }

    /// Opens the bytes and draws, when it is this one's turn. Documents and films take as long as their bounds let them, so they have
    /// turns of their own: nobody else waits for them.
    async fn draw<T, D>(&self, open: Open, draw: D) -> Result<Looked<T>>
    where
        T: Send + 'static,
        D: FnOnce(&[u8], &str, Option<&str>, &Tools) -> std::result::Result<T, Refused> + Send + 'static,
    {
        let Open {
            item,
            event,
            mark,
            segments,
            witness,
            live,
        } = open;
        let mut turn = self.looks.turns.any().await?;
        let size = usize::try_from(item.version.size).unwrap_or(usize::MAX);
        let mut content = ItemStream::start(self, segments, &item, witness, live.clone()).await?;
        if content.begins(rendering::maybe_elsewhere).await? {
            // Let go of first: who waits for one of these must not hold what pictures need.
            drop(turn);
            turn = self.looks.turns.confined().await?;
        }
        let bytes = content.whole(size).await?;
        let (tools, media_type, on) = (
            self.looks.tools.clone(),
            media_type(&item).to_owned(),
            mark.clone(),
        );
        let drawn = tokio::task::spawn_blocking(move || {
            let drawn = draw(&bytes, &media_type, on.as_deref(), &tools);
            // Held until here also when nobody waits any more, for the work goes on all the same.
            drop(turn);
            drawn
        });
        let drawn = drawn.await.map_err(|error| Error::Internal(error.to_string()))?;
        // The key or the lease may have ended meanwhile.
        live.check()?;
        let seen = drawn.map_err(|refused| not_shown(&refused))?;
        Ok(Looked {
            item,
            event,
            mark,
            seen,
        })
    }

    /// Records that a view was refused after the file was opened, and says so.
    async fn refuse_pixels(&self, (witness, resource): (Witness, Resource)) -> Error {
        let desk = &self.desk;
        // Always an error, so that the act rolls back and its refusal is recorded.
        let told: Result<()> = desk
            .act(desk.own_request(), move |op| {
                op.enter(witness.caller());
                let reasons = vec![PIXELS_RULE.to_owned()];
                op.refuse(Action::ItemView, resource.clone(), json!({ "reasons": reasons }))?;
                Err(Error::Forbidden {
                    action: Action::ItemView,
                    reasons,
                })
            })
            .await;
        told.err()
            .unwrap_or_else(|| Error::Internal("a refusal was not refused".into()))
    }
}

/// What the trail says of a view.
pub(crate) fn told(view: &View) -> Json {
    let region = view.region.map(|it| json!([it.x, it.y, it.width, it.height]));
    // Thumbnails are told from views by it.
    let size = view.size.map(|it| json!([it.width, it.height]));
    match view.at {
        Some(at) => json!({ "look": "picture", "at": at.as_secs_f64(), "region": region, "size": size }),
        None => json!({ "look": "picture", "frame": view.frame, "region": region, "size": size }),
    }
}

/// What the transaction hands to the drawing.
pub(crate) struct Open {
    item: Item,
    event: EventId,
    mark: Option<String>,
    segments: Vec<Segment>,
    witness: Witness,
    live: Liveness,
}

impl Open {
    /// What is needed to refuse after all.
    fn refusal(&self) -> (Witness, Resource) {
        let resource = Resource::version(self.item.dataset, self.item.id, self.item.version.id);
        (self.witness.clone(), resource)
    }
}

fn mark_of(op: &mut Op<'_>, permit: &Permit<ViewItem>, session: &Session) -> Result<String> {
    if session.let_in().is_some() {
        // Their record is the installation's; the tenant knows them by id.
        return Ok(mark("operator", session.member, op.now()));
    }
    let row = member::rows::find(op, session, session.member)?.ok_or(Error::Unauthenticated)?;
    let member = row.member(op, permit, session)?;
    Ok(mark(&member.name, member.id, op.now()))
}

/// Who, and when. The end of the id tells apart who has the same name, or one in letters that the mark cannot show.
fn mark(name: &str, member: MemberId, now: Timestamp) -> String {
    let (id, now) = (member.to_string().replace('-', ""), now.to_string());
    let id = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    let minute = now.get(..16).unwrap_or(&now).replace('T', " ");
    format!("{name} {id} {minute} UTC")
}

/// What the text of an item is, as its kind, its client or its name says. It decides what is covered, so that what was sent
/// without a type is not shown openly.
fn media_type(item: &Item) -> &str {
    let said = item.version.content_type.as_str();
    let name = item.name.to_ascii_lowercase();
    match (item.kind, said) {
        (Kind::Record, _) => "application/json",
        (_, "" | "application/octet-stream" | "text/plain") if name.ends_with(".csv") => "text/csv",
        (_, "" | "application/octet-stream" | "text/plain") if name.ends_with(".json") => "application/json",
        _ => said,
    }
}

fn not_shown(refused: &Refused) -> Error {
    match refused {
        Refused::Outside { field, problem } => Error::invalid(field, problem.clone()),
        Refused::Failed { reason } => Error::Internal(reason.clone()),
        other => Error::NotShown(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_says_who_and_when() {
        let member: MemberId = "0198f0c2-7d3a-7c11-9b1e-5f6a7b8c9d0e".parse().unwrap();
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        assert_eq!(mark("Wanda", member, now), "Wanda 7b8c9d0e 2023-11-14 22:13 UTC");
    }
}
