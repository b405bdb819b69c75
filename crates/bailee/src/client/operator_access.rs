//! `bailee operator-access`: the operator looks into a tenant for a while, because the tenant lets them.

use std::path::PathBuf;

use kernel::{DatasetId, OperatorAccessId};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::keys::tell_secret;
use super::output::{Column, text};
use super::secret_file::SecretFile;
use super::since::Span;

const ACCESS: [Column; 8] = [
    text("ID", "/id"),
    text("STATE", "/state"),
    text("ASKED", "/asked_at"),
    text("BY", "/asked_by"),
    text("DATASET", "/dataset"),
    text("ORIGINALS", "/originals"),
    text("ENDS", "/ends_at"),
    text("REASON", "/reason"),
];

const READS: [Column; 5] = [
    text("AT", "/at"),
    text("ACTION", "/event/action"),
    text("OUTCOME", "/event/outcome"),
    text("ITEM", "/event/resource/item"),
    text("EVENT", "/id"),
];

/// Let the operator look for a while; as the operator, ask for it.
#[derive(Debug, clap::Args)]
pub struct OperatorAccessArgs {
    #[command(subcommand)]
    pub action: Option<OperatorAccessAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, what was asked for is listed.
#[derive(Debug, clap::Subcommand)]
pub enum OperatorAccessAction {
    /// List what was asked for, and what came of it.
    List,
    /// As the operator: ask a tenant to be let in.
    Ask {
        /// The tenant's short name.
        tenant: String,
        /// For how long, such as 30m or 2h; 8 hours at most.
        #[arg(long = "for", value_name = "SPAN")]
        life: Span,
        /// Why; the tenant reads it.
        #[arg(long)]
        why: String,
        /// The dataset to look into; only which datasets there are if left out.
        #[arg(long, value_name = "ID")]
        dataset: Option<DatasetId>,
        /// Original bytes, too.
        #[arg(long, requires = "dataset")]
        originals: bool,
    },
    /// As the operator: take the key of an access that was approved. Its secret is shown once.
    Key {
        /// Which.
        access: OperatorAccessId,
        /// Write the secret to this new file instead of showing it.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Let the operator look, for as long as they asked.
    Approve {
        /// Which.
        access: OperatorAccessId,
    },
    /// Do not let the operator look.
    Refuse {
        /// Which.
        access: OperatorAccessId,
    },
    /// End an access at once.
    End {
        /// Which.
        access: OperatorAccessId,
    },
    /// List what was done by an access.
    Reads {
        /// Which.
        access: OperatorAccessId,
    },
}

/// Does what was asked.
pub(crate) async fn run(args: &OperatorAccessArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None | Some(OperatorAccessAction::List) => {
            let call = Call::get(&["operator-access"]).query("limit", Some(1_000));
            session.list(call, &ACCESS, usize::MAX).await.map(drop)
        }
        Some(OperatorAccessAction::Ask {
            tenant,
            life,
            why,
            dataset,
            originals,
        }) => {
            let minutes = life.0.as_secs().div_ceil(60);
            let mut body =
                json!({ "tenant": tenant, "minutes": minutes, "reason": why, "originals": originals });
            dataset
                .iter()
                .for_each(|dataset| body["dataset"] = json!(dataset));
            let asked = session
                .server
                .json(&Call::post(&["operator-access"]).json(&body)?)
                .await?;
            session.output.record(&asked, &ACCESS)
        }
        Some(OperatorAccessAction::Key { access, secret_file }) => {
            let file = secret_file.as_deref().map(SecretFile::create).transpose()?;
            tell_secret(session, say(session, access, "key").await?, "/secret", file)
        }
        Some(OperatorAccessAction::Approve { access }) => decide(session, access, "approve").await,
        Some(OperatorAccessAction::Refuse { access }) => decide(session, access, "refuse").await,
        Some(OperatorAccessAction::End { access }) => decide(session, access, "end").await,
        Some(OperatorAccessAction::Reads { access }) => {
            let call = Call::get(&["operator-access", &access.to_string(), "reads"]);
            let call = call.query("limit", Some(1_000));
            session.list(call, &READS, usize::MAX).await.map(drop)
        }
    }
}

async fn say(session: &Session, access: &OperatorAccessId, word: &str) -> Result<Value, Failure> {
    let call = Call::post(&["operator-access", &access.to_string(), word]);
    session.server.json(&call).await
}

async fn decide(session: &Session, access: &OperatorAccessId, word: &str) -> Result<(), Failure> {
    let answer = say(session, access, word).await?;
    session.output.record(&answer, &ACCESS)
}
