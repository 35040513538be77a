//! Requests with genuine signatures, as `serve` takes them, and the users and roles whose credentials make them.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::{digest, hmac};
use http::request::Builder;
use http::{Method, Request};
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

impl Credentials {
    fn signing(&self) -> sigv4::Credentials<'_> {
        sigv4::Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret,
            session_token: self.session_token.as_deref(),
        }
    }
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
    /// The method.
    pub method: Method,
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

    /// A GET with its parameters in the query string and its signature in the header.
    pub fn get(credentials: &Credentials, service: &str, query: &str, now: Millis) -> Self {
        let request = SignableRequest { method: "GET", host: HOST, path: "/", query, headers: &[], payload: b"" };
        let added = sign(&request, &credentials.signing(), "us-east-1", service, now);
        let mut headers: Vec<(String, String)> =
            added.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        headers.push(("host".to_owned(), HOST.to_owned()));
        Self { method: Method::GET, target: format!("/?{query}"), headers, body: String::new() }
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
        let added = sign(&request, &credentials.signing(), "us-east-1", service, now);
        headers.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        headers.push(("host".to_owned(), HOST.to_owned()));
        Self { method: Method::POST, target: path.to_owned(), headers, body }
    }

    /// A GET whose parameters and signature stand in the query string, signed `now` for so many seconds. `query` is its
    /// parameters, encoded; `headers` are signed beside `host`. Made without the code that is tested.
    pub fn presign(
        credentials: &Credentials,
        service: &str,
        query: &str,
        headers: &[(&str, &str)],
        seconds: u32,
        now: Millis,
    ) -> Self {
        let mut signed: BTreeMap<&str, &str> = headers.iter().copied().collect();
        signed.insert("host", HOST);
        let names = signed.keys().copied().collect::<Vec<_>>().join(";");
        let date = basic_time(now);
        let scope = format!("{}/us-east-1/{service}/aws4_request", &date[..8]);
        let credential = format!("{}/{scope}", credentials.access_key_id);
        let expires = seconds.to_string();
        let mut added = vec![
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &date),
            ("X-Amz-Expires", &expires),
            ("X-Amz-SignedHeaders", &names),
        ];
        added.extend(credentials.session_token.iter().map(|token| ("X-Amz-Security-Token", token.as_str())));
        let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
        pairs.extend(added.iter().map(|(name, value)| format!("{name}={}", encoded(value))));
        pairs.sort_unstable();
        let query = pairs.join("&");
        let lines: String = signed.iter().map(|(name, value)| [name, ":", value, "\n"].concat()).collect();
        let request = format!("GET\n/\n{query}\n{lines}\n{names}\n{}", sha256(""));
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&request));
        let mut key = format!("AWS4{}", credentials.secret).into_bytes();
        for part in scope.split('/').chain([text.as_str()]) {
            key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
        }
        let target = format!("/?{query}&X-Amz-Signature={}", hex::encode(key));
        let headers = signed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { method: Method::GET, target, headers, body: String::new() }
    }

    /// A header's value, to be changed.
    pub fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(known, _)| known == name).expect("the header").1
    }

    fn builder(&self) -> Builder {
        let request = Request::builder().method(self.method.clone()).uri(self.target.as_str());
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

/// `YYYYMMDDTHHMMSSZ`, for times of January 2027, where test clocks start.
fn basic_time(now: Millis) -> String {
    const NEW_YEAR_2027: i64 = 1_798_761_600;
    let seconds = now / 1000 - NEW_YEAR_2027;
    let (day, hour, minute) = (seconds / 86_400 + 1, seconds / 3_600 % 24, seconds / 60 % 60);
    assert!((1..=31).contains(&day), "the clock stands in January 2027");
    format!("202701{day:02}T{hour:02}{minute:02}{:02}Z", seconds % 60)
}

/// Percent-encoded but for letters, digits and `-_.~`.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn sha256(text: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, text.as_bytes()))
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
