//! Whether letters leave: what the configuration says can be used, and nothing waits for long.

use std::time::Duration;

use gate::Gate;
use outbox::Figures;

use super::{Finding, day};
use crate::config::Settings;
use crate::mail::Mailer;
use crate::server::Wiring;

const MAIL: &str = "mail";
const LETTERS: &str = "letters";
/// A letter that waits for longer has been tried several times.
const LONG: Duration = Duration::from_secs(60 * 60);

pub(super) async fn checks(settings: &Settings, wiring: &Wiring) -> Vec<Finding> {
    let mut findings = vec![server(settings)];
    if let Ok(Some(db)) = wiring.open_existing(settings).await {
        findings.extend(
            db.read(outbox::figures)
                .await
                .ok()
                .map(|figures| letters(figures, wiring)),
        );
    }
    findings
}

/// The mail server itself is asked by `bailee mail test` alone: whoever looks for faults does not want to write to somebody.
fn server(settings: &Settings) -> Finding {
    let Some(by) = &settings.mail.by else {
        let mend = "set `mail.server` and `mail.from`; without them letters wait, alarms too";
        return Finding::warn(MAIL, "no mail server is configured", mend);
    };
    match Mailer::of(settings, "https://localhost", &Gate::unattended()) {
        Err(failure) => Finding::fail(
            MAIL,
            failure.to_string(),
            "correct it, and call `bailee mail test ADDRESS`",
        ),
        Ok(_) if settings.mail.alarms_to.is_empty() => {
            let found = format!("letters go to {}, and nobody hears of alarms", by.host);
            Finding::warn(MAIL, found, "set `mail.alarms_to`")
        }
        Ok(_) => Finding::ok(
            MAIL,
            format!("letters go to {}; `bailee mail test ADDRESS` tries it", by.host),
        ),
    }
}

fn letters(figures: Figures, wiring: &Wiring) -> Finding {
    let Figures {
        waiting,
        oldest,
        given_up,
    } = figures;
    let late = oldest.filter(|oldest| oldest.plus(LONG) < wiring.clock.now());
    let mend = "`bailee mail list` says why; mend that, and call `bailee mail retry`";
    match (late, given_up) {
        (Some(oldest), _) => {
            let found = format!(
                "{waiting} wait, the oldest since {}; {given_up} were given up",
                day(oldest)
            );
            Finding::warn(LETTERS, found, mend)
        }
        (None, 0) => Finding::ok(LETTERS, format!("{waiting} wait")),
        (None, _) => Finding::warn(LETTERS, format!("{given_up} were given up"), mend),
    }
}
