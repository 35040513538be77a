//! What comes of each call in each state: through a client that tells which users exist, and through one that hides it.
//!
//! Sources: API reference, the operations' errors and `UserType.UserStatus`; developer guide, "Managing user existence error
//! responses" and "Signing up and confirming user accounts". Texts that no page gives are Cognito's own.

use crate::cells::{Call, State};

const WRONG: &str = "NotAuthorized: Incorrect username or password.";
const NO_USER: &str = "UserNotFound: User does not exist.";
/// The same, told at sign-up and recovery.
const NOBODY: &str = "UserNotFound: Username/client id combination not found.";
const DISABLED: &str = "NotAuthorized: User is disabled.";
const UNCONFIRMED: &str = "UserNotConfirmed: User is not confirmed.";
const RESET: &str = "PasswordResetRequired: Password reset required for the user";
const EXPIRED: &str = "NotAuthorized: Temporary password has expired and must be reset by an administrator.";
const FEDERATED: &str = "NotAuthorized: User is federated and cannot sign in here.";
const NO_METHOD: &str = "NotAuthorized: No authentication method is available for the user.";
const NO_RESET: &str = "NotAuthorized: User password cannot be reset in the current state.";
const NO_ADDRESS: &str =
    "InvalidParameter: Cannot reset password for the user as there is no registered/verified email or phone_number";
const EXPIRED_CODE: &str = "ExpiredCode: Invalid code provided, please request a code again.";
const WRONG_CODE: &str = "CodeMismatch: Invalid verification code provided, please try again.";
const WRONG_OTP: &str = "CodeMismatch: Invalid code or auth state for the user.";
const CONFIRMED_ALREADY: &str = "InvalidParameter: User is already confirmed.";
const TOKENS: &str = "tokens";
const OK: &str = "ok";
const PASSWORDS: &str = "PASSWORD_SRP PASSWORD";
const EVERYTHING: &str = "PASSWORD_SRP PASSWORD EMAIL_OTP";
/// Somebody in this state has nothing to make the call with.
const NOT_POSSIBLE: &str = "-";

pub(crate) fn outcomes(state: State, call: Call) -> [String; 2] {
    match call {
        Call::Password | Call::Srp | Call::AdminPassword => password(state).map(str::to_owned),
        Call::Choice | Call::EmailOtp | Call::Custom => other_sign_in(state, call).map(str::to_owned),
        Call::Forgot | Call::ConfirmForgot => recovery(state, call).map(str::to_owned),
        Call::Resend | Call::ConfirmSignUp | Call::SignUp => sign_up(state, call),
        Call::Refresh | Call::ChangePassword | Call::GetUser => {
            // Tokens do not care which client hides what.
            let outcome = with_tokens(state, call).to_owned();
            [outcome.clone(), outcome]
        }
        Call::AdminConfirm
        | Call::AdminReset
        | Call::SetPermanent
        | Call::SetTemporary
        | Call::InviteAgain
        | Call::SignOut => {
            let outcome = by_admin(state, call);
            [outcome.clone(), outcome]
        }
    }
}

/// With the right password, where there is one.
fn password(state: State) -> [&'static str; 2] {
    match state {
        State::Nobody => [NO_USER, WRONG],
        State::Unconfirmed => [UNCONFIRMED; 2],
        State::Confirmed => [TOKENS; 2],
        State::ResetRequired => [RESET; 2],
        // Has no password that could be right.
        State::Imported => [RESET, WRONG],
        State::ForceChangePassword => ["NEW_PASSWORD_REQUIRED"; 2],
        State::TemporaryExpired => [EXPIRED; 2],
        State::Passwordless | State::External => [WRONG; 2],
        State::Disabled => [DISABLED, WRONG],
    }
}

/// By choice, by a code, by the pool's own challenge. What is hidden is hidden until something is proven.
fn other_sign_in(state: State, call: Call) -> [&'static str; 2] {
    match (call, state) {
        (Call::Choice, State::Nobody) => [NO_USER, EVERYTHING],
        (Call::Choice, State::Confirmed) => [EVERYTHING; 2],
        (Call::Choice, State::Passwordless) => ["EMAIL_OTP", EVERYTHING],
        (Call::EmailOtp, State::Nobody) => [NO_USER, WRONG_OTP],
        // Asks for a code and is offered what there is instead.
        (
            Call::Choice | Call::EmailOtp,
            State::Unconfirmed | State::ResetRequired | State::ForceChangePassword | State::TemporaryExpired,
        ) => [PASSWORDS, played(call)],
        (Call::Choice | Call::EmailOtp, State::Imported) => [RESET, played(call)],
        (Call::Choice | Call::EmailOtp, State::External) => [NO_METHOD, played(call)],
        (Call::Choice | Call::EmailOtp, State::Disabled) => [DISABLED, played(call)],
        (_, State::Nobody) => [NO_USER, WRONG],
        (_, State::Unconfirmed) => [UNCONFIRMED; 2],
        (_, State::Confirmed | State::Passwordless) => [TOKENS; 2],
        (_, State::ResetRequired | State::Imported) => [RESET; 2],
        (_, State::ForceChangePassword) => ["NEW_PASSWORD_REQUIRED"; 2],
        (_, State::TemporaryExpired) => [EXPIRED; 2],
        (_, State::External) => [FEDERATED; 2],
        (_, State::Disabled) => [DISABLED, WRONG],
    }
}

