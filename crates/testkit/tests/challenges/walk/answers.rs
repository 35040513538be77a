//! Answers to challenges, right and wrong, in the right place and in others.

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::totp;

use super::model::{Asked, Held, Proof, Status, step_of};
use super::{Srp, Walk};
use crate::offers::Door;
use crate::people::authenticator;

/// An answer, as the model sees it.
struct Given {
    responses: Value,
    /// What a right one proves.
    proof: Option<Proof>,
    /// True if it is right for the state it was made for.
    right: bool,
    /// The exchange that it begins.
    srp: Option<Client>,
    /// True if a right one leaves the state unspent.
    keeps: bool,
    /// The password that it sets.
    password: Option<String>,
}

impl Given {
    fn new(responses: Value, proof: Option<Proof>, right: bool) -> Self {
        Self { responses, proof, right, srp: None, keeps: false, password: None }
    }
}

/// How an answer strays from what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stray {
    No,
    Wrong,
    OtherClient,
    OtherName,
    OtherChallenge,
    OtherState,
}

impl Walk {
    /// Answers some state that was ever given.
    pub(super) async fn answer(&mut self) {
        let recent = self.held.len().saturating_sub(4);
        let index = if self.dice.percent(65) {
            recent + self.dice.below(self.held.len() - recent)
        } else {
            self.dice.below(self.held.len())
        };
        if let Asked::Setup { proven: false, .. } = self.held[index].asked
            && self.dice.percent(85)
        {
            return self.set_up(index).await;
        }
        let stray = match self.dice.below(100) {
            0..=64 => Stray::No,
            65..=74 => Stray::Wrong,
            75..=80 => Stray::OtherClient,
            81..=86 => Stray::OtherName,
            87..=92 => Stray::OtherChallenge,
            _ => Stray::OtherState,
        };
        self.answer_state(index, stray).await;
    }

    async fn answer_state(&mut self, index: usize, stray: Stray) {
        let given = self.make(index, stray == Stray::Wrong);
        let (user, client) = (self.held[index].user, self.held[index].client);
        let mut sent_as = self.held[index].asked.name();
        // Whose state it is, after all.
        let mut shown = index;
        let (mut called_by, mut name) = (client, self.users[user].name.clone());
        match stray {
            Stray::OtherClient => called_by = 1 - client,
            Stray::OtherName => name.clone_from(&self.users[(user + 1) % self.users.len()].name),
            Stray::OtherChallenge => sent_as = self.held[self.dice.below(self.held.len())].asked.name(),
            Stray::OtherState => shown = self.dice.below(self.held.len()),
            Stray::No | Stray::Wrong => {}
        }
        let door = if self.dice.percent(25) { Door::Admin } else { Door::App };
        let state = self.held[shown].state.clone();
        let mut responses = given.responses.clone();
        responses["USERNAME"] = json!(name);
        let mut input = json!({"ChallengeName": sent_as});
        // A state goes where its challenge expects it, or both ways.
        if matches!(sent_as, "PASSWORD_VERIFIER" | "DEVICE_PASSWORD_VERIFIER") {
            responses["PASSWORD_CLAIM_SECRET_BLOCK"] = json!(state);
        } else {
            input["Session"] = json!(state);
        }
        input["ChallengeResponses"] = responses;
        let id = self.held[shown].id;
        self.note(format!("{sent_as} with #{id} by {name} at client {called_by} {door:?}, {stray:?}"));
        let answer = self.call(door, called_by, true, input).await;
        // What the model says: of the state that was shown, by who showed it, as what.
        let held = &self.held[shown];
        let fits = shown == index || self.same_answer(index, shown, &given.responses);
        let flaw = match () {
            () if held.asked.name() != sent_as => Some("another challenge"),
            () if held.client != called_by => Some("another client"),
            () if self.users[held.user].name != name => Some("another user"),
            () if !fits => Some("another state"),
            () if self.spent.contains(&held.id) => Some("spent"),
            () if self.begun_with_spent(held) => Some("begun with a spent one"),
            () => held.flaw(&self.users[held.user], self.world.now()).or((!given.right).then_some("wrong answer")),
        };
        if answer.status == 200 {
            if let Some(flaw) = flaw {
                self.fail(&format!("an answer was taken, but: {flaw}: {}", answer.body));
            }
            return self.accepted(shown, given, &answer).await;
        }
        let (error, text) = answer.refusal();
        self.diary.push(format!("  refused: {error} {text} ({flaw:?})"));
        *self.tally.refused.entry(flaw.unwrap_or("nothing")).or_default() += 1;
        if flaw.is_none() {
            self.check_refusal(shown, error, text);
            if error == "PasswordResetRequiredException" {
                // The proof was right, and is used up.
                self.spend(shown);
            }
        }
        let is_wrong = error == "CodeMismatchException" || text == "Incorrect username or password.";
        if flaw == Some("wrong answer") && is_wrong {
            self.held[shown].wrong += 1;
            if matches!(self.held[shown].asked, Asked::Custom { .. }) {
                // The pool's own challenges fail with the first wrong answer.
                self.spend(shown);
            }
        }
    }

