//! `bailee admission`: what a team asks of its members before they see anything.

use kernel::{AdmissionStepId, MemberId, Timestamp};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const STANDING: [Column; 8] = [
    text("STEP", "/id"),
    text("KIND", "/kind"),
    text("TITLE", "/title"),
    text("VERSION", "/version"),
    text("GOOD", "/good"),
    text("UNTIL", "/done/good_until"),
    text("RECORDED", "/done/recorded_by"),
    text("EVIDENCE", "/done/evidence"),
];

const STEP: [Column; 5] = [
    text("STEP", "/id"),
    text("KIND", "/kind"),
    text("TITLE", "/title"),
    text("VERSION", "/version"),
    text("DAYS", "/good_for_days"),
];

const WAITING: [Column; 2] = [text("MEMBER", "/member"), text("MISSING", "/missing")];

/// See and do what is asked of members before they see anything.
#[derive(Debug, clap::Args)]
pub struct AdmissionArgs {
    #[command(subcommand)]
    pub action: Option<AdmissionAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, it is shown how you stand.
#[derive(Debug, clap::Subcommand)]
pub enum AdmissionAction {
    /// Accept a policy that you have read.
    Accept {
        /// Which.
        step: AdmissionStepId,
        /// The version that you have read.
        #[arg(long, value_name = "VERSION")]
        as_version: String,
    },
    /// Show how a member stands.
    Of {
        /// Whom.
        member: MemberId,
    },
    /// List who is not let in, and what they miss.
    Waiting,
    /// Record that a member has signed, learned or been screened.
    Record {
        /// Which step.
        step: AdmissionStepId,
        /// Whom.
        member: MemberId,
        /// Of which version.
        #[arg(long, value_name = "VERSION")]
        as_version: String,
        /// When they did.
        #[arg(long, value_name = "TIME")]
        done: Timestamp,
        /// Until when it is good; as long as the step says if left out.
        #[arg(long, value_name = "TIME")]
        good_until: Option<Timestamp>,
        /// Where the evidence lies.
        #[arg(long)]
        evidence: String,
    },
    /// Take back what was recorded or accepted of a member.
    Withdraw {
        /// Which step.
        step: AdmissionStepId,
        /// Whom.
        member: MemberId,
    },
    /// Ask everybody for a step from now on, yourself included.
    Ask(Asked),
    /// Change a step; where its version is another, everybody does it anew.
    Change {
        /// Which.
        step: AdmissionStepId,
        #[command(flatten)]
        asked: Asked,
    },
    /// Take a step away.
    Remove {
        /// Which.
        step: AdmissionStepId,
    },
}

/// What is asked.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// policy, confidentiality, training or screening.
    #[arg(long)]
    kind: String,
    /// What it is called.
    #[arg(long)]
    title: String,
    /// Its version.
    #[arg(long, value_name = "VERSION")]
    as_version: String,
    /// Where it is to be found.
    #[arg(long, default_value = "")]
    place: String,
    /// How many days it is good for; for ever if left out.
    #[arg(long, value_name = "DAYS")]
    good_for: Option<u32>,
}

impl Asked {
    fn body(&self) -> Value {
        let mut body = json!({
            "kind": self.kind, "title": self.title, "version": self.as_version, "place": self.place
        });
        self.good_for
            .iter()
            .for_each(|days| body["good_for_days"] = json!(days));
        body
    }
}

/// Does what was asked.
pub(crate) async fn run(args: &AdmissionArgs, session: &Session) -> Result<(), Failure> {
    let server = &session.server;
    match &args.action {
        None => stands(session, &Call::get(&["admission"])).await,
        Some(AdmissionAction::Of { member }) => {
            stands(
                session,
                &Call::get(&["members", &member.to_string(), "admission"]),
            )
            .await
        }
        Some(AdmissionAction::Accept { step, as_version }) => {
            let call = Call::post(&["admission", "steps", &step.to_string(), "accept"]);
            stands(session, &call.json(&json!({ "version": as_version }))?).await
        }
        Some(AdmissionAction::Waiting) => {
            let call = Call::get(&["admission", "waiting"]).query("limit", Some(1_000));
            session.list(call, &WAITING, usize::MAX).await.map(drop)
        }
        Some(AdmissionAction::Record {
            step,
            member,
            as_version,
            done,
            good_until,
            evidence,
        }) => {
            let mut body = json!({ "version": as_version, "done_at": done, "evidence": evidence });
            good_until
                .iter()
                .for_each(|until| body["good_until"] = json!(until));
            let (step, member) = (step.to_string(), member.to_string());
            let call = Call::put(&["admission", "steps", &step, "members", &member]);
            stands(session, &call.json(&body)?).await
        }
        Some(AdmissionAction::Withdraw { step, member }) => {
            let (step, member) = (step.to_string(), member.to_string());
            let call = Call::delete(&["admission", "steps", &step, "members", &member]);
            stands(session, &call).await
        }
        Some(AdmissionAction::Ask(asked)) => {
            let call = Call::post(&["admission", "steps"]).json(&asked.body())?;
            session.output.record(&server.json(&call).await?, &STEP)
        }
        Some(AdmissionAction::Change { step, asked }) => {
            let call = Call::put(&["admission", "steps", &step.to_string()]).json(&asked.body())?;
            session.output.record(&server.json(&call).await?, &STEP)
        }
        Some(AdmissionAction::Remove { step }) => {
            let call = Call::delete(&["admission", "steps", &step.to_string()]);
            server.send(&call).await?;
            let told = json!({ "step": step });
            session
                .output
                .result(&told, || format!("not asked any more  {step}"))
        }
    }
}

/// Shows how somebody stands, a line for each step.
async fn stands(session: &Session, call: &Call) -> Result<(), Failure> {
    let answer = session.server.json(call).await?;
    let steps = answer.get("steps").and_then(Value::as_array).cloned();
    session.output.rows(&STANDING, &steps.unwrap_or_default(), true)
}
