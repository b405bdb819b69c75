//! What a stream withstands.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::testing::{Counting, key, place};
use crate::{Context, Key, Refused};

const SMALL: ChunkSize = ChunkSize::SMALLEST;
const SEALED_CHUNK: usize = 4_096 + TAG_LEN;

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

fn sealed_with(key: &Key, context: &Context, pieces: &[&[u8]], random: &Counting) -> Vec<u8> {
    let (mut sealing, header) = Sealing::new(key, context, SMALL, random);
    let mut sealed = header.to_vec();
    let mut write = |chunk: &[u8]| -> Result<(), Refused> {
        sealed.extend_from_slice(chunk);
        Ok(())
    };
    for piece in pieces {
        sealing.push(piece, &mut write).unwrap();
    }
    sealing.finish(&mut write).unwrap();
    sealed
}

fn sealed(length: usize) -> Vec<u8> {
    sealed_with(&key(1), &place("item"), &[&pattern(length)], &Counting::default())
}

/// Opens a whole stream the way a careful reader does: layout from the length, every chunk, the last flag.
fn opened(key: &Key, context: &Context, sealed: &[u8]) -> Result<Vec<u8>, Refused> {
    let opener = StreamOpener::new(key, context, sealed)?;
    let layout = Layout::from_sealed_len(sealed.len() as u64, opener.chunk_size())?;
    let mut plaintext = Vec::new();
    for index in 0..layout.chunk_count() {
        let span = layout.chunk(index)?;
        let mut chunk = sealed[span.sealed.start as usize..span.sealed.end as usize].to_vec();
        plaintext.extend_from_slice(opener.open_chunk(span.index, span.last, &mut chunk)?);
    }
    Ok(plaintext)
}

fn reopened(sealed: &[u8]) -> Result<Vec<u8>, Refused> {
    opened(&key(1), &place("item"), sealed)
}

fn chunk_of(sealed: &[u8], index: usize) -> std::ops::Range<usize> {
    let start = HEADER_LEN + index * SEALED_CHUNK;
    start..(start + SEALED_CHUNK).min(sealed.len())
}

#[test]
fn a_whole_stream_at_once_is_what_pieces_would_make() {
    let (key, context) = (key(7), place("whole"));
    let size = SMALL.bytes();
    for length in [0, 1, size - 1, size, size + 1, 3 * size] {
        let plaintext = pattern(length);
        let whole = seal_whole(&key, &context, SMALL, &Counting::default(), &plaintext).unwrap();
        let pieces = sealed_with(&key, &context, &[&plaintext], &Counting::default());
        assert_eq!(whole, pieces, "{length}");
    }
}

#[test]
fn lengths_around_the_chunk_borders_come_back() {
    for length in [0, 1, 4_095, 4_096, 4_097, 8_191, 8_192, 8_193, 20_000] {
        let sealed = sealed(length);
        assert_eq!(
            sealed.len() as u64,
            Layout::new(length as u64, SMALL).unwrap().sealed_len()
        );
        assert_eq!(reopened(&sealed).unwrap(), pattern(length), "{length}");
    }
}

#[test]
fn a_cut_stream_is_refused_wherever_it_is_cut() {
    let sealed = sealed(9_000);
    for length in 0..sealed.len() {
        assert!(reopened(&sealed[..length]).is_err(), "cut to {length}");
    }
    // The cut that only the last flag shows: exactly between two chunks.
    assert_eq!(
        reopened(&sealed[..HEADER_LEN + 2 * SEALED_CHUNK]),
        Err(Refused::Altered)
    );
}

#[test]
fn an_extended_stream_is_refused() {
    let whole = sealed(8_192);
    for extra in [1, 15, 16, 17, SEALED_CHUNK] {
        assert!(
            reopened(&[&whole[..], &vec![0; extra]].concat()).is_err(),
            "{extra}"
        );
    }
    let doubled = [&whole[..], &whole[chunk_of(&whole, 1)]].concat();
    assert_eq!(reopened(&doubled), Err(Refused::Altered));
    assert!(reopened(&[&whole[..], &whole[..]].concat()).is_err());
}

