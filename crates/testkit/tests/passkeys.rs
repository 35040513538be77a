//! Passkeys through the doors: settings, registration and each refusal of it, the list, and sign-in, with a software
//! authenticator.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::passkeys::AndroidApp;
use stepwell_core::{HOUR, MINUTE};
use stepwell_testkit::authenticator::{Attestation, Authenticator, SoftPasskey};
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, TestPool, TestServer, Tokens};

const DOMAIN: &str = "example.com";
const ORIGIN: &str = "https://app.example.com";
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");

/// A pool whose users may begin with a password or a passkey of `example.com`.
async fn pool(client: Value) -> TestPool {
    pool_on(EngineKind::Sqlite, client).await
}

async fn pool_on(engine: EngineKind, client: Value) -> TestPool {
    pool_at(DomainBuilder::default().engine(engine), client).await
}

async fn pool_at(domain: DomainBuilder, client: Value) -> TestPool {
    let flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let mut settings = json!({"ExplicitAuthFlows": flows});
    settings.as_object_mut().unwrap().extend(client.as_object().unwrap().clone());
    let server = TestServer::with(domain.build().await.unwrap(), Mode::Dev { allow_remote: false });
    let pool = TestPool::at(server, policies(&["PASSWORD", "WEB_AUTHN"]), settings).await;
    configure(&pool, json!({"RelyingPartyId": DOMAIN})).await.ok();
    pool.user("ann").await;
    pool
}

fn policies(factors: &[&str]) -> Value {
    json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}})
}

async fn configure(pool: &TestPool, webauthn: Value) -> Answer {
    pool.admin("SetUserPoolMfaConfig", json!({"WebAuthnConfiguration": webauthn})).await
}

async fn start(pool: &TestPool, access: &str) -> Answer {
    pool.own("StartWebAuthnRegistration", access, json!({})).await
}

async fn options(pool: &TestPool, access: &str) -> Value {
    start(pool, access).await.ok()["CredentialCreationOptions"].clone()
}

async fn complete(pool: &TestPool, access: &str, credential: &Value) -> Answer {
    pool.own("CompleteWebAuthnRegistration", access, json!({"Credential": credential})).await
}

async fn list(pool: &TestPool, access: &str) -> Vec<Value> {
    let answer = pool.own("ListWebAuthnCredentials", access, json!({})).await;
    answer.ok()["Credentials"].as_array().unwrap().clone()
}

/// Registers a passkey of this authenticator.
async fn register(pool: &TestPool, name: &str, authenticator: &Authenticator) -> SoftPasskey {
    let access = pool.tokens(name).await.access;
    let (passkey, credential) = authenticator.create(&options(pool, &access).await);
    complete(pool, &access, &credential).await.ok();
    passkey
}

/// Begins a sign-in with the wish for a passkey.
async fn ask(pool: &TestPool, name: &str) -> Answer {
    let parameters = json!({"USERNAME": name, "PREFERRED_CHALLENGE": "WEB_AUTHN"});
    pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await
}

fn session(answer: &Answer) -> &str {
    answer.ok()["Session"].as_str().unwrap()
}

fn request(answer: &Answer) -> Value {
    assert_eq!(answer.ok()["ChallengeName"], "WEB_AUTHN", "{}", answer.body);
    answer.body["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"].clone()
}

/// Answers with this credential.
async fn respond(pool: &TestPool, name: &str, asked: &Answer, credential: &Value) -> Answer {
    let responses = json!({"USERNAME": name, "CREDENTIAL": credential.to_string()});
    pool.respond("WEB_AUTHN", Some(session(asked)), &responses).await
}

/// A whole sign-in with this passkey.
async fn sign_in(pool: &TestPool, name: &str, authenticator: &Authenticator, passkey: &mut SoftPasskey) -> Answer {
    let asked = ask(pool, name).await;
    let credential = authenticator.get(passkey, &request(&asked));
    respond(pool, name, &asked, &credential).await
}

fn amr(tokens: &Tokens) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(tokens.id.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice::<Value>(&payload).unwrap()["amr"].clone()
}

