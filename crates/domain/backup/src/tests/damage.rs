//! What is damaged or missing is named and refused.

use std::fs;

use super::{Scene, files, large};
use crate::Error;

/// Whether the error names what lies in the room. Among the parts is the list of objects.
fn is_named(text: &str, room: &str) -> bool {
    let words: &[&str] = match room {
        "manifests" => &["manifest"],
        "parts" => &["table", "objects"],
        "keys" => &["table"],
        "list" => &["segment"],
        _ => &["object"],
    };
    words.iter().any(|word| text.contains(word))
}

engines::on_both! {
    async fn a_flipped_byte_anywhere_is_found_and_named(db: TestDb) {
        let scene = Scene::new(db).await;
        let gone = scene.put("gone", b"bytes").await;
        scene.put("kept", &large(1)).await;
        scene.back_up().await;
        scene.erase(gone).await;
        scene.list().await;
        let mut rooms = std::collections::BTreeMap::<String, usize>::new();
        for file in scene.files() {
            let shelf = file.strip_prefix(scene.folder.path()).unwrap();
            let words: Vec<_> = shelf.iter().map(|word| word.to_str().unwrap().to_owned()).collect();
            // The copy of the manifest beside the keys is read by those who sweep there, and by nobody else.
            if words[..2] == ["keys", "manifests"] {
                continue;
            }
            let (whole, room) = (fs::read(&file).unwrap(), words[1].clone());
            let every = if room == "parts" { 3 } else { 1 };
            *rooms.entry(room.clone()).or_default() += 1;
            if !rooms[&room].is_multiple_of(every) {
                continue;
            }
            let mut flipped = whole.clone();
            flipped[whole.len() / 2] ^= 1;
            fs::write(&file, &flipped).unwrap();
            let copy = scene.restored_into(engines::TestDb::sqlite()).await;
            let refused = copy.outcome.unwrap_err();
            let text = refused.to_string();
            assert!(matches!(refused, Error::Damaged { .. } | Error::WrongKey { .. }), "{file:?}: {text}");
            assert!(is_named(&text, &room), "{file:?}: {text}");

            if room == "list" {
                // Without its only segment a list is an empty one: that the newest is missing nothing on the shelf can tell.
                fs::write(&file, &whole).unwrap();
                continue;
            }
            fs::remove_file(&file).unwrap();
            let copy = scene.restored_into(engines::TestDb::sqlite()).await;
            let refused = copy.outcome.as_ref().unwrap_err();
            match room.as_str() {
                "manifests" => assert!(matches!(refused, Error::NoBackup(_))),
                _ => assert!(matches!(refused, Error::Missing { .. }) && is_named(&refused.to_string(), &room), "{refused}"),
            }
            fs::write(&file, &whole).unwrap();
        }
        assert_eq!(rooms.keys().map(String::as_str).collect::<Vec<_>>(), ["keys", "list", "manifests", "objects-home", "parts"]);
        scene.restored_into(engines::TestDb::sqlite()).await.outcome.unwrap();
    }

    async fn a_gap_in_the_list_is_noticed(db: TestDb) {
        let scene = Scene::new(db).await;
        scene.back_up().await;
        for name in ["one", "two"] {
            let item = scene.put(name, b"bytes").await;
            scene.erase(item).await;
            assert_eq!(scene.list().await, 1);
        }
        let mut segments = files(&scene.folder.path().join("data").join("list"));
        segments.sort_by_key(|file| file.file_name().unwrap().to_owned());
        assert_eq!(segments.len(), 2);
        fs::remove_file(&segments[0]).unwrap();
        let copy = scene.restored_into(engines::TestDb::sqlite()).await;
        assert!(copy.is_unfinished(), "and it is not served");
        let refused = copy.outcome.unwrap_err().to_string();
        assert!(refused.contains("segment") && refused.contains("not in"), "{refused}");
    }
}
