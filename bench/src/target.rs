//! What is driven: a server with a pool, an app client and users, and the flows that are measured on it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::floor::Work;
use crate::http::{Connection, Request};
use crate::load;
use crate::server::{Place, Server};
use crate::srp_client::SrpClient;

/// SRP sign-ins measured for each second of a round: about what a core does in it.
const SRP_A_SECOND: u32 = 300;

/// A pool and an app client of it.
#[derive(Debug, Clone)]
pub(crate) struct Realm {
    pub(crate) pool_id: String,
    pub(crate) client_id: String,
}

/// A user who can sign in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// `REFRESH_TOKEN_AUTH`.
    Refresh,
    /// `USER_PASSWORD_AUTH`.
    Password,
    /// `USER_SRP_AUTH`: both requests of it.
    Srp,
    /// `GetUser`, which verifies an access token.
    GetUser,
}

impl Flow {
    /// As the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh (REFRESH_TOKEN_AUTH)",
            Self::Password => "password (USER_PASSWORD_AUTH)",
            Self::Srp => "SRP (both requests)",
            Self::GetUser => "GetUser",
        }
    }

    /// The work its floor is made of: a pair of signed tokens, and what the password takes.
    pub(crate) fn work(self) -> Work {
        let exponentiations = match self {
            // GetUser signs nothing; a token pair is the measure it is held against.
            Self::Refresh | Self::GetUser => 0,
            Self::Password => 1,
            Self::Srp => 3,
        };
        Work { signatures: 2, exponentiations }
    }
}

/// A running server, connections to it, and requests made ahead.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) server: Server,
    connections: Vec<Connection>,
    realm: Realm,
    accounts: Vec<Account>,
    srp: SrpClient,
    password: Vec<Request>,
    refresh: Vec<Request>,
    get_user: Vec<Request>,
    offers: Vec<Request>,
    /// Where the next SRP round begins among the accounts.
    next: usize,
}

impl Target {
    /// Starts a server on a place where these accounts are, and signs each in once. The first sign-ins also build what the
    /// server builds once in its life.
    pub(crate) fn start(
        place: &Place,
        realm: Realm,
        accounts: Vec<Account>,
        connections: usize,
    ) -> Result<Self, Failure> {
        let server = Server::start(place)?;
        let open = || Connection::open(server.address);
        let mut connections: Vec<Connection> = (0..connections).map(|_| open()).collect::<Result<_, _>>()?;
        let srp = SrpClient::new()?;
        let public = srp.public_hex();
        let initiate = |flow: &str, parameters: Value| {
            let input = json!({ "ClientId": realm.client_id, "AuthFlow": flow, "AuthParameters": parameters });
            Request::app("InitiateAuth", &input)
        };
        let password: Vec<Request> = accounts
            .iter()
            .map(|Account { username, password }| {
                initiate("USER_PASSWORD_AUTH", json!({ "USERNAME": username, "PASSWORD": password }))
            })
            .collect();
        let offers = accounts
            .iter()
            .map(|account| initiate("USER_SRP_AUTH", json!({ "USERNAME": account.username, "SRP_A": public })))
            .collect();
        let tokens = load::once(&mut connections, &password)?;
        let token = |name: &str| -> Result<Vec<&Value>, Failure> {
            let pointer = format!("/AuthenticationResult/{name}");
            tokens
                .iter()
                .map(|answer| answer.pointer(&pointer).ok_or_else(|| "a sign-in without tokens".into()))
                .collect()
        };
        let refresh = token("RefreshToken")?
            .into_iter()
            .map(|token| initiate("REFRESH_TOKEN_AUTH", json!({ "REFRESH_TOKEN": token })))
            .collect();
        let get_user = token("AccessToken")?
            .into_iter()
            .map(|token| Request::app("GetUser", &json!({ "AccessToken": token })))
            .collect();
        Ok(Self { server, connections, realm, accounts, srp, password, refresh, get_user, offers, next: 0 })
    }

    /// The server's CPU time for one sign-in (or `GetUser`), in seconds, over about `duration` of load.
    pub(crate) fn round(&mut self, flow: Flow, duration: Duration) -> Result<f64, Failure> {
        let requests = match flow {
            Flow::Refresh => &self.refresh,
            Flow::Password => &self.password,
            Flow::GetUser => &self.get_user,
            Flow::Srp => return self.srp_round(duration),
        };
        let before = self.server.cpu_seconds()?;
        let count = load::repeat(&mut self.connections, requests, duration)?;
        let used = self.server.cpu_seconds()? - before;
        Ok(used / f64::from(count.max(1)))
    }

    /// As [`Self::round`], of a request made by the caller.
    pub(crate) fn round_of(&mut self, requests: &[Request], duration: Duration) -> Result<f64, Failure> {
        let before = self.server.cpu_seconds()?;
        let count = load::repeat(&mut self.connections, requests, duration)?;
        let used = self.server.cpu_seconds()? - before;
        Ok(used / f64::from(count.max(1)))
    }

