//! Commands for people and scripts that use a server: they speak the REST API with an API key, and know nothing else
//! of it.
//!
//! Promises: exit codes 0 done, 1 refused or failed, 2 the command line or an input cannot be used, 3 the server gives
//! no answer; results on standard output (`--json`: one object per line), everything else on standard error; no key
//! in the arguments of a process; no byte outside the folder that was named. Leaves out: any right of its own. What a
//! key may not do, these commands cannot.

mod access;
mod admission;
mod asks;
mod call;
mod connection;
mod datasets;
mod disposition;
mod download;
mod duties;
mod exports;
pub mod failure;
mod get;
mod head;
mod holds;
mod keys;
mod lifecycle;
mod listing;
mod matrix;
mod members;
mod operator_access;
pub(crate) mod output;
mod own_bucket;
mod pages;
mod partial;
pub(crate) mod patience;
mod place;
mod portal;
mod processing;
pub(crate) mod progress;
mod put;
mod quarantine;
mod records;
mod recover;
mod reference;
mod requests;
mod retention;
mod s3_env;
mod search;
mod secret_file;
pub(crate) mod server;
mod shares;
mod since;
mod staff;
mod subjects;
mod tasks;
mod tenants;
mod trail;
pub(crate) mod walk;
mod webhooks;

#[cfg(test)]
mod tests;

use std::process::ExitCode;
use std::sync::Arc;

use kernel::{Clock, Random, SystemClock, SystemRandom};
use serde_json::Value;

pub use connection::ConnectionArgs;
pub(crate) use connection::{causes, http_client, read_small};
pub use failure::Failure;

use call::Call;
use output::{Output, shown};
use server::Server;

/// The commands of a client. Flatten it into the program's own commands.
#[derive(Debug, clap::Subcommand)]
pub enum ClientCommand {
    /// Store files or records in a dataset.
    Put(put::PutArgs),
    /// Fetch an item, or a whole dataset.
    Get(get::GetArgs),
    /// List items, or datasets when none is named.
    Ls(listing::LsArgs),
    /// Find records by the value of a searchable field.
    Search(search::SearchArgs),
    /// Declare kinds of records; take records in, find them, show them and put them right.
    Records(records::RecordsArgs),
    /// Take items out of use; they can be taken back into use, or deleted.
    Archive(lifecycle::ArchiveArgs),
    /// Take archived items back into use.
    Unarchive(lifecycle::UnarchiveArgs),
    /// Delete archived items for good: their keys are destroyed.
    Rm(lifecycle::RmArgs),
    /// Read the trail: who did what, when, and why.
    Trail(trail::TrailArgs),
    /// Fetch the receipt of an event, which proves it without this server.
    Receipt(trail::ReceiptArgs),
    /// List, make, archive, restore, delete and share datasets.
    Datasets(datasets::DatasetsArgs),
    /// List, make, take away and delete exports of a dataset.
    Exports(exports::ExportsArgs),
    /// List, make and withdraw links by which the public reaches a dataset or an export.
    Shares(shares::SharesArgs),
    /// List, issue and invalidate API keys.
    Key(keys::KeyArgs),
    /// Make a new owner's key with the recovery code.
    Recover(recover::RecoverArgs),
    /// List, invite, change, disable and enable members.
    Members(members::MembersArgs),
    /// See and settle how long things are kept.
    Retention(retention::RetentionArgs),
    /// Put things on legal hold, so that nothing deletes them; lift holds.
    Holds(holds::HoldsArgs),
    /// List what could not be cleaned of what identifies people, let it out or delete it.
    Quarantine(quarantine::QuarantineArgs),
    /// See and complete the register of processing activities (GDPR 30), and write it into files for others.
    Processing(processing::ProcessingArgs),
    /// See and settle the team's page for the people its data is about.
    Portal(portal::PortalArgs),
    /// Take in, check, decide and answer what people ask for about their data.
    Requests(requests::RequestsArgs),
    /// Find the people the data is about, restrict and erase what is kept about them.
    Subjects(subjects::SubjectsArgs),
    /// Ask for work, do it, give it back; assign it and take it away.
    Task(tasks::TaskArgs),
    /// List staff of the installation, invite them, and shut them out.
    Staff(staff::StaffArgs),
    /// Make and list tenants, and sign a contract.
    Tenant(tenants::TenantArgs),
    /// Print what S3 tools need to act with this key, for a shell to read: eval "$(bailee s3-env)".
    S3Env(s3_env::S3EnvArgs),
    /// Print a URL that fetches an item straight from its dataset's own bucket, for a minute.
    Url(own_bucket::UrlArgs),
    /// Find out who can see an item, and what a member can see.
    Access(access::AccessArgs),
    /// See and do what is asked of members before they see anything.
    Admission(admission::AdmissionArgs),
    /// See and settle who answers for what, and which two duties nobody holds together.
    Duties(duties::DutiesArgs),
    /// See and settle which addresses are told of the team's events, and what was sent to them.
    Webhooks(webhooks::WebhooksArgs),
    /// Let the operator look into this tenant for a while, or not; as the operator, ask for it.
    OperatorAccess(operator_access::OperatorAccessArgs),
    /// Print who may do what.
    Matrix(matrix::MatrixArgs),
}

