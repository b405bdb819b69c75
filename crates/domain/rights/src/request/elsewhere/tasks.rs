//! What has to be done at each place for a request, and that it was.

use std::time::Duration;

use access::Action;
use custody::{Credential, Error, Result, Session};
use kernel::{RequestId, Timestamp};
use operation::acts::{DecideRequest, DoTask, PackRequest, ViewRequest};
use operation::{Act, Op, Request};
use serde_json::json;

use super::rows::{self, TaskRow};
use super::{HandedOver, MOST_NAME, Place, SaidOf, Task, TaskState};
use crate::Rights;
use crate::acts::{check_text, invalid};
use crate::request::rows::{self as requests, RequestRow};
use crate::request::{MOST_DOCUMENT_BYTES, MOST_LINE, PersonRequest, State, Step, rule};

impl Rights {
    /// What has to be done elsewhere for a request, and what was. None before it is known that it is the person who asks.
    pub async fn tasks(&self, credential: &Credential, request: Request, id: RequestId) -> Result<Vec<Task>> {
        let view = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = requests::permitted::<ViewRequest>(op, session, id, |_| false)?;
            let due_at = due(op, session, &row.request)?;
            let found = all(op, &permit, session, &row)?;
            op.record(permit, json!({ "request": id, "tasks": found.len() }))?;
            Ok(found.into_iter().map(|task| task.shown(due_at)).collect())
        };
        self.act(credential, request, Action::RequestView, view).await
    }

    /// What was asked for was done at the place.
    pub async fn do_task(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        place: String,
        note: String,
    ) -> Result<Task> {
        let action = Action::RequestTask;
        self.settle_task::<DoTask>(credential, request, (id, place, note), action, TaskState::Done)
            .await
    }

    /// Nothing has to be done there, for the reason that the note says.
    pub async fn waive_task(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        place: String,
        note: String,
    ) -> Result<Task> {
        let action = Action::RequestDecide;
        self.settle_task::<DecideRequest>(credential, request, (id, place, note), action, TaskState::Waived)
            .await
    }

    async fn settle_task<A: Act>(
        &self,
        credential: &Credential,
        request: Request,
        (id, place, note): (RequestId, String, String),
        action: Action,
        state: TaskState,
    ) -> Result<Task> {
        check_text("note", &note, MOST_LINE)?;
        let settle = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = requests::permitted::<A>(op, session, id, |_| false)?;
            let step = match state {
                TaskState::Waived => Step::TaskWaived,
                TaskState::Open | TaskState::Done => Step::TaskDone,
            };
            row.take(op, &permit, session, step, Some(&note))?;
            let mut task = one(all(op, &permit, session, &row)?, &place)?;
            task.state = state;
            (task.settled_at, task.settled_by) = (Some(op.now()), Some(session.member()));
            task.said.note = Some(note.clone());
            rows::keep(op, &permit, session, &row, &task)?;
            row.save(op, &permit, session)?;
            op.record(permit, json!({ "request": id, "place": place, "task": state }))?;
            Ok(task.shown(None))
        };
        self.act(credential, request, action, settle).await
    }

    /// Keeps the file that a place handed over, in place of one before. It goes into the package once the task is done.
    pub async fn keep_task_file(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        place: String,
        name: String,
        file: Vec<u8>,
    ) -> Result<Task> {
        check_text("name", &name, MOST_NAME)?;
        if file.is_empty() {
            return Err(invalid("body", "send the file"));
        }
        if file.len() > MOST_DOCUMENT_BYTES {
            let limit = MOST_DOCUMENT_BYTES as u64;
            return Err(Error::TooLarge { limit });
        }
        let keep = move |op: &mut Op<'_>, session: &Session| {
            let (mut row, permit) = requests::permitted::<DoTask>(op, session, id, |_| false)?;
            row.take(op, &permit, session, Step::TaskFile, None)?;
            let mut task = one(all(op, &permit, session, &row)?, &place)?;
            task.said.file = Some(name.clone());
            rows::keep(op, &permit, session, &row, &task)?;
            rows::keep_file(op, &permit, session, &row, &task.blind, &file)?;
            row.save(op, &permit, session)?;
            op.record(
                permit,
                json!({ "request": id, "place": place, "bytes": file.len() }),
            )?;
            Ok(task.shown(None))
        };
        self.act(credential, request, Action::RequestTask, keep).await
    }

    /// The file that a place handed over.
    pub async fn task_file(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        place: String,
    ) -> Result<Vec<u8>> {
        self.read_file::<ViewRequest>(credential, request, Action::RequestView, id, place)
            .await
    }

    /// The same for a package.
    pub(crate) async fn packed_file(
        &self,
        credential: &Credential,
        request: Request,
        id: RequestId,
        place: String,
    ) -> Result<Vec<u8>> {
        self.read_file::<PackRequest>(credential, request, Action::RequestPackage, id, place)
            .await
    }

    async fn read_file<A: Act>(
        &self,
        credential: &Credential,
        request: Request,
        action: Action,
        id: RequestId,
        place: String,
    ) -> Result<Vec<u8>> {
        let read = move |op: &mut Op<'_>, session: &Session| {
            let (row, permit) = requests::permitted::<A>(op, session, id, |_| false)?;
            let blind = rows::blind(session, &place);
            let file = rows::file(op, &permit, session, &row, &blind)?;
            let file = file.ok_or(Error::NotFound("file"))?;
            op.record(permit, json!({ "request": id, "place": place, "file": "seen" }))?;
            Ok(file)
        };
        self.act(credential, request, action, read).await
    }
}

