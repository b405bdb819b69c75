//! Samples of the staff of the installation.

use access::Class;
use console::kit::{Frame, Problems};
use console::pages::{
    InviteStaffPage, SecurityPage, SessionsPage, StaffMemberPage, StaffPage, StaffRow, invite_staff,
    security, sessions, staff, staff_member,
};

use super::accounts::{security_page, session, sessions_page};
use super::people::{ago, frame, id, now, pager};
use super::{LONG, Sample, sample};

const DAY: u64 = 24 * 60;

fn of_staff() -> Frame {
    Frame {
        team: "Staff".to_owned(),
        person: "Olga Brandt".to_owned(),
        ..frame(Class::Operator)
    }
}

fn row(number: u64, name: &str) -> StaffRow {
    StaffRow {
        id: id(number),
        name: name.to_owned(),
        email: format!("{}@operator.example", name.to_lowercase().replace(' ', ".")),
        own: number == 1,
        disabled: false,
        signs_in: true,
        invited_until: None,
        since: ago(DAY * (400 - 60 * number)),
    }
}

fn invited() -> StaffRow {
    StaffRow {
        signs_in: false,
        invited_until: Some(now().plus(std::time::Duration::from_secs(2 * 86_400))),
        ..row(3, "Noor Haddad")
    }
}

fn gone() -> StaffRow {
    StaffRow {
        signs_in: false,
        disabled: true,
        ..row(4, "Piet Vos")
    }
}

fn staff_page(staff: Vec<StaffRow>) -> StaffPage {
    StaffPage {
        frame: of_staff(),
        pager: pager("5 people", false),
        staff,
    }
}

fn member_page(row: StaffRow) -> StaffMemberPage {
    StaffMemberPage {
        frame: of_staff(),
        row,
        sessions: vec![
            session(1, "Firefox on Linux", "192.0.2.17"),
            session(2, "Safari on iPhone", "2001:db8::7:1"),
        ],
        invitation: None,
    }
}

fn invite_page(problems: Problems) -> InviteStaffPage {
    InviteStaffPage {
        frame: of_staff(),
        name: "Noor Haddad".to_owned(),
        email: "noor.haddad@operator.example".to_owned(),
        problems,
    }
}

pub(crate) fn all() -> Vec<Sample> {
    let key_only = StaffRow {
        signs_in: false,
        ..row(5, LONG)
    };
    let everybody = vec![
        row(1, "Olga Brandt"),
        row(2, "Sam Iyer"),
        invited(),
        gone(),
        key_only,
    ];
    let link = "https://bailee.northlake.example/console/staff/invitation/Yk3J9sT0mX4rH8uLcJ2dEaFgNn5oKiRtYxUvWqZ1b2c";
    let with_link = StaffMemberPage {
        sessions: Vec::new(),
        invitation: Some(link.to_owned()),
        ..member_page(invited())
    };
    let shut_out = StaffMemberPage {
        sessions: Vec::new(),
        ..member_page(gone())
    };
    let taken = Problems::one(
        "email",
        "they sign in already; if they have lost what they sign in with, shut them out first and invite them anew",
    );
    vec![
        sample("staff", staff(&staff_page(everybody))),
        sample("staff-alone", staff(&staff_page(vec![row(1, "Olga Brandt")]))),
        sample("staff-invite", invite_staff(&invite_page(Problems::default()))),
        sample("staff-invite-wrong", invite_staff(&invite_page(taken))),
        sample("staff-member", staff_member(&member_page(row(2, "Sam Iyer")))),
        sample(
            "staff-member-own",
            staff_member(&member_page(row(1, "Olga Brandt"))),
        ),
        sample("staff-member-invited", staff_member(&with_link)),
        sample("staff-member-shut-out", staff_member(&shut_out)),
        sample(
            "staff-sessions",
            sessions(&SessionsPage {
                frame: of_staff(),
                ..sessions_page(vec![session(0, "Firefox on Linux", "192.0.2.17")])
            }),
        ),
        sample(
            "staff-security",
            security(&SecurityPage {
                frame: of_staff(),
                ..security_page()
            }),
        ),
    ]
}
