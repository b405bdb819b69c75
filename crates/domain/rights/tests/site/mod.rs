//! A team with a person who asks for something, for tests of requests.
#![allow(dead_code, reason = "every test crate uses a part")]

use custody::dataset::DatasetRef;
use custody::item::{PutItem, Target};
use custody::{IdempotencyKey, Result};
use engines::TestDb;
use kernel::{PageRequest, RequestId};
use rights::Rights;
use rights::portal::{Arrived, Message};
use rights::request::{
    Channel, CodeCheck, Decision, Details, Kind, NewRequest, PersonRequest, Place, Proof, Queue, Reminder,
    RequestFile, Rule, Task,
};
use secrecy::{ExposeSecret as _, SecretString};
use testkit::{Person, Team, World, pieces};

pub(crate) struct Site {
    pub(crate) rights: Rights,
    pub(crate) team: Team,
    pub(crate) world: World,
}

/// What Anna says.
pub(crate) fn details() -> Details {
    Details {
        name: Some("Anna Answerless".into()),
        contact: "anna@person.example".into(),
        words: "Please show me everything you have about me.".into(),
    }
}

pub(crate) fn new(kind: Kind) -> NewRequest {
    NewRequest {
        kind,
        channel: Channel::Staff,
        received_at: None,
        subject: None,
        details: details(),
    }
}

/// Somewhere else where data is kept.
pub(crate) fn place(word: &str, kinds: &[Kind]) -> Place {
    Place {
        word: word.into(),
        name: format!("The {word}"),
        data: "names and addresses".into(),
        answers: "the office".into(),
        contact: "office@place.example".into(),
        kinds: kinds.to_vec(),
    }
}

/// What she writes to the team's address.
pub(crate) fn message(kind: Kind) -> Message {
    Message {
        sender: "anna@person.example".into(),
        name: Some("Anna Answerless".into()),
        id: "1@person.example".into(),
        kind,
        words: "My data\n\nPlease leave it alone.".into(),
        is_cut: false,
        attachments: 2,
        languages: "de-AT, en;q=0.5".into(),
        no_person: None,
    }
}

pub(crate) fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}

impl Site {
    pub(crate) async fn on(db: TestDb) -> Self {
        let world = World::on(db).await;
        let team = world.team("clinic").await;
        let rights = Rights::new(world.custody.clone());
        Self { rights, team, world }
    }

    pub(crate) async fn open(&self, by: &Person, kind: Kind) -> PersonRequest {
        self.open_as(by, new(kind), None).await.unwrap()
    }

    pub(crate) async fn open_as(
        &self,
        by: &Person,
        new: NewRequest,
        once: Option<IdempotencyKey>,
    ) -> Result<PersonRequest> {
        self.rights
            .open_request(&by.credential, by.request(), new, once)
            .await
    }

    /// What comes to the team's address.
    pub(crate) async fn mail(&self, message: Message) -> Result<Arrived> {
        let site = Some("https://bailee.example/");
        let request = self.world.custody.desk().own_request();
        self.rights.take_mail(request, "clinic", site, message).await
    }

    /// The letters that wait, as kind, address, subject and text, oldest first; they are sent by this.
    pub(crate) async fn letters(&self) -> Vec<[String; 4]> {
        self.world.letters().await
    }

    pub(crate) async fn ask(
        &self,
        by: &Person,
        id: RequestId,
        proof: Proof,
    ) -> Result<(PersonRequest, Option<String>)> {
        let asked = self
            .rights
            .ask_identity(&by.credential, by.request(), id, proof)
            .await?;
        Ok((asked.0, asked.1.map(|code| code.expose_secret().to_owned())))
    }

    pub(crate) async fn try_code(&self, by: &Person, id: RequestId, code: &str) -> Result<CodeCheck> {
        let code = SecretString::from(code);
        self.rights
            .check_code(&by.credential, by.request(), id, code)
            .await
    }

    pub(crate) async fn accept(&self, by: &Person, id: RequestId, proof: Proof) -> Result<PersonRequest> {
        let note = "known by voice, called back".to_owned();
        self.rights
            .accept_identity(&by.credential, by.request(), id, proof, note)
            .await
    }

    pub(crate) async fn identify(&self, by: &Person, id: RequestId) -> Result<PersonRequest> {
        self.accept(by, id, Proof::StaffCheck).await
    }

    pub(crate) async fn keep(&self, by: &Person, id: RequestId, document: Vec<u8>) -> Result<PersonRequest> {
        self.rights
            .keep_document(&by.credential, by.request(), id, document)
            .await
    }

    pub(crate) async fn document(&self, by: &Person, id: RequestId) -> Result<Vec<u8>> {
        self.rights.document(&by.credential, by.request(), id).await
    }

    pub(crate) async fn reject(&self, by: &Person, id: RequestId) -> Result<PersonRequest> {
        let note = "cannot be read".to_owned();
        self.rights
            .reject_document(&by.credential, by.request(), id, note)
            .await
    }

