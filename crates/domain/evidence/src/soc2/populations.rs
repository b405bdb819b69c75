//! Populations: every act of a kind in the period, as a table, with a sample of it.

use std::io::Write;

use custody::installation::SLUGS_KEPT;
use kernel::{TenantId, Timestamp};
use serde::Serialize;
use store::{Db, StoreError, Tx};

use super::Material;
use super::rows::{self, Entry, Window};
use super::sample::Sample;
use crate::Evidence;
use crate::error::Result;
use crate::pack::Pack;
use crate::table::Table;

const AT_A_TIME: u32 = 1_000;

/// What a population consists of.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Acts of these kinds that were done.
    Actions(&'static [&'static str]),
    /// Acts of any kind that were refused or failed.
    NotDone,
    /// Acts by the keys that tenants gave the operator.
    Operator,
}

/// A kind of population.
struct Sort {
    name: &'static str,
    title: &'static str,
    of: Of,
}

const fn sort(name: &'static str, title: &'static str, of: Of) -> Sort {
    Sort { name, title, of }
}

/// All of them.
const SORTS: [Sort; 17] = [
    sort(
        "staff",
        "Staff of the operator who joined and left",
        Of::Actions(&["staff.invite", "staff.disable"]),
    ),
    sort(
        "members",
        "Members of customers who joined, changed and left",
        Of::Actions(&[
            "member.invite",
            "member.change",
            "member.disable",
            "member.enable",
        ]),
    ),
    sort(
        "keys",
        "Keys that were issued and invalidated",
        Of::Actions(&["key.issue", "key.lend", "key.invalidate", "root.issue"]),
    ),
    sort(
        "factors",
        "What people sign in with, changed",
        Of::Actions(&["factor.change"]),
    ),
    sort(
        "grants",
        "Datasets that were given to members and taken back",
        Of::Actions(&["grant.give", "grant.end"]),
    ),
    sort(
        "shares",
        "Datasets that were shared with the public",
        Of::Actions(&["share.create", "share.end"]),
    ),
    sort(
        "operator-access",
        "Accesses of the operator: asked for, decided, taken, ended",
        Of::Actions(&[
            "operator-access.ask",
            "operator-access.decide",
            "operator-access.take",
            "operator-access.end",
        ]),
    ),
    sort(
        "operator-acts",
        "What the operator did in customers' teams by such an access",
        Of::Operator,
    ),
    sort(
        "exports",
        "Exports that were made, taken and deleted",
        Of::Actions(&["export.create", "export.download", "export.delete"]),
    ),
    sort(
        "erasures",
        "Items, datasets and people that were erased",
        Of::Actions(&[
            "item.delete",
            "dataset.delete",
            "quarantine.delete",
            "subject.erase",
        ]),
    ),
    sort(
        "requests",
        "Requests of people: opened, decided, answered, withdrawn",
        Of::Actions(&[
            "request.open",
            "request.decide",
            "request.answer",
            "request.withdraw",
        ]),
    ),
    sort(
        "contracts",
        "Customers and their contracts",
        Of::Actions(&["tenant.create", "tenant.change", "contract.sign", "contract.end"]),
    ),
    sort(
        "settings",
        "Changes of rules",
        Of::Actions(&[
            "dataset.change",
            "purpose.change",
            "admission.rule",
            "request.rule",
        ]),
    ),
    sort(
        "registers",
        "Changes of registers, and their approval",
        Of::Actions(&["register.write", "register.approve"]),
    ),
    sort(
        "backups",
        "Backups, restorations, drills",
        Of::Actions(&["backup.make", "backup.restore", "backup.drill"]),
    ),
    sort(
        "root-keys",
        "Changes of the root key",
        Of::Actions(&["root.rotate"]),
    ),
    sort("refusals", "What was refused or failed", Of::NotDone),
];

/// A population as it was written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Population {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// What it is made of, in words that can be checked.
    pub(super) made_of: String,
    pub(super) lines: u64,
    pub(super) sampled: u64,
}

impl Evidence {
    /// Writes all of them, with their samples.
    pub(super) fn populations(&self, material: &Material, pack: &mut Pack) -> Result<Vec<Population>> {
        let sorts = SORTS.iter();
        sorts.map(|sort| self.population(material, sort, pack)).collect()
    }

