//! What a client stated about a body, and the sums that are held against it.
//!
//! Promises: what cannot be read is refused, never passed over; every stated length, MD5, hash and checksum is compared
//! with what came. Leaves out: the hash in the signature of an object's body, which `s3s` compares.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, checksum_combine};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::Checksum;
use s3s::{S3Result, s3_error};

use crate::errors::hash_mismatch;

/// The note of a version whose entity tag is not its id.
pub(crate) const ETAG: &str = "etag";

/// A kind of checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sum {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Notes that are true of the bytes as they came, and of no others.
pub(crate) const OF_BYTES: &[&str] = &[
    ETAG,
    Sum::Crc32.word(),
    Sum::Crc32c.word(),
    Sum::Crc64Nvme.word(),
    Sum::Sha1.word(),
    Sum::Sha256.word(),
    crate::multipart::SUM_TYPE,
];

impl Sum {
    pub(crate) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The end of its header's name, and the name of its note.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The header that states it.
    pub(crate) fn header(self) -> String {
        format!("x-amz-checksum-{}", self.word())
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }

    /// The checksum of these bytes, in base64.
    pub(crate) fn over(self, bytes: &[u8]) -> Option<String> {
        let mut hasher = self.hasher();
        hasher.update(bytes);
        self.of(hasher.finalize())
    }

    /// The checksum of one text after another, from the checksums and lengths of both, where there is such a thing.
    pub(crate) fn combined(self, parts: &[(&str, u64)]) -> Option<String> {
        let algorithm = match self {
            Self::Crc32 => CrcAlgorithm::Crc32IsoHdlc,
            Self::Crc32c => CrcAlgorithm::Crc32Iscsi,
            Self::Crc64Nvme => CrcAlgorithm::Crc64Nvme,
            Self::Sha1 | Self::Sha256 => return None,
        };
        let value = |text: &str| {
            let bytes = STANDARD
                .decode(text)
                .ok()
                .filter(|bytes| bytes.len() == self.bytes())?;
            Some(
                bytes
                    .iter()
                    .fold(0, |value: u64, byte| value << 8 | u64::from(*byte)),
            )
        };
        let mut parts = parts.iter();
        let (first, _) = parts.next()?;
        let whole = parts.try_fold(value(first)?, |whole, (text, length)| {
            Some(checksum_combine(algorithm, whole, value(text)?, *length))
        })?;
        Some(STANDARD.encode(whole.to_be_bytes().get(8 - self.bytes()..)?))
    }

    /// Its value among the finished ones.
    fn of(self, sums: Checksum) -> Option<String> {
        match self {
            Self::Crc32 => sums.checksum_crc32,
            Self::Crc32c => sums.checksum_crc32c,
            Self::Crc64Nvme => sums.checksum_crc64nvme,
            Self::Sha1 => sums.checksum_sha1,
            Self::Sha256 => sums.checksum_sha256,
        }
    }
}

/// What was stated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    /// Bytes of content.
    pub(crate) length: Option<u64>,
    /// `Content-MD5`, decoded.
    pub(crate) md5: Option<[u8; 16]>,
    /// The one checksum of a header, in base64.
    pub(crate) sum: Option<(Sum, String)>,
    /// The checksum that comes after the body.
    pub(crate) trailer: Option<Sum>,
    /// SHA-256 in hex, where this crate compares it.
    pub(crate) sha256: Option<String>,
    /// Compare the MD5 and forget it: it would say something of what only the client's own key opens.
    pub(crate) hides_md5: bool,
}

impl Stated {
    /// Reads the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> S3Result<Self> {
        let length = text(headers, "x-amz-decoded-content-length")?.or(text(headers, "content-length")?);
        let length = length
            .map(|text| text.parse().map_err(|_| bad_length()))
            .transpose()?;
        Ok(Self {
            length,
            md5: text(headers, "content-md5")?.map(md5).transpose()?,
            sum: sum(headers)?,
            trailer: text(headers, "x-amz-trailer")?.map(trailer).transpose()?,
            sha256: None,
            hides_md5: false,
        })
    }

    /// The same for a body that is sealed with a key of the client's own.
    pub(crate) fn hiding_md5(self, hides_md5: bool) -> Self {
        Self { hides_md5, ..self }
    }

    /// The same for a document whose checksum headers are about something else: an object that it completes.
    pub(crate) fn of_completion(headers: &HeaderMap) -> S3Result<Self> {
        let mut own = headers.clone();
        for sum in Sum::ALL {
            own.remove(sum.header());
        }
        Self::of(&own)
    }

    /// The same, with the hash of the signature if there is one: for bodies that no handler sees.
    pub(crate) fn with_signed_hash(self, headers: &HeaderMap) -> S3Result<Self> {
        let hash = text(headers, "x-amz-content-sha256")?;
        let hash = hash.filter(|hash| hash.len() == 64).map(str::to_ascii_lowercase);
        Ok(Self { sha256: hash, ..self })
    }

    /// Which checksum is computed.
    fn computed(&self) -> Option<Sum> {
        self.sum.as_ref().map(|(sum, _)| *sum).or(self.trailer)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> S3Result<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(http::HeaderValue::to_str), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(text)), None) => Ok(Some(text.trim())),
        _ => Err(s3_error!(
            InvalidRequest,
            "send the header {} once, as visible ASCII",
            name
        )),
    }
}

