//! Two independent implementations, `signed_note` and `tlog_tiles`, read what this crate writes.

use signed_note::StandardSigner;
use signed_note::StandardVerifier;
use signed_note::VerifierList;
use tlog_tiles::Tile;
use tlog_tiles::TileHashReader;
use tlog_tiles::TileReader;

use crate::Hash;
use crate::KeyKind;
use crate::Policy;
use crate::SigningKey;
use crate::checkpoint::SignedCheckpoint;
use crate::memory::MemoryLog;
use crate::tile::TileKind;
use crate::tile::TilePath;
use crate::tree::TileStore;
use crate::tree::consistency_proof;
use crate::tree::inclusion_proof;
use crate::tree::root_at;

const SIZE: u64 = 70_000;

fn key() -> SigningKey {
    SigningKey::from_seed("log.example/audit", KeyKind::Log, &[1; 32]).unwrap()
}

fn log() -> MemoryLog {
    let mut log = MemoryLog::default();
    log.append_links(&(0..SIZE).map(link).collect::<Vec<_>>());
    log
}

fn link(index: u64) -> Hash {
    Hash::leaf(&index.to_be_bytes())
}

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(*hash.as_bytes())
}

#[test]
fn signed_note_reads_our_checkpoints_and_we_read_its_notes() {
    let signed = log().checkpoint("log.example/audit").sign(&key()).unwrap();
    let note = signed_note::Note::from_bytes(signed.to_string().as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&key().verifier().to_string()).unwrap();
    let (verified, unverified) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));

    let signer = StandardSigner::new(&key().to_secret_text()).unwrap();
    let mut note = signed_note::Note::new(signed.note().text().as_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let policy = Policy::log_only(key().verifier().clone()).unwrap();
    assert!(
        SignedCheckpoint::parse(&note.to_bytes())
            .unwrap()
            .verify(&policy)
            .is_ok()
    );
}

#[test]
fn tlog_tiles_reads_our_checkpoints() {
    let head = log().checkpoint("log.example/audit");
    let read = tlog_tiles::Checkpoint::from_bytes(head.to_string().as_bytes()).unwrap();
    assert_eq!(
        (read.origin(), read.size(), *read.hash()),
        ("log.example/audit", SIZE, theirs(head.root))
    );
}

/// Serves our tiles to their client. Its paths have the tile height in them (`tile/8/0/000`), ours have not.
struct Served(MemoryLog);

impl TileReader for Served {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        Ok(tiles
            .iter()
            .map(|tile| self.file(&tile.path().replacen("tile/8/", "tile/", 1)))
            .collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

impl Served {
    fn file(&self, path: &str) -> Vec<u8> {
        let path: TilePath = path.parse().unwrap();
        assert!(path.exists_at(SIZE), "{path}");
        let TileKind::Hashes(level) = path.kind else {
            panic!("{path}")
        };
        let mut bytes = self.0.read_hash_tile(level, path.index).unwrap().unwrap();
        bytes.truncate(usize::from(path.width) * 32);
        bytes
    }
}

#[test]
fn tlog_tiles_reads_our_tiles_and_accepts_our_proofs() {
    let served = Served(log());
    let root = served.0.root();
    let reader = TileHashReader::new(SIZE, theirs(root), &served);
    assert_eq!(
        tlog_tiles::tree_hash(SIZE, &reader as &TileHashReader<'_>).unwrap(),
        theirs(root)
    );
    for index in [0, 1, 255, 256, 4_711, 65_535, 65_536, SIZE - 1] {
        let proof: Vec<_> = inclusion_proof(&served.0, index, SIZE)
            .unwrap()
            .into_iter()
            .map(theirs)
            .collect();
        assert_eq!(tlog_tiles::prove_record(SIZE, index, &reader).unwrap(), proof);
        let leaf = tlog_tiles::record_hash(link(index).as_bytes());
        tlog_tiles::check_record(&proof, SIZE, theirs(root), index, leaf).unwrap();
    }
    for old in [1, 2, 255, 256, 257, 4_711, 65_536, 65_537, SIZE - 1] {
        let proof: Vec<_> = consistency_proof(&served.0, old, SIZE)
            .unwrap()
            .into_iter()
            .map(theirs)
            .collect();
        assert_eq!(tlog_tiles::prove_tree(SIZE, old, &reader).unwrap(), proof);
        let old_root = theirs(root_at(&served.0, old).unwrap());
        tlog_tiles::check_tree(&proof, SIZE, theirs(root), old, old_root).unwrap();
    }
}
