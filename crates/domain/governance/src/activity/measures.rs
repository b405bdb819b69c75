//! Technical and organisational measures (GDPR 30(1)(g), 32(1)), each a sentence that is true of what is set at this moment.
//!
//! Promises: a measure that is off is not among them; one that holds for some datasets says for which. Leaves out: whether it is enough,
//! and what nobody can set otherwise elsewhere than in this program: checks with their results are what the trust page shows.

use custody::dataset::Surveyed;
use identity::SecondFactorFor;

use super::Measure;
use super::gather::{Known, Set};

/// The measures in force.
pub(super) fn of(known: &Known) -> Vec<Measure> {
    let mut measures = sealing(&known.set);
    measures.extend(doors(&known.datasets));
    measures.extend(people(known));
    measures.extend(places(&known.datasets));
    measures.extend(backups(&known.set));
    measures
}

fn measure(article: &'static str, says: impl Into<String>) -> Measure {
    Measure {
        article,
        says: says.into(),
    }
}

fn sealing(set: &Set) -> Vec<Measure> {
    let whose = match set.holds_its_key {
        true => {
            "Everything that is kept is sealed (AES-256-GCM) under a key that the team alone holds: without one of its API keys nothing opens it."
        }
        false => {
            "Everything that is kept is sealed (AES-256-GCM) under a key of this team's own, which the installation's root key wraps."
        }
    };
    let persons = "What is about exactly one person opens only with that person's own key as well; erasing them destroys it.";
    let chain = set.chain;
    let trail = format!(
        "Every act, reading and refusals included, leaves an entry in a log that cannot be changed unnoticed; this team's chain has {chain} entries."
    );
    vec![measure("a", whose), measure("a", persons), measure("b", trail)]
}

fn doors(datasets: &[Surveyed]) -> Vec<Measure> {
    let rule = |found: &Surveyed| found.dataset.ingest.clone().unwrap_or_default();
    let cleans = |found: &Surveyed| rule(found).redaction.is_some();
    let asks_purpose = |found: &Surveyed| !rule(found).purposes.is_empty();
    let asks_reason = |found: &Surveyed| found.dataset.reading.is_some();
    let reviews = |found: &Surveyed| found.dataset.review;
    [
        (
            "a",
            "What identifies people is taken out of files before they are kept",
            of_datasets(datasets, cleans),
        ),
        (
            "b",
            "Nothing about a person is taken in or given out without a purpose that stands for them",
            of_datasets(datasets, asks_purpose),
        ),
        (
            "b",
            "Content is read for a stated reason only",
            of_datasets(datasets, asks_reason),
        ),
        (
            "b",
            "Finished work is looked at by a second person",
            of_datasets(datasets, reviews),
        ),
    ]
    .into_iter()
    .filter_map(|(article, says, which)| Some(measure(article, format!("{says}, in {}.", which?))))
    .collect()
}

/// For which datasets something holds; nothing where for none.
fn of_datasets(datasets: &[Surveyed], holds: impl Fn(&Surveyed) -> bool) -> Option<String> {
    let names: Vec<&str> = datasets
        .iter()
        .filter(|found| holds(found))
        .map(|found| found.dataset.name.as_str())
        .collect();
    match names.as_slice() {
        [] => None,
        all if all.len() == datasets.len() => Some("every dataset".to_owned()),
        [one] => Some(format!("the dataset {one}")),
        _ => Some(format!("the datasets {}", names.join(", "))),
    }
}

fn people(known: &Known) -> Vec<Measure> {
    let (set, rule) = (&known.set, &known.set.sign_in);
    let mut measures = vec![measure(
        "b",
        format!(
            "Sessions end after {} minutes without anybody there, and after {} hours whatever happens.",
            rule.idle_minutes, rule.absolute_hours
        ),
    )];
    match rule.second_factor {
        SecondFactorFor::Everybody => measures.push(measure("b", "Everybody signs in with a second factor.")),
        SecondFactorFor::AllButWorkers => {
            measures.push(measure(
                "b",
                "Everybody but workers, who see what is handed to them alone, signs in with a second factor.",
            ));
        }
        SecondFactorFor::WhoeverWants => {}
    }
    if set.duties_given > 0 {
        let (built_in, added) = (access::CONFLICTS.len(), set.pairs_added);
        let says = format!(
            "Nobody holds two duties together that conflict: {built_in} pairs that nobody can switch off, and {added} of the team's own."
        );
        measures.push(measure("b", says));
    }
    if set.four_eyes {
        measures.push(measure(
            "b",
            "Who decides what a person asks for is not who answers them.",
        ));
    }
    measures.push(measure(
        "d",
        "What is written into a register counts when somebody else than its author has approved it.",
    ));
    measures
}

fn places(datasets: &[Surveyed]) -> Vec<Measure> {
    let mut regions: Vec<&str> = datasets
        .iter()
        .map(|found| found.dataset.region.as_str())
        .collect();
    regions.sort_unstable();
    regions.dedup();
    let says = format!("New bytes lie in: {}.", regions.join(", "));
    if regions.is_empty() {
        Vec::new()
    } else {
        vec![measure("b", says)]
    }
}

fn backups(set: &Set) -> Vec<Measure> {
    let backup = set.backup.as_ref().map(|run| {
        let at = run.done_at;
        measure("c", format!("Backups are sealed, keys apart from data, and what was erased stays erased; the last was finished at {at}."))
    });
    let drill = set
        .drill
        .as_ref()
        .map(|run| measure("d", format!("Restoring was tried last at {}.", run.done_at)));
    backup.into_iter().chain(drill).collect()
}
