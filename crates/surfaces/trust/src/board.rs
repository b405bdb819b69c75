//! What the public is told, put together once and handed to everybody for some seconds.
//!
//! Promises: a request costs no SQL while what is kept is fresh; one request at a time makes it anew and the others are served what is
//! there; what cannot be made anew any more is not shown for longer than a minute, so that no page says that something holds which
//! nobody can tell.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use assurance::{Assurance, ClaimState, Kept, State};
use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use kernel::{Clock, Timestamp};
use operation::Desk;
use tokio::sync::Mutex;

use crate::Settings;
use crate::badge::badge;
use crate::page::page;
use crate::processors;
use crate::twin::twin;

/// How long it is handed out as it is.
const FRESH: Duration = Duration::from_secs(10);
/// How long it is handed out while it cannot be made anew.
const STALE: Duration = Duration::from_secs(60);

/// What is known at one moment.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The moment.
    pub at: Timestamp,
    /// How every claim stands, in the order of the catalogue.
    pub claims: Vec<ClaimState>,
    /// The newest result of each check.
    pub results: BTreeMap<String, Kept>,
}

impl Seen {
    /// How many claims are in this state.
    pub fn count(&self, state: State) -> usize {
        self.claims.iter().filter(|claim| claim.state == state).count()
    }

    /// The worst of what is claimed here; nothing as long as nothing is.
    pub fn worst(&self) -> Option<State> {
        let claimed = self.claims.iter().map(|claim| claim.state);
        claimed.filter(|state| *state != State::OutOfScope).max()
    }
}

/// Everything that is the same for everybody, ready to be sent.
pub(crate) struct Board {
    pub(crate) seen: Seen,
    pub(crate) page: Body,
    pub(crate) twin: Body,
    pub(crate) badge: Bytes,
    pub(crate) processors: Body,
    pub(crate) processors_twin: Body,
    pub(crate) processors_feed: Body,
}

/// A body, as it is and compressed.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) plain: Bytes,
    pub(crate) gzip: Bytes,
}

impl Body {
    /// Of this text.
    pub(crate) fn of(text: String) -> std::io::Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes())?;
        Ok(Self {
            gzip: encoder.finish()?.into(),
            plain: text.into(),
        })
    }
}

/// Makes boards, and keeps the last.
pub(crate) struct Boards {
    pub(crate) assurance: Assurance,
    pub(crate) settings: Settings,
    pub(crate) clock: Arc<dyn Clock>,
    desk: Desk,
    kept: RwLock<Option<Arc<Board>>>,
    making: Mutex<()>,
}

impl Boards {
    pub(crate) fn new(assurance: Assurance, settings: Settings, clock: Arc<dyn Clock>, desk: Desk) -> Self {
        Self {
            assurance,
            settings,
            clock,
            desk,
            kept: RwLock::default(),
            making: Mutex::default(),
        }
    }

    /// What there is to show now.
    ///
    /// # Errors
    /// When it cannot be made, and what is kept is too old.
    pub(crate) async fn get(&self) -> Result<Arc<Board>, String> {
        if let Some(board) = self.younger_than(FRESH) {
            return Ok(board);
        }
        let turn = match (self.making.try_lock(), self.younger_than(STALE)) {
            (Ok(turn), _) => turn,
            (Err(_), Some(board)) => return Ok(board),
            (Err(_), None) => self.making.lock().await,
        };
        if let Some(board) = self.younger_than(FRESH) {
            return Ok(board);
        }
        let made = self.make().await;
        let kept = match (made, self.younger_than(STALE)) {
            (Ok(board), _) => {
                let board = Arc::new(board);
                let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
                *kept = Some(Arc::clone(&board));
                Ok(board)
            }
            (Err(error), Some(board)) => {
                tracing::warn!(error = ?error, "the public page could not be made anew");
                Ok(board)
            }
            (Err(error), None) => Err(error),
        };
        drop(turn);
        kept
    }

    fn younger_than(&self, age: Duration) -> Option<Arc<Board>> {
        let now = self.clock.now();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref()
            .filter(|board| now < board.seen.at.plus(age))
            .cloned()
    }

    async fn make(&self) -> Result<Board, String> {
        let text = |error: assurance::Error| error.to_string();
        let at = self.clock.now();
        let (claims, results) = self.assurance.claims_at(at).await.map_err(text)?;
        let seen = Seen { at, claims, results };
        let body = |text: String| Body::of(text).map_err(|error| error.to_string());
        let page = page(self.assurance.catalogue(), &seen, &self.settings);
        let notices = governance::processor::published(&self.desk).await;
        let notices = notices.map_err(|error| error.to_string())?;
        let processors = processors::processors_page(&notices, at, &self.settings);
        Ok(Board {
            page: body(page.into_string())?,
            twin: body(twin(self.assurance.catalogue(), &seen, &self.settings))?,
            badge: badge(&seen).into(),
            processors: body(processors.into_string())?,
            processors_twin: body(processors::twin(&notices, at, &self.settings))?,
            processors_feed: body(processors::feed(&notices, at, &self.settings))?,
            seen,
        })
    }
}
