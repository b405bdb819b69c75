//! Letters to a mail server of the test's own that takes, refuses, hangs and cuts off.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use engines::on_both;
use gate::Gate;
use kernel::{PageRequest, Timestamp};
use outbox::{Address, Cause, Fate, Kind, Language, Letter, State, Trouble, Which};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use testkit::World;
use tokio_util::sync::CancellationToken;

use super::sender::Sender;
use super::{Mail, Mailer};
use crate::config::{MailSecurity, MailServer};
use crate::files;

const PASSWORD: &str = "AUTH PLAIN AGJhaWxlZQBodW50ZXIy";

/// How a mail server behaves for one connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    Takes,
    /// Answers the word with these lines, and goes on.
    Says(&'static str, &'static str),
    /// Hangs up when it hears the word.
    CutsOffAt(&'static str),
    /// Does not say a word.
    IsSilent,
}

/// A mail server for some connections; what it heard comes back.
struct Sink {
    port: u16,
    /// And the lines on which nothing is said: they stay open as long as this is there.
    heard: JoinHandle<(Vec<String>, Vec<TcpStream>)>,
    folder: tempfile::TempDir,
}

trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

impl Sink {
    fn new(security: MailSecurity, habits: &[Habit]) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, folder) = (
            listener.local_addr().unwrap().port(),
            tempfile::tempdir().unwrap(),
        );
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let sign_in = b"user = \"bailee\"\npassword = \"hunter2\"";
        files::replace(&folder.path().join("sign-in"), sign_in, 0o600).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(
            config
                .with_single_cert(vec![made.cert.der().clone()], key)
                .unwrap(),
        );
        let habits = habits.to_vec();
        let heard = std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut silent = Vec::new();
            for habit in habits {
                let (socket, _) = listener.accept().unwrap();
                match habit {
                    Habit::IsSilent => silent.push(socket),
                    habit => serve(Box::new(socket), security, habit, &config, &mut heard),
                }
            }
            (heard, silent)
        });
        Self { port, heard, folder }
    }

    fn server(&self, security: MailSecurity) -> MailServer {
        let file = |name: &str| Some(self.folder.path().join(name));
        MailServer {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            security,
            from: "bailee@example.org".parse().unwrap(),
            credentials: file("sign-in").filter(|_| security != MailSecurity::Loopback),
            ca: file("ca.pem"),
        }
    }

    fn mailer(&self, security: MailSecurity) -> Mailer {
        Mailer::new(
            &self.server(security),
            "Example Ltd",
            "bailee.example.org",
            &Gate::unattended(),
        )
        .unwrap()
    }

    fn heard(self) -> String {
        let (heard, _) = self.heard.join().unwrap();
        heard.join("\n")
    }
}

fn tls(line: Box<dyn Line>, config: &Arc<ServerConfig>) -> Box<dyn Line> {
    Box::new(StreamOwned::new(
        ServerConnection::new(Arc::clone(config)).unwrap(),
        line,
    ))
}

/// One connection. A client that has heard enough, or does not like the certificate, hangs up.
fn serve(
    line: Box<dyn Line>,
    security: MailSecurity,
    habit: Habit,
    config: &Arc<ServerConfig>,
    heard: &mut Vec<String>,
) {
    let line = if security == MailSecurity::Tls {
        tls(line, config)
    } else {
        line
    };
    let _ = talk(line, habit, config, heard);
}

fn talk(
    line: Box<dyn Line>,
    habit: Habit,
    config: &Arc<ServerConfig>,
    heard: &mut Vec<String>,
) -> std::io::Result<()> {
    let mut line = BufReader::new(line);
    line.get_mut().write_all(b"220 sink\r\n")?;
    let (mut text, mut in_letter) = (String::new(), false);
    loop {
        text.clear();
        if line.read_line(&mut text)? == 0 {
            return Ok(());
        }
        heard.push(text.trim_end().to_owned());
        let word = text.split([' ', '\r']).next().unwrap_or_default();
        if in_letter && word != "." {
            continue;
        }
        let answer = match habit {
            Habit::CutsOffAt(at) if word == at => return Ok(()),
            Habit::Says(at, says) if word == at => says,
            _ => usual(word),
        };
        line.get_mut().write_all(format!("{answer}\r\n").as_bytes())?;
        in_letter = answer.starts_with("354");
        if word == "STARTTLS" && answer.starts_with("220") {
            line = BufReader::new(tls(line.into_inner(), config));
        }
    }
}

