//! Threat protection through the doors: what is configured is what happens, and where it is off nothing is looked at.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a missing member or a failed call fails the test")]

/// Runs each of these functions, which take the engine, as a test on either.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(stepwell_testkit::EngineKind::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(stepwell_testkit::EngineKind::Postgres).await;
            })+
        }
    };
}

mod context;
mod second_factor;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stepwell_api::Mode;
use stepwell_core::ports::breaches::{Breaches, BreachesError};
use stepwell_core::ports::clock::Clock as _;
use stepwell_core::ports::delivery::Message;
use stepwell_core::ports::geo::{Geo, Place};
use stepwell_core::ports::outside::Outside;
use stepwell_core::risk::Location;
use stepwell_testkit::{Answer, DomainBuilder, EngineKind, Observer, PASSWORD, TestPool, TestServer, Tokens};

const HOUR: i64 = 60 * 60 * 1_000;
const BLOCKED: (&str, &str) = ("NotAuthorizedException", "Unable to login because of security reasons.");
const REFUSED: (&str, &str) = ("InvalidPasswordException", "Provided password cannot be used for security reasons.");
/// A password of the test corpus.
const LEAKED: &str = "Summer-2019-Sale!";
/// Two addresses in Berlin, in different networks of one provider; one in Berlin of another; one in Sydney.
const HOME: &str = "192.0.2.10";
const SAME_PROVIDER: &str = "192.0.3.10";
const OTHER: &str = "198.51.100.10";
const SYDNEY: &str = "203.0.113.10";

/// A corpus of one password, and whether it answers.
#[derive(Default)]
struct Corpus {
    away: AtomicBool,
}

#[async_trait]
impl Breaches for Corpus {
    fn is_configured(&self) -> bool {
        true
    }

    async fn range(&self, prefix: &str) -> Result<String, BreachesError> {
        assert_eq!(prefix.len(), 5, "no more than five digits leave");
        if self.away.load(Ordering::Relaxed) {
            return Err(BreachesError("away".to_owned()));
        }
        // sha1("Summer-2019-Sale!")
        let (listed, suffix) = LEAKED_SHA1.split_at(5);
        Ok(if prefix == listed { format!("{:035}:0\r\n{suffix}:42\r\n", 0) } else { String::new() })
    }
}

struct Map;

impl Geo for Map {
    fn look_up(&self, address: IpAddr) -> Option<Place> {
        let berlin = Location { latitude: 52.5, longitude: 13.4 };
        let sydney = Location { latitude: -33.9, longitude: 151.2 };
        let (code, city, location, system) = match address.to_string().as_str() {
            HOME | SAME_PROVIDER => ("DE", "Berlin", berlin, 64_500),
            OTHER => ("DE", "Berlin", berlin, 64_501),
            SYDNEY => ("AU", "Sydney", sydney, 64_502),
            _ => return None,
        };
        Some(Place {
            country_code: Some(code.to_owned()),
            country: None,
            city: Some(city.to_owned()),
            location: Some(location),
            accuracy_km: Some(50),
            system_number: Some(system),
        })
    }
}

struct Protected {
    pool: TestPool,
    corpus: Arc<Corpus>,
}

impl Protected {
    /// A pool in this mode, with jane in it.
    async fn new(engine: EngineKind, mode: &str) -> Self {
        let corpus = Arc::new(Corpus::default());
        let outside = Outside { breaches: Arc::clone(&corpus) as _, geo: Arc::new(Map), ..Outside::default() };
        let domain = DomainBuilder::default().engine(engine).outside(outside).build().await.unwrap();
        let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
        let settings = json!({
            "UserPoolAddOns": {"AdvancedSecurityMode": mode}, "AutoVerifiedAttributes": ["email"],
        });
        let pool = TestPool::at(server, settings, json!({})).await;
        pool.user("jane").await;
        Self { pool, corpus }
    }

    async fn configure(&self, configuration: Value) {
        self.pool.admin("SetRiskConfiguration", configuration).await.ok();
    }

    /// A sign-in by the back end, which knows the address.
    async fn sign_in_from(&self, address: &str, device: Option<&str>, password: &str) -> Answer {
        // No two events at the same time: their order is told by it.
        self.pool.advance(1).await;
        let mut context = json!({"IpAddress": address, "ServerName": "s", "ServerPath": "/", "HttpHeaders": []});
        if let Some(device) = device {
            context["EncodedData"] = json!(encoded(device));
        }
        let input = json!({
            "ClientId": self.pool.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "ContextData": context,
            "AuthParameters": {"USERNAME": "jane", "PASSWORD": password},
        });
        self.pool.admin("AdminInitiateAuth", input).await
    }

    /// A successful one.
    async fn at_home(&self) {
        Tokens::of(&self.sign_in_from(HOME, Some("laptop"), PASSWORD).await);
    }

