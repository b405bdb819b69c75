//! The key that backups are sealed under, and the text file it lives in.
//!
//! It is no key of the installation: who holds it reads archives, and without the root key and the archive of keys those open
//! nothing. Leaves out: files, and what protects this one beside its mode.

use kernel::Random;
use sealing::Key;
use zeroize::Zeroizing;

const FORMAT: &str = "bailee-backup-key-1";
const PREFACE: &str = "# The key that the backups of a Bailee installation are sealed under. Without it none can be restored.\n\
                       # Keep a copy elsewhere: neither only on the server, nor beside the backups.\n";

/// The key that backups are sealed under.
pub struct BackupKey(Key);

/// Text that is no backup key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a backup key: the file has the lines `format = \"{FORMAT}\"` and `key = \"…\"`")]
pub struct BadBackupKey;

impl BackupKey {
    /// A new one.
    pub fn generate(random: &dyn Random) -> Self {
        Self(Key::generate(random))
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`BadBackupKey`], which repeats nothing of it.
    pub fn parse(text: &str) -> Result<Self, BadBackupKey> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        let (mut format, mut key) = (false, false);
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, value) = line.split_once('=').ok_or(BadBackupKey)?;
            let value = value
                .trim()
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            match (name.trim(), value.ok_or(BadBackupKey)?) {
                ("format", FORMAT) if !format => format = true,
                ("key", value) if !key => {
                    hex::decode_to_slice(value, &mut bytes[..]).map_err(|_| BadBackupKey)?;
                    key = true;
                }
                _ => return Err(BadBackupKey),
            }
        }
        let whole = format && key;
        whole.then(|| Self(Key::from_bytes(*bytes))).ok_or(BadBackupKey)
    }

    /// The file's text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new(hex::encode(self.0.expose()));
        Zeroizing::new(format!("{PREFACE}format = \"{FORMAT}\"\nkey = \"{}\"\n", *key))
    }

    /// For manifests.
    pub(crate) fn manifests(&self) -> Key {
        self.0.derive("backup manifest", &[])
    }

    /// For parts with data.
    pub(crate) fn data(&self) -> Key {
        self.0.derive("backup data", &[])
    }

    /// For parts with wrapped keys.
    pub(crate) fn keys(&self) -> Key {
        self.0.derive("backup keys", &[])
    }

    /// For the list of what was erased.
    pub(crate) fn list(&self) -> Key {
        self.0.derive("backup list", &[])
    }
}

impl std::fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BackupKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use kernel::SystemRandom;

    use super::*;

    #[test]
    fn the_text_comes_back_and_others_are_refused() {
        let key = BackupKey::generate(&SystemRandom);
        let text = key.to_text();
        let back = BackupKey::parse(&text).unwrap();
        assert_eq!(back.data().expose(), key.data().expose());
        assert_ne!(key.data().expose(), key.keys().expose());
        let twice = format!("{}key = \"00\"\n", *text);
        for bad in [
            "",
            "key = \"00\"",
            &text.replace("key-1", "key-2"),
            &twice,
            &text.replace("key = \"", "key = \"zz"),
        ] {
            assert_eq!(BackupKey::parse(bad).err(), Some(BadBackupKey), "{bad}");
        }
    }
}
