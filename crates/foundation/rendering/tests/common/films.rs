//! Films made by hand, for tests.

/// A chunk of RIFF, padded to an even length.
fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = [&name[..], &(content.len() as u32).to_le_bytes(), content].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    chunk
}

fn list(kind: &[u8; 4], name: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(kind, &[&name[..], &chunks.concat()].concat())
}

/// An AVI with sound in its first stream and these frames in its second.
pub(crate) fn avi(codec: &[u8; 4], frames: &[Vec<u8>]) -> Vec<u8> {
    let mut format = vec![0; 40];
    format[16..20].copy_from_slice(codec);
    let sound = list(
        b"LIST",
        b"strl",
        &[
            chunk(b"strh", &[&b"auds"[..], &[0; 52]].concat()),
            chunk(b"strf", &[0; 18]),
        ],
    );
    let pictures = list(
        b"LIST",
        b"strl",
        &[
            chunk(b"strh", &[&b"vids"[..], &[0; 52]].concat()),
            chunk(b"strf", &format),
        ],
    );
    let head = list(b"LIST", b"hdrl", &[chunk(b"avih", &[0; 56]), sound, pictures]);
    let mut film = vec![chunk(b"00wb", b"sound")];
    film.extend(frames.iter().map(|frame| {
        list(
            b"LIST",
            b"rec ",
            &[chunk(b"01dc", frame), chunk(b"00wb", b"more")],
        )
    }));
    let film = list(b"LIST", b"movi", &film);
    list(
        b"RIFF",
        b"AVI ",
        &[head, chunk(b"JUNK", b"x"), film, chunk(b"idx1", &[0; 16])],
    )
}

fn full(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u32 + 8).to_be_bytes();
    [&length[..], name, content].concat()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// An MP4 with its tables in front, so many frames in each chunk and a gap between chunks.
pub(crate) fn mp4(codec: &[u8; 4], frames: &[Vec<u8>], per_chunk: usize) -> Vec<u8> {
    let kind = full(b"ftyp", b"isom\0\0\0\0");
    // Twice, as the tables say where the frames lie, which depends on how long the tables are.
    let length = tables(codec, frames, per_chunk, 0).len();
    let start = kind.len() + length + 8;
    let chunks = frames
        .chunks(per_chunk)
        .map(|frames| [&frames.concat()[..], b"gap"].concat());
    [
        kind,
        tables(codec, frames, per_chunk, start),
        full(b"mdat", &chunks.collect::<Vec<_>>().concat()),
    ]
    .concat()
}

fn tables(codec: &[u8; 4], frames: &[Vec<u8>], per_chunk: usize, start: usize) -> Vec<u8> {
    let sizes: Vec<u32> = frames.iter().map(|frame| frame.len() as u32).collect();
    let chunks = sizes.chunks(per_chunk).scan(start as u32, |at, chunk| {
        let begin = *at;
        *at += chunk.iter().sum::<u32>() + 3;
        Some(begin)
    });
    let chunks: Vec<u32> = chunks.collect();
    let entry = full(codec, &[0; 78]);
    let described = full(b"stsd", &[numbers(&[0, 1]), entry].concat());
    let lengths = full(
        b"stsz",
        &numbers(&[&[0, 0, sizes.len() as u32], &sizes[..]].concat()),
    );
    let whole = (frames.len() / per_chunk) as u32;
    let rest = (frames.len() % per_chunk) as u32;
    let mut runs = Vec::new();
    if whole > 0 {
        runs.extend([1, per_chunk as u32, 1]);
    }
    if rest > 0 {
        runs.extend([whole + 1, rest, 1]);
    }
    let runs = full(
        b"stsc",
        &numbers(&[&[0, runs.len() as u32 / 3], &runs[..]].concat()),
    );
    let places = full(
        b"stco",
        &numbers(&[&[0, chunks.len() as u32], &chunks[..]].concat()),
    );
    let tables = full(b"stbl", &[described, lengths, runs, places].concat());
    let media = |kind: &[u8; 4], inside: Vec<u8>| {
        let handler = full(b"hdlr", &[&[0; 8][..], kind, &[0; 12]].concat());
        full(
            b"trak",
            &full(b"mdia", &[handler, full(b"minf", &inside)].concat()),
        )
    };
    full(
        b"moov",
        &[
            full(b"mvhd", &[0; 100]),
            media(b"soun", Vec::new()),
            media(b"vide", tables),
        ]
        .concat(),
    )
}