fn usual(word: &str) -> &'static str {
    match word {
        "EHLO" => "250-sink\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN",
        "STARTTLS" => "220 go",
        "AUTH" => "235 known",
        "DATA" => "354 go",
        "QUIT" => "221 bye",
        _ => "250 ok",
    }
}

fn address() -> Address {
    "pia@people.example".parse().unwrap()
}

async fn send(mailer: &Mailer) -> Fate {
    let (to, language) = (address(), Language::default());
    let mail = Mail {
        id: "0192".to_owned(),
        to: &to,
        subject: "Grüße",
        text: "Your code:\n.\n1234 für dich\n",
        language: &language,
        made_at: Timestamp::from_micros(1_700_000_000_000_000),
    };
    mailer.send(&mail).await
}

fn trouble(cause: Cause, code: impl Into<Option<u16>>) -> Trouble {
    Trouble {
        cause,
        code: code.into(),
    }
}

#[tokio::test]
async fn a_letter_arrives_whole_and_nothing_of_it_goes_in_clear() {
    for security in [MailSecurity::Tls, MailSecurity::StartTls, MailSecurity::Loopback] {
        let sink = Sink::new(security, &[Habit::Takes]);
        assert_eq!(send(&sink.mailer(security)).await, Fate::Sent, "{security:?}");
        let heard = sink.heard();
        assert_eq!(
            heard.contains(PASSWORD),
            security != MailSecurity::Loopback,
            "{heard}"
        );
        for line in [
            "EHLO bailee.example.org",
            "MAIL FROM:<bailee@example.org>",
            "RCPT TO:<pia@people.example>",
            "From: \"Example Ltd\" <bailee@example.org>",
            "Message-ID: <0192@example.org>",
            "Auto-Submitted: auto-generated",
            "Date: Tue, 14 Nov 2023 22:13:20 +0000",
        ] {
            assert!(heard.contains(line), "{line} in {heard}");
        }
        // Before the letter's own text only what may be read on the way: with STARTTLS nothing but the wish for it.
        if security == MailSecurity::StartTls {
            assert!(
                heard.starts_with("EHLO bailee.example.org\nSTARTTLS\nEHLO"),
                "{heard}"
            );
        }
    }
}

#[tokio::test]
async fn without_tls_or_with_a_strangers_certificate_nothing_is_said() {
    let bare = Sink::new(MailSecurity::StartTls, &[Habit::Says("EHLO", "250 sink")]);
    assert_eq!(
        send(&bare.mailer(MailSecurity::StartTls)).await,
        Fate::Later(Cause::NoTls.into())
    );
    assert_eq!(bare.heard(), "EHLO bailee.example.org");
    for security in [MailSecurity::Tls, MailSecurity::StartTls] {
        let sink = Sink::new(security, &[Habit::Takes]);
        let stranger = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(sink.folder.path().join("ca.pem"), stranger.cert.pem()).unwrap();
        assert_eq!(
            send(&sink.mailer(security)).await,
            Fate::Later(Cause::NoTls.into()),
            "{security:?}"
        );
        assert!(!sink.heard().contains("AUTH"));
    }
}

