//! Pools with everything in them, and people who can be asked for each of the challenges.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_testkit::authenticator::{Authenticator, SoftPasskey};
use stepwell_testkit::srp::Device;
use stepwell_testkit::{DomainBuilder, EngineKind, PASSWORD, RecordingLambda, TestPool, TestServer, Tokens, totp};

use crate::SECOND;
use crate::offers::Challenge;

/// The password that an administrator makes.
pub(crate) const TEMPORARY: &str = "Temporary-1";
const DOMAIN: &str = "example.com";
const ORIGIN: &str = "https://app.example.com";
/// Turns nothing on.
const NO_MFA: [&str; 0] = [];

/// A pool and its client.
#[derive(Debug, Clone, Default)]
struct Place {
    pool: String,
    client: String,
}

/// Two pools that are set up alike on one server, each with two clients; one of the pools is where calls go.
#[derive(Debug)]
pub(crate) struct World {
    /// The pool where calls go.
    pub(crate) pool: TestPool,
    /// The functions of both pools.
    pub(crate) lambda: Arc<RecordingLambda>,
    other_client: String,
    other_pool: Place,
    people: u32,
}

/// Which kind of pool a challenge needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Every first factor, every second one for who turns it on, devices, custom challenges.
    Everything,
    /// A second factor for everybody.
    MfaRequired,
}

impl World {
    pub(crate) async fn new(engine: EngineKind, setting: Setting) -> Self {
        let lambda = Arc::new(RecordingLambda::default());
        custom_challenges(&lambda);
        let domain = DomainBuilder::default().engine(engine).lambda(&lambda).build().await.unwrap();
        let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
        let abroad = Self::place(server, setting).await;
        let other_pool = Place { pool: abroad.id, client: abroad.client };
        let pool = Self::place(abroad.server, setting).await;
        let other_client = pool.another_client(flows()).await;
        Self { pool, lambda, other_client, other_pool, people: 0 }
    }

