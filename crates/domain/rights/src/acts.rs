//! The frame of every act of this crate: enter, then do, in one transaction.

use access::Action;
use custody::{Credential, Error, Result, Session};
use operation::{Op, Request};

use crate::Rights;

impl Rights {
    /// One act that may change something.
    pub(crate) async fn act<T, F>(
        &self,
        credential: &Credential,
        request: Request,
        action: Action,
        act: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Op<'_>, &Session) -> Result<T> + Send + 'static,
    {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, action)?;
            act(op, &session)
        };
        self.custody.desk().act(request, act).await
    }

    /// One act that only looks, and may take long.
    pub(crate) async fn look<T, F>(
        &self,
        credential: &Credential,
        request: Request,
        action: Action,
        act: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Op<'_>, &Session) -> Result<T> + Send + 'static,
    {
        let (custody, credential) = (self.custody.clone(), credential.clone());
        let act = move |op: &mut Op<'_>| {
            let session = custody.enter(op, &credential, action)?;
            act(op, &session)
        };
        self.custody.desk().look(request, act).await
    }
}

/// An input that cannot be taken.
pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Error {
    Error::Invalid {
        field,
        problem: problem.into(),
    }
}

/// Refuses text that is empty or longer than so many characters.
pub(crate) fn check_text(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(invalid(field, format!("write 1 to {most} characters")));
    }
    Ok(())
}

pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::Internal(error.to_string()))
}
