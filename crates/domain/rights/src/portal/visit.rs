//! A visit begins: somebody gives an address, and what they ask for; a code goes to that address.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use custody::visit::{Pass, SECRET_BYTES, Visited, Visits};
use custody::{Credential, Error, Result, Session};
use kernel::{Random, RequestId, SubjectId, VisitId};
use operation::acts::VisitPortal;
use operation::{Op, Permit, Request};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, params};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::rows::{self, Row};
use super::{CODE_MINUTES, Language, MOST_PER_ADDRESS, MOST_PER_NETWORK, code, letter, settings};
use crate::Rights;
use crate::acts::{check_text, to_json};
use crate::request::Kind;

const TEXT_LEN: usize = 64;
const ID_LEN: usize = 16;
/// How long somebody has to type a code in, with as many as they may ask for.
const UNPROVEN: Duration = Duration::from_secs(60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long what is over is kept: as long as it is counted.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// A visit that is begun.
#[derive(Debug, Clone)]
pub struct NewVisit {
    /// Where the code is sent to.
    pub address: String,
    /// What is to be asked for once the code was right.
    pub asks: Option<Asked>,
    /// The language of the letters.
    pub language: Language,
    /// The network that it comes from, as far as it is known.
    pub network: Option<String>,
    /// The address of the page, for the letters: `https://example.org/privacy/lab`.
    pub page: String,
}

/// What somebody asks for at the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which right is made use of.
    pub kind: Kind,
    /// Their name as they gave it.
    pub name: Option<String>,
    /// What they ask for, in their words.
    pub words: String,
}

/// What became of beginning a visit.
#[derive(Debug)]
pub enum Begun {
    /// If the address can get letters, a code is on its way to it.
    Sent(Token),
    /// Too many codes were asked for from this network: within an hour it can be tried again.
    TooMany,
}

/// What a browser keeps to show that a visit is its own: 64 characters of base64url, of the visit's id and 32 random bytes.
#[derive(Clone)]
pub struct Token {
    pub(super) visit: VisitId,
    pub(super) secret: Zeroizing<[u8; SECRET_BYTES]>,
}

/// What is sealed in `portal_visit.asked_sealed`.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub(super) address: String,
    pub(super) language: Language,
    pub(super) page: String,
    pub(super) asks: Option<Asked>,
}

impl Token {
    pub(super) fn generate(visit: VisitId, random: &dyn Random) -> Self {
        let mut secret = Zeroizing::new([0u8; SECRET_BYTES]);
        random.fill(&mut *secret);
        Self { visit, secret }
    }

    /// Reads the text of a token; one token has one text. Says nothing about whether there is such a visit.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_LEN {
            return None;
        }
        let mut bytes = Zeroizing::new([0u8; ID_LEN + SECRET_BYTES]);
        let decoded = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes);
        if decoded.ok() != Some(bytes.len()) {
            return None;
        }
        let (id, rest) = bytes.split_at(ID_LEN);
        let mut secret = Zeroizing::new([0u8; SECRET_BYTES]);
        secret.copy_from_slice(rest);
        let visit = VisitId::from_bytes(id).ok()?;
        Some(Self { visit, secret })
    }

    /// The text for the browser.
    pub fn to_text(&self) -> SecretString {
        let mut bytes = Zeroizing::new([0u8; ID_LEN + SECRET_BYTES]);
        bytes[..ID_LEN].copy_from_slice(self.visit.as_bytes());
        bytes[ID_LEN..].copy_from_slice(&*self.secret);
        let mut text = URL_SAFE_NO_PAD.encode(*bytes);
        let secret = text.clone().into();
        text.zeroize();
        secret
    }

    /// The credential at this tenant's page.
    ///
    /// # Errors
    /// When the id is none of ours, which its parsing has excluded.
    pub fn credential(&self, tenant: &str) -> Result<Credential> {
        Credential::visitor(self.pass(tenant))
    }

    fn pass(&self, tenant: &str) -> Pass {
        Pass::new(tenant, self.visit, self.secret.clone(), Arc::new(PortalVisits))
    }

    /// What is kept of it: a hash under a key of the tenant's.
    pub(super) fn blind(&self, session: &Session) -> [u8; 32] {
        blind_of(session, &self.pass(""))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({})", self.visit)
    }
}

fn blind_of(session: &Session, pass: &Pass) -> [u8; 32] {
    sealing::blind(
        &session.blind_index("rights portal visit"),
        "secret",
        &pass.hash(),
    )
}

/// How custody finds visits.
struct PortalVisits;

impl Visits for PortalVisits {
    fn find(&self, op: &mut Op<'_>, session: &Session, pass: &Pass) -> Result<Option<Visited>> {
        let Some(row) = rows::find(op, session, pass.visit)? else {
            return Ok(None);
        };
        let same: bool = blind_of(session, pass).ct_eq(row.secret_blind.as_slice()).into();
        // Who closes the page closes it for those who are in, too; a package on its way is finished.
        if !same || (row.package.is_none() && !settings::settled(op, session)?.open) {
            return Ok(None);
        }
        let people = match row.subject {
            Some(subject) => rows::people(op, session, subject)?,
            None => Vec::new(),
        };
        let takes = match row.package {
            Some(request) => rows::is_offered(op, session, request, row.made_at)?,
            None => false,
        };
        Ok(Some(Visited {
            visit: row.visit,
            people,
            takes,
            ends_at: row.ends_at,
        }))
    }
}

