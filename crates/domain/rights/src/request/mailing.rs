//! Whoever has the queue is reminded by letter.
//!
//! Promises: at each threshold, before a promise or the law's period ends, at its end, and every day once something is over, whoever answers the
//! team's requests gets one letter for all that is due, once, whichever node runs; the letter names nobody, and the trail says that it
//! went. Leaves out: teams that hold their key themselves, whose members' addresses nothing here opens: they take
//! [reminders](Rights::take_reminders) with a key.

use std::fmt::Write as _;

use access::Class;
use custody::member::{Reached, reached};
use custody::{Error, Result, Session};
use kernel::{TenantId, Timestamp};
use operation::acts::RunLifecycle;
use operation::{Op, Permit, Resource};
use outbox::{Kind, Letter};
use serde_json::json;
use store::params;

use super::rows::{self, RequestRow};
use super::{PersonRequest, elsewhere, rule};
use crate::Rights;

const REMINDER: Kind = Kind::new("request.reminder");
/// Teams in one round, and requests in one letter: what is left over is next.
const ROUND: i64 = 100;

const DUE: &str = "SELECT DISTINCT r.tenant_id FROM person_request r JOIN tenant t ON t.tenant_id = r.tenant_id \
     WHERE r.mail_at <= $1 AND t.custody_mode = 'provider-held' AND t.key_wrapped IS NOT NULL \
     ORDER BY r.tenant_id LIMIT $2";

impl Rights {
    /// Writes the letters that are due; gives with how many teams had any. Housekeeping; call it now and then.
    pub async fn remind_by_mail(&self) -> Result<usize> {
        let desk = self.custody.desk();
        let now = desk.clock.now();
        let found = desk.db.read(move |tx| tx.all(DUE, params![now, ROUND])).await?;
        for row in &found {
            let (custody, tenant) = (self.custody.clone(), row.get::<TenantId>(0)?);
            let remind = move |op: &mut Op<'_>| {
                let session = custody.enter_as_server(op, tenant, None)?;
                let session = session.ok_or(Error::NotFound("tenant"))?;
                remind(op, &session)
            };
            desk.act(desk.own_request(), remind).await?;
        }
        Ok(found.len())
    }
}

fn remind(op: &mut Op<'_>, session: &Session) -> Result<()> {
    let permit: Permit<RunLifecycle> = op.permit(Resource::tenant(), &session.facts())?;
    let now = op.now();
    let settled = rule::settled(op, session)?;
    let found = op.list(&permit, &rows::mails_sql(), params![session.tenant(), now, ROUND])?;
    let mut due = Vec::new();
    for row in &found {
        let mut row = RequestRow::read(session, row)?;
        row.mailed_at = Some(now);
        row.count(op, &settled)?;
        row.save(op, &permit, session)?;
        let open = elsewhere::open_count(op, session, &row.request)?;
        due.push((row.request, open));
    }
    let told = match due.is_empty() {
        // Another node was quicker.
        true => Vec::new(),
        false => whom(op, &permit, session)?,
    };
    let text = text(&due, now);
    for one in &told {
        // Whoever has an address that no letter can be sent to is not reminded; the queue still shows it.
        let Ok(address) = one.email.parse() else { continue };
        let letter = Letter::new(REMINDER, address, "Requests of people are due", &text);
        let letter = letter.map_err(|error| Error::Internal(error.to_string()))?;
        outbox::put(op, &letter.of_tenant(session.tenant()))?;
    }
    let requests: Vec<_> = due.iter().map(|(request, _)| request.id).collect();
    let members: Vec<_> = told.iter().map(|one| one.member).collect();
    op.record(permit, json!({ "reminded_of": requests, "members": members }))?;
    Ok(())
}

/// Privacy officers, where there are any: it is their office. Otherwise owners and admins.
fn whom(op: &mut Op<'_>, permit: &Permit<RunLifecycle>, session: &Session) -> Result<Vec<Reached>> {
    let officers = reached(op, permit, session, &[Class::PrivacyOfficer])?;
    match officers.is_empty() {
        false => Ok(officers),
        true => reached(op, permit, session, &[Class::Owner, Class::Admin]),
    }
}

/// Which requests by their ids, and by when: nothing of it names anybody.
fn text(due: &[(PersonRequest, usize)], now: Timestamp) -> String {
    let mut text = String::from("Somebody waits for an answer:\n\n");
    for (request, open) in due {
        let by = [request.own_due_at, request.law_due_at]
            .into_iter()
            .flatten()
            .min();
        let state = match (request.is_late(now), request.is_behind_promise(now)) {
            (true, _) => "the law's period is over",
            (_, true) => "your own promise is over",
            _ => "to be answered in time",
        };
        let by = by.map_or_else(String::new, |by| format!(", due {by}"));
        let places = match open {
            0 => String::new(),
            open => format!("; to be settled elsewhere: {open}"),
        };
        let _ = writeln!(
            text,
            "- {} {}{by}: {state}{places}",
            request.kind.as_str(),
            request.id
        );
    }
    text.push_str("\n`bailee requests` shows the queue.\n");
    text
}
