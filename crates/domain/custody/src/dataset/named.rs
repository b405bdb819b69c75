//! Names of datasets by their ids.

use std::collections::BTreeMap;

use access::Action;
use kernel::DatasetId;
use operation::acts::ListDatasets;
use operation::{Permit, Request, Resource};
use serde_json::json;
use store::Value;

use super::ops::is_visible;
use super::rows::{self, DatasetRow};
use crate::error::Result;
use crate::member::named::{AT_ONCE, check_most, filled};
use crate::{Credential, Custody};

impl Custody {
    /// The names of these datasets, at most [`MOST_NAMED`](crate::member::MOST_NAMED). Those that are not there, and those that a
    /// listing would not show to the caller, are left out.
    pub async fn datasets_named(
        &self,
        credential: &Credential,
        request: Request,
        datasets: Vec<DatasetId>,
    ) -> Result<BTreeMap<DatasetId, String>> {
        check_most(datasets.len())?;
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::DatasetList)?;
                let permit: Permit<ListDatasets> = op.permit(Resource::tenant(), &session.facts())?;
                let mut names = BTreeMap::new();
                for group in datasets.chunks(AT_ONCE) {
                    let now = op.now();
                    let mut ids = filled(group).map(Value::from);
                    let first = ids.next().unwrap_or(Value::Null);
                    let mut values = vec![session.tenant.into(), first, session.member.into(), now.into()];
                    values.extend(ids);
                    for row in op.list(&permit, &rows::AMONG, &values)? {
                        let row = DatasetRow::read(&session, &row)?;
                        if is_visible(&session, &row) {
                            names.insert(row.id, row.settings(&session)?.name);
                        }
                    }
                }
                op.record(permit, json!({ "named": names.len() }))?;
                Ok(names)
            })
            .await
    }
}
