//! From the act that writes a letter to what stays of it.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::time::Duration;

use engines::{TestDb, on_both};
use kernel::{LetterId, PageRequest, SystemRandom, TenantId, Timestamp};
use outbox::{Address, Cause, Error, Fate, Kind, Letter, OutboxKey, State, Taken, Trouble, Which};
use sealing::Key;
use store::{StoreError, Tx, params};

const NOTE: Kind = Kind::new("test.note");
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NOON: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// An outbox, and whoever sends from it.
struct Post {
    db: TestDb,
    secret: [u8; 32],
}

impl Post {
    fn on(db: TestDb) -> Self {
        db.migrate(&[store::MIGRATIONS, outbox::MIGRATIONS].concat())
            .unwrap();
        let post = Self { db, secret: [7; 32] };
        post.write(|key, tx| key.prepare(tx));
        post
    }

    fn write<T: Send + 'static>(
        &self,
        act: impl Fn(&OutboxKey, &mut Tx) -> outbox::Result<T> + Send + 'static,
    ) -> T {
        let key = self.key();
        self.db.write_blocking(move |tx| act(&key, tx)).unwrap()
    }

    fn key(&self) -> OutboxKey {
        OutboxKey::new(&Key::from_bytes(self.secret))
    }

    fn put(&self, now: Timestamp, letter: Letter) -> Option<LetterId> {
        self.write(move |_, tx| outbox::put_in(tx, now, &SystemRandom, &letter))
    }

    fn take(&self, now: Timestamp) -> Vec<Taken> {
        self.write(move |key, tx| key.take(tx, now, 8, MINUTE * 10))
    }

    fn settle(&self, letter: Taken, fate: Fate, now: Timestamp) -> Option<State> {
        self.write(move |key, tx| key.settle(tx, &letter, fate, now))
    }

    fn entries(&self, which: Which) -> Vec<outbox::Entry> {
        self.write(move |_, tx| outbox::list(tx, which, &PageRequest::first(100)))
            .items
    }

    fn one(&self) -> outbox::Entry {
        self.entries(Which::All).remove(0)
    }
}

fn address() -> Address {
    "pia@people.example".parse().unwrap()
}

fn note() -> Letter {
    Letter::new(NOTE, address(), "Your \"code\"", "Zürich\n1234\n").unwrap()
}

fn after(minutes: u32) -> Timestamp {
    NOON.plus(MINUTE * minutes)
}

fn busy() -> Fate {
    Fate::Later(Trouble {
        cause: Cause::Busy,
        code: Some(451),
    })
}

fn all_bytes(post: &Post) -> Vec<u8> {
    let rows = post.db.read_blocking(|tx| {
        tx.all(
            "SELECT kind, about, trouble, state, letter_sealed, address_blind FROM outbox_letter",
            &[],
        )
    });
    format!("{:?}", rows.unwrap()).into_bytes()
}

