//! Commands against a small server.
