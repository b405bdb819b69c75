//! The team: its members, inviting somebody, one member.

use access::{Action, Class};
use kernel::{MemberId, Timestamp};
use maud::{Markup, html};

use crate::kit::{
    Column, Field, Frame, Head, Icon, Look, Pager, Place, Problems, Table, Tone, Width, badge, choices,
    class_badge, class_says, class_word, count, csrf_field, date, dialog, dialog_button, empty, facts,
    form_foot, initials, link_button, notice, page, section, tabs, when,
};

/// A member in a list.
#[derive(Debug, Clone)]
pub struct MemberRow {
    /// Their id.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they are.
    pub class: Class,
    /// Whether they are shut out.
    pub disabled: bool,
    /// Whether they have not accepted their invitation yet.
    pub invited: bool,
    /// Whether signing in takes a second factor of them; unknown where nobody says.
    pub second_factor: Option<bool>,
    /// Since when they are a member.
    pub since: Timestamp,
    /// When they were last seen, where it is known.
    pub seen: Option<Timestamp>,
}

/// The list of members.
#[derive(Debug, Clone)]
pub struct TeamPage {
    /// What stands around it.
    pub frame: Frame,
    /// The members of this page.
    pub members: Vec<MemberRow>,
    /// Where in the list it is.
    pub pager: Pager,
}

const MEMBERS: [Column; 5] = [
    Column::main("Name"),
    Column::text("Class"),
    Column::text("Sign-in"),
    Column::text("Member since"),
    Column::text("Last seen"),
];

/// The members.
pub fn team(model: &TeamPage) -> Markup {
    let frame = &model.frame;
    let table = model
        .members
        .iter()
        .fold(Table::new("Members", &MEMBERS), |table, row| {
            table.row_over(row.disabled, member_cells(row, frame.now))
        });
    let content = html! {
        (team_tabs(frame, "members"))
        (table.show())
        @if model.members.len() == 1 {
            (empty(Icon::Team, "Only you so far", "Invite the people who run this team with you. Two owners are better than one: a lost device then locks nobody out.", html! {}))
        }
        (model.pager.show())
    };
    page(frame, Place::Team, &team_head(frame), content)
}

/// The head that all pages of the team share.
pub(super) fn team_head(frame: &Frame) -> Head {
    let invite = html! {
        a.button href="/console/classes" { "Who may do what" }
        @if frame.may(Action::MemberInvite) {
            (link_button(Look::Main, "/console/team/invite", Some(Icon::Plus), "Invite"))
        }
    };
    Head::new("Members")
        .lede("Each person is in one class, which settles what they may do.")
        .actions(invite)
}

/// The views of the team, for who has more than one.
pub(super) fn team_tabs(frame: &Frame, here: &str) -> Markup {
    let at = |end: &str| format!("/console/team{end}");
    let mut all = vec![
        (at(""), "Members", here == "members"),
        (at("/invitations"), "Invitations", here == "invitations"),
    ];
    if frame.may(Action::TenantView) {
        all.push((at("/sign-in"), "Signing in", here == "sign-in"));
    }
    if frame.may(Action::MemberList) {
        all.push((at("/admission"), "Asked of everybody", here == "admission"));
    }
    if frame.may(Action::DutyList) && frame.may(Action::MemberList) {
        all.push((at("/duties"), "Duties", here == "duties"));
    }
    tabs("Views of the team", &all)
}

fn member_cells(row: &MemberRow, now: Timestamp) -> [Markup; 5] {
    [
        html! {
            div.with-face {
                span.face aria-hidden="true" { (initials(&row.name)) }
                span { a href={ "/console/team/" (row.id) } { (row.name) } span.under { (row.email) } }
            }
        },
        class_badge(row.class),
        sign_in_badge(row),
        html! { (date(row.since)) },
        html! { @if let Some(seen) = row.seen { (when(seen, now)) } @else { span.quiet { "never" } } },
    ]
}

fn sign_in_badge(row: &MemberRow) -> Markup {
    match (row.disabled, row.invited, row.second_factor) {
        (true, _, _) => badge(Tone::Danger, "Shut out"),
        (_, true, _) => badge(Tone::Note, "Invited"),
        (_, _, Some(true)) => badge(Tone::Good, "Two factors"),
        (_, _, Some(false)) => badge(Tone::Care, "Password only"),
        (_, _, None) => badge(Tone::Plain, "Active"),
    }
}

/// The form that invites somebody.
#[derive(Debug, Clone)]
pub struct InvitePage {
    /// What stands around it.
    pub frame: Frame,
    /// The classes that the caller may give.
    pub classes: Vec<Class>,
    /// What stood in the form.
    pub name: String,
    /// What stood in the form.
    pub email: String,
    /// What stood in the form.
    pub class: Class,
    /// Whether the link is to go by letter; nothing where this server writes none.
    pub by_letter: Option<bool>,
    /// What was wrong with it.
    pub problems: Problems,
}

/// Inviting somebody.
pub fn invite(model: &InvitePage) -> Markup {
    let head = Head::new("Invite a member")
        .below("/console/team", "Members")
        .lede("They get a link that works once, for three days.")
        .width(Width::Narrow);
    let content = html! {
        (model.problems.summary())
        form.form method="post" action="/console/team/invite" {
            (csrf_field(&model.frame))
            div.two {
                (Field::text("name", "Name").value(&model.name).autocomplete("off").most(200).focus().show(&model.problems))
                (Field::text("email", "E-mail address").kind("email").value(&model.email).autocomplete("off").most(254).show(&model.problems))
            }
            (class_choices(&model.classes, model.class))
            @if let Some(by_letter) = model.by_letter { (sending(by_letter)) }
            (form_foot(Look::Main, "Invite", Some("/console/team")))
        }
    };
    page(&model.frame, Place::Team, &head, content)
}

