//! Things that many requests are about.

use custody::item::Verb;
use kernel::ItemId;
use testkit::Team;

pub(super) async fn dataset(team: &Team, fresh: &str) -> String {
    team.owner
        .dataset(&format!("d-{fresh}"))
        .await
        .unwrap()
        .id
        .to_string()
}

pub(super) async fn put(team: &Team, fresh: &str, bytes: &[u8]) -> (String, ItemId) {
    let dataset = dataset(team, fresh).await;
    let item = team.owner.put(&dataset, "scan", bytes).await.unwrap().item.id;
    (dataset, item)
}

pub(super) async fn item(team: &Team, fresh: &str, archived: bool) -> (String, String) {
    let (dataset, item) = put(team, fresh, b"some bytes").await;
    if archived {
        team.owner.change(item, Verb::Archive).await.unwrap();
    }
    (dataset, item.to_string())
}
