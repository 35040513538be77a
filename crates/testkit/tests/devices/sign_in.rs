//! Signing in with a device.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_testkit::srp::{Client, Device};
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, PASSWORD, RecordingLambda, TestPool, TestServer, Tokens};

use crate::{
    GONE, WRONG, always, claims, confirm, device_of, device_with_mfa, opt_in, password_with, pool, pool_with_mfa,
    prove, registered, second_factor, shown, srp_with,
};

on_both_engines!(
    a_remembered_device_stands_in_for_the_second_factor,
    a_device_that_is_gone_is_told_after_the_password,
    a_device_does_not_forget_wrong_codes,
);

/// Where a device comes before the second factor instead of in its place: who has one of the user's gets no more guesses.
async fn a_device_does_not_forget_wrong_codes(engine: EngineKind) {
    let settings = json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}});
    let (pool, secret) = pool_with_mfa(engine, settings).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    pool.advance(30_000).await;
    let wrong = format!("{:06}", (shown(&pool, &secret).parse::<u32>().unwrap() + 1) % 1_000_000);
    let guess = async |code: &str| {
        let asked = prove(&pool, &password_with(&pool, "jane", &device.key).await, &device).await;
        let responses = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code});
        pool.respond("SOFTWARE_TOKEN_MFA", asked.ok()["Session"].as_str(), &responses).await
    };
    for number in 0..5 {
        assert_eq!(guess(&wrong).await.error(), Some("CodeMismatchException"), "{number}");
    }
    let locked = ("NotAuthorizedException", "Password attempts exceeded");
    for _ in 0..3 {
        assert_eq!(guess(&shown(&pool, &secret)).await.refusal(), locked);
    }
    pool.advance(1_000).await;
    Tokens::of(&guess(&shown(&pool, &secret)).await);
}