on_both! {
    fn a_letter_is_sealed_sent_once_and_wiped(db: TestDb) {
        let post = Post::on(db);
        let tenant = TenantId::make(NOON, &SystemRandom);
        let id = post.put(NOON, note().of_tenant(tenant).in_language("de".parse().unwrap())).unwrap();
        let kept = String::from_utf8(all_bytes(&post)).unwrap();
        assert!(!["pia", "people", "1234", "code\""].iter().any(|word| kept.contains(word)), "{kept}");
        let mut taken = post.take(NOON);
        assert!(post.take(after(9)).is_empty(), "it is one sender's at a time");
        let letter = taken.remove(0);
        assert_eq!((letter.id, letter.tenant, letter.kind.as_str()), (id, Some(tenant), "test.note"));
        assert_eq!((letter.to.as_str(), letter.subject()), ("pia@people.example", "Your \"code\""));
        assert_eq!((letter.text(), letter.language().as_str()), ("Zürich\n1234\n", "de"));
        assert_eq!(post.settle(letter, Fate::Sent, after(1)), Some(State::Sent));
        let entry = post.one();
        assert_eq!((entry.state, entry.is_kept, entry.settled_at), (State::Sent, false, Some(after(1))));
        assert!(post.take(after(60)).is_empty());
        let (there, elsewhere) = (post.key().hash(&"PIA@people.example".parse().unwrap()), post.key().hash(&"other@people.example".parse().unwrap()));
        assert_eq!((post.entries(Which::To(there)).len(), post.entries(Which::To(elsewhere)).len()), (1, 0));
    }

    fn no_letter_comes_of_an_act_that_did_not_happen(db: TestDb) {
        let post = Post::on(db);
        let failed = post.db.write_blocking(|tx| {
            outbox::put_in(tx, NOON, &SystemRandom, &note())?;
            Err::<(), Error>(StoreError::Contention.into())
        });
        assert!(failed.is_err());
        assert!(post.entries(Which::All).is_empty());
    }

    fn a_sender_that_died_leaves_its_letter_to_the_next(db: TestDb) {
        let post = Post::on(db);
        post.put(NOON, note());
        let slow = post.take(NOON).remove(0);
        let next = post.take(after(10)).remove(0);
        assert_eq!(slow.id, next.id);
        assert_eq!(post.settle(slow, busy(), after(11)), None, "the slow one is too late to say anything");
        assert_eq!(post.settle(next, Fate::Sent, after(11)), Some(State::Sent));
    }

    fn delays_grow_until_it_is_given_up_with_a_reason(db: TestDb) {
        let post = Post::on(db);
        post.put(NOON, note());
        let (mut now, mut waits) = (NOON, Vec::new());
        while let Some(letter) = post.take(now).pop() {
            if post.settle(letter, busy(), now) == Some(State::GivenUp) {
                break;
            }
            let next = post.one().next_at.unwrap();
            waits.push((next.as_seconds() - now.as_seconds()) / 60);
            now = next;
        }
        assert_eq!(waits[..7], [1, 5, 15, 60, 180, 360, 360]);
        let entry = post.one();
        assert!(NOON.plus(DAY * 3) < now && now < NOON.plus(DAY * 4), "{now}");
        assert_eq!(entry.trouble.as_deref(), Some("the mail server asked to try later (451)"));
        assert_eq!((entry.state, entry.is_kept), (State::GivenUp, true));
        // The trouble is over: by hand it goes out after all.
        assert_eq!(post.write(move |_, tx| outbox::again(tx, now)), 1);
        let letter = post.take(now).remove(0);
        assert_eq!(post.settle(letter, Fate::Sent, now), Some(State::Sent));
    }

    fn a_code_is_not_sent_late_and_leaves_nothing(db: TestDb) {
        let post = Post::on(db);
        post.put(NOON, note().good_for(MINUTE * 10));
        assert!(post.write(|_, tx| outbox::is_due(tx, NOON)));
        assert!(post.take(after(10)).is_empty());
        let entry = post.one();
        assert_eq!((entry.state, entry.is_kept), (State::GivenUp, false));
        assert_eq!(entry.trouble.as_deref(), Some("it was not delivered in the time that it was good for"));
        assert_eq!(post.write(move |_, tx| outbox::again(tx, after(11))), 0);
    }

    fn what_is_written_once_is_never_written_again(db: TestDb) {
        let post = Post::on(db);
        let about = |about: &str| note().once(about).unwrap();
        assert!(post.put(NOON, about("request/1")).is_some());
        assert!(post.put(after(1), about("request/1")).is_none());
        assert!(post.put(after(1), about("request/2")).is_some());
        let letter = post.take(after(1)).remove(0);
        post.settle(letter, Fate::Sent, after(1));
        assert!(post.put(after(2), about("request/1")).is_none());
        assert!(post.put(after(2), note()).is_some() && post.put(after(2), note()).is_some());
    }

    fn a_moved_letter_and_a_foreign_key_open_nothing(db: TestDb) {
        let mut post = Post::on(db);
        post.put(NOON, note());
        post.put(NOON, note());
        post.db.write_blocking(|tx| {
            let row = tx.all("SELECT letter_sealed FROM outbox_letter ORDER BY letter_id", &[])?.remove(0);
            tx.execute("UPDATE outbox_letter SET letter_sealed = $1", params![row.get::<Vec<u8>>(0)?])
        }).unwrap();
        assert_eq!(post.take(NOON).len(), 1);
        let altered = post.entries(Which::In(State::GivenUp));
        assert_eq!(altered[0].trouble.as_deref(), Some("what was written does not open any more"));
        post.secret = [8; 32];
        let key = post.key();
        assert_eq!(post.db.write_blocking(move |tx| key.prepare(tx)), Err(Error::OtherKey));
    }

    fn without_a_key_nothing_is_written(db: TestDb) {
        db.migrate(outbox::MIGRATIONS).unwrap();
        let refused = db.write_blocking(|tx| outbox::put_in(tx, NOON, &SystemRandom, &note()));
        assert_eq!(refused, Err(Error::NoKey));
    }

    fn what_is_over_is_wiped_and_in_the_end_forgotten(db: TestDb) {
        let post = Post::on(db);
        post.put(NOON, note());
        post.put(NOON, note());
        let mut taken = post.take(NOON);
        let refused = Trouble { cause: Cause::AddressRefused, code: Some(550) };
        post.settle(taken.remove(0), Fate::Never(refused), NOON);
        post.settle(taken.remove(0), Fate::Sent, NOON);
        let figures = post.write(|_, tx| outbox::figures(tx));
        assert_eq!((figures.waiting, figures.given_up), (0, 1));
        assert_eq!(post.write(|_, tx| outbox::sweep(tx, NOON.plus(DAY * 13))), (0, 0));
        assert_eq!(post.write(|_, tx| outbox::sweep(tx, NOON.plus(DAY * 14))), (1, 0));
        assert_eq!(post.write(|_, tx| outbox::sweep(tx, NOON.plus(DAY * 400))), (0, 2));
    }

    fn letters_come_in_pages(db: TestDb) {
        let post = Post::on(db);
        (0..5).for_each(|minute| assert!(post.put(after(minute), note()).is_some()));
        let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
        loop {
            let wanted = page.clone();
            let got = post.write(move |_, tx| outbox::list(tx, Which::In(State::Waiting), &wanted));
            seen.extend(got.items.into_iter().map(|entry| entry.made_at));
            page.after = got.next;
            if page.after.is_none() { break }
        }
        assert_eq!(seen, [4, 3, 2, 1, 0].map(after));
    }
}
