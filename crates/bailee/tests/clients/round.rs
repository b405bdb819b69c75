//! One client's round, what it told, and what of it may not be found afterwards.

use std::fs;
use std::sync::Arc;

use bailee::demo::plaintext::{self, Marker};
use serde_json::Value;

use crate::house::House;

/// The environment of most clients.
pub(crate) const TOOLS: &str = "tools";
/// The environment of clients that hold their SDK to an older version.
pub(crate) const ASYNCIO: &str = "s3fs";

/// The environment of pydicom and its files.
pub(crate) const DICOM: &str = "dicom";

/// The steps of every round.
const STEPS: [&str; 16] = [
    "make bucket",
    "put small",
    "put multipart",
    "list",
    "pages",
    "copy",
    "range",
    "metadata",
    "presigned get",
    "presigned put",
    "overwrite",
    "versions",
    "delete",
    "bulk delete",
    "remove bucket",
    // Something stays, of either size, so that there is something to be found.
    "keep",
];

/// What the kept objects come to at least; less means that the search looked elsewhere.
const KEPT_BYTES: u64 = 5 << 20;

/// A client, and what its round leaves out.
pub(crate) struct Round {
    client: &'static str,
    environment: &'static str,
    without: &'static [&'static str],
    word: String,
}

impl Round {
    /// The round of a client that lives in this environment.
    pub(crate) fn of(client: &'static str, environment: &'static str) -> Self {
        Self {
            client,
            environment,
            without: &[],
            word: format!("tern-{}", client.replace('_', "-")),
        }
    }

    /// Steps that the client has no words for.
    pub(crate) fn without(self, without: &'static [&'static str]) -> Self {
        Self { without, ..self }
    }

    /// # Panics
    /// With everything that went otherwise, in the words of the round.
    pub(crate) fn goes_well(&self) {
        let house = House::shared();
        let report = house.run(&format!("{}_round", self.client), self.environment, &self.word);
        println!("{}", report.text);
        let mut problems = report.problems.clone();
        problems.extend(self.missing(&report));
        problems.extend(self.in_clear(&house));
        problems.extend(self.overlooked(&house, &report));
        assert!(
            problems.is_empty(),
            "{}: {} problems\n  {}",
            self.client,
            problems.len(),
            problems.join("\n  ")
        );
    }

    /// Steps that it must have told and has not.
    fn missing(&self, report: &Report) -> Vec<String> {
        let told = |step: &&str| report.steps.iter().any(|told| told == step);
        let wanted = STEPS.iter().filter(|step| !self.without.contains(step));
        let missing = wanted.filter(|step| !told(step));
        missing.map(|step| format!("{step}: not told")).collect()
    }

    /// What must not be readable where the server keeps things: names, contents, metadata, secrets.
    fn markers(&self, house: &House) -> Vec<Marker> {
        let word = &self.word;
        let marker = |what: &str, text: String| Marker {
            what: what.to_owned(),
            bytes: text.into_bytes(),
        };
        vec![
            marker("the name of a bucket", format!("{word}-kept")),
            marker("a key", format!("{word}-key/")),
            marker("content", format!("{word} content")),
            marker("a metadata value", format!("{word}-metadata")),
            marker("the secret key", house.secret_key().to_owned()),
            Marker::secret(house.api_key()),
            // Comes before or after one of the others wherever they are; alone it is in names of the tree.
            marker("the word of the round", word.clone()),
        ]
    }

    /// Markers found in the data folder with its logs, or in what the server said.
    fn in_clear(&self, house: &House) -> Vec<String> {
        let markers = self.markers(house);
        let searched = plaintext::search(house.data(), &markers).unwrap();
        let mut problems: Vec<String> = Vec::new();
        if searched.bytes < KEPT_BYTES || !house.data().join("log").exists() {
            problems.push(format!("the search read {} bytes only", searched.bytes));
        }
        let found = searched.found.iter();
        problems.extend(found.map(|find| format!("{} is in clear in {}", find.what, find.file.display())));
        let said = house.errors();
        let spoken = markers
            .iter()
            .filter(|marker| contains(said.as_bytes(), &marker.bytes));
        problems.extend(spoken.map(|marker| format!("{} is in what the server said", marker.what)));
        problems
    }

    /// The control: markers that the search does not find where they lie in clear, in the round's own report.
    fn overlooked(&self, house: &Arc<House>, report: &Report) -> Vec<String> {
        let planted = house.home(&self.word).join("planted");
        fs::create_dir_all(&planted).unwrap();
        let secrets = format!("{}\n{}\n", house.secret_key(), house.api_key());
        fs::write(planted.join("report"), &report.text).unwrap();
        fs::write(planted.join("secrets"), secrets).unwrap();
        let markers = self.markers(house);
        let found = plaintext::search(&planted, &markers).unwrap().found;
        let overlooked = markers
            .into_iter()
            .filter(|marker| found.iter().all(|find| find.what != marker.what));
        overlooked
            .map(|marker| {
                format!(
                    "{} was planted and not found: the search proves nothing",
                    marker.what
                )
            })
            .collect()
    }
}

/// What a round told.
pub(crate) struct Report {
    /// As it stands.
    pub(crate) text: String,
    /// The names of its steps.
    pub(crate) steps: Vec<String>,
    /// The steps that failed and why; and whether it broke off.
    pub(crate) problems: Vec<String>,
}

impl Report {
    /// Reads lines of JSON.
    pub(crate) fn read(text: String, errors: &str, ended_well: bool) -> Self {
        let told: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let step = |line: &Value| line["step"].as_str().map(str::to_owned);
        let steps: Vec<String> = told.iter().filter_map(step).collect();
        let failed = told
            .iter()
            .filter_map(|line| Some((step(line)?, line["failed"].as_str()?)));
        let mut problems: Vec<String> = failed.map(|(step, why)| format!("{step}: {why}")).collect();
        let last = told.last().and_then(|line| line["steps"].as_u64());
        if last != Some(steps.len() as u64) || ended_well != problems.is_empty() {
            problems.push(format!("the round broke off: {errors}"));
        }
        Self {
            text,
            steps,
            problems,
        }
    }
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn a_round_that_fails_or_breaks_off_is_no_good() {
    let last = |steps: u32| format!("{{\"steps\": {steps}, \"failed\": []}}\n");
    let well = "{\"step\": \"list\"}\n".to_owned() + &last(1);
    assert!(Report::read(well.clone(), "", true).problems.is_empty());
    assert_eq!(
        Report::read(well, "", false).problems.len(),
        1,
        "the exit code counts"
    );
    let failed = "{\"step\": \"list\", \"failed\": \"line 3: no\"}\n".to_owned() + &last(1);
    assert_eq!(Report::read(failed, "", false).problems, ["list: line 3: no"]);
    assert_eq!(
        Report::read("{\"step\": \"list\"}\n".to_owned(), "killed", true)
            .problems
            .len(),
        1
    );
    assert_eq!(Report::read(String::new(), "", true).problems.len(), 1);
    let round = Round::of("boto3", TOOLS).without(&["range"]);
    let told = Report::read("{\"step\": \"list\"}\n".to_owned() + &last(1), "", true);
    let missing = round.missing(&told);
    assert_eq!(missing.len(), STEPS.len() - 2);
    assert!(
        missing
            .iter()
            .all(|step| !step.starts_with("list") && !step.starts_with("range"))
    );
}
