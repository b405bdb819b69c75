//! The members of a team, for its directory.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use custody::member::directory::{Described, Found};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use web::extract::Query;

use super::answers::{list as listed, told};
use super::draft::Draft;
use super::fault::{Answer, Fault};
use super::filter::{self, Asked};
use super::requests::{Body, Directory, Listing, Parted, User};
use super::{patch as patches, person};
use crate::ApiState;

/// Lists members, or finds one.
pub(super) async fn list(
    State(state): State<ApiState>,
    directory: Directory,
    query: Result<Query<Listing>, web::Problem>,
) -> Answer<Response> {
    let Query(listing) = query?;
    let page = (listing.start() - 1, listing.count());
    let found = match filter::read(listing.filter.as_deref())? {
        Asked::Which(which) => {
            let Directory { credential, request } = directory;
            state
                .custody
                .list_described(&credential, request, which, page)
                .await?
        }
        Asked::Id(member) => by_id(&state, directory, member).await?,
    };
    let parts = listing.parts();
    let shown = found.items.iter().map(|found| person::shown(found, &parts));
    let document = listed(found.total, listing.start(), shown.collect());
    Ok(told(StatusCode::OK, &document))
}

/// The one with this id, as a list; empty where there is none.
async fn by_id(state: &ApiState, directory: Directory, member: Option<kernel::MemberId>) -> Answer<Found> {
    let Directory { credential, request } = directory;
    let found = match member {
        Some(member) => state.custody.described(&credential, request, member).await,
        None => Err(custody::Error::NotFound("member")),
    };
    let items = match found {
        Ok(found) => vec![found],
        Err(custody::Error::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let total = items.len() as u64;
    Ok(Found { total, items })
}

/// Takes somebody in.
pub(super) async fn create(
    State(state): State<ApiState>,
    Directory { credential, request }: Directory,
    Body(body): Body,
) -> Answer<Response> {
    let mut draft = Draft::default();
    draft.say_all(&body)?;
    let new = draft.into_new()?;
    let taken = state.custody.take_described(&credential, request, new).await;
    let taken = taken.map_err(|error| Fault::from(error).unique())?;
    let mut response = told(StatusCode::CREATED, &person::shown(&taken, &Parted::default()));
    if let Ok(place) = HeaderValue::try_from(person::place(&taken)) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

/// Shows one.
pub(super) async fn view(
    State(state): State<ApiState>,
    Directory { credential, request }: Directory,
    User(member): User,
    query: Result<Query<Parted>, web::Problem>,
) -> Answer<Response> {
    let Query(parts) = query?;
    let seen = state.custody.described(&credential, request, member).await?;
    Ok(told(StatusCode::OK, &person::shown(&seen, &parts)))
}

/// Says everything anew. Class, state and the directory's own word stay where nothing is said of them.
pub(super) async fn replace(
    State(state): State<ApiState>,
    directory: Directory,
    user: User,
    Body(body): Body,
) -> Answer<Response> {
    let mut draft = Draft::default();
    draft.say_all(&body)?;
    edit(&state, directory, user, draft.whole()).await.map(shown)
}

/// Says some things anew.
pub(super) async fn patch(
    State(state): State<ApiState>,
    directory: Directory,
    user: User,
    Body(body): Body,
) -> Answer<Response> {
    let draft = patches::read(&body)?;
    edit(&state, directory, user, draft).await.map(shown)
}

/// Shuts out for good, as far as the directory is concerned. The trail names them still, so they stay, disabled.
pub(super) async fn shut_out(
    State(state): State<ApiState>,
    Directory { credential, request }: Directory,
    User(member): User,
) -> Answer<Response> {
    state.custody.disable_member(&credential, request, member).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn edit(
    state: &ApiState,
    Directory { credential, request }: Directory,
    User(member): User,
    draft: Draft,
) -> Answer<Described> {
    let edit = draft.into_edit()?;
    let edited = state.custody.edit_described(&credential, request, member, edit);
    Ok(edited.await?)
}

fn shown(described: Described) -> Response {
    told(StatusCode::OK, &person::shown(&described, &Parted::default()))
}
