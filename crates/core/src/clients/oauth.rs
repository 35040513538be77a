//! OAuth settings of a client: flows, scopes, redirect and logout addresses, identity providers.

use stepwell_model::{ErrorCode, idp};

use super::ClientConfiguration;
use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::loopback::is_loopback;
use crate::pools::UserPool;
use crate::resource_servers;

use idp::OAuthFlowType as Flow;

/// The scopes that every pool has; others belong to resource servers.
const STANDARD_SCOPES: [&str; 5] = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];

/// The identity provider that every pool is itself.
const OWN_PROVIDER: &str = "COGNITO";

/// Schemes that make a browser run or show what is in the address instead of going somewhere.
const CONTENT_SCHEMES: [&str; 4] = ["javascript", "data", "vbscript", "blob"];

/// Settings that have been checked; empty lists count as none.
pub(super) struct OAuthSettings {
    pub(super) flows: Option<Vec<Flow>>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) callback_urls: Option<Vec<String>>,
    pub(super) logout_urls: Option<Vec<String>>,
    pub(super) identity_providers: Option<Vec<String>>,
}

/// Checks the settings for a client of this pool, but for the scopes: see [`check_scopes`].
pub(super) fn resolve(given: &ClientConfiguration, pool: &UserPool, has_secret: bool) -> Result<OAuthSettings> {
    let settings = OAuthSettings {
        flows: non_empty(given.allowed_oauth_flows.as_ref()),
        scopes: non_empty(given.allowed_oauth_scopes.as_ref()),
        callback_urls: non_empty(given.callback_urls.as_ref()),
        logout_urls: non_empty(given.logout_urls.as_ref()),
        identity_providers: non_empty(given.supported_identity_providers.as_ref()),
    };
    check_flows(&settings, given.allowed_oauth_flows_user_pool_client.unwrap_or(false), has_secret)?;
    for url in settings.callback_urls.iter().chain(&settings.logout_urls).flatten() {
        check_url(url)?;
    }
    if let Some(default) = &given.default_redirect_uri
        && !settings.callback_urls.as_ref().is_some_and(|urls| urls.contains(default))
    {
        return Err(Error::invalid_parameter(format!(
            "The default redirect URI {default} is not in the callback URIs list."
        )));
    }
    if let Some(unknown) = settings.identity_providers.iter().flatten().find(|name| *name != OWN_PROVIDER) {
        return Err(Error::invalid_parameter(format!(
            "The provider {unknown} does not exist for User Pool {}.",
            pool.id
        )));
    }
    Ok(settings)
}

fn non_empty<T: Clone>(list: Option<&Vec<T>>) -> Option<Vec<T>> {
    list.filter(|list| !list.is_empty()).cloned()
}

fn check_flows(settings: &OAuthSettings, enabled: bool, has_secret: bool) -> Result<()> {
    let flows = settings.flows.as_deref().unwrap_or_default();
    if enabled && (flows.is_empty() || settings.scopes.is_none()) {
        return Err(invalid_flow(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ));
    }
    let redirects = flows.iter().any(|flow| matches!(flow, Flow::Code | Flow::Implicit));
    if flows.contains(&Flow::ClientCredentials) {
        if redirects {
            return Err(invalid_flow(
                "client_credentials flow can not be selected along with code flow or implicit flow.",
            ));
        }
        if !has_secret {
            return Err(invalid_flow(
                "client_credentials flow can not be selected if client does not have a client secret.",
            ));
        }
    }
    if enabled && redirects && settings.callback_urls.is_none() {
        return Err(invalid_flow("CallbackUrls can not be empty when code flow or implicit flow is selected"));
    }
    Ok(())
}

fn invalid_flow(message: &'static str) -> Error {
    Error::new(ErrorCode::InvalidOAuthFlow, message)
}

/// Each scope must be one that every pool has, or one that a resource server of this pool has now.
pub(super) async fn check_scopes(domain: &Domain, pool_id: &str, scopes: Option<&[String]>) -> Result<()> {
    let scopes = scopes.unwrap_or_default();
    let custom = resource_servers::active(domain, pool_id, scopes).await?;
    check_known(scopes, &custom)
}

fn check_known(scopes: &[String], custom: &[String]) -> Result<()> {
    match scopes.iter().find(|scope| !STANDARD_SCOPES.contains(&scope.as_str()) && !custom.contains(scope)) {
        Some(unknown) => Err(Error::new(ErrorCode::ScopeDoesNotExist, format!("Invalid scope requested: {unknown}"))),
        None => Ok(()),
    }
}

