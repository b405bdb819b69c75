//! The manifest: what every file is made of, and its hash.

use serde_json::{Value as Json, json};

use super::populations::Population;
use super::registers::Written as Register;
use super::{Material, rows, sample};
use crate::pack::Written;

pub(super) fn of(
    material: &Material,
    populations: &[Population],
    registers: &[Register],
    files: &[Written],
) -> Json {
    let (gathered, period) = (&material.gathered, &material.gathered.period);
    json!({
        "format": "bailee-soc2-pack-1",
        "period": {
            "first_day": period.first().to_string(), "last_day": period.last().to_string(),
            "from": period.from(), "before": period.to(), "is_over": period.is_over(),
        },
        "installation": {
            "log": gathered.installation.log_origin, "verifier_key": gathered.installation.log_verifier,
            "first_started": gathered.installation.made_at, "version": env!("CARGO_PKG_VERSION"),
        },
        "made_at": material.made_at,
        "runs": {
            "file": crate::oscal::RUNS,
            "made_of": "every kept run of every check that this version has, with the place of its entry in the log",
        },
        "populations": {
            "columns": rows::COLUMNS,
            "left_out": "acts in the installation's own probe teams, in which its checks act",
            "in_clear": "ids, moments and words of ours: what an entry says besides is its tenant's to open",
            "order": "by tenant, action and entry",
            "all": populations,
        },
        "samples": { "seed": material.seed, "lines_at_most": material.sample, "method": sample::METHOD },
        "registers": registers,
        "files": files,
    })
}
