use access::Class;
use kernel::MemberId;

use super::{Described, Edit, NewDescribed, Which};
use crate::member::{MemberState, Profile};
use crate::testing::{Person, World};
use crate::{Error, Result};

fn ada() -> NewDescribed {
    NewDescribed {
        name: "Ada King".into(),
        email: "king@clinic.example".into(),
        given: Some("Ada".into()),
        family: Some("King".into()),
        external: Some("00u1".into()),
        class: Class::Worker,
        active: true,
    }
}

async fn edit(world: &World, by: &Person, member: MemberId, edit: Edit) -> Result<Described> {
    let custody = &world.custody;
    custody
        .edit_described(&by.key, world.request(), member, edit)
        .await
}

#[test]
fn a_name_follows_its_parts_until_it_is_given() {
    let profile = ada().profile().unwrap();
    let married = Edit {
        family: Some(Some(" Lovelace ".into())),
        ..Edit::default()
    };
    let after = married.of(&profile).unwrap();
    assert_eq!(
        (after.name.as_str(), after.family.as_deref()),
        ("Ada Lovelace", Some("Lovelace"))
    );
    let called = Profile {
        name: "Countess".into(),
        ..profile.clone()
    };
    assert_eq!(married.of(&called).unwrap().name, "Countess");
    let forgotten = Edit {
        given: Some(None),
        external: Some(None),
        ..Edit::default()
    };
    let after = forgotten.of(&profile).unwrap();
    assert_eq!(
        (after.name.as_str(), after.given, after.external),
        ("King", None, None)
    );
    let nothing = Edit::default().of(&profile).unwrap();
    assert!(nothing.differs_from(&profile).is_empty());
}

engines::on_both! {
    async fn a_directory_s_member_is_found_by_what_it_knows(db: TestDb) {
        let world = World::new(db).await;
        let (team, other) = (world.team("clinic").await, world.team("other").await);
        let (custody, owner) = (&world.custody, &team.owner);
        let taken = custody.take_described(&owner.key, world.request(), ada()).await.unwrap();
        let again = custody.take_described(&owner.key, world.request(), ada()).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        let find = async |by: &Person, which: Which| {
            custody.list_described(&by.key, world.request(), which, (0, 200)).await.unwrap()
        };
        let seen = custody.described(&owner.key, world.request(), taken.member.id).await.unwrap();
        assert_eq!((&seen, seen.external.as_deref()), (&taken, Some("00u1")));
        for which in [Which::Email("KING@clinic.example".into()), Which::External("00u1".into())] {
            let found = find(owner, which.clone()).await;
            assert_eq!((found.total, &found.items[0]), (1, &taken));
            assert_eq!(find(&other.owner, which).await.total, 0);
        }
        assert_eq!(find(owner, Which::External("00U1".into())).await.total, 0);
        let second = custody.list_described(&owner.key, world.request(), Which::All, (1, 1)).await.unwrap();
        assert_eq!((second.total, second.items), (2, vec![taken.clone()]));
        let theirs = custody.described(&other.owner.key, world.request(), taken.member.id).await;
        assert!(matches!(theirs, Err(Error::NotFound("member"))), "{theirs:?}");
    }

    async fn power_over_people_is_given_and_taken_by_people(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let custody = &world.custody;
        let admin = world.member(&team, "adam", Class::Admin).await;
        for class in [Class::Owner, Class::Admin, Class::Operator] {
            let taken = custody.take_described(&team.owner.key, world.request(), NewDescribed { class, ..ada() }).await;
            assert!(matches!(taken, Err(Error::Forbidden { .. })), "{class}: {taken:?}");
        }
        let ada = custody.take_described(&team.owner.key, world.request(), ada()).await.unwrap().member.id;
        let to = |class| Edit { class: Some(class), ..Edit::default() };
        assert!(edit(&world, &team.owner, ada, to(Class::Admin)).await.is_err());
        assert!(edit(&world, &team.owner, admin.member, to(Class::User)).await.is_err());
        assert_eq!(edit(&world, &team.owner, admin.member, to(Class::Admin)).await.unwrap().member.class, Class::Admin);
        // The ceiling of the key's member holds besides.
        assert!(edit(&world, &admin, ada, to(Class::PrivacyOfficer)).await.is_err());
        assert_eq!(edit(&world, &admin, ada, to(Class::User)).await.unwrap().member.class, Class::User);
        let out = Edit { active: Some(false), ..Edit::default() };
        assert!(edit(&world, &admin, team.owner.member, out.clone()).await.is_err());
        assert!(matches!(edit(&world, &team.owner, team.owner.member, out.clone()).await, Err(Error::Forbidden { .. })));
        assert_eq!(edit(&world, &team.owner, admin.member, out).await.unwrap().member.state, MemberState::Disabled);
        assert!(!world.works(&admin.key).await);
    }

    async fn an_edit_is_done_as_a_whole_or_not_at_all(db: TestDb) {
        let world = World::new(db).await;
        let team = world.team("clinic").await;
        let (custody, owner) = (&world.custody, &team.owner);
        let user = world.member(&team, "uma", Class::User).await;
        let ada = custody.take_described(&owner.key, world.request(), ada()).await.unwrap();
        let taken = Edit {
            email: Some("uma@team.example".into()),
            active: Some(false),
            ..Edit::default()
        };
        let refused = edit(&world, owner, ada.member.id, taken).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        let too_high = Edit {
            name: Some("Somebody".into()),
            class: Some(Class::Owner),
            ..Edit::default()
        };
        assert!(edit(&world, owner, ada.member.id, too_high).await.is_err());
        assert_eq!(custody.described(&owner.key, world.request(), ada.member.id).await.unwrap(), ada);
        let all = Edit {
            name: Some("Ada Lovelace".into()),
            email: Some("lovelace@clinic.example".into()),
            class: Some(Class::Auditor),
            active: Some(false),
            ..Edit::default()
        };
        let before = world.acts(team.tenant).await.len();
        world.clock.advance(std::time::Duration::from_secs(1));
        let done = edit(&world, owner, ada.member.id, all.clone()).await.unwrap();
        assert_eq!((done.member.class, done.member.state), (Class::Auditor, MemberState::Disabled));
        let acts = world.acts(team.tenant).await;
        let mut told: Vec<&str> = acts[before..].iter().map(String::as_str).collect();
        told.sort_unstable();
        assert_eq!(told, ["member.change done", "member.disable done", "member.view done"]);
        edit(&world, owner, ada.member.id, all).await.unwrap();
        assert_eq!(world.acts(team.tenant).await.len(), acts.len() + 1, "what is so already is no act");
        assert!(world.works(&user.key).await);
    }
}
