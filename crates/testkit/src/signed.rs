//! Requests with genuine signatures, as `serve` takes them, and the users and roles whose credentials make them.

use std::collections::{BTreeMap, BTreeSet};

use http::Request;
use http::request::Builder;
use serde_json::Value;
use stepwell_api::wire::sigv4::{self, SignableRequest, sign};
use stepwell_core::iam::{Entity, Identity, Role, TemporarySession, User, access_key, name_key};
use stepwell_core::ports::clock::Clock as _;
use stepwell_core::ports::store::Write;
use stepwell_core::sts::credentials::{self, Grant, TemporaryCredentials};
use stepwell_core::{HOUR, Millis};
use stepwell_model::{Protocol, Service};

use crate::server::HOST;
use crate::{Answer, TestDomain, TestServer};

/// Credentials that sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret.
    pub secret: String,
    /// The session token of temporary ones.
    pub session_token: Option<String>,
}

impl From<&TemporaryCredentials> for Credentials {
    fn from(made: &TemporaryCredentials) -> Self {
        Self {
            access_key_id: made.access_key_id.clone(),
            secret: made.secret_access_key.as_ref().to_owned(),
            session_token: Some(made.session_token.as_ref().to_owned()),
        }
    }
}

/// A signed request, before it is sent: tests may still change it.
#[derive(Debug, Clone)]
pub struct SignedCall {
    /// Path and query.
    pub target: String,
    /// The headers, signature included.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl SignedCall {
    /// Signs a call of a service at `now`. Members of `input` become parameters where the service speaks the query protocol;
    /// only texts do.
    pub fn new(credentials: &Credentials, service: Service, operation: &str, input: &Value, now: Millis) -> Self {
        let mut headers = Vec::new();
        let body = match service.protocol() {
            Protocol::Json { target_prefix } => {
                headers.push(("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()));
                headers.push(("x-amz-target".to_owned(), format!("{target_prefix}.{operation}")));
                input.to_string()
            }
            Protocol::Query { version, .. } => {
                headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
                form(version, operation, input)
            }
        };
        Self::sign(credentials, service.signing_name(), "/", headers, body, now)
    }

    /// Signs any POST.
    pub fn sign(
        credentials: &Credentials,
        service: &str,
        path: &str,
        mut headers: Vec<(String, String)>,
        body: String,
        now: Millis,
    ) -> Self {
        let given: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request =
            SignableRequest { method: "POST", host: HOST, path, query: "", headers: &given, payload: body.as_bytes() };
        let signing = sigv4::Credentials {
            access_key_id: &credentials.access_key_id,
            secret_access_key: &credentials.secret,
            session_token: credentials.session_token.as_deref(),
        };
        let added = sign(&request, &signing, "us-east-1", service, now);
        headers.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        headers.push(("host".to_owned(), HOST.to_owned()));
        Self { target: path.to_owned(), headers, body }
    }

    /// A header's value, to be changed.
    pub fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(known, _)| known == name).expect("the header").1
    }

    fn builder(&self) -> Builder {
        let request = Request::post(self.target.as_str());
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// The form of a request in the query protocol.
fn form(version: &str, operation: &str, input: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", operation).append_pair("Version", version);
    for (name, value) in input.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        form.append_pair(name, &text);
    }
    form.finish()
}

impl TestServer {
    /// Calls an operation with a genuine signature.
    pub async fn signed(&self, credentials: &Credentials, service: Service, operation: &str, input: &Value) -> Answer {
        self.send_signed(&SignedCall::new(credentials, service, operation, input, self.test.clock.now())).await
    }

