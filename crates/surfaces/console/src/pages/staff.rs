//! The staff of the installation: the list, inviting somebody, one of them.

use kernel::{MemberId, Timestamp};
use maud::{Markup, html};

use super::SessionRow;
use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, csrf_field,
    date, dialog, dialog_button, empty, facts, form_foot, initials, link_button, moment, notice, page,
    post_button, section, when,
};

/// Somebody on the staff, in a list.
#[derive(Debug, Clone)]
pub struct StaffRow {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Whether it is the one who looks.
    pub own: bool,
    /// Whether they are shut out.
    pub disabled: bool,
    /// Whether they have a password and a second factor.
    pub signs_in: bool,
    /// Until when an invitation is open.
    pub invited_until: Option<Timestamp>,
    /// Since when they are on the staff.
    pub since: Timestamp,
}

/// The list of the staff.
#[derive(Debug, Clone)]
pub struct StaffPage {
    /// What stands around it.
    pub frame: Frame,
    /// The staff of this page.
    pub staff: Vec<StaffRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const STAFF: [Column; 3] = [
    Column::main("Name"),
    Column::text("Sign-in"),
    Column::text("On the staff since"),
];

/// The staff.
pub fn staff(model: &StaffPage) -> Markup {
    let frame = &model.frame;
    let invite = link_button(Look::Main, &frame.at("/invite"), Some(Icon::Plus), "Invite");
    let head = Head::new("Staff")
        .lede("Who runs this server. Staff see nothing of what teams keep here.")
        .actions(invite);
    let table = model
        .staff
        .iter()
        .fold(Table::new("Staff", &STAFF), |table, row| {
            table.row_over(row.disabled, cells(frame, row))
        });
    let content = html! {
        (table.show())
        @if model.staff.len() == 1 {
            (empty(Icon::Team, "Only you so far", "Invite somebody else. Nobody can shut themselves out or begin anew by themselves, so two are better than one.", html! {}))
        }
        (model.pager.show())
    };
    page(frame, Place::Staff, &head, content)
}

fn cells(frame: &Frame, row: &StaffRow) -> [Markup; 3] {
    [
        html! {
            div.with-face {
                span.face aria-hidden="true" { (initials(&row.name)) }
                span {
                    a href=(frame.at(&format!("/people/{}", row.id))) { (row.name) } @if row.own { " (you)" }
                    span.under { (row.email) }
                }
            }
        },
        sign_in_badge(row),
        html! { (date(row.since)) },
    ]
}

fn sign_in_badge(row: &StaffRow) -> Markup {
    match (row.disabled, row.signs_in, row.invited_until) {
        (true, _, _) => badge(Tone::Danger, "Shut out"),
        (_, true, _) => badge(Tone::Good, "Two factors"),
        (_, _, Some(_)) => badge(Tone::Note, "Invited"),
        (_, _, None) => badge(Tone::Care, "Key only"),
    }
}

/// The form that invites somebody to the staff.
#[derive(Debug, Clone)]
pub struct InviteStaffPage {
    /// What stands around it.
    pub frame: Frame,
    /// What stood in the form.
    pub name: String,
    /// What stood in the form.
    pub email: String,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Inviting somebody to the staff.
pub fn invite_staff(model: &InviteStaffPage) -> Markup {
    let frame = &model.frame;
    let head = Head::new("Invite to the staff")
        .below(frame.at(""), "Staff")
        .lede("They get a link that works once, for three days. They choose a password and set up a second factor before they are in.")
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        form.form method="post" action=(frame.at("/invite")) {
            (csrf_field(frame))
            div.two {
                (Field::text("name", "Name").value(&model.name).autocomplete("off").most(200).focus().show(&model.problems))
                (Field::text("email", "E-mail address").kind("email").value(&model.email).autocomplete("off").most(254).show(&model.problems))
            }
            (form_foot(Look::Main, "Invite", Some(&frame.at(""))))
        }
    };
    page(frame, Place::Staff, &head, content)
}

/// Somebody on the staff.
#[derive(Debug, Clone)]
pub struct StaffMemberPage {
    /// What stands around it.
    pub frame: Frame,
    /// Who it is.
    pub row: StaffRow,
    /// Where they are signed in.
    pub sessions: Vec<SessionRow>,
    /// A link to accept an invitation, shown once after it was made.
    pub invitation: Option<String>,
}

/// Somebody on the staff.
pub fn staff_member(model: &StaffMemberPage) -> Markup {
    let (frame, row) = (&model.frame, &model.row);
    let head = Head::new(&row.name)
        .below(frame.at(""), "Staff")
        .badges(sign_in_badge(row))
        .width(Width::Narrow);
    let content = html! {
        @if let Some(link) = &model.invitation { (invitation_link(link)) }
        div.panel.padded { (about(row)) }
        @if !model.sessions.is_empty() { (sessions(model)) }
        @if !row.signs_in { (begin_anew(model)) }
        @if !row.own && !row.disabled { (shut_out(model)) }
    };
    page(frame, Place::Staff, &head, content)
}

fn about(row: &StaffRow) -> Markup {
    facts([
        ("E-mail address", html! { (row.email) }),
        ("On the staff since", html! { (date(row.since)) }),
        (
            "Invitation",
            html! { @match row.invited_until {
                Some(until) => { "Open until " (moment(until)) }
                None => "None that is open",
            } },
        ),
        ("Id", html! { code { (row.id) } }),
    ])
}

fn invitation_link(link: &str) -> Markup {
    notice(
        Tone::Good,
        "Send this link to the person",
        html! {
            p { "It works once, for three days, and is not shown again." }
            (super::keys::once("invitation-link", link))
        },
    )
}

const SESSIONS: [Column; 4] = [
    Column::main("Browser"),
    Column::text("Address"),
    Column::text("Since"),
    Column::text("Last used"),
];

fn sessions(model: &StaffMemberPage) -> Markup {
    let frame = &model.frame;
    let rows = model.sessions.iter();
    let table = rows.fold(Table::new("Sessions", &SESSIONS), |table, row| {
        table.row([
            html! { b { (row.browser) } @if row.here { " " (badge(Tone::Good, "This one")) } },
            html! { span.mono { (row.address) } },
            moment(row.since),
            when(row.used, frame.now),
        ])
    });
    let end = match model.row.own {
        true => link_button(Look::Plain, &frame.at("/sessions"), None, "Your sessions"),
        false => post_button(frame, Look::Danger, &to(model, "end"), "End all"),
    };
    section("Signed in", None, end, table.show())
}

/// Only for who does not sign in: what others sign in with is theirs alone.
fn begin_anew(model: &StaffMemberPage) -> Markup {
    let says = match model.row.disabled {
        true => "A link to begin anew. What they signed in with before stays forgotten.",
        false => "A link to choose a password and set up a second factor. The one before works no more.",
    };
    let form = post_button(&model.frame, Look::Plain, &to(model, "invitation"), "Make a link");
    section("Invitation", Some(says), form, html! {})
}

fn shut_out(model: &StaffMemberPage) -> Markup {
    let says = "For who leaves, and for who has lost what they sign in with.";
    let form = html! {
        p { "Ends every session and key of theirs with the next request, and forgets their password, app, passkeys and recovery codes. They come back by a new invitation alone." }
        form.form method="post" action=(to(model, "disable")) {
            (csrf_field(&model.frame)) (form_foot(Look::Danger, "Shut out", None))
        }
    };
    let button = dialog_button(Look::Danger, "shut-out", None, "Shut out");
    html! {
        (section("Shut out", Some(says), button, html! {}))
        (dialog("shut-out", &format!("Shut {} out?", model.row.name), form))
    }
}

fn to(model: &StaffMemberPage, act: &str) -> String {
    model.frame.at(&format!("/people/{}/{act}", model.row.id))
}
