//! People in each state, and each call as one of them makes it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::ports::store::Write;
use stepwell_core::users::{User, UserStatus};
use stepwell_testkit::{
    Answer, DomainBuilder, EngineKind, PASSWORD, RecordingLambda, TestPool, TestServer, Tokens, srp,
};

/// The password that an administrator makes.
const TEMPORARY: &str = "Temporary-1";
/// The one that users want to have.
const NEXT: &str = "Correct-Horse-2";

/// Where a user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no such user.
    Nobody,
    /// Has signed up.
    Unconfirmed,
    /// May sign in.
    Confirmed,
    /// An administrator reset the password.
    ResetRequired,
    /// Imported: has no password yet.
    Imported,
    /// An administrator made a temporary password.
    ForceChangePassword,
    /// And its time is over.
    TemporaryExpired,
    /// Signed up without a password, and is confirmed.
    Passwordless,
    /// Came from an identity provider.
    External,
    /// May sign in, but an administrator has disabled the user.
    Disabled,
}

impl State {
    pub(crate) const ALL: [Self; 10] = [
        Self::Nobody,
        Self::Unconfirmed,
        Self::Confirmed,
        Self::ResetRequired,
        Self::Imported,
        Self::ForceChangePassword,
        Self::TemporaryExpired,
        Self::Passwordless,
        Self::External,
        Self::Disabled,
    ];
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// `USER_PASSWORD_AUTH` with the user's password.
    Password,
    /// `USER_SRP_AUTH` with the user's password, both steps.
    Srp,
    /// `ADMIN_USER_PASSWORD_AUTH` with the user's password.
    AdminPassword,
    /// What `USER_AUTH` lets the user choose.
    Choice,
    /// `USER_AUTH`, begun with a code by e-mail and answered with the one that came.
    EmailOtp,
    /// `CUSTOM_AUTH`, answered right.
    Custom,
    /// `ForgotPassword`.
    Forgot,
    /// `ConfirmForgotPassword` with the code that the user was sent, if any.
    ConfirmForgot,
    /// `ResendConfirmationCode`.
    Resend,
    /// `ConfirmSignUp` with the code that the user was sent, if any.
    ConfirmSignUp,
    /// `SignUp` with the same name.
    SignUp,
    /// `REFRESH_TOKEN_AUTH` with a token from before.
    Refresh,
    /// `ChangePassword` with a token from before.
    ChangePassword,
    /// `GetUser` with a token from before.
    GetUser,
    /// `AdminConfirmSignUp`.
    AdminConfirm,
    /// `AdminResetUserPassword`.
    AdminReset,
    /// `AdminSetUserPassword` with a permanent password.
    SetPermanent,
    /// `AdminSetUserPassword` with a temporary password.
    SetTemporary,
    /// `AdminCreateUser` to invite again.
    InviteAgain,
    /// `AdminUserGlobalSignOut`.
    SignOut,
}

impl Call {
    pub(crate) const ALL: [Self; 20] = [
        Self::Password,
        Self::Srp,
        Self::AdminPassword,
        Self::Choice,
        Self::EmailOtp,
        Self::Custom,
        Self::Forgot,
        Self::ConfirmForgot,
        Self::Resend,
        Self::ConfirmSignUp,
        Self::SignUp,
        Self::Refresh,
        Self::ChangePassword,
        Self::GetUser,
        Self::AdminConfirm,
        Self::AdminReset,
        Self::SetPermanent,
        Self::SetTemporary,
        Self::InviteAgain,
        Self::SignOut,
    ];
}

/// A user in some state, or nobody, with what the user had before.
struct Person {
    name: String,
    password: &'static str,
    code: String,
    tokens: Option<Tokens>,
}

/// A pool in which everything can be tried.
pub(crate) struct World {
    pool: TestPool,
    /// A client that hides which users exist; the pool's own tells.
    hiding: String,
    people: AtomicU32,
}

