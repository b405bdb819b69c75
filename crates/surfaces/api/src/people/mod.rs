//! How the people of a tenant sign in: what is asked of them, who is signed in, who is invited.

mod invitations;
mod provider;
mod rule;
mod sessions;

use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(rule::routes())
        .merge(provider::routes())
        .merge(sessions::routes())
        .merge(invitations::routes())
}
