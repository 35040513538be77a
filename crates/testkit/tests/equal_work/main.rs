//! That a stranger cannot tell who has an account (architecture decision 7), by counting rather than timing: in a client
//! with `PreventUserExistenceErrors`, every name gets the same answer for the same exponentiations, unseals and calls to
//! the store. In a process of its own and in one test, because exponentiations and unseals are counted per process.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

mod begin;

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::ports::store::Write;
use stepwell_core::users::{User, UserStatus};
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, Observer, RecordingLambda, TestPool, TestServer};

/// Everyone a name may mean, without what a pool demands after it. All have one length, so that answers have, too.
const NAMES: [&str; 7] = ["nobody-0", "wrong-pw", "disabled", "unconfir", "imported", "invited-", "external"];

/// What a request cost and what came of it.
#[derive(Debug, PartialEq)]
struct Outcome {
    exponentiations: u64,
    unseals: u64,
    store_calls: Vec<String>,
    /// The pool's functions that were called.
    triggers: Vec<String>,
    status: u16,
    /// With what is random or a name replaced.
    body: Value,
    length: usize,
}

struct Setup {
    pool: TestPool,
    observer: Observer,
    lambda: Arc<RecordingLambda>,
    /// What makes names addresses, where addresses are the names.
    suffix: &'static str,
}

impl Setup {
    async fn new(engine: EngineKind, pool: Value, suffix: &'static str) -> Self {
        let (observer, lambda) = (Observer::default(), Arc::new(RecordingLambda::default()));
        let domain = DomainBuilder::default().engine(engine).observer(&observer).lambda(&lambda).build().await.unwrap();
        let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
        let flows = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "USER_AUTH", "CUSTOM_AUTH"];
        let flows = flows.map(|flow| format!("ALLOW_{flow}"));
        let client = json!({"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": flows});
        let pool = TestPool::at(server, pool, client).await;
        let this = Self { pool, observer, lambda, suffix };
        this.people().await;
        this
    }

    fn name(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    fn names(&self) -> Vec<String> {
        NAMES.iter().map(|name| self.name(name)).collect()
    }

    async fn people(&self) {
        let pool = &self.pool;
        for name in ["wrong-pw", "disabled", "imported", "external"] {
            pool.user(&self.name(name)).await;
        }
        pool.admin("AdminDisableUser", json!({"Username": self.name("disabled")})).await.ok();
        pool.signed_up(&self.name("unconfir")).await;
        pool.invited(&self.name("invited-"), "Temporary-1").await;
        self.change("imported", |user| {
            // As an import without a hash leaves it.
            user.sealed_verifier = None;
            user.status = UserStatus::ResetRequired;
        })
        .await;
        self.change("external", |user| {
            user.sealed_verifier = None;
            user.status = UserStatus::ExternalProvider;
        })
        .await;
    }

    async fn change(&self, name: &str, change: impl Fn(&mut User)) {
        let domain = &self.pool.server.test.domain;
        let entry = domain.pool(&self.pool.id).await.unwrap();
        let user = stepwell_core::users::find::by_login(domain, &entry, &self.name(name)).await;
        let mut user = user.unwrap().unwrap();
        change(&mut user);
        domain.submit(vec![Write::UpdateUser(Box::new(user))]).await.unwrap().unwrap();
    }

    async fn measured(&self, operation: &str, name: &str, input: &Value) -> (Outcome, Answer) {
        // Configuration is in memory; what is measured is the request.
        let domain = &self.pool.server.test.domain;
        domain.client_and_pool(&self.pool.client).await.unwrap();
        self.observer.take();
        self.lambda.take();
        let (exponentiations, unseals) = (stepwell_bignum::exponentiations(), stepwell_core::seal::opened());
        let answer = self.pool.app(operation, input.clone()).await;
        let outcome = Outcome {
            exponentiations: stepwell_bignum::exponentiations() - exponentiations,
            unseals: stepwell_core::seal::opened() - unseals,
            store_calls: self.observer.take(),
            triggers: self.lambda.sources(),
            status: answer.status.as_u16(),
            body: masked(&answer.body, name),
            length: answer.length,
        };
        (outcome, answer)
    }

    /// Starts the same sign-in about everyone of these and answers its challenge in the same wrong way; asserts that both go
    /// the same way for all.
    async fn same_answer_for_all(
        &self,
        names: &[String],
        what: &str,
        parameters: Value,
        wrong: Value,
    ) -> (Outcome, Outcome) {
        let mut first: Option<(Outcome, Outcome)> = None;
        for name in names {
            let flow = if parameters["FLOW"] == "CUSTOM_AUTH" { "CUSTOM_AUTH" } else { "USER_AUTH" };
            let mut parameters = parameters.clone();
            parameters.as_object_mut().unwrap().remove("FLOW");
            parameters["USERNAME"] = json!(name);
            let start = json!({"AuthFlow": flow, "AuthParameters": parameters});
            let (mut asked, answer) = self.measured("InitiateAuth", name, &start).await;
            // What is random in it has not always the same length; the parts that have are measured in the body.
            asked.length = 0;
            let mut responses = wrong.clone();
            responses["USERNAME"] = json!(name);
            let input = json!({
                "ChallengeName": answer.ok()["ChallengeName"], "Session": answer.body["Session"],
                "ChallengeResponses": responses,
            });
            let (mut refused, _) = self.measured("RespondToAuthChallenge", name, &input).await;
            if refused.status == 200 {
                refused.length = 0;
            }
            match &first {
                Some(first) => assert_eq!(&(asked, refused), first, "{what}: {name} is not like {}", names[0]),
                None => first = Some((asked, refused)),
            }
        }
        // Nobody is locked out by the next of these.
        self.pool.advance(31 * 60_000).await;
        first.unwrap()
    }

    /// Makes the same request about everyone, and asserts that it goes the same way for all.
    async fn same_for_all(&self, what: &str, operation: &str, input: impl Fn(&str) -> Value) -> Outcome {
        let mut first: Option<Outcome> = None;
        for name in self.names() {
            let (outcome, _) = self.measured(operation, &name, &input(&name)).await;
            match &first {
                Some(first) => assert_eq!(&outcome, first, "{what}: {name} is not like {}", NAMES[0]),
                None => first = Some(outcome),
            }
        }
        first.unwrap()
    }
}

