//! Choosing a member or a dataset: lists while there are few, names and addresses when there are more.
//!
//! Promises: no page opens more names than a list is good for, however large the team.

use access::Action;
use custody::dataset::DatasetRef;
use custody::member::Member;
use kernel::{DatasetId, MemberId, PageRequest};

use super::{Answer, Visitor};
use crate::pages::Choice;

/// As many as a list to choose from may have.
const MOST: u32 = 50;

/// Members who fit.
pub(super) async fn members(visitor: &Visitor, fits: impl Fn(&Member) -> bool) -> Answer<Choice> {
    if !visitor.may(Action::MemberList) {
        return Ok(Choice::default());
    }
    let listed =
        visitor
            .state
            .custody
            .list_members(&visitor.credential, visitor.request(), PageRequest::first(MOST));
    let listed = visitor.ok(listed.await)?;
    if listed.next.is_some() {
        return Ok(Choice::Typed);
    }
    let fitting = listed.items.into_iter().filter(fits);
    let pairs = fitting.map(|member| (member.id.to_string(), member.name));
    Ok(Choice::Listed(pairs.collect()))
}

/// All datasets that the visitor may know of.
pub(super) async fn datasets(visitor: &Visitor) -> Answer<Choice> {
    if !visitor.may(Action::DatasetList) {
        return Ok(Choice::default());
    }
    let listed =
        visitor
            .state
            .custody
            .list_datasets(&visitor.credential, visitor.request(), PageRequest::first(MOST));
    let listed = visitor.ok(listed.await)?;
    if listed.next.is_some() {
        return Ok(Choice::Typed);
    }
    let pairs = listed.items.into_iter();
    let pairs = pairs.map(|dataset| (dataset.id.to_string(), dataset.name));
    Ok(Choice::Listed(pairs.collect()))
}

/// The member that a field names, by id or by address; nothing where there is none.
pub(super) async fn member(visitor: &Visitor, text: &str) -> Answer<Option<MemberId>> {
    if let Ok(id) = text.parse() {
        return Ok(Some(id));
    }
    let found = visitor
        .state
        .custody
        .member_at(&visitor.credential, visitor.request(), text);
    Ok(visitor.ok(found.await)?.map(|member| member.id))
}

/// The dataset that a field names, by id or by name; nothing where there is none.
pub(super) async fn dataset(visitor: &Visitor, text: &str) -> Answer<Option<DatasetId>> {
    if let DatasetRef::Id(id) = DatasetRef::parse(text) {
        return Ok(Some(id));
    }
    let found =
        visitor
            .state
            .custody
            .dataset(&visitor.credential, visitor.request(), DatasetRef::parse(text));
    match found.await {
        Ok(dataset) => Ok(Some(dataset.id)),
        Err(custody::Error::NotFound(_)) => Ok(None),
        Err(other) => Err(visitor.fail(other)),
    }
}
