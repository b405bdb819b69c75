//! What people asked for: whether it is answered in time, to whom, and for nothing.
//!
//! What is open is looked at whole; of what is closed, that which came in within 400 days. Nothing of it is opened.

use std::time::Duration;

use access::{Action, Class, Facts, Subject};
use async_trait::async_trait;
use kernel::{RequestId, TenantId, Timestamp};
use rights::Rights;
use rights::request::{Channel, Decision, Details, Kind, NewRequest, PersonRequest, Proof};
use store::{StoreError, Tx, Value, params};

use super::inventory::columns;
use super::ledger::first_id_at;
use super::papers::late_for;
use super::plants::Rule;
use super::rows::{Wrong, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Requests that came in before are not looked at once they are closed: the law counts in months.
const LOOKED_BACK: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// What was answered too late is told for a day and a little: longer than the check may be late itself.
const TOLD: Duration = Duration::from_secs(26 * 60 * 60);

/// A request of the probe team, of whom it is known who asks, due tomorrow.
const OPEN: Wrong = "INSERT INTO person_request (request_id, tenant_id, kind, channel, state, received_at, under_subject, \
     proof_wanted, proof_given, own_due_at, law_due_at, queue_at, key_wrapped, details_sealed, codes, code_tries) \
     VALUES ($2, $1, 'access', 'staff', 'open', $3, 0, 'staff-check', 'staff-check', $5, $5, $5, $2, $2, 0, 0)";
const LATE: Wrong = "UPDATE person_request SET law_due_at = $4 WHERE request_id = $2";
const BEHIND: Wrong = "UPDATE person_request SET own_due_at = $4 WHERE request_id = $2";
const STANDING: Wrong =
    "UPDATE person_request SET own_due_at = NULL, law_due_at = NULL WHERE request_id = $2";
const PAUSED: Wrong = "INSERT INTO person_request_pause (request_id, number, tenant_id, from_at, to_at) VALUES ($2, 1, $1, $3, NULL)";
const STRETCHED: Wrong = "UPDATE person_request SET law_due_at = $6 WHERE request_id = $2";
const EXTENDED: Wrong = "UPDATE person_request SET extended_at = $4 WHERE request_id = $2";
const WITH_REASON: Wrong = "INSERT INTO person_request_step (request_id, number, tenant_id, taken_at, member_id, step, note_sealed) \
     VALUES ($2, 1, $1, $3, $2, 'extended', $2)";
const ANSWERED: Wrong = "UPDATE person_request SET state = 'answered' WHERE request_id = $2";
const UNPROVEN: Wrong = "UPDATE person_request SET proof_given = NULL WHERE request_id = $2";
const IDENTIFIED: Wrong = "INSERT INTO person_request_step (request_id, number, tenant_id, taken_at, member_id, step) \
     VALUES ($2, 1, $1, $3, $2, 'identified')";
const PACKED: Wrong = "INSERT INTO person_package (request_id, tenant_id, offered_at, until_at, member_id) VALUES ($2, $1, $3, $5, $2)";

/// What the statements above take: the team, an id, and moments.
async fn values(site: &Site) -> Result<Vec<Value>, Trouble> {
    let (now, team) = (site.now(), site.probes().await?.one.tenant);
    let id = RequestId::make(now, &*site.custody.desk().random);
    let (came, past, next, year) = (
        now.minus(DAY * 40),
        now.minus(DAY),
        now.plus(DAY),
        now.plus(DAY * 365),
    );
    Ok(params![team, id, came, past, next, year].to_vec())
}

/// Looks at the dates of requests.
pub struct RequestClocksRun {
    /// What is planted for the control case where nothing may be late.
    pub late: Vec<Wrong>,
}

impl Default for RequestClocksRun {
    fn default() -> Self {
        Self {
            late: vec![OPEN, LATE],
        }
    }
}

#[async_trait]
impl Check for RequestClocksRun {
    fn id(&self) -> &'static str {
        "request-clocks-run"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let values = values(site).await?;
        let rule = |what, count, breaks, keeps| Rule {
            what,
            count,
            team: None,
            breaks,
            keeps,
            values: &values,
        };
        let broken = [
            rule("requests past the date of the law", past_law, &self.late, &[OPEN]),
            rule(
                "open requests whose clock stands without a pause",
                standing,
                &[OPEN, STANDING],
                &[OPEN, STANDING, PAUSED],
            ),
            rule(
                "requests due later than any law gives",
                stretched,
                &[OPEN, STRETCHED],
                &[OPEN],
            ),
            rule(
                "requests extended without a reason",
                unreasoned,
                &[OPEN, EXTENDED],
                &[OPEN, EXTENDED, WITH_REASON],
            ),
        ];
        for rule in &broken {
            let found = rule.count(site, &mut cases).await?;
            cases.must(&format!("{}: 0, and not {found}", rule.what), found == 0);
        }
        let behind = rule(
            "requests behind the team's own promise",
            past_own,
            &[OPEN, BEHIND],
            &[OPEN],
        );
        let behind = behind.count(site, &mut cases).await?;
        let times = site.db().read(erasure_times(site.now())).await?;
        let late = match behind {
            0 => Vec::new(),
            behind => vec![format!(
                "{behind} open requests are behind what their teams promise"
            )],
        };
        Ok(late_for(cases.seen(), &late).with_fact("erasure-times", times))
    }
}

