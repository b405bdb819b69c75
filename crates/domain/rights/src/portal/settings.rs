//! How a tenant's page is settled: whether it is open, in whose name it speaks, how it looks, and what can be asked for.

use access::Action;
use custody::{Credential, Error, Result, Session};
use operation::acts::{ChangePortal, ViewPortal};
use operation::{Act, Op, Permit, Request, Resource};
use sealing::{Context, Key};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use super::{Colour, Language};
use crate::Rights;
use crate::acts::{check_text, from_json, invalid, to_json};
use crate::request::Kind;

/// How a tenant's page is settled. Sealed in `portal.settings_sealed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Portal {
    /// Whether it can be visited.
    pub open: bool,
    /// In whose name it speaks, as people know them.
    pub name: String,
    /// How people reach somebody who answers them: an address, a telephone number; several lines.
    pub contact: String,
    /// Where people can read what is done with their data: an address that begins with `https://`.
    pub notice: Option<String>,
    /// The colour of links and buttons on light ground.
    pub colour: Colour,
    /// The same on dark ground.
    pub colour_dark: Colour,
    /// The languages it is offered in; who likes none of them gets the first.
    pub languages: Vec<Language>,
    /// What can be asked for there.
    pub kinds: Vec<Kind>,
    /// Whether people can agree there and take it back.
    pub consent: bool,
    /// Whether people see there who had access to what is about them.
    pub disclosures: bool,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            open: false,
            name: String::new(),
            contact: String::new(),
            notice: None,
            colour: PINE,
            colour_dark: PINE_DARK,
            languages: Language::ALL.to_vec(),
            kinds: Kind::ALL.to_vec(),
            consent: true,
            disclosures: true,
        }
    }
}

/// The accents of the tokens.
const PINE: Colour = Colour::of([0x0b, 0x6b, 0x57]);
const PINE_DARK: Colour = Colour::of([0x5c, 0xc9, 0xaa]);

impl Portal {
    fn check(&self) -> Result<()> {
        if self.open {
            check_text("name", &self.name, 120)?;
            check_text("contact", &self.contact, 500)?;
        }
        let long = |text: &str, most| text.chars().count() > most;
        if long(&self.name, 120) || self.name.chars().any(char::is_control) {
            return Err(invalid("name", "write at most 120 characters in one line"));
        }
        let odd = |letter: char| letter.is_control() && letter != '\n';
        if long(&self.contact, 500) || self.contact.chars().any(odd) {
            return Err(invalid(
                "contact",
                "write at most 500 characters of plain text, in lines",
            ));
        }
        if let Some(notice) = &self.notice
            && !is_address(notice)
        {
            return Err(invalid(
                "notice",
                "give an address that begins with https://, without spaces",
            ));
        }
        check_contrast("colour", "darker", self.colour, self.colour.on_light())?;
        check_contrast(
            "colour_dark",
            "lighter",
            self.colour_dark,
            self.colour_dark.on_dark(),
        )?;
        check_list("languages", &self.languages)?;
        check_list("kinds", &self.kinds)
    }
}

fn is_address(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    host && text.len() <= 500 && text.chars().all(|letter| letter.is_ascii_graphic())
}

fn check_contrast(field: &'static str, better: &str, colour: Colour, contrast: u32) -> Result<()> {
    if Colour::is_enough(contrast) {
        return Ok(());
    }
    let (whole, rest) = (contrast / 100, contrast % 100);
    Err(invalid(
        field,
        format!(
            "{colour} differs from the page by {whole}.{rest:02} to 1, and text needs 4.5 (WCAG 2.2, 1.4.3): choose a {better} colour"
        ),
    ))
}

/// At least one, and each once.
fn check_list<T: PartialEq>(field: &'static str, list: &[T]) -> Result<()> {
    let twice = list
        .iter()
        .enumerate()
        .any(|(at, one)| list.iter().take(at).any(|other| other == one));
    match list.is_empty() || twice {
        true => Err(invalid(field, "name at least one, and each once")),
        false => Ok(()),
    }
}

const FIND: &str = "SELECT settings_sealed FROM portal WHERE tenant_id = $1";
const KEEP: &str = "INSERT INTO portal (tenant_id, settings_sealed) VALUES ($1, $2) \
     ON CONFLICT (tenant_id) DO UPDATE SET settings_sealed = excluded.settings_sealed";

impl Rights {
    /// How the page is settled.
    pub async fn portal(&self, credential: &Credential, request: Request) -> Result<Portal> {
        self.look(credential, request, Action::PortalView, |op, session| {
            let permit: Permit<ViewPortal> = op.permit(resource(), &session.facts())?;
            let portal = settled(op, session)?;
            op.record(permit, json!(null))?;
            Ok(portal)
        })
        .await
    }

    /// Settles it anew. Who visits a page that is closed by this is out with their next step.
    pub async fn settle_portal(
        &self,
        credential: &Credential,
        request: Request,
        portal: Portal,
    ) -> Result<Portal> {
        portal.check()?;
        let settle = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ChangePortal> = op.permit(resource(), &session.facts())?;
            if portal.open && session.holds_its_key() {
                return Err(Error::Conflict(
                    "this team holds its key itself, and a page for people without one could neither find them nor show them \
                     anything: take requests in by hand or by the API instead"
                        .into(),
                ));
            }
            let sealed = sealing::seal(&key(session), &context(session), &to_json(&portal)?, op.random());
            op.change(&permit, KEEP, params![session.tenant(), sealed])?;
            let told = json!({
                "open": portal.open, "languages": portal.languages, "kinds": portal.kinds, "consent": portal.consent,
                "disclosures": portal.disclosures,
            });
            op.record(permit, told)?;
            Ok(portal.clone())
        };
        self.act(credential, request, Action::PortalChange, settle).await
    }

    /// What a tenant's open page says of itself, for everybody.
    pub async fn open_portal(&self, request: Request, tenant: &str) -> Result<Portal> {
        let (custody, tenant) = (self.custody.clone(), tenant.to_owned());
        let look = move |op: &mut Op<'_>| {
            let session = custody.at_page(op, &tenant)?;
            open(op, &session)
        };
        self.custody.desk().look(request, look).await
    }
}

/// What every act at the page is about.
pub(super) fn resource() -> Resource {
    Resource {
        kind: "portal",
        ..Resource::default()
    }
}

/// What the tenant has settled; the usual where it has not.
pub(super) fn settled(op: &mut Op<'_>, session: &Session) -> Result<Portal> {
    let row = op.find(FIND, params![session.tenant()])?;
    let portal = row.map(|row| {
        let opened = sealing::open(&key(session), &context(session), &row.get::<Vec<u8>>(0)?)?;
        from_json(&opened)
    });
    Ok(portal.transpose()?.unwrap_or_default())
}

/// The same within an act that shows it.
pub fn portal_of<A: Act>(op: &mut Op<'_>, _permit: &Permit<A>, session: &Session) -> Result<Portal> {
    settled(op, session)
}

/// The same, if it can be visited.
pub(super) fn open(op: &mut Op<'_>, session: &Session) -> Result<Portal> {
    let portal = settled(op, session)?;
    match portal.open {
        true => Ok(portal),
        false => Err(Error::NotFound("portal")),
    }
}

fn key(session: &Session) -> Key {
    session.derive("rights portal", &[])
}

fn context(session: &Session) -> Context {
    Context::new("rights portal").with(session.tenant().as_bytes())
}
