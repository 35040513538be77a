//! What each feature adds to a sign-in: the same password sign-in in pools that have it switched on. Printed over the floor
//! of a plain password sign-in, without a target: a second factor and a session cost what they cost.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::Failure;
use crate::arguments::Engine;
use crate::floor::{Floor, Work};
use crate::http::{Connection, Request};
use crate::load;
use crate::report::{Report, median, micros};
use crate::server::Server;
use crate::srp_client::SrpClient;
use crate::target::{Account, Realm, make_accounts, make_realm_with};

/// A token pair and the one exponentiation of a password check.
const PASSWORD: Work = Work { signatures: 2, exponentiations: 1 };
/// The same and the three of a device's SRP.
const PASSWORD_AND_DEVICE: Work = Work { signatures: 2, exponentiations: 4 };
/// How often each feature is measured.
const ROUNDS: usize = 3;
/// Users of a feature whose sign-ins are repeated.
const REPEATING: usize = 20;
/// Users of a feature who sign in once a round: a code of an authenticator app is good once.
const ONCE: usize = 100;

/// Measures one feature: the server's CPU time for a sign-in, round by round.
type Kind = fn(&mut Driver<'_>) -> Result<Vec<f64>, Failure>;

/// A server and the connections to it.
struct Driver<'a> {
    server: &'a Server,
    connections: Vec<Connection>,
    duration: Duration,
}

/// Measures all features on a running server.
pub(crate) fn measure(
    server: &Server,
    engine: Engine,
    connections: usize,
    duration: Duration,
    report: &mut Report,
) -> Result<(), Failure> {
    let open = || Connection::open(server.address);
    let connections = (0..connections).map(|_| open()).collect::<Result<_, _>>()?;
    let mut driver = Driver { server, connections, duration: duration / 8 };
    let kinds: [(&str, Work, Kind); 5] = [
        ("password, sessions tracked", PASSWORD, sessions),
        ("password, threat protection", PASSWORD, threat_protection),
        ("password, a new device", PASSWORD, new_device),
        ("password and remembered device", PASSWORD_AND_DEVICE, remembered_device),
        ("password and authenticator app", PASSWORD, authenticator_app),
    ];
    for (name, work, kind) in kinds {
        let before = Floor::measure()?;
        let used = kind(&mut driver)?;
        let floor = before.between(Floor::measure()?).of(work);
        let ratios: Vec<f64> = used.iter().map(|used| used / floor).collect();
        let detail = format!("server {} / floor {}", micros(median(&used)), micros(floor));
        report.ratio(format!("{}: {name}", engine.name()), &ratios, detail, None);
        eprintln!("{}: {name}", engine.name());
    }
    Ok(())
}

impl Driver<'_> {
    fn admin(&mut self, operation: &str, input: &Value) -> Result<Value, Failure> {
        let connection = self.connections.first_mut().ok_or("no connection")?;
        connection.json(&Request::admin(operation, input))
    }

    fn realm(&mut self, pool: Value) -> Result<Realm, Failure> {
        let realm = make_realm_with(self.connections.first_mut().ok_or("no connection")?, pool)?;
        self.server.settle()?;
        Ok(realm)
    }

    fn accounts(&mut self, realm: &Realm, count: usize) -> Result<Vec<Account>, Failure> {
        make_accounts(self.connections.first_mut().ok_or("no connection")?, realm, count)
    }

    /// Rounds of the same requests over and over.
    fn repeat(&mut self, requests: &[Request]) -> Result<Vec<f64>, Failure> {
        load::once(&mut self.connections, requests)?;
        (0..ROUNDS)
            .map(|_| {
                let before = self.server.cpu_seconds()?;
                let count = load::repeat(&mut self.connections, requests, self.duration)?;
                Ok((self.server.cpu_seconds()? - before) / f64::from(count.max(1)))
            })
            .collect()
    }

    /// Sends each request once; the answers, and the CPU time of all together.
    fn once(&mut self, requests: &[Request]) -> Result<(Vec<Value>, f64), Failure> {
        let before = self.server.cpu_seconds()?;
        let answers = load::once(&mut self.connections, requests)?;
        Ok((answers, self.server.cpu_seconds()? - before))
    }
}

fn sign_ins(realm: &Realm, accounts: &[Account], more: &[(&str, &str)]) -> Vec<Request> {
    accounts.iter().map(|account| sign_in(realm, account, more)).collect()
}

