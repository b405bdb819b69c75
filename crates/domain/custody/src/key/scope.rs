//! What a key is narrowed to.
//!
//! Promises: a scope narrows and never widens; where one is made out of another it covers nothing that the other does
//! not. Leaves out: who may do what (`access`), and what a task hands out (`task`).

use std::net::IpAddr;

use access::{Action, ActionSet, Reach};
use kernel::{DatasetId, KeyId, TenantId};
use operation::Op;
use sealing::Key;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{AddressRange, Origin};
use crate::contexts;
use crate::error::{Error, Result};

/// What an API key is narrowed to. Sealed as JSON in `api_key.scope_sealed`, for
/// beginnings of names are parts of names. What is absent narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyScope {
    /// The only actions it may use, as `noun.verb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<ActionSet>,
    /// The only datasets it may touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datasets: Option<Vec<DatasetId>>,
    /// The only items it may touch: those whose name begins with one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<Vec<String>>,
    /// The only network addresses that it works from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<AddressRange>>,
    /// The only pages that it works from. Such a key stands in a page for everybody to read, so it records what people agree
    /// to and does nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<Origin>>,
}

/// A scope is read with every request of its key, so it stays small.
const MOST_DATASETS: usize = 200;
/// All that a key does which stands in a page.
const FOR_PAGES: [Action; 1] = [Action::ConsentRecord];
/// The same holds of prefixes, addresses and origins.
const MOST_OTHERS: usize = 64;

impl KeyScope {
    /// Whether it can be taken, whoever asks.
    pub(crate) fn check(&self) -> Result<()> {
        if self.actions == Some(ActionSet::NONE) {
            return Err(Error::invalid(
                "actions",
                "name at least one action, or leave it out for all",
            ));
        }
        check_count("datasets", self.datasets.as_deref(), MOST_DATASETS)?;
        check_count("prefixes", self.prefixes.as_deref(), MOST_OTHERS)?;
        check_count("addresses", self.addresses.as_deref(), MOST_OTHERS)?;
        check_count("origins", self.origins.as_deref(), MOST_OTHERS)?;
        if self.origins.is_some() && self.actions != Some(ActionSet::from_iter(FOR_PAGES)) {
            return Err(Error::invalid(
                "actions",
                "a key for pages is read by everybody, so it is for `consent.record` alone",
            ));
        }
        let fits = |prefix: &String| (1..=1024).contains(&prefix.len()) && !prefix.contains('\0');
        match self.prefixes.as_deref().unwrap_or_default().iter().all(fits) {
            true => Ok(()),
            false => Err(Error::invalid(
                "prefixes",
                "each is 1 to 1,024 bytes of UTF-8 without NUL",
            )),
        }
    }

    /// Refuses a scope that reaches further than this one.
    pub(crate) fn check_covers(&self, wanted: &Self) -> Result<()> {
        let checks = [
            ("actions", self.covers_actions(wanted)),
            (
                "datasets",
                each(&self.datasets, &wanted.datasets, |mine, theirs| mine == theirs),
            ),
            (
                "prefixes",
                each(&self.prefixes, &wanted.prefixes, |mine, theirs| {
                    theirs.starts_with(mine.as_str())
                }),
            ),
            (
                "addresses",
                each(&self.addresses, &wanted.addresses, AddressRange::covers),
            ),
            (
                "origins",
                each(&self.origins, &wanted.origins, |mine, theirs| mine == theirs),
            ),
        ];
        match checks.into_iter().find(|(_, covered)| !covered) {
            None => Ok(()),
            Some((field, _)) => Err(Error::invalid(
                field,
                format!("name only {field} that your own key is good for"),
            )),
        }
    }

