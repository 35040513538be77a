//! Random walks through sign-in, checked against a small model of the rules: whatever is called in whatever order, by
//! whomever, with whatever answers, nobody gets tokens whose proofs are not enough, and no state works twice, late, for
//! somebody else or after what it stands on was taken back.
//!
//! `STEPWELL_TEST_WALK_STEPS` makes walks longer, `STEPWELL_TEST_WALK_SEEDS=<first>..<end>` chooses others.

mod answers;
mod model;
mod moves;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::{Answer, EngineKind};

use crate::offers::{Challenge, Door};
use crate::people::{Setting, World};
use model::{Asked, Dice, Held, Mode, Proof, Status, Tally, User};

/// Steps of a walk in every run, and how many walks.
const STEPS: usize = 700;
const SEEDS: std::ops::Range<u64> = 1..4;
/// States that are remembered and tried again.
const REMEMBERED: usize = 60;

/// A walk.
struct Walk {
    world: World,
    clients: [String; 2],
    mode: Mode,
    users: Vec<User>,
    held: Vec<Held>,
    /// Numbers of the states that are used up, the forgotten ones included.
    spent: BTreeSet<usize>,
    next_id: usize,
    dice: Dice,
    tally: Tally,
    /// What was done, for who reads of a failure.
    diary: Vec<String>,
}