fn sign_in(realm: &Realm, account: &Account, more: &[(&str, &str)]) -> Request {
    let mut parameters = json!({ "USERNAME": account.username, "PASSWORD": account.password });
    for (name, value) in more {
        if let Some(map) = parameters.as_object_mut() {
            map.insert((*name).to_owned(), json!(value));
        }
    }
    let input = json!({ "ClientId": realm.client_id, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    Request::app("InitiateAuth", &input)
}

fn sessions(driver: &mut Driver<'_>) -> Result<Vec<f64>, Failure> {
    let realm = driver.realm(json!({}))?;
    let tracking =
        json!({ "UserPoolId": realm.pool_id, "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 } });
    driver.admin("SetUserPoolSessionConfiguration", &tracking)?;
    let accounts = driver.accounts(&realm, REPEATING)?;
    driver.repeat(&sign_ins(&realm, &accounts, &[]))
}

fn threat_protection(driver: &mut Driver<'_>) -> Result<Vec<f64>, Failure> {
    let realm =
        driver.realm(json!({ "UserPoolTier": "PLUS", "UserPoolAddOns": { "AdvancedSecurityMode": "ENFORCED" } }))?;
    let accounts = driver.accounts(&realm, REPEATING)?;
    driver.repeat(&sign_ins(&realm, &accounts, &[]))
}

fn remembering() -> Value {
    json!({ "DeviceConfiguration": { "ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false } })
}

fn new_device(driver: &mut Driver<'_>) -> Result<Vec<f64>, Failure> {
    let realm = driver.realm(remembering())?;
    let accounts = driver.accounts(&realm, REPEATING)?;
    driver.repeat(&sign_ins(&realm, &accounts, &[]))
}

/// The password, then `DEVICE_SRP_AUTH`, then `DEVICE_PASSWORD_VERIFIER`.
fn remembered_device(driver: &mut Driver<'_>) -> Result<Vec<f64>, Failure> {
    let realm = driver.realm(remembering())?;
    let accounts = driver.accounts(&realm, ONCE)?;
    let srp = SrpClient::new()?;
    let password = "a-device's-own-secret";
    let (first, _) = driver.once(&sign_ins(&realm, &accounts, &[]))?;
    let mut devices = Vec::new();
    let mut confirmations = Vec::new();
    for answer in &first {
        let key = text(answer, "/AuthenticationResult/NewDeviceMetadata/DeviceKey")?;
        let group = text(answer, "/AuthenticationResult/NewDeviceMetadata/DeviceGroupKey")?;
        let salt = [0x5a; 16];
        let verifier = SrpClient::verifier(&group, &key, password, &salt)?;
        confirmations.push(Request::app(
            "ConfirmDevice",
            &json!({
                "AccessToken": text(answer, "/AuthenticationResult/AccessToken")?,
                "DeviceKey": key,
                "DeviceSecretVerifierConfig": {
                    "Salt": STANDARD.encode(salt), "PasswordVerifier": STANDARD.encode(verifier),
                },
            }),
        ));
        devices.push((key, group));
    }
    driver.once(&confirmations)?;
    (0..ROUNDS)
        .map(|_| {
            let requests: Vec<Request> = accounts
                .iter()
                .zip(&devices)
                .map(|(account, (key, _))| sign_in(&realm, account, &[("DEVICE_KEY", key)]))
                .collect();
            let (asked, by_password) = driver.once(&requests)?;
            let offers = answers(&realm, "DEVICE_SRP_AUTH", &asked, |index, _| {
                let (account, (key, _)) = pair(&accounts, &devices, index)?;
                Ok(json!({ "USERNAME": account.username, "DEVICE_KEY": key, "SRP_A": srp.public_hex() }))
            })?;
            let (offered, by_offer) = driver.once(&offers)?;
            let claims = answers(&realm, "DEVICE_PASSWORD_VERIFIER", &offered, |index, challenge| {
                let (account, (key, group)) = pair(&accounts, &devices, index)?;
                let mut parameters = challenge.clone();
                if let Some(map) = parameters.as_object_mut() {
                    map.insert("USER_ID_FOR_SRP".to_owned(), json!(key));
                }
                let mut claim = srp.claim(group, password, &parameters)?;
                if let Some(map) = claim.as_object_mut() {
                    map.insert("USERNAME".to_owned(), json!(account.username));
                    map.insert("DEVICE_KEY".to_owned(), json!(key));
                }
                Ok(claim)
            })?;
            let (signed_in, by_claim) = driver.once(&claims)?;
            all_have_tokens(&signed_in)?;
            Ok((by_password + by_offer + by_claim) / count(&accounts)?)
        })
        .collect()
}

/// The password, then `SOFTWARE_TOKEN_MFA`. Fresh users each round: a time step of an app can be used once.
fn authenticator_app(driver: &mut Driver<'_>) -> Result<Vec<f64>, Failure> {
    (0..ROUNDS).map(|_| authenticator_app_round(driver)).collect()
}

fn authenticator_app_round(driver: &mut Driver<'_>) -> Result<f64, Failure> {
    let realm = driver.realm(json!({}))?;
    let mfa = |mode: &str| {
        json!({
            "UserPoolId": realm.pool_id, "MfaConfiguration": mode, "SoftwareTokenMfaConfiguration": { "Enabled": true },
        })
    };
    driver.admin("SetUserPoolMfaConfig", &mfa("OPTIONAL"))?;
    let accounts = driver.accounts(&realm, ONCE)?;
    let (first, _) = driver.once(&sign_ins(&realm, &accounts, &[]))?;
    let tokens: Vec<String> =
        first.iter().map(|answer| text(answer, "/AuthenticationResult/AccessToken")).collect::<Result<_, _>>()?;
    let associate: Vec<Request> =
        tokens.iter().map(|token| Request::app("AssociateSoftwareToken", &json!({ "AccessToken": token }))).collect();
    let (associated, _) = driver.once(&associate)?;
    let secrets: Vec<String> = associated.iter().map(|answer| text(answer, "/SecretCode")).collect::<Result<_, _>>()?;
    let verify: Vec<Request> = tokens
        .iter()
        .zip(&secrets)
        .map(|(token, secret)| {
            let code = totp(secret, 0)?;
            Ok(Request::app("VerifySoftwareToken", &json!({ "AccessToken": token, "UserCode": code })))
        })
        .collect::<Result<_, Failure>>()?;
    driver.once(&verify)?;
    driver.admin("SetUserPoolMfaConfig", &mfa("ON"))?;
    let (asked, by_password) = driver.once(&sign_ins(&realm, &accounts, &[]))?;
    let codes = answers(&realm, "SOFTWARE_TOKEN_MFA", &asked, |index, _| {
        let (account, secret) = pair(&accounts, &secrets, index)?;
        Ok(json!({ "USERNAME": account.username, "SOFTWARE_TOKEN_MFA_CODE": totp(secret, 1)? }))
    })?;
    let (signed_in, by_code) = driver.once(&codes)?;
    all_have_tokens(&signed_in)?;
    Ok((by_password + by_code) / count(&accounts)?)
}

/// The answers to challenges, one for each.
fn answers(
    realm: &Realm,
    challenge: &str,
    asked: &[Value],
    respond: impl Fn(usize, &Value) -> Result<Value, Failure>,
) -> Result<Vec<Request>, Failure> {
    let answer = |(index, asked): (usize, &Value)| {
        let parameters = asked.get("ChallengeParameters").cloned().unwrap_or_default();
        let mut input = json!({
            "ClientId": realm.client_id,
            "ChallengeName": challenge,
            "ChallengeResponses": respond(index, &parameters)?,
        });
        if let (Some(session), Some(map)) = (asked.get("Session"), input.as_object_mut()) {
            map.insert("Session".to_owned(), session.clone());
        }
        Ok(Request::app("RespondToAuthChallenge", &input))
    };
    asked.iter().enumerate().map(answer).collect()
}

fn all_have_tokens(answers: &[Value]) -> Result<(), Failure> {
    answers.iter().try_for_each(|answer| text(answer, "/AuthenticationResult/AccessToken").map(drop))
}

fn pair<'a, A, B>(one: &'a [A], other: &'a [B], index: usize) -> Result<(&'a A, &'a B), Failure> {
    one.get(index).zip(other.get(index)).ok_or_else(|| "more answers than users".into())
}

fn count(accounts: &[Account]) -> Result<f64, Failure> {
    Ok(f64::from(u32::try_from(accounts.len())?))
}

fn text(answer: &Value, pointer: &str) -> Result<String, Failure> {
    let value = answer.pointer(pointer).and_then(Value::as_str);
    Ok(value.ok_or_else(|| format!("no {pointer} in {answer}"))?.to_owned())
}

/// The code that an authenticator app shows now, or some time steps later (RFC 6238).
fn totp(secret: &str, later: u64) -> Result<String, Failure> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut key, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in secret.chars() {
        let value = ALPHABET.find(letter).ok_or("not Base32")?;
        bits = (bits << 5) | u32::try_from(value)?;
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from((bits >> held) & 0xff)?);
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the server under measurement runs by this clock, too")]
    let now = SystemTime::now();
    let step = now.duration_since(UNIX_EPOCH)?.as_secs() / 30 + later;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &step.to_be_bytes());
    let mac = mac.as_ref();
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
    let four = mac.get(offset..offset + 4).and_then(|bytes| bytes.try_into().ok()).ok_or("a short MAC")?;
    Ok(format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000))
}
