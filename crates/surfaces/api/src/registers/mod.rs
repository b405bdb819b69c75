//! Registers: what a company keeps on file, by whom it was approved and how long it is good.

mod shapes;
mod sheet;

use axum::extract::State;
use axum::response::Response;
use governance::entry::EntryFilter;
use kernel::EntryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{Entry, NewEntry, RegisterField, Standing};
use crate::ApiState;
use crate::answers::created;
use crate::caller::{Caller, Input, Once};
use crate::document::IdempotencyHeader;
use crate::errors::Answer;
use crate::paging::{Page, page};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(registers))
        .routes(routes!(list, add))
        .routes(routes!(due))
        .routes(routes!(view, change))
        .routes(routes!(versions))
        .routes(routes!(approve))
        .routes(routes!(end))
        .merge(sheet::routes())
}

/// One register, and how it stands.
#[derive(Debug, Serialize, ToSchema)]
struct Register {
    /// Its name in addresses.
    register: String,
    title: String,
    /// What belongs into it.
    says: String,
    /// How many days an entry is good for; absent when an entry is good until it is ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    good_for_days: Option<u16>,
    /// Whether a statement is not enough as evidence.
    needs_document: bool,
    /// Whether an entry has to say which period its evidence covers.
    needs_period: bool,
    /// What stands still while an entry is late.
    when_late: String,
    fields: Vec<RegisterField>,
    /// How many entries are not ended.
    entries: u64,
    /// How many of them are late or not approved.
    late: u64,
    /// The best standing of an entry; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<Standing>,
}

/// The registers of the team.
#[derive(Debug, Serialize, ToSchema)]
struct Registers {
    registers: Vec<Register>,
}

/// Entries, all that there are.
#[derive(Debug, Serialize, ToSchema)]
struct Entries {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct RegisterPath {
    /// The register's name, such as `penetration-tests`.
    pub(super) register: String,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct EntryPath {
    /// The entry's id.
    #[param(value_type = Uuid)]
    entry: EntryId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Those that were ended as well.
    #[serde(default)]
    ended: bool,
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DueQuery {
    /// How many days to look ahead; 30 when absent, 366 at most.
    #[param(maximum = 366)]
    within_days: Option<u16>,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangeQuery {
    /// The number of the version that the author has seen; 412 when it is not the newest any more.
    seen: u32,
}

/// Which version is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "number": 2 }))]
struct Approving {
    /// The number of the version.
    number: u32,
}

/// Why an entry ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "the vendor is not used any more" }))]
struct Ending {
    reason: String,
}

/// Lists the registers, and how each stands
#[utoipa::path(get, path = "/v1/registers", operation_id = "register.read", tag = "registers",
    responses((status = 200, description = "All registers", body = Registers)))]
async fn registers(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Registers>> {
    let counts = state
        .governance
        .list_registers(&caller.credential, caller.request)
        .await?;
    let registers = governance::registers()
        .iter()
        .zip(counts)
        .map(|(register, count)| Register {
            register: register.id.clone(),
            title: register.title.clone(),
            says: register.says.clone(),
            good_for_days: register.good_for_days,
            needs_document: register.needs_document,
            needs_period: register.needs_period,
            when_late: register.when_late.clone(),
            fields: register.fields.iter().map(RegisterField::from).collect(),
            entries: count.entries,
            late: count.late,
            best: count.best.map(Standing::from),
        });
    let registers = registers.collect();
    Ok(Json(Registers { registers }))
}

/// Lists the entries of a register, oldest first, each in its newest version
#[utoipa::path(get, path = "/v1/registers/{register}/entries", operation_id = "register.read.entries", tag = "registers",
    params(RegisterPath, ListQuery), responses((status = 200, description = "A page of entries", body = Page<Entry>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RegisterPath>,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Page<Entry>>> {
    let page = page(query.limit, query.cursor.as_deref())?;
    let filter = EntryFilter { ended: query.ended };
    let entries = state
        .governance
        .list_entries(&caller.credential, caller.request, &path.register, filter, page)
        .await?;
    Ok(Json(entries.into()))
}

/// Writes an entry into a register
///
/// It shows nothing until somebody else than its author approves it.
#[utoipa::path(post, path = "/v1/registers/{register}/entries", operation_id = "register.write", tag = "registers",
    params(RegisterPath, IdempotencyHeader), request_body = NewEntry,
    responses((status = 201, description = "The entry", body = Entry)))]
async fn add(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<RegisterPath>,
    once: Once,
    input: Input<NewEntry>,
) -> Answer<Response> {
    let idempotency = once.of(&[path.register.as_bytes(), &input.bytes]);
    let entry = state
        .governance
        .add_entry(
            &caller.credential,
            caller.request,
            &path.register,
            input.value.into(),
            idempotency,
        )
        .await?;
    let location = format!("/v1/register-entries/{}", entry.id);
    Ok(created(&location, Entry::from(entry)))
}

/// Lists what ends soon or has ended, soonest first, and what waits for approval
#[utoipa::path(get, path = "/v1/register-entries", operation_id = "register.read.due", tag = "registers",
    params(DueQuery), responses((status = 200, description = "At most 1,000 entries", body = Entries)))]
async fn due(
    State(state): State<ApiState>,
    caller: Caller,
    Query(query): Query<DueQuery>,
) -> Answer<Json<Entries>> {
    let days = query.within_days.unwrap_or(30);
    let entries = state
        .governance
        .due_entries(&caller.credential, caller.request, days)
        .await?;
    Ok(Json(entries.into()))
}

/// Shows an entry in its newest version
#[utoipa::path(get, path = "/v1/register-entries/{entry}", operation_id = "register.read.entry", tag = "registers",
    params(EntryPath), responses((status = 200, description = "The entry", body = Entry)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
) -> Answer<Json<Entry>> {
    let entry = state
        .governance
        .entry(&caller.credential, caller.request, path.entry)
        .await?;
    Ok(Json(entry.into()))
}

/// Writes a further version of an entry
///
/// What was approved stays in force until the new version is.
#[utoipa::path(put, path = "/v1/register-entries/{entry}", operation_id = "register.write.change", tag = "registers",
    params(EntryPath, ChangeQuery), request_body = NewEntry,
    responses((status = 200, description = "The new version", body = Entry),
        (status = 409, description = "The entry was ended"),
        (status = 412, description = "The version that was seen is not the newest")))]