    async fn events(&self) -> Vec<Value> {
        let events = self.pool.admin("AdminListUserAuthEvents", json!({"Username": "jane"})).await;
        events.ok()["AuthEvents"].as_array().unwrap().clone()
    }

    async fn newest(&self) -> Value {
        self.events().await.remove(0)
    }

    async fn mails(&self) -> Vec<(String, String)> {
        self.pool.server.test.send_messages().await.unwrap();
        let mails = self.pool.server.test.messages.take();
        let of_one = |message| match message {
            Message::Email(email) => Some((email.subject, email.html.to_string())),
            _ => None,
        };
        mails.into_iter().filter_map(of_one).collect()
    }
}

fn encoded(device: &str) -> String {
    let context = json!({"DeviceId": device, "DeviceName": format!("Jane's {device}"), "ClientTimezone": "+01:00"});
    let payload = json!({"contextData": context, "username": "jane", "timestamp": "0"}).to_string();
    STANDARD.encode(json!({"payload": payload, "signature": "s", "version": "v"}).to_string())
}

fn actions(low: &str, medium: &str, high: &str, notify: bool) -> Value {
    let action = |action: &str| json!({"EventAction": action, "Notify": notify});
    let mut takeover =
        json!({"Actions": {"LowAction": action(low), "MediumAction": action(medium), "HighAction": action(high)}});
    if notify {
        takeover["NotifyConfiguration"] = json!({
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/security@example.com",
            "From": "security@example.com",
            "BlockEmail": {
                "Subject": "Blocked", "HtmlBody": "{username} from {city}: <a href={one-click-link-invalid}>no</a>",
            },
            "NoActionEmail": {"Subject": "New", "TextBody": "{ip-address} {event-id} {feedback-token}|"},
        });
    }
    json!({"AccountTakeoverRiskConfiguration": takeover})
}

fn compromised(action: &str) -> Value {
    json!({"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": action}}})
}

on_both_engines!(
    configurations_are_set_described_and_forgotten,
    strange_sign_ins_are_refused_and_remembered_ones_are_not,
    feedback_counts_at_once,
    the_history_has_pages,
);

