//! The profiles that are built in, each named for a business.

/// Names and texts of the ready profiles.
pub const READY: [(&str, &str); 4] = [
    ("ai-api", include_str!("../../profiles/ai-api.toml")),
    ("crm", include_str!("../../profiles/crm.toml")),
    ("identity", include_str!("../../profiles/identity.toml")),
    ("training-data", include_str!("../../profiles/training-data.toml")),
];

/// The text of a ready profile.
pub fn ready(name: &str) -> Option<&'static str> {
    let found = READY.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}