#[tokio::test]
async fn settings_are_checked_kept_and_returned() {
    let pool = TestPool::new(policies(&["PASSWORD", "WEB_AUTHN"]), json!({})).await;
    let given = json!({
        "RelyingPartyId": DOMAIN, "UserVerification": "required",
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
    });
    assert_eq!(configure(&pool, given.clone()).await.ok()["WebAuthnConfiguration"], given);
    assert_eq!(pool.admin("GetUserPoolMfaConfig", json!({})).await.ok()["WebAuthnConfiguration"], given);
    // UpdateUserPool does not know them, and leaves them alone.
    pool.admin("UpdateUserPool", policies(&["PASSWORD", "WEB_AUTHN"])).await.ok();
    assert_eq!(pool.admin("GetUserPoolMfaConfig", json!({})).await.ok()["WebAuthnConfiguration"], given);
    for bad in ["com", "co.uk", "https://example.com", "Example.com", "127.0.0.1"] {
        let refused = configure(&pool, json!({"RelyingPartyId": bad})).await;
        assert_eq!(refused.error(), Some("InvalidParameterException"), "{bad}");
    }
    configure(&pool, json!({"RelyingPartyId": "localhost"})).await.ok();

    let lite = TestPool::new(json!({"UserPoolTier": "LITE"}), json!({})).await;
    let refused = configure(&lite, json!({"RelyingPartyId": DOMAIN})).await;
    assert_eq!(refused.error(), Some("FeatureUnavailableInTierException"));
}

#[tokio::test]
async fn options_are_what_browsers_expect() {
    let pool = pool(json!({})).await;
    let access = pool.tokens("ann").await.access;
    let given = options(&pool, &access).await;
    let sub = pool.own("GetUser", &access, json!({})).await.ok()["UserAttributes"][0]["Value"].clone();
    assert_eq!(given["rp"], json!({"id": DOMAIN, "name": DOMAIN}));
    assert_eq!(given["user"]["id"], json!(URL_SAFE_NO_PAD.encode(sub.as_str().unwrap())));
    assert_eq!((&given["user"]["name"], &given["user"]["displayName"]), (&json!("ann"), &json!("ann")));
    let algorithms: Vec<_> =
        given["pubKeyCredParams"].as_array().unwrap().iter().map(|one| one["alg"].as_i64().unwrap()).collect();
    assert_eq!(algorithms, [-8, -7, -257]);
    assert_eq!(
        given["authenticatorSelection"],
        json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"})
    );
    assert_eq!((&given["attestation"], &given["excludeCredentials"]), (&json!("none"), &json!([])));
    assert!(URL_SAFE_NO_PAD.decode(given["challenge"].as_str().unwrap()).unwrap().len() >= 16);
    assert_ne!(options(&pool, &access).await["challenge"], given["challenge"]);

    let phone = Authenticator::phone(ORIGIN);
    let passkey = register(&pool, "ann", &phone).await;
    let excluded = &options(&pool, &access).await["excludeCredentials"];
    let id = passkey.credential_id();
    assert_eq!(*excluded, json!([{"type": "public-key", "id": id, "transports": ["hybrid", "internal"]}]));
    configure(&pool, json!({"RelyingPartyId": DOMAIN, "UserVerification": "required"})).await.ok();
    assert_eq!(options(&pool, &access).await["authenticatorSelection"]["userVerification"], "required");
}

