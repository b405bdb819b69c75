//! Passkeys as browsers give and take them (WebAuthn Level 3, section 5.1: JSON).

use identity::{
    Assertion, AssertionResponse, PasskeyOffer, PasskeyProof, Registration, RegistrationResponse,
};
use kernel::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a browser is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct Offer {
    /// Comes along with the answer.
    ticket: String,
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    options: serde_json::Value,
}

/// A passkey that was used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    /// Of the offer.
    #[schema(write_only)]
    ticket: String,
    credential: UsedPasskey,
}

/// `PublicKeyCredential.toJSON()` of a passkey that was used; what is not named here is passed over.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsedPasskey {
    raw_id: String,
    response: UsedResponse,
}

/// The authenticator's part, base64url.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct UsedResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// A passkey that was made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    /// Of the offer.
    #[schema(write_only)]
    pub(crate) ticket: String,
    /// What its person calls it.
    pub(crate) label: String,
    pub(crate) credential: MadePasskey,
}

/// `PublicKeyCredential.toJSON()` of a passkey that was made; what is not named here is passed over.
#[derive(Deserialize, ToSchema)]
pub(crate) struct MadePasskey {
    response: MadeResponse,
}

/// The authenticator's part, base64url.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MadeResponse {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: String,
}

impl From<PasskeyOffer> for Offer {
    fn from(offer: PasskeyOffer) -> Self {
        Self {
            ticket: offer.ticket.expose_secret().to_owned(),
            ends_at: offer.ends_at,
            options: offer.options,
        }
    }
}

impl From<PasskeyAnswer> for PasskeyProof {
    fn from(answer: PasskeyAnswer) -> Self {
        let response = answer.credential.response;
        let response = AssertionResponse {
            client_data: response.client_data,
            authenticator_data: response.authenticator_data,
            signature: response.signature,
            user_handle: response.user_handle,
        };
        Self {
            ticket: answer.ticket.into(),
            assertion: Box::new(Assertion {
                raw_id: answer.credential.raw_id,
                response,
            }),
        }
    }
}

impl From<MadePasskey> for Registration {
    fn from(made: MadePasskey) -> Self {
        Self {
            response: RegistrationResponse {
                client_data: made.response.client_data,
                attestation_object: made.response.attestation_object,
            },
        }
    }
}