fn bad_length() -> s3s::S3Error {
    s3_error!(InvalidArgument, "a length is a number of bytes in decimal")
}

fn md5(text: &str) -> S3Result<[u8; 16]> {
    let decoded = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    decoded.ok_or_else(|| s3_error!(InvalidDigest, "Content-MD5 is the base64 of sixteen bytes"))
}

fn sum(headers: &HeaderMap) -> S3Result<Option<(Sum, String)>> {
    let mut stated = None;
    for sum in Sum::ALL {
        let Some(value) = text(headers, &sum.header())? else {
            continue;
        };
        if stated.is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "send one x-amz-checksum- header, not several"
            ));
        }
        stated = Some((sum, checked(sum, value)?));
    }
    Ok(stated)
}

fn checked(sum: Sum, value: &str) -> S3Result<String> {
    let fits = STANDARD
        .decode(value)
        .is_ok_and(|bytes| bytes.len() == sum.bytes());
    if fits {
        return Ok(value.to_owned());
    }
    Err(s3_error!(
        InvalidRequest,
        "the value of {} is the base64 of {} bytes",
        sum.header(),
        sum.bytes()
    ))
}

fn trailer(name: &str) -> S3Result<Sum> {
    let known = |sum: &Sum| sum.header().eq_ignore_ascii_case(name);
    Sum::ALL
        .into_iter()
        .find(known)
        .ok_or_else(|| s3_error!(InvalidRequest, "x-amz-trailer names one x-amz-checksum- header"))
}

/// The sums of a body while it passes.
pub(crate) struct Sums {
    stated: Stated,
    length: u64,
    md5: Option<Md5>,
    sha256: Option<Sha256>,
    sum: ChecksumHasher,
}

impl Sums {
    pub(crate) fn new(stated: Stated) -> Self {
        Self {
            length: 0,
            md5: stated.md5.is_some().then(Md5::new),
            sha256: stated.sha256.is_some().then(Sha256::new),
            sum: stated.computed().map(Sum::hasher).unwrap_or_default(),
            stated,
        }
    }

    /// Takes the next piece.
    pub(crate) fn update(&mut self, piece: &[u8]) -> S3Result<()> {
        self.length += piece.len() as u64;
        if self.stated.length.is_some_and(|length| self.length > length) {
            return Err(s3_error!(
                IncompleteBody,
                "more bytes came than were declared; nothing was kept"
            ));
        }
        if let Some(md5) = &mut self.md5 {
            md5.update(piece);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(piece);
        }
        self.sum.update(piece);
        Ok(())
    }

    /// Whether as many bytes have come as were declared.
    pub(crate) fn is_at_length(&self) -> bool {
        self.stated.length == Some(self.length)
    }

    /// Compares everything at the end of the body; gives what held, by the names of notes.
    pub(crate) fn finish(self, trailers: Option<&HeaderMap>) -> S3Result<Vec<(&'static str, String)>> {
        if self.stated.length.is_some_and(|length| length != self.length) {
            return Err(s3_error!(
                IncompleteBody,
                "fewer bytes came than were declared; nothing was kept"
            ));
        }
        let hash = self.sha256.map(|sha256| hex::encode(sha256.finalize()));
        if hash != self.stated.sha256 {
            return Err(hash_mismatch());
        }
        if self.md5.map(Md5::finalize) != self.stated.md5 {
            return Err(s3_error!(
                BadDigest,
                "the MD5 of the body is another than Content-MD5; nothing was kept"
            ));
        }
        let mut held: Vec<_> = self
            .stated
            .md5
            .filter(|_| !self.stated.hides_md5)
            .map(|md5| (ETAG, hex::encode(md5)))
            .into_iter()
            .collect();
        let Some(sum) = self.stated.computed() else {
            return Ok(held);
        };
        let stated = match self.stated.sum {
            Some((_, value)) => value,
            None => of_trailer(sum, trailers)?,
        };
        let computed = sum.of(self.sum.finalize()).unwrap_or_default();
        if computed == stated {
            held.push((sum.word(), stated));
            return Ok(held);
        }
        Err(s3_error!(
            BadDigest,
            "the {} of the body is another than the stated one; nothing was kept",
            sum.word()
        ))
    }
}

