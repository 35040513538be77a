//! Guessing at everything that can be guessed, over days of the tests' clock and from a new address each time: how many
//! guesses are looked at, against the documented limits; and that the rightful user gets in, at the latest when a lock may
//! end.
//!
//! `STEPWELL_TEST_GUESSES` says how many guesses each attack makes (10,000 in the long form).

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::{Answer, EngineKind, PASSWORD, totp};

use crate::offers::{Challenge, Door, Offered};
use crate::people::{Person, Setting, World};
use crate::{HOUR, MINUTE, SECOND, WRONG};

on_both_engines!(
    at_passwords,
    at_passwords_by_srp,
    at_codes_of_an_app,
    at_codes_by_text_message,
    at_codes_by_mail,
    at_first_codes_by_mail,
    at_first_codes_by_text_message,
    at_sign_up_codes,
    at_recovery_codes,
    asking_for_codes_keeps_nobody_out,
    sign_ups_with_somebodys_address_keep_nobody_out,
);

const MILLIS_OF_A_DAY: i64 = 24 * HOUR;

/// What is guessed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    Password,
    Srp,
    /// The second factor of this challenge, by who knows the password.
    Second(Challenge),
    /// The first factor of this challenge.
    First(Challenge),
    SignUp,
    Recovery,
}

impl Secret {
    /// Guesses that Cognito's documents allow in a time to who never stops: fourteen within the first locks, and then one
    /// in fifteen minutes. Codes of accounts have quotas of an hour, and recovery counts the asking for a code with the
    /// answers.
    fn allowed_without_rest(self, time: i64) -> i64 {
        match self {
            Self::Password | Self::Srp | Self::Second(_) | Self::First(_) => 15 + time / (15 * MINUTE),
            Self::SignUp | Self::Recovery => self.allowed_in(time),
        }
    }

    /// Guesses that the documents allow in a time. The lockout lets through the most if it is made to forget after the
    /// eleventh guess: eleven in 127 seconds of locks and 15 minutes of silence.
    fn allowed_in(self, time: i64) -> i64 {
        let full = |window: i64| time / window + 1;
        match self {
            Self::Password | Self::Srp | Self::Second(_) | Self::First(_) => full(15 * MINUTE + 127 * SECOND) * 11,
            Self::SignUp => full(HOUR) * 15,
            Self::Recovery => full(HOUR) * 19,
        }
    }

    /// How likely one guess is right, in a hundred million; nothing where it depends on the user's choice.
    fn in_a_hundred_million(self) -> Option<i64> {
        match self {
            Self::Password | Self::Srp => None,
            // Three steps of an app are good at a time.
            Self::Second(Challenge::SoftwareToken) => Some(300),
            // The codes of first factors have eight digits.
            Self::First(_) => Some(1),
            _ => Some(100),
        }
    }

    /// How long the rightful user may have to wait once the guessing ends.
    fn wait(self) -> i64 {
        match self {
            Self::SignUp | Self::Recovery => HOUR,
            _ => 15 * MINUTE,
        }
    }
}

/// An attack on one user.
struct Attack {
    world: World,
    person: Person,
    secret: Secret,
    /// The state that the next guess answers.
    offered: Option<Offered>,
    made: u32,
    looked_at: i64,
}

impl Attack {
    async fn new(engine: EngineKind, secret: Secret) -> Self {
        let mut world = World::new(engine, Setting::Everything).await;
        let challenge = match secret {
            Secret::Second(challenge) | Secret::First(challenge) => challenge,
            _ => Challenge::PasswordVerifier,
        };
        let person =
            if secret == Secret::SignUp { world.sign_up("newcomer0001").await } else { world.person(challenge).await };
        Self { world, person, secret, offered: None, made: 0, looked_at: 0 }
    }

    /// From the next address, of ever another network.
    fn move_on(&mut self) {
        self.made += 1;
        let [_, b, c, d] = self.made.to_be_bytes();
        self.world.pool.server.call_from(IpAddr::V4(Ipv4Addr::new(10, b, c, d)));
    }

