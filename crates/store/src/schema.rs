//! The migrations, in order, paired by number.

use crate::engine::Script;
use crate::engine::migrate::Migration;

macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            name: $name,
            script: Script {
                sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
                postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
            },
        }
    };
}

pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_main_job"),
    migration!(2, "0002_resource_servers"),
    migration!(3, "0003_authentication"),
    migration!(4, "0004_iam"),
    migration!(5, "0005_identity_pools"),
    migration!(6, "0006_iam_unique_ids"),
];
