//! Authenticator apps: registering one, signing in with it, and guessing its codes.

use base64::Engine as _;
use serde_json::json;
use stepwell_testkit::{EngineKind, PASSWORD, TestPool, Tokens, totp};

use super::{
    INVALID, LOCKED, MINUTE, SECOND, STEP, USED, answer_app, challenged, claims, now, optional, other_than, pool,
    register_app, required, shown, user_with_app,
};

on_both_engines!(
    an_app_is_registered_turned_on_and_asked_for,
    each_step_is_good_for_one_success_whichever_sign_in_it_was,
    one_code_in_many_sign_ins_at_once_signs_in_once,
    three_wrong_codes_end_a_session_and_five_start_the_back_off,
    guesses_that_arrive_together_count_one_by_one,
    a_new_app_takes_over_only_when_it_was_proven,
    who_has_an_app_keeps_it_when_the_pool_stops_offering_it,
    an_administrator_takes_an_app_away,
    neither_a_secret_nor_a_name_without_end_is_kept,
    wrong_codes_of_a_registration_are_counted_too,
    a_required_app_is_asked_for_without_being_turned_on,
);

const CHALLENGE: &str = "SOFTWARE_TOKEN_MFA";
const WRONG: (&str, &str) = ("CodeMismatchException", "Invalid code received for user");
const REUSED: (&str, &str) = ("ExpiredCodeException", "Your software token has already been used once.");
const MISMATCH: (&str, &str) = ("EnableSoftwareTokenMFAException", "Code mismatch");
const NOT_OFFERED: (&str, &str) =
    ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool");

async fn offered(pool: &TestPool, name: &str) -> String {
    challenged(&pool.sign_in(name, PASSWORD).await, CHALLENGE)
}

