//! Everything that `docs/performance.md` states of the server, in one run on one machine.

use std::path::Path;
use std::time::Duration;

use crate::connection::Target;
use crate::process::Server;
use crate::run::{Kind, Load};
use crate::{Outcome, machine, run, shares, transfer};

/// What the issue of speed asks for: a small record.
const SMALL: usize = 4096;
/// The most clients at once.
const MOST: usize = 64;
/// How often shared commits and commits of one's own take turns.
const TURNS: usize = 3;

/// Starts a server in a fresh folder and prints the tables as they come.
pub(crate) async fn run(program: &Path, folder: &Path, time: Duration, gibibytes: &[u64]) -> Outcome<()> {
    println!("{}\n", machine::describe(folder)?);
    let server = Server::start(program, folder, &[]).await?;
    let owner = server.operator()?.make_tenant().await?;
    println!(
        "resident memory before any load: {:.0} MB\n",
        server.usage()?.resident_peak as f64 / 1e6
    );
    rates(&server, &owner, time).await?;
    commits(program, folder, time).await?;
    println!("\n{}", transfer::HEAD);
    for size in gibibytes {
        for row in transfer::there_and_back(&server, &owner, *size).await? {
            println!("{row}");
        }
    }
    server.stop().await?;
    println!("\n{}", shares::measure(folder)?);
    println!("load average afterwards: {}", machine::load_average()?);
    Ok(())
}

async fn rates(server: &Server, owner: &Target, time: Duration) -> Outcome<()> {
    println!("{}", run::HEAD);
    let mut puts = Vec::new();
    for clients in [1, 8, MOST] {
        let before = server.usage()?.processor;
        let measured = Load {
            kind: Kind::Put,
            clients,
            size: SMALL,
            time,
        }
        .run(owner)
        .await?;
        println!("{measured}");
        puts.push((measured.rate, server.usage()?.processor - before));
    }
    for (kind, clients) in [(Kind::Get, 1), (Kind::Get, 8), (Kind::Get, MOST), (Kind::List, 8)] {
        println!(
            "{}",
            Load {
                kind,
                clients,
                size: SMALL,
                time
            }
            .run(owner)
            .await?
        );
    }
    if let [(alone, _), .., (together, processor)] = puts.as_slice() {
        let busy = processor.as_secs_f64() / time.as_secs_f64();
        println!(
            "\n{MOST} clients store {:.1} × what one client alone does; the server then uses {busy:.2} cores",
            together / alone
        );
    }
    Ok(())
}

/// What sharing commits gives: two fresh servers on the same disk that differ in nothing else, by turns.
async fn commits(program: &Path, folder: &Path, time: Duration) -> Outcome<()> {
    let shared = Server::start(program, folder, &[]).await?;
    let own = Server::start(program, folder, &[("BAILEE_DATABASE_BATCH", "1")]).await?;
    let puts = Load {
        kind: Kind::Put,
        clients: MOST,
        size: SMALL,
        time,
    };
    let (with_others, alone) = (
        shared.operator()?.make_tenant().await?,
        own.operator()?.make_tenant().await?,
    );
    println!("\ncommits shared, and one each, by turns:\n\n{}", run::HEAD);
    let mut ratios = Vec::new();
    for _ in 0..TURNS {
        let (many, one) = (puts.run(&with_others).await?, puts.run(&alone).await?);
        println!("{many}\n{one}");
        ratios.push(many.rate / one.rate);
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "\nover TLS, {MOST} clients store {:.2} × as many with shared commits as with one each (median of {TURNS})",
        ratios[TURNS / 2]
    );
    shared.stop().await?;
    own.stop().await
}
