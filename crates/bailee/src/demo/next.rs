//! What to try next: commands that work as they are printed.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::made::SCAN;
use super::stage::{Kept, Stage};
use super::story::Story;
use crate::server::Running;

/// Prints the commands for a POSIX shell; `stays` says whether the server goes on here.
pub(super) fn tell(story: &mut Story, running: &Running, stage: &Stage, data: &Path, stays: bool) {
    let program = program();
    story.chapter("Try next");
    if stays {
        story.remark("The server goes on until Ctrl-C. In another terminal:");
    } else {
        let data = quoted(&data.to_string_lossy());
        story.remark("The server ends with this story. It goes on from here with:");
        story.command(format!("{program} serve --data {data} --listen {}", running.addr));
        story.remark("Then, in another terminal:");
    }
    let shown = shown_item(stage);
    let Ok(owner) = stage.owner(shown.map_or("northlight", |kept| kept.slug)) else {
        return;
    };
    story.command(format!("export BAILEE_SERVER={}", quoted(&running.url)));
    if let Some(ca) = &running.ca_path {
        story.command(format!("export BAILEE_CA={}", quoted(&ca.to_string_lossy())));
    }
    let key = owner.key().map(|key| key.expose_secret()).unwrap_or_default();
    story.command(format!("export BAILEE_API_KEY={key}"));
    story.pause();
    story.command("curl --cacert \"$BAILEE_CA\" -H \"Authorization: Bearer $BAILEE_API_KEY\" \"$BAILEE_SERVER/v1/datasets\"");
    story.command(format!("{program} ls"));
    if let Some(kept) = shown {
        item(story, &program, kept);
    }
    let key = quoted(&running.log_vkey_path.to_string_lossy());
    if shown.is_some() {
        story.command(format!("{program} verify receipt receipt.txt --vkey-file {key}"));
    }
    story.command(format!(
        "{program} verify log \"$BAILEE_SERVER/log\" --vkey-file {key}"
    ));
    if let Some(s3) = &running.s3_url {
        story.pause();
        story.remark("Tools that speak S3 (aws, boto3, rclone, s3fs) act with the same key after:");
        story.command(format!("eval \"$({program} s3-env --s3 {})\"", quoted(s3)));
    }
    story.pause();
    story.remark(
        "The key above is an owner's. It is stored nowhere: note it if you want to go on with this data.",
    );
}

fn item(story: &mut Story, program: &str, kept: &Kept) {
    story.command(format!("{program} ls {}", kept.dataset));
    story.command(format!(
        "{program} get {} -o {}",
        kept.item,
        quoted(&copy_name(&kept.name))
    ));
    story.command(format!("{program} trail --item {}", kept.item));
    story.command(format!("{program} receipt {} -o receipt.txt", kept.event));
}

/// The scan of the story, or the first of the user's own files.
fn shown_item(stage: &Stage) -> Option<&Kept> {
    stage.made("northlight", SCAN).ok().or_else(|| stage.kept.first())
}

/// A plain name for a copy: the last part, of letters that no shell and no option minds.
fn copy_name(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            c
        } else {
            '_'
        }
    };
    format!("copy-of-{}", last.chars().map(plain).collect::<String>())
}

/// How this program is called from here.
pub(super) fn program() -> String {
    let Ok(program) = std::env::current_exe() else {
        return "bailee".to_owned();
    };
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| Some(Path::new(".").join(program.strip_prefix(here).ok()?)));
    quoted(&relative.unwrap_or(program).to_string_lossy())
}

/// A word for a POSIX shell.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '=' | '+');
    let plain = !word.is_empty() && word.chars().all(plain);
    if plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_program_as_they_are() {
        assert_eq!(quoted("/srv/data-1"), "/srv/data-1");
        assert_eq!(quoted("/srv/my data"), "'/srv/my data'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("https://[::1]:8443"), "'https://[::1]:8443'");
        assert_eq!(quoted(""), "''");
        assert_eq!(copy_name("a/-rf *.png"), "copy-of--rf__.png");
    }
}
