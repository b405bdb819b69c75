//! What the public is told, put together once and handed to everybody for some seconds.
//!
//! Promises: a request costs no SQL while what is kept is fresh; one request at a time makes it anew and the others are served what is
//! there; what cannot be made anew any more is not shown for longer than a minute, so that no page says that something holds which
//! nobody can tell.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError, RwLock};
use std::time::Duration;

use assurance::{Assurance, ClaimState, Kept, Known, Profile, Published, State};
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
use crate::voice::{Company, Voice};

/// How long it is handed out as it is.
const FRESH: Duration = Duration::from_secs(10);
/// How long it is handed out while it cannot be made anew.
const STALE: Duration = Duration::from_secs(60);

/// What is known at one moment.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The moment.
    pub at: Timestamp,
    /// How every sentence of the page stands, in the order of its profile.
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
    at: Timestamp,
    edition: u64,
    known: Known,
    /// The installation's own page.
    pub(crate) front: Arc<Sheet>,
    companies: BTreeMap<String, Published>,
    /// Pages of companies that somebody asked for.
    asked_for: SyncMutex<BTreeMap<String, Arc<Sheet>>>,
    pub(crate) processors: Body,
    pub(crate) processors_twin: Body,
    pub(crate) processors_feed: Body,
}

/// One page with all that says the same.
pub(crate) struct Sheet {
    /// The company that speaks; nobody for the installation's own.
    company: Option<Published>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) seen: Seen,
    pub(crate) page: Body,
    pub(crate) twin: Body,
    pub(crate) badge: Bytes,
}

impl Sheet {
    /// Who speaks on it.
    pub(crate) fn voice<'a>(&'a self, settings: &'a Settings) -> Voice<'a> {
        voice(&self.profile, settings, self.company.as_ref())
    }

    /// Under which name the versions of a sentence of it are kept.
    pub(crate) fn history_of(&self, claim: &str) -> String {
        match self.company {
            Some(_) => self.profile.history_of(claim),
            None => claim.to_owned(),
        }
    }
}

fn voice<'a>(profile: &'a Profile, settings: &'a Settings, company: Option<&'a Published>) -> Voice<'a> {
    Voice {
        profile,
        settings,
        company: company.map(|company| Company {
            slug: &company.slug,
            name: &company.speaker,
        }),
    }
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
        if let Some(board) = self.fresh() {
            return Ok(board);
        }
        let newest = self.younger_than(STALE).filter(|board| self.is_of_now(board));
        let turn = match (self.making.try_lock(), newest) {
            (Ok(turn), _) => turn,
            (Err(_), Some(board)) => return Ok(board),
            (Err(_), None) => self.making.lock().await,
        };
        if let Some(board) = self.fresh() {
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

    /// What is handed out as it is.
    fn fresh(&self) -> Option<Arc<Board>> {
        self.younger_than(FRESH).filter(|board| self.is_of_now(board))
    }

    /// Whether nobody published anything since, as far as this process knows.
    fn is_of_now(&self, board: &Board) -> bool {
        board.edition == self.assurance.edition()
    }

    fn younger_than(&self, age: Duration) -> Option<Arc<Board>> {
        let now = self.clock.now();
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|board| now < board.at.plus(age)).cloned()
    }

    async fn make(&self) -> Result<Board, String> {
        let text = |error: assurance::Error| error.to_string();
        let (at, edition) = (self.clock.now(), self.assurance.edition());
        let known = self.assurance.known_at(at).await.map_err(text)?;
        let companies = self.assurance.company_pages().await.map_err(text)?;
        let notices = governance::processor::published(&self.desk).await;
        let notices = notices.map_err(|error| error.to_string())?;
        let body = |text: String| Body::of(text).map_err(|error| error.to_string());
        let processors = processors::processors_page(&notices, at, &self.settings);
        let front = Arc::clone(self.assurance.profiles().front());
        Ok(Board {
            at,
            edition,
            front: Arc::new(self.sheet(&known, front, None)?),
            known,
            companies: companies
                .into_iter()
                .map(|page| (page.slug.clone(), page))
                .collect(),
            asked_for: SyncMutex::default(),
            processors: body(processors.into_string())?,
            processors_twin: body(processors::twin(&notices, at, &self.settings))?,
            processors_feed: body(processors::feed(&notices, at, &self.settings))?,
        })
    }

    /// The page of a company, of what the board knows; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn of_company(&self, board: &Board, slug: &str) -> Result<Option<Arc<Sheet>>, String> {
        let Some(company) = board.companies.get(slug) else {
            return Ok(None);
        };
        let Some(profile) = self.assurance.profiles().get(&company.profile) else {
            tracing::warn!(
                slug,
                profile = company.profile,
                "a company's page keeps to a profile that there is not"
            );
            return Ok(None);
        };
        let mut asked_for = board.asked_for.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sheet) = asked_for.get(slug) {
            return Ok(Some(Arc::clone(sheet)));
        }
        let made = Arc::new(self.sheet(&board.known, profile, Some(company.clone()))?);
        asked_for.insert(slug.to_owned(), Arc::clone(&made));
        Ok(Some(made))
    }

    fn sheet(
        &self,
        known: &Known,
        profile: Arc<Profile>,
        company: Option<Published>,
    ) -> Result<Sheet, String> {
        let body = |text: String| Body::of(text).map_err(|error| error.to_string());
        let seen = Seen {
            at: known.now,
            claims: known.of(self.assurance.catalogue(), &profile),
            results: known.results.clone(),
        };
        let voice = voice(&profile, &self.settings, company.as_ref());
        let (page, twin) = (page(&voice, &seen).into_string(), twin(&voice, &seen));
        Ok(Sheet {
            page: body(page)?,
            twin: body(twin)?,
            badge: badge(&seen).into(),
            seen,
            company,
            profile,
        })
    }
}
