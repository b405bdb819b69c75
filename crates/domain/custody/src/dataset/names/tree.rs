//! A B+tree from names to items, over pages that somebody else keeps.
//!
//! Promises: entries in the byte order of their names; a batch writes every page it touches once; looking up
//! and walking read one page per level; a page stays under [`MOST_BYTES`] unless one entry alone is longer;
//! bytes that are no page are refused and never panic. Leaves out: sealing and storing pages (`rows`), and
//! joining pages that have become small: names come back, and an empty page goes.

use std::ops::{Bound, ControlFlow};

use kernel::ItemId;

/// The page of the root. It is there as soon as there is a name.
pub(crate) const ROOT: PageId = PageId(0);

/// The most bytes of a page: large enough that a million names are three levels, small enough to write anew.
const MOST_BYTES: usize = 12 << 10;

/// Which page of one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PageId(pub(crate) u64);

/// Where pages are kept.
pub(crate) trait Pages {
    /// What can fail.
    type Error: From<NotAPage>;
    /// The bytes of a page; nothing if there is none.
    fn read(&mut self, page: PageId) -> Result<Option<Vec<u8>>, Self::Error>;
    /// Makes or replaces a page.
    fn write(&mut self, page: PageId, bytes: &[u8]) -> Result<(), Self::Error>;
    /// Removes a page.
    fn remove(&mut self, page: PageId) -> Result<(), Self::Error>;
    /// An id that no page of the tree has or had.
    fn fresh(&mut self) -> PageId;
}

/// Bytes that are no page of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAPage;

/// A name and its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) item: ItemId,
}

/// Puts entries in; an entry whose name is there replaces it.
pub(crate) fn insert<P: Pages>(pages: &mut P, mut entries: Vec<Entry>) -> Result<(), P::Error> {
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    change(
        pages,
        entries
            .into_iter()
            .map(|entry| (entry.name, Some(entry.item)))
            .collect(),
    )
}

/// Takes names out; names that are not there are no error.
pub(crate) fn remove<P: Pages>(pages: &mut P, mut names: Vec<Vec<u8>>) -> Result<(), P::Error> {
    names.sort();
    change(pages, names.into_iter().map(|name| (name, None)).collect())
}

/// Visits entries in order, from a bound on, until told to stop.
pub(crate) fn walk<P: Pages>(
    pages: &mut P,
    from: Bound<&[u8]>,
    visit: &mut dyn FnMut(&[u8], ItemId) -> ControlFlow<()>,
) -> Result<(), P::Error> {
    match pages.read(ROOT)? {
        None => Ok(()),
        Some(bytes) => walk_page(pages, &Page::read(&bytes)?, from, 0, visit).map(drop),
    }
}

/// A change to one name: its item, or nothing for taking it out.
type Change = (Vec<u8>, Option<ItemId>);

/// No tree is deeper; a page that names itself would otherwise be followed for ever.
const DEEPEST: usize = 12;

fn change<P: Pages>(pages: &mut P, changes: Vec<Change>) -> Result<(), P::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let before = pages.read(ROOT)?;
    let root = match &before {
        Some(bytes) => Page::read(bytes)?,
        None => Page::Leaf(Vec::new()),
    };
    let mut parts = changed(pages, root, changes, 0)?;
    // The root keeps its id: when it has grown into several pages they move below it.
    while parts.len() > 1 {
        let mut children = Vec::with_capacity(parts.len());
        for part in parts {
            let id = pages.fresh();
            pages.write(id, &part.bytes())?;
            children.push((part.first().to_vec(), id));
        }
        parts = Page::Inner(children).split();
    }
    match (parts.pop(), before) {
        (Some(root), before) => write_changed(pages, ROOT, &root, before.as_deref()),
        (None, Some(_)) => pages.remove(ROOT),
        (None, None) => Ok(()),
    }
}

/// What a page becomes by changes that are sorted by name: no page, itself, or several.
fn changed<P: Pages>(
    pages: &mut P,
    page: Page,
    changes: Vec<Change>,
    depth: usize,
) -> Result<Vec<Page>, P::Error> {
    if depth > DEEPEST {
        return Err(NotAPage.into());
    }
    match page {
        Page::Leaf(entries) => Ok(Page::Leaf(merged(entries, changes)).split()),
        Page::Inner(children) => changed_below(pages, children, changes, depth),
    }
}

fn changed_below<P: Pages>(
    pages: &mut P,
    children: Vec<(Vec<u8>, PageId)>,
    changes: Vec<Change>,
    depth: usize,
) -> Result<Vec<Page>, P::Error> {
    let mut changes = changes.into_iter().peekable();
    let bounds: Vec<Option<Vec<u8>>> = children
        .iter()
        .skip(1)
        .map(|(first, _)| Some(first.clone()))
        .chain([None])
        .collect();
    let mut after = Vec::with_capacity(children.len() + 1);
    for ((first, id), bound) in children.into_iter().zip(bounds) {
        let mut its = Vec::new();
        while let Some(change) = changes.next_if(|(name, _)| bound.as_ref().is_none_or(|bound| name < bound))
        {
            its.push(change);
        }
        if its.is_empty() {
            after.push((first, id));
            continue;
        }
        let before = pages.read(id)?.ok_or(NotAPage)?;
        let parts = changed(pages, Page::read(&before)?, its, depth + 1)?;
        if parts.is_empty() {
            pages.remove(id)?;
        }
        for (index, part) in parts.into_iter().enumerate() {
            let (id, before) = if index == 0 {
                (id, Some(before.as_slice()))
            } else {
                (pages.fresh(), None)
            };
            write_changed(pages, id, &part, before)?;
            after.push((part.first().to_vec(), id));
        }
    }
    Ok(Page::Inner(after).split())
}

