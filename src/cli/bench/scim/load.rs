use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use uuid::Uuid;

use super::server::KEY;
use crate::cli::exit::Failure;
use crate::config::{
    Adoption, AuthScheme, Deprovision, DriftSettings, PatchStyle, RoleShape, Secret, Target, UpdateMethod,
};
use crate::desired::Person;
use crate::plan::{Change, Kind, Operation};
use crate::policy::Attribute;
use crate::scim::{Client, Error};

/// As fast as the target can, with so many connections.
pub(super) fn client(url: &str, concurrency: usize) -> Result<Client, Failure> {
    let mut key = tempfile::NamedTempFile::new()?;
    key.write_all(KEY.as_bytes())?;
    let target = Target {
        base_url: url.to_owned(),
        key: Secret::File(key.path().to_owned()),
        auth_scheme: AuthScheme::default(),
        role_shape: RoleShape::default(),
        update_method: UpdateMethod::default(),
        patch_style: PatchStyle::default(),
        deprovision: Deprovision::default(),
        read_back: true,
        page_size: 100,
        per_second: 1_000_000,
        per_minute: 60_000_000,
        concurrency,
        timeout: Duration::from_secs(30),
        retry_delay: Duration::from_millis(400),
        retries: 100,
        circuit: 5,
        proxy: None,
        ca_file: None,
        adoption: Adoption::default(),
        drift: DriftSettings::default(),
    };
    Ok(Client::new(&target)?)
}

fn operation(kind: Kind, account: Option<&str>, attribute: Attribute, to: &str) -> Operation {
    Operation {
        kind,
        user: Person { guid: Uuid::nil(), name: "Anna Berg".to_owned(), dn: None },
        account: account.map(str::to_owned),
        user_name: "anna@example.com".to_owned(),
        changes: vec![Change { attribute, from: None, to: Some(to.to_owned()) }],
        reasons: Vec::new(),
    }
}

/// Makes the account that everything is about.
pub(super) async fn account(client: &Client) -> Result<String, Failure> {
    let create = operation(Kind::Create, None, Attribute::USER_NAME, "anna@example.com");
    let written = client.perform(&create).await?;
    Ok(written.account.map(|account| account.id).unwrap_or_default())
}

/// What one update sends.
pub(super) const BODY: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"roles","value":[{"value":"analyst","primary":true}]}]}"#;

/// Until when operations are begun.
#[derive(Clone, Copy)]
pub(super) enum Until {
    Time(Duration),
    Count(u64),
}

/// Updates the account over and over, so many at once: how many updates a second were carried out.
pub(super) async fn drive(client: &Client, id: &str, width: usize, until: Until) -> Result<f64, Failure> {
    let since = Instant::now();
    let done = Arc::new(AtomicU64::new(0));
    let update = Arc::new(operation(Kind::Update, Some(id), Attribute::ROLE, "analyst"));
    let mut tasks = JoinSet::new();
    for _ in 0..width {
        let (client, update, done) = (client.clone(), Arc::clone(&update), Arc::clone(&done));
        tasks.spawn(async move {
            loop {
                let goes_on = match until {
                    Until::Time(time) => since.elapsed() < time,
                    Until::Count(count) => done.load(Ordering::Relaxed) < count,
                };
                if !goes_on {
                    return Ok::<(), Error>(());
                }
                client.perform(&update).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(anyhow::Error::from)??;
    }
    let count = u32::try_from(done.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
    Ok(f64::from(count) / since.elapsed().as_secs_f64())
}
