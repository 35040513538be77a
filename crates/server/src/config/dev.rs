//! Section `dev`: settings that `stepwell serve` refuses.

use super::setting::{Kind, Setting};
use super::values::Values;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new("dev.seed", "STEPWELL_DEV_SEED", Kind::Switch, "`true`", "Whether an empty database gets a demo pool, app client and user.").dev_only(),
    Setting::new("dev.allow_remote", "STEPWELL_DEV_ALLOW_REMOTE", Kind::Switch, "`false`", "Lets other machines in: **anybody who reaches the port is administrator.**").dev_only(),
    Setting::new("dev.aws_hostnames", "STEPWELL_DEV_AWS_HOSTNAMES", Kind::Switch, "`false`", "Puts `cognito-idp.<region>.amazonaws.com` and its kin into the local certificate, for apps and token verifiers whose DNS is pointed here. Signed operations still want a loopback name.").dev_only(),
];

/// Section `dev`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dev {
    /// Seed an empty database.
    pub(crate) seed: bool,
    /// Listen off loopback, answer to any Host.
    pub(crate) allow_remote: bool,
    /// Answer to AWS's names.
    pub(crate) aws_hostnames: bool,
}

pub(super) fn read(values: &Values) -> Dev {
    Dev {
        seed: values.switch("dev.seed", true),
        allow_remote: values.switch("dev.allow_remote", false),
        aws_hostnames: values.switch("dev.aws_hostnames", false),
    }
}
