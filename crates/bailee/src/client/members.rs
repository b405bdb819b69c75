//! `bailee members`: the people of a tenant.

use kernel::MemberId;
use serde_json::json;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const MEMBER: [Column; 5] = [
    text("ID", "/id"),
    text("CLASS", "/class"),
    text("STATE", "/state"),
    text("NAME", "/name"),
    text("EMAIL", "/email"),
];

const LETTER: [Column; 2] = [text("EMAIL", "/email"), text("GOOD UNTIL", "/ends_at")];

/// List, invite, change, disable and enable members.
#[derive(Debug, clap::Args)]
pub struct MembersArgs {
    #[command(subcommand)]
    pub action: Option<MemberAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with members; without any, they are listed.
#[derive(Debug, clap::Subcommand)]
pub enum MemberAction {
    /// List them.
    List,
    /// Invite one. They act once they have a key: `bailee key issue --member`.
    Invite {
        /// Their name.
        name: String,
        /// Their e-mail address.
        email: String,
        /// owner, admin, user, workforce-manager, worker, auditor or privacy-officer.
        #[arg(long)]
        class: String,
    },
    /// Show one.
    Show {
        /// Who.
        member: MemberId,
    },
    /// Change one's class.
    Change {
        /// Who.
        member: MemberId,
        /// owner, admin, user, workforce-manager, worker, auditor or privacy-officer.
        #[arg(long)]
        class: String,
    },
    /// Shut one out: their keys stop working at once.
    Disable {
        /// Who.
        member: MemberId,
    },
    /// Send one a letter with a link to choose a password. Whoever lost theirs begins anew with it.
    Letter {
        /// Who.
        member: MemberId,
    },
    /// Let one in again.
    Enable {
        /// Who.
        member: MemberId,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &MembersArgs, session: &Session) -> Result<(), Failure> {
    let call = match &args.action {
        None | Some(MemberAction::List) => {
            let call = Call::get(&["members"]).query("limit", Some(1_000));
            return session.list(call, &MEMBER, usize::MAX).await.map(drop);
        }
        Some(MemberAction::Invite { name, email, class }) => {
            Call::post(&["members"]).json(&json!({ "name": name, "email": email, "class": class }))?
        }
        Some(MemberAction::Show { member }) => Call::get(&["members", &member.to_string()]),
        Some(MemberAction::Change { member, class }) => {
            Call::patch(&["members", &member.to_string()]).json(&json!({ "class": class }))?
        }
        Some(MemberAction::Disable { member }) => Call::post(&["members", &member.to_string(), "disable"]),
        Some(MemberAction::Letter { member }) => {
            let call =
                Call::post(&["members", &member.to_string(), "invitation"]).query("by", Some("letter"));
            let sent = session.server.json(&call).await?;
            return session.output.record(&sent, &LETTER);
        }
        Some(MemberAction::Enable { member }) => Call::post(&["members", &member.to_string(), "enable"]),
    };
    session.output.record(&session.server.json(&call).await?, &MEMBER)
}
