//! How people sign in: what browsers and providers must be told of this installation.

use identity::RelyingParty;
use kernel::AllowedHosts;

use super::ConfigError;
use super::layers::Layers;

/// How people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// What authenticator apps and passkeys call the installation.
    pub name: String,
    /// The domain that passkeys are bound to.
    pub passkeys: Passkeys,
    /// Web origins beside that of the public URL.
    pub origins: Vec<String>,
    /// At which hosts teams may have their own sign-in; at none when nobody was named.
    pub providers: Option<AllowedHosts>,
}

/// What passkeys are bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passkeys {
    /// The host of the public URL, if that is a name.
    Host,
    /// A domain.
    Domain(String),
    /// There are none.
    Off,
}

pub(super) fn of(layers: &Layers) -> Result<SignInSettings, ConfigError> {
    let passkeys = layers.take(
        "sign_in.passkeys",
        "a domain such as bailee.example.org, or `off`",
        |value| match value {
            "off" => Some(Passkeys::Off),
            domain => is_name(domain).then(|| Passkeys::Domain(domain.to_owned())),
        },
    )?;
    let origins = layers.take(
        "sign_in.origins",
        "origins such as https://bailee.example.org, with spaces between",
        |value| value.split_whitespace().map(origin).collect(),
    )?;
    let hosts = "hosts such as login.example.org or *.okta.com, with spaces between";
    let settings = SignInSettings {
        name: layers.need("sign_in.name", "a name")?,
        passkeys: passkeys.unwrap_or(Passkeys::Host),
        origins: origins.unwrap_or_default(),
        providers: layers.take("sign_in.providers", hosts, |value| value.parse().ok())?,
    };
    // Browsers refuse a page that is not below the domain; it is better to hear of it now.
    let all = settings.origins.iter().map(String::as_str);
    let public = layers.get("public_url").map(|(url, _)| url.trim_end_matches('/'));
    match &settings.passkeys {
        Passkeys::Domain(domain) if !all.chain(public).all(|origin| is_below(origin, domain)) => {
            let origin = layers.get("sign_in.passkeys").map(|(_, origin)| origin);
            let wanted = "a domain that `public_url` and `sign_in.origins` are at or below";
            Err(layers.misfit(
                "sign_in.passkeys",
                origin.unwrap_or(&super::layers::Origin::Default),
                wanted,
            ))
        }
        _ => Ok(settings),
    }
}

impl SignInSettings {
    /// For whom browsers make passkeys, where they reach the server under this address.
    pub fn party(&self, url: &str) -> Option<RelyingParty> {
        let id = match &self.passkeys {
            Passkeys::Off => return None,
            Passkeys::Domain(domain) => domain.clone(),
            Passkeys::Host => host_of(url).filter(|host| is_name(host))?.to_owned(),
        };
        // Browsers leave the usual port out.
        let own = url.trim_end_matches(":443").to_owned();
        let origins = std::iter::once(own).chain(self.origins.clone());
        Some(RelyingParty {
            id,
            origins: origins.collect(),
        })
    }
}

fn origin(text: &str) -> Option<String> {
    let host = host_of(text)?;
    let plain = text
        .strip_prefix("https://")
        .is_some_and(|rest| !rest.contains('/'));
    (plain && is_name(host)).then(|| text.to_owned())
}

fn is_below(origin: &str, domain: &str) -> bool {
    let host = host_of(origin).unwrap_or_default();
    let above = host.strip_suffix(domain);
    above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn host_of(url: &str) -> Option<&str> {
    crate::tls::host_of(url)
}

/// WebAuthn takes names and no addresses.
fn is_name(host: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let label = |label: &str| !label.is_empty() && label.chars().all(inner);
    host.split('.').all(label) && host.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::super::{ConfigFlags, Environment};
    use super::*;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<SignInSettings, ConfigError> {
        of(&Layers::load(&ConfigFlags::default(), Environment::of(variables)).unwrap())
    }

    #[test]
    fn passkeys_are_bound_to_the_host_that_browsers_see_if_it_has_a_name() {
        let usual = read([]).unwrap();
        let party = usual.party("https://bailee.example.org").unwrap();
        assert_eq!(
            (party.id.as_str(), party.origins.len()),
            ("bailee.example.org", 1)
        );
        assert_eq!(
            usual.party("https://bailee.example.org:8443").unwrap().id,
            "bailee.example.org"
        );
        for address in [
            "https://192.0.2.7",
            "https://127.0.0.1:8443",
            "https://[::1]:8443",
        ] {
            assert_eq!(usual.party(address), None, "{address}");
        }
        let off = read([("BAILEE_SIGN_IN_PASSKEYS", "off")]).unwrap();
        assert_eq!(off.party("https://bailee.example.org"), None);
        let wide = [
            ("BAILEE_PUBLIC_URL", "https://custody.example.org"),
            ("BAILEE_SIGN_IN_PASSKEYS", "example.org"),
            (
                "BAILEE_SIGN_IN_ORIGINS",
                "https://console.example.org https://other.example.org:8443",
            ),
        ];
        let party = read(wide).unwrap().party("https://custody.example.org").unwrap();
        assert_eq!((party.id.as_str(), party.origins.len()), ("example.org", 3));
    }

    #[test]
    fn what_browsers_would_refuse_is_refused_at_the_start() {
        for (name, value) in [
            ("BAILEE_SIGN_IN_PASSKEYS", "https://example.org"),
            ("BAILEE_SIGN_IN_PASSKEYS", "192.0.2.7"),
            ("BAILEE_SIGN_IN_PASSKEYS", "example.net"),
            ("BAILEE_SIGN_IN_PASSKEYS", "le.org"),
            ("BAILEE_SIGN_IN_ORIGINS", "http://console.example.org"),
            ("BAILEE_SIGN_IN_ORIGINS", "https://console.example.org/"),
            ("BAILEE_SIGN_IN_PROVIDERS", "https://login.example.org"),
        ] {
            let public = ("BAILEE_PUBLIC_URL", "https://bailee.example.org");
            assert!(read([public, (name, value)]).is_err(), "{name}={value}");
        }
    }
}
