//! A client that hides users: what the ways of signing in and recovering must not tell. (What each costs, see
//! `tests/equal_work`.)

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stepwell_testkit::{Answer, EngineKind, TestPool, Tokens};

use crate::{EXPIRED_CODE, HOUR, WRONG, WRONG_CODE};

on_both_engines!(
    the_level_that_can_be_reached_tells_nothing,
    the_answers_for_a_name_fit_together,
    recoveries_of_nobody_answer_as_a_users,
    who_has_no_password_does_not_show,
    where_a_recovery_goes_tells_nothing,
    a_claimed_address_is_not_probed_or_used_up,
);

const TOO_MANY: (&str, &str) = ("TooManyRequestsException", "Attempt limit exceeded, please try after some time.");

fn recovery(names: [&str; 2]) -> Value {
    let mechanism = |(index, name): (usize, &&str)| json!({"Name": name, "Priority": index + 1});
    json!({"RecoveryMechanisms": names.iter().enumerate().map(mechanism).collect::<Value>()})
}

async fn pool(engine: EngineKind, factors: &[&str]) -> TestPool {
    let settings = json!({
        "AutoVerifiedAttributes": ["email"],
        "AccountRecoverySetting": recovery(["verified_phone_number", "verified_email"]),
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": factors}},
    });
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH"];
    TestPool::on(engine, settings, json!({"ExplicitAuthFlows": flows, "PreventUserExistenceErrors": "ENABLED"})).await
}

async fn begin(pool: &TestPool, name: &str, more: Value) -> Answer {
    let mut parameters = json!({"USERNAME": name});
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await
}

/// What somebody can see of an answer: the refusal, or what can be begun with.
fn seen(answer: &Answer) -> String {
    match answer.error() {
        Some(error) => format!("{error} {}", answer.body["message"]),
        None => answer.body["AvailableChallenges"].to_string(),
    }
}

/// What names that are nobody's see; each always the same.
async fn nobodies(pool: &TestPool, more: &Value) -> BTreeSet<String> {
    let mut answers = BTreeSet::new();
    for number in 0..24 {
        let name = format!("nobody-{number}");
        let answer = seen(&begin(pool, &name, more.clone()).await);
        assert_eq!(seen(&begin(pool, &name, more.clone()).await), answer, "{name}");
        answers.insert(answer);
    }
    answers
}

async fn the_level_that_can_be_reached_tells_nothing(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD", "EMAIL_OTP"]).await;
    for name in ["plain", "disabled", "resetting"] {
        pool.user(name).await;
    }
    pool.admin("AdminDisableUser", json!({"Username": "disabled"})).await.ok();
    pool.admin("AdminResetUserPassword", json!({"Username": "resetting"})).await.ok();
    pool.invited("invited", "Temporary-1").await;
    pool.signed_up("unconfirmed").await;
    let email = json!({"EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    let optional = |mut factors: Value| {
        factors["MfaConfiguration"] = json!("OPTIONAL");
        factors
    };
    let app = json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}});
    for mfa in [json!({"MfaConfiguration": "OFF"}), optional(app), optional(email)] {
        pool.admin("SetUserPoolMfaConfig", mfa.clone()).await.ok();
        for level in 1..=4 {
            let wanted = json!({"TARGET_ACR_VALUES": format!("urn:cognito:loa:{level}")});
            let nobodies = nobodies(&pool, &wanted).await;
            for name in ["plain", "disabled", "resetting", "invited", "unconfirmed"] {
                let answer = seen(&begin(&pool, name, wanted.clone()).await);
                assert!(nobodies.contains(&answer), "{mfa} level {level}, {name}: {answer}, not {nobodies:?}");
            }
        }
    }
}

