//! What came out of a measurement, as a row of a Markdown table.

use std::fmt;
use std::time::Duration;

use super::{Act, Taken};
use crate::process::Usage;

/// The head of the table.
pub(crate) const HEAD: &str = "| store | act | bytes | clients | per second | MB/s | p50 ms | p99 ms | most ms | server CPU ms each | server MB at most | failed |\n\
     |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

pub(crate) struct Measured {
    label: String,
    act: Act,
    size: usize,
    clients: usize,
    time: Duration,
    taken: Taken,
    used: Option<(Usage, Usage)>,
}

impl Measured {
    pub(crate) fn new(
        label: &str,
        act: Act,
        size: usize,
        clients: usize,
        time: Duration,
        taken: Taken,
        used: Option<(Usage, Usage)>,
    ) -> Self {
        Self {
            label: label.to_owned(),
            act,
            size,
            clients,
            time,
            taken,
            used,
        }
    }

    fn at(&self, part: f64) -> f64 {
        let good = &self.taken.good;
        let index = ((good.len() as f64 * part) as usize).min(good.len().saturating_sub(1));
        good.get(index)
            .map_or(f64::NAN, |taken| taken.as_secs_f64() * 1_000.0)
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.taken.good.len() as f64;
        let rate = count / self.time.as_secs_f64();
        let act = match self.act {
            Act::Put => "put",
            Act::Get => "get",
            Act::List => "list 1,000",
            Act::Fill => "fill",
        };
        let (cpu, memory) = match &self.used {
            None => (f64::NAN, f64::NAN),
            Some((before, after)) => (
                (after.processor - before.processor).as_secs_f64() * 1_000.0
                    / (count + self.taken.warm as f64),
                after.resident_peak as f64 / 1e6,
            ),
        };
        let (label, size, clients, bad) = (&self.label, self.size, self.clients, self.taken.bad);
        write!(
            f,
            "| {label} | {act} | {size} | {clients} | {rate:.0} | {:.0} | {:.2} | {:.2} | {:.1} | {cpu:.3} | {memory:.0} | {bad} {} |",
            rate * size as f64 / 1e6,
            self.at(0.5),
            self.at(0.99),
            self.at(1.0),
            self.taken.why.as_deref().unwrap_or_default(),
        )
    }
}
