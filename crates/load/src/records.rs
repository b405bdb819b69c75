//! Records of people: seven fields, found by the e-mail address.

use reqwest::Method;
use serde_json::{Value, json};

use crate::Outcome;
use crate::connection::{Target, send};

/// What a record says beside the address.
const SAID: [&str; 6] = ["first", "last", "phone", "login", "address", "birth"];

/// The address of somebody. Who is new has to have one that no run before had.
pub(crate) fn email(who: &str) -> String {
    format!("user{who}@people.example")
}

/// Declares the kind of the records.
pub(crate) async fn declare(target: &Target, dataset: &str) -> Outcome<()> {
    let field = |name: &str, field_type: &str, found: bool| json!({ "name": name, "type": field_type, "required": true, "personal": true, "find_by_value": found });
    let mut fields = vec![field("email", "email", true)];
    fields.extend(SAID.map(|name| field(name, "text", false)));
    let kind = json!({ "subject": "email", "fields": fields });
    let path = format!("/v1/datasets/{dataset}/kinds/profile");
    send(target.request(Method::PUT, &path).json(&kind))
        .await
        .map(drop)
}

/// Takes one in.
pub(crate) async fn add(target: &Target, dataset: &str, email: &str) -> Outcome<()> {
    let mut values: serde_json::Map<String, Value> = SAID
        .map(|name| (name.to_owned(), format!("{name} of {email}").into()))
        .into_iter()
        .collect();
    values.insert("email".to_owned(), email.into());
    let record = json!({ "kind": "profile", "values": values, "from": { "source": "a form" } });
    let path = format!("/v1/datasets/{dataset}/records");
    target.post(&path, record).await.map(drop)
}

/// Takes so many in; gives their addresses.
pub(crate) async fn stock(target: &Target, dataset: &str, count: usize) -> Outcome<Vec<String>> {
    declare(target, dataset).await?;
    let mut addresses = Vec::new();
    for number in 0..count {
        let email = email(&format!("-{dataset}-{number}"));
        add(target, dataset, &email).await?;
        addresses.push(email);
    }
    Ok(addresses)
}

/// Finds the one with this address, and reads it.
pub(crate) async fn read(target: &Target, dataset: &str, email: &str) -> Outcome<()> {
    let query = json!({ "kind": "profile", "field": "email", "value": email });
    let path = format!("/v1/datasets/{dataset}/records/find");
    let found = target.post(&path, query).await?;
    let id = found["items"][0]["id"].as_str().ok_or("nothing was found")?;
    let answer = send(target.request(Method::GET, &format!("/v1/records/{id}"))).await?;
    let record: Value = answer.json().await?;
    if record["values"]["email"].as_str() == Some(email) {
        return Ok(());
    }
    Err(format!("somebody else's record came: {record}").into())
}
