//! Whether alarms leave, and whether somebody answers them.
//!
//! What is looked at: the letters about sentences that got worse, by their dates and never by what they say, and what the register of
//! who is on call has about the newest test alarm. Whether a letter was read, nobody but its reader knows.

use std::time::Duration;

use async_trait::async_trait;
use kernel::{ObjectId, TenantId, Timestamp};
use store::{StoreError, Tx, params};

use super::evidence::{control, look_at, shown_of};
use super::papers::late_for;
use super::plants::Rule;
use super::rows::{Wrong, narrowed, number};
use crate::Site;
use crate::attestation::{Standing, judge};
use crate::check::{Cases, Check, Control, Inputs, Observation, Trouble};

/// How long an alarm may take to leave.
const SOON: Duration = Duration::from_secs(15 * 60);
/// One that was given up is told for as long as an answer to a test alarm counts.
const TOLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A letter of an hour ago that nobody sent.
const LYING: Wrong = "INSERT INTO outbox_letter \
     (letter_id, tenant_id, kind, made_at, until_at, if_given_up, state, ready_at, attempt, letter_sealed) \
     VALUES ($2, $1, 'assurance.alarm', $3, $4, 'keep', 'waiting', $4, 1, $2)";
const SENT: Wrong = "UPDATE outbox_letter SET state = 'sent', ready_at = NULL, settled_at = $4, letter_sealed = NULL \
     WHERE letter_id = $2";

/// Counts alarms that did not leave, and looks at the answer to the last test.
pub struct AlarmsArrive {
    /// What is planted for the control case.
    pub lying: Vec<Wrong>,
}

impl Default for AlarmsArrive {
    fn default() -> Self {
        Self { lying: vec![LYING] }
    }
}

#[async_trait]
impl Check for AlarmsArrive {
    fn id(&self) -> &'static str {
        "alarms-arrive"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let entry = site.catalogue.attestation("on-call");
        let entry = entry.ok_or_else(|| Trouble("the catalogue has no on-call".to_owned()))?;
        let on_file = judge(entry, &shown_of(site).await?);
        let (now, team) = (site.now(), site.probes().await?.one.tenant);
        let id = ObjectId::make(now, &*site.custody.desk().random);
        let values = params![team, id, now.minus(HOUR), now];
        let mut cases = Cases::of(self.id());
        let rule = Rule {
            what: "alarms that were written and have not left",
            count: lying,
            team: None,
            breaks: &self.lying,
            keeps: &[LYING, SENT],
            values,
        };
        let found = rule.count(site, &mut cases).await?;
        if on_file.is_none() && found == 0 {
            return Ok(Observation::out_of_scope(
                "no answer to a test alarm is on file, and no alarm lies unsent",
            ));
        }
        cases.must(&format!("{}: 0, and not {found}", rule.what), found == 0);
        let mut late = Vec::new();
        if let Some(file) = &on_file {
            let mut inputs = Inputs::of(self.id());
            look_at(&mut inputs, entry, file);
            cases.looked_at(inputs.hash());
            if file.standing == Standing::Late {
                late.push("the newest answer to a test alarm is older than a week".to_owned());
            }
        }
        let told = matches!(control(judge, site, entry).await?, Control::AsStated(_));
        cases.control(
            "an answer that counted until yesterday is late, and one that counts until tomorrow is not",
            told,
        );
        Ok(late_for(cases.seen(), &late))
    }
}

fn lying(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut sum = 0;
    for (sql, since) in [
        (
            "SELECT count(*) FROM outbox_letter l WHERE l.state = 'waiting' AND l.kind = 'assurance.alarm' AND l.made_at <= $1",
            now.minus(SOON),
        ),
        (
            "SELECT count(*) FROM outbox_letter l WHERE l.state = 'given-up' AND l.kind = 'assurance.alarm' AND l.settled_at > $1",
            now.minus(TOLD),
        ),
    ] {
        let mut values = params![since].to_vec();
        sum += number(tx, &narrowed(sql, "l.tenant_id", team, &mut values), &values)?;
    }
    Ok(sum)
}
