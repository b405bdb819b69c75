//! Figures for whoever watches the server: `GET /metrics` at a place of its own, in the text that Prometheus collects.
//!
//! Promises: no name, no id and no word of a team or a person is among them; nothing is measured twice, since what is known
//! elsewhere (claims, checks, letters) is counted when somebody collects; where the database does not answer, the page says so
//! and gives the rest. Leaves out: who may collect. The place is this machine's own, and a proxy or an agent stands before it.
//!
//! The text is that of OpenMetrics 1.0, <https://prometheus.io/docs/specs/om/open_metrics_spec/>.

use std::collections::BTreeMap;
use std::sync::Arc;

use assurance::Assurance;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::Clock;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use store::Db;
use web::{Meter, Problem};

use crate::failure::Failure;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;

/// Where the figures come from.
#[derive(Clone)]
pub(super) struct Figures {
    pub(super) meter: Arc<Meter>,
    pub(super) assurance: Assurance,
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
}

/// The one page.
pub(super) fn router(figures: Figures) -> Router {
    Router::new().route("/metrics", get(page)).with_state(figures)
}

async fn page(State(figures): State<Figures>) -> Response {
    let mut registry = Registry::default();
    figures.meter.register(&mut registry);
    about_the_program(&mut registry);
    let answers = figures.collect(&mut registry).await;
    if let Err(trouble) = &answers {
        tracing::warn!(%trouble, "some figures could not be collected");
    }
    let up = Gauge::<i64>::default();
    up.set(i64::from(answers.is_ok()));
    registry.register(
        "bailee_database_answers",
        "1 when what follows from the database was read",
        up,
    );
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => Problem::internal(error.to_string()).into_response(),
    }
}

fn about_the_program(registry: &mut Registry) {
    let (family, version) = (Family::<Labels, Gauge>::default(), env!("CARGO_PKG_VERSION"));
    family
        .get_or_create(&vec![("version", version.to_owned())])
        .set(1);
    registry.register("bailee_build", "The version that runs", family);
}

impl Figures {
    async fn collect(&self, registry: &mut Registry) -> Result<(), Failure> {
        let letters = self.db.read(outbox::figures).await?;
        let (states, results) = self.assurance.claims_at(self.clock.now()).await?;
        let claims = states.iter().map(|claim| claim.state.as_str());
        let checks = results.values().map(|kept| kept.finding.outcome.as_str());
        registry.register(
            "bailee_claims",
            "Claims, on the trust page or left out of it, by state",
            counted("state", claims),
        );
        registry.register(
            "bailee_checks",
            "Checks, by what the newest run came to",
            counted("outcome", checks),
        );
        for (name, help, count) in [
            (
                "bailee_letters_waiting",
                "Letters that are to be sent",
                letters.waiting,
            ),
            (
                "bailee_letters_given_up",
                "Letters that could not be sent",
                letters.given_up,
            ),
        ] {
            let gauge = Gauge::<i64>::default();
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
            registry.register(name, help, gauge);
        }
        Ok(())
    }
}

fn counted<'a>(label: &'static str, words: impl Iterator<Item = &'a str>) -> Family<Labels, Gauge> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_insert(0) += 1);
    let family = Family::<Labels, Gauge>::default();
    for (word, count) in counts {
        family.get_or_create(&vec![(label, word.to_owned())]).set(count);
    }
    family
}
