//! Users without a password: they sign in by one-time codes (developer guide, "Passwordless sign-in with one-time
//! passwords"; API reference, `SignUp.Password` and `AdminCreateUser.TemporaryPassword`).

use super::User;
use crate::clients::AppClient;
use crate::clients::flows::AuthFlow;
use crate::mfa;
use crate::pools::{ContactAttribute, UserPool};
use stepwell_model::idp::AuthFactorType;

/// True if users of the pool may begin a sign-in with a code that goes there.
pub fn takes_codes(pool: &UserPool, contact: ContactAttribute) -> bool {
    let factor = match contact {
        ContactAttribute::Email => AuthFactorType::EmailOtp,
        ContactAttribute::PhoneNumber => AuthFactorType::SmsOtp,
    };
    pool.settings.allows_first_factor(&factor) && !mfa::is_required(pool)
}

/// True if this user can do without a password: one-time codes can begin a sign-in, and there is somewhere to send them.
pub fn is_possible(pool: &UserPool, user: &User) -> bool {
    ways(pool, user).next().is_some()
}

/// True if this user may sign up without a password: besides, the client lets users choose how to sign in, and the pool
/// verifies the address, so that it is proven before the first sign-in.
pub fn may_sign_up(pool: &UserPool, client: &AppClient, user: &User) -> bool {
    let verified = |contact: ContactAttribute| pool.settings.auto_verified_attributes.contains(&contact);
    client.allows(AuthFlow::UserAuth) && ways(pool, user).any(verified)
}

fn ways<'a>(pool: &'a UserPool, user: &'a User) -> impl Iterator<Item = ContactAttribute> + 'a {
    [ContactAttribute::Email, ContactAttribute::PhoneNumber].into_iter().filter(|contact| {
        takes_codes(pool, *contact) && user.attribute(contact.name()).is_some_and(|address| !address.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stepwell_model::idp::{ExplicitAuthFlowsType, SignInPolicyType};

    use super::*;
    use crate::pools::MfaMode;
    use crate::users::fixtures;

    fn pool(factors: &[AuthFactorType], verified: &[ContactAttribute]) -> UserPool {
        let mut pool = fixtures::pool();
        pool.settings.sign_in_policy = Some(SignInPolicyType { allowed_first_auth_factors: Some(factors.to_vec()) });
        pool.settings.auto_verified_attributes = verified.to_vec();
        pool
    }

    fn choosing() -> AppClient {
        let mut client = fixtures::client();
        client.settings.explicit_auth_flows = Some(vec![ExplicitAuthFlowsType::AllowUserAuth]);
        client
    }

    #[test]
    fn all_conditions_must_be_met() {
        use AuthFactorType::{EmailOtp, Password, SmsOtp};
        use ContactAttribute::{Email, PhoneNumber};
        let jane = fixtures::user(json!({"email": "jane@example.com"}));
        let good = pool(&[Password, EmailOtp], &[Email]);
        assert!(may_sign_up(&good, &choosing(), &jane) && is_possible(&good, &jane));
        // Not by this client, not without the address, not without its verification, not by the other factor.
        assert!(!may_sign_up(&good, &fixtures::client(), &jane));
        assert!(!may_sign_up(&good, &choosing(), &fixtures::user(json!({"phone_number": "+15550100"}))));
        assert!(!may_sign_up(&pool(&[Password, EmailOtp], &[]), &choosing(), &jane));
        assert!(!may_sign_up(&pool(&[Password, SmsOtp], &[Email, PhoneNumber]), &choosing(), &jane));
        assert!(!may_sign_up(&pool(&[Password], &[Email]), &choosing(), &jane));
    }

    #[test]
    fn where_everybody_needs_two_factors_nobody_does_without_a_password() {
        let mut pool = pool(&[AuthFactorType::Password, AuthFactorType::EmailOtp], &[ContactAttribute::Email]);
        pool.settings.mfa.mode = MfaMode::On;
        let jane = fixtures::user(json!({"email": "jane@example.com"}));
        assert!(!is_possible(&pool, &jane) && !may_sign_up(&pool, &choosing(), &jane));
    }
}
