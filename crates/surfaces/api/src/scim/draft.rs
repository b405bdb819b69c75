//! What a directory wants said of a member, as it builds up out of attributes.

use custody::member::directory::{Edit, NewDescribed};
use serde_json::{Map, Value as Json};

use super::fault::{Answer, Fault};
use super::path::{self, Attribute};

/// What is said of a person; what is absent, nothing is said of. Of what can be forgotten, `None` inside forgets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    user_name: Option<String>,
    external: Option<Option<String>>,
    display_name: Option<String>,
    formatted: Option<String>,
    given: Option<Option<String>>,
    family: Option<Option<String>>,
    active: Option<bool>,
    role: Option<Option<String>>,
}

impl Draft {
    /// Says everything that the attributes of an object say. Their names may be paths, as some clients write them.
    pub(super) fn say_all(&mut self, attributes: &Map<String, Json>) -> Answer<()> {
        for (name, value) in attributes {
            self.say(path::read(name)?, value)?;
        }
        Ok(())
    }

    /// Says one attribute. Of what nothing here is made, nothing is said.
    pub(super) fn say(&mut self, attribute: Attribute, value: &Json) -> Answer<()> {
        // RFC 7643, section 2.5: null is no value.
        if value.is_null() {
            return self.forget(attribute);
        }
        match attribute {
            Attribute::UserName => self.user_name = Some(text("userName", value)?),
            Attribute::ExternalId => self.external = Some(Some(text("externalId", value)?)),
            Attribute::DisplayName => self.display_name = Some(text("displayName", value)?),
            Attribute::Formatted => self.formatted = Some(text("name.formatted", value)?),
            Attribute::GivenName => self.given = Some(Some(text("name.givenName", value)?)),
            Attribute::FamilyName => self.family = Some(Some(text("name.familyName", value)?)),
            Attribute::Active => self.active = Some(truth(value)?),
            Attribute::Roles => self.role = Some(role(value)?),
            Attribute::Name => self.say_name(value)?,
            Attribute::Other => {}
        }
        Ok(())
    }

    /// Forgets one attribute. What a member cannot be without stays.
    pub(super) fn forget(&mut self, attribute: Attribute) -> Answer<()> {
        match attribute {
            Attribute::UserName => return Err(Fault::value("userName", "a member has a userName")),
            Attribute::ExternalId => self.external = Some(None),
            Attribute::GivenName => self.given = Some(None),
            Attribute::FamilyName => self.family = Some(None),
            Attribute::Name => (self.given, self.family) = (Some(None), Some(None)),
            Attribute::Roles => self.role = Some(None),
            Attribute::DisplayName | Attribute::Formatted | Attribute::Active | Attribute::Other => {}
        }
        Ok(())
    }

    /// Names that were not said are forgotten, for the whole was replaced.
    pub(super) fn whole(mut self) -> Self {
        self.given.get_or_insert(None);
        self.family.get_or_insert(None);
        self
    }

    /// Somebody new, of the lowest class unless a role says another.
    pub(super) fn into_new(self) -> Answer<NewDescribed> {
        let name = self.name().or_else(|| self.put_together());
        let (role, email) = (self.role.flatten(), self.user_name);
        let email = email.ok_or_else(|| Fault::value("userName", "give the person's e-mail address"))?;
        Ok(NewDescribed {
            name: name.unwrap_or_else(|| email.clone()),
            email,
            given: self.given.flatten(),
            family: self.family.flatten(),
            external: self.external.flatten(),
            class: class_of(role.as_deref())?,
            active: self.active.unwrap_or(true),
        })
    }

    /// A change of somebody who is there. A role that was taken away leaves the lowest class.
    pub(super) fn into_edit(self) -> Answer<Edit> {
        let class = self.role.as_ref().map(|role| class_of(role.as_deref()));
        Ok(Edit {
            name: self.name(),
            class: class.transpose()?,
            email: self.user_name,
            given: self.given,
            family: self.family,
            external: self.external,
            active: self.active,
        })
    }

    fn name(&self) -> Option<String> {
        self.display_name.clone().or_else(|| self.formatted.clone())
    }

