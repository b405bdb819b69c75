//! Every rule of one tenant, and which of them counts for what.

use kernel::{DatasetId, TenantId, Timestamp};
use store::{StoreError, Tx, params};

use super::{ARCHIVE_DAYS, Because, CountsFrom, Rule, days, rows};
use crate::item::Kind;

/// What counts for files or records of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) days: u32,
    pub(super) from: CountsFrom,
    pub(super) notice_days: u32,
    pub(super) because: Because,
    /// Since when: what was announced under another rule is announced anew.
    pub(super) since: Timestamp,
}

/// For how long what is archived can be brought back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) days: u32,
    /// Since when somebody wants everything that is archived deleted then.
    pub(super) since: Option<Timestamp>,
}

struct RuleRow {
    scope: [u8; 16],
    kind: Option<Kind>,
    days: u32,
    from: CountsFrom,
    notice_days: u32,
    since: Timestamp,
}

/// The rules of one tenant.
pub(super) struct Book {
    tenant: TenantId,
    rules: Vec<RuleRow>,
    windows: Vec<([u8; 16], u32, Timestamp)>,
    contract: Option<(u32, Timestamp)>,
}

impl Book {
    pub(super) fn of(tx: &mut Tx, tenant: TenantId) -> Result<Self, StoreError> {
        let mut rules = Vec::new();
        for row in tx.all(rows::RULES, params![tenant])? {
            let (kind, from): (String, String) = (row.get(1)?, row.get(3)?);
            rules.push(RuleRow {
                scope: row.get(0)?,
                kind: rows::kind(&kind).map_err(|_| unknown(1, kind))?,
                days: row.get(2)?,
                from: CountsFrom::from_row(&from).map_err(|_| unknown(3, from))?,
                notice_days: row.get(4)?,
                since: row.get(5)?,
            });
        }
        let mut windows = Vec::new();
        for row in tx.all(rows::WINDOWS, params![tenant])? {
            windows.push((row.get(0)?, row.get(1)?, row.get(2)?));
        }
        let mut contract = None;
        if let Some(row) = tx.optional(rows::CONTRACT, params![tenant])? {
            let (days, since): (Option<u32>, Timestamp) = (row.get(0)?, row.get(1)?);
            contract = days.map(|days| (days, since));
        }
        Ok(Self {
            tenant,
            rules,
            windows,
            contract,
        })
    }

    /// Nothing goes by itself.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.windows.is_empty() && self.contract.is_none()
    }

    /// The rule that counts: the dataset's before the tenant's, that for the kind before that for both, and the contract last.
    pub(super) fn rule(&self, dataset: DatasetId, kind: Kind) -> Option<Counts> {
        self.of_dataset(dataset, kind).or_else(|| self.above(kind))
    }

    /// What counts where a dataset says nothing.
    pub(super) fn above(&self, kind: Kind) -> Option<Counts> {
        self.of_tenant(kind).or_else(|| self.contract_rule())
    }

    /// What the dataset says itself.
    pub(super) fn of_dataset(&self, dataset: DatasetId, kind: Kind) -> Option<Counts> {
        self.of_scope(dataset.as_bytes(), kind, Because::DatasetRule)
    }

    /// What the tenant says.
    pub(super) fn of_tenant(&self, kind: Kind) -> Option<Counts> {
        self.of_scope(self.tenant.as_bytes(), kind, Because::TenantRule)
    }

    /// What the contract says.
    pub(super) fn contract_rule(&self) -> Option<Counts> {
        self.contract.map(|(days, since)| Counts {
            days,
            from: CountsFrom::Put,
            notice_days: super::NOTICE_DAYS,
            because: Because::Contract,
            since,
        })
    }

    /// As if a dataset had this rule, since now.
    pub(super) fn with_rule(self, dataset: DatasetId, rule: &Rule, now: Timestamp) -> Self {
        let mut book = self.without_rule(dataset, rule.kind);
        book.rules.push(RuleRow {
            scope: *dataset.as_bytes(),
            kind: rule.kind,
            days: rule.days,
            from: rule.counts_from,
            notice_days: rule.notice_days,
            since: now,
        });
        book
    }

    /// As if a dataset had no rule for this kind.
    pub(super) fn without_rule(mut self, dataset: DatasetId, kind: Option<Kind>) -> Self {
        self.rules
            .retain(|rule| rule.scope != *dataset.as_bytes() || rule.kind != kind);
        self
    }

    /// As if a dataset had this archive window, since now.
    pub(super) fn with_window(mut self, dataset: DatasetId, days: Option<u32>, now: Timestamp) -> Self {
        self.windows.retain(|(scope, _, _)| scope != dataset.as_bytes());
        self.windows
            .extend(days.map(|days| (*dataset.as_bytes(), days, now)));
        self
    }

    fn of_scope(&self, scope: &[u8; 16], kind: Kind, because: Because) -> Option<Counts> {
        let of = |wanted: Option<Kind>| {
            let mut found = self.rules.iter();
            found.find(|rule| rule.scope == *scope && rule.kind == wanted)
        };
        let rule = of(Some(kind)).or_else(|| of(None))?;
        Some(Counts {
            days: rule.days,
            from: rule.from,
            notice_days: rule.notice_days,
            because,
            since: rule.since,
        })
    }

    /// The archive window of a dataset.
    pub(super) fn window(&self, dataset: DatasetId) -> Window {
        let of = |scope: &[u8; 16]| self.windows.iter().find(|(id, _, _)| id == scope);
        let settled = of(dataset.as_bytes()).or_else(|| of(self.tenant.as_bytes()));
        match settled {
            Some((_, days, since)) => Window {
                days: *days,
                since: Some(*since),
            },
            None => Window {
                days: ARCHIVE_DAYS,
                since: None,
            },
        }
    }
}

fn unknown(position: usize, found: String) -> StoreError {
    StoreError::Kind {
        position,
        wanted: "a word of a retention rule",
        found,
    }
}

impl Counts {
    /// What begins before is past its time.
    pub(super) fn past(&self, now: Timestamp) -> Timestamp {
        now.minus(days(self.days))
    }
}

impl Window {
    /// What was archived before can be deleted.
    pub(super) fn past(&self, now: Timestamp) -> Timestamp {
        now.minus(days(self.days))
    }

    /// The same, of whatever was archived, by whomever; nothing is deleted sooner than a whole window after it was settled.
    pub(super) fn past_for_all(&self, now: Timestamp) -> Option<Timestamp> {
        self.since
            .filter(|since| *since <= self.past(now))
            .map(|_| self.past(now))
    }
}
