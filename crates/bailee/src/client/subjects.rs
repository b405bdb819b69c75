//! `bailee subjects`: the people the data is about, and what becomes of what is kept about them.

use kernel::{ErasureId, ItemId, MergeId, SubjectId};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const PEOPLE: [Column; 4] = [
    text("SUBJECT", "/id"),
    text("SINCE", "/made_at"),
    text("KNOWN BY", "/identifiers/0/value"),
    text("RESTRICTED", "/restricted_at"),
];

const ITEMS: [Column; 5] = [
    text("ITEM", "/id"),
    text("NAME", "/item/name"),
    text("ALONE", "/alone"),
    text("LINKED", "/linked_at"),
    text("BY", "/source"),
];

const ERASURES: [Column; 4] = [
    text("ERASURE", "/id"),
    text("BEGUN", "/begun_at"),
    text("STATE", "/state"),
    text("ITEMS", "/items"),
];

const MERGES: [Column; 4] = [
    text("MERGE", "/id"),
    text("INTO", "/into"),
    text("FROM", "/from"),
    text("UNDONE", "/undone_at"),
];

/// Find the people the data is about, restrict and erase what is kept about them.
#[derive(Debug, clap::Args)]
pub struct SubjectsArgs {
    #[command(subcommand)]
    pub action: SubjectsAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do about people.
#[derive(Debug, clap::Subcommand)]
pub enum SubjectsAction {
    /// List them.
    Ls,
    /// Find who is known by something: `email:ann@example.org`, `phone:+3725123456`, `document:AB123`, `handle:@ann`, or
    /// what your own systems call them.
    Find {
        /// What they are known by.
        known_by: String,
    },
    /// List the items about somebody.
    Items {
        /// Whom.
        subject: SubjectId,
    },
    /// Keep somebody by what they are known by.
    Add {
        /// What they are known by.
        #[arg(required = true)]
        known_by: Vec<String>,
    },
    /// Somebody is known by this as well.
    Name {
        /// Who.
        subject: SubjectId,
        /// What they are known by.
        known_by: String,
    },
    /// Say whom an item is about: nobody, one person, or several.
    Link {
        /// The item.
        item: ItemId,
        /// The people.
        subjects: Vec<SubjectId>,
    },
    /// Two people are one: the first stands for both.
    Merge {
        /// Who stands for both.
        into: SubjectId,
        /// Who is merged into them.
        from: SubjectId,
    },
    /// List who was merged into somebody.
    Merges {
        /// Whom.
        subject: SubjectId,
    },
    /// They are two after all.
    Split {
        /// Which merge.
        merge: MergeId,
    },
    /// Restrict processing of everything about somebody.
    Restrict {
        /// Whom.
        subject: SubjectId,
        /// Why: accuracy, unlawful, claims or objection.
        ground: String,
    },
    /// Lift a restriction; `--reason` says why.
    Release {
        /// Whose.
        subject: SubjectId,
    },
    /// Erase somebody: their keys are destroyed, and what is about them alone is deleted.
    Erase {
        /// Whom.
        subject: SubjectId,
        /// Take them in again if they come back, and tell it in the trail.
        #[arg(long)]
        may_return: bool,
    },
    /// List erasures, and how they stand.
    Erasures,
    /// Go on with an erasure.
    Resume {
        /// Which.
        erasure: ErasureId,
    },
    /// Decide about an item that others share with somebody who is erased.
    #[command(subcommand)]
    Decide(Decision),
}

/// What is done about an item that others share with somebody who is erased.
#[derive(Debug, clap::Subcommand)]
pub enum Decision {
    /// It goes, for everybody.
    Delete(Left),
    /// It stays.
    Keep {
        #[command(flatten)]
        left: Left,
        /// On which ground.
        ground: String,
    },
    /// A version without the person was put in since: the older ones go.
    Redact(Left),
    /// Others were made of it without the person: it goes.
    Split {
        #[command(flatten)]
        left: Left,
        /// What was made of it.
        #[arg(required = true)]
        into: Vec<ItemId>,
    },
}

/// An item that an erasure had to leave.
#[derive(Debug, clap::Args)]
pub struct Left {
    /// The erasure.
    pub erasure: ErasureId,
    /// The item.
    pub item: ItemId,
}

/// Does what was asked.
pub(crate) async fn run(args: &SubjectsArgs, session: &Session) -> Result<(), Failure> {
    use SubjectsAction as Do;
    match &args.action {
        Do::Ls => list(session, &["subjects"], &PEOPLE).await,
        Do::Items { subject } => list(session, &["subjects", &subject.to_string(), "items"], &ITEMS).await,
        Do::Erasures => list(session, &["erasures"], &ERASURES).await,
        Do::Merges { subject } => {
            let merges = session
                .server
                .json(&Call::get(&["subjects", &subject.to_string(), "merges"]))
                .await?;
            let rows = merges["items"].as_array().cloned().unwrap_or_default();
            session.output.rows(&MERGES, &rows, true)
        }
        Do::Find { known_by } => {
            one(
                session,
                Call::post(&["subjects", "search"]).json(&identifier(known_by))?,
                &PEOPLE,
            )
            .await
        }
        Do::Add { known_by } => {
            let identifiers: Vec<Value> = known_by.iter().map(|text| identifier(text)).collect();
            one(
                session,
                Call::post(&["subjects"]).json(&json!({ "identifiers": identifiers }))?,
                &PEOPLE,
            )
            .await
        }
        Do::Name { subject, known_by } => {
            let call = Call::post(&["subjects", &subject.to_string(), "identifiers"]);
            one(session, call.json(&identifier(known_by))?, &PEOPLE).await
        }
        Do::Link { item, subjects } => {
            let call = Call::put(&["items", &item.to_string(), "subjects"])
                .json(&json!({ "subjects": subjects }))?;
            let linked = session.server.json(&call).await?;
            session.output.result(&linked, || format!("linked  {item}"))
        }
        Do::Merge { into, from } => {
            one(
                session,
                Call::put(&["subjects", &into.to_string(), "merged", &from.to_string()]),
                &MERGES,
            )
            .await
        }
        Do::Split { merge } => one(session, Call::delete(&["merges", &merge.to_string()]), &MERGES).await,
        Do::Restrict { subject, ground } => {
            let call = Call::put(&["subjects", &subject.to_string(), "restriction"]);
            one(session, call.json(&json!({ "ground": ground }))?, &PEOPLE).await
        }
        Do::Release { subject } => {
            one(
                session,
                Call::delete(&["subjects", &subject.to_string(), "restriction"]),
                &PEOPLE,
            )
            .await
        }
        Do::Erase { subject, may_return } => {
            let afterwards = if *may_return { "tell" } else { "refuse" };
            let call = Call::post(&["subjects", &subject.to_string(), "erasure"]);
            one(
                session,
                call.json(&json!({ "afterwards": afterwards }))?,
                &ERASURES,
            )
            .await
        }
        Do::Resume { erasure } => {
            one(
                session,
                Call::post(&["erasures", &erasure.to_string(), "resume"]),
                &ERASURES,
            )
            .await
        }
        Do::Decide(decision) => one(session, decided(decision)?, &ERASURES).await,
    }
}

async fn list(session: &Session, path: &[&str], columns: &[Column]) -> Result<(), Failure> {
    let call = Call::get(path).query("limit", Some(1_000));
    session.list(call, columns, usize::MAX).await.map(drop)
}

async fn one(session: &Session, call: Call, columns: &[Column]) -> Result<(), Failure> {
    let answer = session.server.json(&call).await?;
    session.output.record(&answer, columns)
}

fn decided(decision: &Decision) -> Result<Call, Failure> {
    let (left, body) = match decision {
        Decision::Delete(left) => (left, json!({ "decision": "delete" })),
        Decision::Keep { left, ground } => (left, json!({ "decision": "keep", "ground": ground })),
        Decision::Redact(left) => (left, json!({ "decision": "redact" })),
        Decision::Split { left, into } => (left, json!({ "decision": "split", "into": into })),
    };
    let (erasure, item) = (left.erasure.to_string(), left.item.to_string());
    Call::put(&["erasures", &erasure, "items", &item]).json(&body)
}

/// The kind stands before a colon; without one it is what the team's own systems call the person.
fn identifier(text: &str) -> Value {
    const KINDS: [&str; 5] = ["email", "phone", "external", "document", "handle"];
    let kinded = text.split_once(':').filter(|(kind, _)| KINDS.contains(kind));
    let (kind, value) = kinded.unwrap_or(("external", text));
    json!({ "kind": kind, "value": value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_is_known_by_has_its_kind_before_a_colon() {
        let email = json!({ "kind": "email", "value": "ann@example.org" });
        assert_eq!(identifier("email:ann@example.org"), email);
        for text in ["patient 7", "crm:7"] {
            assert_eq!(identifier(text), json!({ "kind": "external", "value": text }));
        }
    }
}
