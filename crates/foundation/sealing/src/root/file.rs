//! The text file a local root key lives in: bytes in, bytes out; reading and writing is the caller's.

use std::fmt;

use kernel::Random;
use zeroize::Zeroizing;

use super::cost::PassphraseCost;
use super::refused::BadRootFile;
use super::text::Fields;
use super::{LocalRoot, RootId};
use crate::{Context, Key, Refused, WRAPPED_LEN, boxes};

const FORMAT: &str = "bailee-root-key-1";
const PREFACE: &str = "# The root key of a Bailee installation. Without this file and what protects it, nothing\n\
                       # can be opened again. Keep a copy somewhere else.\n";
/// Fewer bytes than this are not a credential: it must be as hard to guess as the key.
const CREDENTIAL_MIN: usize = 32;

/// A root key file that is well formed.
pub struct RootFile {
    id: RootId,
    guard: Guard,
}

/// What protects the key in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// A passphrase that somebody enters at start.
    Passphrase,
    /// Random bytes given by the service manager, such as a systemd credential.
    Credential,
    /// Nothing but the mode of the file.
    None,
}

/// What a caller has to open a file with.
#[derive(Clone, Copy)]
pub enum Unlock<'a> {
    /// The passphrase, exactly as it was given when the file was made (no line end, UTF-8).
    Passphrase(&'a [u8]),
    /// The credential's bytes.
    Credential(&'a [u8]),
    /// Nothing, for a file that is not protected.
    Nothing,
}

enum Guard {
    Passphrase {
        cost: PassphraseCost,
        salt: [u8; 16],
        sealed: [u8; WRAPPED_LEN],
    },
    Credential {
        sealed: [u8; WRAPPED_LEN],
    },
    None {
        key: Key,
    },
}

impl RootFile {
    /// A file whose key needs a passphrase.
    ///
    /// # Errors
    /// [`BadRootFile::EmptyPassphrase`].
    pub fn with_passphrase(
        root: &Key,
        passphrase: &[u8],
        cost: PassphraseCost,
        random: &dyn Random,
    ) -> Result<Self, BadRootFile> {
        if passphrase.is_empty() {
            return Err(BadRootFile::EmptyPassphrase);
        }
        let id = RootId::of(root);
        let mut salt = [0u8; 16];
        random.fill(&mut salt);
        let kek = cost.key_of(passphrase, &salt)?;
        let sealed = sealed(&kek, Protection::Passphrase, id, root, random);
        Ok(Self {
            id,
            guard: Guard::Passphrase { cost, salt, sealed },
        })
    }

    /// A file whose key needs 32 or more random bytes that are kept elsewhere.
    ///
    /// # Errors
    /// [`BadRootFile::ShortCredential`].
    pub fn with_credential(root: &Key, credential: &[u8], random: &dyn Random) -> Result<Self, BadRootFile> {
        let kek = key_of_credential(credential)?;
        let id = RootId::of(root);
        let sealed = sealed(&kek, Protection::Credential, id, root, random);
        Ok(Self {
            id,
            guard: Guard::Credential { sealed },
        })
    }

    /// A file that holds the bare key. Its mode is then all that protects everything.
    pub fn bare(root: &Key) -> Self {
        Self {
            id: RootId::of(root),
            guard: Guard::None {
                key: root.duplicate(),
            },
        }
    }

    /// Reads a file. Nothing is opened; costs are within bounds afterwards.
    ///
    /// # Errors
    /// [`BadRootFile`], saying which line.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadRootFile> {
        let mut fields = Fields::parse(bytes)?;
        if fields.text("format")? != FORMAT {
            return Err(BadRootFile::Value("format"));
        }
        let mut id = [0u8; 16];
        fields.hex("id", &mut id)?;
        let guard = match fields.text("protection")? {
            "passphrase" => Guard::parse_passphrase(&mut fields)?,
            "credential" => Guard::Credential {
                sealed: parse_sealed(&mut fields)?,
            },
            "none" => Guard::parse_bare(&mut fields)?,
            _ => return Err(BadRootFile::Value("protection")),
        };
        fields.finish()?;
        Ok(Self {
            id: RootId(id),
            guard,
        })
    }

    /// The file's text; what [`RootFile::parse`] reads. Wiped when dropped, for the bare key's sake.
    pub fn to_text(&self) -> Zeroizing<String> {
        let protection = self.protection().word();
        // Room for everything, so that growing leaves no copy of a bare key behind.
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        text.push_str(PREFACE);
        push(&mut text, "format", format_args!("\"{FORMAT}\""));
        push(&mut text, "id", format_args!("\"{}\"", self.id));
        push(&mut text, "protection", format_args!("\"{protection}\""));
        self.guard.push_to(&mut text);
        text
    }

    /// Which root key the file says it holds.
    pub fn id(&self) -> RootId {
        self.id
    }

    /// What protects it.
    pub fn protection(&self) -> Protection {
        match self.guard {
            Guard::Passphrase { .. } => Protection::Passphrase,
            Guard::Credential { .. } => Protection::Credential,
            Guard::None { .. } => Protection::None,
        }
    }

    /// Opens the key. With a passphrase this takes the memory and time that the file's cost asks for.
    ///
    /// # Errors
    /// [`BadRootFile::NeedsOther`], [`BadRootFile::WrongPassphrase`], [`BadRootFile::WrongCredential`],
    /// [`BadRootFile::ShortCredential`], [`BadRootFile::OtherKey`].
    pub fn open(&self, unlock: Unlock<'_>) -> Result<LocalRoot, BadRootFile> {
        let key = match (&self.guard, unlock) {
            (Guard::Passphrase { cost, salt, sealed }, Unlock::Passphrase(passphrase)) => {
                let kek = cost.key_of(passphrase, salt)?;
                self.opened(&kek, sealed)
                    .map_err(|_| BadRootFile::WrongPassphrase(self.id))?
            }
            (Guard::Credential { sealed }, Unlock::Credential(credential)) => {
                let kek = key_of_credential(credential)?;
                self.opened(&kek, sealed)
                    .map_err(|_| BadRootFile::WrongCredential(self.id))?
            }
            (Guard::None { key }, Unlock::Nothing) => key.duplicate(),
            _ => return Err(BadRootFile::NeedsOther(self.protection())),
        };
        let root = LocalRoot::new(key);
        if root.id == self.id {
            Ok(root)
        } else {
            Err(BadRootFile::OtherKey(self.id))
        }
    }

    fn opened(&self, kek: &Key, sealed: &[u8]) -> Result<Key, Refused> {
        boxes::unwrap(kek, &context(self.protection(), self.id), sealed)
    }
}

