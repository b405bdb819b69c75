//! Duties that nobody holds together: every built-in pair, a team's own, and who holds both all the same, on both engines.

use access::{Action, CONFLICTS, Class, Duty, Pair};
use custody::dataset::{DatasetRef, GrantTerms};
use custody::duty::{Conflict, Holder};
use custody::key::NewKey;
use custody::member::MemberChange;
use custody::trail::TrailFilter;
use custody::{Error, Result};
use kernel::{MemberId, PageRequest};
use testkit::{Person, Team, World};

/// Duties that somebody can be given by itself.
const GIVEN: fn(&Duty) -> bool = |duty| !duty.comes_with_a_grant();

engines::on_both! {
    async fn nobody_is_given_both_duties_of_any_built_in_pair(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let gina = team.member(Class::Owner).await;
        give(&world, &team.owner, gina.member, Duty::GiveAccess).await.unwrap();
        // Who gives access does all of it from here on, as nobody else does then.
        let team = Team { owner: gina, ..team };
        for (pair, _) in CONFLICTS {
            for [first, second] in orders(pair) {
                let person = team.member(Class::Worker).await;
                take(&world, &team, &person, first).await.unwrap();
                // Nobody has two classes: who has one is given the other duty by itself.
                let refused = match pair.duties().iter().all(comes_with_a_class) {
                    true => give(&world, &team.owner, person.member, second).await.map(drop),
                    false => take(&world, &team, &person, second).await,
                };
                assert_names(refused, pair);
                assert_eq!(conflicts(&world, &team.owner).await, [], "{pair}");
                give_up(&world, &team, &person, first).await;
                take(&world, &team, &person, second).await.unwrap();
                give_up(&world, &team, &person, second).await;
            }
        }
    }

    async fn who_holds_one_duty_of_a_built_in_pair_does_no_act_of_the_other(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (anna, ben) = (team.member(Class::Owner).await, team.member(Class::Owner).await);
        for (pair, _) in CONFLICTS {
            for [own, other] in orders(pair).into_iter().filter(|two| two.iter().all(GIVEN)) {
                let acts: Vec<Action> = other.acts().to_vec();
                let held = give(&world, &team.owner, anna.member, own).await.unwrap();
                assert_eq!((held.member, held.duty), (anna.member, own));
                for act in &acts {
                    assert_names(tries(&world, &anna, *act).await, pair);
                    tries(&world, &ben, *act).await.unwrap();
                }
                // Its own acts are nobody else's meanwhile, the owner's included.
                for act in own.acts() {
                    tries(&world, &anna, *act).await.unwrap();
                    for stranger in [&ben, &team.owner] {
                        let refused = tries(&world, stranger, *act).await;
                        let said = format!("duty.{own}");
                        assert!(matches!(&refused, Err(Error::Forbidden { reasons, .. }) if *reasons == [said]), "{refused:?}");
                    }
                }
                end(&world, &team.owner, anna.member, own).await.unwrap();
                for act in acts {
                    tries(&world, &anna, act).await.unwrap();
                }
            }
        }
        let refused = TrailFilter { action: Some("register.approve".into()), ..TrailFilter::default() };
        let refused = team.owner.trail(refused).await.unwrap();
        assert!(refused.iter().any(|entry| entry.event["details"]["reasons"][0] == "duties.keep-registers+approve-registers"));
    }

    async fn a_pair_of_the_teams_own_counts_at_once_and_shows_who_holds_both(db: TestDb) {
        let world = World::on(db).await;
        let (team, rival) = (world.team("clinic").await, world.team("rival").await);
        let pair = Pair::of(Duty::MakeExports, Duty::IssueKeys).unwrap();
        let (anna, ben) = (team.member(Class::Admin).await, team.member(Class::Admin).await);
        for duty in pair.duties() {
            give(&world, &team.owner, anna.member, duty).await.unwrap();
        }
        tries(&world, &anna, Action::ExportCreate).await.unwrap();
        let (custody, owner) = (&world.custody, &team.owner);
        custody.add_duty_pair(&owner.credential, owner.request(), pair).await.unwrap();
        custody.add_duty_pair(&owner.credential, owner.request(), pair).await.unwrap();
        let found = conflicts(&world, owner).await;
        assert_eq!(found.iter().map(|it| (it.member, it.pairs.clone())).collect::<Vec<_>>(), [(anna.member, vec![pair])]);
        assert_names(tries(&world, &anna, Action::ExportCreate).await, pair);
        assert_eq!(conflicts(&world, &rival.owner).await, [], "another team's are its own");
        let rules = custody.duty_pairs(&owner.credential, owner.request()).await.unwrap();
        assert_eq!(rules.len(), CONFLICTS.len() + 1);

        give(&world, owner, ben.member, Duty::MakeExports).await.unwrap();
        assert_names(give(&world, owner, ben.member, Duty::IssueKeys).await, pair);
        custody.remove_duty_pair(&owner.credential, owner.request(), pair).await.unwrap();
        assert_eq!(conflicts(&world, owner).await, []);
        tries(&world, &anna, Action::ExportCreate).await.unwrap();
        let gone = custody.remove_duty_pair(&owner.credential, owner.request(), pair).await;
        assert!(matches!(gone, Err(Error::NotFound("pair"))), "{gone:?}");
        for (built_in, _) in CONFLICTS {
            let kept = custody.remove_duty_pair(&owner.credential, owner.request(), built_in).await;
            assert!(matches!(kept, Err(Error::Conflict(_))), "{built_in}: {kept:?}");
        }
    }

    async fn who_was_shut_out_comes_back_with_no_two_duties_that_conflict(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (custody, owner) = (&world.custody, &team.owner);
        let anna = team.member(Class::Admin).await;
        let pair = Pair::of(Duty::MakeExports, Duty::IssueKeys).unwrap();
        for duty in pair.duties() {
            give(&world, owner, anna.member, duty).await.unwrap();
        }
        custody.disable_member(&owner.credential, owner.request(), anna.member).await.unwrap();
        // Who is shut out keeps nothing from the others.
        tries(&world, owner, Action::ExportCreate).await.unwrap();
        custody.add_duty_pair(&owner.credential, owner.request(), pair).await.unwrap();
        let back = custody.enable_member(&owner.credential, owner.request(), anna.member).await;
        assert_names(back, pair);
        end(&world, owner, anna.member, Duty::IssueKeys).await.unwrap();
        custody.enable_member(&owner.credential, owner.request(), anna.member).await.unwrap();
    }

    async fn nobody_settles_their_own_duties_or_makes_a_key_for_the_other_side(db: TestDb) {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let (owner, admin) = (&team.owner, team.member(Class::Admin).await);
        let own = give(&world, owner, owner.member, Duty::ApproveRegisters).await;
        assert!(matches!(&own, Err(Error::Forbidden { reasons, .. }) if reasons.iter().any(|reason| reason == "limit.own-duty")), "{own:?}");
        let by_admin = give(&world, &admin, owner.member, Duty::ApproveRegisters).await;
        assert!(matches!(by_admin, Err(Error::Forbidden { .. })), "{by_admin:?}");
        let by_itself = give(&world, owner, admin.member, Duty::Work).await;
        assert!(matches!(by_itself, Err(Error::Invalid { field: "duty", .. })), "{by_itself:?}");

        let user = team.member(Class::User).await;
        give(&world, owner, admin.member, Duty::KeepRegisters).await.unwrap();
        give(&world, owner, user.member, Duty::ApproveRegisters).await.unwrap();
        let new = NewKey { member: Some(user.member), label: "theirs".into(), ..NewKey::default() };
        let issued = world.custody.issue_key(&admin.credential, admin.request(), new.clone(), None).await;
        assert_names(issued.map(drop), Pair::of(Duty::KeepRegisters, Duty::ApproveRegisters).unwrap());
        world.custody.issue_key(&owner.credential, owner.request(), new, None).await.unwrap();
        let listed = world.custody.list_duties(&owner.credential, owner.request(), PageRequest::first(1)).await.unwrap();
        let rest = PageRequest { after: listed.next, limit: 1 };
        let rest = world.custody.list_duties(&owner.credential, owner.request(), rest).await.unwrap();
        assert_eq!((listed.items[0].member, rest.items[0].member, rest.next), (admin.member, user.member, None));
    }

    async fn the_operators_staff_hold_their_own_duties_apart(db: TestDb) {
        let world = World::on(db).await;
        let (custody, team) = (&world.custody, world.team("clinic").await);
        let foreign = custody.give_duty(&world.operator.credential, world.operator.request(), team.owner.member, Duty::AdmitStaff).await;
        assert!(matches!(foreign, Err(Error::NotFound(_))), "{foreign:?}");
        let rules = custody.duty_pairs(&world.operator.credential, world.operator.request()).await.unwrap();
        assert_eq!(rules.len(), CONFLICTS.len());
        let theirs = TrailFilter { action: Some("duty.give".into()), ..TrailFilter::default() };
        assert!(team.owner.trail(theirs).await.unwrap().is_empty());
    }
}

