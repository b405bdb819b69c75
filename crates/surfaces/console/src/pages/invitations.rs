//! Invitations that nobody has accepted yet.

use access::Action;
use kernel::{MemberId, Timestamp};
use maud::{Markup, html};

use super::team::{team_head, team_tabs};
use crate::kit::{
    Column, Frame, Icon, Look, Pager, Place, Table, csrf_field, empty, link_button, page, when,
};

/// An invitation that nobody has accepted yet.
#[derive(Debug, Clone)]
pub struct InvitationRow {
    /// Whom it is for.
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Who made it.
    pub by: String,
    /// When.
    pub made: Timestamp,
    /// When it ends by itself.
    pub ends: Timestamp,
}

/// Invitations that nobody has accepted yet.
#[derive(Debug, Clone)]
pub struct InvitationsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Those of this page, newest first.
    pub invitations: Vec<InvitationRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const INVITATIONS: [Column; 5] = [
    Column::main("For"),
    Column::text("Made by"),
    Column::text("Made"),
    Column::text("Ends"),
    Column::action(),
];

/// Invitations that nobody has accepted yet.
pub fn invitations(model: &InvitationsPage) -> Markup {
    let frame = &model.frame;
    let table = model
        .invitations
        .iter()
        .fold(Table::new("Invitations", &INVITATIONS), |table, row| {
            table.row(cells(frame, row))
        });
    let content = html! {
        (team_tabs(frame, "invitations"))
        @if model.invitations.is_empty() { (none(frame)) }
        @else {
            (table.show())
            (model.pager.show())
        }
    };
    page(frame, Place::Team, &team_head(frame), content)
}

fn none(frame: &Frame) -> Markup {
    let make = html! {
        @if frame.may(Action::MemberInvite) { (link_button(Look::Main, "/console/team/invite", Some(Icon::Plus), "Invite")) }
    };
    let says = "A link that was made for somebody stands here until they use it, you withdraw it, or three days are over.";
    empty(Icon::Team, "No invitation is open", says, make)
}

fn cells(frame: &Frame, row: &InvitationRow) -> [Markup; 5] {
    [
        html! { a href={ "/console/team/" (row.member) } { (row.name) } },
        html! { (row.by) },
        when(row.made, frame.now),
        when(row.ends, frame.now),
        html! {
            @if frame.may(Action::InvitationMake) {
                form method="post" action={ "/console/team/" (row.member) "/invitation/withdraw" } {
                    (csrf_field(frame))
                    button.button type="submit" aria-label={ "Withdraw the invitation of " (row.name) } { "Withdraw" }
                }
            }
        },
    ]
}
