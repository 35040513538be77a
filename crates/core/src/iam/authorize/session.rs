//! What temporary credentials never do, whatever policies say.

use stepwell_model::ErrorCode;

use crate::error::{Error, Result};
use crate::iam::policy::{Decision, Layer};
use crate::iam::{Identity, Signer};

/// The services that credentials of an identity pool never call (Developer guide, "IAM roles": the actions of
/// `cognito-identity` and `cognito-sync` are taken out of every session).
const NOT_FROM_IDENTITY_POOLS: [&str; 2] = ["cognito-identity", "cognito-sync"];

/// The refusal of an action that the credentials' kind rules out; none if policies are to decide.
pub fn never_calls(signer: &Signer, action: &str) -> Option<Decision> {
    let from_pool = signer.session.as_ref().is_some_and(|session| session.identity_pool);
    let service = action.split_once(':').map_or(action, |(service, _)| service);
    let barred = NOT_FROM_IDENTITY_POOLS.iter().any(|name| name.eq_ignore_ascii_case(service));
    (from_pool && barred).then_some(Decision::ImplicitDeny { layer: Layer::Session })
}

/// What `GetSessionToken`'s credentials may not call (STS API reference, "`GetSessionToken`"): no IAM operation unless they
/// were made with a second factor, and of STS only `AssumeRole` and `GetCallerIdentity`. `service` is the signing name.
pub fn may_call(signer: &Signer, service: &str, operation: &str) -> Result<()> {
    let (Identity::User { .. }, Some(session)) = (&signer.identity, &signer.session) else { return Ok(()) };
    match service {
        // As AWS: such a token is simply not one that IAM knows.
        "iam" if !session.mfa => {
            Err(Error::new(ErrorCode::UnrecognizedClient, "The security token included in the request is invalid."))
        }
        "sts" if !matches!(operation, "AssumeRole" | "GetCallerIdentity") => {
            Err(Error::new(ErrorCode::AccessDenied, format!("Cannot call {operation} with session credentials")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::TemporarySession;

    fn signer(identity: Identity, session: Option<TemporarySession>) -> Signer {
        Signer { access_key_id: "ASIAX".to_owned(), identity, session }
    }

    fn user() -> Identity {
        Identity::User { name: "ann".to_owned(), path: "/".to_owned(), user_id: "AIDA1".to_owned() }
    }

    #[test]
    fn identity_pool_credentials_never_call_identity_pools() {
        let of_pool = signer(user(), Some(TemporarySession { identity_pool: true, ..TemporarySession::default() }));
        for action in ["cognito-identity:GetId", "Cognito-Identity:ListIdentityPools", "cognito-sync:ListRecords"] {
            assert_eq!(
                never_calls(&of_pool, action),
                Some(Decision::ImplicitDeny { layer: Layer::Session }),
                "{action}"
            );
        }
        for action in ["cognito-idp:AdminGetUser", "s3:GetObject", "sts:AssumeRole", "cognito-identityx:A"] {
            assert_eq!(never_calls(&of_pool, action), None, "{action}");
        }
        let assumed = signer(user(), Some(TemporarySession::default()));
        assert_eq!(never_calls(&assumed, "cognito-identity:GetId"), None);
        assert_eq!(never_calls(&signer(user(), None), "cognito-identity:GetId"), None);
    }

    #[test]
    fn session_tokens_of_users_are_limited() {
        let plain = signer(user(), Some(TemporarySession::default()));
        let mfa = signer(user(), Some(TemporarySession { mfa: true, ..TemporarySession::default() }));
        let long_term = signer(user(), None);
        let role = Identity::Role {
            name: "r".to_owned(),
            path: "/".to_owned(),
            role_id: "AROA1".to_owned(),
            session_name: "s".to_owned(),
        };
        let role = signer(role, Some(TemporarySession::default()));
        assert_eq!(may_call(&plain, "iam", "ListUsers").unwrap_err().code(), ErrorCode::UnrecognizedClient);
        for signer in [&plain, &mfa] {
            assert_eq!(may_call(signer, "sts", "GetSessionToken").unwrap_err().code(), ErrorCode::AccessDenied);
            assert_eq!(may_call(signer, "sts", "GetAccessKeyInfo").unwrap_err().code(), ErrorCode::AccessDenied);
            for operation in ["AssumeRole", "GetCallerIdentity"] {
                may_call(signer, "sts", operation).unwrap();
            }
            may_call(signer, "cognito-idp", "ListUserPools").unwrap();
        }
        for signer in [&mfa, &long_term, &role] {
            may_call(signer, "iam", "ListUsers").unwrap();
        }
        for signer in [&long_term, &role] {
            may_call(signer, "sts", "GetAccessKeyInfo").unwrap();
        }
    }
}
