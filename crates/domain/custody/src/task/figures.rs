//! Figures: how much somebody has done, for themselves and for those who follow the work.

use access::Action;
use kernel::{MemberId, Page, PageRequest};
use operation::acts::ListTasks;
use operation::{Permit, Request};
use serde::Serialize;
use serde_json::json;
use store::{Row, Value, params};

use super::look::TaskFilter;
use crate::dataset::DatasetRef;
use crate::error::Result;
use crate::{Credential, Custody};

/// What a member has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Who.
    pub member: MemberId,
    /// Items that they hold a live lease of.
    pub leased: u64,
    /// Items that they submitted, whatever their reviewers said.
    pub submitted: u64,
    /// Items of those that were approved.
    pub approved: u64,
    /// Items of those that were given back.
    pub returned: u64,
    /// Items that they left to somebody else.
    pub skipped: u64,
    /// Seconds from taking each task to submitting the last of its items so far.
    pub seconds: u64,
}

/// Sums over tasks, as `bigint` on both engines. Members after $2, at most $3; live at moment $4. Only the tasks of the page's
/// members are read, however many others there are.
fn sql(own: bool, of_dataset: bool) -> String {
    let dataset = match (of_dataset, own) {
        (false, _) => "",
        (true, false) => "AND t.dataset_id = $5",
        (true, true) => "AND t.dataset_id = $6",
    };
    let members = match own {
        true => "t.member_id = $5 AND t.member_id > $2".to_owned(),
        false => format!(
            "t.member_id IN (SELECT DISTINCT t.member_id FROM task t WHERE t.tenant_id = $1 AND t.member_id > $2 {dataset} \
             ORDER BY t.member_id LIMIT $3)"
        ),
    };
    let count = |state: &str| format!("sum(CASE WHEN {state} THEN 1 ELSE 0 END)");
    let leased = count("l.state = 'leased' AND t.state = 'live' AND t.ends_at > $4");
    let (submitted, approved) = (count("l.submitted_at IS NOT NULL"), count("l.state = 'approved'"));
    let (returned, skipped) = (
        count("l.state IN ('returned', 'reworked')"),
        count("l.state = 'skipped'"),
    );
    let sums: Vec<String> = ["leased", "submitted", "approved", "returned", "skipped", "micros"]
        .into_iter()
        .map(|name| format!("CAST(sum({name}) AS BIGINT)"))
        .collect();
    // A task whose items are gone counts for nothing, and its member still has a place on the page.
    format!(
        "SELECT member_id, {} FROM (SELECT t.member_id, t.task_id, {leased} AS leased, {submitted} AS submitted, \
         {approved} AS approved, {returned} AS returned, {skipped} AS skipped, \
         COALESCE(max(l.submitted_at) - t.taken_at, 0) AS micros \
         FROM task t LEFT JOIN task_item l ON l.task_id = t.task_id \
         WHERE t.tenant_id = $1 AND {members} {dataset} GROUP BY t.member_id, t.task_id, t.taken_at) AS of_task \
         GROUP BY member_id ORDER BY member_id LIMIT $3",
        sums.join(", ")
    )
}

impl Custody {
    /// One page of members with what they have done: of the dataset for those who may see everybody's tasks of it, the
    /// caller alone for others and when no dataset is named.
    pub async fn figures(
        &self,
        credential: &Credential,
        request: Request,
        dataset: Option<DatasetRef>,
        page: PageRequest,
    ) -> Result<Page<Figures>> {
        let (custody, credential) = (self.clone(), credential.clone());
        let filter = TaskFilter { dataset, live: false };
        self.desk
            .act(request, move |op| {
                let session = custody.enter(op, &credential, Action::TaskList)?;
                let wanted = custody.wanted(op, &session, &filter)?;
                let permit: Permit<ListTasks> = op.permit(wanted.resource.clone(), &wanted.facts)?;
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let (after, limit) = (after.unwrap_or_default(), i64::from(page.limit) + 1);
                let (own, of) = (wanted.facts.own, wanted.resource.dataset);
                let mut values = params![session.tenant, after, limit, op.now()].to_vec();
                values.extend(own.then(|| Value::from(session.member)));
                values.extend(of.map(Value::from));
                let rows = op.list(&permit, &sql(own, of.is_some()), &values)?;
                let found = rows.iter().map(figures).collect::<Result<Vec<_>>>()?;
                let page = Page::from_rows(found, page.limit, |it| it.member.as_bytes().to_vec());
                op.record(permit, json!({ "figures": page.items.len() }))?;
                Ok(page)
            })
            .await
    }
}

fn figures(row: &Row) -> Result<Figures> {
    let count = |column| Ok::<u64, crate::Error>(row.get::<i64>(column)?.unsigned_abs());
    Ok(Figures {
        member: row.get(0)?,
        leased: count(1)?,
        submitted: count(2)?,
        approved: count(3)?,
        returned: count(4)?,
        skipped: count(5)?,
        seconds: count(6)? / 1_000_000,
    })
}
