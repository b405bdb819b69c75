//! Forgetting what has ended.

use store::{StoreError, params};

use crate::error::Result;
use crate::register::Register;
use crate::{Identity, browser, history, invitation, oidc, passkey, session, sign_in, throttle};

impl<R: Register> Identity<R> {
    /// Forgets steps, invitations and sessions that have ended, counters of a day ago, and attempts and browsers of
    /// ninety days ago; gives how many rows that were. Housekeeping; call it now and then.
    pub async fn sweep(&self) -> Result<u64> {
        let now = self.desk.clock.now();
        let swept = self.desk.db.write(move |tx| {
            let ends = [
                (sign_in::SWEEP_STEPS, now),
                (passkey::SWEEP, now),
                (invitation::SWEEP, now),
                (oidc::SWEEP, oidc::forgotten_before(now)),
                (session::rows::SWEEP, now),
                (throttle::SWEEP, throttle::forgotten_before(now)),
                (browser::SWEEP, browser::forgotten_before(now)),
                (history::SWEEP, history::forgotten_before(now)),
            ];
            let mut swept = 0;
            for (sql, before) in ends {
                swept += tx.execute(sql, params![before])?;
            }
            Ok::<_, StoreError>(swept)
        });
        Ok(swept.await?)
    }
}