    /// True if the answer made for one state is as right for the other: it says something about the user, not about the
    /// state, and nothing that the other did not offer.
    fn same_answer(&self, made_for: usize, shown: usize, given: &Value) -> bool {
        let (made_for, shown) = (&self.held[made_for], &self.held[shown]);
        let offers = |offered: &[String]| offered.iter().any(|one| given["ANSWER"] == **one);
        let alike = std::mem::discriminant(&made_for.asked) == std::mem::discriminant(&shown.asked);
        alike
            && made_for.user == shown.user
            && match (&made_for.asked, &shown.asked) {
                (
                    Asked::Password | Asked::PasswordSrp | Asked::App | Asked::NewPassword | Asked::DeviceSrp { .. },
                    _,
                ) => true,
                (_, Asked::Select { available, .. }) => offers(available) && given.get("CREDENTIAL").is_none(),
                (_, Asked::SelectMfa { factors }) => offers(factors),
                (Asked::Setup { proven: one, .. }, Asked::Setup { proven: other, .. }) => *one && *other,
                _ => false,
            }
    }

    /// Why a right answer may be refused all the same; everything else is a fault.
    fn check_refusal(&self, shown: usize, error: &str, text: &str) {
        let held = &self.held[shown];
        let user = &self.users[held.user];
        let excused = text == "Password attempts exceeded"
            || error == "TooManyRequestsException"
            || (error == "PasswordResetRequiredException" && user.status == Status::MustReset)
            // What was asked for may not be there any more, or not be wanted in this way.
            || matches!(held.asked, Asked::App) && user.secret.is_none()
            || matches!(held.asked, Asked::Setup { .. })
            || matches!(held.asked, Asked::SelectMfa { .. } | Asked::Select { .. })
            || matches!(held.asked, Asked::DeviceSrp { .. } | Asked::DeviceVerifier { .. }) && user.device.is_none()
            || matches!(&held.asked, Asked::Code { proof, .. } if proof.is_first() && user.is_asked(self.mode))
            || matches!(held.asked, Asked::WebAuthn { .. })
            || held.proofs.contains(&Proof::Custom)
            // Nobody can set a factor up in a pool where everybody needs one and the user has all but those.
            || text.starts_with("MFA is required");
        if !excused {
            self.fail(&format!("refused though nothing is wrong with it: {error} {text}"));
        }
    }

