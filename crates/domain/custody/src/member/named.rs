//! Members by what a list says of them: names by ids, and one by their address.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use access::Action;
use kernel::MemberId;
use operation::acts::ListMembers;
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::{Value, params};

use super::Member;
use super::rows::{self, MemberRow};
use crate::error::{Error, Result};
use crate::{Credential, Custody};

/// How many one request names.
pub const MOST_NAMED: usize = 1_000;
/// How many one statement finds. Fewer are filled up, so that one text is prepared for every number of them.
pub(crate) const AT_ONCE: usize = 32;

static AMONG: LazyLock<String> = LazyLock::new(|| {
    let ids: Vec<String> = (2..2 + AT_ONCE).map(|number| format!("${number}")).collect();
    format!("{} AND member_id IN ({})", rows::ALL, ids.join(", "))
});

impl Custody {
    /// The names of these members, at most [`MOST_NAMED`]. Whom there is not is left out.
    pub async fn members_named(
        &self,
        credential: &Credential,
        request: Request,
        members: Vec<MemberId>,
    ) -> Result<BTreeMap<MemberId, String>> {
        check_most(members.len())?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberList)?;
                let permit: Permit<ListMembers> = op.permit(Resource::tenant(), &session.facts())?;
                let mut names = BTreeMap::new();
                for group in members.chunks(AT_ONCE) {
                    let mut values = params![session.tenant].to_vec();
                    values.extend(filled(group).map(Value::from));
                    for row in op.list(&permit, &AMONG, &values)? {
                        let found = MemberRow::read(&row)?.member(op, &permit, &session)?;
                        names.insert(found.id, found.name);
                    }
                }
                op.record(permit, json!({ "named": names.len() }))?;
                Ok(names)
            })
            .await
    }

    /// The member with this e-mail address, if there is one.
    pub async fn member_at(
        &self,
        credential: &Credential,
        request: Request,
        email: &str,
    ) -> Result<Option<Member>> {
        let (custody, credential, email) = (self.clone(), credential.clone(), email.to_owned());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::MemberList)?;
                let permit: Permit<ListMembers> = op.permit(Resource::tenant(), &session.facts())?;
                let blind = rows::blind_email(session.tenant_key(), &email);
                let row = op.find(rows::FIND_BY_EMAIL, params![session.tenant, blind])?;
                let found = row.map(|row| MemberRow::read(&row)?.member(op, &permit, &session));
                let found = found.transpose()?;
                op.record(permit, json!({ "named": usize::from(found.is_some()) }))?;
                Ok(found)
            })
            .await
    }
}

/// A request that names more is one that nobody needs.
pub(crate) fn check_most(ids: usize) -> Result<()> {
    if ids > MOST_NAMED {
        return Err(Error::invalid("ids", format!("name at most {MOST_NAMED}")));
    }
    Ok(())
}

/// As many ids as a statement takes: the first again where there are fewer.
pub(crate) fn filled<T: Copy>(group: &[T]) -> impl Iterator<Item = T> {
    let first = group.iter().take(1).cycle();
    group.iter().chain(first).take(AT_ONCE).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_gets_as_many_ids_as_it_takes() {
        let filled: Vec<u8> = filled(&[7, 8]).collect();
        assert_eq!((filled.len(), &filled[..3]), (AT_ONCE, &[7, 8, 7][..]));
        assert_eq!(super::filled::<u8>(&[]).count(), 0);
    }

    #[test]
    fn more_than_a_thousand_are_not_named() {
        assert!(check_most(MOST_NAMED).is_ok() && check_most(MOST_NAMED + 1).is_err());
    }
}