/// The body with names and random values replaced. `SRP_B` may be a digit or two shorter by chance.
fn masked(body: &Value, name: &str) -> Value {
    let mut body: Value = serde_json::from_str(&body.to_string().replace(name, "<name>")).unwrap();
    if let Some(session) = body.get_mut("Session") {
        *session = json!(session.as_str().unwrap().len());
    }
    if let Some(sent_to) = body.pointer_mut("/ChallengeParameters/CODE_DELIVERY_DESTINATION") {
        let shape: Vec<usize> = sent_to.as_str().unwrap().split('@').map(str::len).collect();
        *sent_to = json!(shape);
    }
    if let Some(options) = body.pointer_mut("/ChallengeParameters/CREDENTIAL_REQUEST_OPTIONS") {
        let mut parsed: Value = serde_json::from_str(options.as_str().unwrap()).unwrap();
        parsed["challenge"] = json!(parsed["challenge"].as_str().unwrap().len());
        parsed["allowCredentials"] = json!(parsed["allowCredentials"].as_array().unwrap().len());
        *options = parsed;
    }
    for random in ["SALT", "SRP_B", "SECRET_BLOCK"] {
        if let Some(value) = body.pointer_mut(&format!("/ChallengeParameters/{random}")) {
            let length = value.as_str().unwrap().len();
            *value = json!(if random == "SECRET_BLOCK" { length } else { length.next_multiple_of(16) });
        }
    }
    for generated in ["USERNAME", "USER_ID_FOR_SRP"] {
        if let Some(value) = body.pointer_mut(&format!("/ChallengeParameters/{generated}"))
            && *value != "<name>"
        {
            *value = json!(value.as_str().unwrap().len());
        }
    }
    if let Some(destination) = body.pointer_mut("/CodeDeliveryDetails/Destination") {
        let shape: Vec<usize> = destination.as_str().unwrap().split('@').map(str::len).collect();
        *destination = json!(shape);
    }
    body
}

fn password(flow: &str, name: &str) -> Value {
    json!({"AuthFlow": flow, "AuthParameters": {"USERNAME": name, "PASSWORD": "Wrong-Horse-9"}})
}

/// Any number is a public value; whose it is does not matter to who cannot prove anything.
fn srp(name: &str) -> Value {
    json!({"AuthFlow": "USER_SRP_AUTH", "AuthParameters": {"USERNAME": name, "SRP_A": "ab".repeat(383)}})
}

