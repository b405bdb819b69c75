//! The bytes of items: taken in and given out as streams, whatever their size.

mod conditions;
mod download;
mod upload;

pub(crate) use self::conditions::{condition, range};
pub(crate) use self::download::answer;
use utoipa_axum::router::OpenApiRouter;

use crate::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(download::routes())
        .merge(upload::routes())
}
