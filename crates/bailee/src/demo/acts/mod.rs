//! The acts of the story, each a chapter. An act asks the server as an outsider would, holds the answer against what it
//! must be, and only then tells it.

pub(super) mod arrival;
pub(super) mod intake;
pub(super) mod lifecycle;
pub(super) mod opening;
pub(super) mod pages;
pub(super) mod proof;
pub(super) mod refusals;
pub(super) mod work;

use super::stage::Kept;
use super::visitor::{Call, Reply, Step, Visitor, must};

/// Fetches the content, and holds it against what was taken in.
async fn fetched(visitor: &Visitor, kept: &Kept) -> Step<Reply> {
    let reply = visitor
        .ask(Call::get(format!("/v1/items/{}/content", kept.item)))
        .await?
        .is(200)?;
    let found = hex::encode(super::sha256(&reply.body));
    must(
        found == kept.sha256 && reply.body.len() as u64 == kept.size,
        || format!("{} came back with other bytes than it went in with", kept.name),
    )?;
    Ok(reply)
}

/// `1 item`, `2 items`, `3 entries`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}
