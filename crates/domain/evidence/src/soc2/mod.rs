//! A pack for a SOC 2 examination of a period: what an auditor asks for first, from what the installation has kept.
//!
//! In it: a description of the system with its five components, a draft of the management's assertion, the matrix of criteria, claims, checks
//! and results, the exceptions, populations of acts and registers, samples of them, what customers and vendors have to do, a draft of a
//! bridge letter, receipts, OSCAL documents, and a manifest that says of every file what it is made of and its hash. The page and the PDF
//! say the same.
//!
//! Promises: populations are complete: every entry of the trails in the period that the manifest names, but for the acts of the
//! installation's own probe teams; a sample follows from population, seed and size alone, by a method that anybody can repeat; memory does not grow
//! with the period. Leaves out: an opinion, which is the auditor's; anything that a tenant keeps: of its acts only ids, moments and words of
//! ours are in the populations.

mod description;
mod lines;
mod manifest;
mod matrix;
mod populations;
mod registers;
mod report;
mod rows;
mod sample;
mod words;

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use governance::Governance;
use kernel::{EventId, Timestamp};
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::gather::Gathered;
use crate::oscal::Seen;
use crate::pack::{Archive, Folder, Pack, Written};
use crate::{Evidence, Period};
use description::Description;

/// The most lines of one sample.
pub const MOST_SAMPLED: u32 = 1_000;
/// The most receipts in a pack; for others one asks the trail.
const MOST_RECEIPTS: usize = 1_000;
/// Receipts that are made at once.
const RECEIPTS_AT_A_TIME: usize = 50;

/// What of a pack is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What samples are drawn by. The auditor chooses it, so that nobody knows before what will be looked at.
    pub seed: Option<String>,
    /// How many lines of each population are drawn.
    pub sample: u32,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            seed: None,
            sample: 25,
        }
    }
}

/// Where a pack goes.
#[derive(Debug, Clone)]
pub enum Target {
    /// Into a folder that is new or empty.
    Folder(PathBuf),
    /// Into a ZIP archive that is not there yet.
    Zip(PathBuf),
}

/// Everything that a pack is made of, as far as it is known before it is written.
struct Material {
    gathered: Gathered,
    description: Description,
    seed: String,
    sample: u32,
    made_at: Timestamp,
}

impl Evidence {
    /// Writes a pack for whoever is on the machine.
    ///
    /// # Errors
    /// [`Error::Period`], [`Error::File`], [`Error::Sample`].
    pub async fn soc2(&self, period: Period, choice: Choice, target: &Target) -> Result<Vec<Written>> {
        let material = self.material(period, choice).await?;
        self.record("soc2", &period).await?;
        let (evidence, target, runtime) = (self.clone(), target.clone(), Handle::current());
        let make = move || {
            let pack = match &target {
                Target::Folder(folder) => Pack::to(Folder::at(folder)?),
                Target::Zip(file) => Pack::to(Archive::into(new_file(file)?)),
            };
            evidence.soc2_into(&material, pack, &runtime)
        };
        tokio::task::spawn_blocking(make).await?
    }

    async fn material(&self, period: Period, choice: Choice) -> Result<Material> {
        if !(1..=MOST_SAMPLED).contains(&choice.sample) {
            return Err(Error::Sample);
        }
        let gathered = self.gather(period).await?;
        let description = Description::of(self, &gathered).await?;
        let own = || format!("bailee {} {}", period.first(), period.last());
        Ok(Material {
            seed: choice.seed.filter(|seed| !seed.is_empty()).unwrap_or_else(own),
            sample: choice.sample,
            made_at: self.custody.desk().clock.now(),
            gathered,
            description,
        })
    }

    fn soc2_into(&self, material: &Material, mut pack: Pack, runtime: &Handle) -> Result<Vec<Written>> {
        let seen = self.read(&material.gathered, &mut pack)?;
        let populations = self.populations(material, &mut pack)?;
        let registers = self.registers(material, &mut pack, runtime)?;
        matrix::write(material, &seen, &mut pack)?;
        lines::write(material, &seen, &mut pack)?;
        self.oscal_of(&material.gathered, &seen, ("", &mut pack), |_, _| ())?;
        let receipts = self.receipts(&seen, &mut pack, runtime)?;
        let report = report::of(material, &seen, (&populations, &registers), receipts);
        pack.add("index.html", crate::document::page(&report).as_bytes())?;
        pack.add("report.pdf", &crate::document::pdf(&report)?)?;
        pack.add("assertion-draft.md", words::assertion(material).as_bytes())?;
        pack.add(
            "bridge-letter-draft.md",
            words::bridge_letter(material).as_bytes(),
        )?;
        pack.add("system-description.json", &json(&material.description)?)?;
        let manifest = manifest::of(material, &populations, &registers, pack.written());
        pack.add("manifest.json", &json(&manifest)?)?;
        pack.finish()
    }

    /// Receipts of what matters most: each check's last run, and the runs that began and healed each exception.
    fn receipts(&self, seen: &Seen, pack: &mut Pack, runtime: &Handle) -> Result<Receipts> {
        let mut wanted: BTreeSet<EventId> = BTreeSet::new();
        for (_, history) in &seen.checks {
            wanted.extend(history.stretches.last().map(|stretch| stretch.last.event));
        }
        for (_, history) in &seen.checks {
            let both = history
                .exceptions()
                .flat_map(|stretch| [Some(stretch.first.event), stretch.healed.map(|run| run.event)]);
            wanted.extend(both.flatten().take(MOST_RECEIPTS));
        }
        let (all, mut made) = (wanted.len(), 0);
        let wanted: Vec<EventId> = wanted.into_iter().take(MOST_RECEIPTS).collect();
        for events in wanted.chunks(RECEIPTS_AT_A_TIME) {
            let request = self.custody.desk().own_request();
            let asked = self.custody.receipts_at_home(request, events.to_vec());
            for (event, receipt) in events.iter().zip(runtime.block_on(asked)?) {
                let Some(receipt) = receipt else { continue };
                pack.add(&format!("receipts/{event}.txt"), receipt.as_bytes())?;
                made += 1;
            }
        }
        Ok(Receipts { made, all })
    }

    fn governance(&self) -> Governance {
        Governance::new(self.custody.clone())
    }
}

/// How many receipts are in the pack.
#[derive(Debug, Clone, Copy)]
struct Receipts {
    made: usize,
    /// How many there could have been.
    all: usize,
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Error::BrokenOff(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn new_file(path: &Path) -> Result<io::BufWriter<std::fs::File>> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    opened.map(io::BufWriter::new).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}
