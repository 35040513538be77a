//! That nothing secret is in a log, at any level and of any library, or in the clear in the database: a journey with
//! planted values, refusals and failures included, and then a search. In a process of its own, for the log is one per
//! process.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_testkit::srp::Client;
use stepwell_testkit::{DomainBuilder, EngineKind, Observer, TestPool, TestServer, Tokens};
use tracing::level_filters::LevelFilter;

const PASSWORDS: [&str; 5] =
    ["Planted-Password-1", "Planted-Temporary-2", "Planted-Changed-3", "Planted-Recovered-4", "Planted-Wrong-5"];
const CHOSEN_SECRET: &str = "PlantedClientSecretChosenByTheCaller";

/// What must not be seen, by what it is.
type Planted = BTreeMap<String, String>;

/// The whole log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Journey {
    pool: TestPool,
    observer: Observer,
    secret: String,
    planted: Planted,
}

impl Journey {
    async fn new(engine: EngineKind) -> Self {
        let observer = Observer::default();
        let domain = DomainBuilder::default().engine(engine).observer(&observer).build().await.unwrap();
        let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
        let client = json!({"ClientSecret": CHOSEN_SECRET});
        let pool = TestPool::at(server, json!({"AutoVerifiedAttributes": ["email"]}), client).await;
        let mut planted: Planted =
            PASSWORDS.iter().map(|password| ((*password).to_owned(), (*password).to_owned())).collect();
        planted.insert("the chosen client secret".to_owned(), CHOSEN_SECRET.to_owned());
        let added = pool.admin("AddUserPoolClientSecret", json!({"ClientId": pool.client})).await;
        let made = added.ok()["ClientSecretDescriptor"]["ClientSecretValue"].as_str().unwrap();
        planted.insert("the generated client secret".to_owned(), made.to_owned());
        Self { pool, observer, secret: CHOSEN_SECRET.to_owned(), planted }
    }

    fn plant(&mut self, what: &str, value: &str) {
        assert!(value.len() >= 6, "{what}");
        let number = self.planted.len();
        self.planted.insert(format!("{what} ({number})"), value.to_owned());
    }

    fn hash(&mut self, name: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let hash = STANDARD.encode(hmac::sign(&key, format!("{name}{}", self.pool.client).as_bytes()));
        self.plant("a SECRET_HASH", &hash);
        hash
    }

    async fn code(&mut self, name: &str) -> String {
        let code = self.pool.code(name).await;
        self.plant("a code", &code);
        code
    }

    fn plant_tokens(&mut self, tokens: &Tokens) {
        for (what, token) in [("an access token", &tokens.access), ("an ID token", &tokens.id)] {
            // Headers are alike and say nothing; the signature is what makes a token.
            self.plant(what, token.rsplit_once('.').unwrap().1);
        }
        if !tokens.refresh.is_empty() {
            self.plant("a refresh token", &tokens.refresh);
        }
    }

    async fn sign_in(&mut self, name: &str, password: &str) -> Value {
        let parameters = json!({"USERNAME": name, "PASSWORD": password, "SECRET_HASH": self.hash(name)});
        let input = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        let answer = self.pool.app("InitiateAuth", input).await;
        if answer.body["AuthenticationResult"].is_object() {
            self.plant_tokens(&Tokens::of(&answer));
        }
        answer.body
    }

