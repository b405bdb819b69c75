//! Who is in a team's trail without being of the team: by a link that it shared, or because it let the operator in. Neither is a promise
//! that is broken; the same reads without that are.

use std::time::Duration;

use assurance::check::Outcome;
use custody::Credential;
use custody::dataset::DatasetRef;
use custody::item::ReadItem;
use custody::operator_access::{Decision, NewOperatorAccess};
use custody::share::{Link, NewShare};
use secrecy::ExposeSecret as _;

use crate::house::{House, expect};

const CHECK: &str = "operators-read-nothing";

engines::on_both! {
    async fn who_comes_by_a_link_is_no_operator(db: TestDb) {
        let house = House::on(db).await;
        let team = house.world.team("lab").await;
        team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "one", b"for everybody").await.unwrap().item.id;
        let sharer = team.owner.with_key(&team.owner.issue_key_naming(team.owner.member, &["*"]).await);
        let custody = &house.world.custody;
        let new = NewShare {
            dataset: DatasetRef::parse("scans"),
            export: None,
            ends_at: house.world.custody.desk().clock.now().plus(Duration::from_secs(3600)),
            originals: true,
        };
        let warning = custody.warn_of_sharing(&sharer.credential, sharer.request(), new.clone()).await.unwrap();
        let made = custody.share(&sharer.credential, sharer.request(), new, &warning.confirmation).await.unwrap();
        let link = Link::parse(made.link.expose_secret()).unwrap();
        let read = custody.read_by_link(&link, custody.desk().own_request(), item, ReadItem::default());
        let mut body = read.await.unwrap().body.unwrap();
        while let Some(piece) = body.next().await {
            piece.unwrap();
        }
        expect(&house.run(CHECK).await, Outcome::Holds);
        // Without a share nobody came by a link.
        house.by_sql("DELETE FROM share", vec![]).await;
        expect(&house.run(CHECK).await, Outcome::BrokenPromise);
    }

    async fn an_operator_whom_the_team_let_in_is_none_who_came_unasked(db: TestDb) {
        let house = House::on(db).await;
        let team = house.world.team("lab").await;
        let dataset = team.owner.dataset("scans").await.unwrap();
        let item = team.owner.put("scans", "one", b"to be looked into").await.unwrap().item.id;
        let (custody, operator) = (&house.world.custody, &house.world.operator);
        let new = NewOperatorAccess {
            tenant: "lab".into(),
            dataset: Some(dataset.id),
            originals: true,
            minutes: 30,
            reason: "ticket 7: uploads fail".into(),
        };
        let asked = custody.ask_operator_access(&operator.credential, operator.request(), new).await.unwrap();
        let owner = &team.owner;
        custody.decide_operator_access(&owner.credential, owner.request(), asked.id, Decision::Approve).await.unwrap();
        let issued = custody.take_operator_key(&operator.credential, operator.request(), asked.id).await.unwrap();
        let inside = operator.with_key(&Credential::parse(issued.secret.expose_secret()).unwrap());
        inside.get(item).await.unwrap();
        expect(&house.run(CHECK).await, Outcome::Holds);
        // The same read, had the access ended before it.
        house.by_sql("UPDATE operator_access SET ends_at = decided_at", vec![]).await;
        expect(&house.run(CHECK).await, Outcome::BrokenPromise);
    }
}