const ERASURES: &str = "SELECT r.closed_at - r.received_at FROM person_request r WHERE r.request_id >= $1 AND r.kind = 'erasure' \
     AND r.state = 'answered' ORDER BY r.closed_at - r.received_at";

/// How long erasures took, in words for a sentence.
fn erasure_times(now: Timestamp) -> impl Fn(&mut Tx) -> Result<String, StoreError> + Send + 'static {
    move |tx: &mut Tx| {
        let rows = tx.all(ERASURES, params![first_id_at(now.minus(LOOKED_BACK))])?;
        let took: Vec<i64> = rows
            .iter()
            .map(|row| row.get(0))
            .collect::<Result<_, StoreError>>()?;
        let (Some(median), Some(longest)) = (took.get(took.len() / 2), took.last()) else {
            return Ok("none was asked for in the last 400 days".to_owned());
        };
        let days = |micros: &i64| micros / (24 * 60 * 60 * 1_000_000) + 1;
        let (count, median, longest) = (took.len(), days(median), days(longest));
        Ok(format!(
            "of {count} in the last 400 days the median took {median} days and the longest {longest}"
        ))
    }
}

fn past_law(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = params![now].to_vec();
    let open = "SELECT count(*) FROM person_request r WHERE r.closed_at IS NULL AND r.law_due_at <= $1";
    let open = number(tx, &narrowed(open, "r.tenant_id", team, &mut values), &values)?;
    let mut values = params![first_id_at(now.minus(LOOKED_BACK)), now.minus(TOLD)].to_vec();
    let closed = "SELECT count(*) FROM person_request r WHERE r.request_id >= $1 AND r.closed_at > $2 \
         AND r.law_due_at <= r.closed_at AND r.state <> 'withdrawn'";
    Ok(open + number(tx, &narrowed(closed, "r.tenant_id", team, &mut values), &values)?)
}

fn past_own(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = params![now].to_vec();
    let sql = "SELECT count(*) FROM person_request r WHERE r.closed_at IS NULL AND r.extended_at IS NULL AND r.own_due_at <= $1";
    number(tx, &narrowed(sql, "r.tenant_id", team, &mut values), &values)
}

fn standing(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut values = Vec::new();
    let sql = "SELECT count(*) FROM person_request r WHERE r.closed_at IS NULL AND r.own_due_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM person_request_pause p WHERE p.request_id = r.request_id AND p.to_at IS NULL)";
    number(tx, &narrowed(sql, "r.tenant_id", team, &mut values), &values)
}

/// Sixty days, of HIPAA, and those that shift an end over holidays; with thirty more where it was extended.
const LONGEST_DAYS: i64 = 80;
const LONGEST_EXTENDED_DAYS: i64 = 120;

