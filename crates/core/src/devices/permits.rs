//! What a permit of this room is for, as its id. Single use, in the store, with an end.

use crate::auth::Realm;
use crate::auth::progress::{Progress, Proof};
use crate::cache::PoolEntry;
use crate::clients::flows::AuthFlow;

/// The permit to confirm a device key that a sign-in made for a user.
pub(super) fn to_confirm(sub: &str, key: &str) -> String {
    format!("confirm-device:{sub}:{key}")
}

/// The permit to begin `DEVICE_SRP_AUTH` without a Session: that this user has just proven the password at this client,
/// naming this device, and needs nothing but the device's proof. It names the user's generation and password, so that
/// signing out everywhere or another password makes it worthless.
///
/// `None` for every sign-in that such a permit cannot stand for. It tells no more than what is in its id; what a
/// sign-in carries besides (threat protection's demands, a level to reach, rounds of custom challenges, a changed
/// password) needs the Session.
pub(crate) fn sign_in_permit(realm: &Realm, progress: &Progress) -> Option<String> {
    let only_password = progress.flow == AuthFlow::UserSrp
        && progress.proofs == [Proof::Password]
        && progress.custom.is_empty()
        && progress.also_spends.is_none()
        && !progress.changed_password
        && progress.risk.is_none()
        && !progress.risk_demands_mfa
        && progress.step_up.is_none();
    let key = progress.device_key.as_deref().filter(|_| only_password)?;
    Some(id(&realm.entry, &realm.client.id, progress, key))
}

fn id(entry: &PoolEntry, client_id: &str, progress: &Progress, key: &str) -> String {
    let Progress { sub, generation, fingerprint, .. } = progress;
    let mac = entry.keys.name_mac(&["device-srp", client_id, sub, &hex::encode(generation), fingerprint, key]);
    format!("device-srp:{}", hex::encode(mac))
}
