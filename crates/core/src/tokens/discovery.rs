//! The OpenID Connect discovery document of a pool (OpenID Connect Discovery 1.0, section 3).

use serde_json::{Value, json};

use super::issuer;
use crate::domain::Domain;
use crate::pools::UserPool;

/// The document. The OAuth endpoints stand on the public origin, where the login pages will answer.
pub fn document(domain: &Domain, pool: &UserPool) -> Value {
    let base = &domain.settings.public_url;
    let jwks_base = format!("{base}/{}", pool.id);
    json!({
        "authorization_endpoint": format!("{base}/oauth2/authorize"),
        "end_session_endpoint": format!("{base}/logout"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": issuer(domain, pool),
        "jwks_uri": format!("{jwks_base}/.well-known/jwks.json"),
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": format!("{base}/oauth2/userInfo"),
    })
}