    pub(crate) async fn decide(
        &self,
        by: &Person,
        id: RequestId,
        decision: Decision,
    ) -> Result<PersonRequest> {
        self.rights
            .decide_request(&by.credential, by.request(), id, decision)
            .await
    }

    pub(crate) async fn extend(&self, by: &Person, id: RequestId) -> Result<PersonRequest> {
        let reasons = "three archives".to_owned();
        self.rights
            .extend_request(&by.credential, by.request(), id, reasons, Channel::Mail)
            .await
    }

    pub(crate) async fn draft(&self, by: &Person, id: RequestId, text: &str) -> Result<PersonRequest> {
        self.rights
            .draft_answer(&by.credential, by.request(), id, text.into())
            .await
    }

    pub(crate) async fn answer(
        &self,
        by: &Person,
        id: RequestId,
        text: Option<&str>,
    ) -> Result<PersonRequest> {
        let text = text.map(str::to_owned);
        self.rights
            .answer_request(&by.credential, by.request(), id, text)
            .await
    }

    pub(crate) async fn withdraw(&self, by: &Person, id: RequestId) -> Result<PersonRequest> {
        let note = "called, has changed their mind".to_owned();
        self.rights
            .withdraw_request(&by.credential, by.request(), id, note)
            .await
    }

    pub(crate) async fn same(&self, by: &Person, id: RequestId, first: RequestId) -> Result<PersonRequest> {
        let note = "asked twice on one day".to_owned();
        self.rights
            .same_request(&by.credential, by.request(), id, first, note)
            .await
    }

    pub(crate) async fn settle_places(&self, by: &Person, places: &[Place]) -> Result<Vec<Place>> {
        self.rights
            .settle_places(&by.credential, by.request(), places.to_vec())
            .await
    }

    pub(crate) async fn tasks(&self, by: &Person, id: RequestId) -> Vec<Task> {
        self.rights.tasks(&by.credential, by.request(), id).await.unwrap()
    }

    pub(crate) async fn done(&self, by: &Person, id: RequestId, place: &str) -> Result<Task> {
        let note = "they have done it".to_owned();
        self.rights
            .do_task(&by.credential, by.request(), id, place.to_owned(), note)
            .await
    }

    pub(crate) async fn waive(&self, by: &Person, id: RequestId, place: &str) -> Result<Task> {
        let note = "closed last year".to_owned();
        self.rights
            .waive_task(&by.credential, by.request(), id, place.to_owned(), note)
            .await
    }

    pub(crate) async fn file(&self, by: &Person, id: RequestId) -> Result<RequestFile> {
        self.rights.request(&by.credential, by.request(), id).await
    }

    pub(crate) async fn listed(&self, by: &Person, queue: Queue) -> Vec<RequestId> {
        let page = PageRequest::first(100);
        let listed = self
            .rights
            .requests(&by.credential, by.request(), queue, page)
            .await;
        listed.unwrap().items.iter().map(|request| request.id).collect()
    }

    pub(crate) async fn reminders(&self, by: &Person) -> Vec<Reminder> {
        let taken = self.rights.take_reminders(&by.credential, by.request()).await;
        taken.unwrap()
    }

    pub(crate) async fn settle(&self, rule: Rule) -> Result<Rule> {
        self.settle_by(&self.team.owner, rule).await
    }

    pub(crate) async fn settle_by(&self, by: &Person, rule: Rule) -> Result<Rule> {
        self.rights
            .settle_requests(&by.credential, by.request(), rule)
            .await
    }

    /// Puts something about one person, so that the tenant knows them.
    pub(crate) async fn put_about(&self, by: &Person, handle: &str) {
        let target = Target::Name(DatasetRef::parse("mail"), format!("letter to {handle}"));
        let put = PutItem {
            subject: Some(handle.into()),
            ..PutItem::file(target, "text/plain")
        };
        by.put_as(put, pieces(b"Dear Anna")).await.unwrap();
    }

    /// The one column of these rows as it lies in the database.
    pub(crate) async fn sealed_bytes(&self, sql: &'static str) -> Vec<Vec<u8>> {
        let read = self.world.database().read(move |tx| {
            let rows = tx.all(sql, &[])?;
            rows.iter()
                .map(|row| row.get(0))
                .collect::<std::result::Result<Vec<_>, store::StoreError>>()
        });
        read.await.unwrap()
    }

    /// Runs a statement whose one parameter is the id of nobody.
    pub(crate) async fn execute(&self, sql: &'static str) {
        let nobody = [7_u8; 16];
        let run = self
            .world
            .database()
            .write(move |tx| tx.execute(sql, store::params![nobody]));
        let changed: std::result::Result<u64, store::StoreError> = run.await;
        assert!(changed.unwrap() > 0);
    }
}
