//! The store's ports with a look at what passes through them: which calls were made, and failures on demand.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use stepwell_core::Millis;
use stepwell_core::clients::AppClient;
use stepwell_core::devices::Device;
use stepwell_core::groups::Group;
use stepwell_core::iam::{self, EntityKind, ManagedPolicy, OidcProvider, PolicyUsage, PolicyUse, Role, SamlProvider};
use stepwell_core::identity_pools::{Identity, IdentityPool, Login};
use stepwell_core::keyring::{AccessKey, SigningKey, WrappedKey};
use stepwell_core::passkeys::Passkey;
use stepwell_core::pools::UserPool;
use stepwell_core::ports::store::{
    After, AuthEventStore, Code, CodePurpose, ConfigStore, DeviceStore, DocumentKind, Failures, GroupStore, GuardStore,
    IamStore, IdentityPoolStore, PasskeyStore, PoolDocument, RefreshTokenUser, ResourceServerStore, RiskStore,
    StoreError, StoreResult, Stores, Submit, SubmitError, UserFilter, UserSessionStore, UserStore, Write,
};
use stepwell_core::resource_servers::ResourceServer;
use stepwell_core::risk::{AuthEvent, Remembered};
use stepwell_core::sessions::{SessionKind, UserSession};
use stepwell_core::users::User;

/// Sees every call of the domain to its store (but for background work).
#[derive(Debug, Clone, Default)]
pub struct Observer(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    calls: Vec<String>,
    failing: Vec<String>,
}

impl Observer {
    /// The stores, observed.
    pub(crate) fn around(&self, inner: Stores) -> Stores {
        let jobs = Arc::clone(&inner.jobs);
        let observed = Arc::new(Observed { inner, observer: self.clone() });
        Stores {
            submit: Arc::clone(&observed) as _,
            config: Arc::clone(&observed) as _,
            users: Arc::clone(&observed) as _,
            groups: Arc::clone(&observed) as _,
            resource_servers: Arc::clone(&observed) as _,
            devices: Arc::clone(&observed) as _,
            passkeys: Arc::clone(&observed) as _,
            user_sessions: Arc::clone(&observed) as _,
            auth_events: Arc::clone(&observed) as _,
            risk: Arc::clone(&observed) as _,
            iam: Arc::clone(&observed) as _,
            identity_pools: Arc::clone(&observed) as _,
            guards: observed,
            jobs,
        }
    }

    /// Takes out the calls so far: names of methods, and for a submission the kinds of its writes.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().calls)
    }

    /// From now on calls of this method fail as if the database were away.
    pub fn fail(&self, method: &str) {
        self.0.lock().failing.push(method.to_owned());
    }

    /// The database is back.
    pub fn recover(&self) {
        self.0.lock().failing.clear();
    }

    fn note(&self, method: &str, call: String) -> Result<(), StoreError> {
        let mut seen = self.0.lock();
        seen.calls.push(call);
        if seen.failing.iter().any(|failing| failing == method) {
            return Err(StoreError::Unavailable("failed by the test".to_owned()));
        }
        Ok(())
    }
}

struct Observed {
    inner: Stores,
    observer: Observer,
}

#[async_trait]
impl Submit for Observed {
    async fn submit(&self, writes: Vec<Write>) -> Result<(), SubmitError> {
        let kinds: Vec<String> = writes.iter().map(kind).collect();
        self.observer.note("submit", format!("submit [{}]", kinds.join(", ")))?;
        self.inner.submit.submit(writes).await
    }
}

