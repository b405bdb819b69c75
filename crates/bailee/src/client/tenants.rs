//! `bailee tenant`: making and listing tenants for the operator; the contract for a tenant's owner.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::Session;
use super::call::Call;
use super::connection::read_small;
use super::failure::Failure;
use super::keys::tell_secret;
use super::output::{Column, shown, text};
use super::secret_file::SecretFile;

const TENANT: [Column; 7] = [
    text("ID", "/id"),
    text("SLUG", "/slug"),
    text("NAME", "/name"),
    text("BUSINESS", "/business"),
    text("CUSTODY", "/custody"),
    text("MADE", "/made_at"),
    text("CONTRACT", "/contract/version"),
];
const CONTRACT: [Column; 8] = [
    text("VERSION", "/version"),
    text("SIGNED", "/signed_at"),
    text("OWNER", "/owner"),
    text("PURPOSE", "/purpose"),
    text("BASIS", "/basis"),
    text("REGION", "/region"),
    text("STARTS", "/starts_at"),
    text("ENDS", "/ends_at"),
];
const TRUST_PAGE: [&str; 2] = ["tenant", "trust-page"];
const PAGE: [Column; 4] = [
    text("NAME", "/name"),
    text("PROFILE", "/profile"),
    text("PUBLISHED", "/published_at"),
    text("BY", "/published_by"),
];
const END: [&str; 3] = ["tenant", "contract", "end"];
const CONTRACT_END: [Column; 5] = [
    text("ENDS", "/ends_at"),
    text("READ-ONLY", "/read_only"),
    text("DELETED", "/deleted_at"),
    text("DAYS AFTER", "/delete_after_days"),
    text("REASON", "/reason"),
];
const CERTIFICATE: [Column; 5] = [
    text("ID", "/id"),
    text("TENANT", "/tenant"),
    text("SLUG", "/slug"),
    text("MADE", "/made_at"),
    text("EVENT", "/event"),
];
/// A contract's terms fit many times over.
const CONTRACT_MAX: u64 = 64 << 10;

/// Make and list tenants (operator), show one's own tenant, show and sign its contract.
#[derive(Debug, clap::Args)]
pub struct TenantArgs {
    #[command(subcommand)]
    pub action: TenantAction,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum TenantAction {
    /// Show the tenant that your key belongs to.
    Show,
    /// List all tenants (operator).
    List,
    /// Make a tenant with its owner (operator). The owner's key is shown once.
    Create(CreateArgs),
    /// Show the contract in force.
    Contract,
    /// Show when the contract ends and everything is deleted, or settle it (owner): it is signed anew with the same terms.
    End {
        /// When it ends, such as 2027-01-31T00:00:00Z.
        #[arg(long, value_name = "MOMENT", conflicts_with = "never")]
        at: Option<kernel::Timestamp>,
        /// It goes on without an end.
        #[arg(long)]
        never: bool,
        /// How many days afterwards everything is deleted; 30 if left out.
        #[arg(long, value_name = "DAYS", requires = "at")]
        delete_after: Option<u32>,
        /// Why not after 30.
        #[arg(long, requires = "delete_after")]
        why: Option<String>,
    },
    /// Show the tenant's public page, publish it in a profile, or take it back (owner or admin).
    TrustPage {
        /// What the company is called there. It is published.
        #[arg(long, requires = "profile")]
        name: Option<String>,
        /// The profile that it keeps to, such as training-data.
        #[arg(long, requires = "name")]
        profile: Option<String>,
        /// Nothing is published any more.
        #[arg(long, conflicts_with_all = ["name", "profile"])]
        withdraw: bool,
    },
    /// List certificates of deletion, or show one (operator).
    Certificates {
        /// Which; all are listed if left out.
        certificate: Option<kernel::DeletionCertificateId>,
    },
    /// Sign a contract from a TOML or JSON file (owner): owner, purpose, basis, region, and perhaps retention_days,
    /// starts_at, ends_at.
    Sign {
        /// The file.
        file: PathBuf,
    },
}

/// A new tenant.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// Its short name: 3 to 40 lowercase letters, digits and hyphens.
    pub slug: String,
    /// Its name in full.
    #[arg(long)]
    pub name: String,
    /// What it does with the data.
    #[arg(long, value_parser = ["training-data", "crm", "ai-api", "identity", "other"], default_value = "other")]
    pub business: String,
    /// Who can open its key. Cannot be changed later.
    #[arg(long, value_parser = ["provider-held", "customer-held"], default_value = "provider-held")]
    pub custody: String,
    /// The owner's name.
    #[arg(long)]
    pub owner_name: String,
    /// The owner's e-mail address.
    #[arg(long)]
    pub owner_email: String,
    /// A contract that is signed already, as TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// Write the owner's key to this new file instead of showing it.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Write the recovery code (customer-held custody) to this new file instead of showing it.
    #[arg(long, value_name = "FILE")]
    pub recovery_file: Option<PathBuf>,
}