async fn sign_in(setup: &Setup) {
    let wrong = setup.same_for_all("a password", "InitiateAuth", |name| password("USER_PASSWORD_AUTH", name)).await;
    assert_eq!((wrong.exponentiations, wrong.unseals, wrong.status), (1, 1, 400));
    assert_eq!(wrong.body["message"], "Incorrect username or password.");

    let mut first: Option<(Outcome, Outcome)> = None;
    for name in setup.names() {
        let (mut offered, offer) = setup.measured("InitiateAuth", &name, &srp(&name)).await;
        // The only part whose length is left to chance is measured above.
        offered.length = 0;
        let parameters = &offer.ok()["ChallengeParameters"];
        let responses = json!({
            "USERNAME": parameters["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SECRET_BLOCK": parameters["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": "A".repeat(43) + "=", "TIMESTAMP": "Fri Jan 15 08:00:00 UTC 2027",
        });
        // Within the minute: no moving of the clock in between.
        let answer = json!({"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses});
        setup.observer.take();
        let before = (stepwell_bignum::exponentiations(), stepwell_core::seal::opened());
        let answer = setup.pool.app("RespondToAuthChallenge", answer).await;
        let refused = Outcome {
            exponentiations: stepwell_bignum::exponentiations() - before.0,
            unseals: stepwell_core::seal::opened() - before.1,
            store_calls: setup.observer.take(),
            triggers: setup.lambda.sources(),
            status: answer.status.as_u16(),
            body: masked(&answer.body, &name),
            length: answer.length,
        };
        match &first {
            Some(first) => assert_eq!(&(offered, refused), first, "SRP: {name} is not like {}", NAMES[0]),
            None => first = Some((offered, refused)),
        }
    }
    let (offered, refused) = first.unwrap();
    assert_eq!((offered.exponentiations, offered.unseals, offered.status), (1, 1, 200));
    assert_eq!((refused.exponentiations, refused.unseals, refused.status), (2, 2, 400));
    assert_eq!(refused.body["message"], "Incorrect username or password.");
}

async fn recovery(setup: &Setup) {
    let code = |name: &str| json!({"Username": name, "ConfirmationCode": "000000", "Password": "Another-Horse-2"});
    let unasked = setup.same_for_all("a code nobody asked for", "ConfirmForgotPassword", code).await;
    assert_eq!(unasked.body["__type"], "ExpiredCodeException");
    let sent = setup.same_for_all("a forgotten password", "ForgotPassword", |name| json!({"Username": name})).await;
    assert_eq!(sent.store_calls.last().unwrap(), "submit [PutCode, Enqueue]");
    assert_eq!(sent.body["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    let wrong = setup.same_for_all("a wrong recovery code", "ConfirmForgotPassword", code).await;
    assert_eq!((wrong.exponentiations, &wrong.body["__type"]), (0, &json!("CodeMismatchException")));
}

async fn confirmation(setup: &Setup) {
    let code = |name: &str| json!({"Username": name, "ConfirmationCode": "000000"});
    setup.same_for_all("a wrong sign-up code", "ConfirmSignUp", code).await;
    let sent = setup.same_for_all("a code again", "ResendConfirmationCode", |name| json!({"Username": name})).await;
    assert_eq!(sent.store_calls.last().unwrap(), "submit [PutCode, Enqueue]");
    let wrong = setup.same_for_all("a wrong second code", "ConfirmSignUp", code).await;
    assert_eq!(wrong.body["__type"], "CodeMismatchException");
}

/// Only who exists and may do it gets mail.
async fn mail(setup: &Setup) {
    use stepwell_core::ports::delivery::Message;
    setup.pool.server.test.send_messages().await.unwrap();
    let sent = setup.pool.server.test.messages.take();
    let mut to: Vec<String> = sent
        .iter()
        .map(|message| match message {
            Message::Email(email) => email.to.clone(),
            Message::Sms(sms) => sms.to.clone(),
            Message::Custom(custom) => custom.to.clone(),
        })
        .collect();
    to.sort();
    to.dedup();
    assert_eq!(to, ["imported@example.com", "unconfir@example.com", "wrong-pw@example.com"]);
    let left = setup.pool.server.test.tables().await;
    assert!(left["outbox"].is_empty());
}

#[tokio::test]
async fn everyone_costs_the_same() {
    let plain = json!({"AutoVerifiedAttributes": ["email"]});
    // With names that may be aliases, and a pool that does not care about case.
    let aliases = json!({
        "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email", "preferred_username"],
        "UsernameConfiguration": {"CaseSensitive": false},
    });
    // Where the address is the name.
    let addresses = json!({"AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"]});
    for (engine, pool, suffix) in [
        (EngineKind::Sqlite, plain.clone(), ""),
        (EngineKind::Postgres, plain, ""),
        (EngineKind::Sqlite, aliases, ""),
        (EngineKind::Sqlite, addresses, "@example.com"),
    ] {
        let setup = Setup::new(engine, pool, suffix).await;
        sign_in(&setup).await;
        recovery(&setup).await;
        confirmation(&setup).await;
        mail(&setup).await;
    }
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        begin::every_way_to_begin(engine).await;
    }
}