async fn configurations_are_set_described_and_forgotten(engine: EngineKind) {
    let this = Protected::new(engine, "ENFORCED").await;
    let pool = &this.pool;
    let described = pool.admin("DescribeUserPool", json!({})).await.ok()["UserPool"].clone();
    assert_eq!(described["UserPoolAddOns"], json!({"AdvancedSecurityMode": "ENFORCED"}));
    assert_eq!(described["UserPoolTier"], "PLUS");

    let describe =
        async |input: Value| pool.admin("DescribeRiskConfiguration", input).await.ok()["RiskConfiguration"].clone();
    assert_eq!(describe(json!({})).await, json!({"UserPoolId": pool.id}));
    let mut given = actions("NO_ACTION", "MFA_REQUIRED", "BLOCK", true);
    given["CompromisedCredentialsRiskConfiguration"] =
        json!({"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}});
    given["RiskExceptionConfiguration"] =
        json!({"BlockedIPRangeList": ["10.0.0.0/8"], "SkippedIPRangeList": ["2001:db8::/32"]});
    let set = pool.admin("SetRiskConfiguration", given.clone()).await.ok()["RiskConfiguration"].clone();
    for part in
        ["AccountTakeoverRiskConfiguration", "CompromisedCredentialsRiskConfiguration", "RiskExceptionConfiguration"]
    {
        assert_eq!(set[part], given[part]);
    }
    assert_eq!(describe(json!({})).await, set);
    assert!(set["LastModifiedDate"].is_number());

    // A client has its own, or none.
    let client = json!({"ClientId": pool.client});
    assert_eq!(describe(client.clone()).await, json!({"UserPoolId": pool.id, "ClientId": pool.client}));
    let mut own = compromised("NO_ACTION");
    own["ClientId"] = json!(pool.client);
    pool.admin("SetRiskConfiguration", own).await.ok();
    let described = describe(client.clone()).await;
    let filter = &described["CompromisedCredentialsRiskConfiguration"]["EventFilter"];
    assert_eq!(filter.as_array().unwrap().len(), 3, "defaults to all events");
    // Each request replaces the whole.
    this.configure(compromised("BLOCK")).await;
    assert!(describe(json!({})).await.get("RiskExceptionConfiguration").is_none());
    pool.admin("SetRiskConfiguration", client.clone()).await.ok();
    this.configure(json!({})).await;
    assert_eq!(describe(client).await, json!({"UserPoolId": pool.id, "ClientId": pool.client}));
    assert_eq!(describe(json!({})).await, json!({"UserPoolId": pool.id}));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let this = Protected::new(EngineKind::Sqlite, "AUDIT").await;
    let pool = &this.pool;
    let mut silent = actions("BLOCK", "BLOCK", "BLOCK", true);
    silent["AccountTakeoverRiskConfiguration"].as_object_mut().unwrap().remove("NotifyConfiguration");
    let mut bodyless = actions("BLOCK", "BLOCK", "BLOCK", true);
    bodyless["AccountTakeoverRiskConfiguration"]["NotifyConfiguration"]["BlockEmail"] = json!({"Subject": "x"});
    let mut sender = actions("BLOCK", "BLOCK", "BLOCK", true);
    sender["AccountTakeoverRiskConfiguration"]["NotifyConfiguration"]["From"] = json!("a@b\r\nBcc: c@d");
    let range = |range: &str| json!({"RiskExceptionConfiguration": {"BlockedIPRangeList": [range]}});
    let many = json!({"RiskExceptionConfiguration": {"SkippedIPRangeList": vec!["10.0.0.0/8"; 201]}});
    for bad in [silent, bodyless, sender, range("10.0.0.1"), range("10.0.0.0/33"), range("ten/8"), many] {
        let answer = pool.admin("SetRiskConfiguration", bad.clone()).await;
        assert_eq!(answer.error(), Some("InvalidParameterException"), "{bad} {}", answer.body);
    }
    let elsewhere = json!({"ClientId": "0123456789abcdefghijklmnop"});
    assert_eq!(pool.admin("SetRiskConfiguration", elsewhere).await.error(), Some("ResourceNotFoundException"));

    let bare = TestPool::new(json!({}), json!({})).await;
    let off = bare.admin("SetRiskConfiguration", range("10.0.0.0/8")).await;
    assert_eq!(off.error(), Some("UserPoolAddOnNotEnabledException"));
    // Tidying up is possible all the same.
    bare.admin("SetRiskConfiguration", json!({})).await.ok();
    bare.user("jane").await;
    let events = bare.admin("AdminListUserAuthEvents", json!({"Username": "jane"})).await;
    assert_eq!(events.error(), Some("UserPoolAddOnNotEnabledException"));
    let add_ons = json!({"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}});
    let mut essentials = add_ons.clone();
    essentials["UserPoolTier"] = json!("ESSENTIALS");
    let refused = bare.admin("UpdateUserPool", essentials).await;
    assert_eq!(refused.error(), Some("FeatureUnavailableInTierException"));
    bare.admin("UpdateUserPool", add_ons).await.ok();
    // This server has no corpus to compare with.
    let block = bare.admin("SetRiskConfiguration", compromised("BLOCK")).await;
    assert!(block.refusal().1.contains("no breach corpus"), "{}", block.body);
    bare.admin("SetRiskConfiguration", compromised("NO_ACTION")).await.ok();
}

#[tokio::test]
async fn leaked_passwords_are_refused() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let pool = &this.pool;
    this.configure(compromised("BLOCK")).await;
    let sign_up = |password: &str| {
        json!({"Username": "ann", "Password": password, "UserAttributes": [
        {"Name": "email", "Value": "ann@example.com"}]})
    };
    assert_eq!(pool.app("SignUp", sign_up(LEAKED)).await.refusal(), REFUSED);
    pool.app("SignUp", sign_up(PASSWORD)).await.ok();

    let tokens = pool.tokens("jane").await;
    let change = json!({"PreviousPassword": PASSWORD, "ProposedPassword": LEAKED});
    assert_eq!(pool.own("ChangePassword", &tokens.access, change).await.refusal(), REFUSED);
    pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
    let code = pool.code("jane").await;
    let confirm = |password: &str| json!({"Username": "jane", "ConfirmationCode": code, "Password": password});
    assert_eq!(pool.app("ConfirmForgotPassword", confirm(LEAKED)).await.refusal(), REFUSED);
    pool.app("ConfirmForgotPassword", confirm("Another-Horse-2")).await.ok();

    // An administrator can set it; the user's next sign-in says what it is worth.
    let set = json!({"Username": "jane", "Password": LEAKED, "Permanent": true});
    pool.admin("AdminSetUserPassword", set).await.ok();
    pool.advance(1).await;
    let refused = pool.sign_in("jane", LEAKED).await;
    assert_eq!(refused.error(), Some("PasswordResetRequiredException"));
    let status = pool.admin("AdminGetUser", json!({"Username": "jane"})).await.ok()["UserStatus"].clone();
    assert_eq!(status, "RESET_REQUIRED");
    assert_eq!(
        this.newest().await["EventRisk"],
        json!({"RiskDecision": "Block", "CompromisedCredentialsDetected": true})
    );
    assert_eq!(pool.sign_in("jane", LEAKED).await.error(), Some("PasswordResetRequiredException"));
    // A wrong password says nothing new.
    assert_eq!(pool.sign_in("jane", PASSWORD).await.refusal().1, "Incorrect username or password.");
}

#[tokio::test]
async fn audits_and_absent_corpora_let_people_in() {
    let this = Protected::new(EngineKind::Sqlite, "AUDIT").await;
    this.configure(compromised("BLOCK")).await;
    let set = json!({"Username": "jane", "Password": LEAKED, "Permanent": true});
    this.pool.admin("AdminSetUserPassword", set).await.ok();
    Tokens::of(&this.sign_in_from(HOME, None, LEAKED).await);
    assert_eq!(this.newest().await["EventRisk"]["CompromisedCredentialsDetected"], true);
    this.corpus.away.store(true, Ordering::Relaxed);
    Tokens::of(&this.sign_in_from(HOME, None, LEAKED).await);
    let event = this.newest().await;
    assert_eq!(event["EventRisk"], json!({"RiskDecision": "NoRisk"}), "unknown is not said to be false");

    let enforced = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    enforced.configure(compromised("BLOCK")).await;
    enforced.corpus.away.store(true, Ordering::Relaxed);
    let sign_up = json!({"Username": "ann", "Password": LEAKED, "UserAttributes": [
        {"Name": "email", "Value": "ann@example.com"}]});
    enforced.pool.app("SignUp", sign_up).await.ok();
}

async fn strange_sign_ins_are_refused_and_remembered_ones_are_not(engine: EngineKind) {
    let this = Protected::new(engine, "ENFORCED").await;
    this.configure(actions("NO_ACTION", "BLOCK", "BLOCK", false)).await;
    // Nothing is known of a user who never signed in.
    this.at_home().await;
    let event = this.newest().await;
    assert_eq!(event["EventRisk"], json!({"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false}));
    assert_eq!(event["EventResponse"], "Pass");
    assert_eq!(event["EventType"], "SignIn");
    assert_eq!(event["ChallengeResponses"], json!([{"ChallengeName": "Password", "ChallengeResponse": "Success"}]));
    assert_eq!(
        event["EventContextData"],
        json!({
            "IpAddress": HOME, "DeviceName": "Jane's laptop", "Timezone": "+01:00", "City": "Berlin", "Country": "DE",
        })
    );
    // The same again, and from another network of the same provider.
    this.at_home().await;
    Tokens::of(&this.sign_in_from(SAME_PROVIDER, Some("laptop"), PASSWORD).await);
    // Another network is a little out of the ordinary; with another device, or none, it is too much.
    Tokens::of(&this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskLevel"], "Low");
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "AccountTakeover");
    this.pool.advance(48 * HOUR).await;
    for device in [Some("stranger"), None] {
        let answer = this.sign_in_from(SYDNEY, device, PASSWORD).await;
        assert_eq!(answer.refusal(), BLOCKED);
        let event = this.newest().await;
        assert_eq!(event["EventRisk"]["RiskDecision"], "Block");
        assert_eq!(event["EventRisk"]["RiskLevel"], "High");
        assert_eq!(event["EventResponse"], "Fail");
    }
    // What was refused is not remembered, and what was let in is.
    assert_eq!(this.sign_in_from(SYDNEY, Some("laptop"), PASSWORD).await.refusal(), BLOCKED);
    Tokens::of(&this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "NoRisk");
}

#[tokio::test]
async fn an_audit_only_watches() {
    let this = Protected::new(EngineKind::Sqlite, "AUDIT").await;
    this.configure(actions("BLOCK", "BLOCK", "BLOCK", true)).await;
    this.at_home().await;
    Tokens::of(&this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await);
    let risk = this.newest().await["EventRisk"].clone();
    assert_eq!((&risk["RiskLevel"], &risk["RiskDecision"]), (&json!("High"), &json!("AccountTakeover")));
    assert!(this.mails().await.is_empty());
    let mut blocked = json!({"RiskExceptionConfiguration": {"BlockedIPRangeList": ["0.0.0.0/0"]}});
    this.configure(blocked.take()).await;
    this.at_home().await;
}

#[tokio::test]
async fn nobody_travels_that_fast() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    this.configure(actions("NO_ACTION", "NO_ACTION", "BLOCK", false)).await;
    this.at_home().await;
    this.pool.advance(30 * HOUR).await;
    // New network and country.
    Tokens::of(&this.sign_in_from(SYDNEY, Some("laptop"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskLevel"], "Medium");
    this.pool.advance(30 * HOUR).await;
    this.at_home().await;
    this.pool.advance(HOUR).await;
    // Both are known by now, and yet.
    Tokens::of(&this.sign_in_from(SYDNEY, Some("laptop"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskLevel"], "Medium");
    assert_eq!(this.sign_in_from(HOME, Some("stranger"), PASSWORD).await.refusal(), BLOCKED);
}

#[tokio::test]
async fn guesses_count_where_they_are_made() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    this.configure(actions("NO_ACTION", "BLOCK", "BLOCK", false)).await;
    this.at_home().await;
    for _ in 0..10 {
        // Slow enough for the lockout to forget each time.
        this.pool.advance(HOUR).await;
        assert_eq!(this.sign_in_from(OTHER, None, "Wrong-Horse-9").await.error(), Some("NotAuthorizedException"));
    }
    let event = this.newest().await;
    assert_eq!(event["EventResponse"], "Fail");
    assert_eq!(event["ChallengeResponses"], json!([{"ChallengeName": "Password", "ChallengeResponse": "Failure"}]));
    this.pool.advance(HOUR).await;
    assert_eq!(this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await.refusal(), BLOCKED);
    // The user at home has nothing to do with it.
    this.at_home().await;
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "NoRisk");
}

#[tokio::test]
async fn lists_of_addresses_go_before_everything() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let mut configuration = actions("BLOCK", "BLOCK", "BLOCK", false);
    configuration["RiskExceptionConfiguration"] =
        json!({"BlockedIPRangeList": ["198.51.100.0/24"], "SkippedIPRangeList": ["203.0.113.0/24", "198.51.100.0/24"]});
    this.configure(configuration).await;
    this.at_home().await;
    let refused = ("NotAuthorizedException", "Request not allowed due to security reasons.");
    for password in [PASSWORD, "Wrong-Horse-9"] {
        assert_eq!(this.sign_in_from(OTHER, Some("laptop"), password).await.refusal(), refused);
    }
    Tokens::of(&this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "NoRisk");

    // The doors of apps, from this machine.
    this.configure(json!({"RiskExceptionConfiguration": {"BlockedIPRangeList": ["127.0.0.0/8"]}})).await;
    assert_eq!(this.pool.sign_in("jane", PASSWORD).await.refusal(), refused);
    assert_eq!(this.pool.app("ForgotPassword", json!({"Username": "jane"})).await.refusal(), refused);
    this.at_home().await;
}

#[tokio::test]
async fn claimed_addresses_are_believed_only_from_back_ends() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let pool = &this.pool;
    this.configure(json!({"RiskExceptionConfiguration": {"BlockedIPRangeList": ["198.51.100.0/24"]}})).await;
    let sign_in = async |client: &str, hash: Option<&str>| {
        let mut parameters = json!({"USERNAME": "jane", "PASSWORD": PASSWORD});
        if let Some(hash) = hash {
            parameters["SECRET_HASH"] = json!(hash);
        }
        let input = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters,
            "UserContextData": {"IpAddress": OTHER}});
        pool.server.app("InitiateAuth", &input).await
    };
    Tokens::of(&sign_in(&pool.client, None).await);
    assert_eq!(this.newest().await["EventContextData"]["IpAddress"], "127.0.0.1");

    for (propagates, expected) in [(false, None), (true, Some("NotAuthorizedException"))] {
        let settings = json!({
            "GenerateSecret": true, "EnablePropagateAdditionalUserContextData": propagates,
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
        });
        let client = pool.another_client(settings).await;
        let described = pool.admin("DescribeUserPoolClient", json!({"ClientId": client})).await;
        let secret = described.ok()["UserPoolClient"]["ClientSecret"].as_str().unwrap().to_owned();
        let hash = secret_hash("jane", &secret, &client);
        assert_eq!(sign_in(&client, Some(&hash)).await.error(), expected, "propagates: {propagates}");
    }
}

#[tokio::test]
async fn a_second_factor_is_demanded_of_who_has_one() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    this.configure(actions("NO_ACTION", "MFA_REQUIRED", "MFA_REQUIRED", false)).await;
    this.at_home().await;
    assert_eq!(this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await.refusal(), BLOCKED);
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "Block");
    this.configure(actions("NO_ACTION", "MFA_IF_CONFIGURED", "MFA_IF_CONFIGURED", false)).await;
    Tokens::of(&this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "AccountTakeover");
}

async fn feedback_counts_at_once(engine: EngineKind) {
    let this = Protected::new(engine, "ENFORCED").await;
    let pool = &this.pool;
    this.configure(actions("NO_ACTION", "BLOCK", "BLOCK", true)).await;
    this.at_home().await;
    assert!(this.mails().await.is_empty(), "nothing was out of the ordinary");
    Tokens::of(&this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await);
    let mails = this.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let (subject, text) = &mails[0];
    assert_eq!(subject, "New");
    let event = this.newest().await["EventId"].as_str().unwrap().to_owned();
    let token = text.strip_prefix(&format!("{OTHER} {event} ")).unwrap().strip_suffix('|').unwrap().to_owned();
    let feedback = |token: &str, name: &str, event: &str| {
        json!({"UserPoolId": pool.id, "Username": name, "EventId": event, "FeedbackToken": token,
            "FeedbackValue": "Invalid"})
    };
    let update = async |input: Value| pool.server.app("UpdateAuthEventFeedback", &input).await;
    let mut forged = token.clone();
    forged.replace_range(0..1, if token.starts_with('A') { "B" } else { "A" });
    pool.user("ann").await;
    for bad in [
        feedback(&forged, "jane", &event),
        feedback("AAAA", "jane", &event),
        feedback(&token, "ann", &event),
        feedback(&token, "nobody", &event),
        feedback(&token, "jane", "5f0c7d5e-0000-4000-8000-000000000000"),
    ] {
        let answer = update(bad.clone()).await;
        assert_eq!(answer.refusal(), ("NotAuthorizedException", "Invalid feedback token."), "{bad}");
    }
    update(feedback(&token, "jane", &event)).await.ok();
    let given = this.newest().await["EventFeedback"].clone();
    assert_eq!((&given["FeedbackValue"], &given["Provider"]), (&json!("Invalid"), &json!("User")));
    assert!(given["FeedbackDate"].is_number());
    // The network had become a known one; now it is the opposite, and a refused sign-in changes nothing of it.
    for _ in 0..2 {
        assert_eq!(this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await.refusal(), BLOCKED);
    }
    let mails = this.mails().await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].0, "Blocked");
    assert!(mails[0].1.starts_with("jane from Berlin: <a href=http://127.0.0.1:9229/authEventFeedback?user_pool_id="));

    // Following the link only asks; its button tells.
    let link = mails[0].1.split_once("<a href=http://127.0.0.1:9229").unwrap().1.split_once('>').unwrap().0;
    let link = link.replace("&amp;", "&").replace("feedback_value=Invalid", "feedback_value=Valid");
    assert_eq!(pool.server.get(&link).await.status, 200);
    assert!(this.newest().await.get("EventFeedback").is_none());
    let post = http::Request::post(&link).header("host", "127.0.0.1:9229");
    assert_eq!(pool.server.send(post, String::new()).await.status, 200);
    let owned = this.events().await;
    assert!(owned.iter().any(|event| event["EventFeedback"]["FeedbackValue"] == "Valid"));
    Tokens::of(&this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await);
    let broken = link.replace("feedback_token=", "feedback_token=A");
    let post = http::Request::post(&broken).header("host", "127.0.0.1:9229");
    assert_eq!(pool.server.send(post, String::new()).await.status, 400);

    // Administrators need no token, and tokens end.
    let by_admin = |event: &str| json!({"Username": "jane", "EventId": event, "FeedbackValue": "Invalid"});
    pool.admin("AdminUpdateAuthEventFeedback", by_admin(&event)).await.ok();
    assert_eq!(this.sign_in_from(OTHER, Some("laptop"), PASSWORD).await.refusal(), BLOCKED);
    let unknown = pool.admin("AdminUpdateAuthEventFeedback", by_admin("nothing")).await;
    assert_eq!(unknown.error(), Some("ResourceNotFoundException"));
    pool.advance(30 * 24 * HOUR).await;
    assert_eq!(update(feedback(&token, "jane", &event)).await.error(), Some("NotAuthorizedException"));
}

async fn the_history_has_pages(engine: EngineKind) {
    let this = Protected::new(engine, "AUDIT").await;
    for _ in 0..5 {
        this.at_home().await;
        this.pool.advance(1).await;
    }
    assert_eq!(this.sign_in_from(HOME, None, "Wrong-Horse-9").await.error(), Some("NotAuthorizedException"));
    let mut seen = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"Username": "jane", "MaxResults": 2});
        if token.is_string() {
            input["NextToken"] = token;
        }
        let page = this.pool.admin("AdminListUserAuthEvents", input).await;
        seen.extend(page.ok()["AuthEvents"].as_array().unwrap().clone());
        token = page.body["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen, this.events().await);
    assert_eq!(seen.len(), 6);
    assert_eq!(seen[0]["EventResponse"], "Fail");
    let other_list = this.pool.admin("AdminListUserAuthEvents", json!({"Username": "jane", "NextToken": "AAAA"})).await;
    assert_eq!(other_list.error(), Some("InvalidParameterException"));
    let nobody = this.pool.admin("AdminListUserAuthEvents", json!({"Username": "nobody"})).await;
    assert_eq!(nobody.error(), Some("UserNotFoundException"));
}