fn stretched(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut sum = 0;
    for (extended, days) in [("IS NULL", LONGEST_DAYS), ("IS NOT NULL", LONGEST_EXTENDED_DAYS)] {
        let mut values = params![days * 24 * 60 * 60 * 1_000_000].to_vec();
        let sql = format!(
            "SELECT count(*) FROM person_request r WHERE r.closed_at IS NULL AND r.extended_at {extended} \
             AND r.law_due_at - r.received_at > $1 \
             AND NOT EXISTS (SELECT 1 FROM person_request_pause p WHERE p.request_id = r.request_id)"
        );
        sum += number(tx, &narrowed(&sql, "r.tenant_id", team, &mut values), &values)?;
    }
    Ok(sum)
}

fn unreasoned(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = params![first_id_at(now.minus(LOOKED_BACK))].to_vec();
    let sql = "SELECT count(*) FROM person_request r WHERE r.request_id >= $1 AND r.extended_at IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM person_request_step s WHERE s.request_id = r.request_id AND s.step = 'extended' \
          AND s.note_sealed IS NOT NULL)";
    number(tx, &narrowed(sql, "r.tenant_id", team, &mut values), &values)
}

/// Looks for answers to people of whom nobody knew who they are, and tries to get one.
pub struct RequestersAreIdentified {
    /// What is planted for the control case.
    pub unproven: Vec<Wrong>,
}

impl Default for RequestersAreIdentified {
    fn default() -> Self {
        Self {
            unproven: vec![OPEN, IDENTIFIED, ANSWERED, UNPROVEN],
        }
    }
}

#[async_trait]
impl Check for RequestersAreIdentified {
    fn id(&self) -> &'static str {
        "requesters-are-identified"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let values = values(site).await?;
        let answered = Rule {
            what: "requests answered before it was known who asked",
            count: unproven,
            team: None,
            breaks: &self.unproven,
            keeps: &[OPEN, IDENTIFIED, ANSWERED],
            values: &values,
        };
        let packed = Rule {
            what: "packages for people of whom it is not known",
            count: packed,
            breaks: &[OPEN, UNPROVEN, PACKED],
            keeps: &[OPEN, PACKED],
            ..answered
        };
        for rule in [answered, packed] {
            let found = rule.count(site, &mut cases).await?;
            cases.must(&format!("{}: 0, and not {found}", rule.what), found == 0);
        }
        let owner = &site.probes().await?.one.owner;
        let asked = Asked::by(site, owner).await?;
        let tried = asked.try_out(&mut cases).await;
        asked.take_back().await?;
        tried?;
        Ok(cases.seen())
    }
}

fn unproven(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let mut values = params![first_id_at(now.minus(LOOKED_BACK))].to_vec();
    let rank = |column| {
        format!(
            "CASE {column} WHEN 'mail-code' THEN 1 WHEN 'staff-check' THEN 2 WHEN 'document' THEN 3 ELSE 0 END"
        )
    };
    let sql = format!(
        "SELECT count(*) FROM person_request r WHERE r.request_id >= $1 AND (r.state = 'answered' OR r.decision = 'grant') \
         AND ({} < {} OR NOT EXISTS (SELECT 1 FROM person_request_step s WHERE s.request_id = r.request_id \
         AND s.step = 'identified'))",
        rank("r.proof_given"),
        rank("r.proof_wanted")
    );
    number(tx, &narrowed(&sql, "r.tenant_id", team, &mut values), &values)
}

fn packed(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut values = Vec::new();
    let sql = "SELECT count(*) FROM person_package p JOIN person_request r ON r.request_id = p.request_id \
         WHERE r.proof_given IS NULL";
    number(tx, &narrowed(sql, "r.tenant_id", team, &mut values), &values)
}

/// A request of nobody's, taken in by somebody of a probe team. It is taken back when the check is over.
struct Asked<'a> {
    rights: Rights,
    by: &'a Actor,
    id: RequestId,
}

impl<'a> Asked<'a> {
    async fn by(site: &Site, by: &'a Actor) -> Result<Self, custody::Error> {
        let new = NewRequest {
            kind: Kind::Access,
            channel: Channel::Staff,
            received_at: None,
            subject: None,
            details: Details {
                name: None,
                contact: "nobody@probe.invalid".to_owned(),
                words: "A check of the installation.".to_owned(),
            },
        };
        let rights = Rights::new(site.custody.clone());
        let opened = rights.open_request(&by.key, by.request(), new, None).await?;
        Ok(Self {
            rights,
            by,
            id: opened.id,
        })
    }

