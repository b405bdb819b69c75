//! The command line: which commands there are, and who carries them out.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::backups::{BackupArgs, DrillArgs, RestoreArgs};
use crate::config::{self, ConfigFlags};
use crate::doctor::DoctorArgs;
use crate::failure::Failure;
use crate::serve::ServeArgs;
use crate::server::Wiring;
use crate::{
    assurance, backups, client, demo, doctor, egress, keys, mail, out, profiles, redact, report, serve,
    verify,
};

/// Keeps other people's data, and accounts for it.
#[derive(Debug, Parser)]
#[command(
    name = "bailee",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a server with four invented companies, and tell what happens to their data.
    Demo(demo::DemoArgs),
    /// Run the server. The first start makes what is missing: folder, root key, certificate, operator's key.
    Serve(ServeArgs),
    /// Look for what is wrong, and say how to mend it.
    Doctor(DoctorArgs),
    /// Show the configuration that counts, and where each value comes from.
    ///
    /// An approved entry of the register `configurations` names the SHA-256 of what `--canonical` prints.
    Config(ConfigArgs),
    /// Make, show, change and protect the root key; issue keys by it where all others were lost.
    #[command(subcommand)]
    Keys(keys::command::Command),
    /// Back up this installation: rows, wrapped keys apart from them, and the objects that the backup before does not have.
    Backup(BackupArgs),
    /// Restore a backup into an empty place, and erase again what was erased since.
    Restore(RestoreArgs),
    /// Restore the newest backup beside, verify it, open samples of it, and throw the copy away.
    Drill(DrillArgs),
    /// Verify receipts, checkpoints and whole logs, without trust in the server they came from.
    Verify(verify::VerifyArgs),
    /// Keep a copy of a log in a folder, and refuse what does not continue it.
    Mirror(verify::MirrorArgs),
    /// Copy this installation's own log into a folder, for those who verify it offline.
    ExportLog(ExportArgs),
    /// Take what identifies people out of files, on this machine: DICOM, pictures, text, JSON and CSV.
    Redact(redact::RedactArgs),
    /// Show what this installation claims, and how each claim stands.
    Claims(assurance::ClaimsArgs),
    /// List the hosts that the server connects to, each with what it is for. It connects to nobody else.
    Egress(egress::EgressArgs),
    /// Try the mail server; list letters that wait or were given up, and try them again; take a message in. The server may be running.
    #[command(subcommand)]
    Mail(mail::command::Command),
    /// Look at profiles: what the public page says, under which headings and in which words.
    #[command(subcommand)]
    Trust(profiles::TrustCommand),
    /// List the checks behind the claims, or run them now. The server may be running.
    #[command(subcommand)]
    Checks(assurance::ChecksCommand),
    /// Make reports about a period from what this installation has kept. The server may be running.
    #[command(subcommand)]
    Report(report::ReportCommand),
    #[command(flatten)]
    Client(client::ClientCommand),
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The folder; one with an earlier copy is continued.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

#[derive(Debug, Args)]
struct ConfigArgs {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    /// Print what counts, without where it comes from, as the text that is approved. Secrets are left out.
    #[arg(long, conflicts_with_all = ["json", "hash"])]
    canonical: bool,
    /// Print the SHA-256 of that text.
    #[arg(long, conflicts_with = "json")]
    hash: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Carries out what was asked for.
///
/// # Errors
/// [`Failure`], as a sentence with what to do.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Doctor(args) => doctor::run(args).await,
        Command::Config(args) => show_config(&args),
        Command::Keys(command) => keys::command::run(command).await,
        Command::Backup(args) => backups::make(&args).await,
        Command::Restore(args) => backups::restore(&args).await,
        Command::Drill(args) => backups::drill(&args).await,
        Command::Verify(args) => Ok(verify::run(args).await),
        Command::Mirror(args) => Ok(verify::mirror(args).await),
        Command::ExportLog(args) => export_log(&args).await,
        Command::Redact(args) => Ok(redact::run(&args)),
        Command::Claims(args) => assurance::claims(&args).await,
        Command::Egress(args) => egress::run(&args),
        Command::Mail(command) => mail::command::run(command).await,
        Command::Trust(command) => profiles::run(&command).await,
        Command::Checks(command) => assurance::checks(&command).await,
        Command::Report(command) => report::run(&command).await,
        Command::Client(command) => Ok(client::run(command).await),
    }
}

/// Shows also what does not fit, so that it can be found.
fn show_config(args: &ConfigArgs) -> Result<ExitCode, Failure> {
    let layers = crate::layers(&args.config)?;
    if args.json {
        out::line(config::as_json(&layers));
    } else if args.hash {
        out::line(hex::encode(config::fingerprint(&layers)));
    } else if args.canonical {
        out::line(config::as_canonical(&layers).trim_end());
    } else {
        out::line(config::as_text(&layers).trim_end());
    }
    layers
        .warnings
        .iter()
        .for_each(|warning| out::note(format_args!("warning: {warning}")));
    config::Settings::of(&layers)?;
    Ok(ExitCode::SUCCESS)
}

async fn export_log(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let nothing = || {
        Failure::Said(format!(
            "nothing is installed in {}: name the right folder with --data",
            settings.data.display()
        ))
    };
    let db = Wiring::system()
        .open_existing(&settings)
        .await?
        .ok_or_else(nothing)?;
    let done = verify::export_stored(db, &args.folder, args.json).await;
    Ok(done.map_or_else(|failure| failure.report(args.json), |()| ExitCode::SUCCESS))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn configuration_is_read_from_flags() {
        let cli = Cli::try_parse_from([
            "bailee",
            "config",
            "--listen",
            "127.0.0.1:1",
            "--root-key-file",
            "k",
        ])
        .unwrap();
        let Command::Config(args) = cli.command else {
            panic!("another command")
        };
        let wanted = [
            ("listen", "127.0.0.1:1".to_owned()),
            ("root.key_file", "k".to_owned()),
        ];
        assert_eq!(args.config.values, wanted);
        assert!(Cli::try_parse_from(["bailee", "serve", "--root-passphrase", "secret"]).is_err());
    }
}
