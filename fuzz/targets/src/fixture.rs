//! A pool with everything a client can hold: tokens, a Session, a `SECRET_BLOCK` of the user and one of a device.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_core::auth::Realm;
use stepwell_core::iam::{Identity, TemporarySession};
use stepwell_core::sts::credentials::{self, Grant, TemporaryCredentials};
use stepwell_core::{Caller, Context, HOUR, Principal};
use stepwell_testkit::srp::Device;
use stepwell_testkit::{Answer, TestServer};
use tokio::runtime::Runtime;

use crate::Finding;

pub(crate) const PASSWORD: &str = "Fuzz-Passw0rd";
/// A user who can sign in.
pub(crate) const USERNAME: &str = "ann";
/// A user who must choose a new password.
const NEW_USERNAME: &str = "ben";

/// A server in this process, and what its clients were given.
pub(crate) struct Fixture {
    pub(crate) runtime: Runtime,
    pub(crate) server: TestServer,
    pub(crate) pool_id: String,
    /// The client that everything was given to.
    pub(crate) client_id: String,
    pub(crate) realm: Realm,
    /// Another client of the same pool, for which nothing here is valid.
    pub(crate) other_realm: Realm,
    pub(crate) access_token: String,
    pub(crate) id_token: String,
    pub(crate) refresh_token: String,
    pub(crate) session: String,
    pub(crate) secret_block: String,
    /// The `SECRET_BLOCK` of `DEVICE_PASSWORD_VERIFIER`.
    pub(crate) device_block: String,
    /// Temporary credentials.
    pub(crate) access_key_id: String,
    pub(crate) session_token: String,
}

impl Fixture {
    /// Makes one.
    pub(crate) fn make() -> Result<Self, Finding> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let server = runtime.block_on(TestServer::start()).map_err(|error| error.to_string())?;
        let made = runtime.block_on(fill(&server))?;
        let tokens = made.tokens.pointer("/AuthenticationResult").ok_or("no tokens")?;
        let (access_token, id_token) = (text(tokens, "AccessToken")?, text(tokens, "IdToken")?);
        let refresh_token = text(tokens, "RefreshToken")?;
        let session = text(&made.new_password, "Session")?;
        let (secret_block, device_block) = (secret_block(&made.srp)?, secret_block(&made.device_srp)?);
        let credentials = temporary_credentials(&server)?;
        let realms = runtime.block_on(async {
            let caller = anonymous();
            let cx = Context { domain: &server.test.domain, caller: &caller };
            let realm = Realm::of_client(&cx, &made.client_id).await?;
            Ok((realm, Realm::of_client(&cx, &made.other_client_id).await?))
        });
        let (realm, other_realm) = realms.map_err(|error: stepwell_core::Error| error.to_string())?;
        Ok(Self {
            runtime,
            server,
            pool_id: made.pool_id,
            client_id: made.client_id,
            realm,
            other_realm,
            access_token,
            id_token,
            refresh_token,
            session,
            secret_block,
            device_block,
            access_key_id: credentials.access_key_id.clone(),
            session_token: credentials.session_token.as_str().to_owned(),
        })
    }

    /// Runs `f` with a context in which nothing is proven.
    pub(crate) fn with_context<T>(&self, f: impl FnOnce(&Context<'_>) -> T) -> T {
        let caller = anonymous();
        f(&Context { domain: &self.server.test.domain, caller: &caller })
    }

    /// The domain.
    pub(crate) fn domain(&self) -> &Arc<stepwell_core::Domain> {
        &self.server.test.domain
    }
}

fn temporary_credentials(server: &TestServer) -> Result<TemporaryCredentials, Finding> {
    let identity = Identity::Role {
        name: "fuzz".to_owned(),
        path: "/".to_owned(),
        role_id: "AROAFUZZFUZZFUZZFUZZ".to_owned(),
        session_name: "fuzz".to_owned(),
    };
    let domain = &server.test.domain;
    let issued_at = domain.clock.now();
    let session = TemporarySession { issued_at, expires_at: issued_at + HOUR, ..TemporarySession::default() };
    credentials::issue(domain, Grant { identity, session }).map_err(|error| error.to_string())
}

fn anonymous() -> Caller {
    Caller {
        address: None,
        user_agent: None,
        referer: None,
        request_id: "fuzz".to_owned(),
        principal: Principal::Anonymous,
    }
}

