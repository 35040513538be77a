//! Every challenge: how it comes to be offered, and the right answer to it.

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::{Answer, PASSWORD, totp};

use crate::people::{Person, Setting, TEMPORARY, World, authenticator};

/// A challenge, or one of the calls that stand between two.
#[expect(clippy::enum_variant_names, reason = "the protocol's names")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    PasswordVerifier,
    Password,
    PasswordSrp,
    NewPassword,
    SelectChallenge,
    EmailOtp,
    SmsOtp,
    WebAuthn,
    SmsMfa,
    EmailMfa,
    SoftwareToken,
    SelectMfa,
    Custom,
    DeviceSrp,
    DevicePasswordVerifier,
    /// `AssociateSoftwareToken` with the Session of `MFA_SETUP`.
    Associate,
    /// `VerifySoftwareToken` with the Session of `AssociateSoftwareToken`.
    Verify,
    /// `MFA_SETUP`, with an app that was proven.
    MfaSetup,
    /// `EMAIL_OTP` to the address that `MFA_SETUP` was answered with.
    EmailSetup,
}

impl Challenge {
    pub(crate) const ALL: [Self; 19] = [
        Self::PasswordVerifier,
        Self::Password,
        Self::PasswordSrp,
        Self::NewPassword,
        Self::SelectChallenge,
        Self::EmailOtp,
        Self::SmsOtp,
        Self::WebAuthn,
        Self::SmsMfa,
        Self::EmailMfa,
        Self::SoftwareToken,
        Self::SelectMfa,
        Self::Custom,
        Self::DeviceSrp,
        Self::DevicePasswordVerifier,
        Self::Associate,
        Self::Verify,
        Self::MfaSetup,
        Self::EmailSetup,
    ];

    /// `ChallengeName`, or the operation that answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PasswordVerifier => "PASSWORD_VERIFIER",
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::SelectChallenge => "SELECT_CHALLENGE",
            Self::EmailOtp | Self::EmailMfa | Self::EmailSetup => "EMAIL_OTP",
            Self::SmsOtp => "SMS_OTP",
            Self::WebAuthn => "WEB_AUTHN",
            Self::SmsMfa => "SMS_MFA",
            Self::SoftwareToken => "SOFTWARE_TOKEN_MFA",
            Self::SelectMfa => "SELECT_MFA_TYPE",
            Self::Custom => "CUSTOM_CHALLENGE",
            Self::DeviceSrp => "DEVICE_SRP_AUTH",
            Self::DevicePasswordVerifier => "DEVICE_PASSWORD_VERIFIER",
            Self::Associate => "AssociateSoftwareToken",
            Self::Verify => "VerifySoftwareToken",
            Self::MfaSetup => "MFA_SETUP",
        }
    }

    /// The kind of pool it is offered in.
    pub(crate) fn setting(self) -> Setting {
        match self {
            Self::Associate | Self::Verify | Self::MfaSetup | Self::EmailSetup => Setting::MfaRequired,
            _ => Setting::Everything,
        }
    }

    /// True if its state travels in `SECRET_BLOCK` rather than in a Session.
    pub(crate) fn in_block(self) -> bool {
        matches!(self, Self::PasswordVerifier | Self::DevicePasswordVerifier)
    }

    /// True if it is answered by an operation of its own.
    pub(crate) fn is_operation(self) -> bool {
        matches!(self, Self::Associate | Self::Verify)
    }

    /// True if nothing has been proven when it is offered.
    pub(crate) fn is_first(self) -> bool {
        matches!(
            self,
            Self::PasswordVerifier
                | Self::Password
                | Self::PasswordSrp
                | Self::SelectChallenge
                | Self::EmailOtp
                | Self::SmsOtp
                | Self::WebAuthn
                | Self::Custom
        )
    }
}

/// An offered challenge.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) challenge: Challenge,
    /// The Session or `SECRET_BLOCK`.
    pub(crate) state: String,
    /// The right answer, without them.
    pub(crate) responses: Value,
}

/// Which operation answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    App,
    Admin,
}

impl World {
    /// Starts a sign-in with `USER_AUTH`.
    pub(crate) async fn choose(&self, name: &str, preferred: Option<&str>, more: &[(&str, &str)]) -> Answer {
        let mut parameters = json!({"USERNAME": name});
        if let Some(preferred) = preferred {
            parameters["PREFERRED_CHALLENGE"] = json!(preferred);
        }
        for (name, value) in more {
            parameters[*name] = json!(value);
        }
        self.pool.app("InitiateAuth", json!({"AuthFlow": "USER_AUTH", "AuthParameters": parameters})).await
    }

