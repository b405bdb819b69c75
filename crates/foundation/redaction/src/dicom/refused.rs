//! Why a DICOM file is held back.
//!
//! Promises: each names what was met and where. Leaves out: values from the file, which may identify somebody.

use super::tag::Tag;

/// Why a DICOM file is held back. Nothing of it holds a value from the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Neither a DICOM file (PS3.10) nor a bare data set.
    #[error("this is not a DICOM file: send a file as PS3.10 describes it")]
    NotDicom,
    /// The file says that it is encoded in a way that is not known here.
    #[error("the transfer syntax is not one of the standard's: convert the file first")]
    UnknownSyntax,
    /// The bytes end inside of an element, or a length reaches over what holds it.
    #[error("the file ends early or a length is wrong at byte {at}: get the complete file")]
    Truncated {
        /// The offset, in the unpacked data set when the file is deflated.
        at: usize,
    },
    /// An element has a value representation that the standard does not know.
    #[error("{tag} at byte {at} has a value representation that is not known: convert the file first")]
    UnknownRepresentation {
        /// The attribute.
        tag: String,
        /// The offset.
        at: usize,
    },
    /// The order of items, their ends and elements is broken.
    #[error("{tag} at byte {at} may not stand there: repair the file first")]
    Misplaced {
        /// The attribute.
        tag: String,
        /// The offset.
        at: usize,
    },
    /// Bytes follow that are not elements.
    #[error("what follows the last element at byte {at} is not understood: look at it and cut it off")]
    Trailing {
        /// The offset.
        at: usize,
    },
    /// A deflated data set that does not unpack.
    #[error("the deflated data set does not unpack: get the complete file")]
    NotDeflated,
    /// More depth, elements or bytes than [`crate::Limits`] allow.
    #[error("more {what} than the limit of {limit}: raise the limit if the file is honest")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// Text may be burned into the pixels.
    #[error(
        "people may be named in the pixels ({why}): look at them or clean them, then say that it was done"
    )]
    Pixels {
        /// What makes them suspect.
        why: &'static str,
    },
    /// A directory whose records point to places where no record begins.
    #[error("a record of the directory points nowhere: rebuild the DICOMDIR")]
    Directory,
    /// The result is longer than its lengths can say.
    #[error("a sequence became longer than 4 GiB: split the file")]
    TooLong,
    /// The search of the result found something. The findings say what.
    #[error("the cleaned file was searched again and is not clean: look at the findings")]
    NotClean,
}

impl Refused {
    pub(super) fn misplaced(tag: Tag, at: usize) -> Self {
        Self::Misplaced {
            tag: tag.to_string(),
            at,
        }
    }
}
