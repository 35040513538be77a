//! What a function may change in tokens, and what it may not (developer guide, "Pre token generation Lambda trigger",
//! excluded claims and scopes). What it may not is left as it was, without an error.

use serde_json::{Map, Value};

use crate::groups::GroupClaims;

/// Claims that say who signed in, how, and for whom: nobody changes them.
const NEVER: [&str; 14] = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
];
/// The same, in ID tokens alone.
const NEVER_IN_ID: [&str; 3] = ["aud", "event_id", "identities"];
/// The same, in access tokens alone. The scope has its own two lists.
const NEVER_IN_ACCESS: [&str; 7] =
    ["client_id", "device_key", "event_id", "identities", "scope", "username", "version"];
/// Cognito's own: groups have their own list, the rest is not for change.
const OWN_CLAIMS: &str = "cognito:";
/// Scopes that only the service grants.
const OWN_SCOPES: [&str; 2] = ["aws.cognito", "cognito:"];
/// Claims of ID tokens whose form OpenID Connect prescribes: they take text only.
const PLAIN_IN_ID: [&str; 4] = ["address", "email_verified", "phone_number_verified", "updated_at"];

/// Claims to change in one token. What is both added and suppressed is suppressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimChanges {
    /// To add, or to put in place of what is there.
    pub add: Map<String, Value>,
    /// To leave out.
    pub suppress: Vec<String>,
}

/// Everything an answer asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TokenChanges {
    /// In the ID token.
    pub id: ClaimChanges,
    /// In the access token.
    pub access: ClaimChanges,
    /// Scopes for the access token.
    pub scopes_to_add: Vec<String>,
    /// Scopes to leave out of it.
    pub scopes_to_suppress: Vec<String>,
    /// Groups in place of the user's own, in both tokens; none leaves them.
    pub groups: Option<GroupClaims>,
}

impl TokenChanges {
    /// How many claims and scopes it names.
    pub(super) fn count(&self) -> usize {
        let claims = |changes: &ClaimChanges| changes.add.len() + changes.suppress.len();
        claims(&self.id) + claims(&self.access) + self.scopes_to_add.len() + self.scopes_to_suppress.len()
    }

    /// Changes the claims of an ID token.
    pub fn apply_to_id(&self, claims: &mut Map<String, Value>) {
        let may = |name: &str, value: Option<&Value>| {
            let plain = value.is_none_or(|value| value.is_string() || !PLAIN_IN_ID.contains(&name));
            is_free(name, &NEVER_IN_ID) && plain
        };
        apply(&self.id, claims, may);
    }

    /// Changes the claims and scopes of an access token of this client.
    pub fn apply_to_access(&self, claims: &mut Map<String, Value>, client_id: &str) {
        let may = |name: &str, value: Option<&Value>| {
            // A resource may be named as the audience only by the client's own id.
            let audience = name != "aud" || value.is_some_and(|value| value == client_id);
            is_free(name, &NEVER_IN_ACCESS) && audience
        };
        apply(&self.access, claims, may);
        let scope = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let scope = self.scopes(scope);
        claims.insert("scope".to_owned(), Value::String(scope));
    }

    /// A scope claim after the changes.
    fn scopes(&self, scope: &str) -> String {
        let mut scopes: Vec<&str> = scope.split(' ').filter(|scope| !scope.is_empty()).collect();
        for added in &self.scopes_to_add {
            let own = OWN_SCOPES.iter().any(|prefix| added.starts_with(prefix));
            if !own && is_scope(added) && !scopes.contains(&added.as_str()) {
                scopes.push(added);
            }
        }
        scopes.retain(|scope| !self.scopes_to_suppress.iter().any(|suppressed| suppressed == scope));
        scopes.join(" ")
    }
}

fn is_free(name: &str, never_here: &[&str]) -> bool {
    !name.is_empty() && !NEVER.contains(&name) && !never_here.contains(&name) && !name.starts_with(OWN_CLAIMS)
}

fn apply(changes: &ClaimChanges, claims: &mut Map<String, Value>, may: impl Fn(&str, Option<&Value>) -> bool) {
    for (name, value) in &changes.add {
        if !value.is_null() && may(name, Some(value)) {
            claims.insert(name.clone(), value.clone());
        }
    }
    for name in &changes.suppress {
        if may(name, None) {
            claims.remove(name);
        }
    }
}

/// A scope token (RFC 6749, section 3.3): one that held a space would be two.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
