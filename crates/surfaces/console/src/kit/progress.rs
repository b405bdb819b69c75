//! Progress of long work.

use maud::{Markup, html};

/// A bar with its name and how far it is; `says` is for people, the numbers for the bar.
pub fn progress(name: &str, done: u64, of: u64, says: &str) -> Markup {
    html! {
        div.progress {
            div.progress-text { span { (name) } span { (says) } }
            progress value=(done) max=(of.max(1)) aria-label=(name) { (says) }
        }
    }
}
