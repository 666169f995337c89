//! The simulator against third-party testers, and the client against third-party servers.

use rolecall::config::{AuthScheme, PatchStyle, Target, UpdateMethod};
use rolecall::plan::Kind;
use rolecall::policy::Attribute;
use rolecall::scim::{Client, Error};
use rolecall::simulator::{Settings, Simulator};

use super::provider::{Provider, Tls, check};
use crate::scim::{client, create, live, operation, target};

/// The testers write random strings into `roles`, and several of them, which Klaviyo's rule for roles refuses.
async fn lenient_simulator() -> Simulator {
    let settings = Settings { strict_roles: false, ..Settings::klaviyo("tester-key") };
    Simulator::start("127.0.0.1:0".parse().unwrap(), settings).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_passes_scim2_tester() {
    let simulator = lenient_simulator().await;
    let environment = [("SCIM_RESOURCE_TYPES", "User")];
    let (passed, text) = check("scim2-tester", &simulator.url(), "tester-key", &environment);
    assert!(passed, "{text}");
    let summary = text.lines().last().unwrap_or_default();
    assert!(summary.ends_with(" passed, 0 failed, 0 skipped"), "{text}");
    let count: usize = summary.split(' ').next().unwrap().parse().unwrap();
    assert!(count >= 70, "too few checks were run: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_passes_scim_sanity() {
    let simulator = lenient_simulator().await;
    let environment = [("SCIM_SANITY_ARGS", "--resource User")];
    let (passed, text) = check("scim-sanity", &simulator.url(), "tester-key", &environment);
    assert!(passed, "{text}");
    assert!(text.contains("18 passed, 4 skipped"), "{text}");
}

fn connect(provider: &Provider, update_method: UpdateMethod, patch_style: PatchStyle) -> Client {
    let auth_scheme = AuthScheme::Bearer;
    client(&Target { auth_scheme, update_method, patch_style, ..target(&provider.url) }, &provider.token)
        .unwrap()
}

const PATH: (&str, UpdateMethod, PatchStyle) = ("path", UpdateMethod::Patch, PatchStyle::Path);
const NO_PATH: (&str, UpdateMethod, PatchStyle) = ("no-path", UpdateMethod::Patch, PatchStyle::NoPath);
const PUT: (&str, UpdateMethod, PatchStyle) = ("put", UpdateMethod::Put, PatchStyle::Path);

/// Every operation in several ways, and what a rehire meets.
async fn works_with(kind: &str, ways: &[(&str, UpdateMethod, PatchStyle)]) {
    for &(name, update_method, patch_style) in ways {
        let provider = Provider::start(kind, &format!("{kind}-{name}"));
        let client = connect(&provider, update_method, patch_style);
        live(&client, "Anna@example.com").await;
        let before = client.accounts(&|_| {}).await.unwrap();
        let written = client.perform(&create("NEW.anna@EXAMPLE.com")).await.unwrap();
        assert!(written.notes[0].starts_with("adopted the account"), "{:?}", written.notes);
        let account = written.account.unwrap();
        assert_eq!((&account.id, account.role.as_deref()), (&before[0].id, Some("analyst")));
        assert_eq!(client.accounts(&|_| {}).await.unwrap(), [account]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_works_with_scim2_server() {
    works_with("scim2-server", &[PATH, NO_PATH, PUT]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_works_with_scimmy() {
    works_with("scimmy", &[PATH, PUT]).await;
}

/// SCIMMY adds to `roles` and `emails` where RFC 7644 section 3.5.2.3 has them replaced, and answers 200.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_adds_in_place_of_replacing_is_seen_through() {
    let provider = Provider::start("scimmy", "scimmy-adding");
    let client = connect(&provider, UpdateMethod::Patch, PatchStyle::NoPath);
    let id = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap().id;
    let change = [("role", Some("analyst"), Some("admin"))];
    let error =
        client.perform(&operation(Kind::Update, Some(&id), "anna@example.com", &change)).await.unwrap_err();
    assert!(
        matches!(&error, Error::Ignored { attributes, .. } if *attributes == [Attribute::ROLE]),
        "{error}"
    );
}

/// Express 5 loses `startIndex` and `count`: every page is the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_repeats_its_first_page_is_seen_through() {
    let provider = Provider::start("scimmy-nopaging", "scimmy-nopaging");
    let client = connect(&provider, UpdateMethod::Patch, PatchStyle::Path);
    for i in 0..21 {
        client.perform(&create(&format!("user{i}@example.com"))).await.unwrap();
    }
    let error = client.accounts(&|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::ListDoesNotAddUp { .. }), "{error}");
}

/// TLS by OpenSSL in front of the simulator, with an authority that no system knows.
#[tokio::test(flavor = "multi_thread")]
async fn the_client_trusts_the_authority_that_it_was_told_of_and_no_other() {
    let simulator =
        Simulator::start("127.0.0.1:0".parse().unwrap(), Settings::klaviyo("tls-key")).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tls = Tls::start(folder.path(), &simulator.url());
    let url = format!("https://127.0.0.1:{}/scim/v2", tls.port);
    let trusting = Target { ca_file: Some(folder.path().join("ca.pem")), ..target(&url) };
    live(&client(&trusting, "tls-key").unwrap(), "anna@example.com").await;
    let requests = simulator.requests().len();
    let error = client(&target(&url), "tls-key").unwrap().accounts(&|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(error.hint(), Some("a certificate of your own authority is trusted by `ca_file`"), "{error}");
    let by_name = format!("https://localhost:{}/scim/v2", tls.port);
    let other_name = Target { base_url: by_name, ..trusting };
    let error = client(&other_name, "tls-key").unwrap().accounts(&|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("certificate not valid for name"), "{error}");
    assert_eq!(simulator.requests().len(), requests);
}