#[test]
fn reordered_chunks_are_refused() {
    let whole = sealed(12_000);
    let (first, second, third) = (chunk_of(&whole, 0), chunk_of(&whole, 1), chunk_of(&whole, 2));
    let swapped = [
        &whole[..HEADER_LEN],
        &whole[second.clone()],
        &whole[first.clone()],
        &whole[third],
    ]
    .concat();
    assert_eq!(reopened(&swapped), Err(Refused::Altered));
    let repeated = [&whole[..second.start], &whole[first], &whole[second.end..]].concat();
    assert_eq!(reopened(&repeated), Err(Refused::Altered));
}

#[test]
fn a_chunk_of_another_stream_is_refused() {
    let random = Counting::default();
    let bytes = pattern(8_192);
    let ours = sealed_with(&key(1), &place("item"), &[&bytes], &random);
    for theirs in [
        sealed_with(&key(1), &place("item"), &[&bytes], &random),
        sealed_with(&key(2), &place("item"), &[&bytes], &random),
        sealed_with(&key(1), &place("other"), &[&bytes], &random),
    ] {
        let mut mixed = ours.clone();
        mixed[chunk_of(&ours, 1)].copy_from_slice(&theirs[chunk_of(&theirs, 1)]);
        assert_eq!(reopened(&mixed), Err(Refused::Altered));
        let other_header = [&theirs[..HEADER_LEN], &ours[HEADER_LEN..]].concat();
        assert!(reopened(&other_header).is_err());
    }
}

#[test]
fn another_key_or_context_is_refused_before_any_chunk() {
    let sealed = sealed(10);
    let wrong = Err(Refused::WrongKeyOrContext);
    assert_eq!(opened(&key(2), &place("item"), &sealed), wrong);
    assert_eq!(opened(&key(1), &place("elsewhere"), &sealed), wrong);
    assert_eq!(
        opened(&key(1), &Context::new("other purpose").with("item"), &sealed),
        wrong
    );
}

#[test]
fn every_changed_bit_of_the_header_is_refused() {
    let sealed = sealed(10);
    for bit in 0..HEADER_LEN * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = StreamOpener::new(&key(1), &place("item"), &changed).unwrap_err();
        match bit / 8 {
            0..4 | 7 => assert_eq!(refused, Refused::NotAStream),
            4 | 5 => assert!(matches!(refused, Refused::UnknownFormat { .. })),
            6 => assert!(matches!(
                refused,
                Refused::ChunkSize(_) | Refused::WrongKeyOrContext
            )),
            _ => assert_eq!(refused, Refused::WrongKeyOrContext),
        }
    }
}

#[test]
fn the_last_flag_must_be_right() {
    let whole = sealed(8_192);
    let opener = StreamOpener::new(&key(1), &place("item"), &whole).unwrap();
    let chunk = |index| whole[chunk_of(&whole, index)].to_vec();
    assert_eq!(opener.open_chunk(0, true, &mut chunk(0)), Err(Refused::Altered));
    assert_eq!(opener.open_chunk(1, false, &mut chunk(1)), Err(Refused::Altered));
    assert_eq!(
        opener.open_chunk(1, true, &mut chunk(1)).unwrap(),
        &pattern(8_192)[4_096..]
    );
}

