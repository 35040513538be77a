//! Sections `limits` and `cache`: what this node allows and keeps.

use std::collections::BTreeMap;

use stepwell_api::wire::category::Category;
use stepwell_api::wire::limits::LimitSettings;

use super::Mode;
use super::setting::{Kind, Setting};
use super::values::{ConfigError, Values};

/// In the list of rates: all categories, at Cognito's.
const COGNITO: &str = "cognito";

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "limits.per_address",
        "STEPWELL_LIMITS_PER_ADDRESS",
        Kind::Switch,
        "`true` in `serve`, `false` in `dev`",
        "Whether unsigned requests are limited per client address, on each node. Signed calls of administrators never count. The lockout of users is another thing, and always on.",
    ),
    Setting::new(
        "limits.per_user",
        "STEPWELL_LIMITS_PER_USER",
        Kind::Switch,
        "`true` in `serve`, `false` in `dev`",
        "Whether calls about one user are limited, as Cognito does it: 10 reads (signing in included) and 10 writes a second, on each node, administrators' calls included.",
    ),
    Setting::new(
        "limits.per_account",
        "STEPWELL_LIMITS_PER_ACCOUNT",
        Kind::List,
        "none",
        "Requests a second of all callers together, on each node, by Cognito's rate categories: `UserAuthentication=500,UserList=30`. `cognito` stands for all categories at Cognito's default rates, and entries after it change single ones. What is not listed has no limit. Where a category of a pool's resources or clients is listed, one operation is limited to 5 a second for each pool as well.",
    ),
    Setting::new(
        "cache.pools",
        "STEPWELL_CACHE_POOLS",
        Kind::Number,
        "1000",
        "How many pools' configuration and keys stay in memory (and four times as many app clients).",
    ),
];

/// Sections `limits` and `cache`.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Requests a second.
    pub(crate) requests: LimitSettings,
    /// Pools kept in memory.
    pub(crate) cached_pools: usize,
}

pub(super) fn read(values: &Values, mode: Mode) -> Result<Limits, ConfigError> {
    let requests = LimitSettings {
        per_address: values.switch("limits.per_address", mode == Mode::Serve),
        per_user: values.switch("limits.per_user", mode == Mode::Serve),
        account: read_account(values)?,
    };
    Ok(Limits { requests, cached_pools: values.number("cache.pools", 1000, 1..=1_000_000)? })
}

fn read_account(values: &Values) -> Result<BTreeMap<Category, u32>, ConfigError> {
    let mut rates = BTreeMap::new();
    for entry in values.list("limits.per_account") {
        if entry == COGNITO {
            rates.extend(Category::QUOTAS.map(|category| (category, category.rate())));
            continue;
        }
        let (name, rate) = entry.split_once('=').unwrap_or((entry, ""));
        let category: Category = name.trim().parse().map_err(|()| {
            let known = Category::QUOTAS.map(|category| category.to_string()).join(", ");
            values.error("limits.per_account", format_args!("there is no category {name:?}; there are {known}"))
        })?;
        let rate = rate.trim().parse().ok().filter(|rate| (1..=1_000_000).contains(rate)).ok_or_else(|| {
            values.error("limits.per_account", format_args!("{name} needs a number from 1 to 1000000: `{name}=100`"))
        })?;
        rates.insert(category, rate);
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Result<BTreeMap<Category, u32>, ConfigError> {
        let mut values = Values::default();
        values.add_option("limits.per_account", text.to_owned()).unwrap();
        read_account(&values)
    }

    #[test]
    fn dev_does_not_slow_anybody_down() {
        let limits = |mode| read(&Values::default(), mode).unwrap().requests;
        assert_eq!(limits(Mode::Dev), LimitSettings::default());
        let serve = limits(Mode::Serve);
        assert!(serve.per_address && serve.per_user && serve.account.is_empty());
    }

    #[test]
    fn rates_of_the_account() {
        assert_eq!(account("UserList=3").unwrap(), BTreeMap::from([(Category::UserList, 3)]));
        let all = account("cognito, UserAuthentication = 500").unwrap();
        assert_eq!((all.len(), all[&Category::UserAuthentication], all[&Category::UserList]), (17, 500, 30));
        for wrong in ["UserList", "UserList=", "UserList=0", "UserList=-1", "UserLists=3", "ChallengeAnswer=3", "=3"] {
            assert!(account(wrong).is_err(), "{wrong}");
        }
    }
}
