//! The words of a refusal (IAM User Guide, "Troubleshoot access denied error messages").

use stepwell_model::ErrorCode;

use crate::error::Error;
use crate::iam::Signer;
use crate::iam::policy::Decision;
use crate::settings::Settings;

/// `AccessDeniedException` for a decision that is not to allow. `resource` is an ARN, `*`, or what the service calls it.
pub fn denied(settings: &Settings, signer: &Signer, action: &str, resource: &str, decision: Decision) -> Error {
    let who = signer.arn(settings);
    let mut message = format!("User: {who} is not authorized to perform: {action} on resource: {resource}");
    if let Some(reason) = decision.reason(action) {
        message.push(' ');
        message.push_str(&reason);
    }
    Error::new(ErrorCode::AccessDenied, message)
}
