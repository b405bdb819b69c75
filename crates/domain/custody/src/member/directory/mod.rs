//! Members as a team's directory keeps them: taken in, described, shut out and let in again by a program of theirs.
//!
//! Promises: the same acts on members as by hand, under the same policies and ceilings, each with its entry in the trail; one
//! change is one transaction, whatever it consists of; a directory neither gives nor takes the classes that hold power
//! over people, as a team's provider of single sign-on does not. Leaves out: the protocol (`api`), and invitations, which
//! a narrowed key does not make.

mod ops;
mod rows;
#[cfg(test)]
mod tests;

use access::Class;

use super::{Member, Profile, check_email, check_name};
use crate::error::{Error, Result};

/// The classes that a directory gives and takes.
const GIVEN: [Class; 5] = [
    Class::User,
    Class::WorkforceManager,
    Class::Worker,
    Class::Auditor,
    Class::PrivacyOfficer,
];

/// A member, and what their directory says of them besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The member.
    pub member: Member,
    /// Their given name, if the directory told it.
    pub given: Option<String>,
    /// Their family name, if the directory told it.
    pub family: Option<String>,
    /// What the directory calls them.
    pub external: Option<String>,
}

/// A person of the directory who is to be a member.
#[derive(Debug, Clone)]
pub struct NewDescribed {
    /// Their name.
    pub name: String,
    /// Their e-mail address, which is what they sign in with.
    pub email: String,
    /// Their given name.
    pub given: Option<String>,
    /// Their family name.
    pub family: Option<String>,
    /// What the directory calls them.
    pub external: Option<String>,
    /// What they are to be.
    pub class: Class,
    /// Whether they are let in.
    pub active: bool,
}

/// What a directory changes of a member; what is absent stays. Of a name in an `Option` of its own, `None` forgets it.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Another name.
    pub name: Option<String>,
    /// Another e-mail address.
    pub email: Option<String>,
    /// Another given name.
    pub given: Option<Option<String>>,
    /// Another family name.
    pub family: Option<Option<String>>,
    /// Another word for them in the directory.
    pub external: Option<Option<String>>,
    /// Another class.
    pub class: Option<Class>,
    /// Whether they are let in.
    pub active: Option<bool>,
}

/// Which members a directory asks for.
#[derive(Debug, Clone)]
pub enum Which {
    /// Every one.
    All,
    /// The one with this e-mail address.
    Email(String),
    /// Those whom the directory calls this.
    External(String),
}

/// Members that were found.
#[derive(Debug)]
pub struct Found {
    /// How many there are.
    pub total: u64,
    /// Those of them that were asked for, oldest first.
    pub items: Vec<Described>,
}

impl NewDescribed {
    fn profile(&self) -> Result<Profile> {
        let profile = Profile {
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_owned(),
            given: trimmed(self.given.as_ref()),
            family: trimmed(self.family.as_ref()),
            external: self.external.clone(),
        };
        check(&profile)?;
        Ok(profile)
    }
}

impl Edit {
    /// The profile after it. A name that was put together of the two follows them, unless one is given.
    fn of(&self, before: &Profile) -> Result<Profile> {
        let given = self.given.as_ref().map(|given| trimmed(given.as_ref()));
        let family = self.family.as_ref().map(|family| trimmed(family.as_ref()));
        let mut after = before.clone();
        after.given = given.unwrap_or(after.given);
        after.family = family.unwrap_or(after.family);
        after.external = self.external.clone().unwrap_or(after.external);
        if let Some(email) = &self.email {
            email.trim().clone_into(&mut after.email);
        }
        let follows = before.put_together().as_ref() == Some(&before.name);
        match (&self.name, after.put_together()) {
            (Some(name), _) => name.trim().clone_into(&mut after.name),
            (None, Some(name)) if follows => after.name = name,
            (None, _) => {}
        }
        check(&after)?;
        Ok(after)
    }
}

impl Profile {
    /// Given and family name in one, where there is either.
    fn put_together(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.given, &self.family]
            .into_iter()
            .filter_map(Option::as_deref)
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The names of the fields in which the two differ, for the trail: no values.
    fn differs_from(&self, other: &Self) -> Vec<&'static str> {
        let differs = [
            ("name", self.name != other.name),
            ("email", self.email != other.email),
            ("given", self.given != other.given),
            ("family", self.family != other.family),
            ("external", self.external != other.external),
        ];
        differs
            .into_iter()
            .filter_map(|(field, differs)| differs.then_some(field))
            .collect()
    }
}

/// An empty name is none.
fn trimmed(name: Option<&String>) -> Option<String> {
    let name = name.map(|name| name.trim()).filter(|name| !name.is_empty());
    name.map(str::to_owned)
}

fn check(profile: &Profile) -> Result<()> {
    check_name(&profile.name)?;
    check_email(&profile.email)?;
    for name in [&profile.given, &profile.family].into_iter().flatten() {
        check_name(name)?;
    }
    let fits =
        |external: &String| (1..=200).contains(&external.len()) && !external.chars().any(char::is_control);
    match profile.external.as_ref().is_none_or(fits) {
        true => Ok(()),
        false => Err(Error::invalid("externalId", "give 1 to 200 bytes on one line")),
    }
}
