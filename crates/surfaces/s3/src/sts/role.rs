//! Roles: how much of their own rights somebody takes along.
//!
//! `arn:aws:iam::TENANT:role/self` is all of them, `role/dataset/NAME` those in one dataset, and `role/task/ID` what a
//! lease of work gives.

use custody::key::Identity;
use kernel::TaskId;
use s3s::{S3Result, s3_error};

use super::invalid;

/// What is assumed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One's own rights.
    Own,
    /// One's own rights in this dataset.
    Dataset(String),
    /// What this task leases.
    Task(TaskId),
}

impl Role {
    /// Reads a role's ARN. Roles of other tenants are told from none no more than anything of theirs.
    pub(super) fn of(arn: &str, identity: &Identity) -> S3Result<Self> {
        let form = || {
            invalid(format!(
                "RoleArn is arn:aws:iam::{tenant}:role/self, arn:aws:iam::{tenant}:role/dataset/NAME or \
                 arn:aws:iam::{tenant}:role/task/ID",
                tenant = identity.tenant
            ))
        };
        let rest = arn.strip_prefix("arn:aws:iam::").ok_or_else(form)?;
        let (tenant, role) = rest.split_once(":role/").ok_or_else(form)?;
        if tenant != identity.tenant.to_string() {
            return Err(s3_error!(
                AccessDenied,
                "there is no such role, or it is not yours to assume"
            ));
        }
        match role.split_once('/') {
            None if role == "self" => Ok(Self::Own),
            Some(("dataset", name)) if !name.is_empty() => Ok(Self::Dataset(name.to_owned())),
            Some(("task", task)) => task.parse().map(Self::Task).map_err(|_| form()),
            _ => Err(form()),
        }
    }

    /// What stands behind `role/`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Own => "self".to_owned(),
            Self::Dataset(name) => format!("dataset/{name}"),
            Self::Task(task) => format!("task/{task}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use access::Class;
    use kernel::{KeyId, MemberId, SystemRandom, TenantId, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn identity() -> Identity {
        let at = Timestamp::from_micros(1);
        Identity {
            tenant: TenantId::make(at, &SystemRandom),
            member: MemberId::make(at, &SystemRandom),
            class: Class::Owner,
            key: KeyId::make(at, &SystemRandom),
            parent: None,
        }
    }

    #[test]
    fn a_role_is_of_ones_own_tenant() {
        let (me, other) = (identity(), identity());
        let task = TaskId::make(Timestamp::from_micros(1), &SystemRandom);
        for role in [Role::Own, Role::Dataset("scans".into()), Role::Task(task)] {
            let arn = format!("arn:aws:iam::{}:role/{}", me.tenant, role.name());
            assert_eq!(Role::of(&arn, &me).unwrap(), role);
            assert!(
                Role::of(&arn, &other)
                    .unwrap_err()
                    .to_string()
                    .contains("AccessDenied")
            );
        }
        for role in ["admin", "dataset/", "task/7", "dataset", "self/x"] {
            let arn = format!("arn:aws:iam::{}:role/{role}", me.tenant);
            assert!(
                Role::of(&arn, &me).unwrap_err().to_string().contains("role/self"),
                "{role}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_arn_is_read_or_refused(arn in "(arn:aws:iam::)?.{0,60}(:role/)?.{0,40}") {
            let _ = Role::of(&arn, &identity());
        }
    }
}