    /// This scope narrowed further: what `wanted` leaves out stays as it is.
    pub(crate) fn narrowed(&self, wanted: Self) -> Result<Self> {
        let narrowed = Self {
            actions: wanted.actions.or(self.actions),
            datasets: wanted.datasets.or_else(|| self.datasets.clone()),
            prefixes: wanted.prefixes.or_else(|| self.prefixes.clone()),
            addresses: wanted.addresses.or_else(|| self.addresses.clone()),
            origins: wanted.origins.or_else(|| self.origins.clone()),
        };
        self.check_covers(&narrowed)?;
        Ok(narrowed)
    }

    /// What the trail tells of it: everything but names.
    pub(crate) fn told(&self) -> Json {
        let prefixes = self.prefixes.as_ref().map(Vec::len);
        let told = json!({ "actions": self.actions, "datasets": self.datasets, "addresses": self.addresses, "origins": self.origins, "prefixes": prefixes });
        match told {
            Json::Object(told) => told.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            other => other,
        }
    }

    pub(super) fn seal(
        &self,
        op: &Op<'_>,
        tenant: TenantId,
        key: KeyId,
        tenant_key: &Key,
    ) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(self).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(sealing::seal(
            tenant_key,
            &contexts::key_scope(tenant, key),
            &text,
            op.random(),
        ))
    }

    pub(crate) fn open(tenant: TenantId, key: KeyId, tenant_key: &Key, sealed: &[u8]) -> Result<Self> {
        let opened = sealing::open(tenant_key, &contexts::key_scope(tenant, key), sealed)?;
        serde_json::from_slice(&opened).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Whether items of this name are the key's. The same asks whether a listing of what begins so shows no others.
    pub(crate) fn covers_name(&self, name: &str) -> bool {
        let begins = |prefixes: &Vec<String>| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
        self.prefixes.as_ref().is_none_or(begins)
    }

    /// Whether the key works from there. An unknown address is none of those that are listed.
    pub(crate) fn covers_address(&self, address: Option<IpAddr>) -> bool {
        let listed = |ranges: &Vec<AddressRange>| {
            address.is_some_and(|address| ranges.iter().any(|range| range.contains(address)))
        };
        self.addresses.as_ref().is_none_or(listed)
    }

    /// Whether the key works from a page of this origin. Where no origin is told, nobody's page asks.
    pub(crate) fn covers_origin(&self, origin: Option<&str>) -> bool {
        let listed = |origins: &Vec<Origin>| {
            origin.is_some_and(|origin| origins.iter().any(|listed| listed.as_str() == origin))
        };
        self.origins.as_ref().is_none_or(listed)
    }

    /// What the policies see of it.
    pub(crate) fn reach(&self) -> Reach {
        match (&self.prefixes, &self.datasets) {
            (Some(_), _) => Reach::ListedNames,
            (None, Some(_)) => Reach::ListedDatasets,
            (None, None) => Reach::Tenant,
        }
    }

    fn covers_actions(&self, wanted: &Self) -> bool {
        let within =
            |all: ActionSet, wanted: ActionSet| wanted.iter().all(|action: Action| all.contains(action));
        self.actions
            .is_none_or(|all| wanted.actions.is_some_and(|wanted| within(all, wanted)))
    }
}

fn check_count<T>(field: &'static str, list: Option<&[T]>, most: usize) -> Result<()> {
    if list.is_some_and(|list| list.is_empty() || list.len() > most) {
        return Err(Error::invalid(
            field,
            format!("name 1 to {most} {field}, or leave it out for all"),
        ));
    }
    Ok(())
}

/// Whether each of what is wanted is covered by one of what there is.
fn each<T>(all: &Option<Vec<T>>, wanted: &Option<Vec<T>>, covers: impl Fn(&T, &T) -> bool) -> bool {
    let Some(all) = all else { return true };
    let covered = |one: &T| all.iter().any(|mine| covers(mine, one));
    wanted.as_ref().is_some_and(|wanted| wanted.iter().all(covered))
}

#[cfg(test)]
mod tests {
    use kernel::{SystemRandom, Timestamp};
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    use super::*;

