//! Argon2id (RFC 9106), at a bounded number at a time.
//!
//! Promises: the parameters stand beside each hash (PHC string format), and a hash made with others than today's is
//! made anew when its password comes by; an unknown person costs the same work as a wrong password; no more memory is
//! used than for so many at once, and who would have to wait for long is told so at once. Leaves out: a pepper of its
//! own, since hashes are sealed under the tenant's key.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use kernel::Random;
use tokio::sync::{Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

use super::Password;
use crate::error::{Error, Result};

const SALT_LEN: usize = 16;
/// How many may wait for each that is at work.
const WAITING: usize = 16;

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashes at the same time; each takes the memory.
    pub at_once: usize,
}

impl Default for Cost {
    /// The second choice of RFC 9106, section 4: 64 MiB, three passes, four lanes.
    fn default() -> Self {
        Self {
            memory_kib: 64 << 10,
            passes: 3,
            lanes: 4,
            at_once: 4,
        }
    }
}

/// Hashes passwords. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hasher {
    params: Params,
    /// What unknown people are compared with: a hash that no password has.
    nobody: Arc<str>,
    at_work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// A password that was right.
pub(crate) struct Right {
    /// Its hash with today's parameters, if it was made with others.
    pub(crate) anew: Option<Zeroizing<String>>,
}

impl Hasher {
    pub(crate) fn new(cost: Cost) -> Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|error| Error::Internal(format!("the cost of passwords cannot be used: {error}")))?;
        let (memory, passes, lanes) = (cost.memory_kib, cost.passes, cost.lanes);
        // Nobody can know a password whose hash is all zeroes.
        let zeroes = "A".repeat(43);
        let nobody =
            format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$AAAAAAAAAAAAAAAAAAAAAA${zeroes}");
        Ok(Self {
            params,
            nobody: nobody.into(),
            at_work: Arc::new(Semaphore::new(cost.at_once.max(1))),
            waiting: Arc::new(Semaphore::new(cost.at_once.max(1) * WAITING)),
        })
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: Password, random: &dyn Random) -> Result<Zeroizing<String>> {
        let (_waiting, _turn) = self.turn().await?;
        let (hasher, salt) = (self.clone(), salt(random));
        off_the_runtime(move || hasher.make(&password, &salt)).await?
    }

    /// Whether the password is the one that was hashed; as much work when there is none.
    pub(crate) async fn check(
        &self,
        password: Option<Password>,
        hash: Option<Zeroizing<String>>,
        random: &dyn Random,
    ) -> Result<Option<Right>> {
        let (_waiting, _turn) = self.turn().await?;
        let (hasher, salt) = (self.clone(), salt(random));
        off_the_runtime(move || hasher.compare(password, hash, &salt)).await?
    }

    async fn turn(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>)> {
        let waiting = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let turn = self.at_work.acquire().await;
        turn.map(|turn| (waiting, turn)).map_err(|_| Error::Busy)
    }

    fn compare(
        &self,
        password: Option<Password>,
        hash: Option<Zeroizing<String>>,
        salt: &[u8],
    ) -> Result<Option<Right>> {
        let stored = hash.as_ref().map_or(&*self.nobody, |hash| hash.as_str());
        let parsed = PasswordHash::new(stored).map_err(|_| Error::Altered)?;
        let bytes = password.as_ref().map_or(&b""[..], Password::as_bytes);
        let fits = self.argon2().verify_password(bytes, &parsed).is_ok();
        let Some(password) = password.filter(|_| fits && hash.is_some()) else {
            return Ok(None);
        };
        let anew = match Params::try_from(&parsed) {
            Ok(params) if self.is_todays(&params) => None,
            _ => Some(self.make(&password, salt)?),
        };
        Ok(Some(Right { anew }))
    }

    fn is_todays(&self, params: &Params) -> bool {
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        costs(params) == costs(&self.params)
    }

    fn make(&self, password: &Password, salt: &[u8]) -> Result<Zeroizing<String>> {
        let hash: PasswordHash = self
            .argon2()
            .hash_password_with_salt(password.as_bytes(), salt)
            .map_err(|error| Error::Internal(format!("a password cannot be hashed: {error}")))?;
        Ok(Zeroizing::new(hash.to_string()))
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }
}

fn salt(random: &dyn Random) -> [u8; SALT_LEN] {
    let mut salt = [0u8; SALT_LEN];
    random.fill(&mut salt);
    salt
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Internal(format!("hashing ended early: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemRandom;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
        at_once: 2,
    };

    fn password(text: &str) -> Password {
        Password::read(&text.into()).unwrap()
    }

    fn compared(hasher: &Hasher, text: &str, hash: Option<&Zeroizing<String>>) -> Option<Right> {
        hasher
            .compare(Some(password(text)), hash.cloned(), &[7; 16])
            .unwrap()
    }

    #[test]
    fn the_right_password_is_right_and_no_other() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let hash = hasher
            .make(&password("four grey horses"), &salt(&SystemRandom))
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(
            compared(&hasher, "four grey horses", Some(&hash))
                .unwrap()
                .anew
                .is_none()
        );
        assert!(compared(&hasher, "four grey horsed", Some(&hash)).is_none());
        assert!(
            compared(&hasher, "", None).is_none() && compared(&hasher, "four grey horses", None).is_none()
        );
    }

    #[test]
    fn a_hash_of_other_parameters_is_made_anew() {
        let (old, new) = (
            Hasher::new(CHEAP).unwrap(),
            Hasher::new(Cost { passes: 2, ..CHEAP }).unwrap(),
        );
        let hash = old.make(&password("four grey horses"), &[1; 16]).unwrap();
        let anew = compared(&new, "four grey horses", Some(&hash))
            .unwrap()
            .anew
            .unwrap();
        assert!(
            compared(&new, "four grey horses", Some(&anew))
                .unwrap()
                .anew
                .is_none()
        );
    }

    #[test]
    fn a_spoilt_hash_is_no_hash() {
        let hasher = Hasher::new(CHEAP).unwrap();
        let spoilt = Zeroizing::new("$argon2id$v=19$m=4294967295,t=1$".to_owned());
        assert!(
            hasher
                .compare(Some(password("x")), Some(spoilt), &[1; 16])
                .is_err()
        );
    }

    #[tokio::test]
    async fn who_would_wait_for_long_is_told_so() {
        let hasher = Hasher::new(Cost { at_once: 1, ..CHEAP }).unwrap();
        let all: Vec<_> = (0..WAITING)
            .map(|_| hasher.waiting.try_acquire().unwrap())
            .collect();
        assert!(matches!(
            hasher.check(None, None, &SystemRandom).await,
            Err(Error::Busy)
        ));
        drop(all);
        assert!(hasher.check(None, None, &SystemRandom).await.unwrap().is_none());
    }
}