/// The variant's name.
fn kind(write: &Write) -> String {
    format!("{write:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

macro_rules! observe {
    ($port:ident as $field:ident { $(fn $name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)* }) => {
        #[async_trait]
        impl $port for Observed {
            $(async fn $name(&self, $($arg: $kind),*) -> StoreResult<$answer> {
                self.observer.note(stringify!($name), stringify!($name).to_owned())?;
                self.inner.$field.$name($($arg),*).await
            })*
        }
    };
}

observe! { ConfigStore as config {
    fn config_version() -> i64;
    fn pool(pool_id: &str) -> Option<UserPool>;
    fn list_pools(after: Option<&str>, limit: u32) -> Vec<UserPool>;
    fn client(client_id: &str) -> Option<AppClient>;
    fn list_clients(pool_id: &str, after: Option<&str>, limit: u32) -> Vec<AppClient>;
    fn wrapped_keys(pool_id: &str) -> Vec<WrappedKey>;
    fn all_wrapped_keys() -> Vec<WrappedKey>;
    fn signing_keys(pool_id: &str) -> Vec<SigningKey>;
    fn access_key(access_key_id: &str) -> Option<AccessKey>;
    fn list_access_keys() -> Vec<AccessKey>;
    fn document(pool_id: &str, kind: DocumentKind, key: &str) -> Option<PoolDocument>;
} }

observe! { UserStore as users {
    fn by_sub(pool_id: &str, sub: &str) -> Option<User>;
    fn of_refresh_token(pool_id: &str, sub: &str, origin_jti: &str, token_id: &str) -> Option<RefreshTokenUser>;
    fn by_username(pool_id: &str, username_key: &str) -> Option<User>;
    fn by_alias(pool_id: &str, attribute: &str, value: &str) -> Option<User>;
    fn list(pool_id: &str, filter: Option<&UserFilter>, after: Option<&After>, limit: u32) -> Vec<User>;
    fn estimated_count(pool_id: &str) -> i64;
} }

observe! { GroupStore as groups {
    fn group(pool_id: &str, name: &str) -> Option<Group>;
    fn list(pool_id: &str, after: Option<&str>, limit: u32) -> Vec<Group>;
    fn count(pool_id: &str) -> i64;
    fn of_user(pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> Vec<Group>;
    fn members(pool_id: &str, group: &str, after: Option<&str>, limit: u32) -> Vec<User>;
} }

observe! { ResourceServerStore as resource_servers {
    fn resource_server(pool_id: &str, identifier: &str) -> Option<ResourceServer>;
    fn list(pool_id: &str, after: Option<&str>, limit: u32) -> Vec<ResourceServer>;
} }

observe! { DeviceStore as devices {
    fn device(pool_id: &str, sub: &str, key: &str) -> Option<Device>;
    fn list(pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> Vec<Device>;
    fn count(pool_id: &str, sub: &str) -> i64;
} }

observe! { PasskeyStore as passkeys {
    fn passkey(pool_id: &str, credential_id: &str) -> Option<Passkey>;
    fn of_user(pool_id: &str, sub: &str, after: Option<&str>, limit: u32) -> Vec<Passkey>;
    fn count(pool_id: &str, sub: &str) -> i64;
} }

observe! { UserSessionStore as user_sessions {
    fn session(pool_id: &str, sub: &str, id: &str) -> Option<UserSession>;
    fn by_origin(pool_id: &str, origin_jti: &str) -> Option<UserSession>;
    fn list(pool_id: &str, sub: &str, now: Millis, after: Option<&After>, limit: u32) -> Vec<UserSession>;
    fn count(pool_id: &str, sub: &str, kind: SessionKind, now: Millis) -> i64;
    fn least_recently_used(
        pool_id: &str,
        sub: &str,
        kind: SessionKind,
        now: Millis,
        limit: u32
    ) -> Vec<UserSession>;
} }

observe! { AuthEventStore as auth_events {
    fn event(pool_id: &str, sub: &str, id: &str) -> Option<AuthEvent>;
    fn list(pool_id: &str, sub: &str, after: Option<&After>, limit: u32) -> Vec<AuthEvent>;
} }

observe! { RiskStore as risk {
    fn remembered(pool_id: &str, sub: &str) -> Vec<Remembered>;
} }

observe! { IamStore as iam {
    fn iam_version() -> i64;
    fn user(key: &str) -> Option<iam::User>;
    fn role(key: &str) -> Option<Role>;
    fn policy(key: &str) -> Option<ManagedPolicy>;
    fn oidc_provider(key: &str) -> Option<OidcProvider>;
    fn saml_provider(key: &str) -> Option<SamlProvider>;
    fn users(path_prefix: &str, after: Option<&str>, limit: u32) -> Vec<iam::User>;
    fn roles(path_prefix: &str, after: Option<&str>, limit: u32) -> Vec<Role>;
    fn policies(path_prefix: &str, after: Option<&str>, limit: u32) -> Vec<ManagedPolicy>;
    fn oidc_providers(after: Option<&str>, limit: u32) -> Vec<OidcProvider>;
    fn saml_providers(after: Option<&str>, limit: u32) -> Vec<SamlProvider>;
    fn named(unique_id: &str) -> Option<iam::IamName>;
    fn count(kind: EntityKind) -> i64;
    fn policy_use_count(policy_arn: &str, usage: PolicyUsage) -> i64;
    fn policy_uses(policy_arn: &str, usage: PolicyUsage, after: Option<&PolicyUse>, limit: u32) -> Vec<PolicyUse>;
    fn access_keys_of(user_key: &str) -> Vec<AccessKey>;
} }

observe! { IdentityPoolStore as identity_pools {
    fn identity_pool(pool_id: &str) -> Option<IdentityPool>;
    fn list_identity_pools(after: Option<&str>, limit: u32) -> Vec<IdentityPool>;
    fn identity(identity_id: &str) -> Option<Identity>;
    fn identity_and_iam_version(identity_id: &str) -> Option<(Identity, i64)>;
    fn identity_of(pool_id: &str, login: &Login) -> Option<Identity>;
    fn list_identities(
        pool_id: &str,
        enabled_only: bool,
        after: Option<&str>,
        limit: u32
    ) -> Vec<Identity>;
} }

observe! { GuardStore as guards {
    fn attempt_code(pool_id: &str, subject: &str, purpose: CodePurpose, now: Millis, max: i64) -> Option<Code>;
    fn code(pool_id: &str, subject: &str, purpose: CodePurpose) -> Option<Code>;
    fn failures(pool_id: &str, subject: &str) -> Option<Failures>;
    fn record_failure(pool_id: &str, subject: &str, now: Millis, forget_after: Millis) -> Failures;
    fn is_spent(pool_id: &str, id: &str) -> bool;
    fn session_failures(pool_id: &str, session_id: &str) -> i64;
    fn record_session_failure(pool_id: &str, session_id: &str, expires_at: Millis) -> i64;
    fn is_revoked(pool_id: &str, origin_jti: &str) -> bool;
    fn rotated_at(pool_id: &str, token_id: &str) -> Option<Millis>;
    fn count_use(pool_id: &str, subject: &str, action: &str, now: Millis, window: Millis) -> i64;
} }
