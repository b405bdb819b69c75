use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

/// Pages in memory, which count what is read and written.
#[derive(Default)]
struct Memory {
    pages: HashMap<PageId, Vec<u8>>,
    last: u64,
    read: usize,
    written: usize,
}

impl Pages for Memory {
    type Error = NotAPage;

    fn read(&mut self, page: PageId) -> Result<Option<Vec<u8>>, NotAPage> {
        self.read += 1;
        Ok(self.pages.get(&page).cloned())
    }

    fn write(&mut self, page: PageId, bytes: &[u8]) -> Result<(), NotAPage> {
        self.written += 1;
        assert!(
            bytes.len() <= MOST_BYTES + 2048,
            "a page of {} bytes",
            bytes.len()
        );
        self.pages.insert(page, bytes.to_vec());
        Ok(())
    }

    fn remove(&mut self, page: PageId) -> Result<(), NotAPage> {
        self.pages.remove(&page);
        Ok(())
    }

    fn fresh(&mut self) -> PageId {
        self.last += 1;
        PageId(self.last)
    }
}

fn item(number: u64) -> ItemId {
    let mut bytes = [0u8; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    ItemId::from_bytes(&bytes).unwrap()
}

fn entry(name: impl Into<Vec<u8>>, number: u64) -> Entry {
    Entry {
        name: name.into(),
        item: item(number),
    }
}

fn listed(pages: &mut Memory, from: Bound<&[u8]>, most: usize) -> Vec<(Vec<u8>, ItemId)> {
    let mut found = Vec::new();
    walk(pages, from, &mut |name, item| {
        found.push((name.to_vec(), item));
        if found.len() == most {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap();
    found
}

#[test]
fn an_empty_tree_has_nothing_to_walk() {
    assert!(listed(&mut Memory::default(), Bound::Unbounded, 10).is_empty());
}

#[test]
fn names_come_in_byte_order_whatever_order_they_came_in() {
    let mut pages = Memory::default();
    for number in (0..20_000u64).rev() {
        if number % 500 == 0 {
            let batch = (number..number + 500)
                .map(|n| entry(format!("scan/{:05}", n * 7919 % 20_000), n))
                .collect();
            insert(&mut pages, batch).unwrap();
        }
    }
    let all = listed(&mut pages, Bound::Unbounded, usize::MAX);
    assert_eq!(all.len(), 20_000);
    assert!(all.is_sorted_by(|one, other| one.0 < other.0));
}

#[test]
fn a_page_at_the_end_costs_as_little_as_one_at_the_start() {
    let mut pages = Memory::default();
    let batch = (0..200_000u64).map(|n| entry(format!("{n:09}"), n)).collect();
    insert(&mut pages, batch).unwrap();
    let mut cost = |from: &[u8]| {
        pages.read = 0;
        assert_eq!(listed(&mut pages, Bound::Included(from), 1_000).len(), 1_000);
        pages.read
    };
    let (start, end) = (cost(b"000000000"), cost(b"000198999"));
    assert!(start <= 8 && end <= start + 2, "{start} and {end} pages");
}

#[test]
fn a_batch_writes_each_page_once() {
    let mut pages = Memory::default();
    insert(
        &mut pages,
        (0..100_000u64).map(|n| entry(format!("{n:09}"), n)).collect(),
    )
    .unwrap();
    pages.written = 0;
    insert(
        &mut pages,
        (0..500u64).map(|n| entry(format!("{:09}-b", n), n)).collect(),
    )
    .unwrap();
    assert!(pages.written < 12, "{} pages written", pages.written);
}

#[test]
fn taking_out_what_is_not_there_writes_nothing() {
    let mut pages = Memory::default();
    insert(
        &mut pages,
        (0..5_000u64).map(|n| entry(format!("{n:09}"), n)).collect(),
    )
    .unwrap();
    pages.written = 0;
    remove(&mut pages, vec![b"000000001-no".to_vec(), b"zzz".to_vec()]).unwrap();
    assert_eq!(pages.written, 0);
}

#[test]
fn pages_go_with_their_last_name() {
    let mut pages = Memory::default();
    let names: Vec<Vec<u8>> = (0..5_000u64).map(|n| format!("{n:09}").into_bytes()).collect();
    insert(
        &mut pages,
        names.iter().map(|name| entry(name.clone(), 1)).collect(),
    )
    .unwrap();
    assert!(pages.pages.len() > 5);
    remove(&mut pages, names).unwrap();
    assert!(pages.pages.is_empty());
}

#[test]
fn a_page_that_names_itself_is_refused() {
    let mut pages = Memory::default();
    let circle = Page::Inner(vec![(b"a".to_vec(), ROOT)]);
    pages.pages.insert(ROOT, circle.bytes());
    assert_eq!(
        walk(
            &mut pages,
            Bound::Unbounded,
            &mut |_, _| ControlFlow::Continue(())
        ),
        Err(NotAPage)
    );
    assert_eq!(insert(&mut pages, vec![entry("b", 1)]), Err(NotAPage));
}

fn names() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'/'), Just(0xff)], 1..6),
        proptest::collection::vec(any::<u8>(), 1..1024),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_tree_holds_what_a_map_would(
        batches in proptest::collection::vec(
            proptest::collection::vec((names(), proptest::option::weighted(0.8, 0..1_000u64)), 1..60), 1..12),
        from in names(),
    ) {
        let (mut pages, mut map) = (Memory::default(), BTreeMap::new());
        for batch in batches {
            let (mut put, mut gone) = (Vec::new(), Vec::new());
            for (name, number) in batch {
                match number {
                    Some(number) if !gone.contains(&name) => put.push(entry(name, number)),
                    _ => gone.push(name),
                }
            }
            put.iter().for_each(|entry| { map.insert(entry.name.clone(), entry.item); });
            gone.iter().for_each(|name| { map.remove(name); });
            insert(&mut pages, put).unwrap();
            remove(&mut pages, gone).unwrap();
        }
        let wanted: Vec<_> = map.iter().map(|(name, item)| (name.clone(), *item)).collect();
        prop_assert_eq!(listed(&mut pages, Bound::Unbounded, usize::MAX), wanted.clone());
        let later: Vec<_> = wanted.iter().filter(|(name, _)| *name >= from).cloned().collect();
        prop_assert_eq!(listed(&mut pages, Bound::Included(&from), usize::MAX), later);
        let after: Vec<_> = wanted.into_iter().filter(|(name, _)| *name > from).collect();
        prop_assert_eq!(listed(&mut pages, Bound::Excluded(&from), usize::MAX), after);
    }

    #[test]
    fn bytes_that_are_no_page_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(page) = Page::read(&bytes) {
            prop_assert_eq!(Page::read(&page.bytes()), Ok(page));
        }
    }
}
