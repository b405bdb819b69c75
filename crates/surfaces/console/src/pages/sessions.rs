//! One's own sessions: where one is signed in, and ending that.

use kernel::Timestamp;
use maud::{Markup, html};

use crate::kit::{
    Column, Frame, Head, Look, Place, Table, Tone, badge, csrf_field, moment, page, post_button, section,
    when,
};

/// A session in the list.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Its id, for the form that ends it.
    pub id: String,
    /// The browser, in words.
    pub browser: String,
    /// The network address.
    pub address: String,
    /// Whether it is this one.
    pub here: bool,
    /// Since when.
    pub since: Timestamp,
    /// When it was last used.
    pub used: Timestamp,
}

/// The sessions.
#[derive(Debug, Clone)]
pub struct SessionsPage {
    /// What stands around it.
    pub frame: Frame,
    /// Sessions that live.
    pub sessions: Vec<SessionRow>,
    /// Attempts to sign in: when, from where, how it came out and whether it went well.
    pub history: Vec<(Timestamp, String, String, bool)>,
    /// Minutes without use after which a session ends.
    pub idle_minutes: u32,
}

const SESSIONS: [Column; 5] = [
    Column::main("Browser"),
    Column::text("Address"),
    Column::text("Since"),
    Column::text("Last used"),
    Column::action(),
];

const HISTORY: [Column; 3] = [
    Column::main("Outcome"),
    Column::text("Address"),
    Column::text("When"),
];

/// The sessions.
pub fn sessions(model: &SessionsPage) -> Markup {
    let frame = &model.frame;
    let all = html! {
        @if model.sessions.len() > 1 { (post_button(frame, Look::Danger, &frame.at("/sessions/end-others"), "End all others")) }
    };
    let lede = format!(
        "A session ends {} minutes after you last did something, on the server's clock.",
        model.idle_minutes
    );
    let head = Head::new("Sessions").lede(lede).actions(all);
    let table = model
        .sessions
        .iter()
        .fold(Table::new("Sessions", &SESSIONS), |table, row| {
            table.row(session_cells(frame, row))
        });
    let content = html! { (table.show()) @if !model.history.is_empty() { (history(model)) } };
    page(frame, Place::Sessions, &head, content)
}

fn session_cells(frame: &Frame, row: &SessionRow) -> [Markup; 5] {
    [
        html! { b { (row.browser) } @if row.here { " " (badge(Tone::Good, "This one")) } },
        html! { span.mono { (row.address) } },
        moment(row.since),
        when(row.used, frame.now),
        html! {
            @if !row.here {
                form method="post" action=(frame.at("/sessions/end")) {
                    (csrf_field(frame)) input type="hidden" name="session" value=(row.id);
                    button.button.bare type="submit" aria-label={ "End the session of " (row.browser) } { "End" }
                }
            }
        },
    ]
}

fn history(model: &SessionsPage) -> Markup {
    let table = model.history.iter().fold(
        Table::new("Sign-ins", &HISTORY),
        |table, (at, address, says, good)| {
            table.row([
                badge(if *good { Tone::Good } else { Tone::Care }, says),
                html! { span.mono { (address) } },
                when(*at, model.frame.now),
            ])
        },
    );
    let says = "If something here was not you, end all other sessions and change your password.";
    section("Sign-ins", Some(says), html! {}, table.show())
}
