//! `stepwell master-key rotate`: wraps every pool key under a new master key. What pool keys sealed stays as it is.

use std::path::Path;

use stepwell_core::keyring::MasterKey;
use stepwell_core::ports::store::Write;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::master_key;
use crate::start::{Ambient, Role, StartError, open_stores};

/// Rotates; returns what to print. A pool that a running node makes meanwhile would be lost, hence the words about
/// stopping.
pub(crate) async fn rotate(config: &Config, new_key_file: &Path) -> Result<String, StartError> {
    // The role of a server: on SQLite it is refused while one runs.
    let stores = open_stores(config, Role::Server).await?;
    let wrapped = stores.config.all_wrapped_keys().await?;
    if wrapped.is_empty() {
        return Err(StartError::new("the database holds no keys yet: nothing to rotate"));
    }
    let rng = Ambient::system().rng;
    let (old, _) = master_key::obtain(config, &stores, &*rng).await?;
    let new = if new_key_file.exists() {
        master_key::read(new_key_file)?
    } else {
        let secret = Zeroizing::new(rng.bytes::<32>());
        master_key::write_new(new_key_file, &secret)?;
        secret
    };
    let new = MasterKey::new(new)?;
    let mut writes = Vec::with_capacity(wrapped.len());
    for key in &wrapped {
        let opened = old.unwrap(key).map_err(|_| {
            StartError::new("the master key in the configuration does not open this database; nothing was changed")
        })?;
        writes.push(Write::UpdateWrappedKey(new.wrap(&*rng, &key.pool_id, &opened)?));
    }
    let count = writes.len();
    stores.submit.submit(writes).await.map_err(|error| StartError::new(format!("nothing was changed: {error}")))?;
    Ok(format!(
        "Wrapped under the master key in {} now: {count} keys of pools and of the deployment.\nGive that one from now on; the old one opens only older backups.\n",
        new_key_file.display()
    ))
}
