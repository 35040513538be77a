//! The names of providers. One provider may be named in several ways; what is remembered and compared is one of them.

use crate::settings::Settings;

/// The provider of our own OpenID tokens, and the condition keys of trust policies.
pub(super) const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";
pub(super) const FACEBOOK: &str = "graph.facebook.com";
pub(super) const GOOGLE: &str = "accounts.google.com";
pub(super) const APPLE: &str = "appleid.apple.com";
pub(super) const AMAZON: &str = "www.amazon.com";
pub(super) const TWITTER: &str = "api.twitter.com";
pub(super) const DIGITS: &str = "www.digits.com";
/// The keys that `SupportedLoginProviders` may have.
pub(super) const SOCIAL: [&str; 6] = [FACEBOOK, GOOGLE, APPLE, AMAZON, TWITTER, DIGITS];

/// The id of the user pool of this deployment that a provider's name stands for: `cognito-idp.<region>.amazonaws.com/<id>`
/// as on AWS, or `<host of this deployment>/<id>`, which is what Amplify makes of the issuer.
pub(super) fn user_pool_id<'a>(settings: &Settings, name: &'a str) -> Option<&'a str> {
    let (host, id) = name.rsplit_once('/')?;
    let region = settings.region.as_str();
    let on_aws = host
        .strip_suffix(".amazonaws.com")
        .and_then(|host| host.strip_suffix(region))
        .is_some_and(|host| host == "cognito-idp." || host == "issuer-cognito-idp.");
    let own = settings.public_url.split_once("://").is_some_and(|(_, own)| own == host);
    let is_id = id
        .strip_prefix(region)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    ((on_aws || own) && is_id).then_some(id)
}

/// The one name of a user pool of this deployment.
pub(super) fn of_user_pool(settings: &Settings, pool_id: &str) -> String {
    ["cognito-idp.", &settings.region, ".amazonaws.com/", pool_id].concat()
}

/// The one name of a provider: of a user pool that on AWS, of an OpenID provider its address without the scheme.
pub(super) fn canonical(settings: &Settings, name: &str) -> String {
    if let Some(pool_id) = user_pool_id(settings, name) {
        return of_user_pool(settings, pool_id);
    }
    oidc_address(name).unwrap_or(name).to_owned()
}

/// The same for the keys of role mappings, which name the app client of a user pool besides.
pub(super) fn canonical_role_key(settings: &Settings, key: &str) -> String {
    match key.rsplit_once(':') {
        Some((name, client_id)) if user_pool_id(settings, name).is_some() => {
            format!("{}:{client_id}", canonical(settings, name))
        }
        _ => canonical(settings, key),
    }
}

/// The address of an OpenID provider, without its scheme, that an ARN of IAM names.
pub(super) fn oidc_address(arn: &str) -> Option<&str> {
    let (head, address) = arn.split_once(":oidc-provider/")?;
    (head.starts_with("arn:") && !address.is_empty()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_pool_has_several_names_and_one() {
        let settings = Settings::for_tests();
        let one = "cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC";
        for name in [one, "issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC", "id.example.test/us-east-1_AbC"] {
            assert_eq!(user_pool_id(&settings, name), Some("us-east-1_AbC"), "{name}");
            assert_eq!(canonical(&settings, name), one);
            assert_eq!(canonical_role_key(&settings, &format!("{name}:client")), format!("{one}:client"));
        }
        for name in [
            "cognito-idp.eu-west-1.amazonaws.com/us-east-1_AbC",
            "cognito-idp.us-east-1.amazonaws.com/eu-west-1_AbC",
            "evil.cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC",
            "cognito-idp.us-east-1.amazonaws.com.evil/us-east-1_AbC",
            "id.example.test/x/us-east-1_AbC",
            "id.example.test:444/us-east-1_AbC",
            "id.example.test/us-east-1_",
            "id.example.test/us-east-1_a/../b",
            "us-east-1_AbC",
        ] {
            assert_eq!(user_pool_id(&settings, name), None, "{name}");
            assert_eq!(canonical(&settings, name), name);
        }
    }

    #[test]
    fn an_openid_provider_is_its_address() {
        let settings = Settings::for_tests();
        let arn = "arn:aws:iam::000000000000:oidc-provider/op.example/realm";
        assert_eq!(canonical(&settings, arn), "op.example/realm");
        assert_eq!(canonical(&settings, "op.example/realm"), "op.example/realm");
        assert_eq!(canonical_role_key(&settings, arn), "op.example/realm");
        let saml = "arn:aws:iam::000000000000:saml-provider/corp";
        assert_eq!(canonical_role_key(&settings, saml), saml);
    }
}
