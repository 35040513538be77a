//! What users do to themselves, with an access token.

pub mod change_password;
pub mod delete_user;
pub mod delete_user_attributes;
pub mod get_user;
pub mod get_user_attribute_verification_code;
pub mod set_user_settings;
pub mod update_user_attributes;
pub mod verify_user_attribute;
