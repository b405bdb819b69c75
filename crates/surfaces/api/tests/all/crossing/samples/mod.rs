//! One request for every route, about things made for it alone.

mod ask;
mod datasets;
mod items;
mod members;
mod records;
mod registers;
mod requests;
mod rights;
mod team;
mod things;
mod webhooks;
mod work;

use engines::Elsewhere;
use testkit::{Person, Team};

use crate::common::Server;

pub(crate) use ask::Ask;
pub(crate) use members::providers;

/// A host that is allowed to serve tenants' own buckets. None of these requests reaches it.
pub(crate) const OWN_BUCKET_HOST: &str = "s3.bucket.example";

/// A request that the owner of this team could make, about things made for it alone.
pub(crate) async fn sample(operation: &str, server: &Server, bucket: &Elsewhere, team: &Team) -> Option<Ask> {
    let fresh = &server.world.custody.desk().operation_id().to_string();
    if let Some(ask) = items::sample(operation, server, bucket, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = team::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = members::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = datasets::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = work::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = rights::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    if let Some(ask) = registers::sample(operation, server, team, fresh).await {
        return Some(ask);
    }
    webhooks::sample(operation, server, team, fresh).await
}

/// The same person with a key whose scope names what they do.
pub(crate) async fn meant(team: &Team, person: &Person) -> Person {
    person.with_key(&team.owner.issue_key_naming(person.member, &["*"]).await)
}
