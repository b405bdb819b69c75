//! What every answer of the console says about itself.

/// The content security policy: our own style sheet, scripts and pictures, our own forms, and nothing inline. The
/// public log's link is a navigation and needs nothing here.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
