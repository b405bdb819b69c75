//! Rules about rows, each with what breaks it and what keeps it.
//!
//! Promises: the statement that looks at the whole is the one that looks at what was planted; what is planted stands in the probe team
//! and in a transaction that is taken back. What breaks a rule has to be counted, and what keeps it must not be.

use kernel::TenantId;
use store::{StoreError, Tx, Value};

use super::rows::{Count, Wrong};
use crate::Site;
use crate::check::{Cases, Trouble, planted};

/// Something that rows may say or not.
pub(super) struct Rule<'a> {
    /// What is counted.
    pub(super) what: &'static str,
    /// How: in the whole, or in one team.
    pub(super) count: Count,
    /// Where it is looked: everywhere, or in one team.
    pub(super) team: Option<TenantId>,
    /// What has to be counted.
    pub(super) breaks: &'a [Wrong],
    /// What must not be.
    pub(super) keeps: &'a [Wrong],
    /// What the statements have for `$1` and so on; the first is the probe team.
    pub(super) values: &'a [Value],
}

impl Rule<'_> {
    /// How many there are; the control case is noted.
    pub(super) async fn count(&self, site: &Site, cases: &mut Cases) -> Result<i64, Trouble> {
        let (now, team, count) = (site.now(), self.team, self.count);
        let found = site.db().read(move |tx| count(tx, team, now)).await?;
        cases.looked_at(self.what);
        cases.looked_at(found.to_be_bytes());
        let before = self.with(site, &[]).await?;
        let broken = self.with(site, self.breaks).await?;
        let kept = self.with(site, self.keeps).await?;
        cases.control(
            &format!("{}: what is planted is counted", self.what),
            broken > before,
        );
        cases.control(&format!("{}: what is in order is not", self.what), kept == before);
        Ok(found)
    }

    /// How many the probe team has with this planted.
    pub(super) async fn with(&self, site: &Site, plants: &[Wrong]) -> Result<i64, Trouble> {
        let (now, count, team) = (site.now(), self.count, site.probes().await?.one.tenant);
        let (plants, values) = (plants.to_vec(), self.values.to_vec());
        let plant = move |tx: &mut Tx| plants.iter().try_for_each(|sql| execute(tx, sql, &values));
        planted(site.db(), plant, move |tx| count(tx, Some(team), now)).await
    }
}

/// Values that the statement does not name are left out, and the rest counted anew: engines take neither gaps nor more than is named.
pub(super) fn execute(tx: &mut Tx, sql: &str, values: &[Value]) -> Result<(), StoreError> {
    let (mut text, mut named) = (String::with_capacity(sql.len()), Vec::new());
    let mut pieces = sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|next: char| !next.is_ascii_digit());
        let (number, rest) = piece.split_at(end.unwrap_or(piece.len()));
        let number: usize = number.parse().unwrap_or_default();
        let at = named
            .iter()
            .position(|known| *known == number)
            .unwrap_or_else(|| {
                named.push(number);
                named.len() - 1
            });
        text.push_str(&format!("${}{rest}", at + 1));
    }
    let values = named
        .iter()
        .filter_map(|number| values.get(number.checked_sub(1)?).cloned());
    tx.execute(&text, &values.collect::<Vec<_>>()).map(drop)
}