async fn an_app_is_registered_turned_on_and_asked_for(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let secret = register_app(&pool, &tokens.access).await;
    assert_eq!(secret.len(), 32);
    // Registered is not turned on.
    Tokens::of(&pool.sign_in("jane", PASSWORD).await);
    let on = json!({"SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    pool.own("SetUserMFAPreference", &tokens.access, on).await.ok();
    let user = pool.own("GetUser", &tokens.access, json!({})).await;
    assert_eq!(user.ok()["PreferredMfaSetting"], CHALLENGE);
    assert_eq!(user.ok()["UserMFASettingList"], json!([CHALLENGE]));
    pool.advance(STEP).await;

    let offer = pool.sign_in("jane", PASSWORD).await;
    assert_eq!(offer.body["ChallengeParameters"], json!({"USER_ID_FOR_SRP": "jane", "FRIENDLY_DEVICE_NAME": "phone"}));
    assert!(offer.body.get("AuthenticationResult").is_none());
    let session = challenged(&offer, CHALLENGE);
    let code = shown(&pool, &secret);
    assert_eq!(answer_app(&pool, &session, "jane", &other_than(&code)).await.refusal(), WRONG);
    let signed_in = Tokens::of(&answer_app(&pool, &session, "jane", &code).await);
    let amr = claims(&signed_in.access)["amr"].clone();
    assert_eq!(amr, claims(&signed_in.id)["amr"]);
    for method in ["pwd", "otp", "mfa"] {
        assert!(amr.as_array().unwrap().contains(&json!(method)), "{amr}");
    }
    assert_eq!(answer_app(&pool, &session, "jane", &code).await.refusal(), USED);
}

async fn each_step_is_good_for_one_success_whichever_sign_in_it_was(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    pool.advance(5 * MINUTE).await;
    // One step early, in time and late; not two.
    for (steps, accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let code = totp::code(&secret, now(&pool) + steps * STEP);
        let answer = answer_app(&pool, &offered(&pool, "jane").await, "jane", &code).await;
        if accepted {
            Tokens::of(&answer);
            let again = answer_app(&pool, &offered(&pool, "jane").await, "jane", &code).await;
            assert_eq!(again.refusal(), REUSED, "{steps}");
        } else {
            assert_eq!(answer.refusal(), WRONG, "{steps}");
        }
    }
}

async fn one_code_in_many_sign_ins_at_once_signs_in_once(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    let mut sessions = Vec::new();
    for _ in 0..6 {
        sessions.push(offered(&pool, "jane").await);
    }
    let code = shown(&pool, &secret);
    let answers = sessions.iter().map(|session| answer_app(&pool, session, "jane", &code));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

async fn three_wrong_codes_end_a_session_and_five_start_the_back_off(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    let wrong = other_than(&other_than(&other_than(&shown(&pool, &secret))));
    let first = offered(&pool, "jane").await;
    for _ in 0..3 {
        assert_eq!(answer_app(&pool, &first, "jane", &wrong).await.refusal(), WRONG);
    }
    assert_eq!(answer_app(&pool, &first, "jane", &shown(&pool, &secret)).await.refusal(), INVALID);
    // The right password in between forgets nothing.
    let second = offered(&pool, "jane").await;
    for _ in 0..2 {
        assert_eq!(answer_app(&pool, &second, "jane", &wrong).await.refusal(), WRONG);
    }
    assert_eq!(answer_app(&pool, &second, "jane", &shown(&pool, &secret)).await.refusal(), LOCKED);
    pool.advance(SECOND - 1).await;
    assert_eq!(answer_app(&pool, &second, "jane", &shown(&pool, &secret)).await.refusal(), LOCKED);
    pool.advance(1).await;
    Tokens::of(&answer_app(&pool, &second, "jane", &shown(&pool, &secret)).await);
    // A success starts the count anew.
    pool.advance(STEP).await;
    let third = offered(&pool, "jane").await;
    assert_eq!(answer_app(&pool, &third, "jane", &wrong).await.refusal(), WRONG);
    Tokens::of(&answer_app(&pool, &third, "jane", &shown(&pool, &secret)).await);
}

async fn guesses_that_arrive_together_count_one_by_one(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    let mut sessions = Vec::new();
    for _ in 0..12 {
        sessions.push(offered(&pool, "jane").await);
    }
    let wrong = other_than(&other_than(&other_than(&shown(&pool, &secret))));
    let guesses = sessions.iter().map(|session| answer_app(&pool, session, "jane", &wrong));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.refusal() == WRONG).count();
    assert!(looked_at <= 5, "{looked_at}");
}

async fn a_new_app_takes_over_only_when_it_was_proven(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let old = user_with_app(&pool, "jane").await;
    let session = offered(&pool, "jane").await;
    let tokens = Tokens::of(&answer_app(&pool, &session, "jane", &shown(&pool, &old)).await);
    let associated = pool.own("AssociateSoftwareToken", &tokens.access, json!({})).await;
    let new = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    assert!(associated.body.get("Session").is_none());
    pool.advance(STEP).await;
    Tokens::of(&answer_app(&pool, &offered(&pool, "jane").await, "jane", &shown(&pool, &old)).await);
    let verify = |code: String| pool.own("VerifySoftwareToken", &tokens.access, json!({"UserCode": code}));
    pool.advance(STEP).await;
    assert_eq!(verify(shown(&pool, &old)).await.refusal(), MISMATCH);
    verify(shown(&pool, &new)).await.ok();
    // Only once; and the code that proved it is used.
    assert_eq!(verify(shown(&pool, &new)).await.error(), Some("SoftwareTokenMFANotFoundException"));
    assert_eq!(answer_app(&pool, &offered(&pool, "jane").await, "jane", &shown(&pool, &new)).await.refusal(), REUSED);
    pool.advance(STEP).await;
    let session = offered(&pool, "jane").await;
    assert_eq!(answer_app(&pool, &session, "jane", &shown(&pool, &old)).await.refusal(), WRONG);
    Tokens::of(&answer_app(&pool, &session, "jane", &shown(&pool, &new)).await);
}

async fn who_has_an_app_keeps_it_when_the_pool_stops_offering_it(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    pool.user("john").await;
    let johns = pool.tokens("john").await;
    let sms_only = json!({"MfaConfiguration": "OPTIONAL", "SmsMfaConfiguration": {"SmsConfiguration": super::sms()}});
    pool.admin("SetUserPoolMfaConfig", sms_only).await.ok();
    for (operation, input) in
        [("AssociateSoftwareToken", json!({})), ("VerifySoftwareToken", json!({"UserCode": "123456"}))]
    {
        assert_eq!(pool.own(operation, &johns.access, input).await.refusal(), NOT_OFFERED);
    }
    let session = offered(&pool, "jane").await;
    Tokens::of(&answer_app(&pool, &session, "jane", &shown(&pool, &secret)).await);
    // Off is off.
    pool.admin("SetUserPoolMfaConfig", json!({"MfaConfiguration": "OFF"})).await.ok();
    Tokens::of(&pool.sign_in("jane", PASSWORD).await);
}

async fn an_administrator_takes_an_app_away(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    let secret = user_with_app(&pool, "jane").await;
    let session = offered(&pool, "jane").await;
    pool.admin("AdminDeleteSoftwareToken", json!({"Username": "jane"})).await.ok();
    assert_eq!(answer_app(&pool, &session, "jane", &shown(&pool, &secret)).await.refusal(), INVALID);
    let user = pool.admin("AdminGetUser", json!({"Username": "jane"})).await;
    assert!(user.ok().get("UserMFASettingList").is_none() && user.body.get("PreferredMfaSetting").is_none());
    Tokens::of(&pool.sign_in("jane", PASSWORD).await);
    pool.admin("AdminDeleteSoftwareToken", json!({"Username": "jane"})).await.ok();
    let nobody = pool.admin("AdminDeleteSoftwareToken", json!({"Username": "nobody"})).await;
    assert_eq!(nobody.error(), Some("UserNotFoundException"));
    let on = json!({"Username": "jane", "SoftwareTokenMfaSettings": {"Enabled": true}});
    let words = "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA";
    assert_eq!(pool.admin("AdminSetUserMFAPreference", on).await.refusal(), ("InvalidParameterException", words));
}

async fn neither_a_secret_nor_a_name_without_end_is_kept(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let associated = pool.own("AssociateSoftwareToken", &tokens.access, json!({})).await;
    let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    let long = json!({"UserCode": shown(&pool, &secret), "FriendlyDeviceName": "x".repeat(257)});
    assert_eq!(pool.own("VerifySoftwareToken", &tokens.access, long).await.error(), Some("InvalidParameterException"));
    pool.own("VerifySoftwareToken", &tokens.access, json!({"UserCode": shown(&pool, &secret)})).await.ok();
    let raw = totp::from_base32(&secret);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&raw);
    let test = &pool.server.test;
    let database: Vec<u8> = match engine {
        EngineKind::Sqlite => {
            let files = std::fs::read_dir(test.folder()).unwrap();
            files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
        }
        EngineKind::Postgres => format!("{:?}", test.tables().await).into_bytes(),
    };
    let is_kept = |text: &[u8]| database.windows(text.len()).any(|window| window == text);
    assert!(is_kept(b"jane@example.com"), "this is where it would be");
    for form in [secret.as_bytes(), &raw, encoded.as_bytes(), hex::encode(&raw).as_bytes()] {
        assert!(!is_kept(form));
    }
}

async fn wrong_codes_of_a_registration_are_counted_too(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let associated = pool.own("AssociateSoftwareToken", &tokens.access, json!({})).await;
    let secret = associated.ok()["SecretCode"].as_str().unwrap().to_owned();
    let wrong = other_than(&other_than(&other_than(&shown(&pool, &secret))));
    for _ in 0..5 {
        let input = json!({"UserCode": wrong});
        assert_eq!(pool.own("VerifySoftwareToken", &tokens.access, input).await.refusal(), MISMATCH);
    }
    let right = json!({"UserCode": shown(&pool, &secret)});
    assert_eq!(pool.own("VerifySoftwareToken", &tokens.access, right).await.refusal(), LOCKED);
    pool.advance(SECOND).await;
    let right = json!({"UserCode": shown(&pool, &secret)});
    pool.own("VerifySoftwareToken", &tokens.access, right).await.ok();
}

async fn a_required_app_is_asked_for_without_being_turned_on(engine: EngineKind) {
    let pool = pool(engine, optional()).await;
    pool.user("jane").await;
    let tokens = pool.tokens("jane").await;
    let secret = register_app(&pool, &tokens.access).await;
    pool.admin("SetUserPoolMfaConfig", required()).await.ok();
    let off = json!({"SoftwareTokenMfaSettings": {"Enabled": false}});
    pool.own("SetUserMFAPreference", &tokens.access, off).await.ok();
    pool.advance(STEP).await;
    Tokens::of(&answer_app(&pool, &offered(&pool, "jane").await, "jane", &shown(&pool, &secret)).await);
}
