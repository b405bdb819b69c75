//! Signing in and out, beginning with an owner's key, and the choice of light.

use axum::Router;
use axum::extract::{FromRequest, Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use custody::Credential;
use http::HeaderMap;
use identity::{Attempt, Door, SignedIn};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::cookies::Cookie;
use super::fields::{Fields, is_from_here, safe_path};
use super::second;
use super::trouble::{self, Trouble, html, wait_says};
use super::visitor::{Asked, Names, append, light_of, read_fields, request_of, see};
use super::{Answer, ConsoleState, Failure, Sent};
use crate::kit::{Light, Problems, Tone};
use crate::pages::{BeginPage, SignInPage, begin, sign_in};

pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/console/sign-in", get(show).post(take))
        .route("/console/begin", get(show_begin).post(take_begin))
        .route("/console/sign-out", post(sign_out))
        .route("/console/light", post(choose_light))
}

/// Somebody without a session, and their form if they sent one.
pub(super) struct Stranger {
    pub(super) state: ConsoleState,
    pub(super) request: operation::Request,
    pub(super) headers: HeaderMap,
    pub(super) fields: Fields,
}

impl FromRequest<ConsoleState> for Stranger {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &ConsoleState) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let request = request_of(&mut parts, state).await?;
        let place = (state.door, light_of(&parts.headers));
        let bad = |trouble| trouble::outside(place, trouble, &request);
        let fields = read_fields(&parts, body)
            .await
            .ok_or_else(|| bad(Trouble::BadForm))?;
        let door = Cookie::Door.read(&parts.headers).unwrap_or_default();
        let fits: bool = door.as_bytes().ct_eq(fields.raw("csrf").as_bytes()).into();
        if door.is_empty() || !fits || !is_from_here(&parts.headers) {
            return Err(bad(Trouble::StaleForm));
        }
        Ok(Self {
            state: state.clone(),
            request,
            headers: parts.headers,
            fields,
        })
    }
}

impl Stranger {
    pub(super) fn light(&self) -> Light {
        light_of(&self.headers)
    }

    pub(super) fn csrf(&self) -> String {
        self.fields.raw("csrf").to_owned()
    }

    pub(super) fn then(&self) -> Option<String> {
        self.fields.filled("then")
    }

    pub(super) fn fail(&self, trouble: impl Into<Trouble>) -> Failure {
        trouble::outside((self.state.door, self.light()), trouble.into(), &self.request)
    }

    /// In, with a session: to the page that was asked for, or to one that is given.
    pub(super) async fn welcome(&self, signed_in: &SignedIn) -> Response {
        let (door, to) = (self.state.door, self.then());
        let mut response = see(&safe_path(door, to.as_deref().unwrap_or_default()));
        self.give_session(&mut response, signed_in).await;
        response
    }

    /// Sets the cookies of a new session.
    pub(super) async fn give_session(&self, response: &mut Response, signed_in: &SignedIn) {
        let names = self.names(signed_in).await;
        let door = self.state.door;
        append(
            response,
            Cookie::Session(door).set(signed_in.cookie.expose_secret()),
        );
        append(response, Cookie::Names(door).set_document(&names));
        append(
            response,
            signed_in
                .browser
                .as_ref()
                .and_then(|text| Cookie::Browser(door).set(text.expose_secret())),
        );
        append(response, Cookie::Step(door).forget());
    }

    /// How the person and their team are called. A class that may not see the team's name is told its short name.
    async fn names(&self, signed_in: &SignedIn) -> Names {
        let Some(token) = identity::SessionToken::parse(signed_in.cookie.expose_secret()) else {
            return Names::default();
        };
        let (custody, who) = (&self.state.custody, &signed_in.who);
        let credential = Credential::session(&token);
        let member = custody
            .member(&credential, self.request.clone(), who.member)
            .await;
        let may = self.state.rights.get(&who.class);
        let team = if may.is_some_and(|may| may.contains(&access::Action::TenantView)) {
            custody.tenant(&credential, self.request.clone()).await.ok()
        } else {
            None
        };
        let short = || match self.state.door {
            Door::Team => who.slug.clone(),
            Door::Staff => "Staff".to_owned(),
        };
        Names {
            person: member.map(|member| member.name).unwrap_or_default(),
            team: team.map_or_else(short, |team| team.name),
        }
    }
}

/// A value for forms of strangers: the one they have, or a new one with its cookie.
pub(super) fn door_value(state: &ConsoleState, headers: &HeaderMap) -> (String, Option<http::HeaderValue>) {
    if let Some(value) = Cookie::Door.read(headers).filter(|value| value.len() == 22) {
        return (value, None);
    }
    let mut bytes = [0u8; 16];
    state.custody.desk().random.fill(&mut bytes);
    let value = URL_SAFE_NO_PAD.encode(bytes);
    let cookie = Cookie::Door.set(&value);
    (value, cookie)
}

pub(super) async fn show(
    State(state): State<ConsoleState>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    request: Request,
) -> Answer<Response> {
    let (csrf, cookie) = door_value(&state, &headers);
    let request = request_of(&mut request.into_parts().0, &state).await?;
    let team = asked
        .get("team")
        .cloned()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let ended = asked.get("ended").is_some_and(|why| why == "idle");
    let by_team = state.door == Door::Team;
    let model = SignInPage {
        door: state.door,
        light: light_of(&headers),
        csrf,
        by_provider: by_team && state.people.offers_providers(),
        provider: provider_of(&state, request, &team).await,
        team,
        says: ended.then(|| {
            (
                Tone::Note,
                "Your session ended because nothing was done for a while".to_owned(),
            )
        }),
        then: asked.get("then").cloned(),
        passkeys: by_team && state.people.takes_passkeys(),
        ..SignInPage::default()
    };
    let mut response = html(http::StatusCode::OK, sign_in(&model));
    append(&mut response, cookie);
    Ok(response)
}

