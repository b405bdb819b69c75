//! A badge that says the worst of what is claimed.

use assurance::State;

use crate::board::Seen;

/// The picture, as SVG.
pub fn badge(seen: &Seen) -> String {
    let (says, ground) = says(seen);
    // Seven to a letter is wide enough for any sans of eleven.
    let (left, right) = (74, 14 + 7 * says.chars().count());
    let (width, middle) = (left + right, left + right / 2);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"20\" role=\"img\" aria-label=\"promises: {says}\">\
         <title>promises: {says}</title>\
         <clipPath id=\"r\"><rect width=\"{width}\" height=\"20\" rx=\"4\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#2b3a35\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{ground}\"/></g>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\
         <text x=\"37\" y=\"14\">promises</text><text x=\"{middle}\" y=\"14\">{says}</text></g></svg>\n"
    )
}

/// The words, and a ground on which white can be read.
fn says(seen: &Seen) -> (String, &'static str) {
    let count = |state| seen.count(state);
    match seen.worst() {
        None => ("nothing checked".to_owned(), "#5c6963"),
        Some(State::BrokenPromise) => (format!("{} broken", count(State::BrokenPromise)), "#b3261e"),
        Some(State::BrokenCheck) => (format!("{} cannot be told", count(State::BrokenCheck)), "#b3261e"),
        Some(State::Late) => (format!("{} late", count(State::Late)), "#7a4a00"),
        Some(_) => (
            format!("{} hold", count(State::Holds) + count(State::Partly)),
            "#0b6b57",
        ),
    }
}
