//! Listings that come in pages.

use serde_json::Value;

use super::call::Call;
use super::failure::Failure;
use super::server::Server;

impl Server {
    /// All pages of a listing.
    pub(crate) fn pages(&self, call: Call) -> Pages<'_> {
        Pages {
            server: self,
            call,
            next: Next::First,
        }
    }
}

/// A listing, page by page.
pub(crate) struct Pages<'a> {
    server: &'a Server,
    call: Call,
    next: Next,
}

enum Next {
    First,
    After(String),
    End,
}

impl Pages<'_> {
    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Value>>, Failure> {
        let cursor = match &self.next {
            Next::End => return Ok(None),
            Next::First => None,
            Next::After(cursor) => Some(cursor.clone()),
        };
        let mut page = self
            .server
            .json(&self.call.clone().query("cursor", cursor.clone()))
            .await?;
        let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if next.is_some() && next == cursor {
            return Err(Failure::Answer("a page names itself as the next".into()));
        }
        self.next = next.map_or(Next::End, Next::After);
        match page.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) => Ok(Some(items)),
            _ => Err(Failure::Answer("a page has no items".into())),
        }
    }
}
