//! Backups of the real binary: made beside a running server, tried, restored into a folder that another server then serves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by these"
)]

mod support;

use std::process::Output;

use serde_json::Value;
use store::StoreError;
use support::api::id_of;
use support::place::{files_under, text};
use support::{Api, Engine, Place, Postgres, Server, Team, eventually, run};

macro_rules! on_both {
    ($($name:ident => $body:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn sqlite() {
                run($body(Engine::Sqlite));
            }

            #[test]
            fn postgres() {
                run($body(Engine::Postgres));
            }
        })*
    };
}

fn large(number: u8) -> Vec<u8> {
    (0..400_000_u32).map(|at| at.to_le_bytes()[1] ^ number).collect()
}

on_both! {
    a_backup_is_made_tried_and_served_elsewhere => async |engine| {
        let (place, _postgres) = place(engine);
        let server = Server::start(&place);
        let operator_key = Server::operator_key(&place);
        let team = Team::first(&server, &operator_key).await;
        team.owner.make_dataset("scans").await.unwrap();
        let kept = id_of(&team.owner.put("scans", "kept", large(1)).await.unwrap().answer["item"]);
        let gone = id_of(&team.owner.put("scans", "gone", large(2)).await.unwrap().answer["item"]);

        let made = json_of(&place.run(&["backup", "--json"]));
        assert!(made["made"]["rows"].as_u64() > Some(10) && made["made"]["objects"] == 2, "{made}");
        team.owner.archive(&gone).await.unwrap();
        team.owner.delete(&gone).await.unwrap();
        // The server adds to the list by itself.
        let list = place.path().join("shelf").join("list");
        eventually("what was erased is on the list", async || (!files_under(&list).is_empty()).then_some(())).await;
        let drilled = json_of(&place.run(&["drill", "--json"]));
        assert!(drilled["drilled"]["opened"].as_u64() >= Some(1), "{drilled}");
        let doctor = json_of(&place.run(&["doctor", "--quick", "--json"]));
        for name in ["backup", "drill"] {
            let found = doctor.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
            assert_eq!(found["verdict"], "ok", "{found}");
        }
        assert!(!place.data().join("drill").exists());
        let trail = Api::new(&server, &operator_key).get("/v1/trail?action=backup.drill").await.unwrap();
        assert_eq!(trail["items"].as_array().unwrap().len(), 1);
        server.stop();

        let root_key = place.root_key().to_str().unwrap().to_owned();
        let restore = ["restore", "--into", "copy", "--root-key-file", &root_key, "--json"];
        let restored = json_of(&place.run(&restore));
        assert!(restored["restored"]["again"]["listed"].as_u64() >= Some(1), "{restored}");
        let again = place.run(&restore);
        assert_eq!(again.status.code(), Some(1));
        assert!(text(&again.stderr).contains("already"), "{}", text(&again.stderr));

        let copy = Place::on_sqlite().with_data(&place.path().join("copy")).with("BAILEE_ROOT_KEY_FILE", &root_key);
        let server = Server::start(&copy);
        let owner = Api::new(&server, team.owner.key());
        assert!(owner.read(&kept).await.unwrap().0 == large(1));
        assert_eq!(owner.read(&gone).await.unwrap_err().status(), Some(404));
        server.stop();

        // One that did not come to its end is not served.
        let db = copy.open_database();
        db.write(|tx| tx.execute("UPDATE restoration SET done_at = NULL", &[]).map(drop)).await.map_err(|error: StoreError| error).unwrap();
        drop(db);
        let refused = copy.run(&["serve"]);
        assert!(!refused.status.success() && text(&refused.stderr).contains("did not finish"), "{}", text(&refused.stderr));
    };
    a_server_makes_backups_by_itself => async |engine| {
        let (place, _postgres) = place(engine);
        let place = place.with("BAILEE_BACKUP_EVERY", "24h");
        let server = Server::start(&place);
        let manifests = place.path().join("shelf").join("manifests");
        eventually("a backup", async || (!files_under(&manifests).is_empty()).then_some(())).await;
        server.stop();
        let key = place.data().join("keys").join("backup.key");
        assert!(key.exists());
        std::fs::rename(&key, place.path().join("away")).unwrap();
        let refused = place.run(&["restore", "--into", "copy"]);
        assert!(text(&refused.stderr).contains("backup key"), "{}", text(&refused.stderr));
        let refused = place.run(&["backup"]);
        assert!(text(&refused.stderr).contains("backup key"), "no new one beside backups of another: {}", text(&refused.stderr));
    };
}

fn place(engine: Engine) -> (Place, Option<Postgres>) {
    let (place, postgres) = match engine {
        Engine::Sqlite => (Place::on_sqlite(), None),
        Engine::Postgres => {
            let postgres = Postgres::start();
            (Place::on_postgres(postgres.database("bailee")), Some(postgres))
        }
    };
    let place = place
        .with("BAILEE_BACKUP_TO", "shelf")
        .with("BAILEE_BACKUP_KEYS_TO", "shelf-keys");
    (place, postgres)
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