/// A page that has stayed as it was is not written.
fn write_changed<P: Pages>(
    pages: &mut P,
    id: PageId,
    page: &Page,
    before: Option<&[u8]>,
) -> Result<(), P::Error> {
    let bytes = page.bytes();
    if before == Some(bytes.as_slice()) {
        return Ok(());
    }
    pages.write(id, &bytes)
}

fn merged(entries: Vec<Entry>, changes: Vec<Change>) -> Vec<Entry> {
    let mut all = Vec::with_capacity(entries.len() + changes.len());
    let mut entries = entries.into_iter().peekable();
    let mut changes = changes.into_iter().peekable();
    while let Some((name, item)) = changes.next() {
        while let Some(entry) = entries.next_if(|entry| entry.name < name) {
            all.push(entry);
        }
        entries.next_if(|entry| entry.name == name);
        // Of several changes to one name the last counts.
        if changes.peek().is_some_and(|(next, _)| *next == name) {
            continue;
        }
        all.extend(item.map(|item| Entry { name, item }));
    }
    all.extend(entries);
    all
}

fn walk_page<P: Pages>(
    pages: &mut P,
    page: &Page,
    from: Bound<&[u8]>,
    depth: usize,
    visit: &mut dyn FnMut(&[u8], ItemId) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, P::Error> {
    if depth > DEEPEST {
        return Err(NotAPage.into());
    }
    match page {
        Page::Leaf(entries) => {
            for entry in &entries[entries.partition_point(|entry| before(&entry.name, from))..] {
                if visit(&entry.name, entry.item).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Page::Inner(children) => {
            let behind = children.partition_point(|(first, _)| before(first, from));
            for (_, id) in &children[behind.saturating_sub(1)..] {
                let child = Page::read(&pages.read(*id)?.ok_or(NotAPage)?)?;
                if walk_page(pages, &child, from, depth + 1, visit)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn before(name: &[u8], from: Bound<&[u8]>) -> bool {
    match from {
        Bound::Unbounded => false,
        Bound::Included(from) => name < from,
        Bound::Excluded(from) => name <= from,
    }
}

/// One page, read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Page {
    Leaf(Vec<Entry>),
    /// The first name that may lie below, and the page. The first child takes everything before the second.
    Inner(Vec<(Vec<u8>, PageId)>),
}

const LEAF: u8 = 1;
const INNER: u8 = 2;

impl Page {
    /// Byte 0 says which kind of page; then entries: length of the name (2 bytes, big-endian), the name, and
    /// 16 bytes of item or 8 bytes (big-endian) of page.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MOST_BYTES);
        let mut put = |name: &[u8], rest: &[u8]| {
            bytes.extend_from_slice(&(name.len() as u16).to_be_bytes());
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(rest);
        };
        let kind = match self {
            Self::Leaf(entries) => {
                entries
                    .iter()
                    .for_each(|entry| put(&entry.name, entry.item.as_bytes()));
                LEAF
            }
            Self::Inner(children) => {
                children
                    .iter()
                    .for_each(|(first, page)| put(first, &page.0.to_be_bytes()));
                INNER
            }
        };
        bytes.insert(0, kind);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, NotAPage> {
        let (kind, mut rest) = bytes.split_first().ok_or(NotAPage)?;
        match *kind {
            LEAF => {
                let mut entries = Vec::new();
                while !rest.is_empty() {
                    let (name, item) = take(&mut rest, 16)?;
                    let item = ItemId::from_bytes(item).map_err(|_| NotAPage)?;
                    entries.push(Entry {
                        name: name.to_vec(),
                        item,
                    });
                }
                Ok(Self::Leaf(entries))
            }
            INNER => {
                let mut children = Vec::new();
                while !rest.is_empty() {
                    let (first, page) = take(&mut rest, 8)?;
                    let page = PageId(u64::from_be_bytes(page.try_into().map_err(|_| NotAPage)?));
                    children.push((first.to_vec(), page));
                }
                Ok(Self::Inner(children))
            }
            _ => Err(NotAPage),
        }
    }

    fn first(&self) -> &[u8] {
        match self {
            Self::Leaf(entries) => entries.first().map_or(&[], |entry| &entry.name),
            Self::Inner(children) => children.first().map_or(&[], |(first, _)| first),
        }
    }

    /// Pages of at most [`MOST_BYTES`], filled evenly; none for an empty page.
    fn split(self) -> Vec<Self> {
        match self {
            Self::Leaf(entries) => pack(entries, |entry| entry.name.len() + 18)
                .into_iter()
                .map(Self::Leaf)
                .collect(),
            Self::Inner(children) => pack(children, |(first, _)| first.len() + 10)
                .into_iter()
                .map(Self::Inner)
                .collect(),
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], tail: usize) -> Result<(&'a [u8], &'a [u8]), NotAPage> {
    let (length, after) = rest.split_first_chunk::<2>().ok_or(NotAPage)?;
    let (name, after) = after
        .split_at_checked(u16::from_be_bytes(*length).into())
        .ok_or(NotAPage)?;
    let (value, after) = after.split_at_checked(tail).ok_or(NotAPage)?;
    *rest = after;
    Ok((name, value))
}

/// Deals entries out to as few groups as there must be, of about the same number of bytes.
fn pack<T>(entries: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let total: usize = entries.iter().map(&size).sum();
    let each = total.div_ceil(total.div_ceil(MOST_BYTES).max(1));
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut filled = usize::MAX;
    for entry in entries {
        let bytes = size(&entry);
        if filled >= each || filled + bytes > MOST_BYTES {
            groups.push(Vec::new());
            filled = 0;
        }
        filled += bytes;
        if let Some(group) = groups.last_mut() {
            group.push(entry);
        }
    }
    groups
}

#[cfg(test)]
mod tests;
