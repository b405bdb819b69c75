//! `bailee mail`: whether letters leave, and what became of them.
//!
//! Promises: nothing shows what a letter says or to whom it goes; all commands work beside a running server. Leaves out: writing letters. What a message that
//! comes in becomes is in `incoming`.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use gate::Gate;
use kernel::{Clock as _, Cursor, Page, PageRequest, Random as _, SystemClock, SystemRandom};
use outbox::{Address, Entry, Fate, Figures, Language, State, Which};
use serde_json::json;
use store::Db;

use super::incoming::{self, InArgs};
use super::{Mail, Mailer};
use crate::config::{ConfigFlags, Settings};
use crate::failure::Failure;
use crate::out;
use crate::server::{Wiring, beside};

/// What to do about letters.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send a letter to an address now, by the mail server of the configuration, and say what came of it.
    Test(TestArgs),
    /// List letters, newest first: what waits, what was given up and why. Nothing shows what they say.
    List(ListArgs),
    /// Read one message from standard input, as a mail server's pipe gives it, and make it a request in a team's queue.
    In(InArgs),
    /// Try everything at once that waits, or that was given up and can still be sent.
    Retry(RetryArgs),
}

/// Whom to write to.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Where the letter goes.
    address: Address,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Which letters to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only those that stand so.
    #[arg(long, value_name = "STATE")]
    state: Option<StateName>,
    /// Only those to this address that were tried at least once. Takes the root key.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "state")]
    to: Option<Address>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: u32,
    /// Those after this page's end.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

/// Where to try again.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StateName {
    Waiting,
    Sent,
    GivenUp,
}

impl StateName {
    fn state(self) -> State {
        match self {
            Self::Waiting => State::Waiting,
            Self::Sent => State::Sent,
            Self::GivenUp => State::GivenUp,
        }
    }
}

/// Carries it out.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Test(args) => test(&args).await,
        Command::List(args) => list(&args).await,
        Command::In(args) => Ok(incoming::run(&args).await),
        Command::Retry(args) => retry(&args).await,
    }
}

async fn test(args: &TestArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let Some(mailer) = Mailer::of(
        &settings,
        settings.public_url.as_deref().unwrap_or("https://localhost"),
        &Gate::unattended(),
    )?
    else {
        return Err(Failure::Said(
            "no mail server is configured: set `mail.server` and `mail.from`".into(),
        ));
    };
    let mut id = [0; 16];
    SystemRandom.fill(&mut id);
    let mail = Mail {
        id: hex::encode(id),
        to: &args.address,
        subject: "A letter to try the mail server",
        text: "Letters of this installation arrive. Nothing has to be done.\n",
        language: &Language::default(),
        made_at: SystemClock.now(),
    };
    match mailer.send(&mail).await {
        Fate::Sent => {
            out::line("the mail server took the letter; see whether it arrived");
            Ok(ExitCode::SUCCESS)
        }
        Fate::Later(trouble) | Fate::Never(trouble) => Err(Failure::Said(trouble.to_string())),
    }
}

async fn list(args: &ListArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let (db, which) = match &args.to {
        None => (
            open(&settings).await?,
            args.state.map_or(Which::All, |name| Which::In(name.state())),
        ),
        Some(address) => {
            let custody = beside::custody(&settings, Wiring::system()).await?;
            (
                custody.desk().db.clone(),
                Which::To(custody.outbox_key().await?.hash(address)),
            )
        }
    };
    let mut page = PageRequest::first(args.limit);
    let after = args.after.as_deref().map(Cursor::from_text).transpose();
    page.after = after.map_err(|error| Failure::Said(format!("--after: {error}")))?;
    let look = move |tx: &mut store::Tx| {
        Ok::<_, outbox::Error>((outbox::list(tx, which, &page)?, outbox::figures(tx)?))
    };
    let (listed, figures) = db.read(look).await?;
    match args.json {
        true => out::line(json!({ "letters": listed.items, "next": listed.next, "figures": figures })),
        false => out::line(text_of(&listed, figures)),
    }
    Ok(ExitCode::SUCCESS)
}

async fn retry(args: &RetryArgs) -> Result<ExitCode, Failure> {
    let settings = crate::settings(&args.config)?;
    let db = open(&settings).await?;
    let now = SystemClock.now();
    let letters = db.write(move |tx| outbox::again(tx, now)).await?;
    match args.json {
        true => out::line(json!({ "letters": letters })),
        false => out::line(format_args!(
            "{letters} letters are tried as soon as a server runs"
        )),
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(settings: &Settings) -> Result<Db, Failure> {
    let nothing = || {
        let folder = settings.data.display();
        Failure::Said(format!(
            "nothing is installed in {folder}: name the right folder with --data"
        ))
    };
    Wiring::system()
        .open_existing(settings)
        .await?
        .ok_or_else(nothing)
}

fn text_of(page: &Page<Entry>, figures: Figures) -> String {
    let mut text: String = page.items.iter().map(line).collect();
    if let Some(next) = &page.next {
        text.push_str(&format!("more: --after {}\n", next.to_text()));
    }
    let Figures {
        waiting, given_up, ..
    } = figures;
    format!("{text}{waiting} letters wait, {given_up} were given up")
}

fn line(entry: &Entry) -> String {
    let tenant = entry
        .tenant
        .map_or_else(|| "the installation".to_owned(), |tenant| tenant.to_string());
    let (state, kind, attempts) = (entry.state.as_str(), &entry.kind, entry.attempts);
    let mut text = format!(
        "{state:<9} {}  {kind:<24} {tenant}  tried {attempts} times\n",
        entry.made_at
    );
    if let Some(trouble) = &entry.trouble {
        text.push_str(&format!("{:<9} {trouble}\n", ""));
    }
    if let Some(next) = entry.next_at {
        text.push_str(&format!("{:<9} next at {next}\n", ""));
    }
    text
}
