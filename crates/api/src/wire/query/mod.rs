//! The AWS query protocol of STS and IAM: forms in, XML out (Smithy, "AWS query protocol").

pub mod form;
mod form_value;
pub mod place;
pub mod xml;
mod xml_value;

pub use form::Form;
pub use place::Place;
