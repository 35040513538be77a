//! Creating an app client.

use stepwell_model::{ErrorCode, SecretString};

use super::permissions::Doing;
use super::{AppClient, ClientConfiguration, MAX_CLIENTS, oauth, secret};
use crate::context::Context;
use crate::domain::pool_not_found;
use crate::error::{Error, Result};
use crate::pools;
use crate::ports::store::{Conflict, Write};

const ID_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH: usize = 26;
/// An id that is taken is one in 10^40; more than one in a row is a broken generator.
const TRIES: usize = 3;

/// What a new client is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CreateClient {
    /// `UserPoolId`.
    pub pool_id: String,
    /// `ClientName`.
    pub name: String,
    /// `GenerateSecret`.
    pub generate_secret: bool,
    /// `ClientSecret`: a secret the caller chose.
    pub secret: Option<SecretString>,
    /// The settings that can change later.
    pub configuration: ClientConfiguration,
}

/// Creates a client. Its secret, if it has one, is read with [`secret::oldest`].
pub async fn create(cx: &Context<'_>, request: CreateClient) -> Result<AppClient> {
    let domain = cx.domain;
    let pool = pools::read(cx, &request.pool_id).await?;
    if request.generate_secret && request.secret.is_some() {
        return Err(Error::invalid_parameter(
            "You cannot specify both GenerateSecret as true and provide a ClientSecret value.",
        ));
    }
    oauth::check_scopes(domain, &pool.id, request.configuration.allowed_oauth_scopes.as_deref()).await?;
    let has_secret = request.generate_secret || request.secret.is_some();
    let settings = request.configuration.resolve(&domain.settings, &pool, has_secret, Doing::Creating)?;
    let keys = &domain.pool(&pool.id).await?.keys;
    let now = cx.now();
    let plain = match request.secret {
        None if request.generate_secret => Some(secret::generate(&*domain.rng)),
        chosen => chosen,
    };
    let mut client = AppClient {
        pool_id: pool.id,
        id: String::new(),
        name: request.name,
        created_at: now,
        modified_at: now,
        secrets: Vec::new(),
        settings,
        sso_session_minutes: None,
        version: 0,
    };
    for _ in 0..TRIES {
        client.id = domain.rng.text(ID_ALPHABET, ID_LENGTH);
        client.secrets = plain
            .iter()
            .map(|plain| secret::seal(&*domain.rng, keys, &client.id, plain, now))
            .collect::<Result<_>>()?;
        let writes = vec![Write::InsertClient(Box::new(client.clone())), Write::BumpConfigVersion];
        match domain.submit(writes).await? {
            Ok(()) => return Ok(client),
            Err(Conflict::Exists) => {}
            Err(Conflict::Changed) => return Err(pool_not_found(&client.pool_id)),
            Err(Conflict::Full) => {
                let message = format!("A user pool can have at most {MAX_CLIENTS} app clients.");
                return Err(Error::new(ErrorCode::LimitExceeded, message));
            }
            Err(conflict) => return Err(Error::internal(format!("creating a client: unexpected {conflict:?}"))),
        }
    }
    Err(Error::internal("no free client id was found"))
}
