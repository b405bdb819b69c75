//! The style of the pages: the tokens and plain elements of the console, what is the portal's own, and the tenant's colours.
//!
//! Promises: a page needs nothing else; its policy allows just these two sheets, by their hashes.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rights::portal::Portal;

/// One language of style for all pages of the house: its tokens and its plain elements are the console's.
pub(crate) const SHEET: &str = concat!(
    include_str!("../../console/assets/tokens.css"),
    include_str!("../../console/assets/base.css"),
    include_str!("../assets/portal.css"),
);

/// The colours of a tenant's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style(String);

impl Style {
    /// Of a page that is settled so. INVARIANT: colours hold six hexadecimal digits and nothing else, so they stay colours here.
    pub fn of(portal: &Portal) -> Self {
        let (light, dark) = (portal.colour, portal.colour_dark);
        Self(format!(
            ":root{{--accent:light-dark({light},{dark});--accent-strong:light-dark({light},{dark});\
             --focus:light-dark({light},{dark});--on-accent:light-dark({},{})}}",
            light.ink(),
            dark.ink()
        ))
    }

    /// The sheet.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::of(&Portal::default())
    }
}

/// The content security policy of pages with these colours: their own style and forms, and nothing else.
pub fn policy(styles: &[Style]) -> String {
    let hash = |sheet: &str| {
        format!(
            " 'sha256-{}'",
            BASE64_STANDARD.encode(digest(&SHA256, sheet.as_bytes()))
        )
    };
    let colours: String = styles.iter().map(|style| hash(style.text())).collect();
    format!(
        "default-src 'none'; style-src{}{colours}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        hash(SHEET)
    )
}
