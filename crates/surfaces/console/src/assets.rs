//! The style sheet, the scripts and the mark, embedded and named after their content.
//!
//! Promises: a name never stands for other bytes, so browsers may keep them for ever; nothing comes from anywhere else.

use std::sync::LazyLock;

use aws_lc_rs::digest;

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// What pages call it.
    pub name: &'static str,
    /// Its path under the console, with the beginning of its hash.
    pub path: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

const STYLE: &str = concat!(
    include_str!("../assets/tokens.css"),
    include_str!("../assets/base.css"),
    include_str!("../assets/shell.css"),
    include_str!("../assets/parts.css"),
    include_str!("../assets/pages.css"),
    include_str!("../assets/viewer.css"),
    include_str!("../assets/draw.css"),
);

const VIEWER: &str = concat!(
    include_str!("../assets/viewer/stage.js"),
    include_str!("../assets/viewer/controls.js"),
    include_str!("../assets/viewer/marks.js"),
    include_str!("../assets/viewer/overlay.js"),
    include_str!("../assets/viewer/draw.js"),
    include_str!("../assets/viewer/list.js"),
);

const SOURCES: [(&str, &str, &[u8]); 6] = [
    ("console.css", "text/css; charset=utf-8", STYLE.as_bytes()),
    (
        "console.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/console.js"),
    ),
    (
        "upload.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/upload.js"),
    ),
    (
        "passkey.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/passkey.js"),
    ),
    ("viewer.js", "text/javascript; charset=utf-8", VIEWER.as_bytes()),
    ("mark.svg", "image/svg+xml", include_bytes!("../assets/mark.svg")),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| SOURCES.into_iter().map(named).collect());

fn named((name, media_type, bytes): (&'static str, &'static str, &'static [u8])) -> Asset {
    let hash = digest::digest(&digest::SHA256, bytes);
    let hash = hex::encode(&hash.as_ref()[..8]);
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, "bin"));
    Asset {
        name,
        path: format!("/console/assets/{stem}.{hash}.{end}"),
        media_type,
        bytes,
    }
}

/// Every embedded file.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The path of the file that pages call so.
pub fn path(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map_or("", |asset| asset.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_that_pages_name_is_there() {
        for name in [
            "console.css",
            "console.js",
            "upload.js",
            "passkey.js",
            "viewer.js",
            "mark.svg",
        ] {
            assert!(path(name).starts_with("/console/assets/"), "{name}");
        }
        assert_eq!(path("else.css"), "");
    }

    #[test]
    fn other_bytes_have_another_name() {
        let name = |bytes| named(("a.css", "text/css", bytes)).path;
        assert_ne!(name(b"a"), name(b"b"));
        assert_eq!(name(b"a"), name(b"a"));
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        for asset in all() {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(
                !text.contains("//fonts") && !text.contains("http:") && !text.contains("https:"),
                "{}",
                asset.name
            );
            assert!(
                !text.contains("@import") && !text.contains("url("),
                "{}",
                asset.name
            );
        }
    }
}