    /// Signing up, confirming, signing in both ways, refreshing, changing and recovering the password.
    async fn of_a_user(&mut self) {
        let hash = self.hash("jane");
        let email = json!([{"Name": "email", "Value": "jane@example.com"}]);
        let sign_up =
            json!({"Username": "jane", "Password": PASSWORDS[0], "SecretHash": hash, "UserAttributes": email});
        self.pool.app("SignUp", sign_up).await.ok();
        let code = self.code("jane").await;
        let confirm = json!({"Username": "jane", "ConfirmationCode": code, "SecretHash": hash});
        self.pool.app("ConfirmSignUp", confirm).await.ok();
        self.sign_in("jane", PASSWORDS[4]).await;
        let result = self.sign_in("jane", PASSWORDS[0]).await["AuthenticationResult"].clone();

        let client = Client::new(1);
        let parameters = json!({"USERNAME": "jane", "SRP_A": client.srp_a(), "SECRET_HASH": hash});
        let start = json!({"AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters});
        let offer = self.pool.app("InitiateAuth", start).await;
        let parameters = &offer.ok()["ChallengeParameters"];
        self.plant("a SECRET_BLOCK", parameters["SECRET_BLOCK"].as_str().unwrap());
        let mut proof = client.answer(&self.pool.id, parameters, PASSWORDS[0]);
        proof["SECRET_HASH"] = json!(hash);
        self.plant("a proof", proof["PASSWORD_CLAIM_SIGNATURE"].as_str().unwrap());
        let signed_in = Tokens::of(&self.pool.respond("PASSWORD_VERIFIER", None, &proof).await);
        self.plant_tokens(&signed_in);

        let refresh = json!({"RefreshToken": result["RefreshToken"], "ClientSecret": CHOSEN_SECRET});
        let refreshed = Tokens::of(&self.pool.app("GetTokensFromRefreshToken", refresh).await);
        self.plant_tokens(&refreshed);
        let change = json!({"PreviousPassword": PASSWORDS[0], "ProposedPassword": PASSWORDS[2]});
        self.pool.own("ChangePassword", &refreshed.access, change).await.ok();
        self.pool.app("ForgotPassword", json!({"Username": "jane", "SecretHash": hash})).await.ok();
        let code = self.code("jane").await;
        let recover =
            json!({"Username": "jane", "ConfirmationCode": code, "Password": PASSWORDS[3], "SecretHash": hash});
        self.pool.app("ConfirmForgotPassword", recover).await.ok();
        self.pool.app("ForgotPassword", json!({"Username": "jane", "SecretHash": hash})).await.ok();
        self.pool
            .own("GetUserAttributeVerificationCode", &refreshed.access, json!({"AttributeName": "email"}))
            .await
            .ok();
        let revoke = json!({"Token": result["RefreshToken"], "ClientSecret": CHOSEN_SECRET});
        self.pool.app("RevokeToken", revoke).await.ok();
    }

    /// An invitation, and the new password it demands.
    async fn of_an_invited_user(&mut self) {
        let email = json!([{"Name": "email", "Value": "joe@example.com"}]);
        let invite = json!({"Username": "joe", "TemporaryPassword": PASSWORDS[1], "UserAttributes": email,
            "DesiredDeliveryMediums": ["EMAIL"]});
        self.pool.admin("AdminCreateUser", invite).await.ok();
        let challenge = self.sign_in("joe", PASSWORDS[1]).await;
        let session = challenge["Session"].as_str().unwrap().to_owned();
        self.plant("a Session", &session);
        let responses = json!({"USERNAME": "joe", "NEW_PASSWORD": PASSWORDS[2], "SECRET_HASH": self.hash("joe")});
        let tokens = Tokens::of(&self.pool.respond("NEW_PASSWORD_REQUIRED", Some(&session), &responses).await);
        self.plant_tokens(&tokens);
        let set = json!({"Username": "joe", "Password": PASSWORDS[3], "Permanent": true});
        self.pool.admin("AdminSetUserPassword", set).await.ok();
    }

    /// Requests that hold secrets and are broken, and a database that is.
    async fn of_failures(&mut self) {
        let prefix = "AWSCognitoIdentityProviderService";
        let [password, ..] = PASSWORDS;
        for (operation, body) in [
            ("SignUp", format!("{{\"Password\": \"{password}\"")),
            ("SignUp", format!("{{\"Password\": [\"{password}\"]}}")),
            ("SignUp", format!("{{\"ClientId\": {{\"{password}\": 1}}}}")),
            (
                "SignUp",
                format!("{{\"ClientId\": \"{password}\", \"Username\": \"x\", \"Password\": \"{password}\\u0000\"}}"),
            ),
            ("SignUp", format!("{{\"ClientId\": \"x\", \"Username\": \"x\", \"Password\": \" {password} \"}}")),
            ("InitiateAuth", format!("{{\"ClientId\": \"x\", \"AuthFlow\": \"{password}\"}}")),
            ("AdminSetUserPassword", format!("{{\"UserPoolId\": \"x\", \"Password\": \"{password}\"}}")),
            (password, "{}".to_owned()),
        ] {
            let answer = self.pool.server.raw(&format!("{prefix}.{operation}"), body.into_bytes()).await;
            assert_eq!(answer.status, 400);
        }
        for failing in ["by_username", "failures", "client", "submit"] {
            self.observer.fail(failing);
            self.sign_in("jane", PASSWORDS[3]).await;
            let hash = self.hash("jane");
            self.pool.app("ForgotPassword", json!({"Username": "jane", "SecretHash": hash})).await;
            self.pool.server.test.send_messages().await.unwrap();
            self.observer.recover();
        }
    }
}

/// The forms in which a value may stand somewhere.
fn forms(value: &str) -> [Vec<u8>; 3] {
    let base64 = STANDARD.encode(value);
    // The last group depends on what follows.
    let whole = base64.len() / 4 * 4 - 4;
    [value.as_bytes().to_vec(), hex::encode(value).into_bytes(), base64.as_bytes()[..whole].to_vec()]
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Everything in the database, as it stands on the disk or as the server gives it out.
async fn database(journey: &Journey, engine: EngineKind) -> Vec<u8> {
    let test = &journey.pool.server.test;
    match engine {
        EngineKind::Sqlite => std::fs::read_dir(test.folder())
            .unwrap()
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect(),
        EngineKind::Postgres => format!("{:?}", test.tables().await).into_bytes(),
    }
}

#[tokio::test]
async fn nothing_secret_is_written_down() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let mut journey = Journey::new(engine).await;
        journey.of_a_user().await;
        journey.of_an_invited_user().await;
        journey.of_failures().await;
        assert!(journey.planted.len() > 30);

        let (log, database) = (log.text(), database(&journey, engine).await);
        // That the search finds what is there.
        assert!(log.contains("ConfirmForgotPassword") && log.contains("InternalErrorException"));
        assert!(holds(&database, b"jane@example.com"));
        for (what, value) in &journey.planted {
            for form in forms(value) {
                assert!(!holds(log.as_bytes(), &form), "{what} is in the log: {value}");
                // Six digits may stand in PostgreSQL's hexadecimal by chance.
                let by_chance = engine == EngineKind::Postgres && value.len() == 6;
                assert!(by_chance || !holds(&database, &form), "{what} is in the database: {value}");
            }
        }
        // Who it is about is nobody's business either.
        for personal in ["jane@example.com", "joe@example.com"] {
            assert!(!log.contains(personal), "{personal} is in the log");
        }
    }
}