#[tokio::test]
async fn other_things_that_users_do_are_in_the_history() {
    let this = Protected::new(EngineKind::Sqlite, "AUDIT").await;
    let pool = &this.pool;
    pool.signed_up("ann").await;
    pool.advance(1).await;
    pool.app("ResendConfirmationCode", json!({"Username": "ann"})).await.ok();
    let kinds = async |name: &str| {
        let events = pool.admin("AdminListUserAuthEvents", json!({"Username": name})).await;
        let events = events.ok()["AuthEvents"].as_array().unwrap().clone();
        events.iter().map(|event| event["EventType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("ann").await, ["ResendCode", "SignUp"]);
    let access = pool.tokens("jane").await.access;
    pool.advance(1).await;
    let change = json!({"PreviousPassword": PASSWORD, "ProposedPassword": "Another-Horse-2"});
    pool.own("ChangePassword", &access, change).await.ok();
    pool.advance(1).await;
    pool.app("ForgotPassword", json!({"Username": "jane"})).await.ok();
    assert_eq!(kinds("jane").await, ["ForgotPassword", "PasswordChange", "SignIn"]);
}

/// A pool with an observed store.
async fn observed(settings: Value) -> (TestPool, Observer) {
    let observer = Observer::default();
    let domain = DomainBuilder::default().observer(&observer).build().await.unwrap();
    let server = TestServer::with(domain, Mode::Dev { allow_remote: false });
    let pool = TestPool::at(server, settings, json!({"PreventUserExistenceErrors": "ENABLED"})).await;
    pool.user("jane").await;
    // What is cached is cached from here on.
    pool.tokens("jane").await;
    observer.take();
    (pool, observer)
}

#[tokio::test]
async fn where_it_is_off_nothing_is_looked_at() {
    let (pool, observer) = observed(json!({})).await;
    pool.tokens("jane").await;
    let off = observer.take();
    for call in ["document", "remembered", "event", "submit"] {
        assert!(!off.iter().any(|made| made.starts_with(call)), "{off:?}");
    }
    let (pool, observer) = observed(json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})).await;
    pool.tokens("jane").await;
    let on = observer.take();
    assert!(on.iter().any(|made| made.starts_with("remembered")), "{on:?}");
    assert!(on.iter().any(|made| made.contains("InsertAuthEvent")), "{on:?}");
}

#[tokio::test]
async fn strangers_cannot_tell_who_is_protected() {
    let add_ons = json!({
        "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "AutoVerifiedAttributes": ["email"],
    });
    let (pool, observer) = observed(add_ons).await;
    let mut costs = Vec::new();
    for name in ["jane", "nobo"] {
        let refused = pool.sign_in(name, "Wrong-Horse-9").await;
        assert_eq!(refused.refusal(), ("NotAuthorizedException", "Incorrect username or password."));
        let guess = observer.take();
        pool.app("ForgotPassword", json!({"Username": name})).await.ok();
        costs.push((guess, observer.take()));
    }
    assert_eq!(costs[0], costs[1]);
    assert!(costs[0].0.iter().any(|made| made.contains("InsertAuthEvent")), "{costs:?}");
    // And of nobody nothing is kept.
    let tables = pool.server.test.tables().await;
    assert!(!format!("{tables:?}").contains("nobo"));
}

#[tokio::test]
async fn a_sign_in_in_steps_has_one_event() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let pool = &this.pool;
    this.configure(actions("NO_ACTION", "MFA_REQUIRED", "MFA_REQUIRED", true)).await;
    let mfa = json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}, "MfaConfiguration": "OPTIONAL"});
    pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
    let tokens = Tokens::of(&this.sign_in_from(HOME, Some("laptop"), PASSWORD).await);
    let secret = pool.own("AssociateSoftwareToken", &tokens.access, json!({})).await.ok()["SecretCode"].clone();
    let code = || totp(secret.as_str().unwrap(), pool.server.test.clock.now());
    pool.own("VerifySoftwareToken", &tokens.access, json!({"UserCode": code()})).await.ok();
    let prefer = json!({"SoftwareTokenMfaSettings": {"Enabled": false}});
    pool.own("SetUserMFAPreference", &tokens.access, prefer).await.ok();
    pool.advance(HOUR).await;
    this.at_home().await;

    // The factor is there, if not wanted every time; a stranger needs it.
    let answer = async |challenge: &Answer, code: &str| {
        this.pool.advance(1).await;
        let session = challenge.ok()["Session"].clone();
        let input = json!({
            "ClientId": pool.client, "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": session,
            "ChallengeResponses": {"USERNAME": "jane", "SOFTWARE_TOKEN_MFA_CODE": code},
            "ContextData": {"IpAddress": SYDNEY, "ServerName": "s", "ServerPath": "/", "HttpHeaders": [],
                "EncodedData": encoded("stranger")},
        });
        pool.admin("AdminRespondToAuthChallenge", input).await
    };
    pool.advance(48 * HOUR).await;
    let before = this.events().await.len();
    let challenge = this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await;
    assert_eq!(challenge.ok()["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(this.newest().await["EventResponse"], "InProgress");
    assert_eq!(this.mails().await.len(), 1, "the user is told at once");
    assert!(answer(&challenge, "000000").await.error().is_some());
    let event = this.newest().await;
    assert_eq!(event["EventResponse"], "Fail");
    // Having begun is no success: nothing of it is remembered.
    let again = this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await;
    assert_eq!(this.newest().await["EventRisk"]["RiskLevel"], "High");
    Tokens::of(&answer(&again, &code()).await);
    let event = this.newest().await;
    assert_eq!(event["EventResponse"], "Pass");
    assert_eq!(
        event["ChallengeResponses"],
        json!([
            {"ChallengeName": "Password", "ChallengeResponse": "Success"},
            {"ChallengeName": "Mfa", "ChallengeResponse": "Success"},
        ])
    );
    assert_eq!(this.events().await.len(), before + 2);
    // By now it is a place like another.
    Tokens::of(&this.sign_in_from(SYDNEY, Some("stranger"), PASSWORD).await);
    assert_eq!(this.newest().await["EventRisk"]["RiskDecision"], "NoRisk");
}

#[tokio::test]
async fn a_first_password_is_compared_too() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let pool = &this.pool;
    this.configure(compromised("BLOCK")).await;
    pool.invited("ann", "Temporary-1").await;
    let challenge = pool.sign_in("ann", "Temporary-1").await;
    let session = challenge.ok()["Session"].as_str().unwrap().to_owned();
    let respond = async |password: &str| {
        let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": password});
        pool.respond("NEW_PASSWORD_REQUIRED", Some(&session), &responses).await
    };
    assert_eq!(respond(LEAKED).await.refusal(), REFUSED);
    Tokens::of(&respond("Another-Horse-2").await);
    let events = pool.admin("AdminListUserAuthEvents", json!({"Username": "ann"})).await;
    let events = events.ok()["AuthEvents"].as_array().unwrap().clone();
    let mut kinds: Vec<&str> = events.iter().map(|event| event["EventType"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["PasswordChange", "SignIn"]);
    assert!(events.iter().all(|event| event["EventResponse"] == "Pass"), "{events:?}");
}

#[tokio::test]
async fn a_pools_own_sender_is_told_what_happened() {
    let this = Protected::new(EngineKind::Sqlite, "ENFORCED").await;
    let sender = json!({"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:mail"});
    let settings = json!({
        "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "AutoVerifiedAttributes": ["email"],
        "LambdaConfig": {
            "CustomEmailSender": sender, "KMSKeyID": "arn:aws:kms:us-east-1:000000000000:key/5f0c7d5e",
        },
    });
    this.pool.admin("UpdateUserPool", settings).await.ok();
    this.configure(actions("NO_ACTION", "BLOCK", "BLOCK", true)).await;
    this.at_home().await;
    assert_eq!(this.sign_in_from(OTHER, None, PASSWORD).await.refusal(), BLOCKED);
    this.pool.server.test.send_messages().await.unwrap();
    let messages = this.pool.server.test.messages.take();
    assert_eq!(messages.len(), 1, "{messages:?}");
    let custom = messages.iter().find_map(|message| match message {
        Message::Custom(custom) => Some(custom),
        _ => None,
    });
    let message = custom.unwrap();
    assert_eq!((message.user_name.as_str(), message.to.as_str()), ("jane", "jane@example.com"));
    assert!(message.secret.is_none());
    let told = |name: &str| message.user_attributes[name].as_deref().map(str::to_owned);
    assert_eq!(told("ACCOUNT_TAKE_OVER_ACTION").as_deref(), Some("BLOCK"));
    assert_eq!(told("IP_ADDRESS").as_deref(), Some(OTHER));
    assert_eq!((told("CITY").as_deref(), told("DEVICE_NAME")), (Some("Berlin"), None));
    assert!(told("ONE_CLICK_LINK_INVALID").unwrap().ends_with("&feedback_value=Invalid"));
    assert_eq!(told("EVENT_ID").as_deref(), this.newest().await["EventId"].as_str());
}

/// The six digits of RFC 6238 (SHA-1, 30 seconds) at a time in milliseconds.
fn totp(secret: &str, now: i64) -> String {
    use aws_lc_rs::hmac;
    let mut key = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for digit in secret.bytes().filter_map(|byte| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|d| *d == byte)) {
        buffer = buffer << 5 | u32::try_from(digit).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from(buffer >> bits & 255).unwrap());
        }
    }
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(now / 30_000).to_be_bytes());
    let tag = tag.as_ref();
    let start = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes(tag[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

const LEAKED_SHA1: &str = "1A539F11CD1C741B115870F24694D4DDED63634F";

fn secret_hash(name: &str, secret: &str, client: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{name}{client}").as_bytes()))
}