impl Guard {
    fn parse_passphrase(fields: &mut Fields<'_>) -> Result<Self, BadRootFile> {
        let cost = PassphraseCost::new(
            fields.number("memory-kib")?,
            fields.number("passes")?,
            fields.number("lanes")?,
        )?;
        let mut salt = [0u8; 16];
        fields.hex("salt", &mut salt)?;
        Ok(Self::Passphrase {
            cost,
            salt,
            sealed: parse_sealed(fields)?,
        })
    }

    fn parse_bare(fields: &mut Fields<'_>) -> Result<Self, BadRootFile> {
        let mut parsed = Ok(());
        let key = Key::filled(|into| parsed = fields.hex("key", into));
        parsed?;
        Ok(Self::None { key })
    }

    fn push_to(&self, text: &mut String) {
        match self {
            Self::Passphrase { cost, salt, sealed } => {
                push(text, "memory-kib", format_args!("{}", cost.memory_kib));
                push(text, "passes", format_args!("{}", cost.passes));
                push(text, "lanes", format_args!("{}", cost.lanes));
                push(text, "salt", format_args!("\"{}\"", hex::encode(salt)));
                push(text, "sealed", format_args!("\"{}\"", hex::encode(sealed)));
            }
            Self::Credential { sealed } => push(text, "sealed", format_args!("\"{}\"", hex::encode(sealed))),
            Self::None { key } => {
                let key = Zeroizing::new(hex::encode(key.expose()));
                push(text, "key", format_args!("\"{}\"", *key));
            }
        }
    }
}

impl Protection {
    fn word(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Credential => "credential",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase => "a passphrase",
            Self::Credential => "a credential",
            Self::None => "nothing",
        })
    }
}

impl fmt::Debug for RootFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootFile({}, {:?})", self.id, self.protection())
    }
}

fn push(text: &mut String, name: &str, value: fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = fmt::Write::write_fmt(text, format_args!("{name} = {value}\n"));
}

fn parse_sealed(fields: &mut Fields<'_>) -> Result<[u8; WRAPPED_LEN], BadRootFile> {
    let mut sealed = [0u8; WRAPPED_LEN];
    fields.hex("sealed", &mut sealed)?;
    Ok(sealed)
}

fn key_of_credential(credential: &[u8]) -> Result<Key, BadRootFile> {
    if credential.len() < CREDENTIAL_MIN {
        return Err(BadRootFile::ShortCredential(credential.len()));
    }
    Ok(Key::from_input(
        credential,
        "bailee/v1/root-file",
        "credential",
        &[],
    ))
}

fn sealed(
    kek: &Key,
    protection: Protection,
    id: RootId,
    root: &Key,
    random: &dyn Random,
) -> [u8; WRAPPED_LEN] {
    let mut sealed = [0u8; WRAPPED_LEN];
    sealed.copy_from_slice(&boxes::wrap(kek, &context(protection, id), root, random));
    sealed
}

fn context(protection: Protection, id: RootId) -> Context {
    Context::new("root key file")
        .with(protection.word())
        .with(id.as_bytes())
}
