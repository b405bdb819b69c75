//! `bailee report`: what was claimed, checked and found over a period, as files for auditors.
//!
//! Promises: works beside a running server; a folder that has something in it is not written into; that a report was made stands in the
//! operator's trail. Leaves out what the files say, which is the business of `evidence`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assurance::Assurance;
use clap::{Args, Subcommand};
use evidence::Evidence;
use evidence::pack::Written;
use evidence::soc2::{Choice, Target};
use serde_json::json;

use crate::config::ConfigFlags;
use crate::failure::Failure;
use crate::files;
use crate::out;
use crate::server::{Wiring, beside};

/// Which report.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Write OSCAL documents as JSON: catalog, component definition, assessment results, plan of action and milestones.
    ///
    /// The same state and the same period give the same bytes. Beside them lies runs.csv with every single run.
    Oscal(OscalArgs),
    /// Write a pack for a SOC 2 examination: system description, matrix of criteria and results, exceptions, populations, samples, receipts.
    ///
    /// index.html and report.pdf say the same; manifest.json says of every file what it is made of, and its hash.
    Soc2(Soc2Args),
    /// Show the criteria of a set, each with the claims that answer it and how they stand now.
    Criteria(CriteriaArgs),
    /// Write the claims as answers to a questionnaire, as CSV.
    Questionnaire(QuestionnaireArgs),
}

/// What `oscal` takes.
#[derive(Debug, Args)]
pub struct OscalArgs {
    #[command(flatten)]
    days: Days,
    /// The folder to write into; one that is new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// What `soc2` takes.
#[derive(Debug, Args)]
pub struct Soc2Args {
    #[command(flatten)]
    days: Days,
    /// The folder to write into; one that is new or empty.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "zip",
        conflicts_with = "zip"
    )]
    out: Option<PathBuf>,
    /// A ZIP archive to write instead; one that is not there yet.
    #[arg(long, value_name = "FILE")]
    zip: Option<PathBuf>,
    /// What samples are drawn by: a word of the auditor's choice. The same word draws the same lines.
    #[arg(long, value_name = "WORD")]
    seed: Option<String>,
    /// How many lines of each population are drawn, 1 to 1000.
    #[arg(long, value_name = "LINES", default_value_t = 25)]
    sample: u32,
    #[command(flatten)]
    common: Common,
}

/// What `criteria` takes.
#[derive(Debug, Args)]
pub struct CriteriaArgs {
    /// Which set: soc2, iso27001, hipaa or gdpr.
    #[arg(long, value_name = "SET")]
    set: String,
    /// Answer in CSV, a line for each claim.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    common: Common,
}

/// What `questionnaire` takes.
#[derive(Debug, Args)]
pub struct QuestionnaireArgs {
    /// The file to write; one that is not there yet.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    common: Common,
}

/// Which days.
#[derive(Debug, Args)]
struct Days {
    /// The first day, as 2026-01-01, in UTC.
    #[arg(long, value_name = "DAY")]
    from: String,
    /// The last day, as 2026-12-31; it belongs to the period.
    #[arg(long, value_name = "DAY")]
    to: String,
}

#[derive(Debug, Args)]
struct Common {
    /// Answer in JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFlags,
}

impl Common {
    async fn open(&self) -> Result<Evidence, Failure> {
        let settings = crate::settings(&self.config)?;
        let custody = beside::custody_with_places(&settings, Wiring::system()).await?;
        let assurance = Assurance::new(custody.clone(), vec![settings.data], "command")?;
        let assurance = assurance.with_profiles(crate::profiles::of(&settings.trust)?);
        Ok(Evidence::new(custody, assurance).named(&settings.trust.name))
    }

    fn say(&self, place: &Path, written: &[Written]) {
        if self.json {
            return out::line(json!({ "place": place, "files": written }));
        }
        for file in written {
            out::line(format_args!("{}  {:>10}  {}", file.sha256, file.size, file.path));
        }
        out::line(format_args!("\n{} files in {}", written.len(), place.display()));
    }
}

/// Makes the report.
///
/// # Errors
/// [`Failure`], with what to do.
pub async fn run(command: &ReportCommand) -> Result<ExitCode, Failure> {
    match command {
        ReportCommand::Oscal(args) => oscal(args).await,
        ReportCommand::Soc2(args) => soc2(args).await,
        ReportCommand::Criteria(args) => criteria(args).await,
        ReportCommand::Questionnaire(args) => questionnaire(args).await,
    }
}

async fn oscal(args: &OscalArgs) -> Result<ExitCode, Failure> {
    let evidence = args.common.open().await?;
    let period = evidence.period(&args.days.from, &args.days.to)?;
    let written = evidence.oscal(period, &args.out).await?;
    args.common.say(&args.out, &written);
    Ok(ExitCode::SUCCESS)
}

async fn soc2(args: &Soc2Args) -> Result<ExitCode, Failure> {
    let evidence = args.common.open().await?;
    let period = evidence.period(&args.days.from, &args.days.to)?;
    let (target, place) = match (&args.out, &args.zip) {
        (_, Some(file)) => (Target::Zip(file.clone()), file),
        (Some(folder), None) => (Target::Folder(folder.clone()), folder),
        (None, None) => return Err(Failure::Said("say where to: --out DIR or --zip FILE".to_owned())),
    };
    let choice = Choice {
        seed: args.seed.clone(),
        sample: args.sample,
    };
    let written = evidence.soc2(period, choice, &target).await?;
    args.common.say(place, &written);
    Ok(ExitCode::SUCCESS)
}

async fn criteria(args: &CriteriaArgs) -> Result<ExitCode, Failure> {
    let found = args.common.open().await?.criteria(&args.set).await?;
    if args.csv {
        let mut bytes = Vec::new();
        evidence::criteria::write_csv(&found, &mut bytes)?;
        out::line(String::from_utf8_lossy(&bytes).trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    if args.common.json {
        out::line(json!({ "criteria": found }));
        return Ok(ExitCode::SUCCESS);
    }
    for criterion in &found {
        let state = criterion.state.map_or("no claim", assurance::State::as_str);
        let claims: Vec<&str> = criterion.claims.iter().map(|claim| claim.id.as_str()).collect();
        out::line(format_args!(
            "{state:<15} {:<22} {}",
            criterion.criterion,
            claims.join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn questionnaire(args: &QuestionnaireArgs) -> Result<ExitCode, Failure> {
    let mut bytes = Vec::new();
    args.common.open().await?.questionnaire(&mut bytes).await?;
    files::create(&args.out, &bytes)?;
    match args.common.json {
        true => out::line(json!({ "place": args.out, "size": bytes.len() })),
        false => out::line(format_args!("{} bytes in {}", bytes.len(), args.out.display())),
    }
    Ok(ExitCode::SUCCESS)
}