async fn a_remembered_device_stands_in_for_the_second_factor(engine: EngineKind) {
    let (pool, secret) = pool_with_mfa(engine, always()).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    for (place, asked) in [password_with(&pool, "jane", &device.key).await, srp_with(&pool, "jane", &device.key).await]
        .into_iter()
        .enumerate()
    {
        assert_eq!(asked.body["ChallengeParameters"], json!({"USERNAME": "jane", "DEVICE_KEY": device.key}));
        let signed_in = prove(&pool, &asked, &device).await;
        let tokens = Tokens::of(&signed_in);
        assert_eq!(signed_in.body["AuthenticationResult"]["NewDeviceMetadata"], Value::Null, "{place}");
        let claims = claims(&tokens.access);
        assert_eq!(claims["device_key"], device.key.as_str());
        assert_eq!(
            (&claims["amr"], &claims["acr"]),
            (&json!(["pwd"]), &json!("urn:cognito:loa:1")),
            "a device is no factor"
        );
    }
    // Without the device, or with another, the second factor is asked for.
    let asked = pool.sign_in("jane", PASSWORD).await;
    assert_eq!(asked.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn the_device_is_named_at_the_start_or_with_the_password() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let client = Client::new(3);
    let start = async |key: &str| {
        let parameters = json!({"USERNAME": "jane", "SRP_A": client.srp_a(), "DEVICE_KEY": key});
        let offer = pool.app("InitiateAuth", json!({"AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters})).await;
        client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD)
    };
    let asked = pool.respond("PASSWORD_VERIFIER", None, &start(&device.key).await).await;
    Tokens::of(&prove(&pool, &asked, &device).await);
    // amazon-cognito-identity-js names a device that is gone at both places, and takes back only the second.
    let mut answer = start("us-east-1_0123").await;
    answer["DEVICE_KEY"] = json!("us-east-1_0123");
    assert_eq!(pool.respond("PASSWORD_VERIFIER", None, &answer).await.refusal(), GONE);
    answer["DEVICE_KEY"] = Value::Null;
    let signed_in = pool.respond("PASSWORD_VERIFIER", None, &answer).await;
    assert_ne!(Device::of(&signed_in.ok()["AuthenticationResult"]).key, device.key);
}

#[tokio::test]
async fn what_is_not_remembered_or_has_no_secret_goes_through_the_second_factor() {
    let (pool, secret) = pool_with_mfa(EngineKind::Sqlite, opt_in()).await;
    let (device, tokens) = device_with_mfa(&pool, &secret).await;
    let asked = password_with(&pool, "jane", &device.key).await;
    let signed_in = second_factor(&pool, &asked, &secret).await;
    assert_eq!(signed_in.body["AuthenticationResult"]["NewDeviceMetadata"], Value::Null, "but it is known");
    assert_eq!(claims(&Tokens::of(&signed_in).access)["device_key"], device.key.as_str());

    let remember = |status: &str| json!({"DeviceKey": device.key, "DeviceRememberedStatus": status});
    pool.own("UpdateDeviceStatus", &tokens.access, remember("remembered")).await.ok();
    Tokens::of(&prove(&pool, &password_with(&pool, "jane", &device.key).await, &device).await);
    // Forgotten about between the offer and the proof.
    let asked = password_with(&pool, "jane", &device.key).await;
    pool.own("UpdateDeviceStatus", &tokens.access, remember("not_remembered")).await.ok();
    let responses = json!({"USERNAME": "jane", "DEVICE_KEY": device.key, "SRP_A": Client::new(1).srp_a()});
    let refused = pool.respond("DEVICE_SRP_AUTH", asked.body["Session"].as_str(), &responses).await;
    assert_eq!(refused.refusal(), GONE);
    assert_eq!(password_with(&pool, "jane", &device.key).await.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");

    // Confirmed without a secret: tracked, nothing more.
    let asked = pool.sign_in("jane", PASSWORD).await;
    let signed_in = second_factor(&pool, &asked, &secret).await;
    let bare = Device::of(&signed_in.ok()["AuthenticationResult"]);
    let access = Tokens::of(&signed_in).access;
    pool.own("ConfirmDevice", &access, json!({"DeviceKey": bare.key})).await.ok();
    pool.own("UpdateDeviceStatus", &access, json!({"DeviceKey": bare.key, "DeviceRememberedStatus": "remembered"}))
        .await
        .ok();
    assert_eq!(password_with(&pool, "jane", &bare.key).await.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn the_second_factor_follows_where_the_pool_wants_both() {
    let settings = json!({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": false}});
    let (pool, secret) = pool_with_mfa(EngineKind::Sqlite, settings).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    let (other, _) = device_with_mfa(&pool, &secret).await;
    let asked = prove(&pool, &password_with(&pool, "jane", &device.key).await, &device).await;
    assert_eq!(asked.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    pool.advance(30_000).await;
    let code = shown(&pool, &secret);
    // The device that proved itself is the sign-in's, whatever the next answer names.
    let responses = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code, "DEVICE_KEY": other.key});
    let signed_in = pool.respond("SOFTWARE_TOKEN_MFA", asked.body["Session"].as_str(), &responses).await;
    assert_eq!(claims(&Tokens::of(&signed_in).access)["device_key"], device.key.as_str());
}

#[tokio::test]
async fn an_answer_to_the_second_factor_may_name_the_device() {
    let (pool, secret) = pool_with_mfa(EngineKind::Sqlite, always()).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    for (key, known) in [(device.key.as_str(), true), ("us-east-1_0123", false)] {
        let asked = pool.sign_in("jane", PASSWORD).await;
        pool.advance(30_000).await;
        let code = shown(&pool, &secret);
        let responses = json!({"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code, "DEVICE_KEY": key});
        let signed_in = pool.respond("SOFTWARE_TOKEN_MFA", asked.body["Session"].as_str(), &responses).await;
        assert_eq!(claims(&Tokens::of(&signed_in).access)["device_key"] == key, known, "{key}");
        assert_eq!(signed_in.body["AuthenticationResult"]["NewDeviceMetadata"].is_null(), known, "{key}");
    }
}

async fn a_device_that_is_gone_is_told_after_the_password(engine: EngineKind) {
    let pool = pool(engine, always()).await;
    pool.user("mallory").await;
    let (device, tokens) = device_of(&pool, "jane").await;
    let (mallorys, _) = device_of(&pool, "mallory").await;
    pool.own("ForgetDevice", &tokens.access, json!({"DeviceKey": device.key})).await.ok();
    for key in [device.key.as_str(), &mallorys.key, "us-east-1_0123", "no key", "us-east-1_0\u{1}"] {
        assert_eq!(password_with(&pool, "jane", key).await.refusal(), GONE, "{key}");
        assert_eq!(srp_with(&pool, "jane", key).await.refusal(), GONE, "{key}");
    }
    // Nothing was used up: the same proof without the device signs in.
    let client = Client::new(5);
    let offer = pool.srp(&client, "jane").await;
    let mut answer = client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD);
    answer["DEVICE_KEY"] = json!(device.key);
    assert_eq!(pool.respond("PASSWORD_VERIFIER", None, &answer).await.refusal(), GONE);
    answer.as_object_mut().unwrap().remove("DEVICE_KEY");
    Tokens::of(&pool.respond("PASSWORD_VERIFIER", None, &answer).await);

    // Who does not know the password learns nothing of devices, nor of users.
    let masking = pool.another_client(json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    let pool = TestPool { client: masking, ..pool };
    for (name, key) in [("jane", mallorys.key.as_str()), ("mallory", &mallorys.key), ("nobody", &mallorys.key)] {
        let parameters = json!({"USERNAME": name, "PASSWORD": "Wrong-Horse-1", "DEVICE_KEY": key});
        let refused =
            pool.app("InitiateAuth", json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})).await;
        assert_eq!(refused.refusal(), WRONG, "{name}");
    }
    let sizes: Vec<usize> = {
        let mut sizes = Vec::new();
        for name in ["jane-", "nobody"] {
            let parameters = json!({"USERNAME": name, "SRP_A": client.srp_a(), "DEVICE_KEY": mallorys.key});
            if name == "jane-" {
                pool.user(name).await;
            }
            let offer = pool.app("InitiateAuth", json!({"AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters}));
            sizes.push(offer.await.ok()["ChallengeParameters"]["SECRET_BLOCK"].as_str().unwrap().len());
        }
        sizes
    };
    assert!(sizes[0].abs_diff(sizes[1]) <= 4, "{sizes:?}");
}

#[tokio::test]
async fn a_use_is_noted() {
    let pool = pool(EngineKind::Sqlite, always()).await;
    let (device, _) = device_of(&pool, "jane").await;
    let shown = async || {
        let shown = pool.admin("AdminGetDevice", json!({"Username": "jane", "DeviceKey": device.key})).await;
        shown.ok()["Device"].clone()
    };
    let before = shown().await;
    pool.advance(61_500).await;
    let context = json!({"IpAddress": "192.0.2.7", "ServerName": "s", "ServerPath": "/", "HttpHeaders": []});
    let parameters = json!({"USERNAME": "jane", "PASSWORD": PASSWORD, "DEVICE_KEY": device.key});
    let input = json!({
        "ClientId": pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": parameters,
        "ContextData": context,
    });
    let asked = pool.admin("AdminInitiateAuth", input).await;
    assert_eq!(shown().await, before, "nobody has signed in yet");
    let client = Client::new(8);
    let respond = async |challenge: &str, session: &Value, responses: Value| {
        let input = json!({
            "ClientId": pool.client, "ChallengeName": challenge, "ChallengeResponses": responses, "Session": session,
            "ContextData": context,
        });
        pool.admin("AdminRespondToAuthChallenge", input).await
    };
    let responses = json!({"USERNAME": "jane", "DEVICE_KEY": device.key, "SRP_A": client.srp_a()});
    let offered = respond("DEVICE_SRP_AUTH", &asked.ok()["Session"], responses).await;
    let claim = client.device_answer(&device, &offered.ok()["ChallengeParameters"]);
    Tokens::of(&respond("DEVICE_PASSWORD_VERIFIER", &Value::Null, claim).await);
    let after = shown().await;
    let attributes = after["DeviceAttributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({"Name": "last_ip_used", "Value": "192.0.2.7"})), "{attributes:?}");
    let date = |shown: &Value, name: &str| shown[name].as_f64().unwrap();
    assert_eq!(date(&after, "DeviceCreateDate").to_bits(), date(&before, "DeviceCreateDate").to_bits());
    for name in ["DeviceLastAuthenticatedDate", "DeviceLastModifiedDate"] {
        assert!(date(&after, name) > date(&before, name) + 60.0, "{name}");
    }
}

/// A pool whose own challenge is right for the answer `yes`, alone or after SRP.
async fn custom_pool() -> (TestPool, Arc<RecordingLambda>) {
    let lambda = Arc::new(RecordingLambda::default());
    lambda.handles("define", |event| {
        let rounds = event["request"]["session"].as_array().unwrap();
        let last = rounds.last().map_or(("", false), |round| {
            (round["challengeName"].as_str().unwrap(), round["challengeResult"] == json!(true))
        });
        let response = match last {
            ("SRP_A", true) => {
                json!({"challengeName": "PASSWORD_VERIFIER", "issueTokens": false, "failAuthentication": false})
            }
            ("CUSTOM_CHALLENGE", right) => json!({"issueTokens": right, "failAuthentication": !right}),
            _ => json!({"challengeName": "CUSTOM_CHALLENGE", "issueTokens": false, "failAuthentication": false}),
        };
        let mut event = event.clone();
        event["response"] = response;
        Ok(stepwell_core::ports::lambda::LambdaAnswer::Returned(zeroize::Zeroizing::new(
            event.to_string().into_bytes(),
        )))
    });
    lambda.responds("create", json!({"publicChallengeParameters": {}, "privateChallengeParameters": {}}));
    lambda.responds("verify", json!({"answerCorrect": true}));
    let triggers = json!({
        "DefineAuthChallenge": RecordingLambda::arn("define"), "CreateAuthChallenge": RecordingLambda::arn("create"),
        "VerifyAuthChallengeResponse": RecordingLambda::arn("verify"),
        "PostAuthentication": RecordingLambda::arn("post"), "PreTokenGeneration": RecordingLambda::arn("tokens"),
    });
    lambda.responds("post", json!({}));
    lambda.responds("tokens", json!({}));
    let domain = DomainBuilder::default().lambda(&lambda).build().await.unwrap();
    let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
    let mut settings = always();
    settings["LambdaConfig"] = triggers;
    let flows =
        json!({"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    let pool = TestPool::at(server, settings, flows).await;
    pool.user("jane").await;
    (pool, lambda)
}

#[tokio::test]
async fn a_device_follows_the_pools_own_challenge() {
    let (pool, lambda) = custom_pool().await;
    let start = async |parameters: Value| {
        pool.app("InitiateAuth", json!({"AuthFlow": "CUSTOM_AUTH", "AuthParameters": parameters})).await
    };
    let yes = async |asked: &Answer| {
        assert_eq!(asked.ok()["ChallengeName"], "CUSTOM_CHALLENGE");
        pool.respond("CUSTOM_CHALLENGE", asked.body["Session"].as_str(), &json!({"USERNAME": "jane", "ANSWER": "yes"}))
            .await
    };
    let first = yes(&start(json!({"USERNAME": "jane"})).await).await;
    let (device, _) = registered(&pool, &first).await;
    let used = |lambda: &RecordingLambda| {
        let calls = lambda.take();
        let post = calls.iter().find(|call| call.source() == "PostAuthentication_Authentication").unwrap();
        let tokens = calls.iter().find(|call| call.source().starts_with("TokenGeneration")).unwrap();
        (post.event["request"]["newDeviceUsed"].clone(), tokens.source().to_owned())
    };
    assert_eq!(used(&lambda), (json!(true), "TokenGeneration_Authentication".to_owned()));

    let asked = yes(&start(json!({"USERNAME": "jane", "DEVICE_KEY": device.key})).await).await;
    Tokens::of(&prove(&pool, &asked, &device).await);
    assert_eq!(used(&lambda), (json!(false), "TokenGeneration_AuthenticateDevice".to_owned()));

    // After SRP and a challenge; the device is named with the password. And one that is gone is told there.
    let client = Client::new(4);
    let srp = async || {
        let offer = start(json!({"USERNAME": "jane", "CHALLENGE_NAME": "SRP_A", "SRP_A": client.srp_a()})).await;
        client.answer(&pool.id, &offer.ok()["ChallengeParameters"], PASSWORD)
    };
    let mut answer = srp().await;
    answer["DEVICE_KEY"] = json!("us-east-1_0123");
    assert_eq!(pool.respond("PASSWORD_VERIFIER", None, &answer).await.refusal(), GONE);
    answer["DEVICE_KEY"] = json!(device.key);
    let asked = yes(&pool.respond("PASSWORD_VERIFIER", None, &answer).await).await;
    Tokens::of(&prove(&pool, &asked, &device).await);

    // A stale key from the start of the pool's own flow is as none: the answer could not be given again.
    let signed_in = yes(&start(json!({"USERNAME": "jane", "DEVICE_KEY": "us-east-1_0123"})).await).await;
    let fresh = Device::of(&signed_in.ok()["AuthenticationResult"]);
    confirm(&pool, &Tokens::of(&signed_in).access, &fresh).await.ok();
}

#[tokio::test]
async fn a_new_password_comes_before_the_device() {
    let (pool, secret) = pool_with_mfa(EngineKind::Sqlite, always()).await;
    let (device, _) = device_with_mfa(&pool, &secret).await;
    let temporary = json!({"Username": "jane", "Password": "Temporary-12", "Permanent": false});
    pool.admin("AdminSetUserPassword", temporary).await.ok();
    let parameters = json!({"USERNAME": "jane", "PASSWORD": "Temporary-12", "DEVICE_KEY": device.key});
    let asked = pool.app("InitiateAuth", json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})).await;
    assert_eq!(asked.ok()["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let responses = json!({"USERNAME": "jane", "NEW_PASSWORD": "Another-Horse-2", "DEVICE_KEY": device.key});
    let asked = pool.respond("NEW_PASSWORD_REQUIRED", asked.body["Session"].as_str(), &responses).await;
    Tokens::of(&prove(&pool, &asked, &device).await);
}