    async fn grant(&self) -> custody::Result<PersonRequest> {
        let decided = self
            .rights
            .decide_request(&self.by.key, self.by.request(), self.id, Decision::Grant);
        decided.await
    }

    async fn identify(&self) -> custody::Result<PersonRequest> {
        let note = "a check of the installation".to_owned();
        let accepted =
            self.rights
                .accept_identity(&self.by.key, self.by.request(), self.id, Proof::StaffCheck, note);
        accepted.await
    }

    async fn try_out(&self, cases: &mut Cases) -> Result<(), Trouble> {
        let answer = "An answer.".to_owned();
        cases.must_refuse("granted before it is known who asks", self.grant().await)?;
        let answered = self
            .rights
            .answer_request(&self.by.key, self.by.request(), self.id, Some(answer));
        cases.must_refuse("answered before it is known who asks", answered.await)?;
        cases.control_works("it is found out who asks", self.identify().await);
        cases.control_works("then it is granted", self.grant().await);
        Ok(())
    }

    async fn take_back(&self) -> Result<(), custody::Error> {
        let note = "a check of the installation".to_owned();
        let withdrawn = self
            .rights
            .withdraw_request(&self.by.key, self.by.request(), self.id, note);
        withdrawn.await.map(drop)
    }
}

/// Looks for anything that a person, or a team with whatever plan, would have to pay or have left for a request.
pub struct NoFeeStandsInTheWay {
    /// A table, as the schema prints it, in which a fee is kept.
    pub fee: &'static str,
}

impl Default for NoFeeStandsInTheWay {
    fn default() -> Self {
        Self {
            fee: "person_request_charge\n  fee_cents int not null\n",
        }
    }
}

/// What is about people who ask.
const ABOUT_PEOPLE: [&str; 4] = ["person_", "subject", "consent", "purpose"];
/// Words by which something costs, or is counted out.
const COSTS: [&str; 10] = [
    "fee", "price", "charge", "cost", "invoice", "payment", "paid", "plan", "quota", "credit",
];
/// What leads to an answer.
const WAY: [Action; 5] = [
    Action::RequestOpen,
    Action::RequestIdentify,
    Action::RequestDecide,
    Action::RequestAnswer,
    Action::RequestPackage,
];

#[async_trait]
impl Check for NoFeeStandsInTheWay {
    fn id(&self) -> &'static str {
        "no-fee-stands-in-the-way"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let db = site.db().clone();
        let schema = tokio::task::spawn_blocking(move || store::schema(&db)).await;
        let schema = schema.map_err(|error| Trouble(error.to_string()))??;
        let found = fees(&schema);
        cases.must(&format!("kept fees: none, and not {found:?}"), found.is_empty());
        let planted = fees(&format!("{schema}{}", self.fee));
        cases.control("a planted fee is found", planted.len() > found.len());
        let policies = &site.custody.desk().policies;
        for action in WAY {
            let may = |contract| {
                let facts = Facts {
                    contract_in_force: contract,
                    ..Facts::at_home()
                };
                policies
                    .decide_afresh(&Subject::of(Class::Owner), action, &facts)
                    .allowed
            };
            cases.control(&format!("an owner may do {action:?}"), may(true));
            cases.must(
                &format!("without a contract an owner may do {action:?}"),
                may(false),
            );
        }
        let unsigned = &site.probes().await?.unsigned;
        for what in [
            "a first request is taken in where nothing is paid",
            "so is a second",
        ] {
            match Asked::by(site, unsigned).await {
                Ok(asked) => {
                    cases.must(what, true);
                    asked.take_back().await?;
                }
                Err(error) => cases.must_be(what, Err(error))?,
            }
        }
        Ok(cases.seen())
    }
}

/// The columns about people in whose name, or whose table's, something costs.
fn fees(schema: &str) -> Vec<String> {
    let about_people = |table: &str| ABOUT_PEOPLE.iter().any(|word| table.starts_with(word));
    let costs = |name: &str| name.split(['_', '.']).any(|word| COSTS.contains(&word));
    columns(schema)
        .into_iter()
        .filter(|(table, ..)| about_people(table))
        .map(|(table, column, _)| format!("{table}.{column}"))
        .filter(|name| costs(name))
        .collect()
}
