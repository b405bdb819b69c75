//! `bailee portal`: the team's page for the people its data is about.

use serde_json::{Map, Value, json};

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::{Column, text};

const PORTAL: [Column; 10] = [
    text("OPEN", "/open"),
    text("NAME", "/name"),
    text("CONTACT", "/contact"),
    text("NOTICE", "/notice"),
    text("COLOUR", "/colour"),
    text("DARK", "/colour_dark"),
    text("LANGUAGES", "/languages"),
    text("KINDS", "/kinds"),
    text("CONSENT", "/consent"),
    text("DISCLOSURES", "/disclosures"),
];

const PATH: [&str; 2] = ["tenant", "portal"];

/// See and settle the team's page for the people its data is about.
#[derive(Debug, clap::Args)]
pub struct PortalArgs {
    #[command(subcommand)]
    pub action: Option<PortalAction>,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// What to do; without any, it is shown how the page is settled.
#[derive(Debug, clap::Subcommand)]
pub enum PortalAction {
    /// Open the page, at /privacy/ and the team's short name.
    Open(Settled),
    /// Close it. Who visits it is out with their next step; what was asked for stays.
    Close,
    /// Settle how it looks and what it offers, and leave it open or closed.
    Set(Settled),
}

/// What is settled; what is left out stays as it is.
#[derive(Debug, Default, clap::Args)]
pub struct Settled {
    /// In whose name it speaks, as people know them.
    #[arg(long)]
    name: Option<String>,
    /// How people reach somebody who answers them. Give it once for each line.
    #[arg(long, value_name = "LINE")]
    contact: Vec<String>,
    /// Where people can read what is done with their data; nothing to leave it out.
    #[arg(long, value_name = "URL")]
    notice: Option<String>,
    /// The colour of links and buttons on light ground, as #0b6b57.
    #[arg(long)]
    colour: Option<String>,
    /// The same on dark ground.
    #[arg(long, value_name = "COLOUR")]
    dark: Option<String>,
    /// The languages it is offered in, with commas between: en, de, fr, es, et. The first is for who likes none.
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// What can be asked for, with commas between: access, portability, rectification, erasure, restriction, objection,
    /// consent-withdrawal.
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<String>,
    /// Whether people can agree to purposes there and take it back: true or false.
    #[arg(long, value_name = "BOOL")]
    consent: Option<bool>,
    /// Whether people see there who had access to what is about them: true or false.
    #[arg(long, value_name = "BOOL")]
    disclosures: Option<bool>,
}

/// Does what was asked.
pub(crate) async fn run(args: &PortalArgs, session: &Session) -> Result<(), Failure> {
    let portal = session.server.json(&Call::get(&PATH)).await?;
    let wanted = match &args.action {
        None => return session.output.record(&portal, &PORTAL),
        Some(PortalAction::Open(settled)) => changed(portal, Some(true), settled),
        Some(PortalAction::Close) => changed(portal, Some(false), &Settled::default()),
        Some(PortalAction::Set(settled)) => changed(portal, None, settled),
    };
    let settled = session.server.json(&Call::put(&PATH).json(&wanted)?).await?;
    session.output.record(&settled, &PORTAL)
}

/// The settings with what was said.
fn changed(portal: Value, open: Option<bool>, said: &Settled) -> Value {
    let mut portal: Map<String, Value> = match portal {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            portal.insert(name.to_owned(), value);
        }
    };
    let list = |words: &[String]| (!words.is_empty()).then(|| json!(words));
    put("open", open.map(Value::from));
    put("name", said.name.clone().map(Value::from));
    put(
        "contact",
        (!said.contact.is_empty()).then(|| said.contact.join("\n").into()),
    );
    put("colour", said.colour.clone().map(Value::from));
    put("colour_dark", said.dark.clone().map(Value::from));
    put("languages", list(&said.languages));
    put("kinds", list(&said.kinds));
    put("consent", said.consent.map(Value::from));
    put("disclosures", said.disclosures.map(Value::from));
    match said.notice.as_deref() {
        Some("") => drop(portal.remove("notice")),
        Some(notice) => drop(portal.insert("notice".to_owned(), notice.into())),
        None => {}
    }
    Value::Object(portal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_stays_as_it_is() {
        let before = json!({ "open": false, "name": "Lab", "contact": "a", "notice": "https://lab.example", "colour": "#0b6b57" });
        let said = Settled {
            contact: vec!["a".into(), "b".into()],
            notice: Some(String::new()),
            kinds: vec!["access".into()],
            ..Settled::default()
        };
        assert_eq!(
            changed(before, Some(true), &said),
            json!({ "open": true, "name": "Lab", "contact": "a\nb", "colour": "#0b6b57", "kinds": ["access"] })
        );
    }
}
