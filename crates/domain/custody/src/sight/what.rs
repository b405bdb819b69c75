//! What a member can see.

use access::Action;
use kernel::{MemberId, Page, PageRequest};
use operation::Request;
use serde_json::json;
use store::params;

use super::Seen;
use super::ask::Somebody;
use crate::dataset::rows::{DatasetRow, page_sql};
use crate::error::Result;
use crate::member::{self, MemberState};
use crate::{Credential, Custody, admission};

impl Custody {
    /// One page of the datasets in which a member can do something, and what. Nothing for who is disabled. A page may hold
    /// fewer than asked for and still have a next.
    pub async fn what_sees(
        &self,
        credential: &Credential,
        request: Request,
        of: MemberId,
        page: PageRequest,
    ) -> Result<Page<Seen>> {
        let (custody, credential) = (self.clone(), credential.clone());
        self.desk
            .act(request, move |op| {
                let (session, permit) = custody.looks_into_access(op, &credential)?;
                let found = member::found(op, &session, of, Action::AccessRead)?;
                let somebody = Somebody::new(&custody.desk.policies, &session, of, found.class);
                let after = page.after.as_ref().map(|cursor| cursor.key().to_vec());
                let (now, limit) = (op.now(), i64::from(page.limit) + 1);
                let wanted = params![session.tenant, after.unwrap_or_default(), of, now, limit];
                let rows = op.list(&permit, &page_sql(), wanted)?;
                let rows = rows.iter().map(|row| DatasetRow::read(&session, row));
                let rows = rows.collect::<Result<Vec<_>>>()?;
                let listed = Page::from_rows(rows, page.limit, |row| row.id.as_bytes().to_vec());
                let mut seen = Vec::new();
                let is_in = found.state == MemberState::Active && admission::is_in(op, of)?;
                for row in listed.items.iter().filter(|_| is_in) {
                    let items = somebody.every_item(row);
                    let leased = somebody.leased(op, row, &items)?;
                    let actions = somebody.dataset(row);
                    if !(actions.is_empty() && items.is_empty() && leased.is_empty()) {
                        let dataset = row.id;
                        seen.push(Seen {
                            dataset,
                            actions,
                            items,
                            leased,
                        });
                    }
                }
                op.record(permit, json!({ "what": of, "count": seen.len() }))?;
                Ok(Page {
                    items: seen,
                    next: listed.next,
                })
            })
            .await
    }
}
