//! Samples of coming in.

use console::kit::{Light, Problems, Tone};
use console::pages::{
    BeginPage, FirstFactorPage, InvitationPage, Offer, PasskeyAsk, PasskeyPage, SecondFactorPage, SignInPage,
    begin, first_factor, invitation, passkey_sign_in, second_factor, sign_in,
};

use identity::Door;

use super::{Sample, sample};

fn sign_in_page() -> SignInPage {
    SignInPage {
        csrf: "sample".to_owned(),
        passkeys: true,
        ..SignInPage::default()
    }
}

/// What no browser can answer, so that sample pages ask for nothing.
pub(super) fn ask() -> PasskeyAsk {
    PasskeyAsk {
        ticket: "sample".to_owned(),
        options: "{}".to_owned(),
    }
}

fn offer() -> Offer {
    Offer {
        token: "sample".to_owned(),
        team: "northlake".to_owned(),
        person: "Yuki Tanabe".to_owned(),
        email: "yuki.tanabe@northlake.example".to_owned(),
    }
}

fn invitation_page(offer: Option<Offer>, problems: Problems) -> InvitationPage {
    InvitationPage {
        door: Door::Team,
        light: Default::default(),
        csrf: "sample".to_owned(),
        offer,
        shortest: 15,
        problems,
    }
}

/// Coming in by the door of the staff.
pub(super) fn of_staff() -> Vec<Sample> {
    let sign_in_page = SignInPage {
        door: Door::Staff,
        passkeys: false,
        ..sign_in_page()
    };
    let refused = SignInPage {
        says: Some((
            Tone::Danger,
            "That is not an address and password that go together".to_owned(),
        )),
        email: "olga@operator.example".to_owned(),
        ..sign_in_page.clone()
    };
    let first = FirstFactorPage {
        door: Door::Staff,
        light: Light::Device,
        csrf: "sample".to_owned(),
        offer: super::accounts::offer(),
        passkey: Some(ask()),
        problems: Problems::default(),
        then: None,
    };
    let second = SecondFactorPage {
        door: Door::Staff,
        csrf: "sample".to_owned(),
        app: true,
        passkey: Some(ask()),
        ..SecondFactorPage::default()
    };
    let invited = InvitationPage {
        door: Door::Staff,
        shortest: 8,
        ..invitation_page(Some(offer()), Problems::default())
    };
    vec![
        sample("staff-sign-in", sign_in(&sign_in_page)),
        sample("staff-sign-in-refused", sign_in(&refused)),
        sample("staff-first-factor", first_factor(&first)),
        sample("staff-second-factor", second_factor(&second)),
        sample("staff-invitation", invitation(&invited)),
    ]
}

pub(crate) fn all() -> Vec<Sample> {
    let wrong = "No such address, or not its password";
    let refused = SignInPage {
        says: Some((Tone::Danger, wrong.to_owned())),
        email: "ada.marsh@northlake.example".to_owned(),
        ..sign_in_page()
    };
    let ended = SignInPage {
        says: Some((
            Tone::Note,
            "Your session ended after 30 minutes without use".to_owned(),
        )),
        ..sign_in_page()
    };
    let first = FirstFactorPage {
        door: Door::Team,
        light: Light::Device,
        csrf: "sample".to_owned(),
        offer: super::accounts::offer(),
        passkey: Some(ask()),
        problems: Problems::default(),
        then: None,
    };
    let no_passkeys = FirstFactorPage {
        passkey: None,
        ..first.clone()
    };
    let not_made = FirstFactorPage {
        problems: Problems::one("passkey", "The browser made no passkey"),
        ..first.clone()
    };
    let key = |problems| BeginPage {
        csrf: "sample".to_owned(),
        problems,
        ..BeginPage::default()
    };
    let unknown = Problems::one("key", "That is not an owner's API key. Keys look like bailee_…_…");
    let code = SecondFactorPage {
        csrf: "sample".to_owned(),
        app: true,
        ..SecondFactorPage::default()
    };
    let passkey = SecondFactorPage {
        passkey: Some(ask()),
        ..code.clone()
    };
    let only_passkey = SecondFactorPage {
        app: false,
        problems: Problems::one("passkey", "That did not fit"),
        ..passkey.clone()
    };
    let alone = PasskeyPage {
        light: Light::Device,
        csrf: "sample".to_owned(),
        team: "northlake".to_owned(),
        ask: ask(),
        then: None,
    };
    let old = SecondFactorPage {
        problems: Problems::one("code", "That code is not valid now. Wait for the next one"),
        ..code.clone()
    };
    let recovery = SecondFactorPage {
        recovery: true,
        ..code.clone()
    };
    let short =
        Problems::one("password", "Use at least 15 characters").and("again", "Type the same password twice");
    vec![
        sample("sign-in", sign_in(&sign_in_page())),
        sample("sign-in-refused", sign_in(&refused)),
        sample("sign-in-ended", sign_in(&ended)),
        sample("begin", begin(&key(Problems::default()))),
        sample("begin-wrong", begin(&key(unknown))),
        sample("first-factor", first_factor(&first)),
        sample("first-factor-app", first_factor(&no_passkeys)),
        sample("first-factor-not-made", first_factor(&not_made)),
        sample("second-factor-passkey", second_factor(&passkey)),
        sample("second-factor-passkey-alone", second_factor(&only_passkey)),
        sample("sign-in-passkey", passkey_sign_in(&alone)),
        sample("second-factor", second_factor(&code)),
        sample("second-factor-wrong", second_factor(&old)),
        sample("second-factor-recovery", second_factor(&recovery)),
        sample(
            "invitation",
            invitation(&invitation_page(Some(offer()), Problems::default())),
        ),
        sample(
            "invitation-wrong",
            invitation(&invitation_page(Some(offer()), short)),
        ),
        sample(
            "invitation-used",
            invitation(&invitation_page(None, Problems::default())),
        ),
    ]
}