impl Walk {
    async fn new(engine: EngineKind, seed: u64) -> Self {
        let mut world = World::new(engine, Setting::Everything).await;
        let clients = [world.pool.client.clone(), world.other_client().to_owned()];
        let mut users = Vec::new();
        for _ in 0..3 {
            let person = world.person_with_everything().await;
            let user = world.pool.admin("AdminGetUser", json!({"Username": person.name})).await;
            let attributes = user.ok()["UserAttributes"].as_array().unwrap().clone();
            let sub = attributes.iter().find(|attribute| attribute["Name"] == "sub").unwrap();
            users.push(User {
                sub: sub["Value"].as_str().unwrap().to_owned(),
                name: person.name,
                email: person.email,
                phone: person.phone,
                password: stepwell_testkit::PASSWORD.to_owned(),
                status: Status::Confirmed,
                enabled: true,
                era: 0,
                turned_on: BTreeSet::new(),
                secret: person.secret,
                used_steps: BTreeSet::new(),
                device: person.device,
                passkey: person.passkey.unwrap(),
                access: None,
            });
        }
        // One has nothing that could be a second factor, but the device.
        let bare = users.last_mut().unwrap();
        let gone = json!({"Username": bare.name, "UserAttributeNames": ["email", "phone_number"]});
        world.pool.admin("AdminDeleteUserAttributes", gone).await.ok();
        world.pool.admin("AdminDeleteSoftwareToken", json!({"Username": bare.name})).await.ok();
        (bare.email, bare.phone, bare.secret) = (String::new(), String::new(), None);
        Self {
            world,
            clients,
            mode: Mode::Optional,
            users,
            held: Vec::new(),
            spent: BTreeSet::new(),
            next_id: 0,
            dice: Dice(seed),
            tally: Tally::default(),
            diary: Vec::new(),
        }
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..=31 => self.start().await,
            32..=83 if !self.held.is_empty() => self.answer().await,
            84..=93 => self.administrate().await,
            94..=96 => self.act_as_user().await,
            _ => self.wait().await,
        }
        if self.held.len() > REMEMBERED {
            let forgotten = self.dice.below(REMEMBERED / 2);
            self.held.remove(forgotten);
        }
    }

    fn note(&mut self, line: String) {
        self.diary.push(line);
    }

    /// Fails with what led here.
    fn fail(&self, what: &str) -> ! {
        let last = self.diary.len().saturating_sub(60);
        panic!("{what}\nthe last steps:\n{}", self.diary[last..].join("\n"));
    }

    async fn wait(&mut self) {
        let by = match self.dice.below(10) {
            0..=6 => 1 + self.dice.below(35),
            7 | 8 => 20 + self.dice.below(240),
            _ => 16 * 60,
        };
        self.note(format!("wait {by} s"));
        self.world.pool.advance(i64::try_from(by).unwrap() * 1000).await;
    }

    /// A call of a sign-in.
    async fn call(&self, door: Door, client: usize, respond: bool, mut input: Value) -> Answer {
        input["ClientId"] = json!(self.clients[client]);
        match (door, respond) {
            (Door::App, false) => self.world.pool.app("InitiateAuth", input).await,
            (Door::App, true) => self.world.pool.app("RespondToAuthChallenge", input).await,
            (Door::Admin, false) => self.world.pool.admin("AdminInitiateAuth", input).await,
            (Door::Admin, true) => self.world.pool.admin("AdminRespondToAuthChallenge", input).await,
        }
    }

    /// Takes in what a good answer has led to: tokens, which must be deserved, or the next challenge.
    async fn led_to(&mut self, answer: &Answer, (user, client): (usize, usize), proofs: BTreeSet<Proof>, srp: Srp) {
        let access = answer.body["AuthenticationResult"]["AccessToken"].as_str();
        let Some(access) = access else {
            let Some(asked) = self.asked(answer, user, &proofs, srp.client).await else {
                self.fail(&format!("neither tokens nor a challenge: {}", answer.body));
            };
            *self.tally.challenges.entry(asked.name()).or_default() += 1;
            self.hold(asked, answer, (user, client), proofs, srp.also);
            return;
        };
        if let Some(lack) = self.users[user].lacks(self.mode, &proofs) {
            self.fail(&format!("tokens for {} by {proofs:?}, but: {lack}", self.users[user].name));
        }
        let claims = claims(access);
        let own = (json!(self.users[user].sub), json!(self.clients[client]));
        if (&claims["sub"], &claims["client_id"]) != (&own.0, &own.1) {
            self.fail(&format!("tokens of another user or client: {claims}"));
        }
        *self.tally.tokens.entry(format!("{proofs:?}")).or_default() += 1;
        self.users[user].access = Some(access.to_owned());
    }

    fn hold(
        &mut self,
        asked: Asked,
        answer: &Answer,
        (user, client): (usize, usize),
        proofs: BTreeSet<Proof>,
        also: Option<usize>,
    ) {
        use stepwell_core::ports::clock::Clock as _;
        let state = if asked.in_block() {
            &answer.body["ChallengeParameters"]["SECRET_BLOCK"]
        } else {
            &answer.body["Session"]
        };
        let state = state.as_str().unwrap().to_owned();
        self.next_id += 1;
        let expires_at = self.world.pool.server.test.clock.now() + Held::life(&asked);
        let era = self.users[user].era;
        self.diary.push(format!("  -> #{} {} of {}", self.next_id, asked.name(), self.users[user].name));
        self.held.push(Held { id: self.next_id, asked, state, user, client, proofs, era, expires_at, wrong: 0, also });
    }

    /// What a challenge asks for.
    async fn asked(
        &self,
        answer: &Answer,
        user: usize,
        proofs: &BTreeSet<Proof>,
        srp: Option<Client>,
    ) -> Option<Asked> {
        let parameters = answer.body["ChallengeParameters"].clone();
        let text = |name: &str| parameters[name].as_str().map(str::to_owned);
        let list = |name: &str| serde_json::from_str::<Vec<String>>(parameters[name].as_str().unwrap()).unwrap();
        let person = &self.users[user];
        let second = proofs.iter().any(|proof| proof.is_first());
        let code = async |proof: Proof, address: &str| {
            let code = self.world.sent_to(address).await;
            Asked::Code { proof, code, address: address.to_owned() }
        };
        Some(match answer.body["ChallengeName"].as_str()? {
            "PASSWORD_VERIFIER" => Asked::PasswordVerifier { client: srp?, parameters },
            "PASSWORD" => Asked::Password,
            "PASSWORD_SRP" => Asked::PasswordSrp,
            "SELECT_CHALLENGE" => {
                let available = answer.body["AvailableChallenges"].as_array()?.iter();
                let available = available.map(|name| name.as_str().unwrap().to_owned()).collect();
                Asked::Select { available, options: text("CREDENTIAL_REQUEST_OPTIONS") }
            }
            "EMAIL_OTP" => code(if second { Proof::EmailMfa } else { Proof::EmailOtp }, &person.email).await,
            "SMS_OTP" => code(Proof::SmsOtp, &person.phone).await,
            "SMS_MFA" => code(Proof::SmsMfa, &person.phone).await,
            "WEB_AUTHN" => Asked::WebAuthn { options: text("CREDENTIAL_REQUEST_OPTIONS")? },
            "SOFTWARE_TOKEN_MFA" => Asked::App,
            "SELECT_MFA_TYPE" => Asked::SelectMfa { factors: list("MFAS_CAN_CHOOSE") },
            "MFA_SETUP" => Asked::Setup { secret: None, proven: false },
            "NEW_PASSWORD_REQUIRED" => Asked::NewPassword,
            "CUSTOM_CHALLENGE" => Asked::Custom { hint: text("hint")? },
            "DEVICE_SRP_AUTH" => Asked::DeviceSrp { key: text("DEVICE_KEY")? },
            "DEVICE_PASSWORD_VERIFIER" => {
                let device = person.device.clone()?;
                Asked::DeviceVerifier { client: srp?, device, parameters }
            }
            _ => return None,
        })
    }
}

