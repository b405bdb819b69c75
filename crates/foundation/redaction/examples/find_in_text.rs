//! Finds personal data in labelled texts and says how well that went, and how fast.
//!
//! `cargo run --release -p redaction --example find_in_text -- CORPUS.tsv [KIND]`
//!
//! The corpus: a line per text; the text with `\n` and `\t` for those characters, then for each label a tab and
//! `start:end:KIND` in characters. With a kind, what was missed of it or found without being labelled is printed.
//!
//! Promises: a label counts as found when finds cover four fifths of it, whatever they are called; a find that touches no
//! label is a false one.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for people that measures time"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use redaction::text::{Detector, Found};

/// So many bytes are read before a rate is believed: a small corpus several times.
const ENOUGH: usize = 20_000_000;

struct Labelled {
    text: String,
    labels: Vec<(usize, usize, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let path = arguments.first().ok_or("name a corpus")?;
    let corpus: Vec<Labelled> = std::fs::read_to_string(path)?
        .lines()
        .filter_map(labelled)
        .collect();
    let detector = Detector::new();
    let _warm = detector.find("John Smith");
    let bytes: usize = corpus.iter().map(|it| it.text.len()).sum();
    let rounds = (ENOUGH / bytes.max(1)).max(1);
    let start = Instant::now();
    let mut found: Vec<Vec<Found>> = Vec::new();
    for _ in 0..rounds {
        found = corpus.iter().map(|it| detector.find(&it.text)).collect();
    }
    let seconds = start.elapsed().as_secs_f64() / f64::from(u32::try_from(rounds)?);
    judge(&corpus, &found, arguments.get(1).map(String::as_str));
    let megabytes = f64::from(u32::try_from(bytes / 1000)?) / 1000.0;
    println!(
        "{} texts, {megabytes:.1} MB, {:.1} MB/s",
        corpus.len(),
        megabytes / seconds
    );
    Ok(())
}

fn labelled(line: &str) -> Option<Labelled> {
    let mut fields = line.split('\t');
    let text = fields.next()?.replace("\\n", "\n").replace("\\t", "\t");
    let places: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let labels = fields.filter_map(|field| {
        let mut parts = field.splitn(3, ':');
        let start = *places.get(parts.next()?.parse::<usize>().ok()?)?;
        let end = *places.get(parts.next()?.parse::<usize>().ok()?)?;
        Some((start, end, parts.next()?.to_owned()))
    });
    let labels = labels.collect();
    Some(Labelled { text, labels })
}

fn judge(corpus: &[Labelled], found: &[Vec<Found>], shown: Option<&str>) {
    let (mut labels, mut finds) = (BTreeMap::new(), BTreeMap::new());
    for (it, found) in corpus.iter().zip(found) {
        for (start, end, kind) in &it.labels {
            let covered: usize = found
                .iter()
                .map(|it| it.range.end.min(*end).saturating_sub(it.range.start.max(*start)))
                .sum();
            let is_found = covered * 5 >= (end - start) * 4;
            let count: &mut (u32, u32) = labels.entry(kind.as_str()).or_default();
            *count = (count.0 + 1, count.1 + u32::from(is_found));
            if shown == Some(kind) && !is_found {
                println!("missed {:?} in {:?}", it.text.get(*start..*end), it.text);
            }
        }
        for one in found {
            let is_false = !it
                .labels
                .iter()
                .any(|(start, end, _)| one.range.start < *end && *start < one.range.end);
            let count: &mut (u32, u32) = finds.entry(one.kind.name()).or_default();
            *count = (count.0 + 1, count.1 + u32::from(is_false));
            if shown == Some(one.kind.name()) && is_false {
                println!(
                    "false {:?} ({}) in {:?}",
                    it.text.get(one.range.clone()),
                    one.why,
                    it.text
                );
            }
        }
    }
    for (kind, (all, found)) in labels {
        println!(
            "{kind:20} {all:6} labelled, recall {:.3}",
            f64::from(found) / f64::from(all)
        );
    }
    for (kind, (all, wrong)) in finds {
        println!("{kind:20} {all:6} found, {wrong} where nothing is labelled");
    }
}