fn comes_with_a_class(duty: &Duty) -> bool {
    Class::ALL
        .into_iter()
        .any(|class| Duty::of_class(class) == Some(*duty))
}

fn orders(pair: Pair) -> [[Duty; 2]; 2] {
    let [one, other] = pair.duties();
    [[one, other], [other, one]]
}

/// Comes by a duty as people do: with a class, with a dataset, or by being given it.
async fn take(world: &World, team: &Team, person: &Person, duty: Duty) -> Result<()> {
    let (custody, owner) = (&world.custody, &team.owner);
    let by_class = Class::ALL
        .into_iter()
        .find(|class| Duty::of_class(*class) == Some(duty));
    if let Some(class) = by_class {
        let change = MemberChange { class };
        let changed = custody.change_member(&owner.credential, owner.request(), person.member, change);
        return changed.await.map(drop);
    }
    if duty.comes_with_a_grant() {
        let (scans, terms) = (scans(team).await, GrantTerms::default());
        let given = custody.give_grant(&owner.credential, owner.request(), scans, person.member, terms);
        return given.await.map(drop);
    }
    give(world, owner, person.member, duty).await.map(drop)
}

async fn give_up(world: &World, team: &Team, person: &Person, duty: Duty) {
    let (custody, owner) = (&world.custody, &team.owner);
    if comes_with_a_class(&duty) {
        let change = MemberChange { class: Class::Worker };
        let changed = custody.change_member(&owner.credential, owner.request(), person.member, change);
        changed.await.unwrap();
    } else if duty.comes_with_a_grant() {
        let scans = scans(team).await;
        let ended = custody.end_grant(&owner.credential, owner.request(), scans, person.member);
        ended.await.unwrap();
    } else {
        end(world, owner, person.member, duty).await.unwrap();
    }
}

