//! Reading and writing the Amazon Resource Names of IAM.

use super::errors::invalid_input;
use crate::error::Result;
use crate::settings::Settings;

/// The account in the ARNs of policies that AWS itself publishes.
const AWS: &str = "aws";

/// The ARN of a user, role or policy; `path` begins and ends with a slash. Providers have no path: `/`.
pub fn write(account_id: &str, kind: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account_id}:{kind}{path}{name}")
}

/// The ARN of a role's session, in which the path has no part.
pub fn write_session(account_id: &str, role: &str, session: &str) -> String {
    format!("arn:aws:sts::{account_id}:assumed-role/{role}/{session}")
}

/// The parts of `arn:aws:iam::<account>:<kind>/<rest>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IamArn<'a> {
    /// The account: 12 digits, or `aws`.
    pub account: &'a str,
    /// `user`, `role`, `policy`, `oidc-provider`, `saml-provider`.
    pub kind: &'a str,
    /// What follows the kind: path and name (`division/ann`), or the provider's URL.
    pub rest: &'a str,
}

impl<'a> IamArn<'a> {
    /// Reads an ARN; none if it is not one of IAM's.
    pub fn parse(arn: &'a str) -> Option<Self> {
        let (account, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
        let (kind, rest) = resource.split_once('/')?;
        let is_account = account == AWS || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()));
        (is_account && !rest.is_empty()).then_some(Self { account, kind, rest })
    }

    /// The name at the end of the path.
    pub fn name(&self) -> &'a str {
        self.rest.rsplit_once('/').map_or(self.rest, |(_, name)| name)
    }

    /// True if it names something that AWS itself publishes.
    pub fn is_aws(&self) -> bool {
        self.account == AWS
    }
}

/// The ARN of a resource of one kind in this account; `InvalidInput` if it is something else.
pub(super) fn expect<'a>(settings: &Settings, arn: &'a str, kind: &str) -> Result<IamArn<'a>> {
    IamArn::parse(arn)
        .filter(|parsed| parsed.kind == kind && (parsed.is_aws() || parsed.account == settings.account_id))
        .ok_or_else(|| invalid_input(format!("ARN {arn} is not valid.")))
}

/// True if a text begins with an ASCII prefix, whatever the case.
pub(super) fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_iam_are_read_and_no_others() {
        let user = IamArn::parse("arn:aws:iam::123456789012:user/a/b/ann").unwrap();
        assert_eq!((user.account, user.kind, user.rest, user.name()), ("123456789012", "user", "a/b/ann", "ann"));
        let provider = IamArn::parse("arn:aws:iam::123456789012:oidc-provider/id.example.com:8443/x").unwrap();
        assert_eq!(provider.rest, "id.example.com:8443/x");
        assert!(IamArn::parse("arn:aws:iam::aws:policy/AdministratorAccess").unwrap().is_aws());
        for wrong in [
            "",
            "arn:aws:iam::123456789012:root",
            "arn:aws:iam::123456789012:user/",
            "arn:aws:iam::12345678901:user/x",
            "arn:aws:iam::12345678901x:user/x",
            "arn:aws:sts::123456789012:assumed-role/x/y",
            "arn:aws:iam:eu-west-1:123456789012:user/x",
            "arn:aws-cn:iam::123456789012:user/x",
            "*",
        ] {
            assert_eq!(IamArn::parse(wrong), None, "{wrong}");
        }
    }
}