    /// Brings somebody to a challenge, and makes the right answer to it.
    pub(crate) async fn offer(&self, challenge: Challenge, person: &mut Person) -> Offered {
        let name = person.name.clone();
        let (asked, responses) = match challenge {
            Challenge::PasswordVerifier => return self.offer_srp(person).await,
            Challenge::DevicePasswordVerifier => return self.offer_device_srp(person).await,
            Challenge::Associate | Challenge::Verify | Challenge::MfaSetup => {
                return self.offer_setup(challenge, person).await;
            }
            Challenge::Password => (self.choose(&name, Some("PASSWORD"), &[]).await, json!({"PASSWORD": PASSWORD})),
            Challenge::PasswordSrp => {
                let responses = json!({"SRP_A": Client::new(1).srp_a()});
                (self.choose(&name, Some("PASSWORD_SRP"), &[]).await, responses)
            }
            Challenge::SelectChallenge => {
                (self.choose(&name, None, &[]).await, json!({"ANSWER": "PASSWORD", "PASSWORD": PASSWORD}))
            }
            Challenge::EmailOtp => {
                let asked = self.choose(&name, Some("EMAIL_OTP"), &[]).await;
                (asked, json!({"EMAIL_OTP_CODE": self.sent_to(&person.email).await}))
            }
            Challenge::SmsOtp => {
                let asked = self.choose(&name, Some("SMS_OTP"), &[]).await;
                (asked, json!({"SMS_OTP_CODE": self.sent_to(&person.phone).await}))
            }
            Challenge::WebAuthn => {
                let asked = self.choose(&name, Some("WEB_AUTHN"), &[]).await;
                let options = &asked.ok()["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"];
                let credential = authenticator().get(person.passkey.as_mut().unwrap(), options);
                let credential = credential.to_string();
                (asked, json!({"CREDENTIAL": credential}))
            }
            Challenge::NewPassword => {
                (self.pool.sign_in(&name, TEMPORARY).await, json!({"NEW_PASSWORD": "Another-Horse-2"}))
            }
            Challenge::SmsMfa => {
                let asked = self.pool.sign_in(&name, PASSWORD).await;
                (asked, json!({"SMS_MFA_CODE": self.sent_to(&person.phone).await}))
            }
            Challenge::EmailMfa => {
                let asked = self.pool.sign_in(&name, PASSWORD).await;
                (asked, json!({"EMAIL_OTP_CODE": self.sent_to(&person.email).await}))
            }
            Challenge::EmailSetup => {
                let setup = self.pool.sign_in(&name, PASSWORD).await;
                let responses = json!({"USERNAME": name, "EMAIL": person.email});
                let asked = self.pool.respond("MFA_SETUP", setup.ok()["Session"].as_str(), &responses).await;
                asked.ok();
                (asked, json!({"EMAIL_OTP_CODE": self.sent_to(&person.email).await}))
            }
            Challenge::SoftwareToken => {
                let code = totp::code(person.secret.as_deref().unwrap(), self.now());
                (self.pool.sign_in(&name, PASSWORD).await, json!({"SOFTWARE_TOKEN_MFA_CODE": code}))
            }
            Challenge::SelectMfa => (self.pool.sign_in(&name, PASSWORD).await, json!({"ANSWER": "SOFTWARE_TOKEN_MFA"})),
            Challenge::Custom => {
                let start = json!({"AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": name}});
                let asked = self.pool.app("InitiateAuth", start).await;
                let hint = asked.ok()["ChallengeParameters"]["hint"].clone();
                (asked, json!({"ANSWER": hint}))
            }
            Challenge::DeviceSrp => {
                let key = &person.device.as_ref().unwrap().key;
                (self.sign_in_with_device(person).await, json!({"DEVICE_KEY": key, "SRP_A": Client::new(2).srp_a()}))
            }
        };
        Offered::new(challenge, &asked, &name, responses)
    }

    async fn sign_in_with_device(&self, person: &Person) -> Answer {
        let key = &person.device.as_ref().unwrap().key;
        let parameters = json!({"USERNAME": person.name, "PASSWORD": PASSWORD, "DEVICE_KEY": key});
        self.pool.app("InitiateAuth", json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})).await
    }

    async fn offer_srp(&self, person: &Person) -> Offered {
        let client = Client::new(3);
        let asked = self.pool.srp(&client, &person.name).await;
        let responses = client.answer(&self.pool.id, &asked.ok()["ChallengeParameters"], PASSWORD);
        Offered::of_block(Challenge::PasswordVerifier, responses)
    }

    async fn offer_device_srp(&self, person: &Person) -> Offered {
        let (client, device) = (Client::new(4), person.device.as_ref().unwrap());
        let asked = self.sign_in_with_device(person).await;
        let responses = json!({"USERNAME": person.name, "DEVICE_KEY": device.key, "SRP_A": client.srp_a()});
        let offered = self.pool.respond("DEVICE_SRP_AUTH", asked.ok()["Session"].as_str(), &responses).await;
        let responses = client.device_answer(device, &offered.ok()["ChallengeParameters"]);
        Offered::of_block(Challenge::DevicePasswordVerifier, responses)
    }

    async fn offer_setup(&self, challenge: Challenge, person: &Person) -> Offered {
        let asked = self.pool.sign_in(&person.name, PASSWORD).await;
        assert_eq!(asked.ok()["ChallengeName"], "MFA_SETUP");
        if challenge == Challenge::Associate {
            return Offered::new(challenge, &asked, &person.name, json!({}));
        }
        let input = json!({"Session": asked.body["Session"]});
        let associated = self.pool.server.app("AssociateSoftwareToken", &input).await;
        let code = totp::code(associated.ok()["SecretCode"].as_str().unwrap(), self.now());
        if challenge == Challenge::Verify {
            return Offered::new(challenge, &associated, &person.name, json!({"UserCode": code}));
        }
        let input = json!({"Session": associated.body["Session"], "UserCode": code});
        let verified = self.pool.server.app("VerifySoftwareToken", &input).await;
        Offered::new(challenge, &verified, &person.name, json!({}))
    }

    /// The newest code sent to this address.
    pub(crate) async fn sent_to(&self, to: &str) -> String {
        self.pool.server.test.send_messages().await.unwrap();
        self.pool.server.test.messages.code(to).unwrap()
    }

    /// Answers what was offered, rightly.
    pub(crate) async fn answer(&self, door: Door, offered: &Offered) -> Answer {
        self.answer_with(door, offered, Some(&offered.state)).await
    }

    /// The same with another state, or none.
    pub(crate) async fn answer_with(&self, door: Door, offered: &Offered, state: Option<&str>) -> Answer {
        let (challenge, mut responses) = (offered.challenge, offered.responses.clone());
        if challenge.is_operation() {
            let mut input = json!({"Session": state});
            if let Some(code) = responses.get("UserCode") {
                input["UserCode"] = code.clone();
            }
            return self.pool.server.app(challenge.name(), &input).await;
        }
        let mut input = json!({"ClientId": self.pool.client, "ChallengeName": challenge.name()});
        match state {
            Some(state) if challenge.in_block() => responses["PASSWORD_CLAIM_SECRET_BLOCK"] = json!(state),
            Some(state) => input["Session"] = json!(state),
            None => {}
        }
        input["ChallengeResponses"] = responses;
        match door {
            Door::App => self.pool.app("RespondToAuthChallenge", input).await,
            Door::Admin => self.pool.admin("AdminRespondToAuthChallenge", input).await,
        }
    }

    /// Answers rightly, and goes on to the end where the answer leads to another step.
    pub(crate) async fn finish(&self, offered: &Offered, person: &Person) {
        let answer = self.answer(Door::App, offered).await;
        answer.ok();
        let next = match offered.challenge {
            Challenge::PasswordSrp => {
                let client = Client::new(1);
                let proof = client.answer(&self.pool.id, &answer.body["ChallengeParameters"], PASSWORD);
                Offered::of_block(Challenge::PasswordVerifier, proof)
            }
            Challenge::DeviceSrp => {
                let client = Client::new(2);
                let proof = client.device_answer(person.device.as_ref().unwrap(), &answer.body["ChallengeParameters"]);
                Offered::of_block(Challenge::DevicePasswordVerifier, proof)
            }
            Challenge::SelectMfa => {
                let code = totp::code(person.secret.as_deref().unwrap(), self.now());
                let responses = json!({"SOFTWARE_TOKEN_MFA_CODE": code});
                Offered::new(Challenge::SoftwareToken, &answer, &person.name, responses)
            }
            Challenge::Associate => {
                let code = totp::code(answer.body["SecretCode"].as_str().unwrap(), self.now());
                let verify = Offered::new(Challenge::Verify, &answer, &person.name, json!({"UserCode": code}));
                let verified = self.answer(Door::App, &verify).await;
                Offered::new(Challenge::MfaSetup, &verified, &person.name, json!({}))
            }
            Challenge::Verify => Offered::new(Challenge::MfaSetup, &answer, &person.name, json!({})),
            _ => {
                assert!(answer.body["AuthenticationResult"]["AccessToken"].is_string(), "{}", answer.body);
                return;
            }
        };
        let tokens = self.answer(Door::App, &next).await;
        assert!(tokens.ok()["AuthenticationResult"]["AccessToken"].is_string(), "{}", tokens.body);
    }
}

impl Offered {
    fn new(challenge: Challenge, asked: &Answer, name: &str, mut responses: Value) -> Self {
        let is_named = asked.ok().get("ChallengeName").is_none_or(|given| given == challenge.name());
        assert!(is_named || challenge.is_operation(), "{challenge:?} was not offered: {}", asked.body);
        let state = asked.body["Session"].as_str().unwrap().to_owned();
        responses["USERNAME"] = json!(name);
        Self { challenge, state, responses }
    }

    fn of_block(challenge: Challenge, responses: Value) -> Self {
        let state = responses["PASSWORD_CLAIM_SECRET_BLOCK"].as_str().unwrap().to_owned();
        let mut responses = responses;
        responses.as_object_mut().unwrap().remove("PASSWORD_CLAIM_SECRET_BLOCK");
        Self { challenge, state, responses }
    }
}
