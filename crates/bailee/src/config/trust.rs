//! What the operator says of itself in public: `[trust]`.

use std::path::PathBuf;

use super::ConfigError;
use super::layers::Layers;

/// What the operator says of itself in public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustSettings {
    /// Who speaks.
    pub name: String,
    /// Whom to tell about a weakness, the best first.
    pub contact: Vec<String>,
    /// A page that says how such reports are handled.
    pub policy: Option<String>,
    /// What the public page says: the name of a profile, or a file.
    pub profile: String,
    /// The folder of the operator's own profiles.
    pub profiles: Option<PathBuf>,
}

pub(super) fn of(layers: &Layers) -> Result<TrustSettings, ConfigError> {
    let contact = layers.take(
        "trust.contact",
        "addresses that begin with mailto:, https:// or tel:, with spaces between",
        contacts,
    )?;
    let policy = layers.take("trust.policy", "an address that begins with https://", page)?;
    let name = layers.take("trust.name", "1 to 100 characters on one line", name)?;
    let profile = layers.take(
        "trust.profile",
        "the name of a profile, or the path of a file that ends with .toml",
        path,
    )?;
    let folder = layers.take("trust.profiles", "the path of a folder", path)?;
    Ok(TrustSettings {
        name: name.unwrap_or_else(|| "This installation".to_owned()),
        contact: contact.unwrap_or_default(),
        policy,
        profile: profile.unwrap_or_else(|| assurance::profile::EVERYTHING.to_owned()),
        profiles: folder.map(PathBuf::from),
    })
}

fn contacts(value: &str) -> Option<Vec<String>> {
    let known = |contact: &str| {
        ["mailto:", "https://", "tel:"].iter().any(|scheme| {
            contact
                .strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic()))
        })
    };
    let contacts: Vec<&str> = value.split_whitespace().collect();
    contacts
        .iter()
        .all(|contact| known(contact))
        .then(|| contacts.into_iter().map(str::to_owned).collect())
}

fn path(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

fn page(value: &str) -> Option<String> {
    let is_page = value.len() > "https://".len() && value.chars().all(|c| c.is_ascii_graphic());
    (value.starts_with("https://") && is_page).then(|| value.to_owned())
}

fn name(value: &str) -> Option<String> {
    let is_name =
        !value.trim().is_empty() && value.chars().count() <= 100 && !value.chars().any(char::is_control);
    is_name.then(|| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_an_address_that_a_line_can_hold() {
        let good = "mailto:security@example.org https://example.org/report";
        assert_eq!(contacts(good).map(|contacts| contacts.len()), Some(2));
        for bad in [
            "security@example.org",
            "http://example.org",
            "mailto:",
            "https://a\u{7f}",
        ] {
            assert_eq!(contacts(bad), None, "{bad}");
        }
        assert_eq!(page("https://example.org/\u{e4}"), None);
        assert_eq!(name("Two\nlines"), None);
    }
}
