//! `bailee datasets`: the collections that items lie in, and who may work in them.

use kernel::MemberId;
use serde_json::json;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::listing::DATASET;
use super::output::{Column, shown, text};
use super::own_bucket::{self, BucketTerms, ImportTerms};

const GRANT: [Column; 4] = [
    text("MEMBER", "/member"),
    text("CLASS", "/class"),
    text("GIVEN", "/given_at"),
    text("ENDS", "/ends_at"),
];

/// List, make, archive, restore, delete and share datasets.
#[derive(Debug, clap::Args)]
pub struct DatasetsArgs {
    #[command(subcommand)]
    pub action: Option<DatasetAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do with datasets; without any, they are listed.
#[derive(Debug, clap::Subcommand)]
pub enum DatasetAction {
    /// List them.
    List,
    /// Make one: 3 to 63 lowercase letters, digits, hyphens and dots.
    Create {
        /// Its name.
        name: String,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
        /// A field of its records; add :personal if it is about a person, :searchable to find records by it.
        #[arg(long = "field", value_name = "NAME[:personal][:searchable]", value_parser = read_field)]
        fields: Vec<Field>,
        /// Where its bytes are to lie: the label of a region that the server offers.
        #[arg(long, value_name = "LABEL")]
        region: Option<String>,
    },
    /// Show one.
    Show {
        /// Its name or id.
        dataset: String,
    },
    /// Take one out of use.
    Archive {
        /// Its name or id.
        dataset: String,
    },
    /// Take an archived one back into use.
    Restore {
        /// Its name or id.
        dataset: String,
    },
    /// Delete an archived, empty one for good.
    Delete {
        /// Its name or id.
        dataset: String,
    },
    /// Say how one hands out its items as work.
    Work {
        /// Its name or id.
        dataset: String,
        #[command(flatten)]
        work: WorkTerms,
        /// Hand out none any more; live tasks stay as they are.
        #[arg(long, conflicts_with_all = ["batch", "minutes", "open", "originals", "review"])]
        none: bool,
    },
    /// Say what one takes in; what is not said does not limit.
    Takes {
        /// Its name or id.
        dataset: String,
        #[command(flatten)]
        rule: Rule,
        /// Take in anything again.
        #[arg(long, conflicts_with_all = ["types", "max_bytes", "classes", "redaction"])]
        anything: bool,
    },
    /// Say for which reasons content of one is read; whoever reads says one of them with --reason.
    Reasons {
        /// Its name or id.
        dataset: String,
        /// A reason, in one word; say it again for more.
        #[arg(long = "for", value_name = "WORD", required_unless_present = "none")]
        reasons: Vec<String>,
        /// Let more be said after the word and a colon.
        #[arg(long)]
        note: bool,
        /// Ask for none any more.
        #[arg(long, conflicts_with_all = ["reasons", "note"])]
        none: bool,
    },
    /// Show, set or forget the bucket of your own that one's items lie in.
    Bucket {
        /// Its name or id.
        dataset: String,
        #[command(flatten)]
        bucket: BucketTerms,
        /// Forget the bucket and its keys; items that lie there stay and cannot be read.
        #[arg(long, conflicts_with = "url")]
        none: bool,
    },
    /// Make items of objects that lie in one's own bucket.
    Import {
        /// Its name or id.
        dataset: String,
        #[command(flatten)]
        objects: ImportTerms,
    },
    /// List who was given one.
    Grants {
        /// Its name or id.
        dataset: String,
    },
    /// Give one to a member.
    Grant {
        /// Its name or id.
        dataset: String,
        /// To whom.
        member: MemberId,
        /// Until when; open if left out.
        #[arg(long, value_name = "TIME")]
        ends: Option<kernel::Timestamp>,
    },
    /// End a member's grant.
    EndGrant {
        /// Its name or id.
        dataset: String,
        /// Whose.
        member: MemberId,
    },
}

/// What a dataset takes in.
#[derive(Debug, clap::Args)]
#[group(multiple = true)]
pub struct Rule {
    /// A media type that it takes, such as image/png or image/*; say it again for more.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// The most bytes of one version.
    #[arg(long, value_name = "BYTES")]
    max_bytes: Option<u64>,
    /// A class of data that versions may declare; say it again for more.
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Take out what identifies people before anything is kept.
    #[arg(long, value_name = "HOW")]
    redaction: Option<Redaction>,
    /// A purpose that its data about people is kept for, by word or id; say it again for more.
    #[arg(long = "purpose", value_name = "PURPOSE")]
    purposes: Vec<String>,
}

/// What becomes of what identifies people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Redaction {
    /// It is taken out; what cannot be cleaned is kept in quarantine.
    Clean,
    /// It is taken out; what cannot be cleaned is refused.
    CleanOrRefuse,
}

impl Rule {
    /// The whole rule; the server says what is wrong with an empty one.
    fn body(&self, anything: bool) -> serde_json::Value {
        match anything {
            true => json!({ "ingest": null }),
            false => json!({ "ingest": {
                "types": self.types, "max_bytes": self.max_bytes, "classes": self.classes,
                "redaction": self.redaction, "purposes": self.purposes
            } }),
        }
    }
}

