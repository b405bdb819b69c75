//! Sub-processors: whether what is published is complete and backed by agreements, announced before it is in force, used after the tenant
//! chose it, and whether connections go to nobody else.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use gate::{Gate, Gatekeeper, Outward};
use governance::processor::{self, Filed, NOTICE_DAYS, Notice, Stage};
use kernel::{EntryId, OperationId, TenantId, Timestamp};
use serde_json::json;
use store::{StoreError, Tx, Value, params};

use super::papers::operator;
use super::plants::Rule;
use super::rows::{Wrong, narrowed, number};
use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// $1 a probe team, $2 a sub-processor, $3 long ago, $4 an hour ago, $5 an hour later than $3, $6 terms, $7 terms with a gap, $8 and $9 ids.
const ENTRY: Wrong = "INSERT INTO register_entry (entry_id, tenant_id, register, made_at, newest, approved) \
     VALUES ($2, $1, 'sub-processors', $3, 1, 1)";
const APPROVED: Wrong = "INSERT INTO register_version (entry_id, number, tenant_id, made_at, made_by, approved_at, approved_by, body_sealed) \
     VALUES ($2, 1, $1, $3, $8, $3, $8, $8)";
const NOTICE: Wrong = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
     VALUES ($2, 1, $1, $3, $3, $4, $6)";
const GAP: Wrong = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
     VALUES ($2, 1, $1, $3, $3, $4, $7)";
const EARLY: Wrong = "INSERT INTO processor_notice (entry_id, number, tenant_id, published_at, noticed_at, active_at, terms) \
     VALUES ($2, 1, $1, $3, $3, $5, $6)";
const CALL: Wrong =
    "INSERT INTO processor_call (call_id, tenant_id, entry_id, number, called_at) VALUES ($8, $1, $2, 1, $4)";
const EARLY_CALL: Wrong =
    "INSERT INTO processor_call (call_id, tenant_id, entry_id, number, called_at) VALUES ($8, $1, $2, 1, $5)";
const CHOICE: Wrong = "INSERT INTO processor_choice (choice_id, tenant_id, entry_id, kind, region, made_at, made_by) \
     VALUES ($9, $1, $2, 'chosen', '', $5, $8)";
const LATE_CHOICE: Wrong = "UPDATE processor_choice SET made_at = CAST($4 AS BIGINT) + 1 WHERE entry_id = $2";

async fn values(site: &Site) -> Result<Vec<Value>, Trouble> {
    let (now, team) = (site.now(), site.probes().await?.one.tenant);
    let random = &*site.custody.desk().random;
    let long_ago = now.minus(DAY * (u32::from(NOTICE_DAYS) + 10));
    let hour = Duration::from_secs(60 * 60);
    let terms = |purpose: &str| {
        json!({
            "name": "Probe", "product": "probe", "purpose": purpose, "data_kinds": "none", "region": "nowhere",
            "transfer_basis": "none-needed", "endpoint": "https://probe.invalid", "rating": "low-risk", "agreement": "",
            "signed_on": "2020-01-01", "reviewed_on": "2026-01-01", "review_by": "2026-12-31",
        })
        .to_string()
    };
    let (entry, one, two) = (
        EntryId::make(now, random),
        OperationId::make(now, random),
        OperationId::make(now, random),
    );
    let values = params![
        team,
        entry,
        long_ago,
        now.minus(hour),
        long_ago.plus(hour),
        terms("a probe"),
        terms(" "),
        one,
        two
    ];
    Ok(values.to_vec())
}

async fn no_more_than_none(site: &Site, mut cases: Cases, rules: &[Rule<'_>]) -> Result<Cases, Trouble> {
    for rule in rules {
        let found = rule.count(site, &mut cases).await?;
        cases.must(&format!("{}: 0, and not {found}", rule.what), found == 0);
    }
    Ok(cases)
}

/// Looks for gaps in what is published.
pub struct ProcessorRegisterIsComplete {
    /// What is planted for the control case.
    pub gaps: Vec<Wrong>,
}

impl Default for ProcessorRegisterIsComplete {
    fn default() -> Self {
        Self {
            gaps: vec![ENTRY, GAP],
        }
    }
}

#[async_trait]
impl Check for ProcessorRegisterIsComplete {
    fn id(&self) -> &'static str {
        "processor-register-is-complete"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let (values, operator) = (values(site).await?, operator(site).await?);
        let gaps = Rule {
            what: "sub-processors with a gap",
            count: incomplete,
            team: Some(operator),
            breaks: &self.gaps,
            keeps: &[ENTRY, NOTICE],
            values: &values,
        };
        let cases = no_more_than_none(site, Cases::of(self.id()), &[gaps]).await?;
        let published = site.governance.published_processors().await?;
        let late = published.iter().filter(|notice| notice.stage == Stage::Suspended);
        let late: Vec<String> = late
            .map(|notice| format!("the review of {} is late", notice.terms.name))
            .collect();
        let count = published.iter().filter(|notice| is_live(notice)).count();
        Ok(super::papers::late_for(cases.seen(), &late).with_fact("sub_processors", count.to_string()))
    }
}