impl NewVisit {
    fn check(&self, portal: &settings::Portal) -> Result<()> {
        letter::address(&self.address)?;
        let Some(asks) = &self.asks else {
            return Ok(());
        };
        if !portal.kinds.contains(&asks.kind) {
            return Err(Error::NotFound("kind"));
        }
        check_text("words", &asks.words, 4_000)?;
        asks.name
            .as_deref()
            .map_or(Ok(()), |name| check_text("name", name, 200))
    }
}

impl Rights {
    /// Forgets visits that were over a day ago, of every team; gives how many. Housekeeping; call it now and then.
    pub async fn sweep_visits(&self) -> Result<u64> {
        let desk = self.custody.desk();
        let before = desk.clock.now().minus(KEPT);
        let swept = desk
            .db
            .write(move |tx| tx.execute(rows::SWEEP_ALL, params![before]));
        Ok(swept.await.map_err(|error: StoreError| error)?)
    }

    /// Begins a visit and sends a code. Nothing is looked up: what happens is the same whoever it is.
    pub async fn begin_visit(&self, request: Request, tenant: &str, new: NewVisit) -> Result<Begun> {
        let (custody, tenant) = (self.custody.clone(), tenant.to_owned());
        let begin = move |op: &mut Op<'_>| {
            let token = Token::generate(VisitId::make(op.now(), op.random()), op.random());
            let visited = Visited {
                visit: token.visit,
                people: Vec::new(),
                takes: false,
                ends_at: op.now().plus(UNPROVEN),
            };
            let session = custody.enter_visitor(op, &tenant, visited)?;
            let portal = settings::open(op, &session)?;
            new.check(&portal)?;
            begin(op, &session, &portal, &new, token)
        };
        self.custody.desk().act(request, begin).await
    }
}

fn begin(
    op: &mut Op<'_>,
    session: &Session,
    portal: &settings::Portal,
    new: &NewVisit,
    token: Token,
) -> Result<Begun> {
    let permit: Permit<VisitPortal> = op.permit(settings::resource(), &session.facts())?;
    let now = op.now();
    let address = rows::address_blind(session, &new.address);
    let network = new
        .network
        .as_deref()
        .map(|network| rows::network_blind(session, network));
    op.change(&permit, rows::SWEEP, params![session.tenant(), now.minus(KEPT)])?;
    let since = now.minus(HOUR);
    if let Some(network) = &network
        && rows::count(op, session, rows::OF_NETWORK, network, since)? >= MOST_PER_NETWORK
    {
        op.record(
            permit,
            json!({ "visit": token.visit, "sent": false, "because": "network" }),
        )?;
        return Ok(Begun::TooMany);
    }
    // Whoever asks too often for one address gets the same answer: they may not be whose it is.
    let sent = rows::count(op, session, rows::OF_ADDRESS, &address, since)? < MOST_PER_ADDRESS;
    let code = code::eight_digits(op.random());
    let sealed = Sealed {
        address: new.address.clone(),
        language: new.language,
        page: new.page.clone(),
        asks: new.asks.clone(),
    };
    let row = params![
        token.visit,
        session.tenant(),
        rows::STATE_ASKED,
        now,
        now.plus(UNPROVEN),
        address.to_vec(),
        network.map(|network| network.to_vec()),
        token.blind(session).to_vec(),
        rows::seal(op, session, token.visit, &to_json(&sealed)?),
        sent.then(|| code::blind(session, token.visit, &code).to_vec()),
        sent.then(|| now.plus(Duration::from_secs(CODE_MINUTES * 60))),
        None::<SubjectId>,
        None::<RequestId>,
    ];
    op.change(&permit, rows::INSERT, row)?;
    if sent {
        letter::code(op, session, portal, &sealed, &code)?;
    }
    let kind = new.asks.as_ref().map(|asks| asks.kind);
    op.record(
        permit,
        json!({ "visit": token.visit, "sent": sent, "asks": kind }),
    )?;
    Ok(Begun::Sent(token))
}

/// The row of the visit that came with the session.
pub(super) fn row_of(op: &mut Op<'_>, session: &Session) -> Result<Row> {
    let visit = session.visit().ok_or(Error::Unauthenticated)?.visit;
    rows::find(op, session, visit)?.ok_or(Error::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{SystemRandom, Timestamp};
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_token_comes_back_as_itself_and_tells_nothing_of_its_secret() {
        let visit = VisitId::make(Timestamp::from_micros(1), &SystemRandom);
        let made = Token::generate(visit, &SystemRandom);
        let read = Token::parse(made.to_text().expose_secret()).unwrap();
        assert_eq!((read.visit, &*read.secret), (made.visit, &*made.secret));
        assert!(!format!("{made:?}").contains(&made.to_text().expose_secret()[30..]));
    }

    proptest! {
        #[test]
        fn any_text_is_a_token_or_none(text in "[A-Za-z0-9_-]{60,66}|.{0,80}") {
            if let Some(token) = Token::parse(&text) {
                let again = token.to_text();
                prop_assert_eq!(again.expose_secret(), text.as_str());
            }
        }
    }
}
