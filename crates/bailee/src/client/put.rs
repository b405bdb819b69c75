//! `bailee put`: files and records into a dataset.
//!
//! Promises: the server is told the digest of what was read first and keeps nothing else; a broken connection is tried
//! again under the same idempotency key, so that one file makes one version; several go at once; one that fails does
//! not stop the others. Leaves out: deleting what is no longer there locally.

mod stream;

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::StreamExt as _;
use http::HeaderName;
use http::header::CONTENT_TYPE;
use indicatif::BinaryBytes;
use serde_json::Value;

use super::Session;
use super::call::Call;
use super::failure::Failure;
use super::output::shown;
use super::progress::Progress;
use super::walk::{Found, walk};

/// Store files, or records with --record, in a dataset. What has the name already gets a new version.
#[derive(Debug, clap::Args)]
pub struct PutArgs {
    /// Files, or folders with --recursive. A single `-` is standard input, and needs --name.
    #[arg(required = true, value_name = "FILE")]
    pub paths: Vec<PathBuf>,
    /// The dataset, by name or id. May be left out if there is only one.
    #[arg(long, short, env = "BAILEE_DATASET")]
    pub dataset: Option<String>,
    /// What to call the one file; otherwise its own name, below a folder with slashes.
    #[arg(long)]
    pub name: Option<String>,
    /// Your own handle for the one person that this is about.
    #[arg(long)]
    pub subject: Option<String>,
    /// The class of data, where the dataset asks for one.
    #[arg(long)]
    pub class: Option<String>,
    /// Each file is one JSON object, kept as a record.
    #[arg(long)]
    pub record: bool,
    /// Take folders, with all that is in them.
    #[arg(long, short)]
    pub recursive: bool,
    /// The media type; guessed from the file's ending otherwise.
    #[arg(long, value_name = "TYPE")]
    pub content_type: Option<String>,
    /// Metadata to keep with it; may be given several times.
    #[arg(long = "meta", value_name = "NAME=VALUE", value_parser = read_pair)]
    pub metadata: Vec<(String, String)>,
    /// How many at once.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    pub parallel: u8,
    #[command(flatten)]
    pub connection: super::ConnectionArgs,
}

/// Sends all files that the arguments mean.
pub(crate) async fn run(args: &PutArgs, session: &Session) -> Result<(), Failure> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return stream::run(args, session, std::io::stdin()).await;
    }
    let walked = walk(&args.paths, args.name.as_deref(), args.recursive)?;
    let dataset = session.dataset(args.dataset.as_deref()).await?;
    let total = walked.found.iter().map(|file| file.length).sum();
    let progress = Progress::of_bytes(total, session.output.is_json());
    for path in &walked.passed_over {
        progress.warn(&format!(
            "{}: passed over, for it is no plain file",
            shown(&path.to_string_lossy())
        ));
    }
    let all = walked.found.len();
    let sending = futures_util::stream::iter(walked.found)
        .map(|file| send(args, session, &dataset, file, &progress))
        .buffer_unordered(args.parallel.into());
    let mut sending = std::pin::pin!(sending);
    let mut failed = 0;
    while let Some((file, sent)) = sending.next().await {
        match sent {
            Ok(answer) => progress.aside(|| session.output.result(&answer, || told(&answer)))?,
            Err(failure) if failure.is_final() || all == 1 => return Err(failure),
            Err(failure) => {
                failed += 1;
                progress.warn(&format!("{}: {failure}", shown(&file.path.to_string_lossy())));
            }
        }
    }
    progress.finish();
    if failed > 0 {
        Err(Failure::Partly { failed, all })
    } else {
        Ok(())
    }
}

async fn send(
    args: &PutArgs,
    session: &Session,
    dataset: &str,
    file: Found,
    progress: &Progress,
) -> (Found, Result<Value, Failure>) {
    progress.says(&file.name);
    let sent = send_one(args, session, dataset, &file, progress).await;
    (file, sent)
}

async fn send_one(
    args: &PutArgs,
    session: &Session,
    dataset: &str,
    file: &Found,
    progress: &Progress,
) -> Result<Value, Failure> {
    let (digest, length) = digest_of(file.path.clone()).await?;
    let call = described(args, dataset, &file.name, &file.path)?.header(
        HeaderName::from_static("content-digest"),
        &web::digest::format(&digest),
    )?;
    let answer = session
        .server
        .json(&call.file(file.path.clone(), length, progress.counter()))
        .await?;
    check(&answer, &digest, length)?;
    Ok(answer)
}

/// The request without its body. The media type is guessed from the ending of `path`.
fn described(args: &PutArgs, dataset: &str, name: &str, path: &Path) -> Result<Call, Failure> {
    let kind = if args.record { "record" } else { "file" };
    let guessed = || media_type(path, args.record);
    let mut call = Call::post(&["datasets", dataset, "items"])
        .query("name", Some(name))
        .query("kind", Some(kind))
        .query("subject", args.subject.as_ref())
        .query("class", args.class.as_ref())
        .header(CONTENT_TYPE, args.content_type.as_deref().unwrap_or_else(guessed))?;
    for (name, value) in &args.metadata {
        let header = HeaderName::try_from(format!("bailee-meta-{name}"));
        let header = header.map_err(|_| {
            Failure::usage(format!(
                "--meta {name}: a name is letters, digits, '-', '_' and '.'"
            ))
        })?;
        call = call.header(header, value)?;
    }
    Ok(call)
}

