//! Looking for what must not be readable: the words of the made data, as bytes, in every file of a folder.
//!
//! Promises: every file is read to its end, whatever it is (database, journal, object, log); a marker that lies across
//! two reads is found. Leaves out: encodings. What somebody has compressed or turned into base64 is not found.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::companies::COMPANIES;
use super::made;

/// How much of a file is looked at in one go.
const WINDOW: usize = 1 << 20;
/// The text of a secret's last part, which alone is secret.
const SECRET_LENGTH: usize = 43;

/// Bytes that must not be found, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// In words, for whoever reads of a find.
    pub what: String,
    /// At least four.
    pub bytes: Vec<u8>,
}

/// A marker that lies in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// What it is.
    pub what: String,
    /// Where.
    pub file: PathBuf,
}

/// What a search came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What was found, each marker once for each file.
    pub found: Vec<Find>,
}

impl Marker {
    fn new(what: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            what: what.into(),
            bytes: bytes.into(),
        }
    }

    /// The secret part of an API key or recovery code.
    pub fn secret(secret: &str) -> Self {
        let tail = secret
            .get(secret.len().saturating_sub(SECRET_LENGTH)..)
            .unwrap_or(secret);
        Self::new("the secret of a key", tail)
    }
}

/// Everything that the demo makes and that must stay sealed: contents, names of people, e-mail addresses, names of items
/// and of datasets, and what the contracts say.
pub fn markers() -> Vec<Marker> {
    let mut markers = Vec::new();
    for piece in made::everything() {
        let name = format!("{} of {}", piece.name, piece.slug);
        markers.push(Marker::new(format!("the content of {name}"), piece.marker()));
        markers.push(Marker::new(format!("the item name {name}"), piece.name));
    }
    for company in &COMPANIES {
        for role in company.people {
            markers.push(Marker::new(format!("the name of a {}", role.class), role.name));
            markers.push(Marker::new(
                format!("the address of a {}", role.class),
                role.email,
            ));
        }
        markers.extend(
            company
                .datasets
                .iter()
                .map(|set| Marker::new("the name of a dataset", set.name)),
        );
        markers.push(Marker::new("the purpose in a contract", company.terms.purpose));
    }
    markers.extend(made::CUSTOMERS.map(|name| Marker::new("the name of a customer", name)));
    markers.push(Marker::new("the address of a customer", made::someones_address()));
    markers
}

/// Looks for the markers in every file below the folder. Files that vanish meanwhile are passed over.
///
/// # Errors
/// What the system says about a file that cannot be read.
pub fn search(folder: &Path, markers: &[Marker]) -> io::Result<Searched> {
    let index = Index::of(markers);
    let (mut searched, mut waiting) = (Searched::default(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let about = match fs::symlink_metadata(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                about => about?,
            };
            if about.is_dir() {
                waiting.push(path);
            } else if about.is_file() {
                searched.file(&path, &index)?;
            }
        }
    }
    Ok(searched)
}

impl Searched {
    fn file(&mut self, path: &Path, index: &Index<'_>) -> io::Result<()> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let (read, found) = index.search(file)?;
        self.files += 1;
        self.bytes += read;
        self.found.extend(found.into_iter().map(|what| Find {
            what: what.to_owned(),
            file: path.to_owned(),
        }));
        Ok(())
    }
}

/// Markers by their first two bytes, so that one pass finds them all.
struct Index<'a> {
    by_start: HashMap<[u8; 2], Vec<&'a Marker>>,
    starts: Vec<bool>,
    longest: usize,
}

impl<'a> Index<'a> {
    fn of(markers: &'a [Marker]) -> Self {
        let longest = markers.iter().map(|marker| marker.bytes.len()).max().unwrap_or(0);
        let mut index = Self {
            by_start: HashMap::new(),
            starts: vec![false; 1 << 16],
            longest,
        };
        for marker in markers {
            let [one, two, ..] = marker.bytes.as_slice() else {
                continue;
            };
            index.by_start.entry([*one, *two]).or_default().push(marker);
            index.starts[usize::from(u16::from_be_bytes([*one, *two]))] = true;
        }
        index
    }

    /// How many bytes there were, and what was found.
    fn search(&self, mut source: impl Read) -> io::Result<(u64, Vec<&'a str>)> {
        let (mut found, mut read, mut window) = (Vec::new(), 0, Vec::new());
        loop {
            let got = source.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
            read += got as u64;
            self.look(&window, &mut found);
            if got == 0 {
                return Ok((read, found));
            }
            // What may be the beginning of a marker is looked at again, with what follows.
            let done = window.len().saturating_sub(self.longest.saturating_sub(1));
            window.drain(..done);
        }
    }

    fn look(&self, window: &[u8], found: &mut Vec<&'a str>) {
        for (at, pair) in window.windows(2).enumerate() {
            let [one, two] = pair else { continue };
            if !self.starts[usize::from(u16::from_be_bytes([*one, *two]))] {
                continue;
            }
            let rest = window.get(at..).unwrap_or_default();
            for marker in self.by_start.get(&[*one, *two]).into_iter().flatten() {
                if rest.starts_with(&marker.bytes) && !found.contains(&marker.what.as_str()) {
                    found.push(&marker.what);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_wherever_it_lies() {
        let markers = [Marker::new("it", "needle-in-hay")];
        let index = Index::of(&markers);
        for before in [0, 1, WINDOW - 13, WINDOW - 5, WINDOW, 2 * WINDOW - 1] {
            let mut hay = vec![b'n'; before];
            hay.extend(b"needle-in-hay");
            hay.extend(vec![b'e'; 100]);
            let (read, found) = index.search(hay.as_slice()).unwrap();
            assert_eq!((read, found), (hay.len() as u64, vec!["it"]), "{before}");
        }
        let (_, found) = index.search(b"needle-in-ha".as_slice()).unwrap();
        assert!(found.is_empty());
    }

    #[test]
    fn of_a_key_the_secret_part_is_looked_for() {
        let secret = format!("bailee_{}_{}", "0".repeat(32), "s".repeat(43));
        assert_eq!(Marker::secret(&secret).bytes, "s".repeat(43).into_bytes());
    }
}
