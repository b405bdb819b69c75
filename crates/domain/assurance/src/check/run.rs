//! One run of one check, kept apart from everything else: it may fail, panic or hang.

use std::sync::Arc;

use super::{Check, Finding};
use crate::Site;

/// Runs it on a task of its own. Whatever becomes of it, there is a finding.
pub async fn run(check: Arc<dyn Check>, site: Site) -> Finding {
    let limit = check.limit();
    let mut task = tokio::spawn(async move { check.observe(&site).await });
    match tokio::time::timeout(limit, &mut task).await {
        Ok(Ok(seen)) => Finding::of(seen),
        Ok(Err(ended)) if ended.is_panic() => Finding::broken("the check panicked".to_owned()),
        Ok(Err(_)) => Finding::broken("the check was cut off".to_owned()),
        Err(_) => {
            task.abort();
            Finding::broken(format!("the check took longer than {} seconds", limit.as_secs()))
        }
    }
}