/// What the server says it keeps must be what was read here, unless it says that it was cleaned: then the digest that went along has told
/// it that everything came.
fn check(answer: &Value, digest: &[u8; 32], length: u64) -> Result<(), Failure> {
    if answer.get("cleaned").is_some_and(Value::is_object) {
        return Ok(());
    }
    let kept = answer.pointer("/item/version/sha256").and_then(Value::as_str);
    let size = answer.pointer("/item/version/size").and_then(Value::as_u64);
    if kept == Some(&hex::encode(digest)) && size == Some(length) {
        return Ok(());
    }
    Err(Failure::Damaged(
        "the server kept other bytes than were sent: put the file again, and tell the operator".into(),
    ))
}

fn told(answer: &Value) -> String {
    let text = |pointer| shown(answer.pointer(pointer).and_then(Value::as_str).unwrap_or("-")).to_string();
    let number = |pointer| {
        answer
            .pointer(pointer)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let (id, name, size) = (
        text("/item/id"),
        text("/item/name"),
        BinaryBytes(number("/item/version/size")),
    );
    let became = match (answer.pointer("/item/version/quarantine"), answer.get("cleaned")) {
        (Some(_), _) => format!("  in quarantine: {}", text("/item/version/quarantine/reason")),
        (None, Some(_)) => format!("  cleaned: {} places", number("/cleaned/findings")),
        (None, None) => String::new(),
    };
    format!(
        "{id}  v{}  {size}  {name}{became}",
        number("/item/version/number")
    )
}

/// SHA-256 and length of a file.
pub(crate) async fn digest_of(path: PathBuf) -> Result<([u8; 32], u64), Failure> {
    let hashed = tokio::task::spawn_blocking(move || hash_file(&path)).await;
    hashed.map_err(|error| Failure::Damaged(format!("reading broke off: {error}")))?
}

fn hash_file(path: &Path) -> Result<([u8; 32], u64), Failure> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path).map_err(Failure::file("read", path))?;
    let (mut context, mut length, mut buffer) = (Context::new(&SHA256), 0, vec![0; 256 << 10]);
    loop {
        let read = file.read(&mut buffer).map_err(Failure::file("read", path))?;
        if read == 0 {
            return Ok((finish(context), length));
        }
        context.update(&buffer[..read]);
        length += read as u64;
    }
}

/// The digest at the end of a SHA-256 run.
pub(crate) fn finish(context: Context) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

fn read_pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("give NAME=VALUE")?;
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

/// By the ending of the name; what is not known here is bytes.
fn media_type(path: &Path, record: bool) -> &'static str {
    if record {
        return "application/json";
    }
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    match ending.as_str() {
        "avif" => "image/avif",
        "csv" => "text/csv",
        "dcm" => "application/dicom",
        "gif" => "image/gif",
        "gz" => "application/gzip",
        "htm" | "html" => "text/html",
        "jpeg" | "jpg" => "image/jpeg",
        "json" => "application/json",
        "jsonl" | "ndjson" => "application/x-ndjson",
        "md" => "text/markdown",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "parquet" => "application/vnd.apache.parquet",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "tif" | "tiff" => "image/tiff",
        "txt" => "text/plain",
        "wav" => "audio/wav",
        "webp" => "image/webp",
        "xml" => "application/xml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn media_types_follow_the_ending() {
        assert_eq!(media_type("A/Scan.DCM".as_ref(), false), "application/dicom");
        assert_eq!(media_type("noending".as_ref(), false), "application/octet-stream");
        assert_eq!(media_type("x.txt".as_ref(), true), "application/json");
    }

    #[test]
    fn an_answer_about_other_bytes_is_not_a_success() {
        let answer =
            |sha256: String, size: u64| json!({ "item": { "version": { "sha256": sha256, "size": size } } });
        let digest = [7; 32];
        assert!(check(&answer(hex::encode(digest), 3), &digest, 3).is_ok());
        assert!(check(&answer(hex::encode(digest), 4), &digest, 3).is_err());
        assert!(check(&answer(hex::encode([8; 32]), 3), &digest, 3).is_err());
        assert!(check(&json!({}), &digest, 3).is_err());
        let cleaned =
            json!({ "item": { "version": { "size": 2 } }, "cleaned": { "kind": "text", "findings": 4 } });
        assert!(check(&cleaned, &digest, 3).is_ok());
        assert!(
            told(&cleaned).ends_with("cleaned: 4 places"),
            "{}",
            told(&cleaned)
        );
        let held = json!({ "item": { "version": { "quarantine": { "reason": "no such kind" } } } });
        assert!(
            told(&held).ends_with("in quarantine: no such kind"),
            "{}",
            told(&held)
        );
        assert!(check(&held, &digest, 3).is_err(), "what is held is what was sent");
    }

    #[tokio::test]
    async fn a_file_is_hashed_whole() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), vec![b'a'; 600_000]).unwrap();
        let (digest, length) = digest_of(file.path().to_owned()).await.unwrap();
        let expected = aws_lc_rs::digest::digest(&SHA256, &vec![b'a'; 600_000]);
        assert_eq!((digest.as_slice(), length), (expected.as_ref(), 600_000));
    }
}