    /// Makes one guess, a wrong one. Returns whether it was looked at.
    async fn guess(&mut self) -> bool {
        self.move_on();
        let answer = match self.secret {
            Secret::Password => self.world.pool.sign_in(&self.person.name, "Wrong-Horse-9").await,
            Secret::Srp => self.guess_by_srp().await,
            Secret::Second(challenge) | Secret::First(challenge) => self.guess_code(challenge).await,
            Secret::SignUp => self.guess_of_account("ConfirmSignUp", "ResendConfirmationCode").await,
            Secret::Recovery => self.guess_of_account("ConfirmForgotPassword", "ForgotPassword").await,
        };
        assert_ne!(answer.status, 200, "{:?}: {}", self.secret, answer.body);
        let looked_at = answer.refusal() == WRONG || answer.error() == Some("CodeMismatchException");
        self.looked_at += i64::from(looked_at);
        looked_at
    }

    async fn guess_by_srp(&self) -> Answer {
        let client = Client::new(9);
        let asked = self.world.pool.srp(&client, &self.person.name).await;
        if asked.status != 200 {
            return asked;
        }
        let offer = &asked.body["ChallengeParameters"];
        // Nothing is proven with it, and the server does not know before it has looked.
        let guess = json!({
            "USERNAME": offer["USER_ID_FOR_SRP"], "PASSWORD_CLAIM_SECRET_BLOCK": offer["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": "A".repeat(43) + "=", "TIMESTAMP": stepwell_testkit::srp::TIMESTAMP,
        });
        self.world.pool.respond("PASSWORD_VERIFIER", None, &guess).await
    }

    /// Answers the Session at hand, or asks for another once it is void.
    async fn guess_code(&mut self, challenge: Challenge) -> Answer {
        let mut answer = None;
        for _ in 0..2 {
            if self.offered.is_none() {
                let asked = match self.secret {
                    Secret::Second(_) => self.world.pool.sign_in(&self.person.name, PASSWORD).await,
                    _ => self.world.choose(&self.person.name, Some(challenge.name()), &[]).await,
                };
                if asked.status != 200 {
                    return asked;
                }
                assert_eq!(asked.body["ChallengeName"], challenge.name(), "{}", asked.body);
                let state = asked.body["Session"].as_str().unwrap().to_owned();
                self.offered = Some(Offered { challenge, state, responses: Value::Null });
            }
            let code = self.wrong_code(challenge).await;
            let offered = self.offered.as_mut().unwrap();
            offered.responses = json!({"USERNAME": self.person.name, format!("{}_CODE", challenge.name()): code});
            let refused = self.world.answer(Door::App, offered).await;
            let is_void = refused.refusal().1.starts_with("Invalid session");
            answer = Some(refused);
            if !is_void {
                break;
            }
            self.offered = None;
        }
        answer.unwrap()
    }

    /// A code that no app shows now, or that was not sent: none in a million is certain, so the true ones are asked for.
    async fn wrong_code(&self, challenge: Challenge) -> String {
        let right: Vec<String> = match challenge {
            Challenge::SoftwareToken => {
                let secret = self.person.secret.as_deref().unwrap();
                (-2..=2).map(|step| totp::code(secret, self.world.now() + step * 30 * SECOND)).collect()
            }
            Challenge::EmailMfa | Challenge::EmailOtp => vec![self.world.sent_to(&self.person.email).await],
            _ => vec![self.world.sent_to(&self.person.phone).await],
        };
        let mut number = 0;
        while right.contains(&format!("{number:06}")) {
            number += 1;
        }
        format!("{number:06}")
    }

    /// Answers a code of an account; asks for another once it is void.
    async fn guess_of_account(&self, operation: &str, again: &str) -> Answer {
        self.world.pool.server.test.send_messages().await.unwrap();
        let right = self.world.pool.server.test.messages.code(&self.person.email);
        let right = right.or_else(|| self.world.pool.server.test.messages.code(&self.person.phone));
        let wrong = if right.as_deref() == Some("000000") { "000001" } else { "000000" };
        let mut input = json!({"Username": self.person.name, "ConfirmationCode": wrong});
        if operation == "ConfirmForgotPassword" {
            input["Password"] = json!("Another-Horse-2");
        }
        let answer = self.world.pool.app(operation, input).await;
        if answer.error() == Some("ExpiredCodeException") {
            self.world.pool.app(again, json!({"Username": self.person.name})).await;
        }
        answer
    }

    /// The rightful user does what the attack has guessed at, at the first try.
    async fn rightful(&mut self) {
        self.world.pool.server.call_from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        self.offered = None;
        match self.secret {
            Secret::Password => drop(self.world.pool.tokens(&self.person.name).await),
            Secret::Srp => self.finish(Challenge::PasswordVerifier).await,
            Secret::Second(challenge) | Secret::First(challenge) => self.finish(challenge).await,
            Secret::SignUp => {
                let name = json!({"Username": self.person.name});
                self.world.pool.app("ResendConfirmationCode", name).await.ok();
                let code = self.world.sent_to(&self.person.email).await;
                let input = json!({"Username": self.person.name, "ConfirmationCode": code});
                self.world.pool.app("ConfirmSignUp", input).await.ok();
            }
            Secret::Recovery => {
                self.world.pool.app("ForgotPassword", json!({"Username": self.person.name})).await.ok();
                let code = self.world.sent_to(&self.person.phone).await;
                let input = json!({"Username": self.person.name, "ConfirmationCode": code, "Password": PASSWORD});
                self.world.pool.app("ConfirmForgotPassword", input).await.ok();
            }
        }
    }

    async fn finish(&mut self, challenge: Challenge) {
        let offered = self.world.offer(challenge, &mut self.person).await;
        self.world.finish(&offered, &self.person).await;
        // The step of an app's code is used.
        self.world.pool.advance(30 * SECOND).await;
    }

    /// As many guesses as there are, evenly over a day.
    async fn steadily(&mut self, guesses: i64) {
        let pause = MILLIS_OF_A_DAY / guesses;
        for _ in 0..guesses {
            self.guess().await;
            self.world.pool.advance(pause).await;
        }
    }

    /// As fast as the lockout lets guesses through: it is waited for after each, and made to forget after the eleventh.
    async fn cleverly(&mut self, guesses: i64) -> i64 {
        let begin = self.world.now();
        for guess in 0..guesses {
            if !self.guess().await {
                // A quota, not the lockout: wait for its end.
                self.world.pool.advance(5 * MINUTE).await;
            }
            match guess % 11 {
                10 => self.world.pool.advance(15 * MINUTE + 64 * SECOND + 1).await,
                failures @ 4.. => self.world.pool.advance((1 << (failures - 4)) * SECOND).await,
                _ => {}
            }
        }
        self.world.now() - begin
    }
}

impl World {
    async fn sign_up(&self, name: &str) -> Person {
        let person = Person::new(name);
        let attributes = json!([{"Name": "email", "Value": person.email}]);
        let input = json!({"Username": name, "Password": PASSWORD, "UserAttributes": attributes});
        self.pool.app("SignUp", input).await.ok();
        person
    }
}

fn guesses(engine: EngineKind, short: i64) -> i64 {
    let given = std::env::var("STEPWELL_TEST_GUESSES").ok().map(|guesses| guesses.parse().unwrap());
    given.unwrap_or(if engine == EngineKind::Sqlite { short } else { short / 10 })
}

async fn attack(engine: EngineKind, secret: Secret) {
    // Most of them find a lock: these are cheap, and made in full on SQLite.
    let mut attack = Attack::new(engine, secret).await;
    let many = guesses(engine, 10_000);
    attack.steadily(many).await;
    let allowed = secret.allowed_without_rest(MILLIS_OF_A_DAY);
    let looked_at = attack.looked_at;
    report(secret, "steadily", many, looked_at, MILLIS_OF_A_DAY);
    assert!((15..=allowed).contains(&looked_at), "{secret:?}: {looked_at} of {many} in a day, {allowed} allowed");
    attack.world.pool.advance(secret.wait()).await;
    attack.rightful().await;

    // All of these are looked at, and cost accordingly.
    if secret == Secret::SignUp {
        // Confirmed by now.
        return;
    }
    let few = guesses(engine, 480);
    attack.looked_at = 0;
    let time = attack.cleverly(few).await;
    let (allowed, looked_at) = (secret.allowed_in(time), attack.looked_at);
    report(secret, "cleverly", few, looked_at, time);
    assert!(looked_at <= allowed, "{secret:?}: {looked_at} of {few} in {time} ms, {allowed} allowed");
    // Wherever it is broken off, nobody waits longer than that.
    for stop in [3, 9, 14, 17] {
        for _ in 0..stop {
            attack.guess().await;
            attack.world.pool.advance(900 * SECOND).await;
        }
        attack.guess().await;
        attack.world.pool.advance(secret.wait()).await;
        attack.rightful().await;
    }
}

/// The figures, for who runs it with `--nocapture`.
fn report(secret: Secret, how: &str, made: i64, looked_at: i64, time: i64) {
    let odds = secret.in_a_hundred_million().map(|each| each * looked_at);
    let odds = odds.map_or(String::new(), |odds| format!(", {}.{:02} in a million", odds / 100, odds % 100));
    println!("{secret:?} {how}: {made} guesses in {} h, {looked_at} looked at{odds}", time / HOUR);
}

async fn at_passwords(engine: EngineKind) {
    attack(engine, Secret::Password).await;
}

async fn at_passwords_by_srp(engine: EngineKind) {
    attack(engine, Secret::Srp).await;
}

async fn at_codes_of_an_app(engine: EngineKind) {
    attack(engine, Secret::Second(Challenge::SoftwareToken)).await;
}

async fn at_codes_by_text_message(engine: EngineKind) {
    attack(engine, Secret::Second(Challenge::SmsMfa)).await;
}

async fn at_codes_by_mail(engine: EngineKind) {
    attack(engine, Secret::Second(Challenge::EmailMfa)).await;
}

async fn at_first_codes_by_mail(engine: EngineKind) {
    attack(engine, Secret::First(Challenge::EmailOtp)).await;
}

async fn at_first_codes_by_text_message(engine: EngineKind) {
    attack(engine, Secret::First(Challenge::SmsOtp)).await;
}

async fn at_sign_up_codes(engine: EngineKind) {
    attack(engine, Secret::SignUp).await;
}

async fn at_recovery_codes(engine: EngineKind) {
    attack(engine, Secret::Recovery).await;
}

/// Anybody can have codes sent to anybody who may begin with one. That is limited, but not so that its owner could not begin.
async fn asking_for_codes_keeps_nobody_out(engine: EngineKind) {
    let mut attack = Attack::new(engine, Secret::First(Challenge::EmailOtp)).await;
    let mut sent = 0;
    for _ in 0..100 {
        attack.move_on();
        let asked = attack.world.choose(&attack.person.name, Some("EMAIL_OTP"), &[]).await;
        sent += u32::from(asked.status == 200);
    }
    assert!(sent <= 60, "{sent}");
    attack.world.pool.advance(15 * MINUTE).await;
    attack.rightful().await;
}

/// Accounts that claim somebody's address, and wrong answers to their codes, say nothing about that somebody.
async fn sign_ups_with_somebodys_address_keep_nobody_out(engine: EngineKind) {
    let mut attack = Attack::new(engine, Secret::Second(Challenge::EmailMfa)).await;
    let victim = attack.person.email.clone();
    for number in 0..5 {
        let name = format!("claims{number}");
        let attributes = json!([{"Name": "email", "Value": victim}]);
        let input = json!({"Username": name, "Password": PASSWORD, "UserAttributes": attributes});
        attack.world.pool.app("SignUp", input).await.ok();
        for _ in 0..15 {
            let input = json!({"Username": name, "ConfirmationCode": "000000"});
            assert_ne!(attack.world.pool.app("ConfirmSignUp", input).await.status, 200);
        }
    }
    attack.rightful().await;
}