impl World {
    pub(crate) async fn new(engine: EngineKind) -> Self {
        let lambda = Arc::new(RecordingLambda::default());
        one_question(&lambda);
        let domain = DomainBuilder::default().engine(engine).lambda(&lambda).build().await.unwrap();
        let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
        let triggers = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"];
        let triggers: Value =
            triggers.iter().map(|name| ((*name).to_owned(), json!(RecordingLambda::arn(name)))).collect();
        let settings = json!({
            "AutoVerifiedAttributes": ["email"],
            "LambdaConfig": triggers,
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        });
        let flows = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"];
        let mut flows: Vec<String> = flows.iter().map(|flow| format!("ALLOW_{flow}")).collect();
        flows.push("ALLOW_REFRESH_TOKEN_AUTH".to_owned());
        let pool = TestPool::at(server, settings, json!({"ExplicitAuthFlows": flows})).await;
        let hiding = json!({"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED"});
        let hiding = pool.another_client(hiding).await;
        Self { pool, hiding, people: AtomicU32::new(0) }
    }

    /// What comes of a call by a user in this state: through the client that tells, and through the one that hides.
    pub(crate) async fn outcomes(&self, state: State, call: Call) -> [String; 2] {
        let telling = self.outcome(state, call, &self.pool.client).await;
        let hiding = self.outcome(state, call, &self.hiding).await;
        [telling, hiding]
    }

    async fn outcome(&self, state: State, call: Call, client: &str) -> String {
        let person = self.person(state, client).await;
        let before = self.status(&person).await;
        let answer = self.call(call, &person, client).await;
        let Some(answer) = answer else { return "-".to_owned() };
        let after = self.status(&person).await;
        let outcome = said(&answer);
        if after == before { outcome } else { format!("{outcome}, now {}", after.unwrap_or_default()) }
    }

    async fn status(&self, person: &Person) -> Option<String> {
        let user = self.pool.admin("AdminGetUser", json!({"Username": person.name})).await;
        user.body["UserStatus"].as_str().map(str::to_owned)
    }

