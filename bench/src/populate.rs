//! Filling a pool with users faster than the API would: in this process, through the domain and the store's port, while no
//! server runs. Every user is whole: a verifier of its own password, sealed as the server seals it, and its index rows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stepwell_core::cache::PoolEntry;
use stepwell_core::keyring::MasterKey;
use stepwell_core::ports::clock::Clock;
use stepwell_core::ports::rng::Rng;
use stepwell_core::ports::store::Write;
use stepwell_core::settings::IssuerMode;
use stepwell_core::users::create::Profile;
use stepwell_core::users::{UserStatus, aliases, create, credential};
use stepwell_core::{Domain, Millis, Settings};
use zeroize::Zeroizing;

use crate::Failure;
use crate::server::Place;
use crate::target::{Account, Realm, account, email};

/// Users in one commit.
const BATCH: usize = 500;
/// Batches made and not yet written.
const AHEAD: usize = 4;

/// Puts users 0 to `count` into the pool.
pub(crate) fn run(place: &Place, realm: &Realm, count: usize) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let domain = runtime.block_on(open(place))?;
    let entry = runtime.block_on(domain.pool(&realm.pool_id))?;
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| -> Result<(), Failure> {
        let (sender, batches) = mpsc::sync_channel::<Result<Vec<Write>, Failure>>(AHEAD);
        for _ in 0..std::thread::available_parallelism()?.get() {
            let (domain, entry, next, sender) = (&domain, &entry, &next, sender.clone());
            scope.spawn(move || {
                loop {
                    let first = next.fetch_add(BATCH, Ordering::Relaxed);
                    // The receiver is gone when a write failed; then there is nothing more to do.
                    if first >= count || sender.send(batch(domain, entry, first..count.min(first + BATCH))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut written = 0;
        for batch in batches {
            let batch = batch?;
            written += batch.len();
            runtime.block_on(domain.stores.submit.submit(batch))?;
            if written.is_multiple_of(100 * BATCH) {
                eprintln!("{written} users after {:.0} s", started.elapsed().as_secs_f64());
            }
        }
        Ok(())
    })
}

/// The writes of some users.
fn batch(domain: &Domain, entry: &PoolEntry, numbers: std::ops::Range<usize>) -> Result<Vec<Write>, Failure> {
    let mut writes = Vec::with_capacity(numbers.len());
    for number in numbers {
        let Account { username, password } = account(number);
        let attributes =
            BTreeMap::from([("email".to_owned(), email(number).into()), ("email_verified".to_owned(), "true".into())]);
        let profile = Profile { username: Some(username), attributes };
        let mut user = create::user(domain, entry, profile, UserStatus::Confirmed);
        credential::set_password(domain, entry, &mut user, &password)?;
        let names = aliases::claims(entry, &user);
        writes.push(Write::InsertUser(Box::new(user)));
        writes.extend(names);
    }
    Ok(writes)
}

/// Opens the domain that the server made at this place.
async fn open(place: &Place) -> Result<Domain, Failure> {
    let database = place.data.join("stepwell.db");
    let url = place.database.clone().unwrap_or_else(|| format!("sqlite:{}", database.display()));
    let stores = stepwell_store::open(&url).await?;
    let text = std::fs::read_to_string(place.data.join("master-key"))?;
    let key: [u8; 32] = STANDARD.decode(text.trim())?.try_into().map_err(|_| "the master key is not 32 bytes long")?;
    let settings = Settings {
        region: "us-east-1".to_owned(),
        account_id: "000000000000".to_owned(),
        public_url: "http://localhost".to_owned(),
        issuer: IssuerMode::PublicUrl,
        dev: true,
        cached_pools: 16,
        default_email_from: "no-reply@localhost".to_owned(),
        email_available: false,
        sms_available: false,
        all_features: false,
        android_apps: Vec::new(),
    };
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng(SystemRandom::new())));
    Ok(Domain::open(stores, clock, rng, settings, MasterKey::new(Zeroizing::new(key))?).await?)
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this program stands outside the server, as the operating system does"
    )]
    fn now(&self) -> Millis {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(0))
    }
}

struct SystemRng(SystemRandom);

impl Rng for SystemRng {
    fn fill(&self, out: &mut [u8]) {
        if self.0.fill(out).is_err() {
            // As the port demands: never predictable bytes.
            std::process::abort();
        }
    }
}
