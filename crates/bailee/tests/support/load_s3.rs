//! What the clients of the load do through S3: put, copy, uploads in parts, delete markers, deletion of versions.

use super::api::Trouble;
use super::diary::{Content, Diary, Found, Upload};
use super::load::{LARGE, SMALL, Worker};
use super::s3::Made;

/// Lengths of a part that is not the last: the least, and one that a store elsewhere holds in more than one piece.
const PARTS: [u64; 2] = [5 << 20, (8 << 20) + 1_000];

impl Worker {
    /// One act through S3; false when the server is gone.
    pub(super) async fn act_by_s3(&mut self, diary: &mut Diary) -> bool {
        match self.chance.below(100) {
            0..20 => self.upload(diary).await,
            20..45 => self.copy(diary).await,
            45..60 => self.set_marker(diary).await,
            60..75 => self.delete_version(diary).await,
            75..85 => self.fetch(diary).await,
            85..93 => self.put_object(diary, LARGE).await,
            _ => self.put_object(diary, SMALL).await,
        }
    }

    async fn put_object(&mut self, diary: &mut Diary, sizes: (u64, u64)) -> bool {
        let content = Content::choose(&mut self.chance, sizes);
        let old = self.choose_named(diary).filter(|_| self.chance.below(3) == 0);
        let at = old.unwrap_or_else(|| self.new_item(diary));
        let then = diary.items[at].with_version(content);
        let made = self
            .s3
            .put(&self.dataset, &diary.items[at].name, content.bytes())
            .await;
        self.settle_object(diary, at, then, made).await
    }

    async fn copy(&mut self, diary: &mut Diary) -> bool {
        let Some(from) = self.choose_named(diary) else {
            return self.put_object(diary, SMALL).await;
        };
        let content = diary.items[from].newest().expect("it is there");
        let old = self
            .choose_named(diary)
            .filter(|at| *at != from && self.chance.below(3) == 0);
        let at = old.unwrap_or_else(|| self.new_item(diary));
        let then = diary.items[at].with_version(content);
        let (source, name) = (&diary.items[from].name, &diary.items[at].name);
        let made = self.s3.copy(&self.dataset, source, name).await;
        self.settle_object(diary, at, then, made).await
    }

    async fn set_marker(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose_named(diary) else {
            return self.put_object(diary, SMALL).await;
        };
        let then = diary.items[at].archived();
        let done = self.s3.delete(&self.dataset, &diary.items[at].name, None).await;
        self.settle_deletion(diary, at, then, done).await
    }

    async fn delete_version(&mut self, diary: &mut Diary) -> bool {
        let told = self
            .choose_named(diary)
            .and_then(|at| Some((at, diary.items[at].version.clone()?)));
        let Some((at, version)) = told else {
            return self.put_object(diary, SMALL).await;
        };
        let then = diary.items[at].without_newest();
        let name = &diary.items[at].name;
        let done = self.s3.delete(&self.dataset, name, Some(&version)).await;
        self.settle_deletion(diary, at, then, done).await
    }

    async fn fetch(&mut self, diary: &mut Diary) -> bool {
        let Some(at) = self.choose_named(diary) else {
            return self.put_object(diary, SMALL).await;
        };
        let known = &diary.items[at];
        match self.s3.get(&self.dataset, &known.name).await {
            Ok(read) => {
                let written = known.newest().map(Content::bytes);
                assert_eq!(Some(read), written, "{} came back otherwise", known.name);
                true
            }
            Err(trouble) => self.endure(diary, trouble).await,
        }
    }

    /// A new object in two parts. Now and then it is left half-way, or let go of.
    async fn upload(&mut self, diary: &mut Diary) -> bool {
        let at = self.new_item(diary);
        let first = *self.chance.one_of(&PARTS);
        let content = Content::choose(&mut self.chance, (first + 1, first + 200_000));
        let then = diary.items[at].with_version(content);
        let (name, bytes) = (diary.items[at].name.clone(), content.bytes());
        let begun = self.s3.begin(&self.dataset, &name).await;
        diary.uploads.push(Upload {
            name: name.clone(),
            id: begun.as_ref().ok().cloned(),
            parts: Vec::new(),
            may_have_ended: false,
        });
        let upload = match begun {
            Ok(upload) => upload,
            Err(trouble) => return self.endure(diary, trouble).await,
        };
        for (number, part) in (1..).zip([&bytes[..first as usize], &bytes[first as usize..]]) {
            let tag = self
                .s3
                .put_part(&self.dataset, &name, &upload, number, part.to_vec());
            match tag.await {
                Ok(tag) => last(diary).parts.push((number, tag)),
                Err(trouble) => return self.endure(diary, trouble).await,
            }
        }
        match self.chance.below(8) {
            0 => return true,
            1 => return self.abort(diary, &name, &upload).await,
            _ => {}
        }
        last(diary).may_have_ended = true;
        let parts = last(diary).parts.clone();
        let made = self.s3.complete(&self.dataset, &name, &upload, &parts).await;
        if made.is_ok() {
            diary.uploads.pop();
        }
        self.settle_object(diary, at, then, made).await
    }

    async fn abort(&self, diary: &mut Diary, name: &str, upload: &str) -> bool {
        last(diary).may_have_ended = true;
        match self.s3.abort(&self.dataset, name, upload).await {
            Ok(()) => {
                diary.uploads.pop();
                true
            }
            Err(trouble) => self.endure(diary, trouble).await,
        }
    }

    async fn settle_object(
        &self,
        diary: &mut Diary,
        at: usize,
        then: Found,
        made: Result<Made, Trouble>,
    ) -> bool {
        let item = &mut diary.items[at];
        match made {
            Ok(made) => {
                item.version = made.version;
                item.acknowledged = then;
                diary.events.push(made.event);
                true
            }
            Err(trouble) => self.doubt(diary, at, then, trouble).await,
        }
    }

    async fn settle_deletion(
        &self,
        diary: &mut Diary,
        at: usize,
        then: Found,
        done: Result<String, Trouble>,
    ) -> bool {
        let item = &mut diary.items[at];
        match done {
            Ok(event) => {
                item.version = None;
                item.acknowledged = then;
                diary.events.push(event);
                true
            }
            Err(trouble) => self.doubt(diary, at, then, trouble).await,
        }
    }
}

/// The upload that is under way.
fn last(diary: &mut Diary) -> &mut Upload {
    diary.uploads.last_mut().expect("an upload was begun")
}
