//! How IAM is changed: read the version, then whatever the decision needs, then submit with that version. If another node
//! changed anything meanwhile, it is all read and decided again. On one node changes go one at a time.

use stepwell_model::ErrorCode;
use tokio::sync::MutexGuard;

use crate::domain::Domain;
use crate::error::{Error, Result};
use crate::ports::store::Write;

/// How often a change is tried. Whoever loses tries again at once, and one change in the cluster succeeds each time: so many
/// losses in a row take as many changes by other nodes.
const TRIES: u32 = 64;
/// The name of the gate that the changes of one node pass.
const GATE: &str = "_iam";

/// One change of IAM and its tries.
pub(crate) struct Attempt<'a> {
    domain: &'a Domain,
    version: i64,
    tries: u32,
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Attempt<'a> {
    /// Waits for its turn. To be used as `loop { attempt.begin().await?; …; if attempt.commit(writes).await? { return … } }`.
    pub(crate) async fn new(domain: &'a Domain) -> Self {
        Self { domain, version: 0, tries: 0, _turn: domain.gate(GATE).await }
    }

    /// Begins a try; everything is to be read after it.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        if self.tries == TRIES {
            return Err(Error::new(ErrorCode::Throttling, "Rate exceeded"));
        }
        self.tries += 1;
        self.version = self.domain.stores.iam.iam_version().await?;
        Ok(())
    }

    /// Commits the writes if nothing of IAM changed since [`Self::begin`]; else false, and it is to be tried again.
    pub(crate) async fn commit(&self, writes: Vec<Write>) -> Result<bool> {
        let mut all = vec![Write::BumpIamVersion { expected: self.version }];
        all.extend(writes);
        Ok(self.domain.submit(all).await?.is_ok())
    }
}