struct Made {
    pool_id: String,
    client_id: String,
    other_client_id: String,
    tokens: Value,
    new_password: Value,
    srp: Value,
    device_srp: Value,
}

async fn fill(server: &TestServer) -> Result<Made, Finding> {
    let devices = json!({ "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false });
    let pool = json!({ "PoolName": "fuzz", "DeviceConfiguration": devices });
    let pool = expect(server.admin("CreateUserPool", &pool).await)?;
    let pool_id = text(pool.get("UserPool").ok_or("no pool")?, "Id")?;
    let client_id = make_client(server, &pool_id).await?;
    let other_client_id = make_client(server, &pool_id).await?;
    for (username, permanent) in [(USERNAME, true), (NEW_USERNAME, false)] {
        let create = json!({ "UserPoolId": pool_id, "Username": username, "MessageAction": "SUPPRESS" });
        expect(server.admin("AdminCreateUser", &create).await)?;
        let password =
            json!({ "UserPoolId": pool_id, "Username": username, "Password": PASSWORD, "Permanent": permanent });
        expect(server.admin("AdminSetUserPassword", &password).await)?;
    }
    let initiate = async |flow: &str, username: &str, name: &str, value: &str, device: Option<&str>| {
        let mut parameters = json!({ "USERNAME": username, name: value });
        if let (Some(parameters), Some(device)) = (parameters.as_object_mut(), device) {
            parameters.insert("DEVICE_KEY".to_owned(), device.into());
        }
        let input = json!({ "ClientId": client_id, "AuthFlow": flow, "AuthParameters": parameters });
        expect(server.app("InitiateAuth", &input).await)
    };
    let tokens = initiate("USER_PASSWORD_AUTH", USERNAME, "PASSWORD", PASSWORD, None).await?;
    let new_password = initiate("USER_PASSWORD_AUTH", NEW_USERNAME, "PASSWORD", PASSWORD, None).await?;
    let srp = initiate("USER_SRP_AUTH", USERNAME, "SRP_A", &srp_a()?, None).await?;
    let result = tokens.get("AuthenticationResult").ok_or("no tokens")?;
    let device = Device::of(result);
    let confirm = json!({
        "AccessToken": text(result, "AccessToken")?,
        "DeviceKey": device.key,
        "DeviceSecretVerifierConfig": device.verifier(),
    });
    expect(server.app("ConfirmDevice", &confirm).await)?;
    let asked = initiate("USER_PASSWORD_AUTH", USERNAME, "PASSWORD", PASSWORD, Some(&device.key)).await?;
    let responses = json!({ "USERNAME": USERNAME, "DEVICE_KEY": device.key, "SRP_A": srp_a()? });
    let respond = json!({
        "ClientId": client_id,
        "ChallengeName": "DEVICE_SRP_AUTH",
        "Session": text(&asked, "Session")?,
        "ChallengeResponses": responses,
    });
    let device_srp = expect(server.app("RespondToAuthChallenge", &respond).await)?;
    Ok(Made { pool_id, client_id, other_client_id, tokens, new_password, srp, device_srp })
}

fn secret_block(challenge: &Value) -> Result<String, Finding> {
    text(challenge.get("ChallengeParameters").ok_or("no challenge")?, "SECRET_BLOCK")
}

async fn make_client(server: &TestServer, pool_id: &str) -> Result<String, Finding> {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let input = json!({ "UserPoolId": pool_id, "ClientName": "fuzz", "ExplicitAuthFlows": flows });
    let client = expect(server.admin("CreateUserPoolClient", &input).await)?;
    text(client.get("UserPoolClient").ok_or("no client")?, "ClientId")
}

/// A public value of a client.
pub(crate) fn srp_a() -> Result<String, Finding> {
    let public = stepwell_bignum::exp_g(&[0x5a; stepwell_bignum::EXPONENT_LEN]).map_err(|error| error.to_string())?;
    Ok(hex::encode(public.as_bytes()))
}

fn expect(answer: Answer) -> Result<Value, Finding> {
    if answer.status.is_success() { Ok(answer.body) } else { Err(format!("fixture: {}", answer.body)) }
}

fn text(object: &Value, name: &str) -> Result<String, Finding> {
    let value = object.get(name).and_then(Value::as_str);
    value.map(str::to_owned).ok_or_else(|| format!("fixture: no {name}"))
}
