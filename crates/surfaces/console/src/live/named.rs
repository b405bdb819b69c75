//! Names of the members and datasets that a page is about.

use std::collections::{BTreeMap, BTreeSet};

use access::Action;
use futures_util::future::try_join;
use kernel::{DatasetId, MemberId};
use operation::trail::TrailEntry;
use serde_json::Value;

use super::{Answer, Visitor};

/// Names of members and datasets, as far as the visitor may know them.
#[derive(Default)]
pub(super) struct Named {
    members: BTreeMap<MemberId, String>,
    datasets: BTreeMap<DatasetId, String>,
}

impl Named {
    /// Of these, which stand on the page; how many others there are makes no difference.
    pub(super) async fn of(
        visitor: &Visitor,
        members: impl IntoIterator<Item = MemberId>,
        datasets: impl IntoIterator<Item = DatasetId>,
    ) -> Answer<Self> {
        let own = visitor.who.member;
        let members: BTreeSet<_> = members.into_iter().filter(|id| *id != own).collect();
        let datasets: BTreeSet<_> = datasets.into_iter().collect();
        // At once, so that their entries become durable together.
        let (mut members, datasets) =
            try_join(people(visitor, members), collections(visitor, datasets)).await?;
        members.insert(own, visitor.frame.person.clone());
        Ok(Self { members, datasets })
    }

    /// Of what these events name.
    pub(super) async fn of_events(visitor: &Visitor, entries: &[TrailEntry]) -> Answer<Self> {
        let ids = |path: &'static str| {
            let texts = entries.iter().filter_map(move |entry| entry.event.pointer(path));
            texts.filter_map(Value::as_str)
        };
        let members = ids("/actor/member").chain(ids("/resource/member"));
        let members = members.filter_map(|id| id.parse().ok());
        let datasets = ids("/resource/dataset").filter_map(|id| id.parse().ok());
        Self::of(visitor, members, datasets).await
    }

    /// The member's name, if it is known.
    pub(super) fn known(&self, id: MemberId) -> Option<&str> {
        self.members.get(&id).map(String::as_str)
    }

    pub(super) fn member(&self, id: MemberId) -> String {
        self.known(id).map_or_else(|| id.to_string(), str::to_owned)
    }

    pub(super) fn dataset(&self, id: DatasetId) -> String {
        let name = self.datasets.get(&id).cloned();
        name.unwrap_or_else(|| short("Dataset", &id.to_string()))
    }
}

async fn people(visitor: &Visitor, wanted: BTreeSet<MemberId>) -> Answer<BTreeMap<MemberId, String>> {
    if wanted.is_empty() || !visitor.may(Action::MemberList) {
        return Ok(BTreeMap::new());
    }
    let ids = wanted.into_iter().collect();
    let custody = &visitor.state.custody;
    let found = custody.members_named(&visitor.credential, visitor.request(), ids);
    visitor.ok(found.await)
}

async fn collections(visitor: &Visitor, wanted: BTreeSet<DatasetId>) -> Answer<BTreeMap<DatasetId, String>> {
    if wanted.is_empty() || !visitor.may(Action::DatasetList) {
        return Ok(BTreeMap::new());
    }
    let ids = wanted.into_iter().collect();
    let custody = &visitor.state.custody;
    let found = custody.datasets_named(&visitor.credential, visitor.request(), ids);
    visitor.ok(found.await)
}

/// Something without a name: its kind and the end of its id, where ids differ.
pub(super) fn short(kind: &str, id: &str) -> String {
    format!("{kind} …{}", &id[id.len().saturating_sub(12)..])
}