/// What goes along with an SRP exchange that a call begins.
#[derive(Debug, Default)]
struct Srp {
    client: Option<Client>,
    /// The state that the proof will use up besides its own.
    also: Option<usize>,
}

fn claims(access: &str) -> Value {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn steps() -> usize {
    std::env::var("STEPWELL_TEST_WALK_STEPS").ok().map_or(STEPS, |steps| steps.parse().unwrap())
}

fn seeds() -> std::ops::Range<u64> {
    let Ok(given) = std::env::var("STEPWELL_TEST_WALK_SEEDS") else { return SEEDS };
    let (first, end) = given.split_once("..").unwrap();
    first.parse().unwrap()..end.parse().unwrap()
}

on_both_engines!(no_walk_leads_around_a_factor);

async fn no_walk_leads_around_a_factor(engine: EngineKind) {
    let (mut tokens, mut challenges, mut refused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut lines = Vec::new();
    for seed in seeds() {
        let mut walk = Walk::new(engine, seed).await;
        walk.note(format!("seed {seed}"));
        for _ in 0..steps() {
            walk.step().await;
        }
        lines.push(format!("seed {seed}: {:?}", walk.tally));
        tokens.extend(walk.tally.tokens.into_keys());
        challenges.extend(walk.tally.challenges.into_keys());
        refused.extend(walk.tally.refused.into_keys());
    }
    println!("{}", lines.join("\n"));
    // A walk that gets nowhere would prove nothing.
    assert!(tokens.len() >= 8, "{tokens:?}");
    assert!(challenges.len() >= 11, "{challenges:?}");
    assert!(refused.len() >= 8, "{refused:?}");
}

/// Somebody's challenge is never another one's (a check on the model itself).
#[test]
fn the_model_knows_what_is_lacking() {
    let passkey = {
        let options = json!({
            "rp": {"id": "example.com"}, "user": {"id": "AA"}, "challenge": "AAAA",
        });
        crate::people::authenticator().create(&options).0
    };
    let mut user = User {
        name: "jane".to_owned(),
        sub: String::new(),
        email: String::new(),
        phone: String::new(),
        password: String::new(),
        status: Status::Confirmed,
        enabled: true,
        era: 0,
        turned_on: BTreeSet::new(),
        secret: None,
        used_steps: BTreeSet::new(),
        device: None,
        passkey,
        access: None,
    };
    let lacks = |user: &User, mode, proofs: &[Proof]| user.lacks(mode, &proofs.iter().copied().collect()).is_some();
    assert!(lacks(&user, Mode::Off, &[]));
    assert!(lacks(&user, Mode::Off, &[Proof::App]));
    assert!(!lacks(&user, Mode::Optional, &[Proof::EmailOtp]));
    assert!(lacks(&user, Mode::On, &[Proof::Password]));
    assert!(lacks(&user, Mode::On, &[Proof::Custom]));
    assert!(!lacks(&user, Mode::On, &[Proof::Password, Proof::Device]));
    user.turned_on.insert("Email");
    assert!(!lacks(&user, Mode::Optional, &[Proof::Passkey]), "there is no address");
    "jane@example.com".clone_into(&mut user.email);
    assert!(lacks(&user, Mode::Optional, &[Proof::Passkey]));
    assert!(lacks(&user, Mode::Optional, &[Proof::EmailOtp, Proof::EmailMfa]));
    assert!(!lacks(&user, Mode::Optional, &[Proof::Custom]));
    user.status = Status::MustReset;
    assert!(lacks(&user, Mode::Off, &[Proof::Password]));
    assert_eq!(Challenge::ALL.len(), 19);
}
