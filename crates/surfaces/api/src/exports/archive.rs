//! An export as one file: a tar archive (POSIX.1-1988, with names of any length as GNU tar writes them).
//!
//! Promises: memory does not grow with the export; names lead nowhere but below `items/`; lines of a manifest with digests follow
//! the items they are about; an archive that breaks off has no end, so that no reader takes it for whole.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use custody::Error;
use custody::export::{Archive, Next};
use custody::item::{Content, ItemStream};
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use kernel::{ItemId, VersionId};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::Path;

use super::ExportPath;
use crate::ApiState;
use crate::answers::{set, with_event};
use crate::caller::Caller;
use crate::document::Binary;
use crate::errors::Answer;

/// Lines in one file of the manifest.
const LINES: usize = 1000;
/// What files of an archive are filled up to.
const BLOCK: u64 = 512;
/// The longest name that a file of the archive takes from its item, in bytes.
const LONGEST_NAME: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(archive))
}

/// Gives out an export as one file
///
/// A tar archive: the items under `items/` by their names, and under `manifest/` a line of JSON for each, with its digest and its entry of the
/// trail, or why it was left out. The trail has an entry for the beginning, one for each item, and one for the end: a reader that stops
/// half-way is told there.
#[utoipa::path(get, path = "/v1/datasets/{dataset}/exports/{number}/archive", operation_id = "export.download.archive",
    tag = "exports", params(ExportPath),
    responses((status = 200, description = "The archive", content_type = "application/x-tar", body = inline(Binary), headers(
            ("Bailee-Event" = String, description = "The entry of the trail for its beginning"),
            ("Content-Disposition" = String, description = "`export-<number>.tar`"))),
        (status = 409, description = "The export is still being made, or its dataset is archived")))]
async fn archive(
    State(state): State<ApiState>,
    caller: Caller,
    Path(path): Path<ExportPath>,
) -> Answer<Response> {
    let custody = &state.custody;
    let archive = custody
        .archive_export(&caller.credential, caller.request, path.dataset(), path.number)
        .await?;
    let (event, name) = (
        archive.event(),
        format!("attachment; filename=\"export-{}.tar\"", path.number),
    );
    let pieces = stream::try_unfold(Writer::of(archive), Writer::piece);
    let mut response = Response::new(Body::from_stream(pieces));
    set(&mut response, CONTENT_TYPE, "application/x-tar");
    set(&mut response, CONTENT_DISPOSITION, &name);
    set(&mut response, CACHE_CONTROL, "no-store");
    Ok(with_event(response, event))
}

/// Writes an archive, piece by piece.
struct Writer {
    archive: Archive,
    /// When its items were exported, in seconds: the time of every file.
    made: u64,
    flows: Option<Flow>,
    manifest: String,
    lines: usize,
    manifests: u32,
    all: bool,
    ended: bool,
}

/// An item on its way.
struct Flow {
    body: ItemStream,
    size: u64,
    left: u64,
}

/// One line of the manifest.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
struct Line<'a> {
    position: u64,
    item: ItemId,
    version: VersionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// The file of this archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<kernel::EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<&'a str>,
}

impl Writer {
    fn of(archive: Archive) -> Self {
        let made = archive.export().made_at.as_micros() / 1_000_000;
        Self {
            archive,
            made: u64::try_from(made).unwrap_or(0),
            flows: None,
            manifest: String::new(),
            lines: 0,
            manifests: 0,
            all: false,
            ended: false,
        }
    }

