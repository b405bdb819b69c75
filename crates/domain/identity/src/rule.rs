//! What a tenant asks of its people when they sign in.
//!
//! Promises: nobody can set less than the installation's floor: thirty minutes of idleness and twelve hours at most for
//! every class; staff of the installation need a second factor and a password by NIST whatever is set. Leaves out: a team's own provider (`oidc`).

use std::time::Duration;

use access::{Action, Class};
use kernel::TenantId;
use operation::acts::{ChangeTenant, ViewTenant};
use operation::{Op, Permit, Request, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::params;

use crate::Identity;
use crate::error::{Error, Result};
use crate::password::{Demands, Floor};
use crate::register::Register;

/// The longest idleness of a session.
pub const MOST_IDLE_MINUTES: u32 = 30;
/// The longest life of a session.
pub const MOST_HOURS: u32 = 12;

/// What a tenant asks of its people when they sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The weakest password; holds for passwords from then on.
    pub password_floor: Floor,
    /// Who needs a second factor; holds from the next time that somebody signs in.
    pub second_factor: SecondFactorFor,
    /// After so many minutes without anybody there a session ends; 1 to [`MOST_IDLE_MINUTES`].
    pub idle_minutes: u32,
    /// After so many hours a session ends; 1 to [`MOST_HOURS`].
    pub absolute_hours: u32,
}

/// Who needs a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactorFor {
    /// Everybody.
    Everybody,
    /// Everybody but workers, who see one leased item at a time.
    AllButWorkers,
    /// Whoever wants one.
    WhoeverWants,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            password_floor: Floor::Nist,
            second_factor: SecondFactorFor::Everybody,
            idle_minutes: MOST_IDLE_MINUTES,
            absolute_hours: MOST_HOURS,
        }
    }
}

impl Rule {
    /// Whether a member of this class needs a second factor.
    pub fn needs_second_factor(&self, class: Class) -> bool {
        match self.second_factor {
            _ if class == Class::Operator => true,
            SecondFactorFor::Everybody => true,
            SecondFactorFor::AllButWorkers => class != Class::Worker,
            SecondFactorFor::WhoeverWants => false,
        }
    }

    /// What a password of a member of this class must be.
    pub fn demands(&self, class: Class) -> Demands {
        self.floor(class).demands(self.needs_second_factor(class))
    }

    /// The floor that a password of a member of this class is chosen by.
    pub(crate) fn floor(&self, class: Class) -> Floor {
        match class {
            Class::Operator => Floor::Nist,
            _ => self.password_floor,
        }
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }

    pub(crate) fn absolute(&self) -> Duration {
        Duration::from_secs(u64::from(self.absolute_hours) * 60 * 60)
    }

    fn check(&self) -> Result<()> {
        if !(1..=MOST_IDLE_MINUTES).contains(&self.idle_minutes) {
            return Err(Error::invalid(
                "idle_minutes",
                format!("give 1 to {MOST_IDLE_MINUTES} minutes"),
            ));
        }
        if !(1..=MOST_HOURS).contains(&self.absolute_hours) {
            return Err(Error::invalid(
                "absolute_hours",
                format!("give 1 to {MOST_HOURS} hours"),
            ));
        }
        Ok(())
    }
}

impl SecondFactorFor {
    const ALL: [Self; 3] = [Self::Everybody, Self::AllButWorkers, Self::WhoeverWants];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::AllButWorkers => "all-but-workers",
            Self::WhoeverWants => "whoever-wants",
        }
    }

    fn from_row(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == word);
        found.ok_or_else(|| Error::Internal(format!("unknown rule {word} in a row")))
    }
}

impl<R: Register> Identity<R> {
    /// What the caller's tenant asks of its people when they sign in.
    pub async fn rule(&self, credential: &R::Credential, request: Request) -> Result<Rule> {
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::TenantView)?;
                let permit: Permit<ViewTenant> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let rule = find(op, entered.home.tenant)?;
                op.record(permit, json!({ "of": "sign-in" }))?;
                Ok(rule)
            })
            .await
    }

    /// Sets it. Sessions that are there keep their absolute end; their idleness follows the new rule.
    pub async fn set_rule(&self, credential: &R::Credential, request: Request, rule: Rule) -> Result<Rule> {
        rule.check()?;
        let (identity, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let entered = identity.register.enter(op, &credential, Action::TenantChange)?;
                let permit: Permit<ChangeTenant> = op.permit(Resource::tenant(), &entered.home.facts())?;
                let (floor, second) = (rule.password_floor.as_str(), rule.second_factor.as_str());
                let (idle, absolute, now) = (rule.idle_minutes, rule.absolute_hours, op.now());
                let row = params![entered.home.tenant, floor, second, idle, absolute, now];
                op.change(&permit, KEEP, row)?;
                op.record(permit, json!({ "sign-in": rule }))?;
                Ok(rule)
            })
            .await
    }
}

/// The tenant's rule, or the usual one.
pub fn find(op: &mut Op<'_>, tenant: TenantId) -> Result<Rule> {
    let Some(row) = op.find(FIND, params![tenant])? else {
        return Ok(Rule::default());
    };
    Ok(Rule {
        password_floor: Floor::from_row(&row.get::<String>(0)?)?,
        second_factor: SecondFactorFor::from_row(&row.get::<String>(1)?)?,
        idle_minutes: row.get(2)?,
        absolute_hours: row.get(3)?,
    })
}

const FIND: &str = "SELECT password_floor, second_factor, idle_minutes, absolute_hours FROM sign_in_rule \
     WHERE tenant_id = $1";
const KEEP: &str = "INSERT INTO sign_in_rule (tenant_id, password_floor, second_factor, idle_minutes, absolute_hours, \
     changed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id) DO UPDATE SET \
     password_floor = excluded.password_floor, second_factor = excluded.second_factor, \
     idle_minutes = excluded.idle_minutes, absolute_hours = excluded.absolute_hours, changed_at = excluded.changed_at";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_need_two_factors_and_a_long_password_whatever_is_set() {
        let weakest = Rule {
            password_floor: Floor::EightWithDigit,
            second_factor: SecondFactorFor::WhoeverWants,
            ..Rule::default()
        };
        assert!(weakest.needs_second_factor(Class::Operator));
        assert!(!weakest.needs_second_factor(Class::Owner));
        assert_eq!(
            weakest.demands(Class::Operator),
            Rule::default().demands(Class::Operator)
        );
        assert_ne!(
            weakest.demands(Class::Owner),
            Rule::default().demands(Class::Owner)
        );
    }
}
