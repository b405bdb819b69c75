use access::Class;
use kernel::{MemberId, PageRequest};
use operation::acts::ChangeMember;
use operation::{Permit, Resource};
use store::{StoreError, params};

use super::{MemberChange, MemberState, NewMember, check_email, check_name, ops, rows};
use crate::tenant::CustodyMode;
use crate::testing::{Person, Team, World, first_page};
use crate::{Error, IdempotencyKey, Result};

engines::on_both! {
    async fn an_invited_member_acts_with_a_key_of_their_own(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        let seen = world.custody.member(&user.key, world.request(), user.member).await.unwrap();
        assert_eq!((seen.name.as_str(), seen.email.as_str()), ("uma", "uma@team.example"));
        assert_eq!((seen.class, seen.state), (Class::User, MemberState::Active));
        let other = world.custody.member(&user.key, world.request(), team.owner.member).await;
        assert!(matches!(other, Err(Error::Forbidden { .. })), "{other:?}");
    }

    async fn an_address_is_a_member_once_whatever_its_case(db: TestDb) {
        let world = World::new(db).await;
        let (team, other) = (world.team("clinic").await, world.team("other").await);
        invite(&world, &team.owner, "Uma@Team.example", Class::User).await.unwrap();
        let again = invite(&world, &team.owner, " uma@team.EXAMPLE ", Class::Auditor).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        assert!(invite(&world, &other.owner, "uma@team.example", Class::User).await.is_ok());
    }

    async fn a_repeated_invitation_is_answered_and_not_repeated(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let new = NewMember { name: "Uma".into(), email: "uma@team.example".into(), class: Class::User };
        let key = || Some(IdempotencyKey::new("once", &[b"uma"]));
        let invite = || world.custody.invite_member(&team.owner.key, world.request(), new.clone(), key());
        assert_eq!(invite().await.unwrap(), invite().await.unwrap());
    }

    async fn nobody_invites_above_their_limit(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let admin = world.member(&team, "adam", Class::Admin).await;
        let manager = world.member(&team, "mia", Class::WorkforceManager).await;
        for (person, class, may) in [
            (&team.owner, Class::Owner, true),
            (&team.owner, Class::Operator, false),
            (&admin, Class::User, true),
            (&admin, Class::Admin, false),
            (&admin, Class::PrivacyOfficer, false),
            (&manager, Class::Worker, true),
            (&manager, Class::User, false),
        ] {
            let email = format!("{class}.{}@team.example", person.member);
            let invited = invite(&world, person, &email, class).await;
            assert_eq!(invited.is_ok(), may, "{class}: {invited:?}");
        }
    }

    async fn another_teams_member_is_unknown(db: TestDb) {
        let world = World::new(db).await;
        let (team, other) = (world.team("clinic").await, world.team("other").await);
        let theirs = other.owner.member;
        let custody = &world.custody;
        let change = MemberChange { class: Class::Worker };
        for answer in [
            custody.member(&team.owner.key, world.request(), theirs).await,
            custody.change_member(&team.owner.key, world.request(), theirs, change).await,
            custody.disable_member(&team.owner.key, world.request(), theirs).await,
            custody.enable_member(&team.owner.key, world.request(), theirs).await,
        ] {
            assert!(matches!(answer, Err(Error::NotFound("member"))), "{answer:?}");
        }
        let refused = world.acts(team.tenant).await.iter().filter(|act| act.ends_with("refused")).count();
        assert_eq!(refused, 4);
        assert!(world.works(&other.owner.key).await);
    }

    async fn a_changed_class_is_the_next_requests_class(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        assert!(world.custody.list_members(&user.key, world.request(), first_page()).await.is_err());
        let changed = change(&world, &team.owner, user.member, Class::Auditor).await.unwrap();
        assert_eq!(changed.class, Class::Auditor);
        let listed = world.custody.list_members(&user.key, world.request(), first_page()).await.unwrap();
        assert_eq!(listed.items.len(), 2);
    }

    async fn members_are_listed_in_pages(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        for name in ["one", "two"] {
            invite(&world, &team.owner, &format!("{name}@team.example"), Class::User).await.unwrap();
        }
        let first = PageRequest::first(2);
        let first = world.custody.list_members(&team.owner.key, world.request(), first).await.unwrap();
        let rest = PageRequest { limit: 2, after: first.next.clone() };
        let rest = world.custody.list_members(&team.owner.key, world.request(), rest).await.unwrap();
        assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
        assert_eq!(rest.items[0].email, "two@team.example");
    }

    async fn a_disabled_members_keys_and_streams_end_until_they_are_enabled(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        let stream = world.custody.live.begin(user.key.key);
        let owners_stream = world.custody.live.begin(team.owner.key.key);
        let disabled = world.custody.disable_member(&team.owner.key, world.request(), user.member).await.unwrap();
        assert_eq!(disabled.state, MemberState::Disabled);
        assert!(!stream.is_live() && owners_stream.is_live());
        assert!(!world.works(&user.key).await);
        let again = world.custody.disable_member(&team.owner.key, world.request(), user.member).await;
        assert!(again.is_ok(), "{again:?}");
        world.custody.enable_member(&team.owner.key, world.request(), user.member).await.unwrap();
        assert!(world.works(&user.key).await);
        // The use of a dead key stands in the trail.
        assert!(world.acts(team.tenant).await.contains(&"key.list refused".to_owned()));
    }

    async fn a_refused_disabling_ends_no_stream(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let (uma, max) = (world.member(&team, "uma", Class::User).await, world.member(&team, "max", Class::User).await);
        let stream = world.custody.live.begin(max.key.key);
        let refused = world.custody.disable_member(&uma.key, world.request(), max.member).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
        assert!(stream.is_live() && world.works(&max.key).await);
    }

    async fn nobody_changes_or_disables_themselves(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let owner = &team.owner;
        assert!(change(&world, owner, owner.member, Class::User).await.is_err());
        assert!(world.custody.disable_member(&owner.key, world.request(), owner.member).await.is_err());
        assert!(world.works(&owner.key).await);
    }

    async fn the_last_owner_stays_whatever_the_policies_allow(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        assert!(matches!(leave_office(&world, &team, team.owner.member).await, Err(Error::Conflict(_))));
        let second = invite(&world, &team.owner, "olaf@team.example", Class::Owner).await.unwrap();
        assert!(leave_office(&world, &team, second.id).await.is_ok());
        world.custody.disable_member(&team.owner.key, world.request(), second.id).await.unwrap();
        assert!(matches!(leave_office(&world, &team, team.owner.member).await, Err(Error::Conflict(_))));
    }

    async fn the_recovery_code_outlives_the_owner_it_was_made_for(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team_held("lab", CustodyMode::CustomerHeld).await;
        let second = world.member(&team, "olaf", Class::Owner).await;
        world.custody.disable_member(&second.key, world.request(), team.owner.member).await.unwrap();
        let recovery = team.recovery.as_ref().unwrap();
        let issued = world.custody.use_recovery(recovery, world.request(), None).await.unwrap();
        assert_eq!(issued.key.member, second.member);
    }

    async fn names_and_addresses_are_not_stored_in_clear(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let user = world.member(&team, "uma", Class::User).await;
        let stored = world.db.read(move |tx| {
            let sql = "SELECT profile_sealed, email_blind FROM member WHERE member_id = $1";
            let row = tx.one(sql, params![user.member])?;
            Ok::<_, StoreError>([row.get::<Vec<u8>>(0)?, row.get::<Vec<u8>>(1)?].concat())
        });
        assert!(!String::from_utf8_lossy(&stored.await.unwrap()).contains("uma"));
    }
}

