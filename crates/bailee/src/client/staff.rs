//! `bailee staff`: staff of the installation, for the operator.

use std::path::PathBuf;

use kernel::MemberId;
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};
use super::secret_file::SecretFile;

const STAFF: [Column; 6] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("SIGNS IN", "/signs_in"),
    text("INVITED UNTIL", "/invited_until"),
    text("NAME", "/name"),
    text("EMAIL", "/email"),
];
const SESSION: [Column; 6] = [
    text("ID", "/id"),
    text("BEGAN", "/begun_at"),
    text("SEEN", "/seen_at"),
    text("ENDS", "/ends_at"),
    text("ADDRESS", "/whence/address"),
    text("AGENT", "/whence/agent"),
];

/// List staff of the installation, invite them, shut them out, and see where they are signed in (operator).
#[derive(Debug, clap::Args)]
pub struct StaffArgs {
    #[command(subcommand)]
    pub action: Option<StaffAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with staff; without any, they are listed.
#[derive(Debug, clap::Subcommand)]
pub enum StaffAction {
    /// List them.
    List,
    /// Invite one, or anew who has not accepted yet or was shut out. The link is shown once.
    Invite {
        /// Their name.
        name: String,
        /// Their e-mail address.
        email: String,
        /// Write the link to this new file instead of showing it.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Shut one out for good: sessions and keys stop working at once, and what they signed in with is forgotten.
    Disable {
        /// Who.
        member: MemberId,
    },
    /// Show where one is signed in.
    Sessions {
        /// Who.
        member: MemberId,
        /// End all of them.
        #[arg(long)]
        end: bool,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &StaffArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None | Some(StaffAction::List) => {
            let call = Call::get(&["staff"]).query("limit", Some(1_000));
            session.list(call, &STAFF, usize::MAX).await.map(drop)
        }
        Some(StaffAction::Invite {
            name,
            email,
            secret_file,
        }) => {
            let file = secret_file.as_deref().map(SecretFile::create).transpose()?;
            invite(&json!({ "name": name, "email": email }), file, session).await
        }
        Some(StaffAction::Disable { member }) => {
            let call = Call::post(&["staff", &member.to_string(), "disable"]);
            session.output.record(&session.server.json(&call).await?, &STAFF)
        }
        Some(StaffAction::Sessions { member, end: false }) => {
            let call = Call::get(&["sessions"]).query("member", Some(member));
            let found = session.server.json(&call).await?;
            let rows = found.get("items").and_then(Value::as_array);
            session
                .output
                .rows(&SESSION, rows.map_or(&[][..], Vec::as_slice), true)
        }
        Some(StaffAction::Sessions { member, end: true }) => {
            let call = Call::delete(&["sessions"]).query("member", Some(member));
            let ended = session.server.json(&call).await?;
            session.output.result(&ended, || {
                format!("{} ended", ended.get("ended").unwrap_or(&Value::Null))
            })
        }
    }
}

async fn invite(new: &Value, file: Option<SecretFile>, session: &Session) -> Result<(), Failure> {
    let mut answer = session.server.json(&Call::post(&["staff"]).json(new)?).await?;
    let token = answer.get("token").and_then(Value::as_str);
    let token = token.ok_or_else(|| Failure::Answer("there is no token in it".into()))?;
    let base = session.server.base.as_str().trim_end_matches('/');
    let link = format!("{base}/console/staff/invitation/{token}");
    if let Some(file) = file {
        file.keep(&link)?;
        answer["token"] = Value::Null;
        return session.output.result(&answer, || {
            "they are invited, and the link is in the file".to_owned()
        });
    }
    session.output.result(&answer, || {
        format!(
            "{}\n(good once, for three days; it is not shown again)",
            shown(&link)
        )
    })
}
