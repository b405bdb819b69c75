//! What sends letters while the server runs.
//!
//! Promises: a letter that waits is tried within seconds of its time, by one node; a server that stops finishes the letter that it is at.
//! Leaves out: several connections at once.

use std::sync::Arc;
use std::time::Duration;

use custody::Custody;
use outbox::{Fate, State, Taken};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::smtp::WHOLE;
use super::{Mail, Mailer};
use crate::failure::Failure;
use crate::server::{Service, repeat};

/// How often it is asked whether there is a letter to send.
const ASKING: Duration = Duration::from_secs(2);
/// Letters that are taken together. They are this node's for as long as sending them all may take, and a little longer.
const AT_ONCE: u32 = 8;
const TAKEN_FOR: Duration = WHOLE.saturating_mul(AT_ONCE + 2);

/// Starts sending.
pub(crate) fn start(custody: &Custody, mailer: Mailer, stopping: &CancellationToken) -> JoinHandle<()> {
    let sender = Sender {
        custody: custody.clone(),
        mailer: Arc::new(mailer),
        stopping: stopping.clone(),
    };
    repeat(
        (Service::Letters, "sending letters"),
        ASKING,
        stopping,
        move || {
            let sender = sender.clone();
            async move { sender.turn().await }
        },
    )
}

/// Sends what waits.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) custody: Custody,
    pub(super) mailer: Arc<Mailer>,
    pub(super) stopping: CancellationToken,
}

impl Sender {
    /// Sends everything whose time has come.
    pub(super) async fn turn(&self) -> Result<(), Failure> {
        let desk = self.custody.desk();
        let now = desk.clock.now();
        if !desk.db.read(move |tx| outbox::is_due(tx, now)).await? {
            return Ok(());
        }
        let key = Arc::new(self.custody.outbox_key().await?);
        loop {
            let (opener, now) = (Arc::clone(&key), desk.clock.now());
            let taken = desk
                .db
                .write(move |tx| opener.take(tx, now, AT_ONCE, TAKEN_FOR))
                .await?;
            if taken.is_empty() {
                return Ok(());
            }
            for letter in taken {
                // What is not sent now is taken again when it is nobody's any more.
                if self.stopping.is_cancelled() {
                    return Ok(());
                }
                let fate = self.mailer.send(&Mail::of(&letter)).await;
                self.settle(&key, letter, fate).await?;
            }
        }
    }

    async fn settle(&self, key: &Arc<outbox::OutboxKey>, letter: Taken, fate: Fate) -> Result<(), Failure> {
        let (id, kind) = (letter.id, letter.kind.clone());
        let (desk, key) = (self.custody.desk(), Arc::clone(key));
        let now = desk.clock.now();
        let settled = desk
            .db
            .write(move |tx| key.settle(tx, &letter, fate, now))
            .await?;
        match (settled, fate) {
            (Some(State::GivenUp), Fate::Later(trouble) | Fate::Never(trouble)) => {
                tracing::warn!(letter = %id, kind, %trouble, "a letter was given up");
            }
            (Some(State::Waiting), Fate::Later(trouble)) => {
                tracing::info!(letter = %id, kind, %trouble, "a letter is tried again later");
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'l> Mail<'l> {
    fn of(letter: &'l Taken) -> Self {
        Self {
            id: letter.id.to_string(),
            to: &letter.to,
            subject: letter.subject(),
            text: letter.text(),
            language: letter.language(),
            made_at: letter.made_at,
        }
    }
}