    fn population(&self, material: &Material, sort: &Sort, pack: &mut Pack) -> Result<Population> {
        let mut sample = Sample::begin(&material.seed, sort.name, material.sample);
        let mut lines = 0;
        let path = format!("populations/{}.csv", sort.name);
        pack.file(&path, |file: &mut dyn Write| {
            let mut table = Table::begin("a population", file, &rows::COLUMNS)?;
            self.entries(material, sort.of, |entry| {
                let line = entry.line();
                sample.see(&line[0], &line);
                lines += 1;
                table.line(&line)
            })?;
            table.end()
        })?;
        let drawn = sample.end();
        pack.file(&format!("samples/{}.csv", sort.name), |file| {
            let mut table = Table::begin("a sample", file, &rows::COLUMNS)?;
            drawn.iter().try_for_each(|line| table.line(line))?;
            table.end()
        })?;
        Ok(Population {
            name: sort.name,
            title: sort.title,
            made_of: sort.of.told(),
            lines,
            sampled: drawn.len() as u64,
        })
    }

    fn entries(&self, material: &Material, of: Of, mut each: impl FnMut(&Entry) -> Result<()>) -> Result<()> {
        let db = &self.custody.desk().db;
        match of {
            Of::Actions(actions) => each_tenant(db, |tenant| {
                actions.iter().try_for_each(|action| {
                    let page = move |tx: &mut Tx, window: &Window| {
                        rows::of_action(tx, (tenant, action), window, AT_A_TIME)
                    };
                    each_entry(db, material, page, &mut each)
                })
            }),
            Of::NotDone => each_tenant(db, |tenant| {
                let page = move |tx: &mut Tx, window: &Window| rows::not_done(tx, tenant, window, AT_A_TIME);
                each_entry(db, material, page, &mut each)
            }),
            Of::Operator => each_key(db, |key| {
                let page = move |tx: &mut Tx, window: &Window| rows::by_key(tx, &key, window, AT_A_TIME);
                each_entry(db, material, page, &mut each)
            }),
        }
    }
}

impl Of {
    fn told(self) -> String {
        match self {
            Self::Actions(actions) => format!(
                "entries of all trails with outcome `done` and action {}",
                actions.join(", ")
            ),
            Self::NotDone => "entries of all trails with an outcome other than `done`".to_owned(),
            Self::Operator => "entries of all trails by keys of approved accesses of the operator".to_owned(),
        }
    }
}

/// Every tenant that has a trail, but for the probe teams.
fn each_tenant(db: &Db, mut each: impl FnMut(TenantId) -> Result<()>) -> Result<()> {
    let mut after: Vec<u8> = Vec::new();
    loop {
        let from = after.clone();
        let page = db.read_blocking(move |tx| rows::tenants(tx, &from, AT_A_TIME))?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = last.as_bytes().to_vec();
        let is_probe = |slug: &Option<String>| slug.as_ref().is_some_and(|slug| slug.starts_with(SLUGS_KEPT));
        for (tenant, _) in page.iter().filter(|(_, slug)| !is_probe(slug)) {
            each(*tenant)?;
        }
    }
}

fn each_key(db: &Db, mut each: impl FnMut(Vec<u8>) -> Result<()>) -> Result<()> {
    let mut after: Vec<u8> = Vec::new();
    loop {
        let from = after.clone();
        let page = db.read_blocking(move |tx| rows::access_keys(tx, &from, AT_A_TIME))?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.clone();
        for key in page {
            each(key)?;
        }
    }
}

fn each_entry(
    db: &Db,
    material: &Material,
    page: impl Fn(&mut Tx, &Window) -> std::result::Result<Vec<Entry>, StoreError> + Clone + Send + 'static,
    each: &mut impl FnMut(&Entry) -> Result<()>,
) -> Result<()> {
    let period = &material.gathered.period;
    let mut window = Window {
        from: period.from(),
        to: period.to(),
        after: floor(period.from()),
    };
    loop {
        let (next, page) = (window.clone(), page.clone());
        let found = db.read_blocking(move |tx| page(tx, &next))?;
        let Some(last) = found.last() else {
            return Ok(());
        };
        window.after = last.event.as_bytes().to_vec();
        found.iter().try_for_each(&mut *each)?;
    }
}

/// Before every id that was made in or after this moment: ids begin with their millisecond (RFC 9562, section 5.7). A day is left for
/// entries that were recorded later than they were made.
fn floor(from: Timestamp) -> Vec<u8> {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let milliseconds = (from.as_micros() / 1_000 - DAY).max(0);
    milliseconds.to_be_bytes()[2..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_population_names_actions_that_there_are_each_in_one_place() {
        let mut seen = std::collections::BTreeSet::new();
        for sort in &SORTS {
            let Of::Actions(actions) = sort.of else { continue };
            for action in actions {
                assert!(action.parse::<access::Action>().is_ok(), "{action}");
                assert!(seen.insert(action), "{action} stands in two populations");
            }
        }
    }
}
