//! The team's page for the people its data is about: how it is settled. The page itself is no part of this.

use axum::extract::State;
use rights::portal as domain;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::Problem;
use web::extract::Json;

use crate::ApiState;
use crate::caller::Caller;
use crate::errors::Answer;
use crate::words::RequestKind;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(view, settle))
}

/// How the page for the people the data is about is settled.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(example = json!({ "open": true, "name": "Clinic on the Hill", "contact": "privacy@clinic.example\n+372 600 0000",
    "colour": "#0b6b57", "colour_dark": "#5cc9aa", "languages": ["et", "en"], "kinds": ["access", "erasure"],
    "consent": true, "disclosures": true }))]
struct Portal {
    /// Whether it can be visited, at `/privacy/` and the team's short name.
    open: bool,
    /// In whose name it speaks, as people know them. Needed to open it.
    name: String,
    /// How people reach somebody who answers them; several lines. Needed to open it.
    contact: String,
    /// Where people can read what is done with their data: an address that begins with `https://`.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    /// The colour of links and buttons on light ground, as `#rrggbb`. It has to differ from the page by 4.5 to 1.
    colour: String,
    /// The same on dark ground.
    colour_dark: String,
    /// The languages it is offered in, of `en`, `de`, `fr`, `es` and `et`; who likes none of them gets the first.
    #[schema(value_type = Vec<String>)]
    languages: Vec<domain::Language>,
    /// What can be asked for there.
    kinds: Vec<RequestKind>,
    /// Whether people can agree to purposes there and take it back.
    consent: bool,
    /// Whether people see there who had access to what is about them.
    disclosures: bool,
}

impl Default for Portal {
    fn default() -> Self {
        domain::Portal::default().into()
    }
}

/// Shows how the page for the people the data is about is settled
#[utoipa::path(get, path = "/v1/tenant/portal", operation_id = "portal.view", tag = "requests",
    responses((status = 200, description = "The settings", body = Portal)))]
async fn view(State(state): State<ApiState>, caller: Caller) -> Answer<Json<Portal>> {
    let portal = state.rights.portal(&caller.credential, caller.request).await?;
    Ok(Json(portal.into()))
}

/// Settles the page for the people the data is about
///
/// What is left out gets its usual value. A team that holds its key itself cannot open one: without a key of a member's nobody could be
/// found and nothing be shown there.
#[utoipa::path(put, path = "/v1/tenant/portal", operation_id = "portal.change", tag = "requests",
    request_body = Portal, responses((status = 200, description = "The settings", body = Portal)))]
async fn settle(
    State(state): State<ApiState>,
    caller: Caller,
    Json(portal): Json<Portal>,
) -> Answer<Json<Portal>> {
    let settled = state
        .rights
        .settle_portal(&caller.credential, caller.request, portal.into_domain()?)
        .await?;
    Ok(Json(settled.into()))
}

impl Portal {
    fn into_domain(self) -> Result<domain::Portal, Problem> {
        let colour = |field, text: &str| {
            let problem = || Problem::invalid(field, "write a colour as #rrggbb, such as #0b6b57");
            domain::Colour::parse(text).ok_or_else(problem)
        };
        Ok(domain::Portal {
            colour: colour("colour", &self.colour)?,
            colour_dark: colour("colour_dark", &self.colour_dark)?,
            open: self.open,
            name: self.name,
            contact: self.contact,
            notice: self.notice,
            languages: self.languages,
            kinds: self.kinds.into_iter().map(Into::into).collect(),
            consent: self.consent,
            disclosures: self.disclosures,
        })
    }
}

impl From<domain::Portal> for Portal {
    fn from(portal: domain::Portal) -> Self {
        Self {
            open: portal.open,
            name: portal.name,
            contact: portal.contact,
            notice: portal.notice,
            colour: portal.colour.to_string(),
            colour_dark: portal.colour_dark.to_string(),
            languages: portal.languages,
            kinds: portal.kinds.into_iter().map(Into::into).collect(),
            consent: portal.consent,
            disclosures: portal.disclosures,
        }
    }
}
