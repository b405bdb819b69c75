#![doc = include_str!("../README.md")]
#![allow(clippy::print_stdout, reason = "its tables are its purpose")]

mod connection;
mod machine;
mod process;
mod records;
mod run;
mod s3;
mod shares;
mod suite;
mod transfer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use connection::Target;
use run::{Kind, Load};

/// Anything that ends a run: a rate with failures in it means nothing.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Puts the server under load and measures.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Store new items of one size.
    Put(LoadArgs),
    /// Fetch items of one size over and over.
    Get(LoadArgs),
    /// List pages of a hundred items.
    List(LoadArgs),
    /// Take in records of seven fields, each about somebody new.
    AddRecord(LoadArgs),
    /// Find such records by their e-mail address, and read them.
    FindRecord(LoadArgs),
    /// Start a server, and measure everything that docs/performance.md states.
    Suite(SuiteArgs),
    /// Measure any server that speaks S3.
    S3(Box<s3::S3Args>),
    /// Measure what hashing, sealing, TLS and the disk cost on this machine.
    Shares(SharesArgs),
}

#[derive(Debug, Args)]
struct LoadArgs {
    /// Where the server is.
    #[arg(long, default_value = "https://127.0.0.1:8443")]
    server: String,
    /// The certificate of the installation's own CA.
    #[arg(long)]
    ca: PathBuf,
    /// A file with an API key that may make datasets and items.
    #[arg(long)]
    key_file: PathBuf,
    /// How many clients, each with its own connection and one request at a time.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Bytes of an item.
    #[arg(long, default_value_t = 4096)]
    size: usize,
    /// How long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[derive(Debug, Args)]
struct SuiteArgs {
    /// The server's program, built with --release.
    #[arg(long, default_value = "target/release/bailee")]
    bailee: PathBuf,
    /// A folder on the disk that is to be measured.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// How long each rate is measured.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// The sizes of large objects, in gibibytes.
    #[arg(long, value_delimiter = ',', default_value = "1,4")]
    gibibytes: Vec<u64>,
}

#[derive(Debug, Args)]
struct SharesArgs {
    /// A folder on the disk that is to be measured.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(carry_out(cli)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(cli: Cli) -> Outcome<()> {
    match cli.command {
        Command::Put(args) => one(Kind::Put, args).await,
        Command::Get(args) => one(Kind::Get, args).await,
        Command::List(args) => one(Kind::List, args).await,
        Command::AddRecord(args) => one(Kind::AddRecord, args).await,
        Command::FindRecord(args) => one(Kind::FindRecord, args).await,
        Command::Suite(args) => {
            suite::run(
                &args.bailee,
                &args.folder,
                Duration::from_secs(args.seconds),
                &args.gibibytes,
            )
            .await
        }
        Command::S3(args) => s3::run(*args).await,
        Command::Shares(args) => {
            println!("{}", machine::describe(&args.folder)?);
            println!("{}", shares::measure(&args.folder)?);
            Ok(())
        }
    }
}

async fn one(kind: Kind, args: LoadArgs) -> Outcome<()> {
    let key = std::fs::read_to_string(&args.key_file)?;
    let target = Target::new(&args.server, &args.ca, key.trim())?;
    let load = Load {
        kind,
        clients: args.clients,
        size: args.size,
        time: Duration::from_secs(args.seconds),
    };
    println!("{}", run::HEAD);
    println!("{}", load.run(&target).await?);
    Ok(())
}