fn sending(by_letter: bool) -> Markup {
    let options = [
        (
            "letter",
            "Send it to their address",
            "Nobody but they sees the link.",
        ),
        (
            "hand",
            "Show it to me",
            "You pass it on yourself, in another way.",
        ),
    ];
    choices(
        "by",
        "The link",
        &options,
        if by_letter { "letter" } else { "hand" },
    )
}

fn class_choices(classes: &[Class], chosen: Class) -> Markup {
    let options: Vec<_> = classes
        .iter()
        .map(|class| (class.as_str(), class_word(*class), class_says(*class)))
        .collect();
    choices("class", "Class", &options, chosen.as_str())
}

/// One member.
#[derive(Debug, Clone)]
pub struct MemberPage {
    /// What stands around it.
    pub frame: Frame,
    /// The member.
    pub member: MemberRow,
    /// Whether this is the one who looks.
    pub own: bool,
    /// The classes that the caller may give them; nobody changes anything where empty.
    pub classes: Vec<Class>,
    /// Whether the caller may shut them out, or let them in again.
    pub may_disable: bool,
    /// Whether the caller may make them an invitation to sign in, or to begin anew.
    pub may_invite: bool,
    /// Whether it can go by letter.
    pub letters: bool,
    /// A link to accept an invitation, shown once after it was made.
    pub invitation: Option<String>,
}

/// One member.
pub fn member(model: &MemberPage) -> Markup {
    let (frame, row) = (&model.frame, &model.member);
    let badges = html! { (class_badge(row.class)) (sign_in_badge(row)) };
    let head = Head::new(&row.name)
        .below("/console/team", "Members")
        .badges(badges)
        .width(Width::Narrow);
    let content = html! {
        @if let Some(link) = &model.invitation { (invitation_link(link)) }
        div.panel.padded { (about(row, frame.now)) }
        @if !model.classes.is_empty() { (change_class(model)) }
        @if model.may_invite && !model.own { (begin_anew(model)) }
        @if model.may_disable && !model.own { (shut_out(model)) }
        p {
            a href={ "/console/trail?member=" (row.id) } { "What " (row.name) " did" }
            @if frame.may(Action::AccessRead) {
                " · " a href={ "/console/team/" (row.id) "/access" } { "What " (row.name) " can see" }
            }
            @if frame.may(Action::MemberList) {
                " · " a href={ "/console/team/" (row.id) "/admission" } { "What is asked of " (row.name) }
            }
        }
    };
    page(frame, Place::Team, &head, content)
}

fn about(row: &MemberRow, now: Timestamp) -> Markup {
    facts([
        ("E-mail address", html! { (row.email) }),
        (
            "Class",
            html! { (class_word(row.class)) " – " span.soft { (class_says(row.class)) } },
        ),
        ("Member since", html! { (date(row.since)) }),
        (
            "Last seen",
            html! { @if let Some(seen) = row.seen { (when(seen, now)) } @else { "never" } },
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

fn change_class(model: &MemberPage) -> Markup {
    let form = html! {
        form.form method="post" action={ "/console/team/" (model.member.id) "/class" } {
            (csrf_field(&model.frame))
            (class_choices(&model.classes, model.member.class))
            (form_foot(Look::Main, "Change the class", None))
        }
    };
    let says = "Takes effect with their next request, in sessions and API keys alike. You confirm it with a fresh proof that it is you.";
    let id = "change-class";
    let button = dialog_button(Look::Plain, id, None, "Change");
    html! {
        (section("Class", Some(says), button, html! {}))
        (dialog(id, &format!("What is {} to be?", model.member.name), form))
    }
}

fn begin_anew(model: &MemberPage) -> Markup {
    let says = "A link to choose a password, once. Whoever lost theirs begins anew with it.";
    let form = html! {
        form method="post" action={ "/console/team/" (model.member.id) "/invitation" } {
            (csrf_field(&model.frame))
            @if model.letters { button.button type="submit" name="by" value="letter" { "Send it to them" } " " }
            button.button type="submit" { "Make a link" }
        }
    };
    section("Invitation", Some(says), form, html! {})
}

fn shut_out(model: &MemberPage) -> Markup {
    let row = &model.member;
    let (title, says, verb, to, look) = if row.disabled {
        (
            "Let in again",
            "Their keys work again from then on; sessions they had are gone.",
            "Let in",
            "enable",
            Look::Plain,
        )
    } else {
        (
            "Shut out",
            "Ends their sessions, keys, tasks and running downloads within a second. Nothing of theirs is deleted.",
            "Shut out",
            "disable",
            Look::Danger,
        )
    };
    let form = html! {
        form method="post" action={ "/console/team/" (row.id) "/" (to) } {
            (csrf_field(&model.frame)) button.button.(look.class()) type="submit" { (verb) }
        }
    };
    section(title, Some(says), form, html! {})
}

impl TeamPage {
    /// How many are shown, in words.
    pub fn shown(members: usize) -> String {
        count(members as u64, "member", "members")
    }
}