/// Refuses to answer while a place is not settled.
pub(in crate::request) fn check_settled(
    op: &mut Op<'_>,
    session: &Session,
    request: &PersonRequest,
) -> Result<()> {
    let open = open_places(op, session, request)?;
    if open.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = open.into_iter().map(|place| place.word).collect();
    Err(Error::Conflict(format!(
        "data is kept elsewhere as well, and nobody has settled what was done there: {}",
        words.join(", ")
    )))
}

/// How many places are not settled.
pub(in crate::request) fn open_count(
    op: &mut Op<'_>,
    session: &Session,
    request: &PersonRequest,
) -> Result<usize> {
    Ok(open_places(op, session, request)?.len())
}

/// What places said and handed over, for the person.
pub(crate) fn handed_over<A: Act>(
    op: &mut Op<'_>,
    permit: &operation::Permit<A>,
    session: &Session,
    id: RequestId,
) -> Result<Vec<HandedOver>> {
    let Some(row) = requests::find(op, session, id)? else {
        return Ok(Vec::new());
    };
    let tasks = all(op, permit, session, &row)?.into_iter();
    let handed = tasks.map(|task| HandedOver {
        file: task.said.file.filter(|_| task.state == TaskState::Done),
        state: task.state,
        word: task.said.place.word,
        name: task.said.place.name,
        data: task.said.place.data,
        answers: task.said.place.answers,
    });
    Ok(handed.collect())
}

/// The places of a request that nobody has settled.
fn open_places(op: &mut Op<'_>, session: &Session, request: &PersonRequest) -> Result<Vec<Place>> {
    if request.state != State::Open {
        return Ok(Vec::new());
    }
    let settled = rows::settled(op, session, request.id)?;
    let mut places = rows::places(op, session)?;
    places.retain(|place| {
        place.kinds.contains(&request.kind) && !settled.contains(&rows::blind(session, &place.word))
    });
    Ok(places)
}

/// What was said of places with the request, and those of which nothing was yet.
fn all<A: Act>(
    op: &mut Op<'_>,
    permit: &operation::Permit<A>,
    session: &Session,
    row: &RequestRow,
) -> Result<Vec<TaskRow>> {
    let open = open_places(op, session, &row.request)?;
    let mut tasks = rows::tasks(op, permit, session, row)?;
    // Of a place that is not one any more, only what was settled counts.
    tasks.retain(|task| {
        task.state != TaskState::Open || open.iter().any(|place| place.word == task.said.place.word)
    });
    for place in open {
        if tasks.iter().all(|task| task.said.place.word != place.word) {
            tasks.push(TaskRow {
                blind: rows::blind(session, &place.word),
                state: TaskState::Open,
                settled_at: None,
                settled_by: None,
                said: SaidOf {
                    place,
                    note: None,
                    file: None,
                },
            });
        }
    }
    tasks.sort_by(|one, other| one.said.place.word.cmp(&other.said.place.word));
    Ok(tasks)
}

fn one(tasks: Vec<TaskRow>, place: &str) -> Result<TaskRow> {
    let mut tasks = tasks.into_iter();
    let found = tasks.find(|task| task.said.place.word == place);
    found.ok_or(Error::NotFound("place"))
}

/// As long before the request is due as somebody is reminded of it.
fn due(op: &mut Op<'_>, session: &Session, request: &PersonRequest) -> Result<Option<Timestamp>> {
    let days = rule::settled(op, session)?.rule.remind_days;
    let ahead = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    let ends = [request.own_due_at, request.law_due_at];
    let first = ends.into_iter().flatten().min();
    Ok(first
        .filter(|_| request.closed_at.is_none())
        .map(|at| at.minus(ahead)))
}

impl TaskRow {
    fn shown(self, due_at: Option<Timestamp>) -> Task {
        Task {
            place: self.said.place,
            state: self.state,
            due_at: due_at.filter(|_| self.state == TaskState::Open),
            settled_at: self.settled_at,
            settled_by: self.settled_by,
            note: self.said.note,
            file: self.said.file,
        }
    }
}
