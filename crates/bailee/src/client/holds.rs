//! `bailee holds`: what must not be deleted, by whatever way.

use kernel::{DatasetId, ItemId, LegalHoldId, SubjectId, Timestamp};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const HOLD: [Column; 9] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("ITEM", "/item"),
    text("DATASET", "/dataset"),
    text("SUBJECT", "/subject"),
    text("EVERYTHING", "/everything"),
    text("UNTIL", "/until"),
    text("PLACED BY", "/placed_by"),
    text("REASON", "/reason"),
];

const RULE: [Column; 1] = [text("TWO PEOPLE", "/two_people")];

/// Put things on legal hold, so that nothing deletes them; lift holds.
#[derive(Debug, clap::Args)]
pub struct HoldsArgs {
    #[command(subcommand)]
    pub action: Option<HoldsAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, holds are listed.
#[derive(Debug, clap::Subcommand)]
pub enum HoldsAction {
    /// List holds, newest first.
    List,
    /// Place a hold on an item, a dataset, a person, or on everything.
    Place {
        #[command(flatten)]
        on: On,
        /// Why: a case number, an authority's letter.
        #[arg(long)]
        why: String,
        /// When it ends by itself, such as 2027-01-01T00:00:00Z; somebody lifts it if left out.
        #[arg(long, value_name = "MOMENT")]
        until: Option<Timestamp>,
        /// It takes two people to lift it.
        #[arg(long)]
        two_people: bool,
    },
    /// Show one hold.
    Show {
        /// Which.
        hold: LegalHoldId,
    },
    /// Lift a hold; where it takes two, ask for it, or agree to what somebody else asked.
    Lift {
        /// Which.
        hold: LegalHoldId,
    },
    /// Show whether it takes two people to lift the holds that are placed from now on, or settle it.
    Rule {
        /// Two from now on, or one.
        #[arg(long, value_name = "YES OR NO", value_parser = clap::builder::BoolishValueParser::new())]
        two_people: Option<bool>,
    },
}

/// What a hold is on.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct On {
    /// One item with all its versions.
    #[arg(long, value_name = "ID")]
    pub item: Option<ItemId>,
    /// A dataset with everything in it.
    #[arg(long, value_name = "ID")]
    pub dataset: Option<DatasetId>,
    /// Everything about a person.
    #[arg(long, value_name = "ID")]
    pub subject: Option<SubjectId>,
    /// Everything that the tenant keeps.
    #[arg(long)]
    pub everything: bool,
}

/// Does what was asked.
pub(crate) async fn run(args: &HoldsArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None | Some(HoldsAction::List) => {
            let call = Call::get(&["holds"]).query("limit", Some(1_000));
            session.list(call, &HOLD, usize::MAX).await.map(drop)
        }
        Some(HoldsAction::Place {
            on,
            why,
            until,
            two_people,
        }) => {
            let mut body = on.body();
            body["reason"] = json!(why);
            body["two_people"] = json!(two_people);
            until.iter().for_each(|until| body["until"] = json!(until));
            tell(session, &Call::post(&["holds"]).json(&body)?).await
        }
        Some(HoldsAction::Show { hold }) => tell(session, &Call::get(&["holds", &hold.to_string()])).await,
        Some(HoldsAction::Lift { hold }) => {
            tell(session, &Call::post(&["holds", &hold.to_string(), "lift"])).await
        }
        Some(HoldsAction::Rule { two_people }) => {
            let call = match two_people {
                None => Call::get(&["hold-rule"]),
                Some(two) => Call::put(&["hold-rule"]).json(&json!({ "two_people": two }))?,
            };
            let rule = session.server.json(&call).await?;
            session.output.record(&rule, &RULE)
        }
    }
}

impl On {
    fn body(&self) -> Value {
        match (self.item, self.dataset, self.subject) {
            (Some(item), _, _) => json!({ "item": item }),
            (_, Some(dataset), _) => json!({ "dataset": dataset }),
            (_, _, Some(subject)) => json!({ "subject": subject }),
            _ => json!({ "everything": self.everything }),
        }
    }
}

async fn tell(session: &Session, call: &Call) -> Result<(), Failure> {
    let hold = session.server.json(call).await?;
    session.output.record(&hold, &HOLD)
}
