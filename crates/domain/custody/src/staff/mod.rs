//! Staff of the installation: the members of the operator's own tenant, which keeps no data.
//!
//! Promises: they are made by the operator's key or by one another, come in by a door of their own (`identity::Door`) with a
//! password and a second factor, and act under ids of their own; whoever is shut out has nothing left that they came in
//! with, neither session nor key nor factor, and comes back by a new invitation alone; nobody shuts themselves out, so that
//! somebody is always left. Leaves out: any right on what a tenant keeps, which the policies refuse to the whole class; the
//! way back where everybody's is lost, which takes the root key (`installation`).

mod ops;

use kernel::{MemberId, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::member::{Member, MemberState};

/// Somebody on the staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Staff {
    /// Their id, under which their acts stand in the operator's trail.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether they are let in.
    pub state: MemberState,
    /// Whether they have a password and a second factor. Whoever has an operator's key alone has not.
    pub signs_in: bool,
    /// Until when an invitation is open that they have not accepted.
    pub invited_until: Option<Timestamp>,
    /// Since when they are on the staff.
    pub made_at: Timestamp,
}

/// Somebody to be invited.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStaff {
    /// Their name; of somebody who is there already, the name that they have stays.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

/// An invitation to the staff.
#[derive(Debug)]
pub struct InvitedStaff {
    /// Whom it is for.
    pub staff: Staff,
    /// What to send: it is not stored and is shown once.
    pub token: SecretString,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl Staff {
    fn of(member: Member, standing: identity::Standing) -> Self {
        Self {
            id: member.id,
            name: member.name,
            email: member.email,
            state: member.state,
            signs_in: standing.signs_in,
            invited_until: standing.invited_until,
            made_at: member.made_at,
        }
    }
}
