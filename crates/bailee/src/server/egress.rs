//! Whom this server connects to, by its configuration.
//!
//! Promises: every host that a key of the configuration makes the server talk to is listed with that key and with what it is for; the gate
//! lets nobody else pass. Leaves out: the database, which is the installation's own, and ACME, which there is not.

use std::sync::Arc;
use std::time::Duration;

use custody::Custody;
use governance::egress::{Egress, OwnHosts};
use kernel::{AllowedHosts, Clock};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::background::repeat;
use super::services::Service;
use crate::config::{Settings, Whereabouts};

/// How long a refusal is not in the trail at most.
const RECORDING: Duration = Duration::from_secs(5);

/// The keeper of this installation's gate.
pub(crate) fn keeper(settings: &Settings, clock: Arc<dyn Clock>) -> Arc<Egress> {
    Arc::new(Egress::new(own(settings), clock).with_inside(settings.inside.clone()))
}

/// Records what was refused, and lists who is in force, while the server runs.
pub(super) fn start(egress: &Arc<Egress>, custody: &Custody, stopping: &CancellationToken) -> JoinHandle<()> {
    let (egress, custody) = (Arc::clone(egress), custody.clone());
    repeat(
        (Service::Egress, "recording refused connections"),
        RECORDING,
        stopping,
        move || {
            let (egress, custody) = (Arc::clone(&egress), custody.clone());
            async move {
                egress.refresh(&custody).await?;
                egress.record(&custody).await.map(drop)
            }
        },
    )
}

/// Every host that the configuration names.
fn own(settings: &Settings) -> Vec<OwnHosts> {
    let mut own = Vec::new();
    if let Some(by) = &settings.mail.by {
        own.push(hosts(
            "mail.server",
            "letters",
            vec![format!("{}:{}", by.host, by.port)],
            true,
        ));
    }
    for place in &settings.places {
        let key = format!("place.{}", place.label);
        own.extend(of_place(&key, "sealed bytes of items", &place.whereabouts));
    }
    for (key, place) in [
        ("backup.to", &settings.backup.to),
        ("backup.keys_to", &settings.backup.keys_to),
    ] {
        let whereabouts = place.as_deref().map(|place| settings.backup.whereabouts(place));
        own.extend(whereabouts.and_then(|place| of_place(key, "backups", &place)));
    }
    own.extend(named(
        "own_buckets.allow",
        "buckets of tenants' own",
        &settings.own_buckets,
    ));
    if let Some(providers) = &settings.sign_in.providers {
        own.extend(named(
            "sign_in.providers",
            "sign-in of teams by their provider",
            providers,
        ));
    }
    own
}

fn of_place(key: &str, purpose: &str, whereabouts: &Whereabouts) -> Option<OwnHosts> {
    match whereabouts {
        Whereabouts::Usual | Whereabouts::Folder(_) => None,
        Whereabouts::Remote { locator, credentials } => {
            Some(hosts(key, purpose, locator.hosts(credentials.is_some()), true))
        }
    }
}

fn named(key: &str, purpose: &str, allowed: &AllowedHosts) -> Option<OwnHosts> {
    let names: Vec<String> = allowed.names().collect();
    (!names.is_empty()).then(|| hosts(key, purpose, names, false))
}

/// `chosen` is whether the operator alone settles which host it is.
fn hosts(key: &str, purpose: &str, hosts: Vec<String>, chosen: bool) -> OwnHosts {
    OwnHosts {
        chosen,
        hosts,
        purpose: purpose.to_owned(),
        key: key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use gate::Gate;
    use kernel::SystemClock;

    use super::*;
    use crate::config::{ConfigFlags, Environment, Layers};

    #[test]
    fn whoever_the_configuration_names_is_listed_and_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bailee.toml");
        let text = r#"
            own_buckets.allow = "*.objects.example.net minio.example.org:9000"
            sign_in.providers = "login.example.org"
            mail.server = "smtps://smtp.example.org"
            mail.from = "bailee@example.org"
            backup.to = "gs://backups"
            backup.keys_to = "/srv/keys"
            [place.eu]
            url = "s3://bucket"
            endpoint = "https://s3.example.org:8443"
            credentials = "/etc/bailee/eu"
            [place.us]
            url = "s3://other"
            [place.near]
            url = "/srv/near"
        "#;
        std::fs::write(&file, text).unwrap();
        let flags = ConfigFlags {
            file: Some(file),
            values: Vec::new(),
        };
        let settings = Settings::of(&Layers::load(&flags, Environment::default()).unwrap()).unwrap();
        let egress = keeper(&settings, Arc::new(SystemClock));
        let keys: Vec<&str> = egress.own().iter().map(|own| own.key.as_str()).collect();
        let wanted = [
            "mail.server",
            "place.eu",
            "place.us",
            "backup.to",
            "own_buckets.allow",
            "sign_in.providers",
        ];
        assert_eq!(keys, wanted);
        let gate = Gate::new(egress);
        for (host, port) in [
            ("smtp.example.org", 465),
            ("s3.example.org", 8443),
            ("other.s3.us-east-1.amazonaws.com", 443),
            ("169.254.169.254", 80),
            ("storage.googleapis.com", 443),
            ("eu.objects.example.net", 443),
            ("minio.example.org", 9000),
            ("login.example.org", 443),
        ] {
            assert!(gate.pass("test", host, port).is_ok(), "{host}:{port}");
        }
        for (host, port) in [
            ("smtp.example.org", 25),
            ("s3.example.org", 443),
            ("example.com", 443),
        ] {
            assert!(gate.pass("test", host, port).is_err(), "{host}:{port}");
        }
    }
}
