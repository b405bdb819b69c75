//! Rates: several clients, each with one request at a time, for a while.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::Method;
use tokio::time::Instant;

use crate::Outcome;
use crate::connection::{Target, item_of, send};
use crate::records;

/// How many items are there to be fetched or listed.
const STOCK: usize = 500;
/// Time before the clock starts, so that connections are made and caches warm.
const WARMING: Duration = Duration::from_secs(1);

/// What every client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Stores a new item.
    Put,
    /// Fetches an item.
    Get,
    /// Lists a page of a hundred items.
    List,
    /// Takes in a record of seven fields about somebody new.
    AddRecord,
    /// Finds such a record by its e-mail address, and reads it: two requests.
    FindRecord,
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) kind: Kind,
    pub(crate) clients: usize,
    pub(crate) size: usize,
    pub(crate) time: Duration,
}

/// The head of a table of [`Measured`].
pub(crate) const HEAD: &str =
    "| act | bytes | clients | per second | p50 ms | p99 ms | most ms |\n|---|---:|---:|---:|---:|---:|---:|";

/// What came out. Its text is a row of a Markdown table.
#[derive(Debug)]
pub(crate) struct Measured {
    load: Load,
    /// Acknowledged requests per second.
    pub(crate) rate: f64,
    sorted: Vec<Duration>,
}

impl Load {
    /// Runs it. The first failure ends it.
    pub(crate) async fn run(self, target: &Target) -> Outcome<Measured> {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let dataset = format!(
            "load-{}-{}",
            std::process::id(),
            RUNS.fetch_add(1, Ordering::Relaxed)
        );
        target.make_dataset(&dataset).await?;
        let stock = match self.kind {
            Kind::Put => Vec::new(),
            Kind::Get | Kind::List => stock(target, &dataset, self.size).await?,
            Kind::AddRecord => records::declare(target, &dataset).await.map(|()| Vec::new())?,
            Kind::FindRecord => records::stock(target, &dataset, STOCK).await?,
        };
        let (stock, began) = (Arc::new(stock), Instant::now() + WARMING);
        let mut clients = Vec::new();
        for number in 0..self.clients {
            let worker = Worker {
                load: self,
                target: target.apart()?,
                dataset: dataset.clone(),
                number,
                stock: Arc::clone(&stock),
            };
            clients.push(tokio::spawn(worker.work(began)));
        }
        let mut taken = Vec::new();
        for client in clients {
            taken.extend(client.await??);
        }
        taken.sort();
        Ok(Measured {
            load: self,
            rate: taken.len() as f64 / self.time.as_secs_f64(),
            sorted: taken,
        })
    }
}

struct Worker {
    load: Load,
    target: Target,
    dataset: String,
    number: usize,
    stock: Arc<Vec<String>>,
}

impl Worker {
    /// The time of every request that ended while the clock ran.
    async fn work(self, began: Instant) -> Outcome<Vec<Duration>> {
        let end = began + self.load.time;
        let (mut taken, mut turn) = (Vec::new(), 0);
        loop {
            let asked = Instant::now();
            self.act(turn).await?;
            let answered = Instant::now();
            if answered > end {
                return Ok(taken);
            }
            if answered > began {
                taken.push(answered - asked);
            }
            turn += 1;
        }
    }

    async fn act(&self, turn: usize) -> Outcome<()> {
        match self.load.kind {
            Kind::Put => put(
                &self.target,
                &self.dataset,
                &format!("{}-{turn}", self.number),
                self.load.size,
            )
            .await
            .map(drop),
            Kind::Get => {
                let item = &self.stock[(turn * 31 + self.number * 7) % self.stock.len()];
                let answer = send(
                    self.target
                        .request(Method::GET, &format!("/v1/items/{item}/content")),
                )
                .await?;
                let length = answer.bytes().await?.len();
                if length == self.load.size {
                    Ok(())
                } else {
                    Err(format!("{length} bytes came").into())
                }
            }
            Kind::List => {
                let path = format!("/v1/datasets/{}/items?limit=100", self.dataset);
                send(self.target.request(Method::GET, &path))
                    .await?
                    .bytes()
                    .await?;
                Ok(())
            }
            Kind::AddRecord => {
                let email = records::email(&format!("-{}-{}-{turn}", self.dataset, self.number));
                records::add(&self.target, &self.dataset, &email).await
            }
            Kind::FindRecord => {
                let email = &self.stock[(turn * 31 + self.number * 7) % self.stock.len()];
                records::read(&self.target, &self.dataset, email).await
            }
        }
    }
}

async fn put(target: &Target, dataset: &str, name: &str, size: usize) -> Outcome<String> {
    let path = format!("/v1/datasets/{dataset}/items?name={name}");
    item_of(send(target.request(Method::POST, &path).body(vec![0x5a; size])).await?).await
}

async fn stock(target: &Target, dataset: &str, size: usize) -> Outcome<Vec<String>> {
    let mut items = Vec::new();
    for number in 0..STOCK {
        items.push(put(target, dataset, &format!("stock-{number}"), size).await?);
    }
    Ok(items)
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Load {
            kind, clients, size, ..
        } = self.load;
        let act = match kind {
            Kind::Put => "put, durable",
            Kind::Get => "get",
            Kind::List => "list 100",
            Kind::AddRecord => "add a record",
            Kind::FindRecord => "find a record, read it",
        };
        let at = |part: f64| {
            let index = ((self.sorted.len() as f64 * part) as usize).min(self.sorted.len().saturating_sub(1));
            self.sorted
                .get(index)
                .map_or(f64::NAN, |taken| taken.as_secs_f64() * 1_000.0)
        };
        write!(
            f,
            "| {act} | {size} | {clients} | {:.0} | {:.2} | {:.2} | {:.2} |",
            self.rate,
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}
