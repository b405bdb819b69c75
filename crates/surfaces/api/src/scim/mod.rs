//! SCIM 2.0 (RFC 7643, 7644): a team's directory keeps its members.
//!
//! Promises: what the protocol's clients send is read as they send it (`Replace`, `"False"`, objects without a path);
//! every act is custody's, under the policies and the ceilings of the key's member; a `PATCH` is done as a whole or not
//! at all; nobody disappears: `DELETE` shuts out, for the trail still names them. Leaves out: groups, bulk, sorting,
//! passwords, and attributes that nothing here is made of, which are passed over.

mod answers;
mod discovery;
mod draft;
mod fault;
mod filter;
mod patch;
mod path;
mod person;
mod requests;
mod users;

use axum::Router;
use axum::routing::{any, get};

use self::fault::Fault;
use crate::ApiState;

/// The routes under `/scim/v2`.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .merge(discovery::routes())
        .route("/scim/v2/Users", get(users::list).post(users::create))
        .route(
            "/scim/v2/Users/{user}",
            get(users::view)
                .put(users::replace)
                .patch(users::patch)
                .delete(users::shut_out),
        )
        .route("/scim/v2/{*rest}", any(async || Fault::no_such_thing()))
        .method_not_allowed_fallback(async || Fault::no_such_method())
        .layer(axum::middleware::from_fn(crate::answers::name_event))
}
