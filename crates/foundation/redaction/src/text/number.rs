//! Runs of digits, alone or in groups, and what they may be.
//!
//! Promises: groups are looked at from the first one on, as many together as the longest number has; the kinds with the
//! strongest checks come first.

use std::cell::OnceCell;
use std::ops::Deref;

use super::context::Context;
use super::found::Found;
use super::walk::Word;
use super::{birth, electronic_v4, money, national, phone, postal};

/// No number has more groups.
const GROUPS: usize = 10;
/// Nor more digits: a card has 19.
const DIGITS: usize = 24;

/// Groups of digits that stand together, from the first one on.
#[derive(Debug)]
pub(super) struct Groups<'t> {
    pub(super) text: &'t str,
    /// Beginning and end of each.
    spans: [(usize, usize); GROUPS],
    count: usize,
    /// What the words before speak of, once that was asked.
    context: OnceCell<Context>,
}

/// The digits of a number, as numbers.
#[derive(Default)]
pub(super) struct Digits {
    digits: [u8; DIGITS],
    count: usize,
}

impl Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.digits.get(..self.count).unwrap_or_default()
    }
}

impl<'t> Groups<'t> {
    fn read(text: &'t str, first: Word) -> Self {
        let mut groups = Self {
            text,
            spans: [(0, 0); GROUPS],
            count: 0,
            context: OnceCell::new(),
        };
        let bytes = text.as_bytes();
        let (mut at, mut total) = (first.start, 0);
        while groups.count < GROUPS {
            let length = bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|it| it.is_ascii_digit())
                .count();
            total += length;
            if length == 0 || total > DIGITS {
                break;
            }
            groups.spans[groups.count] = (at, at + length);
            groups.count += 1;
            at += length;
            let gap = bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take(3)
                .take_while(|it| b" -./()".contains(it))
                .count();
            if gap == 0 {
                break;
            }
            at += gap;
        }
        groups
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn start(&self) -> usize {
        self.spans[0].0
    }

    /// Where the group with this number ends.
    pub(super) fn end(&self, group: usize) -> usize {
        self.spans.get(group).map_or(0, |it| it.1)
    }

    pub(super) fn group(&self, group: usize) -> &'t str {
        let (start, end) = self.spans.get(group).copied().unwrap_or_default();
        self.text.get(start..end).unwrap_or_default()
    }

    /// What stands between a group and the next.
    pub(super) fn gap(&self, group: usize) -> &'t str {
        let next = self.spans.get(group + 1).map_or(0, |it| it.0);
        self.text.get(self.end(group)..next).unwrap_or_default()
    }

    /// The lengths of the first so many groups.
    pub(super) fn lengths(&self, count: usize) -> impl Iterator<Item = usize> + '_ {
        self.spans
            .iter()
            .take(count.min(self.count))
            .map(|it| it.1 - it.0)
    }

    /// The lengths of the first three, 0 for what is not there.
    pub(super) fn first_lengths(&self) -> [usize; 3] {
        std::array::from_fn(|group| self.spans.get(group).map_or(0, |it| it.1 - it.0))
    }

    /// Whether the first so many groups are this long.
    pub(super) fn are(&self, lengths: &[usize]) -> bool {
        lengths.len() <= self.count && self.lengths(lengths.len()).eq(lengths.iter().copied())
    }

    /// The digits of the first so many groups, as numbers.
    pub(super) fn digits(&self, count: usize) -> Digits {
        let mut all = Digits::default();
        let spans = self.spans.iter().take(count.min(self.count));
        let bytes = spans.flat_map(|&(start, end)| self.text.as_bytes().get(start..end).unwrap_or_default());
        for (place, byte) in all.digits.iter_mut().zip(bytes) {
            *place = byte - b'0';
            all.count += 1;
        }
        all
    }

    /// Whether between the first so many groups the same stands everywhere, and it is one of these characters.
    pub(super) fn is_parted_by(&self, count: usize, marks: &[u8]) -> bool {
        let mark = self.mark(0);
        count > 1
            && mark.is_some_and(|mark| marks.contains(&mark))
            && (1..count - 1).all(|group| self.mark(group) == mark)
    }

    /// What stands between a group and the next, if it is one character.
    pub(super) fn mark(&self, group: usize) -> Option<u8> {
        let (end, next) = (self.spans.get(group)?.1, self.spans.get(group + 1)?.0);
        (next == end + 1).then(|| self.text.as_bytes().get(end).copied())?
    }

    /// Whether nothing that belongs to the number follows the first so many groups.
    pub(super) fn ends_at(&self, count: usize) -> bool {
        let end = self.end(count.saturating_sub(1));
        let mut rest = self.text.get(end..).unwrap_or_default().chars();
        match rest.next() {
            Some(it) if it.is_alphanumeric() || it == '_' => false,
            Some('-' | '.' | '/' | ',' | ':') => !rest.next().is_some_and(|it| it.is_ascii_digit()),
            _ => true,
        }
    }

    /// The character before the first digit.
    pub(super) fn before(&self) -> Option<char> {
        self.text
            .get(..self.start())
            .and_then(|it| it.chars().next_back())
    }

    /// What the words before speak of.
    pub(super) fn context(&self) -> Context {
        *self
            .context
            .get_or_init(|| Context::before(self.text.as_bytes(), self.start()))
    }
}

/// A word that begins with a digit. Says where to go on.
pub(super) fn at(text: &str, word: Word, found: &mut Vec<Found>) -> usize {
    let groups = Groups::read(text, word);
    let kinds: [fn(&Groups<'_>) -> Option<Found>; 6] = [
        electronic_v4::find,
        money::card,
        national::find,
        birth::find,
        phone::find,
        postal::at_number,
    ];
    let is_number = groups.count() > 0 && !matches!(groups.before(), Some('_' | '#' | '$' | '€' | '£'));
    // The first that is sure enough; if none is, the surest.
    let mut best: Option<Found> = None;
    for kind in kinds.iter().filter(|_| is_number) {
        if best
            .as_ref()
            .is_some_and(|it| it.confidence >= super::SURE_ENOUGH)
        {
            break;
        }
        best = kind(&groups)
            .into_iter()
            .chain(best)
            .max_by_key(|it| it.confidence);
    }
    match best {
        Some(it) => {
            let end = it.range.end;
            found.push(it);
            end.max(word.end)
        }
        None => word.end,
    }
}