fn is_live(notice: &Notice) -> bool {
    !matches!(notice.stage, Stage::Replaced | Stage::Ended)
}

fn incomplete(tx: &mut Tx, team: Option<TenantId>, now: Timestamp) -> Result<i64, StoreError> {
    let Some(team) = team else { return Ok(0) };
    let published = processor::notices_of(tx, team, now)?;
    let has_gap = |notice: &&Notice| {
        let terms = &notice.terms;
        let said = [
            &terms.name,
            &terms.product,
            &terms.purpose,
            &terms.data_kinds,
            &terms.region,
            &terms.transfer_basis,
            &terms.rating,
        ];
        !notice.is_signed_before() || said.iter().any(|text| text.trim().is_empty()) || terms.host().is_none()
    };
    let gaps = published.iter().filter(|notice| is_live(notice)).filter(has_gap);
    Ok(i64::try_from(gaps.count()).unwrap_or(i64::MAX))
}

/// Looks at agreements on file: whether each is there, unchanged, and the vendor's own.
pub struct AgreementsNameTheirVendor {
    /// Whether a text names a vendor.
    pub names: fn(&str, &str) -> bool,
}

impl Default for AgreementsNameTheirVendor {
    fn default() -> Self {
        Self {
            names: processor::has_name,
        }
    }
}

#[async_trait]
impl Check for AgreementsNameTheirVendor {
    fn id(&self) -> &'static str {
        "agreements-name-their-vendor"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let mut cases = Cases::of(self.id());
        let text = "This agreement on processing is between the customer and\nVendor  One Ltd.";
        cases.control(
            "the vendor of an agreement is found in it",
            (self.names)(text, "vendor one"),
        );
        cases.control("another vendor is not", !(self.names)(text, "Vendor Two"));
        for Filed { vendor, text } in site.governance.agreements_at_home(site.request()).await? {
            match text {
                None => cases.must(
                    &format!("the agreement with {vendor} is on file, unchanged"),
                    false,
                ),
                Some(text) => {
                    let named = (self.names)(&text, &vendor);
                    cases.must(&format!("the agreement with {vendor} names it"), named);
                }
            }
        }
        Ok(cases.seen())
    }
}

/// Looks for calls before the team chose.
pub struct OptInComesFirst {
    /// What is planted for the control case.
    pub unasked: Vec<Wrong>,
}

impl Default for OptInComesFirst {
    fn default() -> Self {
        Self {
            unasked: vec![ENTRY, NOTICE, CHOICE, LATE_CHOICE, CALL],
        }
    }
}

#[async_trait]
impl Check for OptInComesFirst {
    fn id(&self) -> &'static str {
        "opt-in-comes-first"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let values = values(site).await?;
        let rule = Rule {
            what: "calls to a sub-processor that the team had not chosen by then",
            count: unasked,
            team: None,
            breaks: &self.unasked,
            keeps: &[ENTRY, NOTICE, CHOICE, CALL],
            values: &values,
        };
        let cases = no_more_than_none(site, Cases::of(self.id()), &[rule]).await?;
        Ok(cases.seen())
    }
}

