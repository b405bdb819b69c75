//! Whether who guesses is slowed down and told of, and whether a team's own provider is the only way in where the team says so.
//!
//! What is looked at: people of the probe team whose rules are set and put back. They sign in from networks that are set aside for
//! examples, another one each time, so that nobody waits for a run before this one. The provider is one in this very process.

mod provider;

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Class;
use async_trait::async_trait;
use custody::People;
use custody::trail::TrailFilter;
use identity::{Attempt, Error, NewOidc, Rule, SecondFactorFor, SignIn};
use kernel::{EventId, PageRequest};
use operation::{Client, Request};
use secrecy::ExposeSecret as _;

use provider::Provider;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// After so many wrong passwords in a row there has to be waiting.
const BURST: usize = 6;

/// People who sign in, and where they do.
struct Hall {
    people: People,
    owner: Actor,
    slug: &'static str,
    site: Site,
}

/// Somebody with a password.
struct Guest {
    actor: Actor,
    email: String,
    password: String,
}

impl Hall {
    /// Passwords alone let people in until the rule is put back.
    async fn open(site: &Site, people: People) -> Result<Self, Trouble> {
        let owner = Actor::joining(&site.custody).await?;
        let rule = Rule {
            second_factor: SecondFactorFor::WhoeverWants,
            ..Rule::default()
        };
        people.set_rule(&owner.key, owner.request(), rule).await?;
        let (slug, site) = (custody::installation::ProbeTeam::Joining.slug(), site.clone());
        Ok(Self {
            people,
            owner,
            slug,
            site,
        })
    }

    async fn close(&self) -> Result<(), Trouble> {
        let (key, request) = (&self.owner.key, self.owner.request());
        self.people.set_rule(key, request, Rule::default()).await?;
        Ok(())
    }

    /// Lets somebody choose a new password.
    async fn guest(&self, actor: Actor) -> Result<Guest, Trouble> {
        let (people, owner, password) = (&self.people, &self.owner, self.site.random_word());
        let invited = people.make_invitation(&owner.key, owner.request(), actor.member);
        let invited = invited.await?;
        let chosen = password.as_str().into();
        let accepted = people.accept_invitation(owner.request(), &invited.token, &chosen);
        self.leave(accepted.await?).await?;
        Ok(Guest {
            actor,
            email: invited.email,
            password,
        })
    }

    /// A network of RFC 3849 that nobody else is in.
    fn network(&self) -> String {
        let word = self.site.random_word();
        let part = |at: usize| word.get(at..at + 4).unwrap_or("1");
        format!("2001:db8:{}:{}::1", part(0), part(4))
    }

    fn from(&self, network: &str) -> Request {
        Request {
            client: Some(Client {
                address: Some(network.to_owned()),
                ..Client::default()
            }),
            ..self.site.request()
        }
    }

    async fn sign_in(&self, guest: &Guest, password: &str, network: &str) -> identity::Result<SignIn> {
        let attempt = Attempt {
            tenant: self.slug.to_owned(),
            email: guest.email.clone(),
            password: password.into(),
            browser: None,
        };
        self.people.sign_in(self.from(network), attempt).await
    }

