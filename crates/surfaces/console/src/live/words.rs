//! Acts, reasons and kinds of files as people read them.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use access::{Action, Policies};
use custody::item::{Item, Kind};

use crate::kit::Icon;

/// What the policies of these ids say, in one line.
pub(crate) fn reasons(ids: &[String]) -> String {
    static SENTENCES: LazyLock<BTreeMap<String, Arc<str>>> = LazyLock::new(|| {
        // Policies that do not load stop the server at its start; here they would only leave the sentence out.
        let policies = Policies::load().ok();
        let reasons = policies.iter().flat_map(Policies::reasons);
        let duties = access::Bar::all().map(|bar| (bar.id(), bar.says().into()));
        reasons
            .map(|reason| (reason.id.to_string(), Arc::clone(&reason.says)))
            .chain(duties)
            .collect()
    });
    let known: Vec<&str> = ids
        .iter()
        .filter_map(|id| SENTENCES.get(id))
        .map(|says| &**says)
        .collect();
    known.join("; ")
}

/// What an act is, with a large letter; the word itself where this program does not know it.
pub(crate) fn act(word: &str) -> String {
    let says = match word.parse::<Action>() {
        Ok(action) => action.says(),
        Err(_) => word,
    };
    let mut letters = says.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().collect::<String>());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// The sign of a kind of file, and a word for it. Where its client said nothing of it, the end of its name does.
pub(crate) fn kind(item: &Item) -> (Icon, String) {
    let media = item.version.content_type.as_str();
    let main = media.split(';').next().unwrap_or_default().trim();
    let main = match main {
        "" | "application/octet-stream" => by_name(&item.name),
        said => said,
    };
    let (sign, word) = match (item.kind, main) {
        (Kind::Record, _) => (Icon::Record, "Record"),
        (_, "application/dicom") => (Icon::Scan, "DICOM"),
        (_, "application/pdf") => (Icon::Text, "PDF"),
        (_, "application/json") => (Icon::Record, "JSON"),
        (_, kind) if kind.starts_with("image/") => (Icon::Picture, "Picture"),
        (_, kind) if kind.starts_with("video/") => (Icon::Film, "Video"),
        (_, kind) if kind.starts_with("text/") => (Icon::Text, "Text"),
        _ => (Icon::File, "File"),
    };
    (sign, word.to_owned())
}

/// What the end of a name says; it chooses a sign and whether a thumbnail is tried, and nothing else.
fn by_name(name: &str) -> &'static str {
    let end = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match end.as_str() {
        "dcm" | "dicom" => "application/dicom",
        "png" | "jpg" | "jpeg" | "webp" | "gif" | "tif" | "tiff" | "bmp" => "image/*",
        "pdf" => "application/pdf",
        "json" => "application/json",
        "csv" | "txt" | "md" => "text/plain",
        "mp4" | "mov" | "webm" => "video/*",
        _ => "application/octet-stream",
    }
}

/// A browser, in words, from what it calls itself.
pub(crate) fn browser(agent: Option<&str>) -> String {
    let agent = agent.unwrap_or_default();
    let find = |pairs: &[(&str, &'static str)]| {
        pairs
            .iter()
            .find(|(sign, _)| agent.contains(sign))
            .map(|(_, word)| *word)
    };
    // The more special ones first: most call themselves by the names of others as well.
    let program = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, _) if agent.is_empty() => "Unknown".to_owned(),
        (None, _) => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_and_reasons_are_sentences() {
        assert_eq!(act("item.archive"), "Archive an item");
        assert_eq!(act("else.what"), "Else.what");
        assert!(reasons(&["limit.archive-first".to_owned()]).contains("archive it first"));
        assert_eq!(reasons(&["no-such".to_owned()]), "");
    }

    #[test]
    fn the_end_of_a_name_chooses_a_sign_and_nothing_else_does() {
        assert_eq!(by_name("a/b.DCM"), "application/dicom");
        assert_eq!(by_name("x.jpeg"), "image/*");
        assert_eq!(
            (by_name("dcm.exe"), by_name("")),
            ("application/octet-stream", "application/octet-stream")
        );
    }

    #[test]
    fn browsers_are_known_by_their_names() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        assert_eq!(
            (browser(Some(firefox)), browser(Some(edge))),
            ("Firefox on Linux".into(), "Edge on Windows".into())
        );
        assert_eq!(
            (browser(None), browser(Some("curl/8"))),
            ("Unknown".into(), "curl/8".into())
        );
    }
}
