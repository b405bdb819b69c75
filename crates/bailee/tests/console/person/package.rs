//! The package that somebody has taken, and what must be in it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::Path;

use aws_lc_rs::digest;
use serde_json::Value;

use super::planted::{Kept, PURPOSE, Person};

/// The files of an archive by their paths.
pub(crate) struct Package(BTreeMap<String, Vec<u8>>);

impl Package {
    pub(crate) fn open(path: &Path) -> Self {
        let mut archive = zip::ZipArchive::new(Cursor::new(std::fs::read(path).unwrap())).unwrap();
        let count = archive.len();
        let read = |number| {
            let mut file = archive.by_index(number).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        };
        Self((0..count).map(read).collect())
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.0[path]).unwrap()
    }

    /// Whether a file has exactly these bytes, and the manifest says so.
    fn holds(&self, bytes: &[u8]) -> bool {
        let sha256 = hex::encode(digest::digest(&digest::SHA256, bytes));
        let manifest = self.json("manifest.json");
        let listed = manifest["files"].as_array().unwrap().iter();
        let mut listed = listed.filter(|file| file["sha256"] == sha256);
        listed.any(|file| self.0[file["path"].as_str().unwrap()] == bytes)
    }

    /// What the package says of an item, and the folder that it is in.
    fn sheet(&self, item: &str) -> (String, Value) {
        let paths = self.0.keys().filter(|path| path.ends_with("/item.json"));
        let mut sheets = paths.map(|path| (path.trim_end_matches("/item.json").to_owned(), self.json(path)));
        let found = sheets.find(|(_, sheet)| sheet["id"] == item);
        found.unwrap_or_else(|| panic!("nothing is said of {item}"))
    }

    /// The receipts in it.
    pub(crate) fn receipts(&self) -> Vec<&[u8]> {
        let receipts = self.0.iter().filter(|(path, _)| path.contains("/receipts/"));
        receipts.map(|(_, bytes)| bytes.as_slice()).collect()
    }

    /// Whether this stands anywhere.
    pub(crate) fn says(&self, text: &str) -> bool {
        let has = |bytes: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        self.0.values().any(has)
    }

    /// Each planted thing, one by one.
    pub(crate) fn check(&self, anna: &Person, kept: &Kept) {
        // The record, with where each value is from.
        let (_, path) = self.files_of(&kept.record);
        let record = self.json(&path[0]);
        assert_eq!(record["values"], anna.profile());
        assert_eq!(record["provenance"]["note"]["source"], anna.mark("source"));
        // Files: the picture with what its metadata says, every version of the letter.
        assert!(self.holds(&anna.picture), "the picture");
        assert!(self.holds(&anna.letter()), "the letter");
        assert!(self.holds(&anna.first_letter()), "its version before");
        // What stands beside the picture.
        let (picture, _) = self.files_of(&kept.picture);
        let beside = picture.to_string();
        for word in ["picture", "label", "class", "said"] {
            assert!(
                beside.contains(&anna.mark(word)),
                "{word} is not beside the picture: {picture:#}"
            );
        }
        let (letter, _) = self.files_of(&kept.letter);
        assert!(
            letter.to_string().contains(&anna.mark("early")),
            "what was said of the version before: {letter:#}"
        );
        // Who had it: somebody read the letter, looked at the picture, and took an export that holds both.
        for (sheet, acts) in [
            (&letter, ["item.download", "export.download"]),
            (&picture, ["item.view", "export.download"]),
        ] {
            let recipients = sheet["trail"]["recipients"].as_array().unwrap();
            let had: Vec<_> = recipients
                .iter()
                .map(|had| had["action"].as_str().unwrap())
                .collect();
            assert!(
                acts.iter().all(|act| had.contains(act)),
                "{acts:?} are not all in {had:?}"
            );
        }
        self.check_said(anna);
    }

    /// What is no item: what she is known by, agreed to and asked for.
    fn check_said(&self, anna: &Person) {
        let data = self.json("data.json");
        let known = data["overview"]["person"]["identifiers"].to_string();
        assert!(
            known.contains(&anna.email()) && known.contains(&anna.mark("external")),
            "{known}"
        );
        let consents = data["overview"]["consents"].as_array().unwrap();
        assert!(
            consents
                .iter()
                .any(|consent| consent["proof"] == anna.mark("proof")),
            "{consents:?}"
        );
        assert!(
            consents
                .iter()
                .any(|consent| consent["channel"] == "browser" && consent["given"] == true),
            "{consents:?}"
        );
        assert_eq!(data["overview"]["purposes"][0]["terms"]["word"], PURPOSE);
        let requests = data["overview"]["requests"].to_string();
        assert!(
            requests.contains("access") && requests.contains(&anna.mark("wants")),
            "{requests}"
        );
    }

    /// What is also about somebody else: that it is there, and nothing of it.
    pub(crate) fn check_withheld(&self, item: &str) {
        let (_, sheet) = self.sheet(item);
        assert_eq!(sheet["withheld"], "about-others");
        assert_eq!(sheet["files"].as_array().unwrap().len(), 0);
    }

    /// What the package says of an item, and the paths of its files.
    fn files_of(&self, item: &str) -> (Value, Vec<String>) {
        let (_, sheet) = self.sheet(item);
        let files = sheet["files"].as_array().unwrap().iter();
        let files = files.map(|file| file.as_str().unwrap().to_owned()).collect();
        (sheet, files)
    }

    /// Whether something made for her alone is in it.
    pub(crate) fn check_holds(&self, bytes: &[u8]) {
        assert!(self.holds(bytes), "{}", String::from_utf8_lossy(bytes));
    }
}
