//! The rows of the security token service.

use stepwell_model::sts;

use super::{Asks, Authorized, Resource};

/// The role's trust policy decides together with the caller's policies.
impl Authorized for sts::AssumeRole {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::Itself
    }
}

/// The token authorizes it.
impl Authorized for sts::AssumeRoleWithWebIdentity {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::Unsigned
    }
}

/// The assertion authorizes it.
impl Authorized for sts::AssumeRoleWithSAML {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::Unsigned
    }
}

impl Authorized for sts::GetAccessKeyInfo {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::on(Resource::Any)
    }
}

/// "No permissions are required to perform this operation", not even without an explicit deny (STS API reference).
impl Authorized for sts::GetCallerIdentity {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::Free
    }
}

/// "No permissions are required for users to perform this operation" (STS API reference).
impl Authorized for sts::GetSessionToken {
    fn asks(_: &Self::Input) -> Asks<'_> {
        Asks::Free
    }
}
