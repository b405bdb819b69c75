//! Pages of listings: `?limit=` and `?cursor=` in, `items` and `next` out.

use kernel::{Cursor, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::Problem;

/// Rows of a page when the client does not say.
const DEFAULT_LIMIT: u32 = 100;

/// The query of a listing that has no filter.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// At most so many rows; 100 when absent.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before; absent for the first page.
    cursor: Option<String>,
}

impl Paging {
    pub(crate) fn page(&self) -> Result<PageRequest, Problem> {
        page(self.limit, self.cursor.as_deref())
    }
}

/// Some rows, and where to go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    items: Vec<T>,
    /// Pass this as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T, D: From<T>> From<kernel::Page<T>> for Page<D> {
    fn from(page: kernel::Page<T>) -> Self {
        Self {
            items: page.items.into_iter().map(D::from).collect(),
            next: page.next.map(|next| next.to_text()),
        }
    }
}

/// The page that is asked for. Limits that do not fit are refused: a client that believes it got everything
/// with `limit=100000` would be wrong without noticing.
pub(crate) fn page(limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=PageRequest::MAX).contains(&limit) {
        return Err(Problem::invalid(
            "limit",
            format!("ask for 1 to {} rows", PageRequest::MAX),
        ));
    }
    let after = cursor.map(Cursor::from_text).transpose();
    Ok(PageRequest {
        limit,
        after: after.map_err(|bad| Problem::invalid("cursor", bad.to_string()))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_refused_and_not_clamped() {
        assert_eq!(
            page(None, None).unwrap(),
            PageRequest {
                limit: 100,
                after: None
            }
        );
        assert_eq!(page(Some(1_000), None).unwrap().limit, 1_000);
        for limit in [0, 1_001, u32::MAX] {
            assert_eq!(
                page(Some(limit), None)
                    .unwrap_err()
                    .document(None)
                    .field
                    .as_deref(),
                Some("limit")
            );
        }
        assert_eq!(
            page(None, Some("not a cursor"))
                .unwrap_err()
                .document(None)
                .field
                .as_deref(),
            Some("cursor")
        );
    }
}