fn unasked(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut values = Vec::new();
    let sql = "SELECT count(*) FROM processor_call c WHERE NOT EXISTS (SELECT 1 FROM processor_choice h \
         WHERE h.tenant_id = c.tenant_id AND h.entry_id = c.entry_id AND h.kind = 'chosen' AND h.made_at <= c.called_at \
           AND (h.ended_at IS NULL OR h.ended_at >= c.called_at))";
    let sql = narrowed(sql, "c.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

/// Compares when a sub-processor was in force, and used, with when it was announced.
pub struct NoticeComesBeforeUse {
    /// What is planted for the control case.
    pub early: Vec<Wrong>,
}

impl Default for NoticeComesBeforeUse {
    fn default() -> Self {
        Self {
            early: vec![ENTRY, APPROVED, EARLY],
        }
    }
}

#[async_trait]
impl Check for NoticeComesBeforeUse {
    fn id(&self) -> &'static str {
        "notice-comes-before-use"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let values = values(site).await?;
        let early = Rule {
            what: "sub-processors in force before their notice was over, or announced before anybody approved them",
            count: too_early,
            team: None,
            breaks: &self.early,
            keeps: &[ENTRY, APPROVED, NOTICE],
            values: &values,
        };
        let used = Rule {
            what: "calls to a sub-processor before it was in force",
            count: used_early,
            breaks: &[ENTRY, APPROVED, NOTICE, EARLY_CALL],
            keeps: &[ENTRY, APPROVED, NOTICE, CALL],
            ..early
        };
        let cases = no_more_than_none(site, Cases::of(self.id()), &[early, used]).await?;
        Ok(cases.seen())
    }
}

fn too_early(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let notice = i64::from(NOTICE_DAYS) * 24 * 60 * 60 * 1_000_000;
    let mut values = params![notice].to_vec();
    let sql = "SELECT count(*) FROM processor_notice n WHERE (n.active_at < n.noticed_at + $1 OR NOT EXISTS (SELECT 1 \
         FROM register_version v WHERE v.entry_id = n.entry_id AND v.approved_at <= n.noticed_at))";
    let sql = narrowed(sql, "n.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

fn used_early(tx: &mut Tx, team: Option<TenantId>, _: Timestamp) -> Result<i64, StoreError> {
    let mut values = Vec::new();
    let sql = "SELECT count(*) FROM processor_call c WHERE NOT EXISTS (SELECT 1 FROM processor_notice n \
         WHERE n.entry_id = c.entry_id AND n.number = c.number AND n.active_at <= c.called_at)";
    let sql = narrowed(sql, "c.tenant_id", team, &mut values);
    number(tx, &sql, &values)
}

/// Calls a host that nobody listed, and compares where connections went with what is listed.
pub struct EgressEqualsRegister {
    /// Which of these flows go to none of these hosts.
    pub strangers: fn(&[Outward], &BTreeSet<String>) -> Vec<Outward>,
}

impl Default for EgressEqualsRegister {
    fn default() -> Self {
        Self { strangers }
    }
}

#[async_trait]
impl Check for EgressEqualsRegister {
    fn id(&self) -> &'static str {
        "egress-equals-register"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let Some(egress) = &site.egress else {
            return Ok(Observation::out_of_scope("only a server connects to anybody"));
        };
        let mut cases = Cases::of(self.id());
        let unlisted = format!("{}.invalid", site.random_word());
        let gate = Gate::new(std::sync::Arc::clone(egress) as std::sync::Arc<dyn Gatekeeper>);
        let (before, begun) = (egress.refusals(), site.now());
        let refused = gate.pass("check", &unlisted, 443).is_err() && egress.refusals() > before;
        cases.must("a host that is not listed is refused, and counted", refused);
        let to = Outward {
            host: unlisted.clone(),
            port: 443,
            purpose: "check",
        };
        cases.must(
            "a name that leads inside is refused",
            egress.reach(&to, [127, 0, 0, 1].into()).is_err(),
        );
        egress.record(&site.custody).await?;
        let recorded = site
            .db()
            .read(move |tx| number(tx, RECORDED, params![begun]))
            .await?;
        cases.must("what was refused stands in the trail", recorded > 0);

        // What is listed, read anew: from the configuration, and from what is published.
        let published = site.governance.published_processors().await?;
        let since = site.now().minus(DAY);
        let was_listed = |notice: &&Notice| {
            notice.active_at <= site.now() && notice.ended_at.is_none_or(|ended| ended >= since)
        };
        let mut listed: BTreeSet<String> = egress.own().iter().flat_map(|own| own.hosts.clone()).collect();
        listed.extend(
            published
                .iter()
                .filter(was_listed)
                .filter_map(|notice| notice.terms.host()),
        );
        let mut flows = egress.passed_since(since);
        for stranger in (self.strangers)(&flows, &listed) {
            cases.must(&format!("{}:{} is listed", stranger.host, stranger.port), false);
        }
        for host in egress.processors().iter().filter(|host| !listed.contains(*host)) {
            cases.must(
                &format!("{host}, which the gate lets through, is in force"),
                false,
            );
        }
        cases.looked_at(listed.iter().cloned().collect::<Vec<_>>().join(" "));
        flows.push(to);
        let found = (self.strangers)(&flows, &listed);
        cases.control(
            "a flow to a host that is not listed is reported",
            found.iter().any(|stranger| stranger.host == unlisted),
        );
        let connections = egress.passed_since(since).len();
        Ok(cases.seen().with_fact("hosts", connections.to_string()))
    }
}

/// Whoever records it: the server does so every few seconds.
const RECORDED: &str = "SELECT count(*) FROM event WHERE action = 'egress.connect' AND outcome = 'refused' AND happened_at >= $1";

fn strangers(flows: &[Outward], listed: &BTreeSet<String>) -> Vec<Outward> {
    let is_listed = |to: &Outward| {
        let exact = format!("{}:{}", to.host, to.port);
        let mut above = exact.as_str();
        if listed.contains(above) {
            return true;
        }
        while let Some((_, rest)) = above.split_once('.') {
            if listed.contains(&format!("*.{rest}")) {
                return true;
            }
            above = rest;
        }
        false
    };
    flows.iter().filter(|to| !is_listed(to)).cloned().collect()
}
