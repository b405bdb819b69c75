//! What people asked a machine, and what it answered.

use serde_json::json;

use super::Piece;
use super::noise::Noise;

pub(super) fn conversations() -> Vec<Piece> {
    let file = |name: String, media, bytes| Piece::file("parley", "chat-transcripts", name, media, bytes);
    let mut files: Vec<Piece> = (1..=6u64)
        .map(|session| {
            let turns: Vec<_> = turns(session, 8).collect();
            let text = json!({ "session": session, "model": "parley-small", "turns": turns }).to_string();
            file(
                format!("session-{session:04}.json"),
                "application/json",
                text.into_bytes(),
            )
        })
        .collect();
    // A night's batch, one conversation a line: more than a megabyte.
    let lines: String = (100..1_700)
        .map(|session| json!(turns(session, 12).collect::<Vec<_>>()).to_string() + "\n")
        .collect();
    files.push(file(
        "batch-2026-03-02.jsonl".to_owned(),
        "application/x-ndjson",
        lines.into_bytes(),
    ));
    files
}

fn turns(session: u64, count: u64) -> impl Iterator<Item = serde_json::Value> {
    let mut noise = Noise::new(session);
    (0..count).map(move |turn| {
        let (role, text) = if turn % 2 == 0 {
            (
                "user",
                format!(
                    "Why does my {} tick {} times?",
                    noise.one_of(&["kettle", "hedge", "ledger", "ladder"]),
                    noise.below(900)
                ),
            )
        } else {
            (
                "assistant",
                format!(
                    "Because of {} and reason {}.",
                    noise.one_of(&["the moon", "custom", "gravity"]),
                    noise.below(9_000)
                ),
            )
        };
        json!({ "role": role, "text": text })
    })
}