    /// Whether somebody comes in. They leave again at once.
    async fn comes_in(&self, signed_in: identity::Result<SignIn>) -> Result<bool, Trouble> {
        match signed_in {
            Ok(signed_in) => {
                self.leave(signed_in).await?;
                Ok(true)
            }
            Err(Error::NotProven | Error::Wait { .. } | Error::Forbidden { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn leave(&self, signed_in: SignIn) -> Result<(), Trouble> {
        if let SignIn::Session(signed_in) = signed_in {
            let cookie = signed_in.cookie.expose_secret();
            self.people.sign_out(cookie, self.owner.request()).await?;
        }
        Ok(())
    }

    /// The newest entries of the team's trail that are alarms about signing in.
    async fn alarms(&self) -> Result<BTreeSet<EventId>, Trouble> {
        let filter = TrailFilter {
            action: Some("session.begin".to_owned()),
            ..TrailFilter::default()
        };
        let (owner, page) = (&self.owner, PageRequest::first(100));
        let trail = owner.custody.trail(&owner.key, owner.request(), filter, page);
        let entries = trail.await?.items.into_iter();
        let alarms = entries.filter(|entry| entry.event["details"]["alarm"] == true);
        Ok(alarms.map(|entry| entry.id).collect())
    }
}

/// Fails to sign in many times in a row.
pub struct SignInsAreWatched;

#[async_trait]
impl Check for SignInsAreWatched {
    fn id(&self) -> &'static str {
        "sign-ins-are-watched"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let hall = Hall::open(site, site.people()?).await?;
        let mut cases = Cases::of(self.id());
        let tried = burst(&mut cases, &hall).await;
        hall.close().await?;
        tried?;
        Ok(cases.seen())
    }
}

async fn burst(cases: &mut Cases, hall: &Hall) -> Result<(), Trouble> {
    let guest = hall.guest(hall.owner.somebody(Class::User).await?).await?;
    let (guesser, office, before) = (hall.network(), hall.network(), hall.alarms().await?);
    let usual = hall.sign_in(&guest, &guest.password, &office).await;
    cases.control("who knows the password is let in", hall.comes_in(usual).await?);
    let slip = hall.sign_in(&guest, &hall.site.random_word(), &office).await;
    cases.control(
        "a slip keeps nobody waiting",
        matches!(slip, Err(Error::NotProven)),
    );
    let usual = hall.sign_in(&guest, &guest.password, &office).await;
    cases.control("nor does it keep them out", hall.comes_in(usual).await?);
    cases.control("and nobody is told of it", hall.alarms().await? == before);
    let mut waits = false;
    for _ in 0..BURST {
        let tried = hall.sign_in(&guest, &hall.site.random_word(), &guesser).await;
        waits = waits || matches!(tried, Err(Error::Wait { .. }));
        cases.must("a guess is refused", !hall.comes_in(tried).await?);
    }
    cases.must("who guesses has to wait", waits);
    let right = hall.sign_in(&guest, &guest.password, &guesser).await;
    cases.must("whoever they are by then", !hall.comes_in(right).await?);
    let told = hall.alarms().await?.difference(&before).count();
    cases.must("the team's trail has an alarm", told > 0);
    let usual = hall.sign_in(&guest, &guest.password, &office).await;
    cases.control("others are let in meanwhile", hall.comes_in(usual).await?);
    Ok(())
}

/// Signs in by password where a team has ruled it out.
pub struct SingleSignOnIsEnforced;

#[async_trait]
impl Check for SingleSignOnIsEnforced {
    fn id(&self) -> &'static str {
        "single-sign-on-is-enforced"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let provider = Arc::new(Provider::new(site)?);
        let people = site.people()?.with_providers(provider::only(&provider)?);
        let hall = Hall::open(site, people).await?;
        let (key, request) = (&hall.owner.key, || hall.owner.request());
        // What a run before this one left behind, if it was cut off.
        hall.people.remove_oidc(key, request()).await?;
        let mut cases = Cases::of(self.id());
        let tried = provided(&mut cases, &hall, &provider).await;
        hall.people.remove_oidc(key, request()).await?;
        hall.close().await?;
        tried?;
        Ok(cases.seen())
    }
}

async fn provided(cases: &mut Cases, hall: &Hall, provider: &Provider) -> Result<(), Trouble> {
    let (people, owner) = (&hall.people, &hall.owner);
    let alone = hall.guest(owner.clone()).await?;
    let user = hall.guest(owner.somebody(Class::User).await?).await?;
    let usual = hall.sign_in(&user, &user.password, &hall.network()).await;
    cases.control(
        "as long as it is not ruled out, a password lets in",
        hall.comes_in(usual).await?,
    );
    let enforced = NewOidc {
        enforced: true,
        break_glass: Some(alone.actor.member),
        ..provider.described()
    };
    people.set_oidc(&owner.key, owner.request(), enforced).await?;
    let before = hall.alarms().await?;
    let ruled_out = hall.sign_in(&user, &user.password, &hall.network()).await;
    cases.must("a password lets nobody in", !hall.comes_in(ruled_out).await?);
    let invited = people.make_invitation(&owner.key, owner.request(), user.actor.member);
    cases.must("nor does an invitation", invited.await.is_err());
    let emergency = hall.sign_in(&alone, &alone.password, &hall.network()).await;
    cases.control(
        "the owner who is kept for emergencies is let in",
        hall.comes_in(emergency).await?,
    );
    let told = hall.alarms().await?.difference(&before).count();
    cases.control("and the team's trail has an alarm of it", told == 1);
    newcomer(cases, hall, provider).await
}

/// Who comes by the provider for the first time is of the class that the team set, and that is none of the highest.
async fn newcomer(cases: &mut Cases, hall: &Hall, provider: &Provider) -> Result<(), Trouble> {
    let (people, owner) = (&hall.people, &hall.owner);
    let begun = people.begin_oidc(hall.from(&hall.network()), hall.slug).await?;
    let back = provider.sends_back(&begun.url)?;
    let finished = people.finish_oidc(hall.from(&hall.network()), back, Some(&begun.browser));
    let class = match finished.await {
        Ok(signed_in) => {
            let class = signed_in.who.class;
            hall.leave(SignIn::Session(signed_in)).await?;
            Some(class)
        }
        Err(_) => None,
    };
    cases.control("the provider lets people in", class.is_some());
    cases.must(
        "a newcomer is a worker, as the team set it",
        class.is_none_or(|class| class == Class::Worker),
    );
    let high = NewOidc {
        class: Class::Admin,
        ..provider.described()
    };
    let high = people.set_oidc(&owner.key, owner.request(), high).await;
    cases.must("no provider makes admins", high.is_err());
    Ok(())
}
