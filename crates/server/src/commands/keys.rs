//! `stepwell keys`: access keys of IAM users.

use stepwell_core::SECOND;
use stepwell_core::keyring::AccessKey;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::access_keys;
use crate::cli::KeysAction;
use crate::config::Config;
use crate::listen;
use crate::start::{Ambient, Reach, Role, StartError, open_domain, open_stores};

/// Does it; returns what to print on standard output.
pub(crate) async fn run(config: &Config, action: KeysAction) -> Result<String, StartError> {
    match action {
        KeysAction::Create { user, description } => {
            let public_url =
                config.server.public_url.clone().unwrap_or_else(|| listen::local_origin("http", config.server.listen));
            let reach = Reach { public_url, email: false, sms: false };
            let (domain, _) = open_domain(config, Role::Tool, &Ambient::system(), reach).await?;
            let key = access_keys::create(&domain, user.as_deref(), &description).await?;
            Ok(format!("AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n", key.key.access_key_id, key.secret.as_str()))
        }
        KeysAction::List => {
            let stores = open_stores(config, Role::Tool).await?;
            Ok(access_keys::list(&stores).await?.iter().map(line).collect())
        }
        KeysAction::Delete { access_key_id } => {
            let stores = open_stores(config, Role::Tool).await?;
            access_keys::delete(&stores, &access_key_id).await?;
            Ok(format!("deleted {access_key_id}\n"))
        }
    }
}

fn line(key: &AccessKey) -> String {
    let made = OffsetDateTime::from_unix_timestamp(key.created_at / SECOND).ok();
    let made = made.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    let inactive = if key.active { "" } else { "  inactive" };
    format!("{}  {made}  {}{inactive}  {}\n", key.access_key_id, key.owner(), key.description)
}
