//! What the system is, from its state: the five components of a description.

use std::collections::BTreeMap;

use assurance::catalogue::{Cadence, CheckEntry};
use serde::Serialize;
use store::{Engine, StoreError, Tx, params};

use crate::Evidence;
use crate::error::Result;
use crate::gather::Gathered;

/// What the system is.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Description {
    pub(super) infrastructure: Infrastructure,
    pub(super) software: Software,
    pub(super) people: People,
    pub(super) procedures: Procedures,
    pub(super) data: Data,
}

/// Where it runs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Infrastructure {
    pub(super) log: String,
    /// Places of bytes: label and region.
    pub(super) places: Vec<String>,
    pub(super) database: &'static str,
}

/// What runs.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Software {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) checks_built: usize,
    pub(super) checks_not_built: usize,
}

/// Who works with it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct People {
    pub(super) customers: u64,
    /// Active and disabled accounts by class; staff of the operator are of the class `operator`.
    pub(super) accounts: Vec<Accounts>,
}

/// Accounts of one class.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Accounts {
    pub(super) class: String,
    pub(super) state: String,
    pub(super) count: u64,
}

/// What is done again and again.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Procedures {
    /// Checks by how often they run.
    pub(super) checks_by_cadence: BTreeMap<String, usize>,
    pub(super) attestations: usize,
}

/// What is kept.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Data {
    /// Datasets by region.
    pub(super) datasets_by_region: BTreeMap<String, u64>,
    /// Columns of the database by what class of data they hold.
    pub(super) columns_by_class: BTreeMap<String, usize>,
}

const CUSTOMERS: &str = "SELECT count(*) FROM tenant WHERE slug NOT LIKE $1 AND tenant_id <> $2";
const ACCOUNTS: &str = "SELECT m.class, m.state, count(*) FROM member m JOIN tenant t ON t.tenant_id = m.tenant_id \
     WHERE t.slug NOT LIKE $1 GROUP BY m.class, m.state ORDER BY m.class, m.state";
const DATASETS: &str = "SELECT d.region, count(*) FROM dataset d JOIN tenant t ON t.tenant_id = d.tenant_id \
     WHERE t.slug NOT LIKE $1 GROUP BY d.region ORDER BY d.region";

impl Description {
    pub(super) async fn of(evidence: &Evidence, gathered: &Gathered) -> Result<Self> {
        let db = evidence.custody.desk().db.clone();
        let operator = gathered.installation.operator_tenant;
        let (customers, accounts, datasets_by_region) = db.read(move |tx| counts(tx, operator)).await?;
        let checks = gathered.catalogue.checks();
        let not_built = checks.iter().filter(|check| check.absent.is_some()).count();
        let places = evidence.custody.places();
        Ok(Self {
            infrastructure: Infrastructure {
                log: gathered.installation.log_origin.clone(),
                places: places
                    .iter()
                    .map(|place| place.label.as_str().to_owned())
                    .collect(),
                database: match db.engine() {
                    Engine::Sqlite => "SQLite, in the program",
                    Engine::Postgres => "PostgreSQL",
                },
            },
            software: Software {
                name: "Bailee",
                version: env!("CARGO_PKG_VERSION"),
                checks_built: checks.len() - not_built,
                checks_not_built: not_built,
            },
            people: People { customers, accounts },
            procedures: Procedures {
                checks_by_cadence: cadences(checks),
                attestations: gathered.catalogue.attestations().len(),
            },
            data: Data {
                datasets_by_region,
                columns_by_class: columns(assurance::FIELDS),
            },
        })
    }
}

type Counts = (u64, Vec<Accounts>, BTreeMap<String, u64>);

fn counts(tx: &mut Tx, operator: kernel::TenantId) -> std::result::Result<Counts, StoreError> {
    let probes = format!("{}%", custody::installation::SLUGS_KEPT);
    let customers = tx.one(CUSTOMERS, params![probes.as_str(), operator])?.get(0)?;
    let rows = tx.all(ACCOUNTS, params![probes.as_str()])?;
    let accounts = rows.iter().map(|row| {
        let (class, state, count) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Accounts { class, state, count })
    });
    let accounts = accounts.collect::<std::result::Result<Vec<_>, StoreError>>()?;
    let rows = tx.all(DATASETS, params![probes.as_str()])?;
    let datasets = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
    Ok((
        customers,
        accounts,
        datasets.collect::<std::result::Result<_, StoreError>>()?,
    ))
}

fn cadences(checks: &[CheckEntry]) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for check in checks.iter().filter(|check| check.absent.is_none()) {
        *all.entry(cadence(check.cadence).to_owned()).or_default() += 1;
    }
    all
}

fn cadence(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::EveryFiveMinutes => "every five minutes",
        Cadence::Hourly => "hourly",
        Cadence::Daily => "daily",
        Cadence::Weekly => "weekly",
        Cadence::Monthly => "monthly",
    }
}

/// How many columns hold which class of data, by the register of columns.
fn columns(fields: &str) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let classes = fields
        .split("class = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    for class in classes {
        *all.entry(class.to_owned()).or_default() += 1;
    }
    all
}
