//! How the people of a tenant sign in: what is asked of them, who is signed in, who is invited.

mod accept;
pub(crate) mod came;
mod door;
mod factors;
mod invitations;
mod own;
mod own_passkeys;
pub(crate) mod passkeys;
mod provider;
mod rule;
mod sessions;
pub(crate) mod steps;

use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(rule::routes())
        .merge(provider::routes())
        .merge(sessions::routes())
        .merge(invitations::routes())
        .merge(door::routes())
        .merge(accept::routes())
        .merge(own::routes())
        .merge(factors::routes())
        .merge(own_passkeys::routes())
}
