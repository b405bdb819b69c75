//! What was found: kind, place, confidence and reason; never the value.

use std::ops::Range;

/// What kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An international bank account number (ISO 13616).
    Iban,
    /// A number that a state gave a person: for tax, health, pension or identity.
    NationalId,
    /// An address of the internet protocol, version 4 or 6.
    IpAddress,
    /// User name and password in a URL.
    Credentials,
    /// A day of birth.
    BirthDate,
    /// A person's name.
    Person,
    /// Where somebody lives or receives mail.
    PostalAddress,
    /// Something that a [`super::Finder`] knows and this module does not.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Email,
        Self::Phone,
        Self::Card,
        Self::Iban,
        Self::NationalId,
        Self::IpAddress,
        Self::Credentials,
        Self::BirthDate,
        Self::Person,
        Self::PostalAddress,
        Self::Other,
    ];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "telephone number",
            Self::Card => "card number",
            Self::Iban => "bank account",
            Self::NationalId => "national number",
            Self::IpAddress => "network address",
            Self::Credentials => "credentials",
            Self::BirthDate => "day of birth",
            Self::Person => "name",
            Self::PostalAddress => "postal address",
            Self::Other => "personal data",
        }
    }

    /// What stands in its place.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Card => "CARD",
            Self::Iban => "IBAN",
            Self::NationalId => "NATIONAL-ID",
            Self::IpAddress => "IP",
            Self::Credentials => "CREDENTIALS",
            Self::BirthDate => "BIRTH-DATE",
            Self::Person => "PERSON",
            Self::PostalAddress => "ADDRESS",
            Self::Other => "PERSONAL",
        }
    }

    /// Whether its digits alone say which one it is, however they are grouped.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Phone | Self::Card | Self::Iban | Self::NationalId)
    }
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Where it is, in bytes, on character boundaries.
    pub range: Range<usize>,
    /// How sure that is, 0–100. Not a probability: an order, in which 50 is where masking pays.
    pub confidence: u8,
    /// By what it was found.
    pub why: &'static str,
}

impl Found {
    pub(super) fn new(kind: Kind, range: Range<usize>, confidence: u8, why: &'static str) -> Self {
        Self {
            kind,
            range,
            confidence,
            why,
        }
    }

    /// The same, on whole characters of this text.
    pub(super) fn within(mut self, text: &str) -> Option<Self> {
        if self.range.start >= self.range.end || self.range.end > text.len() {
            return None;
        }
        self.range = text.floor_char_boundary(self.range.start)..text.ceil_char_boundary(self.range.end);
        Some(self)
    }
}

/// In order and without overlaps: of those that overlap, the surest (then the longest) says what it is, and all of it
/// goes.
pub(super) fn merge(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|it| it.range.start);
    let mut merged: Vec<Found> = Vec::with_capacity(found.len());
    for it in found {
        match merged.last_mut() {
            Some(last) if it.range.start < last.range.end => {
                let (start, end) = (last.range.start, last.range.end.max(it.range.end));
                if (it.confidence, it.range.len()) > (last.confidence, last.range.len()) {
                    *last = it;
                }
                last.range = start..end;
            }
            _ => merged.push(it),
        }
    }
    merged
}