    /// What `USER_AUTH` can begin with where codes are allowed.
    pub(crate) const FIRST_FACTORS: [&str; 4] = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];

    /// `CreateUserPool` of a pool with everything.
    pub(crate) fn settings() -> Value {
        let triggers = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"];
        let triggers = triggers.map(|name| (name.to_owned(), json!(RecordingLambda::arn(name))));
        let mut settings = recovery();
        settings["AutoVerifiedAttributes"] = json!(["email"]);
        settings["LambdaConfig"] = triggers.into_iter().collect();
        settings["Policies"] = json!({"SignInPolicy": {"AllowedFirstAuthFactors": Self::FIRST_FACTORS}});
        settings["DeviceConfiguration"] =
            json!({"ChallengeRequiredOnNewDevice": true, "DeviceOnlyRememberedOnUserPrompt": false});
        settings
    }

    /// `SetUserPoolMfaConfig` of a pool with everything.
    pub(crate) fn mfa() -> Value {
        json!({
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": true},
            "EmailMfaConfiguration": {},
            "SmsMfaConfiguration": {"SmsConfiguration": sms()},
            "WebAuthnConfiguration": {"RelyingPartyId": DOMAIN},
        })
    }

    async fn place(server: TestServer, setting: Setting) -> TestPool {
        let (settings, mfa) = match setting {
            Setting::Everything => (Self::settings(), Self::mfa()),
            Setting::MfaRequired => {
                let app = json!({"Enabled": true});
                let mfa = json!({
                    "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": app, "EmailMfaConfiguration": {},
                });
                (recovery(), mfa)
            }
        };
        let pool = TestPool::at(server, settings, flows()).await;
        pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        pool
    }

    /// From now on calls go to the other client, and at the second time back.
    pub(crate) fn swap_client(&mut self) {
        std::mem::swap(&mut self.pool.client, &mut self.other_client);
    }

    /// From now on calls go to the other pool, and at the second time back.
    pub(crate) fn swap_pool(&mut self) {
        std::mem::swap(&mut self.pool.id, &mut self.other_pool.pool);
        std::mem::swap(&mut self.pool.client, &mut self.other_pool.client);
    }

    /// The client that calls do not go to.
    pub(crate) fn other_client(&self) -> &str {
        &self.other_client
    }

    /// The client of the pool that calls do not go to.
    pub(crate) fn client_abroad(&self) -> &str {
        &self.other_pool.client
    }

    /// The present time.
    pub(crate) fn now(&self) -> i64 {
        use stepwell_core::ports::clock::Clock as _;
        self.pool.server.test.clock.now()
    }

    /// Somebody new who can be asked for this challenge.
    pub(crate) async fn person(&mut self, challenge: Challenge) -> Person {
        self.people += 1;
        let name = format!("person{:04}", self.people);
        self.person_named(challenge, &name).await
    }

    /// The same with this name. The clock moves on where an authenticator app is registered.
    pub(crate) async fn person_named(&self, challenge: Challenge, name: &str) -> Person {
        let mut person = Person::new(name);
        self.create(challenge, &person).await;
        match challenge {
            Challenge::SmsMfa => self.prefer(name, &["SMS"], Some("SMS")).await,
            Challenge::EmailMfa => self.prefer(name, &["Email"], Some("Email")).await,
            Challenge::SoftwareToken | Challenge::SelectMfa => {
                person.secret = Some(self.register_app(name).await);
                let on: &[&str] =
                    if challenge == Challenge::SelectMfa { &["SMS", "SoftwareToken"] } else { &["SoftwareToken"] };
                self.prefer(name, on, None).await;
            }
            Challenge::WebAuthn => person.passkey = Some(self.register_passkey(name).await),
            Challenge::DeviceSrp | Challenge::DevicePasswordVerifier => {
                person.device = Some(self.register_device(name).await);
            }
            _ => {}
        }
        person
    }

    /// Somebody with an address, a phone, an app, a passkey and a device, who is asked for a password only.
    pub(crate) async fn person_with_everything(&mut self) -> Person {
        let mut person = self.person(Challenge::PasswordVerifier).await;
        person.secret = Some(self.register_app(&person.name).await);
        person.passkey = Some(self.register_passkey(&person.name).await);
        person.device = Some(self.register_device(&person.name).await);
        self.prefer(&person.name, &NO_MFA, None).await;
        person
    }

    async fn create(&self, challenge: Challenge, person: &Person) {
        let mut input = json!({"Username": person.name, "TemporaryPassword": TEMPORARY, "MessageAction": "SUPPRESS"});
        if challenge.setting() == Setting::Everything {
            input["UserAttributes"] = json!([
                {"Name": "email", "Value": person.email}, {"Name": "email_verified", "Value": "true"},
                {"Name": "phone_number", "Value": person.phone}, {"Name": "phone_number_verified", "Value": "true"},
            ]);
        }
        self.pool.admin("AdminCreateUser", input).await.ok();
        if challenge != Challenge::NewPassword {
            let input = json!({"Username": person.name, "Password": PASSWORD, "Permanent": true});
            self.pool.admin("AdminSetUserPassword", input).await.ok();
        }
    }

    /// Turns these second factors on and all others off.
    pub(crate) async fn prefer(&self, name: &str, on: &[&str], preferred: Option<&str>) {
        let mut input = json!({"Username": name});
        for factor in ["SMS", "SoftwareToken", "Email"] {
            let enabled = on.contains(&factor);
            input[format!("{factor}MfaSettings")] =
                json!({"Enabled": enabled, "PreferredMfa": preferred == Some(factor)});
        }
        self.pool.admin("AdminSetUserMFAPreference", input).await.ok();
    }

    async fn register_app(&self, name: &str) -> String {
        let access = self.pool.tokens(name).await.access;
        let associated = self.pool.own("AssociateSoftwareToken", &access, json!({})).await;
        let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
        let code = json!({"UserCode": totp::code(&secret, self.now())});
        self.pool.own("VerifySoftwareToken", &access, code).await.ok();
        self.pool.advance(30 * SECOND).await;
        secret
    }

    async fn register_passkey(&self, name: &str) -> SoftPasskey {
        let access = self.pool.tokens(name).await.access;
        let started = self.pool.own("StartWebAuthnRegistration", &access, json!({})).await;
        let (passkey, credential) = authenticator().create(&started.ok()["CredentialCreationOptions"]);
        self.pool.own("CompleteWebAuthnRegistration", &access, json!({"Credential": credential})).await.ok();
        passkey
    }

    async fn register_device(&self, name: &str) -> Device {
        let signed_in = self.pool.sign_in(name, PASSWORD).await;
        let device = Device::of(&signed_in.ok()["AuthenticationResult"]);
        let input = json!({
            "DeviceKey": device.key, "DeviceName": "phone", "DeviceSecretVerifierConfig": device.verifier(),
        });
        self.pool.own("ConfirmDevice", &Tokens::of(&signed_in).access, input).await.ok();
        device
    }
}