fn of_trailer(sum: Sum, trailers: Option<&HeaderMap>) -> S3Result<String> {
    let value = trailers
        .map(|trailers| text(trailers, &sum.header()))
        .transpose()?
        .flatten();
    let value = value.ok_or_else(|| {
        s3_error!(
            IncompleteBody,
            "the trailer {} was announced and did not come; nothing was kept",
            sum.header()
        )
    })?;
    checked(sum, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3s::S3ErrorCode;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn held(pairs: &[(&'static str, &str)], body: &[u8]) -> Result<(), S3ErrorCode> {
        let check = || {
            let mut sums = Sums::new(Stated::of(&headers(pairs))?);
            for piece in body.chunks(3) {
                sums.update(piece)?;
            }
            sums.finish(None)
        };
        check().map(drop).map_err(|error| error.code().clone())
    }

    #[test]
    fn checksums_of_known_texts_hold() {
        let known = [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("x-amz-checksum-crc32c", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (
                "x-amz-checksum-sha256",
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            ),
            ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ];
        for stated in known {
            assert_eq!(held(&[stated], b"123456789"), Ok(()), "{}", stated.0);
            assert_eq!(
                held(&[stated], b"123456780"),
                Err(S3ErrorCode::BadDigest),
                "{}",
                stated.0
            );
        }
    }

    #[test]
    fn checksums_of_parts_make_one_of_the_whole() {
        for sum in [Sum::Crc32, Sum::Crc32c, Sum::Crc64Nvme] {
            let parts: Vec<&[u8]> = vec![b"one, ", b"", b"two, and a longer ", b"three"];
            let sums: Vec<String> = parts.iter().map(|part| sum.over(part).unwrap()).collect();
            let stated: Vec<(&str, u64)> = sums
                .iter()
                .zip(&parts)
                .map(|(text, part)| (text.as_str(), part.len() as u64))
                .collect();
            assert_eq!(sum.combined(&stated), sum.over(&parts.concat()), "{sum:?}");
            assert_eq!(sum.combined(&[]), None);
            assert_eq!(sum.combined(&[("AAAA", 1)]), None);
        }
        assert_eq!(Sum::Sha1.combined(&[("", 0)]), None);
    }

    #[test]
    fn lengths_are_held() {
        assert_eq!(held(&[("content-length", "5")], b"hello"), Ok(()));
        assert_eq!(
            held(&[("content-length", "6")], b"hello"),
            Err(S3ErrorCode::IncompleteBody)
        );
        assert_eq!(
            held(&[("content-length", "4")], b"hello"),
            Err(S3ErrorCode::IncompleteBody)
        );
        let both = [("content-length", "50"), ("x-amz-decoded-content-length", "5")];
        assert_eq!(held(&both, b"hello"), Ok(()));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let code = |pairs: &[(&'static str, &str)]| Stated::of(&headers(pairs)).unwrap_err().code().clone();
        assert_eq!(code(&[("content-md5", "abc")]), S3ErrorCode::InvalidDigest);
        assert_eq!(
            code(&[("x-amz-checksum-crc32", "rosUhgp5mIg=")]),
            S3ErrorCode::InvalidRequest
        );
        let two = [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("x-amz-checksum-crc32c", "4waSgw=="),
        ];
        assert_eq!(code(&two), S3ErrorCode::InvalidRequest);
        assert_eq!(
            code(&[("x-amz-trailer", "x-amz-meta-a")]),
            S3ErrorCode::InvalidRequest
        );
        assert_eq!(
            code(&[("content-length", "5"), ("content-length", "6")]),
            S3ErrorCode::InvalidRequest
        );
    }

    #[test]
    fn an_announced_trailer_must_come_and_hold() {
        let finish = |trailers: Option<HeaderMap>| {
            let mut sums =
                Sums::new(Stated::of(&headers(&[("x-amz-trailer", "x-amz-checksum-crc32")])).unwrap());
            sums.update(b"hello").unwrap();
            sums.finish(trailers.as_ref())
                .map_err(|error| error.code().clone())
        };
        let held = vec![("crc32", "NhCmhg==".to_owned())];
        assert_eq!(
            finish(Some(headers(&[("x-amz-checksum-crc32", "NhCmhg==")]))),
            Ok(held)
        );
        assert_eq!(
            finish(Some(headers(&[("x-amz-checksum-crc32", "AAAAAA==")]))),
            Err(S3ErrorCode::BadDigest)
        );
        assert_eq!(finish(Some(HeaderMap::new())), Err(S3ErrorCode::IncompleteBody));
        assert_eq!(finish(None), Err(S3ErrorCode::IncompleteBody));
    }
}