    async fn person(&self, state: State, client: &str) -> Person {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let name = format!("person{number:04}");
        let email = format!("{name}@example.com");
        let mut person = Person { name, password: PASSWORD, code: "000000".to_owned(), tokens: None };
        let name = person.name.as_str();
        match state {
            State::Nobody => return person,
            State::Unconfirmed => {
                self.pool.signed_up(name).await;
                person.code = self.pool.code(name).await;
                return person;
            }
            State::Passwordless => {
                let attributes =
                    json!([{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]);
                let input = json!({"Username": name, "UserAttributes": attributes, "MessageAction": "SUPPRESS"});
                self.pool.admin("AdminCreateUser", input).await.ok();
                person.tokens = Some(Tokens::of(&self.email_otp(name, client).await));
            }
            _ => {
                self.pool.user(name).await;
                let parameters = json!({"USERNAME": name, "PASSWORD": PASSWORD});
                person.tokens = Some(Tokens::of(&self.initiate(client, "USER_PASSWORD_AUTH", parameters).await));
            }
        }
        let forgot = json!({"ClientId": client, "Username": name});
        self.pool.server.app("ForgotPassword", &forgot).await.ok();
        person.code = self.pool.code(name).await;
        match state {
            State::ResetRequired => {
                self.pool.admin("AdminResetUserPassword", json!({"Username": name})).await.ok();
                person.code = self.pool.code(name).await;
            }
            State::Imported => {
                let imported = |user: &mut User| {
                    user.status = UserStatus::ResetRequired;
                    user.sealed_verifier = None;
                };
                self.change(name, imported).await;
            }
            State::ForceChangePassword | State::TemporaryExpired => {
                let input = json!({"Username": name, "Password": TEMPORARY, "Permanent": false});
                self.pool.admin("AdminSetUserPassword", input).await.ok();
                person.password = TEMPORARY;
                if state == State::TemporaryExpired {
                    self.change(name, |user| user.temporary_password_expires_at = Some(0)).await;
                }
            }
            State::External => {
                let external = |user: &mut User| {
                    user.status = UserStatus::ExternalProvider;
                    user.sealed_verifier = None;
                };
                self.change(name, external).await;
            }
            State::Disabled => {
                self.pool.admin("AdminDisableUser", json!({"Username": name})).await.ok();
            }
            State::Nobody | State::Unconfirmed | State::Confirmed | State::Passwordless => {}
        }
        person
    }

    /// Puts a user where no operation of this build does.
    async fn change(&self, name: &str, change: impl Fn(&mut User)) {
        let domain = &self.pool.server.test.domain;
        let mut user = domain.stores.users.by_username(&self.pool.id, name).await.unwrap().unwrap();
        change(&mut user);
        domain.submit(vec![Write::UpdateUser(Box::new(user))]).await.unwrap().unwrap();
    }

    /// Makes the call; `None` where somebody in this state has nothing to make it with.
    async fn call(&self, call: Call, person: &Person, client: &str) -> Option<Answer> {
        let Person { name, password, code, tokens } = person;
        let app = async |operation: &str, mut input: Value| {
            input["ClientId"] = json!(client);
            input["Username"] = json!(name);
            self.pool.server.app(operation, &input).await
        };
        let admin = async |operation: &str, mut input: Value| {
            input["Username"] = json!(name);
            self.pool.admin(operation, input).await
        };
        let parameters = json!({"USERNAME": name, "PASSWORD": password});
        let answer = match call {
            Call::Password => self.initiate(client, "USER_PASSWORD_AUTH", parameters).await,
            Call::Srp => self.srp(name, password, client).await,
            Call::AdminPassword => {
                let flow = "ADMIN_USER_PASSWORD_AUTH";
                let input = json!({"ClientId": client, "AuthFlow": flow, "AuthParameters": parameters});
                self.pool.admin("AdminInitiateAuth", input).await
            }
            Call::Choice => self.initiate(client, "USER_AUTH", json!({"USERNAME": name})).await,
            Call::EmailOtp => self.email_otp(name, client).await,
            Call::Custom => {
                let asked = self.initiate(client, "CUSTOM_AUTH", json!({"USERNAME": name})).await;
                self.respond(client, "CUSTOM_CHALLENGE", &asked, json!({"USERNAME": name, "ANSWER": "yes"})).await
            }
            Call::Forgot => app("ForgotPassword", json!({})).await,
            Call::ConfirmForgot => {
                app("ConfirmForgotPassword", json!({"ConfirmationCode": code, "Password": NEXT})).await
            }
            Call::Resend => app("ResendConfirmationCode", json!({})).await,
            Call::ConfirmSignUp => app("ConfirmSignUp", json!({"ConfirmationCode": code})).await,
            Call::SignUp => app("SignUp", json!({"Password": PASSWORD})).await,
            Call::Refresh => {
                let parameters = json!({"REFRESH_TOKEN": tokens.as_ref()?.refresh});
                self.initiate(client, "REFRESH_TOKEN_AUTH", parameters).await
            }
            Call::ChangePassword => {
                let input = json!({"PreviousPassword": password, "ProposedPassword": NEXT});
                self.pool.own("ChangePassword", &tokens.as_ref()?.access, input).await
            }
            Call::GetUser => self.pool.own("GetUser", &tokens.as_ref()?.access, json!({})).await,
            Call::AdminConfirm => admin("AdminConfirmSignUp", json!({})).await,
            Call::AdminReset => admin("AdminResetUserPassword", json!({})).await,
            Call::SetPermanent => admin("AdminSetUserPassword", json!({"Password": NEXT, "Permanent": true})).await,
            Call::SetTemporary => admin("AdminSetUserPassword", json!({"Password": NEXT})).await,
            Call::InviteAgain => admin("AdminCreateUser", json!({"MessageAction": "RESEND"})).await,
            Call::SignOut => admin("AdminUserGlobalSignOut", json!({})).await,
        };
        Some(answer)
    }

    async fn initiate(&self, client: &str, flow: &str, parameters: Value) -> Answer {
        let input = json!({"ClientId": client, "AuthFlow": flow, "AuthParameters": parameters});
        self.pool.server.app("InitiateAuth", &input).await
    }

    /// Answers what was asked; what was refused instead stays refused.
    async fn respond(&self, client: &str, challenge: &str, asked: &Answer, responses: Value) -> Answer {
        if asked.body["ChallengeName"] != challenge {
            return asked.clone();
        }
        let mut input = json!({"ClientId": client, "ChallengeName": challenge, "ChallengeResponses": responses});
        if let Some(session) = asked.body["Session"].as_str() {
            input["Session"] = json!(session);
        }
        self.pool.server.app("RespondToAuthChallenge", &input).await
    }

    async fn srp(&self, name: &str, password: &str, client: &str) -> Answer {
        let exchange = srp::Client::new(u64::from(self.people.load(Ordering::Relaxed)));
        let parameters = json!({"USERNAME": name, "SRP_A": exchange.srp_a()});
        let asked = self.initiate(client, "USER_SRP_AUTH", parameters).await;
        if asked.body["ChallengeName"] != "PASSWORD_VERIFIER" {
            return asked;
        }
        let responses = exchange.answer(&self.pool.id, &asked.body["ChallengeParameters"], password);
        self.respond(client, "PASSWORD_VERIFIER", &asked, responses).await
    }

    async fn email_otp(&self, name: &str, client: &str) -> Answer {
        let test = &self.pool.server.test;
        test.send_messages().await.unwrap();
        test.messages.take();
        let parameters = json!({"USERNAME": name, "PREFERRED_CHALLENGE": "EMAIL_OTP"});
        let asked = self.initiate(client, "USER_AUTH", parameters).await;
        test.send_messages().await.unwrap();
        let code = test.messages.code(&format!("{name}@example.com")).unwrap_or_else(|| "000000".to_owned());
        self.respond(client, "EMAIL_OTP", &asked, json!({"USERNAME": name, "EMAIL_OTP_CODE": code})).await
    }
}

/// An answer in a word: the error and its text, `tokens`, the challenge with what can be chosen, or `ok`.
fn said(answer: &Answer) -> String {
    let (error, message) = answer.refusal();
    if !error.is_empty() {
        return format!("{}: {message}", error.trim_end_matches("Exception"));
    }
    let body = answer.ok();
    if body["AuthenticationResult"]["AccessToken"].is_string() {
        return "tokens".to_owned();
    }
    match (body["ChallengeName"].as_str(), body["AvailableChallenges"].as_array()) {
        (Some(_), Some(choice)) => choice.iter().map(|factor| factor.as_str().unwrap()).collect::<Vec<_>>().join(" "),
        (Some(name), None) => name.to_owned(),
        (None, _) => "ok".to_owned(),
    }
}

/// Custom authentication with one question, whose right answer is yes.
fn one_question(lambda: &RecordingLambda) {
    use stepwell_core::ports::lambda::LambdaAnswer;
    let answer = |event: &Value, response: Value| {
        let mut event = event.clone();
        event["response"] = response;
        Ok(LambdaAnswer::Returned(event.to_string().into_bytes().into()))
    };
    lambda.handles("DefineAuthChallenge", move |event| {
        let rounds = event["request"]["session"].as_array().unwrap();
        let right = rounds.last().map(|last| last["challengeResult"] == true);
        let response = json!({
            "challengeName": "CUSTOM_CHALLENGE",
            "issueTokens": right == Some(true),
            "failAuthentication": right == Some(false),
        });
        answer(event, response)
    });
    lambda.handles("CreateAuthChallenge", move |event| {
        answer(event, json!({"publicChallengeParameters": {}, "privateChallengeParameters": {}}))
    });
    lambda.handles("VerifyAuthChallengeResponse", move |event| {
        let right = event["request"]["challengeAnswer"] == "yes";
        answer(event, json!({"answerCorrect": right}))
    });
}
