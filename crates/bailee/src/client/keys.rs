//! `bailee key`: API keys. (`bailee keys` is about the root key of an installation.)

use std::path::PathBuf;

use kernel::{DatasetId, KeyId, MemberId, Timestamp};
use serde_json::{Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, shown, text};
use super::secret_file::SecretFile;
use super::since::Span;

const KEY: [Column; 11] = [
    text("ID", "/id"),
    text("KIND", "/kind"),
    text("LABEL", "/label"),
    text("MEMBER", "/member"),
    text("MADE", "/made_at"),
    text("EXPIRES", "/expires_at"),
    text("INVALIDATED", "/invalidated_at"),
    text("USED", "/last_used_at"),
    text("ACTIONS", "/actions"),
    text("PREFIXES", "/prefixes"),
    text("ADDRESSES", "/addresses"),
];

/// List, issue and invalidate API keys.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    pub action: Option<KeyAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with keys; without any, they are listed.
#[derive(Debug, clap::Subcommand)]
pub enum KeyAction {
    /// List them.
    List,
    /// Issue one. Its secret is shown once.
    Issue {
        /// What to call it.
        #[arg(long)]
        label: String,
        /// Whose it is to be; yours if left out.
        #[arg(long)]
        member: Option<MemberId>,
        /// Until when it works; open if left out.
        #[arg(long, value_name = "TIME")]
        expires: Option<Timestamp>,
        /// For how long it works, such as 8h or 30d.
        #[arg(long = "for", value_name = "SPAN", conflicts_with = "expires")]
        life: Option<Span>,
        #[command(flatten)]
        actions: Actions,
        /// Only this dataset; may be given several times.
        #[arg(long = "dataset", value_name = "ID")]
        datasets: Vec<DatasetId>,
        #[command(flatten)]
        reach: Reach,
        /// Write the secret to this new file instead of showing it.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Make one unusable at once, for ever.
    Invalidate {
        /// Which.
        key: KeyId,
    },
}

/// What a key is only for.
#[derive(Debug, Default, clap::Args)]
pub struct Actions {
    /// Only this action, such as item.download or item.*; may be given several times.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<String>,
    /// Only to find and read: no writing, archiving or deleting.
    #[arg(long, conflicts_with = "actions")]
    read_only: bool,
}

/// Where a key only reaches, and from where.
#[derive(Debug, Default, clap::Args)]
pub struct Reach {
    /// Only items whose name begins so; may be given several times.
    #[arg(long = "prefix", value_name = "PREFIX")]
    prefixes: Vec<String>,
    /// Only from these network addresses, such as 203.0.113.0/24; may be given several times.
    #[arg(long = "address", value_name = "RANGE")]
    addresses: Vec<String>,
}

/// What `--read-only` stands for.
const READ_ONLY: [&str; 6] = [
    "dataset.list",
    "dataset.view",
    "item.browse",
    "item.view",
    "item.download",
    "record.search",
];

impl Actions {
    pub(super) fn are_given(&self) -> bool {
        self.read_only || !self.actions.is_empty()
    }

    pub(super) fn add_to(&self, body: &mut Value) {
        if self.read_only {
            body["actions"] = json!(READ_ONLY);
        } else if !self.actions.is_empty() {
            body["actions"] = json!(self.actions);
        }
    }
}

impl Reach {
    pub(super) fn is_given(&self) -> bool {
        !self.prefixes.is_empty() || !self.addresses.is_empty()
    }

    pub(super) fn add_to(&self, body: &mut Value) {
        for (name, list) in [("prefixes", &self.prefixes), ("addresses", &self.addresses)] {
            if !list.is_empty() {
                body[name] = json!(list);
            }
        }
    }
}

/// Does what was asked.
pub(crate) async fn run(args: &KeyArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        None | Some(KeyAction::List) => {
            let call = Call::get(&["keys"]).query("limit", Some(1_000));
            session.list(call, &KEY, usize::MAX).await.map(drop)
        }
        Some(KeyAction::Issue {
            label,
            member,
            expires,
            life,
            actions,
            datasets,
            reach,
            secret_file,
        }) => {
            let mut body = json!({ "label": label });
            let mut add = |name: &str, value: Option<Value>| value.map(|value| body[name] = value);
            add("member", member.map(|member| json!(member)));
            let end = life.map(|Span(life)| session.clock.now().plus(life)).or(*expires);
            add("expires_at", end.map(|moment| json!(moment)));
            add("datasets", (!datasets.is_empty()).then(|| json!(datasets)));
            actions.add_to(&mut body);
            reach.add_to(&mut body);
            let file = secret_file.as_deref().map(SecretFile::create).transpose()?;
            let answer = session.server.json(&Call::post(&["keys"]).json(&body)?).await?;
            tell_secret(session, answer, "/secret", file)
        }
        Some(KeyAction::Invalidate { key }) => {
            let answer = session
                .server
                .json(&Call::delete(&["keys", &key.to_string()]))
                .await?;
            session.output.result(&answer, || format!("invalidated  {key}"))
        }
    }
}

/// Shows a new secret, or puts it into its file and shows the rest.
pub(crate) fn tell_secret(
    session: &Session,
    mut answer: Value,
    pointer: &str,
    file: Option<SecretFile>,
) -> Result<(), Failure> {
    let secret = answer.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let secret = secret.ok_or_else(|| Failure::Answer("there is no secret in it".into()))?;
    if let Some(file) = file {
        file.keep(&secret)?;
        if let Some(value) = answer.pointer_mut(pointer) {
            *value = Value::Null;
        }
        return session.output.result(&answer, || {
            "the key was issued, and its secret is in the file".to_owned()
        });
    }
    session.output.result(&answer, || {
        format!("{}\n(this secret is not shown again)", shown(&secret))
    })
}
