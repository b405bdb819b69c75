//! The page of a package that a person can read, with nothing from elsewhere.

use std::fmt::Write as _;

use custody::tenant::{Basis, LawfulBasis};
use kernel::Timestamp;

use super::contents::Overview;
use super::write::Entry;
use crate::purpose::Purpose;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1f24;\
    background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;\
    border-bottom:1px solid #d5dade;overflow-wrap:anywhere}h2{margin-top:2.5rem}\
    @media(prefers-color-scheme:dark){body{color:#e6eaee;background:#14181c}a{color:#8ab8ff}th,td{border-color:#39424b}}";

/// The page.
pub(super) fn index(overview: &Overview, entries: &[Entry]) -> String {
    let name = escaped(&overview.kept_by);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>What {name} keeps about you</title>\
         <style>{STYLE}</style></head><body>\n<h1>What {name} keeps about you</h1>\n\
         <p>As of {}. Everything is beside this page: files as they are kept, <code>data.json</code> for programs, \
         and <code>manifest.json</code> with the SHA-256 of each file.</p>\n",
        moment(overview.made_at)
    );
    page += &keeper(overview);
    page += &known_by(overview);
    page += &purposes(overview);
    page += &consents(overview);
    page += &items(entries);
    page += &elsewhere(overview);
    page += &disclosed(entries);
    page += &requests(overview);
    page += RIGHTS;
    page + "</body></html>\n"
}

const RIGHTS: &str = "<h2>What you can ask for</h2>\n<p>You can ask to have what is wrong corrected, to have your data erased, \
    to have it kept and not used, and to have it handed to somebody else. You can object to what is done with it, and take back \
    what you agreed to. Asking costs nothing. You can also complain to the authority for data protection where you live or work.</p>\n";

fn keeper(overview: &Overview) -> String {
    let Some(signed) = &overview.contract else {
        return String::new();
    };
    let contract = &signed.contract;
    let ground = match &contract.basis {
        Basis::LawfulBasis(basis) => says(*basis).to_owned(),
        Basis::Instruction(reference) => {
            format!(
                "on behalf of {}, as instructed by {}",
                escaped(&contract.owner),
                escaped(reference)
            )
        }
    };
    let kept = match contract.retention_days {
        Some(days) => format!("at most {days} days"),
        None => "no longest time is settled; until it is deleted".to_owned(),
    };
    let rows = [
        ("Whose data it is", escaped(&contract.owner)),
        ("What it is used for", escaped(&contract.purpose)),
        ("On which ground", ground),
        ("Where it is kept", escaped(&contract.region)),
        ("How long", kept),
    ];
    let rows = rows.map(|(name, value)| format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>"));
    format!(
        "<h2>Who keeps it, and why</h2>\n<table>{}</table>\n",
        rows.concat()
    )
}

fn known_by(overview: &Overview) -> String {
    let known = overview.person.identifiers.iter().map(|known| {
        [
            known.kind.as_str().to_owned(),
            escaped(&known.value),
            moment(known.made_at),
        ]
    });
    table(
        "What you are known by",
        ["Kind", "Value", "Since"],
        known,
        "Nothing that names you is on file.",
    )
}

fn purposes(overview: &Overview) -> String {
    let row = |purpose: &Purpose| {
        let ended = match purpose.ended_at {
            Some(at) => format!(" Ended {}.", moment(at)),
            None => String::new(),
        };
        [
            escaped(&purpose.terms.word),
            format!("{}{ended}", escaped(&purpose.terms.says)),
            says(purpose.basis).to_owned(),
        ]
    };
    let rows = overview.purposes.iter().map(row);
    table(
        "What data is processed for",
        ["Purpose", "What is done", "Ground"],
        rows,
        "No purposes are recorded.",
    )
}

fn consents(overview: &Overview) -> String {
    let rows = overview.consents.iter().map(|consent| {
        let (said, notice) = match (consent.given, consent.notice) {
            (true, Some(notice)) => ("agreed", format!("version {notice}")),
            (true, None) => ("agreed", String::new()),
            (false, _) => ("took it back or objected", String::new()),
        };
        [
            moment(consent.at),
            format!("{}: {said}", escaped(overview.purpose(consent.purpose))),
            notice,
        ]
    });
    table(
        "What you said about it",
        ["When", "What", "What you were told"],
        rows,
        "Nothing is recorded.",
    )
}

fn items(entries: &[Entry]) -> String {
    let rows = entries.iter().map(|entry| {
        let name = entry
            .name
            .as_deref()
            .map_or("(also about others)".to_owned(), escaped);
        let links = entry.files.iter().map(|file| {
            let shown = file.rsplit('/').next().unwrap_or(file);
            format!("<a href=\"{}\">{}</a>", href(file), escaped(shown))
        });
        let mut here = links.collect::<Vec<_>>().join("<br>");
        if let Some(reason) = entry.withheld {
            let _ = write!(here, " {}", why(reason));
        }
        let sheet = format!(
            "<a href=\"{}\">{name}</a>",
            href(&format!("{}/item.json", entry.folder))
        );
        [sheet, here, entry.bytes.to_string()]
    });
    table(
        "What is kept",
        ["Item", "Files", "Bytes"],
        rows,
        "No files or records are about you.",
    )
}

fn elsewhere(overview: &Overview) -> String {
    if overview.elsewhere.is_empty() {
        return String::new();
    }
    let rows = overview.elsewhere.iter().map(|place| {
        let here = match &place.file {
            Some(path) => {
                let shown = path.rsplit('/').next().unwrap_or(path);
                format!("<a href=\"{}\">{}</a>", href(path), escaped(shown))
            }
            None => String::new(),
        };
        [
            escaped(&place.name),
            escaped(&place.data),
            escaped(&place.answers),
            here,
        ]
    });
    let heads = ["Where", "What", "Who answers for it", "File"];
    table("What is kept elsewhere", heads, rows, "")
}

fn disclosed(entries: &[Entry]) -> String {
    let seen: usize = entries.iter().map(|entry| entry.disclosed).sum();
    let items = entries.iter().filter(|entry| entry.disclosed > 0).count();
    let text = match seen {
        0 => "Nobody has seen or taken away any of it.".to_owned(),
        _ => format!(
            "It was seen or taken away {seen} times, which concerns {items} of these items. Each time stands in the \
             <code>item.json</code> of its item under <code>trail</code>, with the class of who it was, and in \
             <code>receipts</code> the proof of it."
        ),
    };
    format!("<h2>Who had access</h2>\n<p>{text}</p>\n")
}

fn requests(overview: &Overview) -> String {
    let rows = overview.requests.iter().map(|said| {
        let words = said.details.as_ref().map_or("", |details| &details.words);
        [
            moment(said.request.received_at),
            said.request.kind.as_str().to_owned(),
            escaped(words),
            said.request.state.as_str().to_owned(),
        ]
    });
    table(
        "What you asked for",
        ["Received", "What", "In your words", "How it stands"],
        rows,
        "Nothing before this.",
    )
}

fn table<const N: usize>(
    title: &str,
    heads: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    empty: &str,
) -> String {
    let rows: String = rows
        .map(|row| {
            format!(
                "<tr>{}</tr>\n",
                row.map(|cell| format!("<td>{cell}</td>")).concat()
            )
        })
        .collect();
    if rows.is_empty() {
        return format!("<h2>{title}</h2>\n<p>{empty}</p>\n");
    }
    let heads = heads
        .map(|head| format!("<th scope=\"col\">{head}</th>"))
        .concat();
    format!("<h2>{title}</h2>\n<table><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody></table>\n")
}

fn says(basis: LawfulBasis) -> &'static str {
    match basis {
        LawfulBasis::Consent => "you agreed, and can take it back (GDPR 6(1)(a))",
        LawfulBasis::Contract => "a contract with you needs it (GDPR 6(1)(b))",
        LawfulBasis::LegalObligation => "a law demands it (GDPR 6(1)(c))",
        LawfulBasis::VitalInterests => "somebody's life depends on it (GDPR 6(1)(d))",
        LawfulBasis::PublicTask => "a task in the public interest; you can object (GDPR 6(1)(e))",
        LawfulBasis::LegitimateInterests => {
            "an interest that was weighed against yours; you can object (GDPR 6(1)(f))"
        }
    }
}

fn why(reason: &str) -> &'static str {
    match reason {
        "about-others" => "Not here: it is about others as well. Ask for it by the number of its folder.",
        "in-quarantine" => "Not here: it is held back until somebody has looked whether it may be opened.",
        "restricted" => "Not here: processing is restricted.",
        "gone" => "Not here: it was deleted meanwhile.",
        "damaged" => "Not here: its bytes are damaged.",
        "not-allowed" => "Not here: whoever made this package may not take it.",
        _ => "Not all of it is here: it cannot be read without a key that is not kept here.",
    }
}

/// To the second; programs find the rest in the sheet.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match text.get(..19) {
        Some(short) => format!("{} UTC", short.replace('T', " ")),
        None => escaped(&text),
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            letter => safe.push(letter),
        }
    }
    safe
}

/// A path within the package as an address.
fn href(path: &str) -> String {
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            byte => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_text() {
        assert_eq!(
            escaped("<b>\"O'Neil\" & co"),
            "&lt;b&gt;&quot;O&#39;Neil&quot; &amp; co"
        );
        assert_eq!(
            href("items/000001/files/a b#?.txt"),
            "items/000001/files/a%20b%23%3F.txt"
        );
    }
}
