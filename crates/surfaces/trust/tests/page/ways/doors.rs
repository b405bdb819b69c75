//! What strangers meet at the server's own door.

use assurance::check::Outcome;
use assurance::door::Page;
use testkit::OwnDoor;

use crate::deeds::{Sabotage, door};

/// A way to change the public pages.
macro_rules! page {
    ($what:literal, $check:literal, $edit:expr) => {
        door(
            $what,
            $check,
            |door| door.edits(Some($edit)),
            |door| door.edits(None),
        )
    };
}

pub(super) const ALL: &[Sabotage] = &[
    door(
        "the door talks in clear",
        "edge-speaks-tls-only",
        |door| door.says(Some(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")),
        well,
    ),
    door(
        "the door talks by an old protocol",
        "edge-speaks-tls-only",
        // The head of a record of the kind handshake (RFC 8446, section 5.1), version TLS 1.1.
        |door| door.says(Some(&[22, 3, 2, 0, 4, 2, 0, 0, 0])),
        well,
    ),
    door(
        "the certificate has ended",
        "edge-speaks-tls-only",
        |door| door.certified_for(0),
        |door| door.certified_for(90),
    ),
    Sabotage {
        comes_to: Outcome::Late,
        ..door(
            "the certificate ends next week",
            "edge-speaks-tls-only",
            |door| door.certified_for(7),
            |door| door.certified_for(90),
        )
    },
    page!(
        "the page follows who reads it",
        "pages-set-no-other-cookies",
        |_, page| page
            .headers
            .push(("set-cookie".to_owned(), "_visitor=1; Max-Age=63072000".to_owned()))
    ),
    page!(
        "the page loads a script from elsewhere",
        "pages-set-no-other-cookies",
        |path, page| if path == "/" {
            page.body
                .extend(b"<script src=\"https://elsewhere.example/count.js\"></script>");
        }
    ),
    page!(
        "the page lets the browser load what it likes",
        "pages-set-no-other-cookies",
        |_, page| page.headers.retain(|(name, _)| name != "content-security-policy")
    ),
    page!(
        "the page shows sentences as held that are not",
        "page-equals-state",
        |_, page| replace(page, "\"partly\"", "\"holds\"")
    ),
    page!(
        "the page says more than is known",
        "page-equals-state",
        |path, page| if path == "/trust.json" {
            replace(page, "\"statement\":\"", "\"statement\":\"Always: ");
        }
    ),
    page!(
        "the page leaves a sentence out",
        "page-equals-state",
        |path, page| if path == "/" {
            replace(page, "/trust/claims/second-factor\"", "/trust/claims/none\"");
        }
    ),
];

fn well(door: &OwnDoor) {
    door.says(None);
}

fn replace(page: &mut Page, this: &str, by: &str) {
    let text = String::from_utf8(page.body.clone()).unwrap();
    assert!(text.contains(this), "{this}");
    page.body = text.replace(this, by).into_bytes();
}
