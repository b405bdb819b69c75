//! Rates through S3, of any server that speaks it: so that stores can be held beside each other in one run.
//!
//! Promises: every client has a connection of its own, kept open, with one signed request at a time; only whole good
//! answers count, and what failed is counted beside them. Leaves out: starting the servers.

mod client;
mod measured;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use testkit::sign::sha256;
use tokio::time::Instant;

use crate::Outcome;
use crate::process::usage_of;
use client::{Call, Client, Endpoint};
use measured::Measured;

/// Time before the clock starts.
const WARMING: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Args)]
pub(crate) struct S3Args {
    /// What to do, one after the other, for every size and number of clients.
    #[arg(value_enum, required = true)]
    acts: Vec<Act>,
    /// Where the server is: `http://…` or `https://…`.
    #[arg(long)]
    endpoint: String,
    /// The CA of an `https` endpoint.
    #[arg(long)]
    ca: Option<PathBuf>,
    #[arg(long)]
    access_key: String,
    /// A file with the secret access key.
    #[arg(long)]
    secret_file: PathBuf,
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Made when it is not there.
    #[arg(long, default_value = "load")]
    bucket: String,
    /// Bytes of an object.
    #[arg(long, value_delimiter = ',', default_value = "4096")]
    sizes: Vec<usize>,
    /// How many clients.
    #[arg(long, value_delimiter = ',', default_value = "8,32")]
    clients: Vec<usize>,
    /// How long each rate is measured.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many keys each client goes round; for `fill`, how many keys there are to be in all.
    #[arg(long, default_value_t = 64)]
    keys: usize,
    /// Lists begin after this key.
    #[arg(long, default_value = "")]
    start_after: String,
    /// A header of every put, `name: value`.
    #[arg(long)]
    put_header: Vec<String>,
    /// The server's process, to say what it used.
    #[arg(long)]
    pid: Option<u32>,
    /// What the rows are called.
    #[arg(long, default_value = "s3")]
    label: String,
}

/// What every client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Act {
    /// Stores objects.
    Put,
    /// Fetches objects; those that are missing are stored before the clock starts.
    Get,
    /// Lists a page of a thousand keys.
    List,
    /// Stores each key once, until all are there; not measured by time.
    Fill,
}

/// Measures what is asked for and prints a row of a Markdown table each.
pub(crate) async fn run(args: S3Args) -> Outcome<()> {
    let endpoint = Arc::new(Endpoint::new(
        &args.endpoint,
        args.ca.as_deref(),
        &args.access_key,
        std::fs::read_to_string(&args.secret_file)?.trim(),
        &args.region,
    )?);
    // There already, or made now: what follows tells.
    let made = Client::to(&endpoint)
        .send(&Call::put(format!("/{}", args.bucket), &[]))
        .await;
    drop(made);
    println!("{}", measured::HEAD);
    for size in &args.sizes {
        for clients in &args.clients {
            for act in &args.acts {
                let load = Load {
                    act: *act,
                    size: *size,
                    clients: *clients,
                    args: args.clone(),
                };
                println!("{}", load.run(&endpoint).await?);
            }
        }
    }
    Ok(())
}

/// One measurement.
struct Load {
    act: Act,
    size: usize,
    clients: usize,
    args: S3Args,
}

impl Load {
    async fn run(self, endpoint: &Arc<Endpoint>) -> Outcome<Measured> {
        let body: Arc<Vec<u8>> = Arc::new(vec![0x5a; self.size]);
        let hash = sha256(&body);
        let load = Arc::new(self);
        if load.act == Act::Get {
            load.all(endpoint, &body, &hash, Turns::Once(load.args.keys), Act::Put)
                .await?;
        }
        let turns = match load.act {
            Act::Fill => Turns::Once(load.args.keys.div_ceil(load.clients)),
            _ => Turns::Until(load.args.seconds),
        };
        let act = if load.act == Act::Fill { Act::Put } else { load.act };
        let before = load.args.pid.map(usage_of).transpose()?;
        let began = Instant::now();
        let taken = load.all(endpoint, &body, &hash, turns, act).await?;
        let after = load.args.pid.map(usage_of).transpose()?;
        let time = match turns {
            Turns::Once(_) => began.elapsed(),
            Turns::Until(seconds) => Duration::from_secs(seconds),
        };
        Ok(Measured::new(
            &load.args.label,
            load.act,
            load.size,
            load.clients,
            time,
            taken,
            before.zip(after),
        ))
    }

    /// All clients side by side; gives how long each good answer took, and how many were not good.
    async fn all(
        self: &Arc<Self>,
        endpoint: &Arc<Endpoint>,
        body: &Arc<Vec<u8>>,
        hash: &str,
        turns: Turns,
        act: Act,
    ) -> Outcome<Taken> {
        let mut clients = Vec::new();
        for number in 0..self.clients {
            let (load, endpoint, body, hash) = (
                Arc::clone(self),
                Arc::clone(endpoint),
                Arc::clone(body),
                hash.to_owned(),
            );
            clients.push(tokio::spawn(async move {
                let mut client = Client::to(&endpoint);
                load.work(&mut client, number, &body, &hash, turns, act).await
            }));
        }
        let mut all = Taken::default();
        for client in clients {
            let one = client.await?;
            all.good.extend(one.good);
            all.warm += one.warm;
            all.bad += one.bad;
            all.why = all.why.or(one.why);
        }
        all.good.sort();
        Ok(all)
    }

    async fn work(
        &self,
        client: &mut Client,
        number: usize,
        body: &[u8],
        hash: &str,
        turns: Turns,
        act: Act,
    ) -> Taken {
        let began = Instant::now()
            + if matches!(turns, Turns::Until(_)) {
                WARMING
            } else {
                Duration::ZERO
            };
        let mut taken = Taken::default();
        for turn in 0.. {
            let key = format!(
                "/{}/{}-{number:04}-{:08}",
                self.args.bucket,
                self.size,
                turn % self.args.keys
            );
            let call = match act {
                Act::Put | Act::Fill => Call::put(key, body).hashed(hash).with(&self.args.put_header),
                Act::Get => Call::get(key),
                Act::List => Call::list(&self.args.bucket, &self.args.start_after),
            };
            let asked = Instant::now();
            let answer = client.send(&call).await;
            let answered = Instant::now();
            match turns {
                Turns::Once(count) if turn >= count => break,
                Turns::Until(seconds) if answered > began + Duration::from_secs(seconds) => break,
                _ => {}
            }
            match answer {
                Ok(length) if act != Act::Get || length == self.size => {
                    if answered >= began {
                        taken.good.push(answered - asked);
                    } else {
                        taken.warm += 1;
                    }
                }
                Ok(length) => taken.fail(format!("{length} bytes came")),
                Err(error) => taken.fail(error.to_string()),
            }
            if taken.bad > 1_000 {
                break;
            }
        }
        taken
    }
}

/// How long a client goes on.
#[derive(Debug, Clone, Copy)]
enum Turns {
    Once(usize),
    Until(u64),
}

/// How long good answers took, and what was not good.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) good: Vec<Duration>,
    /// Good answers before the clock started.
    pub(crate) warm: usize,
    pub(crate) bad: usize,
    pub(crate) why: Option<String>,
}

impl Taken {
    fn fail(&mut self, why: String) {
        self.bad += 1;
        self.why.get_or_insert(why);
    }
}