#[tokio::test]
async fn a_user_sees_and_removes_own_passkeys_only() {
    let pool = pool(json!({})).await;
    pool.user("bob").await;
    let key = Authenticator { aaguid: [0xfb; 16], ..Authenticator::security_key(ORIGIN) };
    let first = register(&pool, "ann", &key).await;
    let icloud = 0xfbfc_3007_154e_4ecc_8c0b_6e02_0557_d7bd_u128.to_be_bytes();
    let second = register(&pool, "ann", &Authenticator { aaguid: icloud, ..Authenticator::phone(ORIGIN) }).await;
    let (ann, bob) = (pool.tokens("ann").await.access, pool.tokens("bob").await.access);
    let seen = list(&pool, &ann).await;
    let mut ids = [first.credential_id(), second.credential_id()];
    ids.sort();
    assert_eq!(seen.iter().map(|one| one["CredentialId"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    let of = |id: &str| seen.iter().find(|one| one["CredentialId"] == *id).unwrap();
    let security_key = of(&first.credential_id());
    assert_eq!(security_key["FriendlyCredentialName"], "Security key");
    assert_eq!(security_key["RelyingPartyId"], DOMAIN);
    assert_eq!(security_key["AuthenticatorAttachment"], "cross-platform");
    assert_eq!(security_key["AuthenticatorTransports"], json!(["usb"]));
    assert_eq!(security_key["CreatedAt"], 1_800_000_000);
    assert_eq!(of(&second.credential_id())["FriendlyCredentialName"], "iCloud Keychain");

    let page = pool.own("ListWebAuthnCredentials", &ann, json!({"MaxResults": 1})).await;
    assert_eq!(page.ok()["Credentials"][0]["CredentialId"], ids[0]);
    let next = page.body["NextToken"].clone();
    let stolen = pool.own("ListWebAuthnCredentials", &bob, json!({"NextToken": next})).await;
    assert_eq!(stolen.error(), Some("InvalidParameterException"));
    let page = pool.own("ListWebAuthnCredentials", &ann, json!({"MaxResults": 1, "NextToken": next})).await;
    assert_eq!(page.ok()["Credentials"][0]["CredentialId"], ids[1]);
    assert_eq!(page.body["NextToken"], Value::Null);

    assert!(list(&pool, &bob).await.is_empty());
    let delete = json!({"CredentialId": first.credential_id()});
    let refused = pool.own("DeleteWebAuthnCredential", &bob, delete.clone()).await;
    assert_eq!(refused.error(), Some("ResourceNotFoundException"));
    assert_eq!(list(&pool, &ann).await.len(), 2);
    pool.own("DeleteWebAuthnCredential", &ann, delete.clone()).await.ok();
    let again = pool.own("DeleteWebAuthnCredential", &ann, delete).await;
    assert_eq!(again.error(), Some("ResourceNotFoundException"));
    assert_eq!(list(&pool, &ann).await.len(), 1);
}

#[tokio::test]
async fn passkeys_must_be_enabled_and_have_a_relying_party() {
    let flows = json!({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    let pool = TestPool::new(policies(&["PASSWORD"]), flows).await;
    pool.user("ann").await;
    let access = pool.tokens("ann").await.access;
    let nothing = json!({"rawId": "AAAA"});
    assert_eq!(start(&pool, &access).await.error(), Some("WebAuthnNotEnabledException"));
    assert_eq!(complete(&pool, &access, &nothing).await.error(), Some("WebAuthnNotEnabledException"));
    pool.admin("UpdateUserPool", policies(&["PASSWORD", "WEB_AUTHN"])).await.ok();
    assert_eq!(start(&pool, &access).await.error(), Some("WebAuthnConfigurationMissingException"));
    let refused = complete(&pool, &access, &nothing).await;
    assert_eq!(refused.error(), Some("WebAuthnRelyingPartyMismatchException"));
    configure(&pool, json!({"RelyingPartyId": DOMAIN})).await.ok();
    start(&pool, &access).await.ok();
    let signed_out = pool.own("StartWebAuthnRegistration", "a.b.c", json!({})).await;
    assert_eq!(signed_out.error(), Some("NotAuthorizedException"));
}

#[tokio::test]
async fn an_android_application_that_the_operator_named_registers_and_signs_in() {
    let app = Authenticator::phone(&format!("android:apk-key-hash:{}", URL_SAFE_NO_PAD.encode([0xAB; 32])));
    let domain = DomainBuilder::default().settings(|settings| {
        settings.android_apps = vec![AndroidApp::new(DOMAIN, &"AB".repeat(32)).unwrap()];
    });
    let pool = pool_at(domain, json!({})).await;
    let mut passkey = register(&pool, "ann", &app).await;
    Tokens::of(&sign_in(&pool, "ann", &app, &mut passkey).await);
    let stranger = Authenticator::phone(&format!("android:apk-key-hash:{}", URL_SAFE_NO_PAD.encode([0xAC; 32])));
    assert_eq!(sign_in(&pool, "ann", &stranger, &mut passkey).await.refusal(), WRONG);
    // The application of one relying party is a stranger to another.
    configure(&pool, json!({"RelyingPartyId": "example.org"})).await.ok();
    let access = pool.tokens("ann").await.access;
    let (_, credential) = app.create(&options(&pool, &access).await);
    let refused = complete(&pool, &access, &credential).await;
    assert_eq!(refused.error(), Some("WebAuthnOriginNotAllowedException"));
}

#[tokio::test]
async fn each_wrong_registration_is_refused_and_keeps_nothing() {
    let pool = pool(json!({})).await;
    let access = pool.tokens("ann").await.access;
    let phone = || Authenticator::phone(ORIGIN);
    let origin = |origin: &str| Authenticator::phone(origin);
    let flags = |change: fn(&mut Authenticator)| {
        let mut changed = phone();
        change(&mut changed);
        changed
    };
    let cases = [
        ("WebAuthnOriginNotAllowedException", origin("https://example.org")),
        ("WebAuthnOriginNotAllowedException", origin("http://app.example.com")),
        ("WebAuthnOriginNotAllowedException", origin("https://badexample.com")),
        ("WebAuthnOriginNotAllowedException", origin("android:apk-key-hash:pYC6Lb3DRXgr7nmcUFt6NBK2nXgEWI")),
        ("WebAuthnOriginNotAllowedException", Authenticator { cross_origin: true, ..phone() }),
        (
            "WebAuthnRelyingPartyMismatchException",
            Authenticator { relying_party_id: Some("app.example.com"), ..phone() },
        ),
        ("WebAuthnChallengeNotFoundException", Authenticator { challenge: Some("AAAA".to_owned()), ..phone() }),
        ("InvalidParameterException", Authenticator { kind: Some("webauthn.get"), ..phone() }),
        ("WebAuthnCredentialNotSupportedException", flags(|it| it.flags.user_present = false)),
        ("WebAuthnCredentialNotSupportedException", flags(|it| it.flags.backup_eligible = false)),
        ("WebAuthnCredentialNotSupportedException", Authenticator { algorithm: -35, ..phone() }),
        ("WebAuthnCredentialNotSupportedException", Authenticator { algorithm: -65_535, ..phone() }),
        ("WebAuthnCredentialNotSupportedException", Authenticator { attestation: Attestation::Unknown, ..phone() }),
        (
            "WebAuthnCredentialNotSupportedException",
            Authenticator { attestation: Attestation::PackedForged, ..phone() },
        ),
    ];
    for (error, authenticator) in cases {
        let (_, credential) = authenticator.create(&options(&pool, &access).await);
        let answer = complete(&pool, &access, &credential).await;
        assert_eq!(answer.error(), Some(error), "{authenticator:?}: {}", answer.body);
    }
    assert!(list(&pool, &access).await.is_empty());

    let packed = Authenticator { attestation: Attestation::PackedSelf, ..phone() };
    register(&pool, "ann", &packed).await;
    // Where it is demanded, the authenticator must verify its user.
    configure(&pool, json!({"RelyingPartyId": DOMAIN, "UserVerification": "required"})).await.ok();
    let (_, credential) = phone().without_verification().create(&options(&pool, &access).await);
    let answer = complete(&pool, &access, &credential).await;
    assert_eq!(answer.error(), Some("WebAuthnCredentialNotSupportedException"));
    assert_eq!(list(&pool, &access).await.len(), 1);
}

#[tokio::test]
async fn every_edited_registration_is_refused() {
    let pool = pool(json!({})).await;
    let access = pool.tokens("ann").await.access;
    let (_, good) = Authenticator::phone(ORIGIN).create(&options(&pool, &access).await);
    let edits: [(&str, Value); 16] = [
        ("", json!(null)),
        ("", json!("text")),
        ("", json!([])),
        ("", json!({})),
        ("/rawId", json!("")),
        ("/rawId", json!("AAAA")),
        ("/rawId", json!("not base64!")),
        ("/rawId", json!(7)),
        ("/id", json!("AAAA")),
        ("/type", json!("password")),
        ("/response", json!({})),
        ("/response/clientDataJSON", json!("e30")),
        ("/response/clientDataJSON", json!("!")),
        ("/response/attestationObject", json!("oA")),
        ("/response/attestationObject", json!("A".repeat(40_000))),
        ("/response/transports", json!("usb")),
    ];
    for (pointer, value) in edits {
        let mut edited = good.clone();
        *edited.pointer_mut(pointer).unwrap() = value.clone();
        let answer = complete(&pool, &access, &edited).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{pointer} = {value}: {}", answer.body);
    }
    // The good one is still good.
    complete(&pool, &access, &good).await.ok();
}

/// What comes of changing one byte of this field of a response.
fn with_byte_changed(credential: &Value, field: &str, at: usize) -> Option<Value> {
    let mut bytes = URL_SAFE_NO_PAD.decode(credential["response"][field].as_str().unwrap()).unwrap();
    *bytes.get_mut(at)? ^= 0x41;
    let mut changed = credential.clone();
    changed["response"][field] = json!(URL_SAFE_NO_PAD.encode(&bytes));
    Some(changed)
}

#[tokio::test]
async fn a_changed_byte_in_an_attestation_never_breaks_the_server() {
    let pool = pool(json!({})).await;
    let access = pool.tokens("ann").await.access;
    let phone = Authenticator { attestation: Attestation::PackedSelf, ..Authenticator::phone(ORIGIN) };
    let mut refused = 0;
    for at in 0.. {
        let (_, credential) = phone.create(&options(&pool, &access).await);
        let Some(changed) = with_byte_changed(&credential, "attestationObject", at) else { break };
        let answer = complete(&pool, &access, &changed).await;
        // What the signature covers and the names of the fields: everything.
        assert_eq!(answer.status, 400, "byte {at}: {}", answer.body);
        assert_ne!(answer.error(), Some("InternalErrorException"));
        refused += 1;
    }
    assert!(refused > 200, "{refused}");
    assert!(list(&pool, &access).await.is_empty());
}

#[tokio::test]
async fn a_changed_byte_anywhere_in_an_assertion_is_refused() {
    let pool = pool(json!({})).await;
    let phone = Authenticator::phone(ORIGIN);
    let mut passkey = register(&pool, "ann", &phone).await;
    for field in ["clientDataJSON", "authenticatorData", "signature"] {
        for at in 0.. {
            let asked = ask(&pool, "ann").await;
            let credential = phone.get(&mut passkey, &request(&asked));
            let Some(changed) = with_byte_changed(&credential, field, at) else { break };
            assert_eq!(respond(&pool, "ann", &asked, &changed).await.refusal(), WRONG, "{field} {at}");
        }
    }
    Tokens::of(&sign_in(&pool, "ann", &phone, &mut passkey).await);
}

#[tokio::test]
async fn a_registration_is_good_once_for_its_user_and_client_in_time() {
    let pool = pool(json!({})).await;
    pool.user("bob").await;
    let phone = Authenticator::phone(ORIGIN);
    let (ann, bob) = (pool.tokens("ann").await.access, pool.tokens("bob").await.access);
    let other = TestPool { client: pool.another_client(json!({})).await, id: pool.id.clone(), server: pool.server };
    let ann_elsewhere = other.tokens("ann").await.access;
    let (_, credential) = phone.create(&options(&other, &ann).await);
    for (access, error) in
        [(&bob, "WebAuthnChallengeNotFoundException"), (&ann_elsewhere, "WebAuthnClientMismatchException")]
    {
        assert_eq!(complete(&other, access, &credential).await.error(), Some(error));
    }
    complete(&other, &ann, &credential).await.ok();
    let again = complete(&other, &ann, &credential).await;
    assert_eq!(again.error(), Some("WebAuthnChallengeNotFoundException"));
    // Nor with another key.
    let challenge = json!({"challenge": phone_challenge(&credential), "rp": {"id": DOMAIN}, "user": {"id": "AAAA"}});
    let (_, another) = phone.create(&challenge);
    let again = complete(&other, &ann, &another).await;
    assert_eq!(again.error(), Some("WebAuthnChallengeNotFoundException"));
    assert_eq!(list(&other, &ann).await.len(), 1);

    let (_, late) = phone.create(&options(&other, &ann).await);
    other.advance(5 * MINUTE).await;
    assert_eq!(complete(&other, &ann, &late).await.error(), Some("WebAuthnChallengeNotFoundException"));
    let (_, in_time) = phone.create(&options(&other, &ann).await);
    other.advance(5 * MINUTE - 1).await;
    complete(&other, &ann, &in_time).await.ok();
}

fn phone_challenge(credential: &Value) -> Value {
    let data = URL_SAFE_NO_PAD.decode(credential["response"]["clientDataJSON"].as_str().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&data).unwrap()["challenge"].clone()
}

#[tokio::test]
async fn a_credential_is_registered_once_and_nobody_has_more_than_twenty() {
    let pool = pool(json!({})).await;
    pool.user("bob").await;
    let phone = Authenticator::phone(ORIGIN);
    let (ann, bob) = (pool.tokens("ann").await.access, pool.tokens("bob").await.access);
    let (_, credential) = phone.create(&options(&pool, &ann).await);
    complete(&pool, &ann, &credential).await.ok();
    // The same credential under another challenge: a "none" attestation signs nothing, so it can be sent again.
    for access in [&ann, &bob] {
        let again = Authenticator { challenge: None, ..phone.clone() };
        let fresh = options(&pool, access).await;
        let (_, mut edited) = again.create(&fresh);
        for field in ["id", "rawId"] {
            edited[field] = credential[field].clone();
        }
        edited["response"]["attestationObject"] = credential["response"]["attestationObject"].clone();
        let refused = complete(&pool, access, &edited).await;
        assert_eq!(refused.error(), Some("InvalidParameterException"), "{}", refused.body);
    }

    for _ in 1..18 {
        register(&pool, "ann", &phone).await;
    }
    // Three at once into two places.
    let (a, b, c) = (options(&pool, &ann).await, options(&pool, &ann).await, options(&pool, &ann).await);
    let made = [a, b, c].map(|options| phone.create(&options).1);
    let answers = futures_util::future::join_all(made.iter().map(|made| complete(&pool, &ann, made))).await;
    let full = answers.iter().filter(|answer| answer.error() == Some("LimitExceededException")).count();
    assert_eq!(full, 1, "{answers:?}");
    assert_eq!(list(&pool, &ann).await.len(), 20);
    assert_eq!(start(&pool, &ann).await.error(), Some("LimitExceededException"));
    assert_eq!(start(&pool, &bob).await.error(), None);
}

#[tokio::test]
async fn a_passkey_signs_in_on_both_engines() {
    for engine in [EngineKind::Sqlite, EngineKind::Postgres] {
        let pool = pool_on(engine, json!({})).await;
        let phone = Authenticator::phone(ORIGIN);
        let mut passkey = register(&pool, "ann", &phone).await;
        let asked = ask(&pool, "ann").await;
        let given: Value = serde_json::from_str(request(&asked).as_str().unwrap()).unwrap();
        assert_eq!((&given["rpId"], &given["userVerification"]), (&json!(DOMAIN), &json!("preferred")));
        assert_eq!(given["timeout"], 180_000);
        let id = passkey.credential_id();
        let allowed = json!([{"type": "public-key", "id": id, "transports": ["hybrid", "internal"]}]);
        assert_eq!(given["allowCredentials"], allowed);
        let credential = phone.get(&mut passkey, &request(&asked));
        let tokens = Tokens::of(&respond(&pool, "ann", &asked, &credential).await);
        assert_eq!(amr(&tokens), json!(["swk"]));
        // Once.
        let again = respond(&pool, "ann", &asked, &credential).await;
        assert_eq!(again.error(), Some("NotAuthorizedException"));
        // Passkeys that do not count may sign in again and again.
        Tokens::of(&sign_in(&pool, "ann", &phone, &mut passkey).await);

        let key = Authenticator::security_key(ORIGIN);
        let mut passkey = register(&pool, "ann", &key).await;
        for _ in 0..2 {
            let tokens = Tokens::of(&sign_in(&pool, "ann", &key, &mut passkey).await);
            assert_eq!(amr(&tokens), json!(["hwk"]));
        }
    }
}

#[tokio::test]
async fn every_algorithm_that_is_offered_signs_in() {
    let pool = pool(json!({})).await;
    for algorithm in [-8, -7, -257] {
        let phone = Authenticator { algorithm, ..Authenticator::phone(ORIGIN) };
        let mut passkey = register(&pool, "ann", &phone).await;
        Tokens::of(&sign_in(&pool, "ann", &phone, &mut passkey).await);
        let wrong = Authenticator { signs_wrong: true, ..phone };
        assert_eq!(sign_in(&pool, "ann", &wrong, &mut passkey).await.refusal(), WRONG);
    }
}

#[tokio::test]
async fn each_wrong_assertion_is_refused() {
    let pool = pool(json!({})).await;
    pool.user("bob").await;
    let key = || Authenticator::security_key(ORIGIN);
    let mut ann = register(&pool, "ann", &key()).await;
    let mut bob = register(&pool, "bob", &key()).await;
    let cases = [
        Authenticator { origin: "https://example.org".to_owned(), ..key() },
        Authenticator { origin: "http://app.example.com".to_owned(), ..key() },
        Authenticator { cross_origin: true, ..key() },
        Authenticator { relying_party_id: Some("app.example.com"), ..key() },
        Authenticator { kind: Some("webauthn.create"), ..key() },
        Authenticator { challenge: Some("AAAA".to_owned()), ..key() },
        Authenticator { user_handle: Some(b"somebody else".to_vec()), ..key() },
        Authenticator { signs_wrong: true, ..key() },
        // It became a passkey that can be copied, which a key cannot.
        Authenticator { flags: Authenticator::phone(ORIGIN).flags, ..key() },
    ];
    for wrong in cases {
        let answer = sign_in(&pool, "ann", &wrong, &mut ann).await;
        assert_eq!(answer.refusal(), WRONG, "{wrong:?}: {}", answer.body);
    }
    let mut absent = key();
    absent.flags.user_present = false;
    assert_eq!(sign_in(&pool, "ann", &absent, &mut ann).await.refusal(), WRONG);
    // Another user's passkey.
    assert_eq!(sign_in(&pool, "ann", &key(), &mut bob).await.refusal(), WRONG);
    // Another sign-in's challenge.
    let (first, second) = (ask(&pool, "ann").await, ask(&pool, "ann").await);
    let credential = key().get(&mut ann, &request(&first));
    assert_eq!(respond(&pool, "ann", &second, &credential).await.refusal(), WRONG);
    Tokens::of(&respond(&pool, "ann", &first, &credential).await);

    // A copy of the key is found out, whichever of the two comes second.
    let counter = ann.counter;
    Tokens::of(&sign_in(&pool, "ann", &key(), &mut ann).await);
    ann.counter = counter;
    assert_eq!(sign_in(&pool, "ann", &key(), &mut ann).await.refusal(), WRONG);
    ann.counter = counter - 1;
    assert_eq!(sign_in(&pool, "ann", &key(), &mut ann).await.refusal(), WRONG);
    ann.counter = counter + 7;
    Tokens::of(&sign_in(&pool, "ann", &key(), &mut ann).await);

    // A removed one.
    let access = pool.tokens("ann").await.access;
    let asked = ask(&pool, "ann").await;
    let credential = key().get(&mut ann, &request(&asked));
    pool.own("DeleteWebAuthnCredential", &access, json!({"CredentialId": ann.credential_id()})).await.ok();
    assert_eq!(respond(&pool, "ann", &asked, &credential).await.refusal(), WRONG);
}

#[tokio::test]
async fn three_wrong_assertions_end_the_session() {
    let pool = pool(json!({})).await;
    let key = Authenticator::security_key(ORIGIN);
    let mut passkey = register(&pool, "ann", &key).await;
    let asked = ask(&pool, "ann").await;
    let wrong = Authenticator { signs_wrong: true, ..key.clone() }.get(&mut passkey, &request(&asked));
    for garbage in [wrong, json!(null), json!({"rawId": 7})] {
        assert_eq!(respond(&pool, "ann", &asked, &garbage).await.refusal(), WRONG);
    }
    let right = key.get(&mut passkey, &request(&asked));
    let answer = respond(&pool, "ann", &asked, &right).await;
    assert_eq!(answer.refusal(), ("NotAuthorizedException", "Invalid session for the user."));

    let asked = ask(&pool, "ann").await;
    let right = key.get(&mut passkey, &request(&asked));
    pool.advance(HOUR).await;
    assert_eq!(respond(&pool, "ann", &asked, &right).await.error(), Some("NotAuthorizedException"));
}

#[tokio::test]
async fn user_verification_is_demanded_where_the_pool_demands_it() {
    let pool = pool(json!({})).await;
    let key = Authenticator::security_key(ORIGIN);
    let lazy = key.clone().without_verification();
    let mut passkey = register(&pool, "ann", &lazy).await;
    Tokens::of(&sign_in(&pool, "ann", &lazy, &mut passkey).await);
    // Asked before, answered after the pool changed its mind: the stricter counts.
    let asked = ask(&pool, "ann").await;
    for demand in [
        json!({"RelyingPartyId": DOMAIN, "UserVerification": "required"}),
        json!({"RelyingPartyId": DOMAIN, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}),
    ] {
        configure(&pool, demand).await.ok();
        let credential = lazy.get(&mut passkey, &request(&asked));
        assert_eq!(respond(&pool, "ann", &asked, &credential).await.refusal(), WRONG);
        let given: Value = serde_json::from_str(request(&ask(&pool, "ann").await).as_str().unwrap()).unwrap();
        assert_eq!(given["userVerification"], "required");
        assert_eq!(sign_in(&pool, "ann", &lazy, &mut passkey).await.refusal(), WRONG);
        Tokens::of(&sign_in(&pool, "ann", &key, &mut passkey).await);
    }
}

/// What can be chosen from.
async fn choice(pool: &TestPool, name: &str) -> Value {
    let parameters = json!({"USERNAME": name});
    let asked = pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await;
    asked.ok()["AvailableChallenges"].clone()
}

/// A pool in which a passkey can be both factors, and ann, who has one and is asked for a code after a password.
async fn pool_with_two_factors(client: Value) -> (TestPool, Authenticator, SoftPasskey) {
    let pool = pool(client).await;
    let phone = Authenticator::phone(ORIGIN);
    let passkey = register(&pool, "ann", &phone).await;
    let recovery = json!({"RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 1}, {"Name": "verified_email", "Priority": 2},
    ]});
    let mut settings = policies(&["PASSWORD", "WEB_AUTHN"]);
    settings["AccountRecoverySetting"] = recovery;
    settings["SmsConfiguration"] = json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"});
    pool.admin("UpdateUserPool", settings).await.ok();
    let factors = json!({
        "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {},
        "WebAuthnConfiguration":
            {"RelyingPartyId": DOMAIN, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"},
    });
    pool.admin("SetUserPoolMfaConfig", factors).await.ok();
    let on = json!({"Username": "ann", "EmailMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    pool.admin("AdminSetUserMFAPreference", on).await.ok();
    (pool, phone, passkey)
}

#[tokio::test]
async fn a_passkey_is_both_factors_for_who_said_so() {
    let (pool, phone, mut passkey) = pool_with_two_factors(json!({})).await;
    assert_eq!(choice(&pool, "ann").await, json!(["PASSWORD_SRP", "PASSWORD"]));
    let both = json!({"Username": "ann", "WebAuthnMfaSettings": {"Enabled": true}});
    pool.admin("AdminSetUserMFAPreference", both).await.ok();
    assert_eq!(choice(&pool, "ann").await, json!(["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]));
    Tokens::of(&sign_in(&pool, "ann", &phone, &mut passkey).await);
}

#[tokio::test]
async fn nobody_shows_by_the_passkey_that_is_not_both() {
    let (pool, ..) = pool_with_two_factors(json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    let anns = choice(&pool, "ann").await;
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..40 {
        seen.insert(choice(&pool, &format!("nobody-{number}")).await.to_string());
    }
    assert!(seen.contains(&anns.to_string()), "{seen:?}");
    let both = json!({"Username": "ann", "WebAuthnMfaSettings": {"Enabled": true}});
    pool.admin("AdminSetUserMFAPreference", both).await.ok();
    assert!(seen.contains(&choice(&pool, "ann").await.to_string()), "{seen:?}");
}

#[tokio::test]
async fn a_changed_relying_party_leaves_old_passkeys_behind() {
    let pool = pool(json!({})).await;
    let phone = Authenticator::phone(ORIGIN);
    let mut passkey = register(&pool, "ann", &phone).await;
    let asked = ask(&pool, "ann").await;
    let credential = phone.get(&mut passkey, &request(&asked));
    configure(&pool, json!({"RelyingPartyId": "example.org"})).await.ok();
    assert_eq!(respond(&pool, "ann", &asked, &credential).await.refusal(), WRONG);
    let asked = ask(&pool, "ann").await;
    assert_ne!(asked.ok()["ChallengeName"], "WEB_AUTHN", "there is none to ask for");
    configure(&pool, json!({"RelyingPartyId": DOMAIN})).await.ok();
    Tokens::of(&sign_in(&pool, "ann", &phone, &mut passkey).await);
}

#[tokio::test]
async fn nobody_is_asked_for_a_passkey_as_a_user_is() {
    let pool = pool(json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    let phone = Authenticator::phone(ORIGIN);
    let mut passkey = register(&pool, "ann", &phone).await;
    let mut asked_for_one = 0;
    for number in 0..16 {
        let name = format!("nobody-{number}");
        let asked = ask(&pool, &name).await;
        if asked.ok()["ChallengeName"] != "WEB_AUTHN" {
            continue;
        }
        asked_for_one += 1;
        let given: Value = serde_json::from_str(request(&asked).as_str().unwrap()).unwrap();
        let again: Value = serde_json::from_str(request(&ask(&pool, &name).await).as_str().unwrap()).unwrap();
        assert_eq!(given["allowCredentials"], again["allowCredentials"]);
        assert_ne!(given["challenge"], again["challenge"]);
        let real: Value = serde_json::from_str(request(&ask(&pool, "ann").await).as_str().unwrap()).unwrap();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&given), keys(&real));
        assert_eq!(keys(&given["allowCredentials"][0]), keys(&real["allowCredentials"][0]));
        let credential = phone.get(&mut passkey, &request(&asked));
        assert_eq!(respond(&pool, &name, &asked, &credential).await.refusal(), WRONG);
    }
    assert!((1..16).contains(&asked_for_one), "{asked_for_one} of 16");
}