/// What somebody looks like who must not show: everything can be chosen, and no code is right.
fn played(call: Call) -> &'static str {
    if call == Call::Choice { EVERYTHING } else { WRONG_OTP }
}

fn recovery(state: State, call: Call) -> [&'static str; 2] {
    match (state, call) {
        (State::Nobody, Call::Forgot) => [NOBODY, OK],
        (State::Nobody, _) => [NOBODY, EXPIRED_CODE],
        (State::Unconfirmed, Call::Forgot) => [NO_ADDRESS, OK],
        (State::Unconfirmed, _) => [UNCONFIRMED, EXPIRED_CODE],
        (State::Confirmed | State::Passwordless, _) | (State::ResetRequired | State::Imported, Call::Forgot) => [OK; 2],
        (State::ResetRequired | State::Imported, _) => ["ok, now CONFIRMED"; 2],
        (State::ForceChangePassword | State::TemporaryExpired | State::External, Call::Forgot) => [NO_RESET, OK],
        (State::ForceChangePassword | State::TemporaryExpired | State::External, _) => [NO_RESET, EXPIRED_CODE],
        (State::Disabled, Call::Forgot) => [DISABLED, OK],
        (State::Disabled, _) => [DISABLED, EXPIRED_CODE],
    }
}

fn sign_up(state: State, call: Call) -> [String; 2] {
    let both = match (call, state) {
        (Call::SignUp, State::Nobody) => ["ok, now UNCONFIRMED"; 2],
        (Call::SignUp, _) => ["UsernameExists: User already exists"; 2],
        (Call::Resend, State::Unconfirmed) => [OK; 2],
        (_, State::Unconfirmed) => ["ok, now CONFIRMED"; 2],
        (Call::Resend, State::Nobody) => [NOBODY, OK],
        (_, State::Nobody) => [NOBODY, WRONG_CODE],
        (Call::Resend, State::Disabled) => [DISABLED, OK],
        (_, State::Disabled) => [DISABLED, WRONG_CODE],
        (Call::Resend, _) => [CONFIRMED_ALREADY, OK],
        (_, state) => return [cannot_be_confirmed(state), WRONG_CODE.to_owned()],
    };
    both.map(str::to_owned)
}

/// With tokens of a sign-in before the user came into this state.
fn with_tokens(state: State, call: Call) -> &'static str {
    match (state, call) {
        (State::Nobody | State::Unconfirmed, _) => NOT_POSSIBLE,
        (State::ResetRequired | State::Imported, _) => RESET,
        (State::Disabled, _) => DISABLED,
        (_, Call::Refresh) => TOKENS,
        (State::External, Call::ChangePassword) => "NotAuthorized: User is federated and has no password to change.",
        (State::ForceChangePassword, Call::ChangePassword) => "ok, now CONFIRMED",
        (State::TemporaryExpired, Call::ChangePassword) => EXPIRED,
        _ => OK,
    }
}

fn by_admin(state: State, call: Call) -> String {
    match (call, state) {
        (_, State::Nobody) => NO_USER.to_owned(),
        (Call::AdminConfirm, State::Unconfirmed) => "ok, now CONFIRMED".to_owned(),
        (Call::AdminConfirm, state) => cannot_be_confirmed(state),
        (Call::AdminReset, State::Confirmed | State::Passwordless) => "ok, now RESET_REQUIRED".to_owned(),
        (Call::AdminReset, State::ResetRequired | State::Imported)
        | (Call::InviteAgain, State::ForceChangePassword | State::TemporaryExpired) => OK.to_owned(),
        (Call::AdminReset, State::Disabled) => DISABLED.to_owned(),
        (Call::AdminReset, _) => NO_RESET.to_owned(),
        (Call::SetPermanent, state) => now(state, "CONFIRMED"),
        (Call::SetTemporary, state) => now(state, "FORCE_CHANGE_PASSWORD"),
        (Call::InviteAgain, state) => {
            let status = status(state);
            format!("UnsupportedUserState: Resend not possible. {status} status is not FORCE_CHANGE_PASSWORD")
        }
        // Signing out touches no state.
        _ => OK.to_owned(),
    }
}

fn cannot_be_confirmed(state: State) -> String {
    format!("NotAuthorized: User cannot be confirmed. Current status is {}", status(state))
}

fn now(state: State, next: &str) -> String {
    if status(state) == next { OK.to_owned() } else { format!("ok, now {next}") }
}

/// `UserStatus` of somebody in this state.
fn status(state: State) -> &'static str {
    match state {
        State::Nobody => "",
        State::Unconfirmed => "UNCONFIRMED",
        State::Confirmed | State::Passwordless | State::Disabled => "CONFIRMED",
        State::ResetRequired | State::Imported => "RESET_REQUIRED",
        State::ForceChangePassword | State::TemporaryExpired => "FORCE_CHANGE_PASSWORD",
        State::External => "EXTERNAL_PROVIDER",
    }
}
