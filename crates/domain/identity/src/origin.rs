//! Where somebody signed in from, as it is kept: sealed under the tenant's key.

use operation::Op;
use sealing::{Context, Key};
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// A browser on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its network address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    /// What the browser calls itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<String>,
}

/// The most that is kept of what a browser calls itself.
const LONGEST_AGENT: usize = 300;

impl Origin {
    /// Where this request comes from.
    pub(crate) fn of(op: &Op<'_>) -> Self {
        let short = |agent: &String| agent.chars().take(LONGEST_AGENT).collect();
        op.client().map_or_else(Self::default, |client| Self {
            address: client.address.clone(),
            agent: client.agent.as_ref().map(short),
        })
    }

    pub(crate) fn seal(&self, op: &Op<'_>, tenant_key: &Key, context: &Context) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(self)?;
        Ok(sealing::seal(tenant_key, context, &text, op.random()))
    }

    pub(crate) fn open(tenant_key: &Key, context: &Context, sealed: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(&sealing::open(
            tenant_key, context, sealed,
        )?)?)
    }
}
