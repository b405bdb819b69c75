//! Staff of the installation, who come in by a door of their own.

use access::Class;
use custody::staff::{InvitedStaff, NewStaff};
use identity::{SignIn, Step};
use kernel::Clock as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Person, World, code_of_app};

/// What everybody on the staff signs in with first.
pub const STAFF_PASSWORD: &str = "seven quiet lighthouses";

/// Somebody on the staff who is signed in.
pub struct OnStaff {
    /// As they act, by their session.
    pub person: Person,
    /// Their session's token.
    pub cookie: SecretString,
    /// The secret of their authenticator app.
    pub app: SecretString,
    /// What they printed.
    pub recovery_codes: Vec<SecretString>,
    /// Their e-mail address.
    pub email: String,
}

impl World {
    /// An invitation to the staff by the operator's key.
    pub async fn invite_staff(&self, email: &str) -> custody::Result<InvitedStaff> {
        let new = NewStaff {
            name: "Sam Staff".into(),
            email: email.into(),
        };
        self.custody
            .invite_staff(&self.operator.credential, self.operator.request(), new)
            .await
    }

    /// Somebody who has accepted an invitation to the staff, with a password and an authenticator app.
    pub async fn on_staff(&self, email: &str) -> OnStaff {
        let invited = self.invite_staff(email).await.unwrap();
        let (staff, request) = (&self.staff, || self.operator.request());
        let accepted = staff
            .accept_invitation(request(), &invited.token, &STAFF_PASSWORD.into())
            .await;
        let SignIn::Next(next) = accepted.unwrap() else {
            panic!("staff are in without a second factor")
        };
        let Step::Enrol { secret: app, .. } = next.step else {
            panic!("staff were to set a second factor up")
        };
        let done = staff.enrol(request(), &next.ticket, &self.app_code(&app)).await;
        let done = done.unwrap();
        let cookie = done.signed_in.cookie;
        let credential = staff.credential(cookie.expose_secret()).unwrap();
        OnStaff {
            person: Person::with(&self.custody, credential, invited.staff.id, Class::Operator),
            cookie,
            app,
            recovery_codes: done.recovery_codes,
            email: email.to_owned(),
        }
    }

    /// The code that an app with this base32 secret shows now.
    pub fn app_code(&self, secret: &SecretString) -> SecretString {
        code_of_app(secret.expose_secret(), self.clock.now().as_seconds()).into()
    }
}