/// An absolute address without a fragment; plain http only to this machine; an app's own scheme is fine (API,
/// `CallbackURLs`; RFC 6749 section 3.1.2).
fn check_url(url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once(':').unwrap_or_default();
    let mut letters = scheme.chars();
    let is_scheme = letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let scheme = scheme.to_ascii_lowercase();
    // Readers of addresses disagree on what a backslash is.
    if !is_scheme || rest.is_empty() || url.contains('\\') || CONTENT_SCHEMES.contains(&scheme.as_str()) {
        return Err(Error::invalid_parameter(format!(
            "{url} is not a valid redirect URL: it must be an absolute URI."
        )));
    }
    if url.contains('#') {
        return Err(Error::invalid_parameter(format!("{url} cannot include a fragment component.")));
    }
    let authority = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    match scheme.as_str() {
        "http" if !authority.is_some_and(is_loopback) => {
            Err(Error::invalid_parameter(format!("{url} cannot use the HTTP protocol.")))
        }
        "https" if authority.is_none_or(str::is_empty) => {
            Err(Error::invalid_parameter(format!("{url} is not a valid redirect URL: it must be an absolute URI.")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pool;
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the form in which settings hold lists")]
    fn texts(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(ToString::to_string).collect())
    }

    fn code_client() -> ClientConfiguration {
        ClientConfiguration {
            allowed_oauth_flows: Some(vec![Flow::Code]),
            allowed_oauth_flows_user_pool_client: Some(true),
            allowed_oauth_scopes: texts(&["openid", "email"]),
            callback_urls: texts(&["https://app.example.com/cb", "myapp://cb"]),
            default_redirect_uri: Some("myapp://cb".into()),
            supported_identity_providers: texts(&["COGNITO"]),
            ..ClientConfiguration::default()
        }
    }

    fn refusal(given: &ClientConfiguration) -> (ErrorCode, String) {
        match resolve(given, &pool(&[]), false) {
            Ok(_) => panic!("accepted"),
            Err(error) => (error.code(), error.message().to_owned()),
        }
    }

    #[test]
    fn a_client_with_the_code_flow_is_accepted() {
        let settings = resolve(&code_client(), &pool(&[]), false).unwrap();
        assert_eq!(settings.flows, Some(vec![Flow::Code]));
        let empty = ClientConfiguration { callback_urls: texts(&[]), logout_urls: texts(&[]), ..Default::default() };
        assert_eq!(resolve(&empty, &pool(&[]), false).unwrap().callback_urls, None);
    }

    #[test]
    fn flows_have_their_conditions() {
        let no_scopes = ClientConfiguration { allowed_oauth_scopes: None, ..code_client() };
        assert!(refusal(&no_scopes).1.starts_with("AllowedOAuthFlows and AllowedOAuthScopes are required"));
        let no_callback = ClientConfiguration { callback_urls: None, default_redirect_uri: None, ..code_client() };
        assert!(refusal(&no_callback).1.starts_with("CallbackUrls can not be empty"));

        let machine =
            |flows: &[Flow]| ClientConfiguration { allowed_oauth_flows: Some(flows.to_vec()), ..code_client() };
        let (code, words) = refusal(&machine(&[Flow::ClientCredentials]));
        assert_eq!(code, ErrorCode::InvalidOAuthFlow);
        assert_eq!(words, "client_credentials flow can not be selected if client does not have a client secret.");
        assert!(resolve(&machine(&[Flow::ClientCredentials]), &pool(&[]), true).is_ok());
        assert_eq!(
            refusal(&machine(&[Flow::ClientCredentials, Flow::Code])).1,
            "client_credentials flow can not be selected along with code flow or implicit flow."
        );
    }

    #[test]
    fn names_must_exist() {
        let provider = ClientConfiguration { supported_identity_providers: texts(&["Google"]), ..code_client() };
        assert_eq!(refusal(&provider).1, "The provider Google does not exist for User Pool us-east-1_abcdefghi.");
        let default = ClientConfiguration { default_redirect_uri: Some("https://b".into()), ..code_client() };
        assert_eq!(refusal(&default).1, "The default redirect URI https://b is not in the callback URIs list.");
    }

    #[test]
    fn scopes_must_exist() {
        let photos = ["photos/read".to_owned()];
        let given = texts(&["openid", "photos/read", "aws.cognito.signin.user.admin"]).unwrap();
        assert!(check_known(&given, &photos).is_ok());
        let error = check_known(&given, &[]).unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (ErrorCode::ScopeDoesNotExist, "Invalid scope requested: photos/read")
        );
        assert!(check_known(&["Cognito".to_owned()], &photos).is_err());
    }

    #[test]
    fn redirects_go_to_https_to_this_machine_or_to_an_app() {
        for url in [
            "https://example.com/cb?x=1",
            "http://localhost",
            "http://localhost:3000/cb",
            "HTTP://127.0.0.1:8080/",
            "http://[::1]:3000",
            "myapp://example",
            "com.example.app:/cb",
        ] {
            assert!(check_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "http://localhost:80@example.com",
            "http://localhost\\@example.com:1",
            "http:localhost",
            "https:///cb",
            "https:",
            "/cb",
            "example.com",
            "https://example.com/#here",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "1app://x",
            "",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}
