//! What requests come to, as numbers that Prometheus collects.
//!
//! Promises: labels are words of ours, never of a client: the surface, the method, the pattern of the route that matched, the status;
//! so there are as many series as the program has routes, and none tells of a person or a team. Leaves out: where the numbers are
//! served, and what else is worth counting.
//!
//! Names and units follow <https://prometheus.io/docs/practices/naming/>.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds up to which requests are counted together. The shortest is what a cached page takes, the longest what a large file does.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

type Labels = Vec<(&'static str, String)>;

/// Counts of requests, of one process.
#[derive(Debug, Clone)]
pub struct Meter {
    requests: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram, fn() -> Histogram>,
    sent: Family<Labels, Counter>,
    running: Family<Labels, Gauge>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            sent: Family::default(),
            running: Family::default(),
        }
    }
}

impl Meter {
    /// Puts the numbers among those that are collected.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "bailee_requests",
            "Requests that were answered, by route and status",
            self.requests.clone(),
        );
        registry.register(
            "bailee_request_seconds",
            "From the first byte of a request to the last of its answer",
            self.seconds.clone(),
        );
        registry.register(
            "bailee_sent_bytes",
            "Bytes of answers, without their heads",
            self.sent.clone(),
        );
        registry.register(
            "bailee_requests_running",
            "Requests that are being answered",
            self.running.clone(),
        );
    }

    /// A request has come.
    pub(crate) fn begin(self: &Arc<Self>, surface: &'static str) -> Counted {
        let counted = Counted {
            meter: Arc::clone(self),
            surface,
        };
        counted.running().inc();
        counted
    }
}

/// A request that is counted as running as long as this lives.
pub(crate) struct Counted {
    meter: Arc<Meter>,
    surface: &'static str,
}

impl Counted {
    /// How it came out.
    pub(crate) fn ended(&self, method: &'static str, route: &str, status: u16, took: Duration, bytes: u64) {
        let (surface, meter) = (("surface", self.surface.to_owned()), &self.meter);
        let route = ("route", route.to_owned());
        let (method, status) = (("method", method.to_owned()), ("status", status.to_string()));
        meter
            .seconds
            .get_or_create(&vec![surface.clone(), route.clone()])
            .observe(took.as_secs_f64());
        meter
            .requests
            .get_or_create(&vec![surface.clone(), method, route, status])
            .inc();
        meter.sent.get_or_create(&vec![surface]).inc_by(bytes);
    }

    fn running(&self) -> Gauge {
        let labels = vec![("surface", self.surface.to_owned())];
        self.meter.running.get_or_create(&labels).clone()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.running().dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_running_until_it_has_ended() {
        let (meter, mut registry) = (Arc::new(Meter::default()), Registry::default());
        meter.register(&mut registry);
        let said = || {
            let mut text = String::new();
            prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
            text
        };
        let (one, other) = (meter.begin("main"), meter.begin("main"));
        assert!(
            said().contains("bailee_requests_running{surface=\"main\"} 2"),
            "{}",
            said()
        );
        one.ended("GET", "/v1/items/{item}", 404, Duration::from_micros(1_500), 80);
        drop((one, other));
        for line in [
            "bailee_requests_running{surface=\"main\"} 0",
            "bailee_requests_total{surface=\"main\",method=\"GET\",route=\"/v1/items/{item}\",status=\"404\"} 1",
            "bailee_request_seconds_bucket{le=\"0.001\",surface=\"main\",route=\"/v1/items/{item}\"} 0",
            "bailee_request_seconds_bucket{le=\"0.0025\",surface=\"main\",route=\"/v1/items/{item}\"} 1",
            "bailee_sent_bytes_total{surface=\"main\"} 80",
        ] {
            assert!(said().contains(line), "{line} is not in {}", said());
        }
    }
}
