//! `SignUp`: a person makes an account.

use super::confirmation_address;
use crate::SecretString;
use crate::auth::{Realm, secret_hash};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::messaging::{self, CodeDelivery, Occasion};
use crate::users::attributes::{Given, Writer};
use crate::users::create::{self, Taken};
use crate::users::{UserStatus, credential};
use stepwell_model::ErrorCode;

/// What the caller learns.
#[derive(Debug)]
pub struct SignedUp {
    /// The new user's sub.
    pub sub: String,
    /// Where the code went; none if the pool verifies nothing the user gave.
    pub delivery: Option<CodeDelivery>,
}

/// Makes an unconfirmed user and sends the confirmation code.
pub async fn sign_up(
    cx: &Context<'_>,
    realm: &Realm,
    username: &str,
    password: Option<&str>,
    attributes: Given,
    hash: Option<&SecretString>,
) -> Result<SignedUp> {
    let (domain, entry) = (cx.domain, &realm.entry);
    secret_hash::check(cx, realm, hash, &[username]).await?;
    if entry.settings.admin_create_user_only {
        return Err(Error::not_authorized("SignUp is not permitted for this user pool"));
    }
    // Users without a password need a passwordless factor, which this build does not offer yet.
    let password = password.ok_or_else(|| Error::invalid_parameter("Missing required parameter Password"))?;
    entry.settings.password_policy.check(password)?;
    let profile = create::check(entry, Writer::Client(&realm.client), username, attributes)?;
    let mut user = create::user(domain, entry, profile, UserStatus::Unconfirmed);
    credential::set_password(domain, entry, &mut user, password)?;
    let (messages, delivery) = match confirmation_address(entry, &user) {
        Some(address) => {
            let (writes, delivery) =
                messaging::send_code(domain, entry, &realm.client.id, &user, address, Occasion::SignUp)?;
            (writes, Some(delivery))
        }
        None => (Vec::new(), None),
    };
    match create::insert(domain, entry, &user, Vec::new(), messages).await? {
        Ok(()) => Ok(SignedUp { sub: user.sub, delivery }),
        Err(Taken::Username) => Err(Error::new(ErrorCode::UsernameExists, "User already exists")),
        Err(Taken::Alias(attribute)) => Err(create::sign_in_attribute_exists(&attribute)),
    }
}
