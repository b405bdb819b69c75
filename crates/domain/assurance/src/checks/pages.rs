//! What the server's own pages bring along, and whether the public one says what is.
//!
//! What is looked at: the pages that a stranger can reach, as they are served now, with the style sheets that they name; and for the
//! public page the newest result of each check.

mod foreign;
mod state;

use async_trait::async_trait;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::door::Page;

pub use state::PageEqualsState;

/// Pages for strangers; one that is not there counts too, for what it brings along.
const PAGES: [&str; 7] = [
    "/",
    "/trust.json",
    "/console/sign-in",
    "/console/staff/sign-in",
    "/console/oidc",
    "/public/none",
    "/nothing-here",
];

/// What cookies are for: who is signed in, how far they are on the way to it, and how they want pages to look.
const NEEDED: [&str; 8] = [
    "session", "door", "step", "way", "browser", "flash", "light", "names",
];

/// Loads the server's own pages.
pub struct PagesSetNoOtherCookies {
    /// What is wrong with a page.
    pub flaws: fn(&Page) -> Vec<String>,
}

impl Default for PagesSetNoOtherCookies {
    fn default() -> Self {
        Self { flaws }
    }
}

#[async_trait]
impl Check for PagesSetNoOtherCookies {
    fn id(&self) -> &'static str {
        "pages-set-no-other-cookies"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(door) = site.door.as_deref() else {
            return Ok(Site::no_door());
        };
        let mut cases = Cases::of(self.id());
        for path in PAGES {
            let page = door.get(path).await?;
            self.look(&mut cases, path, &page);
            for sheet in foreign::own_sheets(&page.text()) {
                self.look(&mut cases, &sheet, &door.get(&sheet).await?);
            }
        }
        let sound = door.get("/").await?;
        cases.control("the public page is there", sound.status == 200);
        for (what, page) in planted(&sound) {
            let noticed = !(self.flaws)(&page).is_empty();
            cases.control(&format!("{what} is noticed"), noticed);
        }
        Ok(cases.seen())
    }
}

impl PagesSetNoOtherCookies {
    fn look(&self, cases: &mut Cases, path: &str, page: &Page) {
        let flaws = (self.flaws)(page);
        let what = format!("{path} brings nothing along that it should not, and not {flaws:?}");
        cases.must(&what, flaws.is_empty());
    }
}

/// Cookies that serve something else, and whatever would have the browser ask somebody else.
fn flaws(page: &Page) -> Vec<String> {
    let is_needed = |name: &str| {
        let rest = name.strip_prefix("__Host-bailee-");
        let rest = rest.map(|rest| rest.strip_prefix("staff-").unwrap_or(rest));
        rest.is_some_and(|rest| NEEDED.contains(&rest))
    };
    let names = page
        .all("set-cookie")
        .map(|line| line.split('=').next().unwrap_or_default());
    let cookies = names.filter(|name| !is_needed(name));
    let mut flaws: Vec<String> = cookies.map(|name| format!("the cookie {name}")).collect();
    let kind = page.all("content-type").next().unwrap_or_default().to_owned();
    if kind.starts_with("text/html") {
        flaws.extend(foreign::in_html(&page.text()));
        flaws.extend(foreign::in_policy(page.all("content-security-policy")));
    } else if kind.starts_with("text/css") {
        flaws.extend(foreign::in_style(&page.text()));
    }
    flaws
}

/// The page as somebody would leave it who wants to know who reads it.
fn planted(sound: &Page) -> Vec<(&'static str, Page)> {
    let with = |text: &str| {
        let mut page = sound.clone();
        page.body.extend(text.as_bytes());
        page
    };
    let mut cookie = sound.clone();
    let line = "_visitor=1; Max-Age=63072000".to_owned();
    cookie.headers.push(("set-cookie".to_owned(), line));
    let mut open = sound.clone();
    open.headers.retain(|(name, _)| name != "content-security-policy");
    vec![
        (
            "a script of somebody else's",
            with("<script src=\"https://probe.invalid/count.js\"></script>"),
        ),
        (
            "a picture that counts",
            with("<img alt=\"\" src='//probe.invalid/1.gif'>"),
        ),
        (
            "a font of somebody else's",
            with("<style>@font-face { src: url(https://probe.invalid/f) }</style>"),
        ),
        (
            "a form that is sent elsewhere",
            with("<form method=post action=https://probe.invalid/>"),
        ),
        ("a cookie that follows people", cookie),
        ("a page without a policy", open),
    ]
}
