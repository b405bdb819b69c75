//! Which places there are.

use std::collections::BTreeSet;

use access::Action;
use custody::{Credential, Result, Session};
use operation::acts::{ListRequests, SettleRequests};
use operation::{Op, Permit, Request};
use serde_json::json;

use super::{Place, rows};
use crate::Rights;
use crate::acts::invalid;
use crate::request;

/// The most places of a tenant.
pub const MOST_PLACES: usize = 50;

impl Rights {
    /// The places outside where the tenant keeps data about people.
    pub async fn places(&self, credential: &Credential, request: Request) -> Result<Vec<Place>> {
        let list = |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<ListRequests> = op.permit(request::resource(), &session.facts())?;
            let places = rows::places(op, session)?;
            op.record(permit, json!({ "places": places.len() }))?;
            Ok(places)
        };
        self.look(credential, request, Action::RequestList, list).await
    }

    /// Settles which there are, in place of those before. Requests that are not closed go by them at once.
    pub async fn settle_places(
        &self,
        credential: &Credential,
        request: Request,
        places: Vec<Place>,
    ) -> Result<Vec<Place>> {
        check(&places)?;
        let settle = move |op: &mut Op<'_>, session: &Session| {
            let permit: Permit<SettleRequests> = op.permit(request::resource(), &session.facts())?;
            rows::keep_places(op, &permit, session, &places)?;
            let words: Vec<&str> = places.iter().map(|place| place.word.as_str()).collect();
            op.record(permit, json!({ "places": words }))?;
            Ok(places.clone())
        };
        self.act(credential, request, Action::RequestRule, settle).await
    }
}

fn check(places: &[Place]) -> Result<()> {
    if places.len() > MOST_PLACES {
        return Err(invalid("places", format!("name at most {MOST_PLACES} places")));
    }
    let mut words = BTreeSet::new();
    for place in places {
        place.check()?;
        if !words.insert(&place.word) {
            return Err(invalid("word", format!("{} stands there twice", place.word)));
        }
    }
    Ok(())
}
