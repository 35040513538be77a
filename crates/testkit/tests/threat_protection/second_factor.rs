//! What threat protection demands in the middle of a sign-in, and what the tokens say of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_core::ports::clock::Clock as _;
use stepwell_testkit::{Answer, EngineKind, PASSWORD, Tokens, totp};

use super::{BLOCKED, HOME, Protected, SYDNEY, actions, encoded};

on_both_engines!(
    a_mailbox_is_never_asked_twice,
    a_strange_place_is_asked_for_no_less,
    tokens_name_the_event_of_a_sign_in_with_challenges,
    a_new_password_on_the_way_is_in_the_history,
);

impl Protected {
    /// A call of the back end for jane, who is at this address with this device.
    async fn step(&self, operation: &str, address: &str, device: &str, more: Value) -> Answer {
        self.pool.advance(1).await;
        let mut input = json!({
            "ClientId": self.pool.client,
            "ContextData": {
                "IpAddress": address, "ServerName": "s", "ServerPath": "/", "HttpHeaders": [],
                "EncodedData": encoded(device),
            },
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.pool.admin(operation, input).await
    }

    /// A sign-in by a code that jane's mailbox gets.
    async fn by_code(&self, address: &str, device: &str) -> Answer {
        let parameters = json!({"USERNAME": "jane", "PREFERRED_CHALLENGE": "EMAIL_OTP"});
        let begin = json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters});
        let asked = self.step("AdminInitiateAuth", address, device, begin).await;
        self.with_code(&asked, address, device).await
    }

    async fn with_code(&self, asked: &Answer, address: &str, device: &str) -> Answer {
        assert_eq!(asked.ok()["ChallengeName"], "EMAIL_OTP");
        let code = self.pool.code("jane").await;
        let answer = json!({
            "ChallengeName": "EMAIL_OTP", "Session": asked.body["Session"],
            "ChallengeResponses": {"USERNAME": "jane", "EMAIL_OTP_CODE": code},
        });
        self.step("AdminRespondToAuthChallenge", address, device, answer).await
    }
}

fn event_id(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["event_id"].clone()
}

/// A pool in which jane can begin with a code by e-mail, and be asked for one as second factor.
async fn with_codes(engine: EngineKind) -> Protected {
    let this = Protected::new(engine, "ENFORCED").await;
    let pool = &this.pool;
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    let sms = json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"});
    let update = json!({
        "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"},
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        "AutoVerifiedAttributes": ["email"], "AccountRecoverySetting": recovery, "SmsConfiguration": sms,
    });
    pool.admin("UpdateUserPool", update).await.ok();
    let mfa = json!({"MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}});
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let flows = ["ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"];
    let client = json!({"ClientId": pool.client, "ExplicitAuthFlows": flows});
    pool.admin("UpdateUserPoolClient", client).await.ok();
    this
}

/// A code is the first factor: there is no second one to demand, least of all from the same mailbox.
async fn a_mailbox_is_never_asked_twice(engine: EngineKind) {
    let this = with_codes(engine).await;
    this.configure(actions("NO_ACTION", "MFA_REQUIRED", "MFA_REQUIRED", false)).await;
    Tokens::of(&this.by_code(HOME, "laptop").await);
    assert_eq!(this.by_code(SYDNEY, "stranger").await.refusal(), BLOCKED);
    let risk = this.newest().await["EventRisk"].clone();
    assert_eq!((&risk["RiskDecision"], &risk["RiskLevel"]), (&json!("Block"), &json!("High")));
    // After the password it is another factor.
    let asked = this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await;
    let answer = this.with_code(&asked, SYDNEY, "stranger").await;
    Tokens::of(&answer);

    // Demanded only of who has turned one on: such a user could not have begun with a code.
    this.configure(actions("NO_ACTION", "MFA_IF_CONFIGURED", "MFA_IF_CONFIGURED", false)).await;
    this.pool.advance(1_000).await;
    Tokens::of(&this.by_code(HOME, "another stranger").await);
}

/// Who has turned an app on is asked for it wherever the call comes from, and never for a code by e-mail instead.
async fn a_strange_place_is_asked_for_no_less(engine: EngineKind) {
    let this = with_codes(engine).await;
    let mfa = json!({
        "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {}, "SoftwareTokenMfaConfiguration": {"Enabled": true},
    });
    this.pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let access = Tokens::of(&this.sign_in_from(HOME, Some("laptop"), PASSWORD).await).access;
    let secret = this.pool.own("AssociateSoftwareToken", &access, json!({})).await.ok()["SecretCode"].clone();
    let code = totp::code(secret.as_str().unwrap(), this.pool.server.test.clock.now());
    this.pool.own("VerifySoftwareToken", &access, json!({"UserCode": code})).await.ok();
    let on = json!({"SoftwareTokenMfaSettings": {"Enabled": true}});
    this.pool.own("SetUserMFAPreference", &access, on).await.ok();
    for action in ["MFA_IF_CONFIGURED", "MFA_REQUIRED"] {
        this.configure(actions(action, action, action, false)).await;
        for (address, device) in [(HOME, "laptop"), (SYDNEY, "stranger")] {
            let asked = this.sign_in_from(address, Some(device), PASSWORD).await;
            assert_eq!(asked.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA", "{action} {address}");
        }
    }
}

async fn tokens_name_the_event_of_a_sign_in_with_challenges(engine: EngineKind) {
    let this = with_codes(engine).await;
    let tokens = Tokens::of(&this.by_code(HOME, "laptop").await);
    let event = this.newest().await["EventId"].clone();
    assert_eq!((event_id(&tokens.id), event_id(&tokens.access)), (event.clone(), event));

    this.configure(actions("MFA_REQUIRED", "MFA_REQUIRED", "MFA_REQUIRED", false)).await;
    let asked = this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await;
    let tokens = Tokens::of(&this.with_code(&asked, SYDNEY, "stranger").await);
    let event = this.newest().await;
    assert_eq!(event["ChallengeResponses"].as_array().unwrap().len(), 2, "{event}");
    assert_eq!(event["EventResponse"], "Pass");
    let id = event["EventId"].clone();
    assert_eq!((event_id(&tokens.id), event_id(&tokens.access)), (id.clone(), id));
}

async fn a_new_password_on_the_way_is_in_the_history(engine: EngineKind) {
    let this = Protected::new(engine, "AUDIT").await;
    let set = json!({"Username": "jane", "Password": "Temporary-1", "Permanent": false});
    this.pool.admin("AdminSetUserPassword", set).await.ok();
    let asked = this.sign_in_from(HOME, Some("laptop"), "Temporary-1").await;
    let answer = json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": asked.ok()["Session"],
        "ChallengeResponses": {"USERNAME": "jane", "NEW_PASSWORD": PASSWORD},
    });
    let tokens = Tokens::of(&this.step("AdminRespondToAuthChallenge", HOME, "laptop", answer).await);
    let events = this.events().await;
    let kinds: Vec<&str> = events.iter().map(|event| event["EventType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["PasswordChange", "SignIn"]);
    assert_eq!(events[0]["EventContextData"]["IpAddress"], HOME);
    assert_eq!((&events[1]["EventResponse"], event_id(&tokens.id)), (&json!("Pass"), events[1]["EventId"].clone()));
}