/// What every command works with.
pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) output: Output,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Runs a command to its end and gives the exit code.
pub async fn run(command: ClientCommand) -> ExitCode {
    let connection = command.connection().clone();
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let done = match connection.connect(&|name| std::env::var(name).ok(), random) {
        Ok(server) => {
            let (output, clock) = (Output::standard(connection.json), Arc::new(SystemClock));
            command
                .run(&Session {
                    server,
                    output,
                    clock,
                })
                .await
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok(()) => ExitCode::from(failure::DONE),
        Err(failure) => failure.report(connection.json),
    }
}

impl ClientCommand {
    fn connection(&self) -> &ConnectionArgs {
        match self {
            Self::Put(args) => &args.connection,
            Self::Get(args) => &args.connection,
            Self::Ls(args) => &args.connection,
            Self::Search(args) => &args.connection,
            Self::Records(args) => &args.connection,
            Self::Recover(args) => &args.connection,
            Self::Archive(args) => &args.connection,
            Self::Unarchive(args) => &args.connection,
            Self::Rm(args) => &args.connection,
            Self::Trail(args) => &args.connection,
            Self::Receipt(args) => &args.connection,
            Self::Datasets(args) => &args.connection,
            Self::Exports(args) => &args.connection,
            Self::Shares(args) => &args.connection,
            Self::Key(args) => &args.connection,
            Self::Members(args) => &args.connection,
            Self::Retention(args) => &args.connection,
            Self::Holds(args) => &args.connection,
            Self::Quarantine(args) => &args.connection,
            Self::Processing(args) => &args.connection,
            Self::Portal(args) => &args.connection,
            Self::Requests(args) => &args.connection,
            Self::Subjects(args) => &args.connection,
            Self::Task(args) => &args.connection,
            Self::Staff(args) => &args.connection,
            Self::Tenant(args) => &args.connection,
            Self::S3Env(args) => &args.connection,
            Self::Url(args) => &args.connection,
            Self::Access(args) => &args.connection,
            Self::Admission(args) => &args.connection,
            Self::Duties(args) => &args.connection,
            Self::Webhooks(args) => &args.connection,
            Self::OperatorAccess(args) => &args.connection,
            Self::Matrix(args) => &args.connection,
        }
    }

    pub(crate) async fn run(&self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Put(args) => put::run(args, session).await,
            Self::Get(args) => get::run(args, session).await,
            Self::Ls(args) => listing::run(args, session).await,
            Self::Search(args) => search::run(args, session).await,
            Self::Records(args) => records::run(args, session).await,
            Self::Recover(args) => recover::run(args, session).await,
            Self::Archive(args) => lifecycle::archive(args, session).await,
            Self::Unarchive(args) => lifecycle::unarchive(args, session).await,
            Self::Rm(args) => lifecycle::rm(args, session).await,
            Self::Trail(args) => trail::run(args, session).await,
            Self::Receipt(args) => trail::receipt(args, session).await,
            Self::Datasets(args) => datasets::run(args, session).await,
            Self::Exports(args) => exports::run(args, session).await,
            Self::Shares(args) => shares::run(args, session).await,
            Self::Key(args) => keys::run(args, session).await,
            Self::Members(args) => members::run(args, session).await,
            Self::Retention(args) => retention::run(args, session).await,
            Self::Holds(args) => holds::run(args, session).await,
            Self::Quarantine(args) => quarantine::run(args, session).await,
            Self::Processing(args) => processing::run(args, session).await,
            Self::Portal(args) => portal::run(args, session).await,
            Self::Requests(args) => requests::run(args, session).await,
            Self::Subjects(args) => subjects::run(args, session).await,
            Self::Task(args) => tasks::run(args, session).await,
            Self::Staff(args) => staff::run(args, session).await,
            Self::Tenant(args) => tenants::run(args, session).await,
            Self::S3Env(args) => s3_env::run(args, session).await,
            Self::Url(args) => own_bucket::url(args, session).await,
            Self::Access(args) => access::run(args, session).await,
            Self::Admission(args) => admission::run(args, session).await,
            Self::Duties(args) => duties::run(args, session).await,
            Self::Webhooks(args) => webhooks::run(args, session).await,
            Self::OperatorAccess(args) => operator_access::run(args, session).await,
            Self::Matrix(args) => matrix::run(args, session).await,
        }
    }
}

impl Session {
    /// The dataset that was named, or the only one there is.
    pub(crate) async fn dataset(&self, named: Option<&str>) -> Result<String, Failure> {
        if let Some(named) = named {
            return Ok(named.to_owned());
        }
        let mut active = Vec::new();
        let mut pages = self.server.pages(Call::get(&["datasets"]));
        while let Some(page) = pages.next().await? {
            let names = page
                .iter()
                .filter(|dataset| dataset.get("state").and_then(Value::as_str) != Some("archived"));
            active.extend(names.filter_map(|dataset| dataset.get("name")?.as_str().map(str::to_owned)));
        }
        match active.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Failure::usage(
                "there is no dataset yet: make one with `bailee datasets create NAME`",
            )),
            several => Err(Failure::usage(format!(
                "name one with --dataset: {}",
                shown(&several.join(", "))
            ))),
        }
    }

    /// All pages of a listing as one table, in one stream.
    pub(crate) async fn list(
        &self,
        call: Call,
        columns: &[output::Column],
        most: usize,
    ) -> Result<usize, Failure> {
        let (mut pages, mut shown) = (self.server.pages(call), 0);
        while let Some(mut page) = pages.next().await? {
            page.truncate(most - shown);
            self.output.rows(columns, &page, shown == 0)?;
            shown += page.len();
            if shown == most {
                break;
            }
        }
        Ok(shown)
    }
}
