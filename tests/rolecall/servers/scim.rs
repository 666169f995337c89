//! The simulator against third-party testers, and the client against third-party servers.

use rolecall::simulator::{Settings, Simulator};

use super::provider::check;

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
    assert!(!simulator.requests().is_empty());
}
