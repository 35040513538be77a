//! The rules in small: who has proven what, and what that is good for. Knows nothing of how the server does it.

use std::collections::{BTreeMap, BTreeSet};

use stepwell_testkit::authenticator::SoftPasskey;
use stepwell_testkit::srp::{Client, Device};

use crate::{MINUTE, SECOND};

/// What can be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    Password,
    EmailOtp,
    SmsOtp,
    Passkey,
    Custom,
    App,
    SmsMfa,
    EmailMfa,
    Device,
}

impl Proof {
    pub(super) fn is_first(self) -> bool {
        matches!(self, Self::Password | Self::EmailOtp | Self::SmsOtp | Self::Passkey | Self::Custom)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Off,
    Optional,
    On,
}

impl Mode {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Optional => "OPTIONAL",
            Self::On => "ON",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Confirmed,
    MustChange,
    MustReset,
}

/// A user.
#[derive(Debug)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) sub: String,
    /// Empty if there is none.
    pub(super) email: String,
    /// Empty if there is none.
    pub(super) phone: String,
    pub(super) password: String,
    pub(super) status: Status,
    pub(super) enabled: bool,
    /// Grows with everything that takes back what was proven: signing out everywhere, disabling, another password.
    pub(super) era: u32,
    /// Names of the second factors that are on: `SMS`, `Email`, `SoftwareToken`.
    pub(super) turned_on: BTreeSet<&'static str>,
    /// Of the authenticator app.
    pub(super) secret: Option<String>,
    /// Time steps whose code was used.
    pub(super) used_steps: BTreeSet<i64>,
    pub(super) device: Option<Device>,
    pub(super) passkey: SoftPasskey,
    pub(super) access: Option<String>,
}

impl User {
    /// True if a password alone is not enough for this user.
    pub(super) fn is_asked(&self, mode: Mode) -> bool {
        match mode {
            Mode::Off => false,
            Mode::On => true,
            Mode::Optional => self.turned_on.iter().any(|name| match *name {
                "SMS" => !self.phone.is_empty(),
                "Email" => !self.email.is_empty(),
                _ => self.secret.is_some(),
            }),
        }
    }

    /// Why these proofs are no reason for tokens now; nothing if they are.
    pub(super) fn lacks(&self, mode: Mode, proofs: &BTreeSet<Proof>) -> Option<&'static str> {
        let second = proofs.iter().any(|proof| !proof.is_first());
        let only_code =
            proofs.iter().all(|proof| matches!(proof, Proof::EmailOtp | Proof::SmsOtp) || !proof.is_first());
        match () {
            () if !self.enabled => Some("the user is disabled"),
            () if self.status != Status::Confirmed => Some("the user's state does not allow it"),
            () if !proofs.iter().any(|proof| proof.is_first()) => Some("no first factor"),
            // The pool's own challenges take a second factor only where everybody needs one.
            () if proofs.contains(&Proof::Custom) && mode != Mode::On => None,
            () if self.is_asked(mode) && !second => Some("no second factor"),
            () if self.is_asked(mode) && only_code => Some("a code instead of the password"),
            () => None,
        }
    }
}

/// What a challenge asks for, with what the right answer is made of.
#[derive(Debug)]
pub(super) enum Asked {
    PasswordVerifier {
        client: Client,
        parameters: serde_json::Value,
    },
    Password,
    PasswordSrp,
    Select {
        available: Vec<String>,
        options: Option<String>,
    },
    /// A code: which proof it is, what it was and where it went.
    Code {
        proof: Proof,
        code: String,
        address: String,
    },
    WebAuthn {
        options: String,
    },
    App,
    SelectMfa {
        factors: Vec<String>,
    },
    /// The secret that is being set up, if there is one, and whether a code of it was seen.
    Setup {
        secret: Option<String>,
        proven: bool,
    },
    NewPassword,
    Custom {
        hint: String,
    },
    DeviceSrp {
        key: String,
    },
    DeviceVerifier {
        client: Client,
        device: Device,
        parameters: serde_json::Value,
    },
}

impl Asked {
    /// `ChallengeName`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::PasswordVerifier { .. } => "PASSWORD_VERIFIER",
            Self::Password => "PASSWORD",
            Self::PasswordSrp => "PASSWORD_SRP",
            Self::Select { .. } => "SELECT_CHALLENGE",
            Self::Code { proof: Proof::SmsOtp, .. } => "SMS_OTP",
            Self::Code { proof: Proof::SmsMfa, .. } => "SMS_MFA",
            Self::Code { .. } => "EMAIL_OTP",
            Self::WebAuthn { .. } => "WEB_AUTHN",
            Self::App => "SOFTWARE_TOKEN_MFA",
            Self::SelectMfa { .. } => "SELECT_MFA_TYPE",
            Self::Setup { .. } => "MFA_SETUP",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::Custom { .. } => "CUSTOM_CHALLENGE",
            Self::DeviceSrp { .. } => "DEVICE_SRP_AUTH",
            Self::DeviceVerifier { .. } => "DEVICE_PASSWORD_VERIFIER",
        }
    }

    /// True if its state travels in `SECRET_BLOCK`.
    pub(super) fn in_block(&self) -> bool {
        matches!(self, Self::PasswordVerifier { .. } | Self::DeviceVerifier { .. })
    }
}

/// A state that the walker was given.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) id: usize,
    pub(super) asked: Asked,
    pub(super) state: String,
    pub(super) user: usize,
    pub(super) client: usize,
    pub(super) proofs: BTreeSet<Proof>,
    pub(super) era: u32,
    pub(super) expires_at: i64,
    pub(super) wrong: u32,
    /// Another state that a right answer uses up.
    pub(super) also: Option<usize>,
}

impl Held {
    /// How long a state lives.
    pub(super) fn life(asked: &Asked) -> i64 {
        if asked.in_block() { MINUTE } else { 3 * MINUTE }
    }

    /// Why it is no good now, unspent as it may be; nothing if it is.
    pub(super) fn flaw(&self, user: &User, now: i64) -> Option<&'static str> {
        match () {
            () if now >= self.expires_at => Some("expired"),
            () if self.wrong >= 3 => Some("answered wrong three times"),
            () if !user.enabled => Some("the user is disabled"),
            () if user.era != self.era => Some("taken back"),
            () if user.status == Status::MustReset && !self.proofs.is_empty() => Some("reset"),
            () => None,
        }
    }
}

/// Numbers that are the same for the same seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end).unwrap()).unwrap()
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What a walk has come to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Tokens, by what was proven.
    pub(super) tokens: BTreeMap<String, u32>,
    /// Right answers that led to another challenge, by its name.
    pub(super) challenges: BTreeMap<&'static str, u32>,
    /// Refused answers, by what was wrong with them.
    pub(super) refused: BTreeMap<&'static str, u32>,
}

/// The time step of an authenticator app.
pub(super) fn step_of(now: i64) -> i64 {
    now / (30 * SECOND)
}
