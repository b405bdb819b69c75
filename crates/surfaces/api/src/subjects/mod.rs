//! People the data is about: found, linked, merged, restricted, erased.

mod erasures;
mod merges;
mod shapes;

use axum::extract::State;
use axum::response::Response;
use kernel::{IdentifierId, SubjectId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{Json, Path, Query};

use self::shapes::{About, LinkedItem, NewIdentifier, NewSubject, Subject};
use crate::ApiState;
use crate::answers::created;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::items::ItemPath;
use crate::paging::{Page, Paging};
use crate::words::RestrictionGround;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find))
        .routes(routes!(view))
        .routes(routes!(items))
        .routes(routes!(add_identifier))
        .routes(routes!(remove_identifier))
        .routes(routes!(restrict, release))
        .routes(routes!(link))
        .merge(merges::routes())
        .merge(erasures::routes())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct SubjectPath {
    /// The person's id.
    #[param(value_type = Uuid)]
    subject: SubjectId,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
struct IdentifierPath {
    /// The person's id.
    #[param(value_type = Uuid)]
    subject: SubjectId,
    /// The id of what they are known by.
    #[param(value_type = Uuid)]
    identifier: IdentifierId,
}

/// Lists the people the data is about, oldest first
#[utoipa::path(get, path = "/v1/subjects", operation_id = "subject.list", tag = "subjects", params(Paging),
    responses((status = 200, description = "A page of people", body = Page<Subject>)))]
async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<Subject>>> {
    let page = paging.page()?;
    let found = state
        .rights
        .subjects(&caller.credential, caller.request, page)
        .await?;
    Ok(Json(found.into()))
}

/// Keeps a person by what they are known by
///
/// Needs no `Idempotency-Key`: once somebody is known by it, a repetition is refused.
#[utoipa::path(post, path = "/v1/subjects", operation_id = "subject.change.create", tag = "subjects",
    request_body = NewSubject, responses((status = 201, description = "The person", body = Subject),
        (status = 409, description = "Somebody is known by this already, or was erased and is not to be taken in again")))]
async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Json(new): Json<NewSubject>,
) -> Answer<Response> {
    let identifiers = new.identifiers.into_iter().map(NewIdentifier::identifier);
    let identifiers = identifiers.collect::<Answer<_>>()?;
    let made = state
        .rights
        .create_subject(&caller.credential, caller.request, identifiers)
        .await?;
    Ok(created(&format!("/v1/subjects/{}", made.id), Subject::from(made)))
}

/// Finds the person who is known by something
///
/// What is asked for travels in the body, so that no log of URLs has it, and is neither logged nor recorded.
#[utoipa::path(post, path = "/v1/subjects/search", operation_id = "subject.view.search", tag = "subjects",
    request_body = NewIdentifier, responses((status = 200, description = "The person", body = Subject),
        (status = 404, description = "Nobody is known by it")))]
async fn find(
    State(state): State<ApiState>,
    caller: Caller,
    Json(search): Json<NewIdentifier>,
) -> Answer<Json<Subject>> {
    let identifier = search.identifier()?;
    let found = state
        .rights
        .find_subject(&caller.credential, caller.request, identifier)
        .await?;
    Ok(Json(found.into()))
}

/// Shows one person
#[utoipa::path(get, path = "/v1/subjects/{subject}", operation_id = "subject.view", tag = "subjects",
    params(SubjectPath), responses((status = 200, description = "The person", body = Subject)))]
async fn view(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
) -> Answer<Json<Subject>> {
    let found = state
        .rights
        .subject(&caller.credential, caller.request, path.subject)
        .await?;
    Ok(Json(found.into()))
}

/// Lists the items about a person, oldest first
///
/// Those that are about others as well are among them.
#[utoipa::path(get, path = "/v1/subjects/{subject}/items", operation_id = "subject.view.items", tag = "subjects",
    params(SubjectPath, Paging), responses((status = 200, description = "A page of items", body = Page<LinkedItem>)))]
async fn items(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<LinkedItem>>> {
    let page = paging.page()?;
    let found = state
        .rights
        .items_about(&caller.credential, caller.request, path.subject, page)
        .await?;
    Ok(Json(found.into()))
}

/// Adds something that a person is known by
///
/// Needs no `Idempotency-Key`: once somebody is known by it, a repetition is refused.
#[utoipa::path(post, path = "/v1/subjects/{subject}/identifiers", operation_id = "subject.change.identifier.add",
    tag = "subjects", params(SubjectPath), request_body = NewIdentifier,
    responses((status = 200, description = "The person", body = Subject),
        (status = 409, description = "Somebody is known by this already, or was erased and is not to be taken in again")))]
async fn add_identifier(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
    Json(new): Json<NewIdentifier>,
) -> Answer<Json<Subject>> {
    let identifier = new.identifier()?;
    let changed = state
        .rights
        .add_identifier(&caller.credential, caller.request, path.subject, identifier);
    Ok(Json(changed.await?.into()))
}

/// Removes something that a person is known by
#[utoipa::path(delete, path = "/v1/subjects/{subject}/identifiers/{identifier}",
    operation_id = "subject.change.identifier.remove", tag = "subjects", params(IdentifierPath),
    responses((status = 200, description = "The person", body = Subject)))]
async fn remove_identifier(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<IdentifierPath>,
) -> Answer<Json<Subject>> {
    let (subject, identifier) = (path.subject, path.identifier);
    let changed = state
        .rights
        .remove_identifier(&caller.credential, caller.request, subject, identifier);
    Ok(Json(changed.await?.into()))
}

/// Why processing is restricted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Restriction {
    ground: RestrictionGround,
}

/// Restricts processing of everything about a person
///
/// From the answer on, items, records, annotations, work and exports about them refuse, whoever asks (GDPR Article 18).
#[utoipa::path(put, path = "/v1/subjects/{subject}/restriction", operation_id = "subject.restrict", tag = "subjects",
    params(SubjectPath), request_body = Restriction,
    responses((status = 200, description = "The person", body = Subject),
        (status = 409, description = "It is restricted already")))]
async fn restrict(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
    Json(restriction): Json<Restriction>,
) -> Answer<Json<Subject>> {
    let ground = restriction.ground.into();
    let changed = state
        .rights
        .restrict(&caller.credential, caller.request, path.subject, ground);
    Ok(Json(changed.await?.into()))
}

/// Lifts a restriction
///
/// `Bailee-Reason` says why; the person is to be told before (GDPR Article 18(3)).
#[utoipa::path(delete, path = "/v1/subjects/{subject}/restriction", operation_id = "subject.release", tag = "subjects",
    params(SubjectPath), responses((status = 200, description = "The person", body = Subject),
        (status = 409, description = "It is not restricted")))]
async fn release(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<SubjectPath>,
) -> Answer<Json<Subject>> {
    let changed = state
        .rights
        .lift_restriction(&caller.credential, caller.request, path.subject);
    Ok(Json(changed.await?.into()))
}

/// Says whom an item is about
///
/// About exactly one person it hangs on their key as well as on the dataset's; about several on the dataset's alone.
#[utoipa::path(put, path = "/v1/items/{item}/subjects", operation_id = "subject.link", tag = "subjects",
    params(ItemPath), request_body = About, responses((status = 200, description = "Whom it is about now", body = About)))]
async fn link(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ItemPath>,
    Json(about): Json<About>,
) -> Answer<Json<About>> {
    let linked = state
        .rights
        .link(&caller.credential, caller.request, path.item, about.subjects);
    Ok(Json(About {
        subjects: linked.await?,
    }))
}
