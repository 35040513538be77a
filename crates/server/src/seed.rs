//! The demo of `dev`: a pool, an app client and a user in an empty database, made by the operations that everybody calls.

use std::sync::Arc;

use stepwell_api::operation::Operation as _;
use stepwell_core::auth::srp;
use stepwell_core::cache::PoolEntry;
use stepwell_core::iam::Signer;
use stepwell_core::users::{User, UserStatus, credential};
use stepwell_core::{Caller, Context, Domain, Error, Principal};
use stepwell_model::idp::{
    AdminCreateUser, AdminCreateUserRequest, AdminSetUserPassword, AdminSetUserPasswordRequest, AttributeType,
    CreateUserPool, CreateUserPoolClient, CreateUserPoolClientRequest, CreateUserPoolRequest, ExplicitAuthFlowsType,
    MessageActionType, VerifiedAttributeType,
};

const POOL: &str = "stepwell-demo";
const CLIENT: &str = "stepwell-demo-app";
const USERNAME: &str = "demo";
const EMAIL: &str = "demo@example.com";
/// In `dev` whoever reaches the port can set any password, so this one protects nothing and may as well be known.
const PASSWORD: &str = "Demo-Passw0rd";

/// What the start-up screen shows of the demo.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) pool_id: String,
    pub(crate) client_id: String,
    pub(crate) username: &'static str,
    /// The password the demo was made with.
    pub(crate) password: &'static str,
    /// Whether the user can still sign in with it.
    pub(crate) password_works: bool,
}

impl Demo {
    fn new(pool_id: String, client_id: String, password_works: bool) -> Self {
        Self { pool_id, client_id, username: USERNAME, password: PASSWORD, password_works }
    }
}

/// The demo of an earlier start, or a new one if the database is empty; none if it holds other things.
pub(crate) async fn find_or_make(domain: &Domain) -> Result<Option<Demo>, Error> {
    let pools = domain.stores.config.list_pools(None, 60).await?;
    if pools.is_empty() {
        return make(domain).await.map(Some);
    }
    let Some(pool) = pools.into_iter().find(|pool| pool.name == POOL) else { return Ok(None) };
    let clients = domain.stores.config.list_clients(&pool.id, None, 60).await?;
    let client = clients.into_iter().find(|client| client.name == CLIENT);
    let user = domain.stores.users.by_username(&pool.id, USERNAME).await?;
    let Some((client, user)) = client.zip(user) else { return Ok(None) };
    let password_works = signs_in(&*domain.pool(&pool.id).await?, &user)?;
    Ok(Some(Demo::new(pool.id, client.id, password_works)))
}

/// Whether the demo's password is still the user's. No attempt is counted: nobody is guessing.
fn signs_in(entry: &PoolEntry, user: &User) -> Result<bool, Error> {
    let Some(credential) = credential::open(&entry.keys, user)? else { return Ok(false) };
    let (salt, verifier) = (&credential.salt, &credential.verifier);
    let matches = srp::check_password(entry.srp_name(), &user.username, PASSWORD, salt, verifier);
    Ok(user.enabled && user.status == UserStatus::Confirmed && matches.map_err(Error::internal)?)
}

async fn make(domain: &Domain) -> Result<Demo, Error> {
    let caller = Caller {
        address: None,
        user_agent: None,
        referer: None,
        request_id: domain.rng.uuid(),
        principal: Principal::Signed(Arc::new(Signer::anyone("seed"))),
    };
    let cx = Context { domain, caller: &caller };
    let pool_id = make_pool(&cx).await?;
    let client_id = make_client(&cx, &pool_id).await?;
    make_user(&cx, &pool_id).await?;
    Ok(Demo::new(pool_id, client_id, true))
}