async fn change(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
    Query(query): Query<ChangeQuery>,
    input: Input<NewEntry>,
) -> Answer<Json<Entry>> {
    let entry = state
        .governance
        .change_entry(
            &caller.credential,
            caller.request,
            path.entry,
            query.seen,
            input.value.into(),
        )
        .await?;
    Ok(Json(entry.into()))
}

/// Lists all versions of an entry, oldest first
#[utoipa::path(get, path = "/v1/register-entries/{entry}/versions", operation_id = "register.read.versions",
    tag = "registers", params(EntryPath), responses((status = 200, description = "The versions", body = Entries)))]
async fn versions(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
) -> Answer<Json<Entries>> {
    let versions = state
        .governance
        .entry_history(&caller.credential, caller.request, path.entry)
        .await?;
    Ok(Json(versions.into()))
}

/// Approves a version that somebody else wrote, which puts it in force
///
/// Needs no `Idempotency-Key`: a version is approved once, and asking again changes nothing.
#[utoipa::path(post, path = "/v1/register-entries/{entry}/approve", operation_id = "register.approve", tag = "registers",
    params(EntryPath), request_body = Approving,
    responses((status = 200, description = "The entry", body = Entry),
        (status = 409, description = "It or a newer version was approved already, or the entry was ended")))]
async fn approve(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
    input: Input<Approving>,
) -> Answer<Json<Entry>> {
    let entry = state
        .governance
        .approve_entry(&caller.credential, caller.request, path.entry, input.value.number)
        .await?;
    Ok(Json(entry.into()))
}

/// Ends an entry: it shows nothing from now on, and stays to be read
///
/// Needs no `Idempotency-Key`: an entry ends once, and asking again changes nothing.
#[utoipa::path(post, path = "/v1/register-entries/{entry}/end", operation_id = "register.write.end", tag = "registers",
    params(EntryPath), request_body = Ending,
    responses((status = 200, description = "The entry", body = Entry),
        (status = 409, description = "It was ended already")))]
async fn end(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<EntryPath>,
    input: Input<Ending>,
) -> Answer<Json<Entry>> {
    let entry = state
        .governance
        .end_entry(&caller.credential, caller.request, path.entry, input.value.reason)
        .await?;
    Ok(Json(entry.into()))
}

impl From<Vec<governance::entry::Entry>> for Entries {
    fn from(entries: Vec<governance::entry::Entry>) -> Self {
        let entries = entries.into_iter().map(Entry::from).collect();
        Self { entries }
    }
}
