//! `SECRET_HASH`: base64 of HMAC-SHA256 over username and client id under the client's secret (developer guide,
//! "Computing secret hash values").

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stepwell_model::SecretString;

use super::Realm;
use crate::clients::secret;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::users::User;

/// Checks the hash where the client has a secret: it must be there and match one of `names` under one of the live
/// secrets. A hash sent to a client without a secret does not match anything.
pub async fn check(cx: &Context<'_>, realm: &Realm, given: Option<&SecretString>, names: &[&str]) -> Result<()> {
    let client_id = realm.client.id.as_str();
    if !realm.client.has_secret() {
        return match given {
            None => Ok(()),
            Some(_) => Err(Error::not_authorized(format!("Unable to verify secret hash for client {client_id}"))),
        };
    }
    let given = given.ok_or_else(|| {
        Error::not_authorized(format!("Client {client_id} is configured with secret but SECRET_HASH was not received"))
    })?;
    let given = STANDARD.decode(given.as_bytes()).map_err(|_| mismatch(client_id))?;
    for secret in secret::live_secrets(cx.domain, &realm.entry, client_id).await? {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        if names.iter().any(|name| hmac::verify(&key, format!("{name}{client_id}").as_bytes(), &given).is_ok()) {
            return Ok(());
        }
    }
    Err(mismatch(client_id))
}

/// Checks a hash made over any name of a user, where the request itself carries none: Cognito wants the username;
/// clients that signed in by an alias often hash that.
pub async fn check_for_user(cx: &Context<'_>, realm: &Realm, given: Option<&SecretString>, user: &User) -> Result<()> {
    let mut names = vec![user.username.as_str(), user.sub.as_str()];
    names.extend(["email", "phone_number", "preferred_username"].into_iter().filter_map(|name| user.attribute(name)));
    check(cx, realm, given, &names).await
}

fn mismatch(client_id: &str) -> Error {
    Error::not_authorized(format!("SecretHash does not match for the client: {client_id}"))
}