#[test]
fn chunks_of_wrong_length_are_neither_sealed_nor_opened() {
    let sealer = || StreamSealer::new(&key(1), &place("item"), SMALL, &Counting::default()).0;
    assert_eq!(
        sealer().seal_chunk(false, &mut vec![0; 4_095]),
        Err(Refused::ChunkLength(4_095))
    );
    assert_eq!(
        sealer().seal_chunk(true, &mut vec![0; 4_097]),
        Err(Refused::ChunkLength(4_097))
    );
    let second = sealer();
    second.seal_chunk(false, &mut vec![0; 4_096]).unwrap();
    assert_eq!(
        second.seal_chunk(true, &mut Vec::new()),
        Err(Refused::ChunkLength(0))
    );
    let opener = StreamOpener::new(&key(1), &place("item"), &sealed(0)).unwrap();
    for (index, last, length) in [
        (0, false, 100),
        (0, true, 15),
        (1, true, 16),
        (0, true, SEALED_CHUNK + 1),
    ] {
        assert_eq!(
            opener.open_chunk(index, last, &mut vec![0; length]),
            Err(Refused::ChunkLength(length))
        );
    }
}

#[test]
fn nothing_follows_the_last_chunk() {
    let (sealer, _) = StreamSealer::new(&key(1), &place("item"), SMALL, &Counting::default());
    sealer.seal_chunk(true, &mut vec![1]).unwrap();
    assert_eq!(sealer.seal_chunk(true, &mut vec![2]), Err(Refused::Ended));
    assert_eq!(sealer.place(false).unwrap_err(), Refused::Ended);
}

#[test]
fn the_chunk_counter_does_not_wrap() {
    let (sealer, _) = StreamSealer::new(&key(1), &place("item"), SMALL, &Counting::default());
    sealer.skip_to(u64::from(u32::MAX));
    assert_eq!(sealer.place(false).unwrap().index(), u32::MAX);
    assert_eq!(sealer.place(false).unwrap_err(), Refused::TooLong);
    assert_eq!(sealer.place(true).unwrap_err(), Refused::TooLong);
}

#[test]
fn several_threads_seal_one_stream() {
    let plaintext = pattern(40_000);
    let (sealer, header) = StreamSealer::new(&key(1), &place("item"), SMALL, &Counting::default());
    let count = plaintext.len().div_ceil(4_096);
    let workers: Vec<_> = plaintext
        .chunks(4_096)
        .enumerate()
        .map(|(index, chunk)| (sealer.place(index + 1 == count).unwrap(), chunk.to_vec()))
        .map(|(place, mut chunk)| {
            std::thread::spawn(move || {
                let index = place.index();
                place.seal(&mut chunk).unwrap();
                (index, chunk)
            })
        })
        .collect();
    let mut chunks: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    chunks.sort();
    let sealed = chunks
        .into_iter()
        .fold(header.to_vec(), |whole, (_, chunk)| [whole, chunk].concat());
    assert_eq!(reopened(&sealed).unwrap(), plaintext);
}

#[test]
fn sealing_in_place_and_into_another_buffer_give_the_same_bytes() {
    let sealer = || StreamSealer::new(&key(1), &place("item"), SMALL, &Counting::default()).0;
    let mut in_place = pattern(4_096);
    sealer().seal_chunk(false, &mut in_place).unwrap();
    let mut into = vec![0; SEALED_CHUNK];
    sealer()
        .place(false)
        .unwrap()
        .seal_into(&pattern(4_096), &mut into)
        .unwrap();
    assert_eq!(in_place, into);
    let short = sealer()
        .place(false)
        .unwrap()
        .seal_into(&pattern(4_096), &mut into[1..]);
    assert_eq!(short, Err(Refused::ChunkLength(SEALED_CHUNK - 1)));
}

#[test]
fn a_failed_write_ends_the_stream() {
    let (mut sealing, _) = Sealing::new(&key(1), &place("item"), SMALL, &Counting::default());
    let mut disk_full = |_: &[u8]| Err(Refused::OutOfRange(0));
    assert_eq!(
        sealing.push(&pattern(5_000), &mut disk_full),
        Err(Refused::OutOfRange(0))
    );
    let mut written = 0;
    let mut write = |chunk: &[u8]| -> Result<(), Refused> {
        written += chunk.len();
        Ok(())
    };
    assert_eq!(sealing.push(&pattern(5_000), &mut write), Err(Refused::Ended));
    assert_eq!(sealing.finish(&mut write), Err(Refused::Ended));
    assert_eq!(written, 0);
}

