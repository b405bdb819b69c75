//! Permits: the access decision as a value.

use std::marker::PhantomData;

use access::Action;

use crate::event::Resource;

/// A kind of act, so that a permit for one cannot be used for another.
pub trait Act: 'static {
    /// The action the policies decide about.
    const ACTION: Action;
}

/// A yes of the policies for one action on one resource inside one operation.
///
/// INVARIANT: only [`crate::Op::permit`] makes one, and only [`crate::Op::record`] takes one apart, so a
/// permit that exists stands for a decision that was made in the transaction that is still open, and a
/// permit that is gone stands for an event written in it. It is neither `Clone` nor `Default`.
#[derive(Debug)]
#[must_use = "a permit that is not recorded rolls the operation back"]
pub struct Permit<A: Act> {
    pub(crate) resource: Resource,
    act: PhantomData<fn() -> A>,
}

impl<A: Act> Permit<A> {
    pub(crate) fn give(resource: Resource) -> Self {
        Self {
            resource,
            act: PhantomData,
        }
    }

    /// What the permit is for.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }
}

/// A no, with the policies' reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What was asked for.
    pub action: Action,
    /// Stable words of the policies that said no, or of the rule that nothing said yes.
    pub reasons: Vec<String>,
    /// True when the caller may not even learn that the resource exists: surfaces answer as for an unknown id.
    pub hidden: bool,
}
