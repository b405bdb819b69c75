//! The form of a request: which call, and its parameters.

use std::collections::BTreeMap;
use std::time::Duration;

use s3s::S3Result;

use super::{fault, invalid};

/// The one version of STS there is.
const VERSION: &str = "2011-06-15";

/// A request for STS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) call: Call,
    pub(super) life: Option<Duration>,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    GetCallerIdentity,
    GetSessionToken,
    AssumeRole {
        role: String,
        session: String,
        policy: Option<String>,
    },
}

impl Asked {
    /// Reads a form. Every parameter must be one that is understood, and come once.
    pub(super) fn read(form: &[u8]) -> S3Result<Self> {
        let mut fields = Fields::read(form)?;
        let action = fields
            .take("Action")
            .ok_or_else(|| fault("MissingAction", "name an Action"))?;
        match fields.take("Version") {
            Some(version) if version == VERSION => {}
            _ => return Err(invalid(format!("send Version={VERSION}"))),
        }
        let call = match action.as_str() {
            "GetCallerIdentity" => Call::GetCallerIdentity,
            "GetSessionToken" => Call::GetSessionToken,
            "AssumeRole" => Call::AssumeRole {
                role: fields.need("RoleArn")?,
                session: session_name(fields.need("RoleSessionName")?)?,
                policy: fields.take("Policy"),
            },
            _ => {
                return Err(fault(
                    "InvalidAction",
                    "there are AssumeRole, GetSessionToken and GetCallerIdentity here",
                ));
            }
        };
        let life = match call {
            Call::GetCallerIdentity => None,
            _ => fields
                .take("DurationSeconds")
                .map(|text| seconds(&text))
                .transpose()?,
        };
        fields.end(&action)?;
        Ok(Self { call, life })
    }
}

/// Parameters that are still to be looked at.
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn read(form: &[u8]) -> S3Result<Self> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(form) {
            if fields.insert(name.to_string(), value.into_owned()).is_some() {
                return Err(invalid(format!("send the parameter {} once", short(&name))));
            }
        }
        Ok(Self(fields))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    fn need(&mut self, name: &str) -> S3Result<String> {
        let found = self.take(name).filter(|value| !value.is_empty());
        found.ok_or_else(|| invalid(format!("send the parameter {name}")))
    }

    fn end(self, action: &str) -> S3Result<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(invalid(format!(
                "{action} does not take the parameter {} here",
                short(name)
            ))),
        }
    }
}

/// A foreign word, held to what an answer may repeat.
fn short(word: &str) -> String {
    word.chars()
        .filter(|letter| !letter.is_control())
        .take(60)
        .collect()
}

fn session_name(name: String) -> S3Result<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    match (2..=64).contains(&name.len()) && name.chars().all(fits) {
        true => Ok(name),
        false => Err(invalid("RoleSessionName has 2 to 64 letters, digits and _+=,.@-")),
    }
}

fn seconds(text: &str) -> S3Result<Duration> {
    let seconds = text
        .parse::<u32>()
        .map_err(|_| invalid("DurationSeconds is a number of seconds"))?;
    Ok(Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(form: &str) -> Result<Asked, String> {
        Asked::read(form.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn calls_are_read_as_the_sdks_send_them() {
        let asked = read("Action=GetCallerIdentity&Version=2011-06-15").unwrap();
        assert_eq!(asked.call, Call::GetCallerIdentity);
        let asked = read("Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900").unwrap();
        assert_eq!(asked.life, Some(Duration::from_secs(900)));
        let form = "Action=AssumeRole&Version=2011-06-15&RoleArn=a%3Ab&RoleSessionName=ci-7&Policy=%7B%7D";
        let call = Call::AssumeRole {
            role: "a:b".into(),
            session: "ci-7".into(),
            policy: Some("{}".into()),
        };
        assert_eq!(read(form).unwrap(), Asked { call, life: None });
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        let whole = "Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=ci";
        assert!(read(whole).is_ok());
        for (more, names) in [
            ("&SerialNumber=7", "SerialNumber"),
            ("&PolicyArns.member.1.arn=x", "PolicyArns.member.1.arn"),
            ("&RoleArn=b", "RoleArn"),
            ("&DurationSeconds=long", "DurationSeconds"),
        ] {
            let refused = read(&format!("{whole}{more}")).unwrap_err();
            assert!(refused.contains(names), "{refused}");
        }
        assert!(read("Version=2011-06-15").unwrap_err().contains("MissingAction"));
        assert!(
            read("Action=AssumeRoot&Version=2011-06-15")
                .unwrap_err()
                .contains("InvalidAction")
        );
        assert!(
            read("Action=GetCallerIdentity")
                .unwrap_err()
                .contains("2011-06-15")
        );
        assert!(read("Action=GetCallerIdentity&Version=2011-06-15&DurationSeconds=900").is_err());
        assert!(
            read(&whole.replace("=ci", "=c%20i"))
                .unwrap_err()
                .contains("RoleSessionName")
        );
    }

    proptest! {
        #[test]
        fn any_form_is_read_or_refused(form in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Asked::read(&form);
        }
    }
}
