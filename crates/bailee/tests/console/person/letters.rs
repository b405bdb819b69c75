//! A mail server of the test's own: it takes every letter, and keeps it as its reader sees it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use mail_parser::MessageParser;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Whoever reads what comes to any address.
pub(crate) struct Mailbox {
    /// Where the mail server is.
    pub(crate) url: String,
    letters: UnboundedReceiver<String>,
}

impl Mailbox {
    /// Takes letters from now on. The thread that does ends with the program.
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, letters) = unbounded_channel();
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                // A client that hangs up tries again.
                let _ = take(socket.unwrap(), &sender);
            }
        });
        Self { url, letters }
    }

    /// The eight digits of the next letter that has a code.
    pub(crate) async fn code(&mut self) -> String {
        loop {
            let text = self.letters.recv().await.unwrap();
            let line = text.lines().next().unwrap_or_default();
            let digits: String = line.chars().filter(char::is_ascii_digit).collect();
            if digits.len() == 8 {
                return digits;
            }
        }
    }
}

/// One connection.
fn take(mut socket: TcpStream, letters: &UnboundedSender<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(socket.try_clone()?).lines();
    let mut letter: Option<String> = None;
    socket.write_all(b"220 mailbox\r\n")?;
    while let Some(line) = lines.next().transpose()? {
        let says: &[u8] = match (&mut letter, line.to_ascii_uppercase().as_str()) {
            (Some(text), ".") => {
                let message = MessageParser::default().parse(text.as_bytes()).unwrap();
                // Nobody waits for it any more when the test has ended.
                let _ = letters.send(message.body_text(0).unwrap().into_owned());
                letter = None;
                b"250 taken\r\n"
            }
            (Some(text), _) => {
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
                text.push_str("\r\n");
                continue;
            }
            (None, "DATA") => {
                letter = Some(String::new());
                b"354 go on\r\n"
            }
            (None, "QUIT") => return socket.write_all(b"221 bye\r\n"),
            (None, _) => b"250 8BITMIME\r\n",
        };
        socket.write_all(says)?;
    }
    Ok(())
}
