//! One person, from the first planted value to the last trace.
//!
//! They ask in the browser through the page for people; the package holds each thing that was planted; they ask to be erased; and then
//! they are looked for in every store, in a backup that was made before, and in everything that the interface shows. A neighbour in the
//! same team stays whole. What is clicked is in `person.mjs`, beside the console's pages.

mod calls;
mod letters;
mod package;
mod planted;
mod search;
mod site;

use engines::Engine;
use serde_json::{Value, json};

use self::site::Site;
use crate::walker::Walker;

pub(crate) async fn walk(engine: Engine) {
    let mut site = Site::open(engine).await;
    site.nothing_lies_in_clear();
    let mut walker = Walker::start("person.mjs", &site.begin());
    while let Some(asked) = walker.next() {
        let request = asked["request"].as_str().unwrap_or_default();
        let answer = match asked["ask"].as_str() {
            Some("code") => json!(site.mailbox.code().await),
            Some("answer-access") => site.answer_access(request).await,
            Some("taken") => site.check_package(),
            Some("answer-erasure") => {
                site.answer_erasure(request).await;
                site.nothing_is_found().await;
                site.the_neighbour_is_whole().await;
                site.nothing_comes_back_with_a_backup().await;
                Value::Null
            }
            Some("later") => site.later(),
            other => panic!("the walk asks for {other:?}"),
        };
        walker.answer(&answer);
    }
    let found = walker.finish();
    assert!(found.is_empty(), "{}", found.join("\n"));
    site.nothing_is_left_after_a_month().await.close().await;
}
