//! What a walk does besides answering: beginning sign-ins, an administrator's changes, a signed-in user's.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stepwell_testkit::srp::Client;
use stepwell_testkit::totp;

use super::model::{Mode, Proof, Status, step_of};
use super::{Srp, Walk};
use crate::offers::Door;
use crate::people::World;

impl Walk {
    /// Begins a sign-in in some way.
    pub(super) async fn start(&mut self) {
        let user = self.dice.below(self.users.len());
        let client = self.dice.below(2);
        let door = if self.dice.percent(25) { Door::Admin } else { Door::App };
        let right = self.dice.percent(85);
        let person = &self.users[user];
        let password = if right { person.password.clone() } else { "Wrong-Horse-9".to_owned() };
        let mut parameters = json!({"USERNAME": person.name});
        let srp = Client::new(self.dice.0);
        let (mut shows_password, mut begins_srp) = (false, false);
        let flow = match self.dice.below(8) {
            0..=2 => {
                parameters["PASSWORD"] = json!(password);
                shows_password = true;
                if door == Door::Admin { "ADMIN_USER_PASSWORD_AUTH" } else { "USER_PASSWORD_AUTH" }
            }
            3 => {
                parameters["SRP_A"] = json!(srp.srp_a());
                begins_srp = true;
                "USER_SRP_AUTH"
            }
            4 => "CUSTOM_AUTH",
            _ => {
                let preferred = ["", "PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"];
                let preferred = *self.dice.pick(&preferred);
                if !preferred.is_empty() {
                    parameters["PREFERRED_CHALLENGE"] = json!(preferred);
                }
                if preferred == "PASSWORD" && self.dice.percent(50) {
                    parameters["PASSWORD"] = json!(password);
                    shows_password = true;
                }
                if preferred == "PASSWORD_SRP" && self.dice.percent(50) {
                    parameters["SRP_A"] = json!(srp.srp_a());
                    begins_srp = true;
                }
                "USER_AUTH"
            }
        };
        if let Some(device) = &self.users[user].device
            && self.dice.percent(30)
        {
            parameters["DEVICE_KEY"] = json!(device.key);
        }
        let mut shown = parameters.clone();
        shown.as_object_mut().unwrap().remove("SRP_A");
        self.note(format!("start {flow} {shown} client {client} {door:?}"));
        let input = json!({"AuthFlow": flow, "AuthParameters": parameters});
        let answer = self.call(door, client, false, input).await;
        if answer.status != 200 {
            self.note(format!("  refused: {:?}", answer.refusal()));
            return;
        }
        if shows_password && !right {
            self.fail("a wrong password was taken");
        }
        let proofs = if shows_password { BTreeSet::from([Proof::Password]) } else { BTreeSet::new() };
        let srp = Srp { client: begins_srp.then_some(srp), also: None };
        self.led_to(&answer, (user, client), proofs, srp).await;
    }

    pub(super) async fn administrate(&mut self) {
        let mut user = self.dice.below(self.users.len());
        // Nobody stays out for long.
        let out = self.users.iter().position(|user| !user.enabled || user.status == Status::MustReset);
        if let Some(out) = out.filter(|_| self.dice.percent(50)) {
            user = out;
        }
        let name = self.users[user].name.clone();
        let named = json!({"Username": name});
        if !self.users[user].enabled && self.dice.percent(70) {
            self.administer("AdminEnableUser", named).await;
            self.users[user].enabled = true;
            return;
        }
        match self.dice.below(12) {
            0 | 1 => self.change_mode().await,
            2..=4 => self.turn_on(user).await,
            5 => {
                let operation = if self.users[user].enabled { "AdminDisableUser" } else { "AdminEnableUser" };
                self.administer(operation, named).await;
                self.users[user].era += u32::from(self.users[user].enabled);
                self.users[user].enabled = !self.users[user].enabled;
            }
            6 => {
                if self.administer("AdminResetUserPassword", named).await {
                    self.users[user].status = Status::MustReset;
                }
            }
            7 | 8 => {
                let permanent = self.dice.percent(60);
                let password = format!("Horse-No-{}", self.dice.below(1_000_000));
                let input = json!({"Username": name, "Password": password, "Permanent": permanent});
                self.administer("AdminSetUserPassword", input).await;
                let user = &mut self.users[user];
                user.status = if permanent { Status::Confirmed } else { Status::MustChange };
                (user.password, user.era) = (password, user.era + 1);
            }
            9 => {
                self.administer("AdminUserGlobalSignOut", named).await;
                self.users[user].era += 1;
            }
            10 if self.dice.percent(50) => {
                if let Some(device) = self.users[user].device.take() {
                    self.administer("AdminForgetDevice", json!({"Username": name, "DeviceKey": device.key})).await;
                } else if self.administer("AdminDeleteSoftwareToken", named).await {
                    self.users[user].secret = None;
                    self.users[user].turned_on.remove("SoftwareToken");
                }
            }
            10 => {
                let gone = json!(["email", "phone_number"]);
                let input = json!({"Username": name, "UserAttributeNames": gone});
                self.administer("AdminDeleteUserAttributes", input).await;
                self.users[user].email.clear();
                self.users[user].phone.clear();
            }
            _ if user == 2 && self.dice.percent(80) => {
                // The one without anything stays so for long.
                if self.administer("AdminDeleteSoftwareToken", named).await {
                    self.users[user].secret = None;
                    self.users[user].turned_on.remove("SoftwareToken");
                }
            }
            _ => {
                let number = self.dice.below(10_000_000);
                let (email, phone) = (format!("{name}-{number}@example.com"), format!("+1666{number:07}"));
                let attributes = json!([
                    {"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"},
                    {"Name": "phone_number", "Value": phone}, {"Name": "phone_number_verified", "Value": "true"},
                ]);
                let input = json!({"Username": name, "UserAttributes": attributes});
                self.administer("AdminUpdateUserAttributes", input).await;
                (self.users[user].email, self.users[user].phone) = (email, phone);
            }
        }
    }

