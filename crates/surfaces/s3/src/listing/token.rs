//! Continuation tokens: after which name to go on, as text that needs no escaping.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::S3Result;

use crate::errors::invalid;

/// A key and what stands around it fit; anything longer is not from here.
const LONGEST: usize = 2_048;

/// Makes a token.
pub(crate) fn write(after: &str) -> String {
    URL_SAFE_NO_PAD.encode(after)
}

/// Reads what [`write`] wrote.
pub(crate) fn read(token: &str) -> S3Result<String> {
    let short = Some(token).filter(|token| token.len() <= LONGEST);
    let decoded = short.and_then(|token| URL_SAFE_NO_PAD.decode(token).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| invalid("pass the continuation token on as it came, or leave it out to start again"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_comes_back(name in ".{0,300}") {
            prop_assert_eq!(read(&write(&name)).unwrap(), name);
        }

        #[test]
        fn any_text_is_read_or_refused(token in ".{0,80}") {
            let _ = read(&token);
        }
    }
}