    fn datasets() -> Vec<DatasetId> {
        static IDS: std::sync::OnceLock<Vec<DatasetId>> = std::sync::OnceLock::new();
        let make = || {
            (1..4)
                .map(|at| DatasetId::make(Timestamp::from_micros(at), &SystemRandom))
                .collect()
        };
        IDS.get_or_init(make).clone()
    }

    fn ranges() -> Vec<AddressRange> {
        [
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.3",
            "2001:db8::/32",
            "2001:db8:1::/48",
        ]
        .map(|text| text.parse().unwrap())
        .to_vec()
    }

    fn origins() -> Vec<Origin> {
        ["https://www.example.org", "https://shop.example.org"]
            .map(|text| text.parse().unwrap())
            .to_vec()
    }

    fn any_prefix() -> impl Strategy<Value = String> {
        "[ab/]{1,3}"
    }

    prop_compose! {
        fn any_scope()(
            actions in of(subsequence(Action::ALL.to_vec(), 1..Action::ALL.len())),
            datasets in of(subsequence(datasets(), 1..=3)),
            prefixes in of(proptest::collection::vec(any_prefix(), 1..4)),
            addresses in of(subsequence(ranges(), 1..=5)),
            origins in of(subsequence(origins(), 1..=2)),
        ) -> KeyScope {
            let actions = actions.map(|actions| actions.into_iter().collect());
            KeyScope { actions, datasets, prefixes, addresses, origins }
        }
    }

    fn covers(scope: &KeyScope, act: &(Action, DatasetId, String, Option<IpAddr>)) -> bool {
        let (action, dataset, name, address) = act;
        scope.actions.is_none_or(|actions| actions.contains(*action))
            && scope
                .datasets
                .as_ref()
                .is_none_or(|datasets| datasets.contains(dataset))
            && scope.covers_name(name)
            && scope.covers_address(*address)
            && origins().iter().all(|origin| {
                // Who comes from nowhere comes from no page either.
                scope.covers_origin(address.map(|_| origin.as_str()))
            })
    }

    fn any_act() -> impl Strategy<Value = (Action, DatasetId, String, Option<IpAddr>)> {
        let address = |text: &str| Some(text.parse().unwrap());
        let addresses = vec![
            None,
            address("10.1.2.3"),
            address("10.1.9.9"),
            address("10.9.9.9"),
            address("2001:db8:1::9"),
            address("::1"),
        ];
        (
            select(Action::ALL.to_vec()),
            select(datasets()),
            "[ab/]{0,5}",
            select(addresses),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_a_narrowed_scope_covers_the_wider_one_does(
            parent in any_scope(), wanted in any_scope(), acts in proptest::collection::vec(any_act(), 20),
        ) {
            if let Ok(narrowed) = parent.narrowed(wanted.clone()) {
                for act in &acts {
                    prop_assert!(covers(&parent, act) || !covers(&narrowed, act), "{parent:?} {wanted:?} {act:?}");
                    prop_assert!(covers(&wanted, act) || !covers(&narrowed, act), "{parent:?} {wanted:?} {act:?}");
                }
            }
            prop_assert_eq!(parent.narrowed(KeyScope::default()).unwrap(), parent);
        }

        #[test]
        fn a_scope_survives_storage(scope in any_scope()) {
            let text = serde_json::to_string(&scope).unwrap();
            prop_assert_eq!(serde_json::from_str::<KeyScope>(&text).unwrap(), scope);
        }
    }

    #[test]
    fn the_trail_is_told_no_names() {
        let scope = KeyScope {
            prefixes: Some(vec!["patients/anna".into()]),
            addresses: Some(ranges()),
            ..KeyScope::default()
        };
        let told = scope.told().to_string();
        assert!(
            !told.contains("anna") && told.contains("10.0.0.0/8") && !told.contains("null"),
            "{told}"
        );
    }
}
