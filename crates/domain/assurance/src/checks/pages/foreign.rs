//! What in a page would have a browser ask somebody else without anybody's doing.
//!
//! Links that people follow themselves are none of it. It is a search and no parser: what it takes for a tag may be text, and then it
//! says one thing too many, never one too few.

/// Tags that a browser fetches for, and forms.
const FETCHING: [&str; 14] = [
    "script", "img", "link", "iframe", "frame", "embed", "object", "audio", "video", "source", "track",
    "input", "form", "base",
];
/// Where in them stands what is fetched.
const PLACES: [&str; 8] = [
    "src",
    "href",
    "srcset",
    "data",
    "poster",
    "action",
    "formaction",
    "background",
];
/// Sources that are of this server alone.
const OWN: [&str; 4] = ["'none'", "'self'", "data:", "blob:"];

/// What a page of HTML would fetch from elsewhere.
pub(super) fn in_html(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let begun = lower.match_indices('<').filter_map(|(at, _)| lower.get(at + 1..));
    let tags = begun.map(tag_of).filter_map(|tag| {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
        FETCHING.contains(&name).then_some(tag)
    });
    let fetched = tags.flat_map(|tag| PLACES.iter().flat_map(move |place| values(tag, place)));
    let mut found: Vec<String> = fetched.filter(|value| is_elsewhere(value)).collect();
    found.extend(in_style(&lower));
    found
}

/// A tag up to its end, which no sign within quotes is.
fn tag_of(text: &str) -> &str {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return text.get(..at).unwrap_or(text),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    text
}

/// What a style sheet, or a page with one in it, would fetch from elsewhere.
pub(super) fn in_style(text: &str) -> Vec<String> {
    let urls = text
        .split("url(")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let imports = text
        .split("@import")
        .skip(1)
        .filter_map(|rest| rest.split(';').next());
    let named = urls
        .chain(imports)
        .map(|value| value.trim().trim_matches(['"', '\'']));
    named
        .filter(|value| is_elsewhere(value))
        .map(str::to_owned)
        .collect()
}

/// What is wrong with the policies (CSP) of a page: there has to be one, with a default, and no source but this server in it.
pub(super) fn in_policy<'p>(policies: impl Iterator<Item = &'p str>) -> Vec<String> {
    let policies: Vec<&str> = policies.collect();
    let mut found = Vec::new();
    if !policies.iter().any(|policy| policy.contains("default-src")) {
        found.push("no policy that says where a page's parts come from".to_owned());
    }
    for directive in policies.iter().flat_map(|policy| policy.split(';')) {
        let sources = directive.split_whitespace().skip(1);
        let is_source =
            |word: &&str| !OWN.contains(word) && (word.contains('.') || word.contains(':') || *word == "*");
        let foreign = sources
            .filter(is_source)
            .filter(|_| !directive.contains("report"));
        found.extend(foreign.map(|source| format!("the source {source} in the policy")));
    }
    found
}

/// The style sheets of this server that a page names.
pub(super) fn own_sheets(text: &str) -> Vec<String> {
    let links = text.split("<link").skip(1).map(tag_of);
    let sheets = links.filter(|tag| tag.contains("stylesheet"));
    let named = sheets.flat_map(|tag| values(tag, "href"));
    named
        .filter(|value| value.starts_with('/') && !is_elsewhere(value))
        .collect()
}

/// The values of an attribute in the text of a tag, with or without quotes.
fn values(tag: &str, attribute: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in tag.match_indices(attribute) {
        let begins = tag
            .get(..at)
            .is_some_and(|before| before.ends_with([' ', '\n', '\t', '"', '\'', '/']));
        let rest = tag.get(at + attribute.len()..).unwrap_or_default().trim_start();
        let Some(value) = rest.strip_prefix('=').filter(|_| begins) else {
            continue;
        };
        let value = value.trim_start();
        let ended = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value.get(1..).unwrap_or_default().split(quote).next(),
            _ => value.split([' ', '\n', '\t', '>']).next(),
        };
        found.extend(ended.map(str::to_owned));
    }
    found
}

/// Whether an address is another host's. What begins with one slash, or with no scheme, is this one's.
fn is_elsewhere(value: &str) -> bool {
    let mut candidates = value.split([',', ' ']).map(str::trim);
    candidates.any(|address| {
        let bare = address.trim_start_matches(['"', '\'']);
        let scheme = bare.split_once(':').map(|(scheme, _)| scheme);
        let named = scheme.is_some_and(|scheme| {
            !scheme.is_empty()
                && scheme.chars().all(|c| c.is_ascii_alphanumeric())
                && !matches!(scheme, "data" | "blob")
        });
        bare.starts_with("//") || bare.starts_with("/\\") || bare.starts_with("\\\\") || named
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_fetch_elsewhere_is_found() {
        for bad in [
            "<script src=https://other.example/x.js></script>",
            "<SCRIPT SRC = '//other.example/x.js'></SCRIPT>",
            "<img alt=\"a > <b\" src=\"http://other.example/1.gif\">",
            "<img srcset=\"/own.png 1x, https://other.example/2.png 2x\">",
            "<link rel=stylesheet href=\"https://other.example/s.css\">",
            "<base href=//other.example>",
            "<form action=\"https://other.example/\">",
            "<style>@import 'https://other.example/s.css';</style>",
            "<div style=\"background: url( //other.example/b.png )\">",
        ] {
            assert!(!in_html(bad).is_empty(), "{bad}");
        }
        for good in [
            "<a href=\"https://other.example/\">elsewhere</a>",
            "<img src=\"/console/assets/logo.svg\">",
            "<img src=\"data:image/png;base64,AA==\">",
            "<form action=\"/console/sign-in\">",
            "<link rel=\"alternate\" href=\"/trust.json\">",
            "<style>b { background: url(\"/own.png\") }</style>",
        ] {
            assert_eq!(in_html(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn a_policy_names_this_server_alone() {
        let flaws = |policy: &'static str| in_policy([policy].into_iter()).len();
        assert_eq!(
            flaws("default-src 'none'; style-src 'self'; img-src 'self' data:"),
            0
        );
        assert_eq!(flaws("default-src 'none'; script-src https://other.example"), 1);
        assert_eq!(flaws("default-src *"), 1);
        assert_eq!(flaws("img-src 'self'"), 1);
        assert_eq!(in_policy([].into_iter()).len(), 1);
    }

    #[test]
    fn own_style_sheets_are_followed() {
        let page = "<link rel=\"stylesheet\" href=\"/console/assets/a.css\"><link rel=icon href=/i.svg>";
        assert_eq!(own_sheets(page), ["/console/assets/a.css"]);
    }
}