/// The authenticator that all passkeys are in.
pub(crate) fn authenticator() -> Authenticator {
    Authenticator::phone(ORIGIN)
}

/// A client that may begin in every way.
fn flows() -> Value {
    let flows = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"];
    let mut flows: Vec<String> = flows.iter().map(|flow| format!("ALLOW_{flow}")).collect();
    flows.push("ALLOW_REFRESH_TOKEN_AUTH".to_owned());
    json!({"ExplicitAuthFlows": flows})
}

/// A pool that sends text messages, and recovers passwords by phone first, so that mail can be a second factor.
fn recovery() -> Value {
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    json!({"SmsConfiguration": sms(), "AccountRecoverySetting": recovery})
}

fn sms() -> Value {
    json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"})
}

/// Custom authentication with one question, whose answer is the time at which it was asked. Wrong answers fail it.
fn custom_challenges(lambda: &RecordingLambda) {
    use stepwell_core::ports::lambda::LambdaAnswer;
    let answer = |event: &Value, response: Value| {
        let mut event = event.clone();
        event["response"] = response;
        Ok(LambdaAnswer::Returned(event.to_string().into_bytes().into()))
    };
    lambda.handles("DefineAuthChallenge", move |event| {
        let rounds = event["request"]["session"].as_array().unwrap();
        let is = |name: &str| rounds.last().is_some_and(|last| last["challengeName"] == name);
        let right = rounds.last().is_none_or(|last| last["challengeResult"] == true);
        let response = match () {
            () if !right => json!({"failAuthentication": true, "issueTokens": false}),
            () if is("CUSTOM_CHALLENGE") => json!({"failAuthentication": false, "issueTokens": true}),
            () if is("SRP_A") => json!({"challengeName": "PASSWORD_VERIFIER", "issueTokens": false}),
            () => json!({"challengeName": "CUSTOM_CHALLENGE", "issueTokens": false}),
        };
        answer(event, response)
    });
    let asked = std::sync::atomic::AtomicU32::new(1);
    lambda.handles("CreateAuthChallenge", move |event| {
        let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let response = json!({
            "publicChallengeParameters": {"hint": number}, "privateChallengeParameters": {"answer": number},
        });
        answer(event, response)
    });
    lambda.handles("VerifyAuthChallengeResponse", move |event| {
        let request = &event["request"];
        let right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"];
        answer(event, json!({"answerCorrect": right}))
    });
}

/// Somebody, with all that such a person has.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    /// Of the authenticator app.
    pub(crate) secret: Option<String>,
    pub(crate) passkey: Option<SoftPasskey>,
    pub(crate) device: Option<Device>,
}

impl Person {
    pub(crate) fn new(name: &str) -> Self {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        Self {
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            phone: format!("+1555000{digits:0>4}"),
            secret: None,
            passkey: None,
            device: None,
        }
    }
}