    /// The next piece, which is never empty; nothing at the end.
    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        loop {
            if self.ended {
                return Ok(None);
            }
            let piece = match self.flows.take() {
                Some(flow) => self.flow(flow).await?,
                None if self.lines >= LINES || (self.all && self.lines > 0) => Some(self.manifest()?),
                None if self.all => {
                    self.ended = true;
                    Some(Bytes::from_static(&[0; 2 * BLOCK as usize]))
                }
                None => self.next().await?,
            };
            if let Some(piece) = piece {
                return Ok(Some((piece, self)));
            }
        }
    }

    /// A piece of an item, and what it is filled up with.
    async fn flow(&mut self, mut flow: Flow) -> Result<Option<Bytes>, Error> {
        match flow.body.next().await {
            Some(piece) => {
                let piece = piece?;
                let left = flow.left.checked_sub(piece.len() as u64);
                flow.left = left.ok_or_else(|| Error::Internal("an item is longer than it says".into()))?;
                self.flows = Some(flow);
                Ok(Some(piece))
            }
            None if flow.left > 0 => Err(Error::Internal("an item is shorter than it says".into())),
            None => Ok(filling(flow.size)),
        }
    }

    /// The head of the next item; nothing for one that is left out.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self.archive.next().await? {
            None => {
                self.all = true;
                Ok(None)
            }
            Some(Next::Item { position, content }) => self.begin(position, *content).map(Some),
            Some(Next::LeftOut {
                position,
                item,
                version,
                why,
            }) => {
                self.note(&Line {
                    position,
                    item,
                    version,
                    name: None,
                    file: None,
                    size: None,
                    sha256: None,
                    event: None,
                    left_out: Some(&why),
                })?;
                Ok(None)
            }
        }
    }

    fn begin(&mut self, position: u64, content: Content) -> Result<Bytes, Error> {
        let (item, size) = (&content.item, content.range.end - content.range.start);
        let file = file_of(&item.name, position);
        self.note(&Line {
            position,
            item: item.id,
            version: item.version.id,
            name: Some(&item.name),
            file: Some(&file),
            size: Some(size),
            // Nobody here knows that of an object which was imported from a bucket of the team's own.
            sha256: Some(item.version.sha256.as_str()).filter(|digest| !digest.is_empty()),
            event: Some(content.event),
            left_out: None,
        })?;
        let head = self.head(&file, size)?;
        self.flows = content.body.map(|body| Flow {
            body,
            size,
            left: size,
        });
        Ok(head)
    }

    fn note(&mut self, line: &Line<'_>) -> Result<(), Error> {
        let line = serde_json::to_string(line).map_err(internal)?;
        self.lines += 1;
        writeln!(self.manifest, "{line}").map_err(internal)
    }

    /// A whole file of the manifest.
    fn manifest(&mut self) -> Result<Bytes, Error> {
        self.manifests += 1;
        let name = format!("manifest/{:06}.jsonl", self.manifests);
        let lines = std::mem::take(&mut self.manifest);
        self.lines = 0;
        let mut file = self.head(&name, lines.len() as u64)?.to_vec();
        file.extend(lines.as_bytes());
        file.extend(filling(lines.len() as u64).into_iter().flatten());
        Ok(file.into())
    }

    fn head(&self, name: &str, size: u64) -> Result<Bytes, Error> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.made);
        let mut head = Vec::new();
        // Of a builder only the head is wanted: the content flows by itself.
        tar::Builder::new(&mut head)
            .append_data(&mut header, name, std::io::empty())
            .map_err(internal)?;
        // It ends what it is given when it goes.
        head.truncate(head.len() - 2 * BLOCK as usize);
        Ok(head.into())
    }
}

/// What fills a file of this size up to whole blocks.
fn filling(size: u64) -> Option<Bytes> {
    let over = size % BLOCK;
    (over > 0).then(|| Bytes::from(vec![0; (BLOCK - over) as usize]))
}

/// Where an item lies in the archive: by its name, where that leads nowhere else; by its place in the manifest otherwise.
fn file_of(name: &str, position: u64) -> String {
    let plain = |part: &str| !matches!(part, "" | "." | "..");
    let fits = name.len() <= LONGEST_NAME
        && name.split('/').all(plain)
        && !name.contains(|letter: char| letter.is_control() || letter == '\\');
    match fits {
        true => format!("items/{name}"),
        false => format!("items-by-number/{position}"),
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        assert_eq!(file_of("a/b.dcm", 7), "items/a/b.dcm");
        let long = "a".repeat(LONGEST_NAME + 1);
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a\\..\\b",
            "a\nb",
            long.as_str(),
        ] {
            assert_eq!(file_of(name, 7), "items-by-number/7", "{name}");
        }
    }

    #[test]
    fn files_end_where_a_block_does() {
        assert_eq!(filling(0), None);
        assert_eq!(filling(512), None);
        assert_eq!(filling(513).map(|zeros| zeros.len()), Some(511));
    }
}