async fn make_pool(cx: &Context<'_>) -> Result<String, Error> {
    let request = CreateUserPoolRequest {
        pool_name: Some(POOL.to_owned()),
        auto_verified_attributes: Some(vec![VerifiedAttributeType::Email]),
        ..Default::default()
    };
    let pool = CreateUserPool::call(cx, request).await?.user_pool;
    pool.and_then(|pool| pool.id).ok_or_else(|| Error::internal("a new pool has no id"))
}

async fn make_client(cx: &Context<'_>, pool_id: &str) -> Result<String, Error> {
    let request = CreateUserPoolClientRequest {
        user_pool_id: Some(pool_id.to_owned()),
        client_name: Some(CLIENT.to_owned()),
        explicit_auth_flows: Some(vec![
            ExplicitAuthFlowsType::AllowUserPasswordAuth,
            ExplicitAuthFlowsType::AllowUserSrpAuth,
            ExplicitAuthFlowsType::AllowRefreshTokenAuth,
            ExplicitAuthFlowsType::AllowAdminUserPasswordAuth,
        ]),
        ..Default::default()
    };
    let client = CreateUserPoolClient::call(cx, request).await?.user_pool_client;
    client
        .and_then(|client| client.client_id)
        .map(|id| id.to_string())
        .ok_or_else(|| Error::internal("a new client has no id"))
}

async fn make_user(cx: &Context<'_>, pool_id: &str) -> Result<(), Error> {
    let attribute = |name: &str, value: &str| AttributeType { name: Some(name.to_owned()), value: Some(value.into()) };
    let request = AdminCreateUserRequest {
        user_pool_id: Some(pool_id.to_owned()),
        username: Some(USERNAME.into()),
        user_attributes: Some(vec![attribute("email", EMAIL), attribute("email_verified", "true")]),
        message_action: Some(MessageActionType::Suppress),
        ..Default::default()
    };
    AdminCreateUser::call(cx, request).await?;
    let request = AdminSetUserPasswordRequest {
        user_pool_id: Some(pool_id.to_owned()),
        username: Some(USERNAME.into()),
        password: Some(PASSWORD.into()),
        permanent: Some(true),
    };
    AdminSetUserPassword::call(cx, request).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use stepwell_testkit::DomainBuilder;

    use super::*;

    #[tokio::test]
    async fn made_once_and_found_again() {
        let test = DomainBuilder::default().build().await.unwrap();
        let made = find_or_make(&test.domain).await.unwrap().unwrap();
        let found = find_or_make(&test.domain).await.unwrap().unwrap();
        assert_eq!((&made.pool_id, &made.client_id), (&found.pool_id, &found.client_id));
        assert!(made.password_works && found.password_works);
        let user = test.domain.stores.users.by_username(&made.pool_id, USERNAME).await.unwrap().unwrap();
        assert_eq!(user.status.as_str(), "CONFIRMED");
        assert!(user.sealed_verifier.is_some());
        // Nobody is written to.
        test.send_messages().await.unwrap();
        assert!(test.messages.take().is_empty());
    }

    #[tokio::test]
    async fn a_changed_password_is_noticed() {
        let test = DomainBuilder::default().build().await.unwrap();
        let made = find_or_make(&test.domain).await.unwrap().unwrap();
        let caller = Caller {
            address: None,
            user_agent: None,
            referer: None,
            request_id: String::new(),
            principal: Principal::Signed(Arc::new(Signer::anyone(""))),
        };
        let cx = Context { domain: &test.domain, caller: &caller };
        let set = |password: &str, permanent| AdminSetUserPasswordRequest {
            user_pool_id: Some(made.pool_id.clone()),
            username: Some(USERNAME.into()),
            password: Some(password.into()),
            permanent: Some(permanent),
        };
        for (password, permanent, works) in
            [("Another-Passw0rd", true, false), (PASSWORD, true, true), (PASSWORD, false, false)]
        {
            AdminSetUserPassword::call(&cx, set(password, permanent)).await.unwrap();
            let found = find_or_make(&test.domain).await.unwrap().unwrap();
            assert_eq!(found.password_works, works, "{password} {permanent}");
        }
    }
}