/// The dataset of these tests, made by whoever asks first.
async fn scans(team: &Team) -> DatasetRef {
    let made = team.owner.dataset("scans").await;
    assert!(matches!(made, Ok(_) | Err(Error::Conflict(_))), "{made:?}");
    DatasetRef::parse("scans")
}

async fn give(world: &World, by: &Person, member: MemberId, duty: Duty) -> Result<Holder> {
    world
        .custody
        .give_duty(&by.credential, by.request(), member, duty)
        .await
}

async fn end(world: &World, by: &Person, member: MemberId, duty: Duty) -> Result<()> {
    world
        .custody
        .end_duty(&by.credential, by.request(), member, duty)
        .await
}

async fn conflicts(world: &World, by: &Person) -> Vec<Conflict> {
    let listed =
        world
            .custody
            .duty_conflicts(&by.credential, by.request(), PageRequest::first(PageRequest::MAX));
    listed.await.unwrap().items
}

/// Begins an act, as every act of this kind does.
async fn tries(world: &World, person: &Person, action: Action) -> Result<()> {
    let (custody, key) = (world.custody.clone(), person.credential.clone());
    let begun = move |op: &mut operation::Op<'_>| custody.enter(op, &key, action).map(drop);
    world.custody.desk().act(person.request(), begun).await
}

fn assert_names<T: std::fmt::Debug>(refused: Result<T>, pair: Pair) {
    let said = format!("duties.{pair}");
    assert!(
        matches!(&refused, Err(Error::Forbidden { reasons, .. }) if *reasons == [said]),
        "{pair}: {refused:?}"
    );
}
