//! Certificates of deletion: what is left of a tenant.

use access::Action;
use kernel::{Page, PageRequest, Timestamp};
use operation::acts::ListTenants;
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::Value;

use super::{Certificate, rows};
use crate::error::Result;
use crate::{Credential, Custody};

/// What was deleted.
pub(super) struct Counted {
    pub(super) items: u64,
    pub(super) versions: u64,
    pub(super) bytes: u64,
    pub(super) datasets: u64,
    pub(super) subjects: u64,
}

/// The text, for people. Nothing of it was sealed.
pub(super) fn statement(
    slug: &str,
    tenant: &str,
    ended: Timestamp,
    at: Timestamp,
    counted: &Counted,
) -> String {
    let Counted {
        items,
        versions,
        bytes,
        datasets,
        subjects,
    } = counted;
    format!(
        "Certificate of deletion\n\n\
         The contract with {slug} (tenant {tenant}) ended at {ended}.\n\
         At {at} everything that was kept under it had been deleted:\n\n\
         - items: {items}, in {versions} versions of {bytes} bytes, each with its key;\n\
         - datasets: {datasets}, and keys of people the data was about: {subjects}, by destroying the tenant's key above them;\n\
         - the tenant's key: every wrap of it, by the installation's root key and by API keys, was destroyed. Whatever else is kept of the tenant\n\
         \x20 (names, members, settings, its trail) was sealed under that key and cannot be read by anybody.\n\n\
         Backups made before hold sealed bytes until they are thinned out. The tenant stands on the list of what was erased: a server\n\
         that is restored from one of them destroys the key again before it answers anything.\n\n\
         The entry of the operator's trail that says the same has a receipt, which anybody can check against the public log.\n"
    )
}

impl Custody {
    /// One page of certificates, newest first. For the operator.
    pub async fn certificates(
        &self,
        credential: &Credential,
        request: Request,
        page: PageRequest,
    ) -> Result<Page<Certificate>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TenantList)?;
                let permit: Permit<ListTenants> = op.permit(Resource::tenant(), &session.facts())?;
                let mut wanted = vec![Value::from(i64::from(page.limit) + 1)];
                wanted.extend(page.after.as_ref().map(|cursor| Value::from(cursor.key())));
                let found = op.list(&permit, &rows::page_sql(page.after.is_none()), &wanted)?;
                let found = found.iter().map(rows::certificate).collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(found, page.limit, |one| one.id.as_bytes().to_vec());
                op.record(permit, json!({ "certificates": listed.items.len() }))?;
                Ok(listed)
            })
            .await
    }
}
