//! `AssumeRoleWithSAML`.

use stepwell_core::{Context, Error, ErrorCode, Result};
use stepwell_model::sts::{AssumeRoleWithSAML, AssumeRoleWithSAMLRequest, AssumeRoleWithSAMLResponse};

use crate::operation::Operation;

impl Operation for AssumeRoleWithSAML {
    /// No assertion can be verified before there is SAML federation, so none is taken.
    async fn call(_: &Context<'_>, _: AssumeRoleWithSAMLRequest) -> Result<AssumeRoleWithSAMLResponse> {
        Err(Error::new(ErrorCode::IDPRejectedClaim, "SAML assertions cannot be verified by this build of Stepwell yet"))
    }
}