    /// A batch of offers is measured, then the claims are computed with the clock stopped, then the answers are measured.
    fn srp_round(&mut self, duration: Duration) -> Result<f64, Failure> {
        let count = (u32::try_from(duration.as_millis())? * SRP_A_SECOND / 1000).max(50);
        let chosen: Vec<usize> =
            (self.next..).map(|number| number % self.accounts.len()).take(usize::try_from(count)?).collect();
        self.next = chosen.last().map_or(0, |last| last + 1);
        let offers: Vec<Request> = chosen.iter().filter_map(|index| self.offers.get(*index).cloned()).collect();

        let before = self.server.cpu_seconds()?;
        let challenges = load::once(&mut self.connections, &offers)?;
        let offered = self.server.cpu_seconds()? - before;

        let accounts: Vec<&Account> = chosen.iter().filter_map(|index| self.accounts.get(*index)).collect();
        let answers = answers(&self.srp, &self.realm, &accounts, &challenges)?;

        let before = self.server.cpu_seconds()?;
        load::once(&mut self.connections, &answers)?;
        let answered = self.server.cpu_seconds()? - before;
        Ok((offered + answered) / f64::from(count))
    }

    /// Ends the server in order.
    pub(crate) fn stop(self) -> Result<(), Failure> {
        drop(self.connections);
        self.server.stop()
    }
}

/// The second requests of SRP sign-ins, computed on all cores.
fn answers(
    srp: &SrpClient,
    realm: &Realm,
    accounts: &[&Account],
    challenges: &[Value],
) -> Result<Vec<Request>, Failure> {
    let (_, srp_realm) = realm.pool_id.split_once('_').ok_or("a pool id without an underscore")?;
    let answer = |account: &Account, challenge: &Value| -> Result<Request, Failure> {
        let parameters = challenge.get("ChallengeParameters").ok_or("no challenge")?;
        let responses = srp.claim(srp_realm, &account.password, parameters)?;
        let input = json!({
            "ClientId": realm.client_id,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": responses,
        });
        Ok(Request::app("RespondToAuthChallenge", &input))
    };
    let pairs: Vec<(&&Account, &Value)> = accounts.iter().zip(challenges).collect();
    let share = pairs.len().div_ceil(std::thread::available_parallelism()?.get()).max(1);
    std::thread::scope(|scope| {
        let answer = &answer;
        let threads: Vec<_> = pairs
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let made = part.iter().map(|(account, challenge)| answer(account, challenge));
                    made.collect::<Result<Vec<_>, Failure>>()
                })
            })
            .collect();
        let mut all = Vec::with_capacity(pairs.len());
        for thread in threads {
            all.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Ok(all)
    })
}

/// Makes a pool and an app client through the API.
pub(crate) fn make_realm(connection: &mut Connection) -> Result<Realm, Failure> {
    make_realm_with(connection, json!({}))
}

/// As [`make_realm`], with settings of the pool.
pub(crate) fn make_realm_with(connection: &mut Connection, mut settings: Value) -> Result<Realm, Failure> {
    let text = |answer: &Value, pointer: &str| -> Result<String, Failure> {
        let value = answer.pointer(pointer).and_then(Value::as_str);
        Ok(value.ok_or_else(|| format!("an answer without {pointer}"))?.to_owned())
    };
    if let Some(map) = settings.as_object_mut() {
        map.insert("PoolName".to_owned(), json!("bench"));
    }
    let pool = connection.json(&Request::admin("CreateUserPool", &settings))?;
    let pool_id = text(&pool, "/UserPool/Id")?;
    let input = json!({
        "UserPoolId": pool_id,
        "ClientName": "bench",
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
    });
    let client = connection.json(&Request::admin("CreateUserPoolClient", &input))?;
    Ok(Realm { pool_id, client_id: text(&client, "/UserPoolClient/ClientId")? })
}

/// Makes users through the API.
pub(crate) fn make_accounts(connection: &mut Connection, realm: &Realm, count: usize) -> Result<Vec<Account>, Failure> {
    let mut accounts = Vec::with_capacity(count);
    for number in 0..count {
        let account = account(number);
        connection.call(&Request::admin(
            "AdminCreateUser",
            &json!({
                "UserPoolId": realm.pool_id,
                "Username": account.username,
                "UserAttributes": [
                    { "Name": "email", "Value": email(number) },
                    { "Name": "email_verified", "Value": "true" },
                ],
                "MessageAction": "SUPPRESS",
            }),
        ))?;
        connection.call(&Request::admin(
            "AdminSetUserPassword",
            &json!({
                "UserPoolId": realm.pool_id,
                "Username": account.username,
                "Password": account.password,
                "Permanent": true,
            }),
        ))?;
        accounts.push(account);
    }
    Ok(accounts)
}

/// The account of a number.
pub(crate) fn account(number: usize) -> Account {
    Account { username: format!("user{number:07}"), password: format!("Bench-Passw0rd-{number}") }
}

/// The e-mail address of a number. A prefix that leaves out the last digit matches ten users, however many there are.
pub(crate) fn email(number: usize) -> String {
    format!("user{number:07}@example.com")
}