/// What the answers for one name tell together is what they could tell of a user: who must bring a password has turned on
/// what a higher level asks for.
async fn the_answers_for_a_name_fit_together(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD", "EMAIL_OTP"]).await;
    let app = json!({"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    pool.admin("SetUserPoolMfaConfig", app).await.ok();
    let mut with_app = 0;
    for number in 0..40 {
        let name = format!("nobody-{number}");
        let choice = begin(&pool, &name, json!({})).await;
        if choice.ok()["AvailableChallenges"] == json!(["PASSWORD_SRP", "PASSWORD"]) {
            begin(&pool, &name, json!({"TARGET_ACR_VALUES": "urn:cognito:loa:4"})).await.ok();
            with_app += 1;
        }
    }
    assert!((1..40).contains(&with_app), "{with_app}");
}

/// Developer guide, "Managing user existence error responses": a wrong code is a mismatch where one was asked for, and has
/// expired where none was, whether there is such a user or not.
async fn recoveries_of_nobody_answer_as_a_users(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD"]).await;
    for name in ["jane", "joe"] {
        pool.user(name).await;
    }
    for name in ["jane", "nobody"] {
        pool.app("ForgotPassword", json!({"Username": name})).await.ok();
    }
    let code = pool.code("jane").await;
    let recover = async |name: &str, code: &str| {
        let input = json!({"Username": name, "ConfirmationCode": code, "Password": "Another-Horse-2"});
        pool.app("ConfirmForgotPassword", input).await
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for name in ["jane", "nobody"] {
        assert_eq!(recover(name, wrong).await.refusal(), WRONG_CODE, "{name}");
    }
    for name in ["joe", "somebody"] {
        assert_eq!(recover(name, wrong).await.refusal(), EXPIRED_CODE, "{name}");
    }
    recover("jane", &code).await.ok();
    pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
    let code = pool.code("jane").await;
    pool.advance(HOUR).await;
    for name in ["jane", "nobody"] {
        assert_eq!(recover(name, &code).await.refusal(), EXPIRED_CODE, "{name}");
    }
}

async fn who_has_no_password_does_not_show(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD", "EMAIL_OTP"]).await;
    pool.user("jane").await;
    let attributes = json!([
        {"Name": "email", "Value": "without@example.com"}, {"Name": "email_verified", "Value": "true"},
    ]);
    let input = json!({"Username": "without", "UserAttributes": attributes, "MessageAction": "SUPPRESS"});
    pool.admin("AdminCreateUser", input).await.ok();
    let status = pool.admin("AdminGetUser", json!({"Username": "without"})).await;
    assert_eq!(status.ok()["UserStatus"], "CONFIRMED");
    for preferred in ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"] {
        let answers =
            ["without", "jane", "nobody"].map(|name| begin(&pool, name, json!({"PREFERRED_CHALLENGE": preferred})));
        let answers = futures_util::future::join_all(answers).await;
        let seen: Vec<_> = answers
            .iter()
            .map(|answer| (&answer.ok()["ChallengeName"], answer.body["AvailableChallenges"].clone()))
            .collect();
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{preferred}: {seen:?}");
    }
    for name in ["without", "nobody"] {
        let guess = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Wrong-Horse-9"});
        assert_eq!(begin(&pool, name, guess).await.refusal(), WRONG);
    }
    let asked = begin(&pool, "without", json!({"PREFERRED_CHALLENGE": "EMAIL_OTP"})).await;
    let responses = json!({"USERNAME": "without", "EMAIL_OTP_CODE": pool.code("without").await});
    Tokens::of(&pool.respond("EMAIL_OTP", asked.ok()["Session"].as_str(), &responses).await);
}

async fn where_a_recovery_goes_tells_nothing(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD"]).await;
    pool.user("jane").await;
    let medium = async |name: &str| {
        let answer = pool.app("ForgotPassword", json!({"Username": name})).await;
        answer.ok()["CodeDeliveryDetails"]["DeliveryMedium"].as_str().unwrap().to_owned()
    };
    assert_eq!(medium("jane").await, "EMAIL");
    let mut ways = BTreeSet::new();
    for number in 0..24 {
        let name = format!("nobody-{number}");
        let way = medium(&name).await;
        assert_eq!(medium(&name).await, way, "{name}");
        ways.insert(way);
    }
    assert_eq!(ways, ["EMAIL", "SMS"].map(str::to_owned).into());
    // Where only one way is left, or the other is not there, it is that one's.
    let settings = json!({"AutoVerifiedAttributes": ["email"], "AccountRecoverySetting": recovery(["verified_email", "verified_phone_number"])});
    pool.admin("UpdateUserPool", settings).await.ok();
    for number in 0..24 {
        assert_eq!(medium(&format!("nobody-{number}")).await, "EMAIL");
    }
}

async fn a_claimed_address_is_not_probed_or_used_up(engine: EngineKind) {
    let pool = pool(engine, &["PASSWORD", "EMAIL_OTP"]).await;
    for name in ["owner", "mallory", "mallets-friend"] {
        pool.user(name).await;
    }
    let by_code = json!({"PREFERRED_CHALLENGE": "EMAIL_OTP"});
    let claimed = json!({"UserAttributes": [{"Name": "email", "Value": "owner@example.com"}]});
    for name in ["mallory", "mallets-friend"] {
        let access = pool.tokens(name).await.access;
        pool.own("UpdateUserAttributes", &access, claimed.clone()).await.ok();
    }
    for _ in 0..15 {
        begin(&pool, "mallory", by_code.clone()).await.ok();
    }
    assert_eq!(begin(&pool, "mallory", by_code.clone()).await.refusal(), TOO_MANY);
    // More accounts are no more messages, and no way to see who else claims the address: each has the limit of a nobody.
    let sent = async || {
        pool.server.test.send_messages().await.unwrap();
        pool.server.test.messages.take().len()
    };
    sent().await;
    for name in ["mallets-friend", "nobody"] {
        for _ in 0..15 {
            begin(&pool, name, by_code.clone()).await.ok();
        }
        assert_eq!(begin(&pool, name, by_code.clone()).await.refusal(), TOO_MANY);
    }
    assert_eq!(sent().await, 0);
    let asked = begin(&pool, "owner", by_code.clone()).await;
    let responses = json!({"USERNAME": "owner", "EMAIL_OTP_CODE": pool.code("owner").await});
    Tokens::of(&pool.respond("EMAIL_OTP", asked.ok()["Session"].as_str(), &responses).await);
    // The owner's own have their limit.
    for _ in 1..15 {
        begin(&pool, "owner", by_code.clone()).await.ok();
    }
    assert_eq!(begin(&pool, "owner", by_code.clone()).await.refusal(), TOO_MANY);
}