#[test]
fn addresses_have_two_sides() {
    for good in [
        "a@b.c",
        " ada@example.org ",
        "ada+lab@example.org",
        "käthe@münchen.example",
    ] {
        assert!(check_email(good).is_ok(), "{good}");
    }
    let long = format!("{}@example.org", "a".repeat(250));
    for bad in [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a da@example.org",
        "a@b@c.example",
        "a\n@example.org",
        &long,
    ] {
        assert!(check_email(bad).is_err(), "{bad}");
    }
}

#[test]
fn names_fit_on_a_line() {
    assert!(check_name("Ada Lovelace").is_ok() && check_name("李").is_ok());
    for bad in ["", "  ", "a\nb", &"a".repeat(201)] {
        assert!(check_name(bad).is_err(), "{bad}");
    }
}

async fn invite(world: &World, by: &Person, email: &str, class: Class) -> Result<super::Member> {
    let new = NewMember {
        name: "Somebody".into(),
        email: email.into(),
        class,
    };
    world
        .custody
        .invite_member(&by.key, world.request(), new, None)
        .await
}

async fn change(world: &World, by: &Person, member: MemberId, class: Class) -> Result<super::Member> {
    world
        .custody
        .change_member(&by.key, world.request(), member, MemberChange { class })
        .await
}

/// What changing and disabling do first, with a permit that the policies would not give for oneself.
async fn leave_office(world: &World, team: &Team, member: MemberId) -> Result<()> {
    let (custody, key) = (world.custody.clone(), team.owner.key.clone());
    let act = world.custody.desk.act(world.request(), move |op| {
        let session = custody.enter(op, &key, access::Action::MemberChange)?;
        let (class, other) = (Some(Class::User), Some(Class::Owner));
        let facts = access::Facts {
            new_class: class,
            target_class: other,
            ..session.facts()
        };
        let permit: Permit<ChangeMember> = op.permit(Resource::member(member), &facts)?;
        let row = rows::find(op, &session, member)?.ok_or(Error::NotFound("member"))?;
        let left = ops::leave_office(op, &permit, &session, &row);
        op.record(permit, ())?;
        left
    });
    act.await
}
