//! What S3 clients sign their requests with.
//!
//! Promises: a signature needs a secret on both sides, so each everyday key's signing secret is kept, sealed under
//! its tenant's key and gone with the key; it is not the key's own secret, which is kept nowhere. For customer-held
//! custody nothing is kept: such clients send a session token along. What was opened is remembered for moments
//! (`Signers`). Leaves out: signatures (the S3 surface).

use kernel::TenantId;
use operation::Op;
use sealing::Key;
use secrecy::{ExposeSecret as _, SecretString};
use store::{Row, params};

use super::KeyKind;
use crate::credential::key_of;
use crate::error::{Error, Result};
use crate::tenant::CustodyMode;
use crate::{Credential, Custody, contexts};

const FIND: &str = "SELECT k.tenant_id, t.slug, k.signing_sealed, t.root_id, t.key_wrapped FROM api_key k \
     JOIN tenant t ON t.tenant_id = k.tenant_id WHERE k.key_id = $1";

/// Whose an access key is, and what its requests are to be signed with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signer {
    /// The tenant.
    pub tenant: TenantId,
    /// The tenant's short name.
    pub slug: String,
    /// Nothing for a key that was ended by its owner, and for keys of customer-held custody, whose secret is in the
    /// session token.
    pub secret: Option<SecretString>,
}

impl Custody {
    /// Who signs with this access key id; nothing for an unknown one.
    ///
    /// A key that has expired keeps its secret, so that the act itself refuses it and its trail says so.
    ///
    /// INVARIANT: the answer may be half a minute old, and says nothing of whether the key lives. That is asked
    /// inside every act, in the act's own transaction, so that a key which was invalidated acts no more, whatever is
    /// remembered here. Nothing may be shown or done on the ground of this answer alone.
    pub async fn signer(&self, access_key: &str) -> Result<Option<Signer>> {
        let Ok(key) = key_of(access_key) else {
            return Ok(None);
        };
        let now = self.desk.clock.now();
        if let Some(known) = self.signers.find(key, now) {
            return Ok(Some(known));
        }
        let found = self
            .desk
            .db
            .read(move |tx| tx.optional(FIND, params![key]))
            .await?;
        let signer = found.map(|row| self.open_signer(key, &row)).transpose()?;
        if let Some(signer) = &signer {
            self.signers.keep(key, now, signer.clone());
        }
        Ok(signer)
    }

    fn open_signer(&self, key: kernel::KeyId, row: &Row) -> Result<Signer> {
        let tenant = TenantId::from_bytes(&row.get::<Vec<u8>>(0)?).map_err(|_| Error::Altered)?;
        let (sealed, wrapped): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(2)?, row.get(4)?);
        let secret = match (sealed, wrapped) {
            (Some(sealed), Some(wrapped)) => {
                let root = self.roots.find(row.get::<Option<String>>(3)?.as_deref())?;
                let tenant_key = root
                    .unwrap(&contexts::tenant_key(tenant), &wrapped)
                    .map_err(|error| Error::Internal(error.to_string()))?;
                let opened = sealing::open(&tenant_key, &contexts::key_signing(tenant, key), &sealed)?;
                Some(std::str::from_utf8(&opened).map_err(|_| Error::Altered)?.into())
            }
            _ => None,
        };
        Ok(Signer {
            tenant,
            slug: row.get(1)?,
            secret,
        })
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
