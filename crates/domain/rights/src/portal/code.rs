//! Codes: eight digits, kept as a hash under a key of the tenant's that is bound to the visit.

use custody::Session;
use kernel::{Random, VisitId};

/// A code. The numbers at the upper end of 64 bits make some codes likelier than others by one part in 10^11.
pub(super) fn eight_digits(random: &dyn Random) -> String {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    format!("{:08}", u64::from_be_bytes(bytes) % 100_000_000)
}

/// What is kept of it, and compared.
pub(super) fn blind(session: &Session, visit: VisitId, code: &str) -> [u8; 32] {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let bound = [visit.as_bytes().as_slice(), digits.as_bytes()].concat();
    sealing::blind(&session.blind_index("rights portal code"), "code", &bound)
}
