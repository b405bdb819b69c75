//! How a client begins that would be content with less than it should (RFC 5246, section 7.4.1.2), and what somebody answers who is
//! content with that too. No secrets are in it: nobody goes on after it.

/// As it stands on the wire.
pub(super) const TLS_1_1: [u8; 2] = [3, 2];
const TLS_1_2: [u8; 2] = [3, 3];

/// Good for their time, and still known to servers that speak old versions.
const SUITES_OF_OLD: &[u8] = &[
    0xc0, 0x13, 0xc0, 0x14, 0xc0, 0x09, 0xc0, 0x0a, 0x00, 0x2f, 0x00, 0x35,
];
/// RC4, 3DES, and keys that are sent instead of agreed upon: nothing protects what was recorded when the server's key gets lost.
const WEAK_SUITES: &[u8] = &[
    0x00, 0x05, 0x00, 0x0a, 0x00, 0x2f, 0x00, 0x35, 0x00, 0x3c, 0x00, 0x9c,
];

/// Groups, formats of points, and signatures, which servers want to hear.
const EXTENSIONS: &[u8] = &[
    0, 10, 0, 6, 0, 4, 0, 29, 0, 23, // x25519, secp256r1
    0, 11, 0, 2, 1, 0, // uncompressed points
    0, 13, 0, 10, 0, 8, 4, 3, 8, 4, 4, 1, 2, 1, // ECDSA, RSA-PSS and RSA with SHA-256, RSA with SHA-1
];

/// The first record of a client that speaks no newer version than this.
pub(super) fn of_version(version: [u8; 2]) -> Vec<u8> {
    hello(version, SUITES_OF_OLD)
}

/// The first record of a client that knows nothing but weak ciphers.
pub(super) fn of_weak_ciphers() -> Vec<u8> {
    hello(TLS_1_2, WEAK_SUITES)
}

fn hello(version: [u8; 2], suites: &[u8]) -> Vec<u8> {
    let body = [
        &version[..],
        &[0x5a; 32],
        &[0],
        &length(suites),
        suites,
        &[1, 0],
        &length(EXTENSIONS),
        EXTENSIONS,
    ]
    .concat();
    let message = [&[1, 0][..], &length(&body), &body].concat();
    [&[22, 3, 1][..], &length(&message), &message].concat()
}

fn length(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// The beginning of a server's hello of TLS 1.1.
pub(super) const ANSWER_OF_TLS_1_1: &[u8] = &[22, 3, 2, 0, 4, 2, 0, 0, 0];
/// The beginning of a server's hello of TLS 1.2.
pub(super) const ANSWER_OF_WEAK_CIPHERS: &[u8] = &[22, 3, 3, 0, 4, 2, 0, 0, 0];
