//! The same for every way to begin that is not a password's own flow: `USER_AUTH` with each of its factors, `CUSTOM_AUTH`,
//! and pools in which a second factor follows.

use serde_json::{Value, json};
use stepwell_testkit::authenticator::Authenticator;
use stepwell_testkit::{EngineKind, PASSWORD, RecordingLambda};

use super::{Setup, sign_in};

/// `USER_AUTH`, each way into it.
async fn choice(setup: &Setup) {
    let names = setup.names();
    let wrong_password = json!({"PASSWORD": "Wrong-Horse-9"});
    let srp_a = "ab".repeat(383);
    let begin = |preferred: &str| json!({"PREFERRED_CHALLENGE": preferred});
    let with = |mut base: Value, name: &str, value: &str| {
        base[name] = json!(value);
        base
    };

    let select = with(wrong_password.clone(), "ANSWER", "PASSWORD");
    let (asked, refused) = setup.same_answer_for_all(&names, "a choice", json!({}), select).await;
    assert_eq!(asked.body["ChallengeName"], "SELECT_CHALLENGE");
    assert_eq!(asked.body["AvailableChallenges"], json!(["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"]));
    assert_eq!((refused.exponentiations, &refused.body["message"]), (1, &json!("Incorrect username or password.")));
    let (asked, refused) =
        setup.same_answer_for_all(&names, "a password", begin("PASSWORD"), wrong_password.clone()).await;
    assert_eq!((&asked.body["ChallengeName"], refused.status), (&json!("PASSWORD"), 400));
    let srp = json!({"SRP_A": srp_a});
    let (asked, offered) = setup.same_answer_for_all(&names, "SRP", begin("PASSWORD_SRP"), srp).await;
    assert_eq!((&asked.body["ChallengeName"], offered.status), (&json!("PASSWORD_SRP"), 200));
    let select = json!({"ANSWER": "PASSWORD_SRP", "SRP_A": srp_a});
    setup.same_answer_for_all(&names, "SRP by choice", json!({}), select).await;

    let code = json!({"EMAIL_OTP_CODE": "000000"});
    let (asked, refused) = setup.same_answer_for_all(&names, "a code", begin("EMAIL_OTP"), code).await;
    assert_eq!(asked.body["ChallengeName"], "EMAIL_OTP");
    assert_eq!(asked.store_calls.last().unwrap(), "submit [PutCode, Enqueue]");
    assert_eq!(refused.body["__type"], "CodeMismatchException");
    let (_, chosen) =
        setup.same_answer_for_all(&names, "a code by choice", json!({}), json!({"ANSWER": "EMAIL_OTP"})).await;
    assert_eq!(chosen.body["ChallengeName"], "EMAIL_OTP");

    let at_once = |name: &str| {
        json!({"AuthFlow": "USER_AUTH", "AuthParameters": {
            "USERNAME": name, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Wrong-Horse-9",
        }})
    };
    let refused = setup.same_for_all("a password at once", "InitiateAuth", at_once).await;
    assert_eq!((refused.exponentiations, refused.status), (1, 400));
    setup.pool.advance(31 * 60_000).await;
}

fn wanting(name: &str, level: u8) -> Value {
    let parameters = json!({"USERNAME": name, "TARGET_ACR_VALUES": format!("urn:cognito:loa:{level}")});
    json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})
}

/// `USER_AUTH` to a level: whether it can be reached tells no more.
async fn levels(setup: &Setup) {
    for level in [3, 4] {
        let refused = setup.same_for_all("a level", "InitiateAuth", |name| wanting(name, level)).await;
        assert_eq!((refused.status, &refused.body["__type"]), (400, &json!("InvalidParameterException")), "{level}");
    }
    let begin = json!({"TARGET_ACR_VALUES": "urn:cognito:loa:2", "PREFERRED_CHALLENGE": "PASSWORD"});
    let (asked, chosen) =
        setup.same_answer_for_all(&setup.names(), "a code's level", begin, json!({"ANSWER": "EMAIL_OTP"})).await;
    assert_eq!(asked.body["AvailableChallenges"], json!(["EMAIL_OTP"]));
    assert_eq!(chosen.body["ChallengeName"], "EMAIL_OTP");

    // With authenticator apps for who wants one, who has none is refused, and so are some of those who do not exist.
    let mfa = json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    setup.pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let refusal = setup.pool.app("InitiateAuth", wanting(&setup.name("wrong-pw"), 4)).await;
    assert_eq!(refusal.error(), Some("InvalidParameterException"));
    let mut answers = std::collections::BTreeSet::new();
    for number in 0..40 {
        let name = setup.name(&format!("nobod-{number:02}"));
        let answer = setup.pool.app("InitiateAuth", wanting(&name, 4)).await;
        answers.insert(answer.error().map_or_else(|| answer.body["AvailableChallenges"].to_string(), str::to_owned));
    }
    let expected = [r#"["PASSWORD_SRP","PASSWORD"]"#, "InvalidParameterException"];
    assert_eq!(answers, expected.map(str::to_owned).into());
}

/// Text messages, of a user with a phone and of those names of nobody that seem to have one.
async fn text_messages(setup: &Setup) {
    let phone = json!([{"Name": "phone_number", "Value": "+15550001234"}]);
    let input = json!({"Username": setup.name("wrong-pw"), "UserAttributes": phone});
    setup.pool.admin("AdminUpdateUserAttributes", input).await.ok();
    let begin = json!({"PREFERRED_CHALLENGE": "SMS_OTP"});
    let names = [setup.name("wrong-pw"), nobody_who_seems_to(setup, "SMS_OTP").await];
    let code = json!({"SMS_OTP_CODE": "000000"});
    let (asked, refused) = setup.same_answer_for_all(&names, "a text message", begin, code).await;
    assert_eq!(asked.body["ChallengeName"], "SMS_OTP");
    assert_eq!(refused.body["__type"], "CodeMismatchException");
}

/// Passkeys, of a user with one and of those names of nobody that seem to have one.
async fn passkeys(setup: &Setup) {
    let user = setup.name("wrong-pw");
    let access = setup.pool.tokens(&user).await.access;
    let started = setup.pool.own("StartWebAuthnRegistration", &access, json!({})).await;
    let phone = Authenticator::phone("https://app.example.com");
    let (mut passkey, credential) = phone.create(&started.ok()["CredentialCreationOptions"]);
    setup.pool.own("CompleteWebAuthnRegistration", &access, json!({"Credential": credential})).await.ok();
    let names = [user, nobody_who_seems_to(setup, "WEB_AUTHN").await];
    let begin = json!({"PREFERRED_CHALLENGE": "WEB_AUTHN"});
    // Made for another challenge; of the user's own passkey, and so nobody's for the other.
    let elsewhere = json!({"challenge": "AAAA", "rpId": "example.com"});
    for credential in ["{}".to_owned(), phone.get(&mut passkey, &elsewhere).to_string()] {
        let responses = json!({"CREDENTIAL": credential});
        let (asked, refused) = setup.same_answer_for_all(&names, "a passkey", begin.clone(), responses).await;
        assert_eq!(asked.body["ChallengeName"], "WEB_AUTHN");
        assert_eq!(refused.body["message"], "Incorrect username or password.");
    }
}

/// A name of nobody, of the usual length, that can begin with this.
async fn nobody_who_seems_to(setup: &Setup, factor: &str) -> String {
    for number in 0..100 {
        let name = setup.name(&format!("nobod-{number:02}"));
        let start = json!({"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": name}});
        let asked = setup.pool.app("InitiateAuth", start).await;
        if asked.ok()["AvailableChallenges"].as_array().unwrap().contains(&json!(factor)) {
            return name;
        }
    }
    unreachable!("half of the names seem to have it")
}

