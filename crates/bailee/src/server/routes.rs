//! Which surfaces this server has.

use axum::Router;
use custody::Custody;

use super::Parts;
use crate::failure::Failure;

/// Every route of every surface, without what stands around them.
pub(super) async fn all(_custody: &Custody, _parts: &Parts) -> Result<Router, Failure> {
    Ok(Router::new())
}
