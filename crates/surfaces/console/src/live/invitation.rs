//! Accepting an invitation: a password is chosen, and the way leads in.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;

use super::door::{Stranger, door_value};
use super::second;
use super::trouble::html;
use super::visitor::{append, light_of, request_of};
use super::{Answer, ConsoleState};
use crate::kit::{Light, Problems};
use crate::pages::{InvitationPage, Offer, invitation};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/invitation/{token}", get(show))
        .route("/console/invitation", post(take))
}

pub(super) async fn show(
    State(state): State<ConsoleState>,
    Path(token): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let (csrf, cookie) = door_value(&state, &headers);
    let (mut parts, _) = request.into_parts();
    let request = request_of(&mut parts, &state).await?;
    let model = model(&state, request, light_of(&headers), csrf, token).await;
    let status = if model.offer.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let mut response = html(status, invitation(&model));
    append(&mut response, cookie);
    Ok(response)
}

async fn model(
    state: &ConsoleState,
    request: operation::Request,
    light: Light,
    csrf: String,
    token: String,
) -> InvitationPage {
    let found = state
        .people
        .invitation(request, &SecretString::from(token.clone()))
        .await
        .ok();
    InvitationPage {
        door: state.door,
        light,
        csrf,
        shortest: found
            .as_ref()
            .map_or(0, |invited| u32::try_from(invited.demands.shortest).unwrap_or(0)),
        offer: found.map(|invited| Offer {
            token,
            team: invited.slug,
            person: invited.name,
            email: invited.email,
        }),
        problems: Problems::default(),
    }
}

pub(super) async fn take(stranger: Stranger) -> Answer<Response> {
    let (fields, people) = (&stranger.fields, &stranger.state.people);
    let token = fields.raw("token").to_owned();
    let page = model(
        &stranger.state,
        stranger.request.clone(),
        stranger.light(),
        stranger.csrf(),
        token.clone(),
    )
    .await;
    let again = |problems| {
        html(
            StatusCode::UNPROCESSABLE_ENTITY,
            invitation(&InvitationPage {
                problems,
                ..page.clone()
            }),
        )
    };
    if fields.raw("password") != fields.raw("again") {
        return Ok(again(Problems::one("again", "Type the same password twice")));
    }
    let password = SecretString::from(fields.raw("password").to_owned());
    let accepted = people
        .accept_invitation(stranger.request.clone(), &token.into(), &password)
        .await;
    match accepted {
        Ok(came) => Ok(second::go_on(&stranger, came).await),
        Err(identity::Error::Invalid { problem, .. }) => Ok(again(Problems::one("password", problem))),
        Err(identity::Error::NotInvited) => Ok(again(Problems::default())),
        Err(other) => Err(stranger.fail(other)),
    }
}