    fn put_together(&self) -> Option<String> {
        let parts = [&self.given, &self.family].into_iter();
        let parts: Vec<&str> = parts.filter_map(|part| part.as_ref()?.as_deref()).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    fn say_name(&mut self, value: &Json) -> Answer<()> {
        let Json::Object(parts) = value else {
            return Err(Fault::value("name", "name is an object"));
        };
        for (part, value) in parts {
            self.say(path::read(&format!("name.{part}"))?, value)?;
        }
        Ok(())
    }
}

fn text(field: &'static str, value: &Json) -> Answer<String> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| Fault::value(field, format!("{field} is a text")))
}

/// Some clients write truths as texts, with a capital letter.
fn truth(value: &Json) -> Answer<bool> {
    let word = value.as_str().map(str::to_ascii_lowercase);
    match (value.as_bool(), word.as_deref()) {
        (Some(truth), _) => Ok(truth),
        (None, Some("true")) => Ok(true),
        (None, Some("false")) => Ok(false),
        _ => Err(Fault::value("active", "active is true or false")),
    }
}

/// The role among those that are said: the primary one, or the only one. Nothing where none is.
fn role(value: &Json) -> Answer<Option<String>> {
    let roles = match value {
        Json::Array(roles) => roles.as_slice(),
        one => std::slice::from_ref(one),
    };
    let is_primary = |role: &&Json| {
        role.get("primary")
            .is_some_and(|primary| truth(primary).unwrap_or(false))
    };
    let chosen = match roles {
        [] => return Ok(None),
        [role] => Some(role),
        several => several.iter().find(is_primary),
    };
    let word = chosen.and_then(|role| role.get("value").unwrap_or(role).as_str());
    let problem = "give one role by its value, or several of which one is primary";
    word.map(|word| Some(word.to_owned()))
        .ok_or_else(|| Fault::value("roles", problem))
}

/// A role is the word for a class.
fn class_of(role: Option<&str>) -> Answer<access::Class> {
    let Some(role) = role else {
        return Ok(access::Class::Worker);
    };
    let problem = "a role is user, workforce-manager, worker, auditor or privacy-officer";
    let class = role.trim().to_ascii_lowercase().parse();
    class.map_err(|_| Fault::value("roles", problem))
}

#[cfg(test)]
mod tests {
    use access::Class;
    use serde_json::json;

    use super::*;

    fn said(value: Json) -> Answer<Draft> {
        let mut draft = Draft::default();
        draft.say_all(value.as_object().unwrap())?;
        Ok(draft)
    }

    #[test]
    fn a_person_is_named_by_what_there_is() {
        let name = |value: Json| said(value).unwrap().into_new().unwrap().name;
        let user = "ada@clinic.example";
        assert_eq!(name(json!({ "userName": user })), user);
        let parts = json!({ "givenName": "Ada", "familyName": "King" });
        assert_eq!(name(json!({ "userName": user, "name": parts })), "Ada King");
        let formatted = json!({ "givenName": "Ada", "formatted": "Dr Ada King" });
        assert_eq!(
            name(json!({ "userName": user, "name": formatted })),
            "Dr Ada King"
        );
        assert_eq!(
            name(json!({ "userName": user, "name": parts, "displayName": "Countess" })),
            "Countess"
        );
        assert!(said(json!({ "name": parts })).unwrap().into_new().is_err());
    }

    #[test]
    fn roles_are_classes_and_none_is_the_lowest() {
        let class = |roles: Json| {
            let draft = said(json!({ "userName": "a@b.example", "roles": roles }))?;
            draft.into_new().map(|new| new.class)
        };
        assert_eq!(class(json!([])).unwrap(), Class::Worker);
        assert_eq!(class(json!([{ "value": "auditor" }])).unwrap(), Class::Auditor);
        assert_eq!(class(json!("Privacy-Officer")).unwrap(), Class::PrivacyOfficer);
        let two = json!([{ "value": "user" }, { "value": "auditor", "primary": "True" }]);
        assert_eq!(class(two).unwrap(), Class::Auditor);
        assert!(class(json!([{ "value": "user" }, { "value": "auditor" }])).is_err());
        assert!(class(json!([{ "value": "king" }])).is_err());
        assert!(class(json!([7])).is_err());
    }

    #[test]
    fn what_is_not_said_stays_and_what_is_nothing_is_forgotten() {
        let edit = said(json!({ "active": "False", "externalId": null, "title": 7 })).unwrap();
        let edit = edit.into_edit().unwrap();
        assert_eq!(
            (edit.active, edit.external, edit.given, edit.class),
            (Some(false), Some(None), None, None)
        );
        let whole = said(json!({ "userName": "a@b.example" }))
            .unwrap()
            .whole()
            .into_edit()
            .unwrap();
        assert_eq!(
            (whole.given, whole.family, whole.external),
            (Some(None), Some(None), None)
        );
        assert!(said(json!({ "userName": null })).is_err());
        assert!(said(json!({ "active": "perhaps" })).is_err());
    }
}
