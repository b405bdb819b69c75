//! The pages on a live installation: who comes, in which language, with which form, and what happens then.

mod ask;
mod come;
mod form;
mod own;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use custody::Custody;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, VARY};
use rights::Rights;

/// What the pages act on.
#[derive(Clone)]
pub struct PortalState {
    pub(crate) rights: Rights,
    /// How clients reach this server, without a slash at its end.
    pub(crate) url: Arc<str>,
}

impl PortalState {
    /// The pages of the tenants in this custody, which people reach under this address.
    pub fn new(custody: Custody, url: &str) -> Self {
        Self {
            rights: Rights::new(custody),
            url: url.trim_end_matches('/').into(),
        }
    }
}

/// All routes under `/privacy`. Put `web::Kit::dress` around them with all others.
pub fn router(state: PortalState) -> Router {
    Router::new()
        .merge(ask::routes())
        .merge(own::routes())
        .with_state(state)
        .layer(from_fn(page_headers))
}

/// Nobody keeps these pages, and each is in the language of who asks.
async fn page_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept-language, cookie"));
    response
}
