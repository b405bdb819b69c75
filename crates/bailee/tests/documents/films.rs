//! Frames of films over REST: told, found by number and by time, marked, recorded; a bad film ends its own process.

use serde_json::json;

use super::*;

const USUAL: &[u8] = include_bytes!("../../../foundation/confined/tests/films/usual.mp4");
const TURNED: &[u8] = include_bytes!("../../../foundation/confined/tests/films/turned.mov");
const EACH_PIXEL: &[u8] = include_bytes!("../../../foundation/confined/tests/films/each-pixel.mp4");

/// What frame N shows in its upper right: 40 + 6 N in luma.
fn grey(number: u32) -> u8 {
    ((24.0 + 6.0 * f64::from(number)) * 255.0 / 219.0).round() as u8
}

fn shows(frame: &RgbImage, number: u32) -> bool {
    let near = |pixel: &Rgb<u8>, wanted: [u8; 3]| {
        pixel
            .0
            .iter()
            .zip(wanted)
            .all(|(it, wanted)| it.abs_diff(wanted) < 8)
    };
    near(frame.get_pixel(72, 10), [grey(number); 3]) && near(frame.get_pixel(72, 50), [254, 0, 0])
}

pub(super) async fn frames_of_a_film_come_back_as_they_are(engine: Engine) {
    let house = House::open(engine).await;
    let owner = &house.team.owner;
    let film = house.keep("usual", USUAL.to_vec()).await;
    let info = owner.get(&format!("{film}/info")).await.unwrap();
    for (field, value) in [
        ("kind", json!("video")),
        ("frames", json!(30)),
        ("width", json!(96)),
        ("height", json!(64)),
        ("duration", json!(3.0)),
        ("rate", json!(10.0)),
    ] {
        assert_eq!(info[field], value, "{field} of {info}");
    }
    let (frame, event) = look(owner, &format!("{film}?frame=17")).await.unwrap();
    assert!(frame.dimensions() == (96, 64) && shows(&frame, 17));
    let entry = owner.get(&format!("/v1/trail/{event}")).await.unwrap();
    assert_eq!(entry["event"]["details"]["frame"], 17);
    let (same, event) = look(owner, &format!("{film}?at=1.75")).await.unwrap();
    assert_eq!(same, frame);
    let entry = owner.get(&format!("/v1/trail/{event}")).await.unwrap();
    assert_eq!(entry["event"]["details"]["at"], 1.75);
    for (query, field) in [
        ("frame=30", "frame"),
        ("at=3", "at"),
        ("at=-1", "at"),
        ("at=1&frame=1", "at"),
        ("at=NaN", "at"),
    ] {
        let said = look(owner, &format!("{film}?{query}")).await;
        let Err(Trouble::Said {
            status: 400, problem, ..
        }) = said
        else {
            panic!("{query}: {said:?}")
        };
        assert_eq!(problem["field"], field, "{query}");
    }
    marked(&house, &film).await;
    bad(&house, &film).await;
}

async fn marked(house: &House, film: &str) {
    let narrow = json!({ "label": "to look", "actions": ["item.view"] });
    let key = house.team.owner.post("/v1/keys", narrow).await.unwrap();
    let looks = house.team.owner.with_key(key["secret"].as_str().unwrap());
    let path = format!("{film}?frame=3");
    let (plain, _) = look(&house.team.owner, &path).await.unwrap();
    let (marked, _) = look(&looks, &path).await.unwrap();
    let apart = |(left, right): (&Rgb<u8>, &Rgb<u8>)| left.0[0].abs_diff(right.0[0]) > 20;
    let differ = plain
        .pixels()
        .zip(marked.pixels())
        .filter(|two| apart(*two))
        .count();
    assert!(differ > 300, "no mark: {differ} pixels differ");
}

async fn bad(house: &House, good: &str) {
    let owner = &house.team.owner;
    let turned = house.keep("turned", TURNED.to_vec()).await;
    assert_eq!(look(owner, &turned).await.unwrap().0.dimensions(), (64, 96));
    let mut lying = USUAL.to_vec();
    let lengths = lying.windows(4).position(|it| it == b"stsz").unwrap();
    lying[lengths + 8..lengths + 16].copy_from_slice(&[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]);
    for (name, bytes, says) in [
        (
            "four milliards of frames",
            lying,
            &[
                "the film cannot be read",
                "MiB that are given",
                "seconds that are given",
            ][..],
        ),
        (
            "half a film",
            USUAL[..USUAL.len() - 600].to_vec(),
            &["the film cannot be read"][..],
        ),
        (
            "a colour for each pixel",
            EACH_PIXEL.to_vec(),
            &["H.264 of a rare kind (4:4:4"][..],
        ),
    ] {
        let kept = house.keep(&name.replace(' ', "-"), bytes).await;
        let (status, detail) = refused(owner, &kept).await;
        assert!(
            status == 422 && says.iter().any(|says| detail.contains(says)),
            "{name}: {detail}"
        );
        assert!(shows(
            &look(owner, &format!("{good}?frame=5")).await.unwrap().0,
            5
        ));
    }
    let rare = house.keep("rare", EACH_PIXEL.to_vec()).await;
    let info = owner.get(&format!("{rare}/info")).await.unwrap();
    assert!(
        info["frames"] == 0 && info["not_drawn"].as_str().unwrap().contains("4:4:4"),
        "{info}"
    );
}