    async fn administer(&mut self, operation: &str, input: Value) -> bool {
        self.note(format!("{operation} {input}"));
        let answer = self.world.pool.admin(operation, input).await;
        if answer.status != 200 {
            self.note(format!("  refused: {:?}", answer.refusal()));
            assert_eq!(operation, "AdminResetUserPassword", "{}", answer.body);
        }
        answer.status == 200
    }

    /// Where everybody needs two factors, codes cannot be the first of them.
    async fn change_mode(&mut self) {
        let mode = *self.dice.pick(&[Mode::Off, Mode::Optional, Mode::On]);
        self.note(format!("MFA {}", mode.as_str()));
        let first = if mode == Mode::On { &["PASSWORD"][..] } else { &World::FIRST_FACTORS };
        let mut settings = World::settings();
        settings["Policies"] = json!({"SignInPolicy": {"AllowedFirstAuthFactors": first}});
        let mut mfa = World::mfa();
        mfa["MfaConfiguration"] = json!(mode.as_str());
        if mode == Mode::Off {
            for factor in ["SoftwareTokenMfaConfiguration", "SmsMfaConfiguration", "EmailMfaConfiguration"] {
                mfa.as_object_mut().unwrap().remove(factor);
            }
        }
        if mode == Mode::On {
            settings["MfaConfiguration"] = json!(self.mode.as_str());
            self.world.pool.admin("UpdateUserPool", settings).await.ok();
            self.world.pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
        } else {
            self.world.pool.admin("SetUserPoolMfaConfig", mfa).await.ok();
            settings["MfaConfiguration"] = json!(mode.as_str());
            self.world.pool.admin("UpdateUserPool", settings).await.ok();
        }
        self.mode = mode;
    }

    /// Turns some of a user's second factors on.
    async fn turn_on(&mut self, user: usize) {
        let mut on = Vec::new();
        for factor in ["SMS", "Email", "SoftwareToken"] {
            if self.dice.percent(40) && (factor != "SoftwareToken" || self.users[user].secret.is_some()) {
                on.push(factor);
            }
        }
        let preferred = on.first().copied().filter(|_| self.dice.percent(50));
        let mut input = json!({"Username": self.users[user].name});
        for factor in ["SMS", "Email", "SoftwareToken"] {
            let enabled = on.contains(&factor);
            input[format!("{factor}MfaSettings")] =
                json!({"Enabled": enabled, "PreferredMfa": preferred == Some(factor)});
        }
        self.note(format!("AdminSetUserMFAPreference {} {on:?} {preferred:?}", self.users[user].name));
        let answer = self.world.pool.admin("AdminSetUserMFAPreference", input).await;
        if answer.status == 200 {
            self.users[user].turned_on = on.into_iter().collect();
        } else {
            self.note(format!("  refused: {:?}", answer.refusal()));
        }
    }

    /// What a user does who is signed in.
    pub(super) async fn act_as_user(&mut self) {
        let user = self.dice.below(self.users.len());
        let Some(access) = self.users[user].access.clone() else { return };
        if self.dice.percent(30) {
            self.note(format!("GlobalSignOut {}", self.users[user].name));
            if self.world.pool.own("GlobalSignOut", &access, json!({})).await.status == 200 {
                self.users[user].era += 1;
            }
            return;
        }
        let associated = self.world.pool.own("AssociateSoftwareToken", &access, json!({})).await;
        let Some(secret) = associated.body["SecretCode"].as_str().map(str::to_owned) else { return };
        let now = self.world.now();
        let verify = json!({"UserCode": totp::code(&secret, now)});
        let verified = self.world.pool.own("VerifySoftwareToken", &access, verify).await;
        self.note(format!("another app of {}: {:?}", self.users[user].name, verified.refusal()));
        if verified.status == 200 {
            self.users[user].used_steps.insert(step_of(now));
            self.users[user].secret = Some(secret);
        }
    }
}