    /// Sends a signed request as it is.
    pub async fn send_signed(&self, call: &SignedCall) -> Answer {
        self.send(call.builder(), call.body.clone()).await
    }
}

impl TestDomain {
    /// Writes a record of IAM, new or instead of the one that is there.
    pub async fn put_iam(&self, mut entity: Entity) {
        let iam = &self.domain.stores.iam;
        let key = entity.key();
        let known = match &mut entity {
            Entity::User(user) => iam.user(&key).await.unwrap().map(|known| user.version = known.version),
            Entity::Role(role) => iam.role(&key).await.unwrap().map(|known| role.version = known.version),
            Entity::Policy(policy) => iam.policy(&key).await.unwrap().map(|known| policy.version = known.version),
            Entity::OidcProvider(_) | Entity::SamlProvider(_) => None,
        };
        let write = if known.is_some() { Write::UpdateIamEntity(entity) } else { Write::InsertIamEntity(entity) };
        let expected = iam.iam_version().await.unwrap();
        self.domain.submit(vec![Write::BumpIamVersion { expected }, write]).await.unwrap().unwrap();
    }

    /// Removes a record of IAM.
    pub async fn delete_iam(&self, entity: &Entity) {
        let expected = self.domain.stores.iam.iam_version().await.unwrap();
        let (kind, key, version) = (entity.kind(), entity.key(), entity.version());
        let writes = vec![Write::BumpIamVersion { expected }, Write::DeleteIamEntity { kind, key, version }];
        self.domain.submit(writes).await.unwrap().unwrap();
    }

    /// A user with one inline policy, and an access key of it.
    pub async fn iam_user(&self, name: &str, policy: &Value) -> Credentials {
        self.put_iam(Entity::User(Box::new(self.user_record(name, policy)))).await;
        self.access_key_of(name).await
    }

    /// A user's record that is not stored yet.
    pub fn user_record(&self, name: &str, policy: &Value) -> User {
        User {
            name: name.to_owned(),
            path: "/".to_owned(),
            user_id: format!("AIDA{:0>16}", name.to_uppercase()),
            created_at: self.domain.clock.now(),
            tags: BTreeMap::new(),
            permissions_boundary: None,
            inline_policies: inline(policy),
            attached: BTreeSet::new(),
            version: 0,
        }
    }

    /// A new access key of a user.
    pub async fn access_key_of(&self, user: &str) -> Credentials {
        let made = access_key::generate(&self.domain, user, "test").unwrap();
        let (access_key_id, secret) = (made.key.access_key_id.clone(), made.secret.as_ref().to_owned());
        self.domain.submit(vec![Write::InsertAccessKey(made.key)]).await.unwrap().unwrap();
        Credentials { access_key_id, secret, session_token: None }
    }

    /// A role with one inline policy, and who assumed it as `s1`.
    pub async fn iam_role(&self, name: &str, policy: &Value) -> Identity {
        let role = self.role_record(name, policy);
        let role_id = role.role_id.clone();
        self.put_iam(Entity::Role(Box::new(role))).await;
        Identity::Role { name: name.to_owned(), path: "/".to_owned(), role_id, session_name: "s1".to_owned() }
    }

    /// A role's record that is not stored yet.
    pub fn role_record(&self, name: &str, policy: &Value) -> Role {
        Role {
            name: name.to_owned(),
            path: "/".to_owned(),
            role_id: format!("AROA{:0>16}", name.to_uppercase()),
            created_at: self.domain.clock.now(),
            trust_policy: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
            trust_principals: BTreeMap::new(),
            description: None,
            max_session_duration: 3_600,
            tags: BTreeMap::new(),
            permissions_boundary: None,
            inline_policies: inline(policy),
            attached: BTreeSet::new(),
            version: 0,
        }
    }

    /// The role's record as stored.
    pub async fn stored_role(&self, name: &str) -> Role {
        self.domain.stores.iam.role(&name_key(name)).await.unwrap().expect("the role")
    }

    /// Temporary credentials for an hour from now, as STS makes them.
    pub fn session(&self, identity: &Identity, session: TemporarySession) -> Credentials {
        let issued_at = self.domain.clock.now();
        let session = TemporarySession { issued_at, expires_at: issued_at + HOUR, ..session };
        let grant = Grant { identity: identity.clone(), session };
        (&credentials::issue(&self.domain, grant).unwrap()).into()
    }
}

fn inline(policy: &Value) -> BTreeMap<String, String> {
    if policy.is_null() { BTreeMap::new() } else { [("inline".to_owned(), policy.to_string())].into() }
}