/// How a dataset hands out work.
#[derive(Debug, clap::Args)]
pub struct WorkTerms {
    /// The most items of one task, up to 100.
    #[arg(long, default_value_t = 10)]
    batch: u32,
    /// How many minutes a task is leased, up to 1440.
    #[arg(long, default_value_t = 60)]
    minutes: u32,
    /// How many live tasks one member may hold, up to 20.
    #[arg(long, default_value_t = 1)]
    open: u32,
    /// Let whoever holds the lease take the original bytes.
    #[arg(long)]
    originals: bool,
    /// Let somebody else review what is submitted.
    #[arg(long)]
    review: bool,
}

impl WorkTerms {
    fn body(&self) -> serde_json::Value {
        json!({ "work": {
            "batch": self.batch, "lease_minutes": self.minutes, "open_per_worker": self.open,
            "originals": self.originals
        }, "review": self.review })
    }
}

/// A declared field of records.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Field {
    name: String,
    personal: bool,
    searchable: bool,
}

/// Does what was asked.
pub(crate) async fn run(args: &DatasetsArgs, session: &Session) -> Result<(), Failure> {
    let Some(action) = &args.action else {
        return list(session).await;
    };
    match action {
        DatasetAction::List => list(session).await,
        DatasetAction::Create {
            name,
            description,
            fields,
            region,
        } => {
            let body =
                json!({ "name": name, "description": description, "fields": fields, "region": region });
            show(session, Call::post(&["datasets"]).json(&body)?).await
        }
        DatasetAction::Show { dataset } => show(session, Call::get(&["datasets", dataset])).await,
        DatasetAction::Archive { dataset } => {
            show(session, Call::post(&["datasets", dataset, "archive"])).await
        }
        DatasetAction::Restore { dataset } => {
            show(session, Call::post(&["datasets", dataset, "restore"])).await
        }
        DatasetAction::Delete { dataset } => {
            done(session, Call::delete(&["datasets", dataset]), "deleted", dataset).await
        }
        DatasetAction::Work { dataset, work, none } => {
            let body = if *none {
                json!({ "work": null })
            } else {
                work.body()
            };
            show(session, Call::patch(&["datasets", dataset]).json(&body)?).await
        }
        DatasetAction::Takes {
            dataset,
            rule,
            anything,
        } => {
            let body = rule.body(*anything);
            show(session, Call::patch(&["datasets", dataset]).json(&body)?).await
        }
        DatasetAction::Reasons {
            dataset,
            reasons,
            note,
            none,
        } => {
            let rule = (!none).then(|| json!({ "reasons": reasons, "note": note }));
            let body = json!({ "reading": rule });
            show(session, Call::patch(&["datasets", dataset]).json(&body)?).await
        }
        DatasetAction::Bucket {
            dataset,
            bucket,
            none,
        } => own_bucket::bucket(session, dataset, bucket, *none).await,
        DatasetAction::Import { dataset, objects } => own_bucket::import(session, dataset, objects).await,
        DatasetAction::Grants { dataset } => {
            let call = Call::get(&["datasets", dataset, "grants"]);
            session.list(call, &GRANT, usize::MAX).await.map(drop)
        }
        DatasetAction::Grant {
            dataset,
            member,
            ends,
        } => {
            let ends = ends.map_or_else(|| json!({}), |ends| json!({ "ends_at": ends }));
            let call = Call::put(&["datasets", dataset, "grants", &member.to_string()]).json(&ends)?;
            done(session, call, "given", dataset).await
        }
        DatasetAction::EndGrant { dataset, member } => {
            let call = Call::delete(&["datasets", dataset, "grants", &member.to_string()]);
            done(session, call, "ended", dataset).await
        }
    }
}

async fn list(session: &Session) -> Result<(), Failure> {
    session
        .list(
            Call::get(&["datasets"]).query("limit", Some(1_000)),
            &DATASET,
            usize::MAX,
        )
        .await
        .map(drop)
}

async fn show(session: &Session, call: Call) -> Result<(), Failure> {
    session
        .output
        .record(&session.server.json(&call).await?, &DATASET)
}

async fn done(session: &Session, call: Call, past: &str, dataset: &str) -> Result<(), Failure> {
    let answer = session.server.json(&call).await?;
    session
        .output
        .result(&answer, || format!("{past}  {}", shown(dataset)))
}

fn read_field(text: &str) -> Result<Field, String> {
    let mut parts = text.split(':');
    let name = parts
        .next()
        .filter(|name| !name.is_empty())
        .ok_or("a field has a name")?;
    let mut field = Field {
        name: name.to_owned(),
        personal: false,
        searchable: false,
    };
    for part in parts {
        match part {
            "personal" => field.personal = true,
            "searchable" => field.searchable = true,
            other => return Err(format!("{other:?} is neither personal nor searchable")),
        }
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_declared_in_one_word() {
        let field = |name: &str, personal, searchable| {
            Ok(Field {
                name: name.into(),
                personal,
                searchable,
            })
        };
        assert_eq!(
            read_field("email:personal:searchable"),
            field("email", true, true)
        );
        assert_eq!(read_field("colour"), field("colour", false, false));
        assert!(read_field(":personal").is_err() && read_field("a:secret").is_err());
    }
}