    async fn accepted(&mut self, index: usize, given: Given, answer: &stepwell_testkit::Answer) {
        let held = &self.held[index];
        let (user, client, id) = (held.user, held.client, held.id);
        let mut proofs = held.proofs.clone();
        proofs.extend(given.proof);
        if !given.keeps {
            self.spend(index);
        }
        let now = self.world.now();
        let person = &mut self.users[user];
        if let Some(password) = given.password {
            (person.password, person.status, person.era) = (password, Status::Confirmed, person.era + 1);
        }
        match &self.held[index].asked {
            Asked::App => {
                let secret = person.secret.clone().unwrap();
                let code = &given.responses["SOFTWARE_TOKEN_MFA_CODE"];
                let steps = step_of(now) - 1..=step_of(now) + 1;
                let step = steps.into_iter().find(|step| *code == json!(totp::code(&secret, step * 30_000)));
                person.used_steps.insert(step.unwrap());
            }
            Asked::Setup { secret, .. } => {
                person.secret.clone_from(secret);
                person.turned_on.insert("SoftwareToken");
            }
            _ => {}
        }
        let srp = Srp { client: given.srp, also: given.keeps.then_some(id) };
        self.led_to(answer, (user, client), proofs, srp).await;
    }

    fn begun_with_spent(&self, held: &Held) -> bool {
        held.also.is_some_and(|also| self.spent.contains(&also))
    }

    /// Notes that a state is used up, and with it the one that it was begun with.
    fn spend(&mut self, index: usize) {
        let held = &self.held[index];
        for id in [Some(held.id), held.also].into_iter().flatten() {
            if !self.spent.insert(id) {
                self.fail("a proof was taken whose state is spent");
            }
        }
    }

    /// An answer to a state; a wrong one where that is asked for and the challenge has wrong answers.
    fn make(&mut self, index: usize, wrong: bool) -> Given {
        let seed = self.dice.0;
        let now = self.world.now();
        let user = &mut self.users[self.held[index].user];
        let password = if wrong { "Wrong-Horse-9".to_owned() } else { user.password.clone() };
        match &self.held[index].asked {
            Asked::PasswordVerifier { client, parameters } => {
                let mut responses = client.answer(&self.world.pool.id, parameters, &password);
                responses.as_object_mut().unwrap().remove("PASSWORD_CLAIM_SECRET_BLOCK");
                Given::new(responses, Some(Proof::Password), !wrong)
            }
            Asked::Password => Given::new(json!({"PASSWORD": password}), Some(Proof::Password), !wrong),
            Asked::PasswordSrp => begin_srp(json!({}), seed),
            Asked::Select { available, options } => {
                let chosen = available[usize::try_from(seed % 97).unwrap() % available.len()].clone();
                let answer = json!({"ANSWER": chosen});
                match chosen.as_str() {
                    "PASSWORD" => {
                        let mut given = Given::new(answer, Some(Proof::Password), !wrong);
                        given.responses["PASSWORD"] = json!(password);
                        given
                    }
                    "PASSWORD_SRP" => begin_srp(answer, seed),
                    "WEB_AUTHN" if seed.is_multiple_of(2) => {
                        let options = json!(options.as_deref().unwrap());
                        let mut given = assert_passkey(user, &options, wrong);
                        given.responses["ANSWER"] = json!(chosen);
                        given
                    }
                    _ => Given::new(answer, None, true),
                }
            }
            Asked::Code { proof, code, address } => {
                let code = if wrong { other_code(code) } else { code.clone() };
                let name = match proof {
                    Proof::SmsOtp => "SMS_OTP_CODE",
                    Proof::SmsMfa => "SMS_MFA_CODE",
                    _ => "EMAIL_OTP_CODE",
                };
                // A code proves the address that it went to.
                let right = !wrong && (*address == user.email || *address == user.phone);
                Given::new(json!({name: code}), Some(*proof), right)
            }
            Asked::WebAuthn { options } => assert_passkey(user, &json!(options), wrong),
            Asked::App => {
                let secret = user.secret.clone().unwrap_or_else(|| "A".repeat(32));
                let code = if wrong { other_code(&totp::code(&secret, now)) } else { totp::code(&secret, now) };
                let right = !wrong && user.secret.is_some() && !user.used_steps.contains(&step_of(now));
                Given::new(json!({"SOFTWARE_TOKEN_MFA_CODE": code}), Some(Proof::App), right)
            }
            Asked::SelectMfa { factors } => {
                let chosen = &factors[usize::try_from(seed % 97).unwrap() % factors.len()];
                let chosen = if wrong { "SMS_OTP" } else { chosen };
                Given::new(json!({"ANSWER": chosen}), None, !wrong)
            }
            Asked::Setup { proven, .. } => Given::new(json!({}), Some(Proof::App), *proven),
            Asked::NewPassword => {
                let new = format!("Own-Horse-{}", seed % 1_000_000);
                let mut given = Given::new(json!({"NEW_PASSWORD": if wrong { "short" } else { &new }}), None, !wrong);
                given.password = Some(new);
                given
            }
            Asked::Custom { hint } => {
                let answer = if wrong { "no" } else { hint };
                Given::new(json!({"ANSWER": answer}), Some(Proof::Custom), !wrong)
            }
            Asked::DeviceSrp { key } => {
                let mut given = begin_srp(json!({"DEVICE_KEY": key}), seed);
                given.keeps = false;
                given
            }
            Asked::DeviceVerifier { client, device, parameters } => {
                let mut device = device.clone();
                if wrong {
                    "another secret".clone_into(&mut device.secret);
                }
                let mut responses = client.device_answer(&device, parameters);
                responses.as_object_mut().unwrap().remove("PASSWORD_CLAIM_SECRET_BLOCK");
                let right = !wrong && user.device.as_ref() == Some(&device);
                Given::new(responses, Some(Proof::Device), right)
            }
        }
    }

