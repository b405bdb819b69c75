//! What stands approved in the operator's registers, each as a table.

use std::collections::BTreeMap;

use governance::entry::{Entry, Evidence as Shown};
use governance::{Register, registers};
use kernel::{Cursor, PageRequest};
use serde::Serialize;
use tokio::runtime::Handle;

use super::Material;
use crate::Evidence;
use crate::error::Result;
use crate::pack::Pack;
use crate::period::day_of;
use crate::table::Table;

const AT_A_TIME: u32 = 500;
/// The most entries of a register that the page and the PDF show.
const MOST_SHOWN: usize = 200;

/// A register as it was written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Written {
    pub(super) register: String,
    pub(super) title: String,
    pub(super) entries: u64,
    /// Those that the page shows, of registers that it shows.
    #[serde(skip)]
    pub(super) shown: Vec<Line>,
}

/// An entry for the page.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) title: String,
    pub(super) standing: String,
    pub(super) values: BTreeMap<String, String>,
    pub(super) in_period: bool,
}

impl Evidence {
    /// Writes every register that has entries in force.
    pub(super) fn registers(
        &self,
        material: &Material,
        pack: &mut Pack,
        runtime: &Handle,
    ) -> Result<Vec<Written>> {
        let mut all = Vec::new();
        for register in registers() {
            let path = format!("registers/{}.csv", register.id);
            let mut shown = Vec::new();
            let mut entries = 0;
            let first = self.page(register, None, runtime)?;
            if first.0.is_empty() {
                continue;
            }
            pack.file(&path, |file| {
                let mut table = Table::begin("a register", file, &columns(register))?;
                let (mut page, mut next) = first;
                loop {
                    for entry in &page {
                        entries += 1;
                        table.line(&line(register, entry))?;
                        if shown.len() < MOST_SHOWN {
                            shown.push(Line::of(entry, material));
                        }
                    }
                    let Some(cursor) = next else { break };
                    (page, next) = self.page(register, Some(cursor), runtime)?;
                }
                table.end()
            })?;
            all.push(Written {
                register: register.id.clone(),
                title: register.title.clone(),
                entries,
                shown,
            });
        }
        Ok(all)
    }

    fn page(
        &self,
        register: &Register,
        after: Option<Cursor>,
        runtime: &Handle,
    ) -> Result<(Vec<Entry>, Option<Cursor>)> {
        let page = PageRequest {
            after,
            limit: AT_A_TIME,
        };
        let request = self.custody.desk().own_request();
        let governance = self.governance();
        let found = runtime.block_on(governance.approved_at_home(request, &register.id, page))?;
        Ok((found.items, found.next))
    }
}

impl Line {
    fn of(entry: &Entry, material: &Material) -> Self {
        let period = &material.gathered.period;
        let approved = entry.approved.is_some_and(|approval| period.holds(approval.at));
        let received = (period.first()..=period.last()).contains(&entry.says.received_on);
        Self {
            title: entry.says.title.clone(),
            standing: standing(entry),
            values: entry.says.values.clone(),
            in_period: approved || received,
        }
    }
}

const COMMON: [&str; 13] = [
    "entry",
    "version",
    "standing",
    "title",
    "owner",
    "received_on",
    "covers_from",
    "covers_to",
    "good_until",
    "evidence",
    "sha256",
    "written",
    "approved",
];

fn columns(register: &Register) -> Vec<&str> {
    COMMON
        .into_iter()
        .chain(register.fields.iter().map(|field| field.name.as_str()))
        .collect()
}

fn line(register: &Register, entry: &Entry) -> Vec<String> {
    let says = &entry.says;
    let (evidence, hash) = match &says.evidence {
        Shown::Statement { text } => (text.clone(), String::new()),
        Shown::Document { name, sha256 } => (name.clone(), sha256.clone()),
        Shown::Item { item } => (format!("item {item}"), String::new()),
    };
    let covers = |day: fn(&governance::entry::Covers) -> jiff::civil::Date| {
        says.covers
            .as_ref()
            .map(|covers| day(covers).to_string())
            .unwrap_or_default()
    };
    let mut line = vec![
        entry.id.to_string(),
        entry.number.to_string(),
        standing(entry),
        says.title.clone(),
        says.owner.map(|owner| owner.to_string()).unwrap_or_default(),
        says.received_on.to_string(),
        covers(|covers| covers.from),
        covers(|covers| covers.to),
        entry.good_until.map(|day| day.to_string()).unwrap_or_default(),
        evidence,
        hash,
        day_of(entry.made_at).to_string(),
        entry
            .approved
            .map(|approval| day_of(approval.at).to_string())
            .unwrap_or_default(),
    ];
    let values = register
        .fields
        .iter()
        .map(|field| says.values.get(&field.name).cloned().unwrap_or_default());
    line.extend(values);
    line
}

fn standing(entry: &Entry) -> String {
    let word = serde_json::to_value(entry.standing).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}