/// `CUSTOM_AUTH`, whose function fails wrong answers.
async fn custom_challenges(setup: &Setup) {
    let names = setup.names();
    let begin = json!({"FLOW": "CUSTOM_AUTH"});
    let (asked, refused) = setup.same_answer_for_all(&names, "custom", begin, json!({"ANSWER": "x"})).await;
    assert_eq!(asked.triggers, ["DefineAuthChallenge_Authentication", "CreateAuthChallenge_Authentication"]);
    assert_eq!(refused.triggers, ["VerifyAuthChallengeResponse_Authentication", "DefineAuthChallenge_Authentication"]);
    assert_eq!(refused.body["message"], "Incorrect username or password.");
}

fn custom_functions(lambda: &RecordingLambda) {
    lambda.responds("CreateAuthChallenge", json!({"privateChallengeParameters": {"answer": "y"}}));
    lambda.responds("VerifyAuthChallengeResponse", json!({"answerCorrect": false}));
    lambda.handles("DefineAuthChallenge", |event| {
        let mut event = event.clone();
        event["response"] = if event["request"]["session"] == json!([]) {
            json!({"challengeName": "CUSTOM_CHALLENGE"})
        } else {
            json!({"failAuthentication": true})
        };
        Ok(stepwell_core::ports::lambda::LambdaAnswer::Returned(event.to_string().into_bytes().into()))
    });
}

/// A pool with every way to begin.
fn every_way() -> Value {
    let triggers = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"];
    let triggers = triggers.map(|name| (name.to_owned(), json!(RecordingLambda::arn(name))));
    json!({
        "AutoVerifiedAttributes": ["email"],
        "SmsConfiguration": sms(),
        "LambdaConfig": triggers.into_iter().collect::<Value>(),
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]}},
    })
}

fn sms() -> Value {
    json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"})
}

/// The ways to sign in without a flow of their own for the password, and pools with second factors.
pub(crate) async fn every_way_to_begin(engine: EngineKind) {
    let mut codes = every_way();
    codes["Policies"] = json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}});
    let setup = Setup::new(engine, codes.clone(), "").await;
    custom_functions(&setup.lambda);
    choice(&setup).await;
    custom_challenges(&setup).await;
    levels(&setup).await;
    setup.pool.server.test.send_messages().await.unwrap();
    setup.pool.server.test.messages.take();

    let setup = Setup::new(engine, every_way(), "").await;
    let relying_party = json!({"WebAuthnConfiguration": {"RelyingPartyId": "example.com"}});
    setup.pool.admin("SetUserPoolMfaConfig", relying_party).await.ok();
    passkeys(&setup).await;
    // A passkey would be one more thing that the names have or have not.
    setup
        .pool
        .admin("UpdateUserPool", {
            let mut settings = every_way();
            settings["Policies"] =
                json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}});
            settings
        })
        .await
        .ok();
    text_messages(&setup).await;

    // Where everybody needs two factors, the first answer tells no more; nor does the right password of who is disabled.
    let mut required = every_way();
    required["Policies"] = json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}});
    let setup = Setup::new(engine, required, "").await;
    let mfa = json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    setup.pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    sign_in(&setup).await;
    setup.pool.advance(31 * 60_000).await;
    let begin = json!({"PREFERRED_CHALLENGE": "PASSWORD"});
    let wrong = json!({"PASSWORD": "Wrong-Horse-9"});
    setup.same_answer_for_all(&setup.names(), "a password before a second factor", begin.clone(), wrong).await;
    let names = ["nobody-0", "disabled", "external"].map(|name| setup.name(name));
    let right = json!({"PASSWORD": PASSWORD});
    setup.same_answer_for_all(&names, "the right password of who is disabled", begin, right).await;
}