    /// Takes the next step of `MFA_SETUP`: a secret, or the code that proves it.
    async fn set_up(&mut self, index: usize) {
        let held = &self.held[index];
        let Asked::Setup { secret, .. } = &held.asked else { return };
        let (user, client, proofs, state) = (held.user, held.client, held.proofs.clone(), held.state.clone());
        let (id, now) = (held.id, self.world.now());
        let spent = self.spent.contains(&id).then_some("spent");
        let flaw = spent.or(held.flaw(&self.users[user], now));
        let (operation, input, secret) = match secret {
            None => ("AssociateSoftwareToken", json!({"Session": state}), None),
            Some(secret) => {
                let code = json!({"Session": state, "UserCode": totp::code(secret, now)});
                ("VerifySoftwareToken", code, Some(secret.clone()))
            }
        };
        self.note(format!("{operation} with #{id}"));
        let answer = self.world.pool.server.app(operation, &input).await;
        if answer.status != 200 {
            self.note(format!("  refused: {:?} ({flaw:?})", answer.refusal()));
            *self.tally.refused.entry(flaw.unwrap_or("nothing")).or_default() += 1;
            return;
        }
        if let Some(flaw) = flaw {
            self.fail(&format!("{operation} took it, but: {flaw}"));
        }
        let asked = match secret {
            None => Asked::Setup { secret: answer.body["SecretCode"].as_str().map(str::to_owned), proven: false },
            Some(secret) => {
                self.spend(index);
                self.users[user].used_steps.insert(step_of(now));
                Asked::Setup { secret: Some(secret), proven: true }
            }
        };
        self.hold(asked, &answer, (user, client), proofs, None);
    }
}

fn begin_srp(mut responses: Value, seed: u64) -> Given {
    let client = Client::new(seed);
    responses["SRP_A"] = json!(client.srp_a());
    Given { srp: Some(client), keeps: true, ..Given::new(responses, None, true) }
}

fn assert_passkey(user: &mut super::User, options: &Value, wrong: bool) -> Given {
    let mut authenticator = authenticator();
    authenticator.signs_wrong = wrong;
    let credential = authenticator.get(&mut user.passkey, options).to_string();
    Given::new(json!({"CREDENTIAL": credential}), Some(Proof::Passkey), !wrong)
}

fn other_code(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}