/// Does what was asked.
pub(crate) async fn run(args: &TenantArgs, session: &Session) -> Result<(), Failure> {
    match &args.action {
        TenantAction::Show => session
            .output
            .record(&session.server.json(&Call::get(&["tenant"])).await?, &TENANT),
        TenantAction::List => {
            let call = Call::get(&["tenants"]).query("limit", Some(1_000));
            session.list(call, &TENANT, usize::MAX).await.map(drop)
        }
        TenantAction::Create(new) => create(new, session).await,
        TenantAction::Contract => session.output.record(
            &session.server.json(&Call::get(&["tenant", "contract"])).await?,
            &CONTRACT,
        ),
        TenantAction::End {
            at,
            never,
            delete_after,
            why,
        } => {
            let call = match at.is_some() || *never {
                false => Call::get(&END),
                true => {
                    let wanted = [
                        ("ends_at", json!(at)),
                        ("delete_after_days", json!(delete_after)),
                        ("reason", json!(why)),
                    ];
                    let said = wanted.into_iter().filter(|(_, value)| !value.is_null());
                    let said = said.map(|(name, value)| (name.to_owned(), value));
                    Call::put(&END).json(&Value::Object(said.collect()))?
                }
            };
            session
                .output
                .record(&session.server.json(&call).await?, &CONTRACT_END)
        }
        TenantAction::TrustPage { withdraw: true, .. } => {
            session.server.send(&Call::delete(&TRUST_PAGE)).await?;
            let told = json!({ "trust_page": null });
            session
                .output
                .result(&told, || "nothing is published any more".to_owned())
        }
        TenantAction::TrustPage { name, profile, .. } => {
            let call = match (name, profile) {
                (Some(name), Some(profile)) => {
                    Call::put(&TRUST_PAGE).json(&json!({ "name": name, "profile": profile }))?
                }
                _ => Call::get(&TRUST_PAGE),
            };
            session.output.record(&session.server.json(&call).await?, &PAGE)
        }
        TenantAction::Certificates { certificate: None } => {
            let call = Call::get(&["certificates"]).query("limit", Some(1_000));
            session.list(call, &CERTIFICATE, usize::MAX).await.map(drop)
        }
        TenantAction::Certificates {
            certificate: Some(certificate),
        } => {
            let page = Call::get(&["certificates"]).query("limit", Some(1_000));
            let wanted = certificate.to_string();
            let found = session.server.json(&page).await?;
            let found = found["items"].as_array().cloned().unwrap_or_default();
            let found = found.into_iter().find(|one| one["id"] == wanted.as_str());
            let missing =
                || Failure::Missing(format!("there is no certificate {wanted} among the newest 1000"));
            let found = &found.ok_or_else(missing)?;
            let lines = found["statement"].as_str().unwrap_or_default().lines();
            let text = || {
                lines
                    .map(|line| shown(line).to_string())
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            session.output.result(found, text)
        }
        TenantAction::Sign { file } => {
            let call = Call::put(&["tenant", "contract"]).json(&read_contract(file)?)?;
            session
                .output
                .record(&session.server.json(&call).await?, &CONTRACT)
        }
    }
}

async fn create(new: &CreateArgs, session: &Session) -> Result<(), Failure> {
    let mut body = json!({
        "slug": new.slug, "name": new.name, "business": new.business, "custody": new.custody,
        "owner": { "name": new.owner_name, "email": new.owner_email },
    });
    if let Some(file) = &new.contract {
        body["contract"] = read_contract(file)?;
    }
    let secret_file = new.secret_file.as_deref().map(SecretFile::create).transpose()?;
    let recovery_file = new.recovery_file.as_deref().map(SecretFile::create).transpose()?;
    let mut answer = session
        .server
        .json(&Call::post(&["tenants"]).json(&body)?)
        .await?;
    if let Some(code) = answer
        .get("recovery_code")
        .and_then(Value::as_str)
        .map(str::to_owned)
    {
        match recovery_file {
            Some(file) => {
                file.keep(&code)?;
                answer["recovery_code"] = Value::Null;
            }
            None if !session.output.is_json() => {
                session.output.line(format_args!(
                    "recovery code: {}\n(print it, lock it away; it is not shown again)",
                    shown(&code)
                ))?;
            }
            None => {}
        }
    }
    if !session.output.is_json() {
        session
            .output
            .record(answer.get("tenant").unwrap_or(&Value::Null), &TENANT)?;
    }
    tell_secret(session, answer, "/key/secret", secret_file)
}

/// The terms, as they are sent. The server checks them; here only what is no table at all is refused.
fn read_contract(file: &Path) -> Result<Value, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", file.display()));
    let text =
        String::from_utf8(read_small(file, CONTRACT_MAX)?).map_err(|_| wrong("it is not UTF-8".into()))?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| wrong(format!("it is no JSON: {error}")));
    }
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| wrong(format!("it is no TOML: {error}")))?;
    Ok(as_json(toml::Value::Table(table)))
}

/// TOML has moments of its own; the contract has them as text.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(boolean) => boolean.into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| (name, as_json(value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, Failure> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read_contract(file.path())
    }

    #[test]
    fn a_contract_is_read_from_toml_and_json_alike() {
        let toml = "owner = \"Clinic\"\npurpose = \"training\"\nregion = \"eu-central-1\"\nretention_days = 30\n\
                    ends_at = 2027-01-01T00:00:00Z\n[basis]\nlawful-basis = \"consent\"\n";
        let json = json!({
            "owner": "Clinic", "purpose": "training", "region": "eu-central-1", "retention_days": 30,
            "ends_at": "2027-01-01T00:00:00Z", "basis": { "lawful-basis": "consent" },
        });
        assert_eq!(read(toml).unwrap(), json);
        assert_eq!(read(&json.to_string()).unwrap(), json);
        assert!(read("{ no").is_err() && read("no toml").is_err());
    }
}