/// What the team's provider is called; nothing where that cannot be found out.
async fn provider_of(state: &ConsoleState, request: operation::Request, team: &str) -> Option<String> {
    if team.is_empty() || state.door == Door::Staff {
        return None;
    }
    state.people.oidc_name(request, team).await.ok().flatten()
}

pub(super) async fn take(stranger: Stranger) -> Answer<Response> {
    let fields = &stranger.fields;
    let attempt = Attempt {
        tenant: fields.get("team").to_ascii_lowercase(),
        email: fields.get("email").to_owned(),
        password: fields.raw("password").to_owned().into(),
        browser: Cookie::Browser(stranger.state.door)
            .read(&stranger.headers)
            .map(Into::into),
    };
    match stranger
        .state
        .people
        .sign_in(stranger.request.clone(), attempt)
        .await
    {
        Ok(came) => Ok(second::go_on(&stranger, came).await),
        Err(error) => refused(&stranger, error).await,
    }
}

/// The page again for what people can do something about; it says the same whatever was wrong.
pub(super) async fn refused(stranger: &Stranger, error: identity::Error) -> Answer<Response> {
    use identity::Error;
    let by_team = stranger.state.door == Door::Team;
    let now = stranger.state.custody.desk().clock.now();
    let says = match error {
        Error::NotProven if by_team => "That is not a team, address and password that go together".to_owned(),
        Error::NotProven => "That is not an address and password that go together".to_owned(),
        Error::Wait { until } => wait_says(until, now),
        Error::Busy | Error::CustomerHeld => error.to_string(),
        Error::StepOver => "That took too long. Try again".to_owned(),
        other => return Err(stranger.fail(other)),
    };
    let team = stranger.fields.get("team").to_ascii_lowercase();
    let model = SignInPage {
        door: stranger.state.door,
        light: stranger.light(),
        csrf: stranger.csrf(),
        by_provider: by_team && stranger.state.people.offers_providers(),
        provider: provider_of(&stranger.state, stranger.request.clone(), &team).await,
        team,
        email: stranger.fields.get("email").to_owned(),
        says: Some((Tone::Danger, says)),
        then: stranger.then(),
        passkeys: by_team && stranger.state.people.takes_passkeys(),
    };
    Ok(html(http::StatusCode::UNPROCESSABLE_ENTITY, sign_in(&model)))
}

async fn show_begin(State(state): State<ConsoleState>, headers: HeaderMap) -> Response {
    let (csrf, cookie) = door_value(&state, &headers);
    let model = BeginPage {
        light: light_of(&headers),
        csrf,
        problems: Problems::default(),
    };
    let mut response = html(http::StatusCode::OK, begin(&model));
    append(&mut response, cookie);
    response
}

/// An owner's key makes its owner an invitation, whose page is next.
async fn take_begin(stranger: Stranger) -> Answer<Response> {
    let wrong = |says: &str| {
        let model = BeginPage {
            light: stranger.light(),
            csrf: stranger.csrf(),
            problems: Problems::one("key", says),
        };
        html(http::StatusCode::UNPROCESSABLE_ENTITY, begin(&model))
    };
    let Ok(credential) = Credential::parse(stranger.fields.get("key")) else {
        return Ok(wrong("That is not an API key. Keys look like bailee_…_…"));
    };
    let (custody, people) = (&stranger.state.custody, &stranger.state.people);
    let Ok(holder) = custody.identity(&credential, stranger.request.clone()).await else {
        return Ok(wrong(
            "This key is not valid. Ask an owner of the team for another",
        ));
    };
    match people
        .make_invitation(&credential, stranger.request.clone(), holder.member)
        .await
    {
        Ok(invitation) => Ok(see(&format!(
            "/console/invitation/{}",
            invitation.token.expose_secret()
        ))),
        Err(identity::Error::Forbidden { .. }) => Ok(wrong(
            "Only an owner's key can begin here. Ask an owner or admin for an invitation",
        )),
        Err(identity::Error::CustomerHeld) => Ok(wrong(
            "This team holds its key itself, and a password could not open it. Work with API keys instead",
        )),
        Err(other) => Err(stranger.fail(other)),
    }
}

pub(super) async fn sign_out(sent: Sent) -> Answer<Response> {
    let visitor = &sent.visitor;
    visitor.ok(visitor
        .state
        .people
        .sign_out(visitor.cookie(), visitor.request())
        .await)?;
    let mut response = see(&visitor.at("/sign-in"));
    let kinds: [fn(Door) -> Cookie; 3] = [Cookie::Session, Cookie::Names, Cookie::Flash];
    for cookie in kinds {
        append(&mut response, cookie(visitor.state.door).forget());
    }
    Ok(response)
}

pub(super) async fn choose_light(headers: HeaderMap, sent: Sent) -> Response {
    let light = Light::parse(sent.fields.get("light"));
    // Back to the page the form was on, which says its own path and nothing else; policies of ours send no referrer.
    let to = headers
        .get("referer")
        .and_then(|value| value.to_str().ok())
        .and_then(|url| url.parse::<http::Uri>().ok());
    let to = to
        .as_ref()
        .and_then(|url| url.path_and_query())
        .map_or("", |path| path.as_str());
    let mut response = see(&safe_path(sent.visitor.state.door, to));
    append(&mut response, Cookie::Light.set(light.as_str()));
    sent.visitor.answer(response)
}
