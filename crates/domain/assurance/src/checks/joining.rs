//! What somebody needs before they are let in: their papers, and a password that nobody guesses.
//!
//! What is looked at: a probe team of its own, whose rules are set and put back, so that no other check stands before a closed door.

use access::Class;
use async_trait::async_trait;
use custody::People;
use custody::admission::{NewRecord, NewStep, Step, StepKind};
use identity::{Floor, Rule, SecondFactorFor, SignIn};
use kernel::PageRequest;
use secrecy::ExposeSecret as _;

use crate::Site;
use crate::check::{Cases, Check, Observation, Trouble};
use crate::probe::Actor;

/// Tries to activate somebody whose papers are not complete.
pub struct JoinersWaitForPapers;

#[async_trait]
impl Check for JoinersWaitForPapers {
    fn id(&self) -> &'static str {
        "joiners-wait-for-papers"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let owner = Actor::joining(&site.custody).await?;
        // What a run before this one left behind, if it was cut off.
        ask_for_nothing(&owner).await?;
        let joiner = owner.somebody(Class::User).await?;
        let mut cases = Cases::of(self.id());
        cases.control_works(
            "where nothing is asked for, the door is open",
            enter(&joiner).await,
        );
        let tried = papers(&mut cases, &owner, &joiner).await;
        ask_for_nothing(&owner).await?;
        tried?;
        Ok(cases.seen())
    }
}

async fn enter(who: &Actor) -> custody::Result<()> {
    let page = PageRequest::first(1);
    let listed = who.custody.list_datasets(&who.key, who.request(), page);
    listed.await.map(drop)
}

async fn ask_for_nothing(owner: &Actor) -> Result<(), Trouble> {
    let custody = &owner.custody;
    for standing in custody.admission(&owner.key, owner.request(), None).await? {
        let id = standing.step.id;
        custody
            .remove_admission_step(&owner.key, owner.request(), id)
            .await?;
    }
    Ok(())
}

/// One paper of each kind is asked for. As long as one is missing the door is closed, and as soon as none is, it is open.
async fn papers(cases: &mut Cases, owner: &Actor, joiner: &Actor) -> Result<(), Trouble> {
    let custody = &owner.custody;
    let mut steps = Vec::new();
    for kind in StepKind::ALL {
        let asked = paper(kind, "1");
        let step = custody.add_admission_step(&owner.key, owner.request(), asked);
        steps.push(step.await?);
    }
    for step in &steps {
        let what = format!("somebody without a {} is let in", step.asks.kind.as_str());
        cases.must_refuse(&what, enter(joiner).await)?;
        do_step(owner, joiner, step).await?;
    }
    cases.control_works("with complete papers the door is open", enter(joiner).await);
    let Some(policy) = steps.iter().find(|step| step.asks.kind == StepKind::Policy) else {
        return Err(Trouble("there is no policy to accept".to_owned()));
    };
    let newer = paper(StepKind::Policy, "2");
    custody
        .change_admission_step(&owner.key, owner.request(), policy.id, newer)
        .await?;
    let what = "somebody who accepted a version before the present one is let in";
    cases.must_refuse(what, enter(joiner).await)
}

fn paper(kind: StepKind, version: &str) -> NewStep {
    NewStep {
        kind,
        title: format!("Probe {}", kind.as_str()),
        version: version.to_owned(),
        place: String::new(),
        good_for_days: None,
    }
}

/// A policy is accepted by the joiner; all else is recorded by the owner.
async fn do_step(owner: &Actor, joiner: &Actor, step: &Step) -> Result<(), Trouble> {
    let (custody, version) = (&owner.custody, step.asks.version.clone());
    if step.asks.kind == StepKind::Policy {
        let accepted = custody.accept_admission_step(&joiner.key, joiner.request(), step.id, version);
        accepted.await?;
        return Ok(());
    }
    let record = NewRecord {
        version,
        done_at: custody.desk().clock.now(),
        good_until: None,
        evidence: "a probe".to_owned(),
    };
    let (key, whose) = (&owner.key, (step.id, joiner.member));
    custody
        .record_admission_step(key, owner.request(), whose, record)
        .await?;
    Ok(())
}

/// Offers bad passwords to the rule in force.
pub struct WeakPasswordsAreRefused;

/// Bad wherever they stand alone: too short, known, a run, a repetition, made of the person or of this service.
const BAD_ALONE: [&str; 8] = [
    "fourteen chars",
    "password1234567",
    "PASSWORD!!!!!!!!",
    "123456789012345",
    "abcabcabcabcabc",
    "probeprobeprobe",
    "worker@probe.invalid",
    "baileebailee2026",
];
/// Bad beside a second factor too.
const BAD_BESIDE: [&str; 2] = ["seven c", "password1"];
/// Below what a team may ask for that wants a digit and a small letter.
const BAD_WITHOUT_DIGIT: [&str; 2] = ["grey horses trot", "GREY 4 HORSES"];

#[async_trait]
impl Check for WeakPasswordsAreRefused {
    fn id(&self) -> &'static str {
        "weak-passwords-are-refused"
    }

    async fn observe(&self, site: &Site) -> Result<Observation, Trouble> {
        let (owner, people) = (Actor::joining(&site.custody).await?, site.people()?);
        let joiner = owner.somebody(Class::Worker).await?;
        let mut cases = Cases::of(self.id());
        let tried = passwords(&mut cases, site, (&people, &owner, &joiner)).await;
        set(&people, &owner, Rule::default()).await?;
        tried?;
        Ok(cases.seen())
    }
}

async fn set(people: &People, owner: &Actor, rule: Rule) -> Result<(), Trouble> {
    people.set_rule(&owner.key, owner.request(), rule).await?;
    Ok(())
}

async fn passwords(
    cases: &mut Cases,
    site: &Site,
    (people, owner, joiner): (&People, &Actor, &Actor),
) -> Result<(), Trouble> {
    let alone = Rule {
        second_factor: SecondFactorFor::WhoeverWants,
        ..Rule::default()
    };
    let digit = Rule {
        password_floor: Floor::EightWithDigit,
        ..alone
    };
    set(people, owner, alone).await?;
    let good = offer(people, (owner, joiner), &site.random_word()).await?;
    cases.control("a good password is taken", good.is_some());
    if let Some(SignIn::Session(signed_in)) = good {
        people
            .sign_out(signed_in.cookie.expose_secret(), owner.request())
            .await?;
    }
    for (rule, bad) in [
        (Rule::default(), &BAD_BESIDE[..]),
        (digit, &BAD_WITHOUT_DIGIT),
        (alone, &BAD_ALONE),
    ] {
        set(people, owner, rule).await?;
        for password in bad {
            let taken = offer(people, (owner, joiner), password).await?;
            cases.must(&format!("`{password}` is refused"), taken.is_none());
        }
    }
    Ok(())
}

/// What comes of a password; nothing where it is refused for what it is.
async fn offer(
    people: &People,
    (owner, joiner): (&Actor, &Actor),
    password: &str,
) -> Result<Option<SignIn>, Trouble> {
    let invited = people.make_invitation(&owner.key, owner.request(), joiner.member);
    let token = invited.await?.token;
    let password = password.into();
    let offered = people.accept_invitation(owner.request(), &token, &password);
    match offered.await {
        Ok(taken) => Ok(Some(taken)),
        Err(identity::Error::Invalid {
            field: "password", ..
        }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
