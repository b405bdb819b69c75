//! Nobody stays named by having asked to be erased.
//!
//! Promises: a request for erasure that was granted and answered, and whose person is gone, can be read for 30 days more, so that they get the
//! answer; then its key goes, and those of requests that were the same, with what they wrote, what was written about it and where letters to them went. That there was a request, of
//! which kind, when, and what became of it stays. Leaves out: what was refused or taken back, of which somebody may have to give account.

use std::time::Duration;

use custody::Result;
use kernel::RequestId;
use store::{StoreError, params};

use super::elsewhere;
use crate::Rights;

/// How long the answer can be read.
const READABLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Requests in one transaction: what is left over is next.
const ROUND: i64 = 500;

const OVER: &str = "SELECT r.request_id FROM person_request r LEFT JOIN person_request f ON f.request_id = r.same_as \
     WHERE r.kind = 'erasure' AND length(r.key_wrapped) > 0 AND r.closed_at <= $1 \
     AND ((r.state = 'answered' AND r.decision = 'grant') \
     OR (f.state = 'answered' AND f.decision = 'grant' AND f.closed_at <= $1)) \
     AND NOT EXISTS (SELECT 1 FROM subject s WHERE s.subject_id IN (r.subject_id, f.subject_id)) ORDER BY r.closed_at LIMIT $2";
const FORGET: &str = "UPDATE person_request SET key_wrapped = $2, details_sealed = $2, draft_sealed = NULL, answer_sealed = NULL \
     WHERE request_id = $1";
const FORGET_NOTES: &str = "UPDATE person_request_step SET note_sealed = NULL WHERE request_id = $1";
const FORGET_REACH: &str = "DELETE FROM portal_request WHERE request_id = $1";
const FORGET_MESSAGE: &str = "DELETE FROM request_mail WHERE request_id = $1";

impl Rights {
    /// Ends what still names people who were erased; gives how many requests it was. Housekeeping; call it now and then.
    pub async fn forget_who_was_erased(&self) -> Result<usize> {
        let desk = self.custody.desk();
        let before = desk.clock.now().minus(READABLE);
        let forgotten = desk.db.write(move |tx| {
            let rows = tx.all(OVER, params![before, ROUND])?;
            let nothing: Vec<u8> = Vec::new();
            for row in &rows {
                let id: RequestId = row.get(0)?;
                tx.execute(FORGET, params![id, nothing.clone()])?;
                elsewhere::forget(tx, id)?;
                for sql in [FORGET_NOTES, FORGET_REACH, FORGET_MESSAGE] {
                    tx.execute(sql, params![id])?;
                }
            }
            Ok::<_, StoreError>(rows.len())
        });
        Ok(forgotten.await?)
    }
}
