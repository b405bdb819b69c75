use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + seconds * 1_000_000)
}

fn quotas(key: u32, tenant: u32, address: u32, door: u32) -> Paces {
    Paces::new(Quotas {
        key,
        tenant,
        address,
        door,
    })
}

fn from(address: &str) -> Sender {
    Sender {
        address: address.parse().ok(),
        ..Sender::default()
    }
}

fn passes(paces: &Paces, sender: &Sender, now: Timestamp) -> bool {
    paces.take(sender, now).is_none_or(|pace| pace.wait.is_none())
}

#[test]
fn a_quota_comes_at_once_and_then_as_fast_as_it_fills() {
    let (paces, flood) = (quotas(0, 0, 60, 0), from("192.0.2.7"));
    assert!((0..60).all(|_| passes(&paces, &flood, at(0))));
    let refused = paces.take(&flood, at(0)).unwrap();
    assert_eq!(
        (refused.of, refused.left, refused.wait, refused.whole_in),
        (Of::Address, 0, Some(1), 60)
    );
    assert!(passes(&paces, &from("192.0.2.8"), at(0)), "others are served");
    assert!(passes(&paces, &flood, at(1)) && !passes(&paces, &flood, at(1)));
    assert!((0..60).all(|_| passes(&paces, &flood, at(61))) && !passes(&paces, &flood, at(61)));
    // Who goes on all the same is not punished for it.
    assert!((0..1_000).all(|_| !passes(&paces, &flood, at(61))) && passes(&paces, &flood, at(62)));
}

#[test]
fn each_quota_is_its_own_and_the_nearest_to_its_end_is_told() {
    let paces = quotas(10, 20, 0, 0);
    let [one, two, three] = [1, 2, 3].map(|key| Sender {
        key: Some(key),
        tenant: Some(7),
        ..Sender::default()
    });
    assert!((0..10).all(|_| passes(&paces, &one, at(0))));
    assert_eq!(paces.take(&one, at(0)).map(|pace| pace.of), Some(Of::Key));
    assert!((0..10).all(|_| passes(&paces, &two, at(0))));
    let pace = paces.take(&three, at(0)).unwrap();
    assert_eq!((pace.of, pace.wait), (Of::Tenant, Some(3)));
    let other = Sender {
        key: Some(4),
        tenant: Some(8),
        ..Sender::default()
    };
    let pace = paces.take(&other, at(0)).unwrap();
    let mut told = HeaderMap::new();
    pace.tell(&mut told);
    assert_eq!(
        (&told[POLICY], &told[LEFT]),
        (
            &HeaderValue::from_static("\"key\";q=10;w=60"),
            &HeaderValue::from_static("\"key\";r=9;t=6"),
        )
    );
}

#[test]
fn a_door_for_pages_is_narrower_and_nothing_limits_what_is_switched_off() {
    let paces = quotas(0, 0, 100, 2);
    let door = Sender {
        door: true,
        ..from("192.0.2.7")
    };
    assert!(passes(&paces, &door, at(0)) && passes(&paces, &door, at(0)));
    assert_eq!(paces.take(&door, at(0)).map(|pace| pace.of), Some(Of::Door));
    assert!(passes(&paces, &from("192.0.2.7"), at(0)));
    let open = quotas(0, 0, 0, 0);
    assert!((0..10_000).all(|_| open.take(&door, at(0)).is_none()));
}

#[test]
fn a_network_of_ipv6_is_one_sender_and_mapped_addresses_are_what_they_map() {
    let paces = quotas(0, 0, 1, 0);
    assert!(passes(&paces, &from("2001:db8:1:2::1"), at(0)));
    assert!(!passes(&paces, &from("2001:db8:1:2:ffff::9"), at(0)));
    assert!(passes(&paces, &from("2001:db8:1:3::1"), at(0)));
    assert!(passes(&paces, &from("192.0.2.7"), at(0)) && !passes(&paces, &from("::ffff:192.0.2.7"), at(0)));
}

#[test]
fn a_flood_of_new_senders_takes_no_memory_and_frees_nobody_who_floods() {
    let (paces, flood) = (quotas(0, 0, 2, 0), from("192.0.2.7"));
    assert!(passes(&paces, &flood, at(0)) && passes(&paces, &flood, at(0)));
    for number in 0..20_000_u64 {
        let sender = Sender {
            key: Some(number),
            address: Some(IpAddr::from((u128::from(number) << 64).to_be_bytes())),
            ..Sender::default()
        };
        paces.take(&sender, at(0));
    }
    assert!(!passes(&paces, &flood, at(0)));
}

proptest! {
    /// Whatever comes and whenever: in no minute more than twice the quota, which is a full bucket and what fills up meanwhile.
    #[test]
    fn no_minute_has_more_than_a_bucket_and_what_filled_it(most in 1_u32..50, steps in proptest::collection::vec(0_i64..3_000_000, 1..300)) {
        let (paces, sender) = (quotas(most, 0, 0, 0), Sender { key: Some(1), ..Sender::default() });
        let (mut now, mut taken) = (0, Vec::new());
        for step in steps {
            now += step;
            let pace = paces.take(&sender, Timestamp::from_micros(now)).unwrap();
            prop_assert!(pace.left <= most && pace.whole_in <= WINDOW_SECONDS);
            if pace.wait.is_none() {
                taken.push(now);
            }
        }
        for begin in &taken {
            let minute = taken.iter().filter(|at| (*begin..begin + 60_000_000).contains(*at)).count();
            prop_assert!(minute <= 2 * most as usize);
        }
    }

    #[test]
    fn a_clock_that_is_put_back_shuts_nobody_out_for_long(back in 1_i64..1_000_000) {
        let (paces, sender) = (quotas(3, 0, 0, 0), Sender { key: Some(1), ..Sender::default() });
        for _ in 0..5 {
            paces.take(&sender, at(back));
        }
        paces.take(&sender, at(0));
        prop_assert!(passes(&paces, &sender, at(61)));
    }
}
