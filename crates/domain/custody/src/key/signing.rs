//! What S3 clients sign their requests with.
//!
//! Promises: a signature needs a secret on both sides, so each everyday key's signing secret is kept, sealed under
//! its tenant's key and gone with the key; it is not the key's own secret, which is kept nowhere. For customer-held
//! custody nothing is kept: such clients send a session token along. Leaves out: signatures (the S3 surface).

use kernel::TenantId;
use operation::Op;
use sealing::Key;
use secrecy::{ExposeSecret as _, SecretString};
use store::params;

use super::KeyKind;
use crate::credential::key_of;
use crate::error::{Error, Result};
use crate::tenant::CustodyMode;
use crate::{Credential, Custody, contexts};

const FIND: &str = "SELECT k.tenant_id, k.signing_sealed, t.root_id, t.key_wrapped FROM api_key k \
     JOIN tenant t ON t.tenant_id = k.tenant_id \
     WHERE k.key_id = $1 AND k.signing_sealed IS NOT NULL AND t.key_wrapped IS NOT NULL";

impl Custody {
    /// What requests in the name of this access key id are to be signed with.
    ///
    /// Nothing for ids that are unknown or ended by their owner, and for keys of customer-held custody, whose
    /// secret is in the session token. A key that has expired keeps its secret, so that the act itself refuses it
    /// and its trail says so.
    pub async fn signing_secret(&self, access_key: &str) -> Result<Option<SecretString>> {
        let Ok(key) = key_of(access_key) else {
            return Ok(None);
        };
        let found = self
            .desk
            .db
            .read(move |tx| tx.optional(FIND, params![key]))
            .await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let tenant = TenantId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?;
        let root = self.roots.find(row.get::<Option<String>>(2)?.as_deref())?;
        let tenant_key = root
            .unwrap(&contexts::tenant_key(tenant), &row.get::<Vec<u8>>(3)?)
            .map_err(|error| Error::Internal(error.to_string()))?;
        let opened = sealing::open(
            &tenant_key,
            &contexts::key_signing(tenant, key),
            &row.get::<Vec<u8>>(1)?,
        )?;
        let text = std::str::from_utf8(&opened).map_err(|_| Error::Altered)?;
        Ok(Some(text.into()))
    }
}

/// The signing secret as it is kept with a new key, if it is to be kept.
pub(super) fn sealed(
    op: &Op<'_>,
    tenant: TenantId,
    credential: &Credential,
    kind: KeyKind,
    tenant_key: &Key,
    custody: CustodyMode,
) -> Option<Vec<u8>> {
    if kind != KeyKind::Api || custody == CustodyMode::CustomerHeld {
        return None;
    }
    let secret: SecretString = credential.signing_secret()?;
    let context = contexts::key_signing(tenant, credential.key);
    Some(sealing::seal(
        tenant_key,
        &context,
        secret.expose_secret().as_bytes(),
        op.random(),
    ))
}
