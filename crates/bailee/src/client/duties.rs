//! `bailee duties`: what members answer for, and which two duties nobody holds together.

use kernel::MemberId;
use serde_json::json;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const DUTY: [Column; 3] = [text("DUTY", "/duty"), text("TO", "/says"), text("ACTS", "/acts")];

const HOLDER: [Column; 5] = [
    text("MEMBER", "/member"),
    text("CLASS", "/class"),
    text("DUTY", "/duty"),
    text("GIVEN", "/given_at"),
    text("BY", "/given_by"),
];

const PAIR: [Column; 4] = [
    text("PAIR", "/pair"),
    text("BUILT-IN", "/built_in"),
    text("ADDED", "/added_at"),
    text("WHY", "/why"),
];

const CONFLICT: [Column; 4] = [
    text("MEMBER", "/member"),
    text("CLASS", "/class"),
    text("STATE", "/state"),
    text("HOLDS", "/pairs"),
];

/// See and settle who answers for what, and which two duties nobody holds together.
#[derive(Debug, clap::Args)]
pub struct DutiesArgs {
    #[command(subcommand)]
    pub action: Option<DutiesAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, it is listed who was given which duty.
#[derive(Debug, clap::Subcommand)]
pub enum DutiesAction {
    /// List who was given which duty.
    Holders,
    /// List what duties there are, and which acts are theirs.
    List,
    /// Give a member a duty: from then on nobody without it does its acts.
    Give {
        /// Whom.
        member: MemberId,
        /// Which duty.
        duty: String,
    },
    /// Take a duty from a member.
    End {
        /// Whom.
        member: MemberId,
        /// Which duty.
        duty: String,
    },
    /// List who holds two duties that conflict.
    Conflicts,
    /// List which two duties nobody holds together.
    Pairs,
    /// Settle that nobody holds these two duties together.
    AddPair {
        /// One duty.
        one: String,
        /// The other.
        other: String,
    },
    /// Take away a pair that the team added.
    RemovePair {
        /// One duty.
        one: String,
        /// The other.
        other: String,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &DutiesArgs, session: &Session) -> Result<(), Failure> {
    let server = &session.server;
    match &args.action {
        None | Some(DutiesAction::Holders) => list(session, "holders", &HOLDER).await,
        Some(DutiesAction::Conflicts) => list(session, "conflicts", &CONFLICT).await,
        Some(DutiesAction::List) => session
            .list(Call::get(&["duties"]), &DUTY, usize::MAX)
            .await
            .map(drop),
        Some(DutiesAction::Pairs) => {
            let call = Call::get(&["duties", "pairs"]);
            session.list(call, &PAIR, usize::MAX).await.map(drop)
        }
        Some(DutiesAction::Give { member, duty }) => {
            let body = json!({ "member": member, "duty": duty });
            let call = Call::post(&["duties", "holders"]).json(&body)?;
            session.output.record(&server.json(&call).await?, &HOLDER)
        }
        Some(DutiesAction::End { member, duty }) => {
            let call = Call::delete(&["duties", "holders", &member.to_string(), duty]);
            server.send(&call).await?;
            let told = json!({ "member": member, "duty": duty });
            session
                .output
                .result(&told, || format!("ended  {member}  {duty}"))
        }
        Some(DutiesAction::AddPair { one, other }) => {
            let call = Call::post(&["duties", "pairs"]).json(&json!({ "duties": [one, other] }))?;
            session.output.record(&server.json(&call).await?, &PAIR)
        }
        Some(DutiesAction::RemovePair { one, other }) => {
            let pair = format!("{one}+{other}");
            server.send(&Call::delete(&["duties", "pairs", &pair])).await?;
            let told = json!({ "pair": pair });
            session.output.result(&told, || format!("taken away  {pair}"))
        }
    }
}

async fn list(session: &Session, what: &str, columns: &[Column]) -> Result<(), Failure> {
    let call = Call::get(&["duties", what]).query("limit", Some(1_000));
    session.list(call, columns, usize::MAX).await.map(drop)
}
