//! What an administrator sets of an identity pool, and what of it is refused.

use std::collections::{BTreeMap, BTreeSet};

use stepwell_model::identity::CognitoIdentityProvider;

use super::pool::{IdentityPool, UserPoolProvider};
use super::provider;
use super::tags;
use crate::error::{Error, Result};

/// How many app clients of user pools a pool may accept tokens of (developer guide, "Quotas"). For OpenID and SAML providers
/// AWS names no bound; they have the same.
const MAX_PROVIDERS: usize = 50;

/// The settings of a request. What is left out has its default, in updates as well (API, `UpdateIdentityPool`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configuration {
    /// `IdentityPoolName`.
    pub name: String,
    /// `AllowUnauthenticatedIdentities`.
    pub allow_guests: bool,
    /// `AllowClassicFlow`.
    pub allow_classic_flow: bool,
    /// `SupportedLoginProviders`.
    pub social_providers: BTreeMap<String, String>,
    /// `DeveloperProviderName`.
    pub developer_provider: Option<String>,
    /// `OpenIdConnectProviderARNs`.
    pub oidc_provider_arns: Vec<String>,
    /// `CognitoIdentityProviders`.
    pub user_pools: Vec<CognitoIdentityProvider>,
    /// `SamlProviderARNs`.
    pub saml_provider_arns: Vec<String>,
    /// `IdentityPoolTags`.
    pub tags: Option<BTreeMap<String, String>>,
}

impl Configuration {
    /// Refuses what no pool can have.
    pub(super) fn check(&self) -> Result<()> {
        if let Some(key) = self.social_providers.keys().find(|key| !provider::SOCIAL.contains(&key.as_str())) {
            return Err(Error::invalid_parameter(format!("Invalid login provider: {key}")));
        }
        if self.developer_provider.as_deref().is_some_and(is_public_name) {
            return Err(Error::invalid_parameter(
                "The developer provider name can't be the name of a public provider.",
            ));
        }
        for (arns, kind) in [(&self.oidc_provider_arns, "oidc-provider"), (&self.saml_provider_arns, "saml-provider")] {
            if let Some(arn) = arns.iter().find(|arn| !is_provider_arn(arn, kind)) {
                return Err(Error::invalid_parameter(format!("Invalid {kind} ARN: {arn}")));
            }
        }
        let incomplete = |given: &CognitoIdentityProvider| given.provider_name.is_none() || given.client_id.is_none();
        if self.user_pools.iter().any(incomplete) {
            return Err(Error::invalid_parameter("Cognito identity providers need a ProviderName and a ClientId."));
        }
        let mut seen = BTreeSet::new();
        if !self.user_pools.iter().all(|given| seen.insert((&given.provider_name, &given.client_id))) {
            return Err(Error::invalid_parameter("Cognito identity providers must be given once."));
        }
        let most = [self.user_pools.len(), self.oidc_provider_arns.len(), self.saml_provider_arns.len()];
        if most.into_iter().any(|count| count > MAX_PROVIDERS) {
            return Err(Error::invalid_parameter(format!(
                "An identity pool can have at most {MAX_PROVIDERS} providers of a kind."
            )));
        }
        self.tags.as_ref().map_or(Ok(()), tags::check)
    }

    /// Puts the settings into a pool. Roles, attribute maps, and tags that are not given stay as they are.
    pub(super) fn apply(&self, pool: &mut IdentityPool) -> Result<()> {
        // "Once you have set a developer provider name, you cannot change it" (API, `UpdateIdentityPool`).
        match (&pool.developer_provider, &self.developer_provider) {
            (Some(old), Some(new)) if old != new => {
                return Err(Error::invalid_parameter("The developer provider name can't be changed once it is set."));
            }
            (None, Some(new)) => pool.developer_provider = Some(new.clone()),
            (_, _) => {}
        }
        pool.name.clone_from(&self.name);
        pool.allow_guests = self.allow_guests;
        pool.allow_classic_flow = self.allow_classic_flow;
        pool.social_providers.clone_from(&self.social_providers);
        pool.oidc_provider_arns.clone_from(&self.oidc_provider_arns);
        pool.saml_provider_arns.clone_from(&self.saml_provider_arns);
        let user_pool = |given: &CognitoIdentityProvider| UserPoolProvider {
            provider_name: given.provider_name.clone().unwrap_or_default(),
            client_id: given.client_id.clone().unwrap_or_default(),
            server_side_token_check: given.server_side_token_check,
        };
        pool.user_pools = self.user_pools.iter().map(user_pool).collect();
        if let Some(tags) = &self.tags {
            pool.tags.clone_from(tags);
        }
        Ok(())
    }
}

/// Whether a developer provider of this name could be taken for a provider whose tokens are verified.
fn is_public_name(name: &str) -> bool {
    provider::SOCIAL.contains(&name)
        || name == provider::IDENTITY_POOLS
        || name.starts_with("cognito-idp.")
        || name.starts_with("issuer-cognito-idp.")
}

/// `arn:<partition>:iam::<account>:<kind>/<name>`.
fn is_provider_arn(arn: &str, kind: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && resource
                    .strip_prefix(kind)
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|name| !name.is_empty())
        }
        _ => false,
    }
}
