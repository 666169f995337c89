use std::time::Duration;

use super::generator::Generator;
use super::load::{self, BODY, Until};
use super::server::{KEY, Server};
use crate::cli::exit::{Exit, Failure};
use crate::cli::project::runtime;
use crate::cli::terminal::{Bar, data};
use crate::simulator::{Rate, Settings, Simulator};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// How long each measurement takes
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often each is taken, in turn
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Operations over which the memory is watched
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    operations: u64,
}

/// Requests a second of the limited simulator.
const LIMIT: u32 = 3;

pub(in crate::cli) fn run(args: &Args) -> Result<Exit, Failure> {
    let out = runtime()?.block_on(measure(args))?;
    data(&out)?;
    Ok(Exit::Ok)
}

async fn measure(args: &Args) -> Result<String, Failure> {
    let bar = Bar::new();
    let time = Duration::from_secs(args.seconds);
    let server = Server::start()?;
    let id = load::account(&load::client(&server.url, 1)?).await?;
    let generators = Generator::installed();
    let mut out = "updates of one account a second, medians\n".to_owned();
    for connections in [1, 8] {
        let client = load::client(&server.url, connections)?;
        let (mut ours, mut bare) = (Vec::new(), vec![Vec::new(); generators.len()]);
        for round in 1..=args.rounds {
            bar.say(format!("{connections} at once, round {round} of {}", args.rounds));
            for (generator, rates) in generators.iter().zip(&mut bare) {
                let url = format!("{}/Users/{id}", server.url);
                // It blocks, and nothing else is to be done meanwhile.
                rates.push(generator.measure(&url, BODY, connections, time)?);
            }
            ours.push(load::drive(&client, &id, connections, Until::Time(time)).await?);
        }
        let ours = median(ours);
        out.push_str(&format!("  {connections} at once: {ours:>8.0} by rolecall"));
        for (generator, rates) in generators.iter().zip(bare) {
            let bare = median(rates);
            let name = generator.name();
            out.push_str(&format!(", {bare:>8.0} by {name}: {:.2} of it", ours / bare));
        }
        out.push('\n');
    }
    if generators.is_empty() {
        out.push_str("  neither `wrk` nor `oha` is installed, so there is nothing to compare with\n");
    }

    bar.say(format!("{LIMIT} a second"));
    out.push_str(&limited(time * 4).await?);
    bar.say(format!("{} operations", args.operations));
    out.push_str(&memory(&server, &id, args.operations).await?);
    Ok(out)
}

/// A target that takes so many a second, by a client that has not been told.
async fn limited(time: Duration) -> Result<String, Failure> {
    let settings = Settings { rate: Some(Rate { per_second: LIMIT }), ..Settings::klaviyo(KEY) };
    let simulator =
        Simulator::start(([127, 0, 0, 1], 0).into(), settings).await.map_err(anyhow::Error::from)?;
    let client = load::client(&simulator.url(), 8)?;
    let id = load::account(&client).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    simulator.clear_requests();
    let rate = load::drive(&client, &id, 8, Until::Time(time)).await?;
    let refused = simulator.requests().iter().filter(|request| request.status == Some(429)).count();
    simulator.stop().await;
    Ok(format!(
        "a limit of {LIMIT} a second: {rate:.2} a second, {:.3} of it; refused with 429: {refused}\n",
        rate / f64::from(LIMIT)
    ))
}

/// The memory of this process after a tenth of the operations, and after all.
async fn memory(server: &Server, id: &str, operations: u64) -> Result<String, Failure> {
    let client = load::client(&server.url, 8)?;
    let tenth = operations / 10;
    load::drive(&client, id, 8, Until::Count(tenth)).await?;
    let before = resident();
    load::drive(&client, id, 8, Until::Count(operations - tenth)).await?;
    let told = match (before, resident()) {
        (Some(before), Some(after)) => format!(
            "{:.1} MB after {tenth} operations, {:.1} MB after {operations}",
            before / 1024.0,
            after / 1024.0
        ),
        _ => "this system does not tell it".to_owned(),
    };
    Ok(format!("memory: {told}\n"))
}

/// In kB (proc(5)).
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse().ok())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
