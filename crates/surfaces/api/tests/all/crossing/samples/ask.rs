//! What is asked: a path, a body, and the ids of the things that it is about.

use axum::body::Body;
use http::Method;
use serde_json::Value;

use crate::common::{Client, Reply};

/// A request about things of one team.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) path: String,
    body: Content,
    reason: Option<&'static str>,
    /// The entity tag of what the owner has seen.
    seen: Option<String>,
    /// The ids in path and body. The same places of the same route come in the same order for every team.
    pub(crate) ids: Vec<String>,
}

#[derive(Clone)]
enum Content {
    None,
    Json(Value),
    Bytes(&'static [u8]),
}

/// Without ids and body.
pub(super) fn nothing(path: &str) -> Ask {
    about(path.to_owned(), &[])
}

/// About the things with these ids, without a body.
pub(super) fn about(path: String, ids: &[&str]) -> Ask {
    Ask {
        path,
        body: Content::None,
        reason: None,
        seen: None,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    }
}

impl Ask {
    pub(super) fn json(self, body: Value) -> Self {
        Self {
            body: Content::Json(body),
            ..self
        }
    }

    pub(super) fn because(self, reason: &'static str) -> Self {
        Self {
            reason: Some(reason),
            ..self
        }
    }

    pub(super) fn seen(self, tag: &str) -> Self {
        Self {
            seen: Some(tag.to_owned()),
            ..self
        }
    }

    pub(super) fn bytes(self, bytes: &'static [u8]) -> Self {
        Self {
            body: Content::Bytes(bytes),
            ..self
        }
    }

    /// The same with the confirmation that the warning before it gives this client, if it gives one.
    pub(crate) async fn confirmed(&self, client: &Client<'_>) -> Self {
        let Content::Json(planned) = &self.body else {
            return self.clone();
        };
        let warning = client
            .call(Method::POST, &format!("{}/warning", self.path))
            .json(planned.clone());
        let warning = warning.send().await;
        let mut body = planned.clone();
        if warning.status == 200 {
            body["confirmation"] = warning.json()["confirmation"].clone();
        }
        self.clone().json(body)
    }

    pub(crate) async fn send(&self, client: &Client<'_>, method: &Method) -> Reply {
        let call = client.call(method.clone(), &self.path);
        let call = match self.reason {
            Some(reason) => call.header("bailee-reason", reason),
            None => call,
        };
        let call = match &self.seen {
            Some(seen) => call.header("if-match", seen),
            None => call,
        };
        let call = match &self.body {
            Content::None => call.body(Body::empty()),
            Content::Json(value) => call.json(value.clone()),
            Content::Bytes(bytes) => call.bytes(bytes),
        };
        call.send().await
    }

    /// The same with the foreign id at each place whose bit is set.
    pub(crate) fn mixed(&self, foreign: &Self, mixture: u32) -> Self {
        let chosen = |place: &usize| mixture & (1 << place) != 0;
        let places: Vec<usize> = (0..self.ids.len()).filter(chosen).collect();
        let at = |ids: &[String]| places.iter().map(|place| ids[*place].clone()).collect::<Vec<_>>();
        self.with(&at(&self.ids), &at(&foreign.ids))
    }

    /// The same with other ids in place of these.
    pub(crate) fn with(&self, these: &[String], others: &[String]) -> Self {
        let swap = |text: &str| {
            these
                .iter()
                .zip(others)
                .fold(text.to_owned(), |text, (this, other)| text.replace(this, other))
        };
        let body = match &self.body {
            Content::Json(value) => Content::Json(serde_json::from_str(&swap(&value.to_string())).unwrap()),
            other => other.clone(),
        };
        Self {
            path: swap(&self.path),
            body,
            reason: self.reason,
            seen: self.seen.clone(),
            ids: self.ids.iter().map(|id| swap(id)).collect(),
        }
    }
}
