//! Tokens: issuing, verifying, refreshing and revoking them.

pub mod access_token;
pub mod claims;
pub mod client_token;
pub mod derived;
pub mod discovery;
pub mod external;
pub mod generation;
pub mod issue;
pub mod presented;
pub mod refresh;
pub mod refresh_token;
pub mod revoke;
mod rsa;
pub mod signing;

pub use access_token::AccessToken;
pub use issue::TokenSet;

use crate::domain::Domain;
use crate::pools::UserPool;
use crate::settings::IssuerMode;

/// The `iss` claim of a pool's tokens, and the base of its JWKS and discovery addresses.
pub fn issuer(domain: &Domain, pool: &UserPool) -> String {
    let updated = pool.issuer.as_ref().and_then(|issuer| issuer.r#type.as_ref())
        == Some(&stepwell_model::idp::IssuerType::Updated);
    let region = &domain.settings.region;
    match (domain.settings.issuer, updated) {
        (IssuerMode::PublicUrl, _) => [&domain.settings.public_url, "/", &pool.id].concat(),
        (IssuerMode::Aws, false) => format!("https://cognito-idp.{region}.amazonaws.com/{}", pool.id),
        (IssuerMode::Aws, true) => format!("https://issuer-cognito-idp.{region}.amazonaws.com/{}", pool.id),
    }
}
