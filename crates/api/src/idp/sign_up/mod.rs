//! Sign-up and password recovery.

pub mod confirm_forgot_password;
pub mod confirm_sign_up;
pub mod forgot_password;
pub mod resend_confirmation_code;
pub(crate) mod shapes;
#[expect(clippy::module_inception, reason = "the resource and its operation have one name in the model")]
pub mod sign_up;
