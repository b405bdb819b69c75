//! What registers of the operator's own say.
//!
//! Promises: only what is approved and not ended is read, by the server for itself; each time that there is something to open is an entry of
//! the operator's trail. Leaves out: registers of teams, which no check opens.

use governance::entry::{Entry, Standing};
use kernel::PageRequest;

use super::evidence::shown_of;
use crate::Site;
use crate::check::Trouble;

/// The entries of this register in the version that is in force, those past their end included.
pub(super) async fn filed(site: &Site, register: &str) -> Result<Vec<Entry>, Trouble> {
    let shown = shown_of(site).await?;
    if !shown.iter().any(|shown| shown.register == register) {
        return Ok(Vec::new());
    }
    let mut entries = Vec::new();
    let mut page = PageRequest::first(PageRequest::MAX);
    loop {
        let asked = site
            .governance
            .approved_at_home(site.request(), register, page.clone());
        let found = asked.await?;
        let goes_on = |entry: &Entry| entry.standing != Standing::Ended;
        entries.extend(found.items.into_iter().filter(goes_on));
        match found.next {
            Some(next) => page.after = Some(next),
            None => return Ok(entries),
        }
    }
}

/// What an entry says in this field; nothing where it says nothing.
pub(super) fn said<'e>(entry: &'e Entry, field: &str) -> &'e str {
    entry.says.values.get(field).map_or("", String::as_str)
}