#[tokio::test]
async fn refusals_are_told_apart_by_what_can_be_done_about_them() {
    let later = |cause, code| Fate::Later(trouble(cause, code));
    let never = |cause, code| Fate::Never(trouble(cause, code));
    for (habit, fate) in [
        (
            Habit::Says("RCPT", "550 5.1.1 <pia@people.example> is unknown"),
            never(Cause::AddressRefused, 550),
        ),
        (
            Habit::Says("RCPT", "451 later, pia@people.example"),
            later(Cause::Busy, 451),
        ),
        (
            Habit::Says("MAIL", "530 sign in first"),
            later(Cause::SignIn, 530),
        ),
        (Habit::Says("AUTH", "535 no"), later(Cause::SignIn, 535)),
        (Habit::Says("AUTH", "504 no"), later(Cause::SignIn, 504)),
        (Habit::Says("DATA", "554 no"), never(Cause::Refused, 554)),
        (
            Habit::Says(".", "554 looks like spam"),
            never(Cause::Refused, 554),
        ),
        (Habit::CutsOffAt("DATA"), Fate::Later(Cause::BrokenOff.into())),
        (Habit::CutsOffAt("."), Fate::Later(Cause::BrokenOff.into())),
        (
            Habit::Says("MAIL", "no number"),
            Fate::Later(Cause::BrokenOff.into()),
        ),
    ] {
        let sink = Sink::new(MailSecurity::Tls, &[habit]);
        assert_eq!(send(&sink.mailer(MailSecurity::Tls)).await, fate);
        sink.heard();
    }
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let sink = Sink::new(MailSecurity::Loopback, &[]);
    let server = MailServer {
        port: nobody,
        ..sink.server(MailSecurity::Loopback)
    };
    let mailer = Mailer::new(&server, "Example Ltd", "localhost", &Gate::unattended()).unwrap();
    assert_eq!(send(&mailer).await, Fate::Later(Cause::Unreachable.into()));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_waited_for_a_minute() {
    let sink = Sink::new(MailSecurity::Loopback, &[Habit::IsSilent]);
    assert_eq!(
        send(&sink.mailer(MailSecurity::Loopback)).await,
        Fate::Later(Cause::TooSlow.into())
    );
}

#[test]
fn a_file_of_credentials_is_its_owners_and_never_repeated() {
    let sink = Sink::new(MailSecurity::Tls, &[]);
    let file = sink.folder.path().join("sign-in");
    let refused = |file: &Path, bytes: &[u8], mode| {
        files::replace(file, bytes, mode).unwrap();
        let mailer = Mailer::new(
            &sink.server(MailSecurity::Tls),
            "Example Ltd",
            "localhost",
            &Gate::unattended(),
        );
        mailer.map(drop).unwrap_err().to_string()
    };
    assert!(refused(&file, b"user = \"a\"\npassword = \"hunter2\"", 0o644).contains("chmod 600"));
    let text = refused(&file, b"user = \"a\"\npass = \"hunter2\"", 0o600);
    assert!(text.contains("password") && !text.contains("hunter2"), "{text}");
}

on_both! {
    async fn what_waits_is_sent_and_what_is_refused_stays_with_its_reason(db: TestDb) {
        let world = World::on(db).await;
        let unknown = "550 <pia@people.example> is unknown";
        let sink = Sink::new(MailSecurity::Tls, &[Habit::Says("RCPT", unknown), Habit::Says("RCPT", "450 later"), Habit::Takes]);
        let sender = Sender {
            custody: world.custody.clone(),
            mailer: Arc::new(sink.mailer(MailSecurity::Tls)),
            stopping: CancellationToken::new(),
        };
        let letter = || Letter::new(Kind::new("test.note"), address(), "Hello", "Hello").unwrap();
        let put = || async {
            let (desk, letter) = (world.custody.desk(), letter());
            let (now, random) = (desk.clock.now(), Arc::clone(&desk.random));
            desk.db.write(move |tx| outbox::put_in(tx, now, &*random, &letter)).await.unwrap();
        };
        put().await;
        sender.turn().await.unwrap();
        world.clock.advance(std::time::Duration::from_secs(1));
        put().await;
        sender.turn().await.unwrap();
        sender.turn().await.unwrap();
        let list = |which| {
            let look = world.custody.desk().db.read(move |tx| outbox::list(tx, which, &PageRequest::first(10)));
            async move { look.await.unwrap().items }
        };
        let given_up = list(Which::In(State::GivenUp)).await;
        assert_eq!(given_up[0].trouble.as_deref(), Some("the mail server refused the address (550)"));
        assert_eq!(list(Which::In(State::Waiting)).await.len(), 1);
        world.clock.advance(std::time::Duration::from_secs(60));
        sender.turn().await.unwrap();
        let sent = list(Which::In(State::Sent)).await;
        assert_eq!((sent.len(), sent[0].attempts, sent[0].is_kept), (1, 2, false));
        assert!(sink.heard().matches("RCPT TO").count() == 3);
    }
}