#[test]
fn a_range_is_opened_without_the_rest() {
    let plaintext = pattern(20_000);
    let whole = sealed(20_000);
    let opener = StreamOpener::new(&key(1), &place("item"), &whole[..HEADER_LEN]).unwrap();
    let layout = Layout::from_sealed_len(whole.len() as u64, opener.chunk_size()).unwrap();
    for range in [0..1, 4_095..4_097, 5_000..13_000, 19_999..20_000, 0..20_000, 7..7] {
        let span = layout.range(range.clone()).unwrap();
        let mut opened = Vec::new();
        for index in span.chunks {
            let chunk = layout.chunk(index).unwrap();
            let mut bytes = whole[chunk.sealed.start as usize..chunk.sealed.end as usize].to_vec();
            opened.extend_from_slice(opener.open_chunk(chunk.index, chunk.last, &mut bytes).unwrap());
        }
        let wanted = &opened[span.skip..span.skip + span.keep as usize];
        assert_eq!(wanted, &plaintext[range.start as usize..range.end as usize]);
    }
}

proptest! {
    #[test]
    fn pieces_of_any_size_give_the_same_stream(pieces in proptest::collection::vec(0usize..9_000, 0..6)) {
        let plaintext = pattern(pieces.iter().sum());
        let mut rest = &plaintext[..];
        let parts: Vec<&[u8]> = pieces.iter().map(|&length| {
            let (piece, later) = rest.split_at(length);
            rest = later;
            piece
        }).collect();
        let sealed = sealed_with(&key(1), &place("item"), &parts, &Counting::default());
        prop_assert_eq!(&sealed, &sealed_with(&key(1), &place("item"), &[&plaintext], &Counting::default()));
        prop_assert_eq!(reopened(&sealed).unwrap(), plaintext);
    }

    #[test]
    fn shared_and_copied_pieces_give_the_same_stream(
        // Whole chunks often, and a little before and after their borders.
        pieces in proptest::collection::vec((0usize..4, 0usize..3, any::<bool>()), 0..8),
    ) {
        let lengths = pieces.iter().map(|&(chunks, beside, _)| (chunks * 4_096 + beside).saturating_sub(1));
        let plaintext = Bytes::from(pattern(lengths.clone().sum()));
        let (mut sealing, header) = Sealing::new(&key(1), &place("item"), SMALL, &Counting::default());
        let (mut mixed, mut rest) = (header.to_vec(), plaintext.clone());
        let mut write = |chunk: &[u8]| -> Result<(), Refused> {
            mixed.extend_from_slice(chunk);
            Ok(())
        };
        for (length, &(.., shared)) in lengths.zip(&pieces) {
            let piece = rest.split_to(length);
            if shared {
                sealing.push_shared(piece, &mut write).unwrap();
            } else {
                sealing.push(&piece, &mut write).unwrap();
            }
        }
        sealing.finish(&mut write).unwrap();
        prop_assert_eq!(&mixed, &sealed_with(&key(1), &place("item"), &[&plaintext], &Counting::default()));
        prop_assert_eq!(reopened(&mixed).unwrap(), plaintext);
    }

    #[test]
    fn foreign_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), known: bool) {
        let mut bytes = bytes;
        if known && bytes.len() >= 8 {
            bytes[..8].copy_from_slice(b"BAIL\x01\x01\x0c\x00");
        }
        let _ = Header::parse(&bytes);
        prop_assert!(reopened(&bytes).is_err());
    }

    #[test]
    fn a_mutated_stream_is_refused(at in 0usize..9_120, xor in 1u8..) {
        let mut sealed = sealed(9_000);
        sealed[at] ^= xor;
        prop_assert!(reopened(&sealed).is_err());
    }
}
