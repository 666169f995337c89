//! `rolecall bench`: that what it measures is the same work, never how long it takes.

use crate::support::Project;

/// Digits say how fast the machine is.
fn without_figures(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' | '.' => {
                if !out.ends_with('#') {
                    out.push('#');
                }
            }
            other => out.push(other),
        }
    }
    out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn plain_rust_trees_and_rhai_do_the_same_work() {
    let ran = Project::new().rolecall(["bench", "policy", "--users", "100", "--rounds", "1"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(without_figures(&ran.stdout), @r"
    # roles and # mappings of # people, all alike by each; medians of # rounds in turn

    ns a person to plain two threads, ns
    plain Rust # # #
    trees # # #
    Rhai alone # # #

    trees take # of plain Rust's time, and are # times as fast as Rhai alone (# times with two threads)
    roles alone, ns a person: # person by person; of everybody at once # the first time, # again (# times as fast)
    ");
}

#[test]
fn trees_are_held_against_rhai_for_as_long_as_one_likes() {
    let ran = Project::new().rolecall(["bench", "agree", "--cases", "800", "--seed", "7"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.ends_with(", 0 differ\n"), "{ran}");
}

#[test]
fn excels_functions_are_measured_at_the_same_work() {
    let few = ["--calls", "256", "--rounds", "1", "--people", "200", "--rows", "1000"];
    let ran = Project::new().rolecall(["bench", "excel"].into_iter().chain(few)).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    for told in [
        "\n=XLOOKUP(",
        "\n=YEAR(",
        "no spreadsheet engine is in this build",
        "\neight formulas for 200 people",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {ran}");
    }
}

#[test]
fn hostile_calls_come_to_an_end() {
    let ran = Project::new().rolecall(["bench", "excel", "--hostile", "3000", "--seed", "3"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.starts_with("3000 calls of "), "{ran}");
}

#[test]
fn cycles_recover_from_whatever_goes_wrong() {
    let ran = Project::new().rolecall(["bench", "faults", "--seed", "6", "--campaigns", "200"]).run();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.ends_with(", 0 ended wrongly\n"), "{ran}");
}

#[test]
fn the_client_is_measured_with_and_without_something_to_compare() {
    let args = ["bench", "scim", "--seconds", "1", "--rounds", "1", "--operations", "200"];
    let ran = Project::new().rolecall(args).env("PATH", "").run();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(without_figures(&ran.stdout), @r"
    updates of one account a second, medians
    # at once: # by rolecall
    # at once: # by rolecall
    neither `wrk` nor `oha` is installed, so there is nothing to compare with
    a limit of # a second: # a second, # of it; refused with #: #
    memory: # MB after # operations, # MB after #
    ");
}

#[test]
fn reading_a_directory_is_measured_with_and_without_something_to_compare() {
    let args = ["bench", "directory", "--people", "2000", "--rounds", "1", "--page-size", "300"];
    let ran = Project::new().rolecall(args).env("PATH", "").run();
    assert_eq!(ran.code, Some(0), "{ran}");
    insta::assert_snapshot!(without_figures(&ran.stdout), @r"
    # people and # groups over LDAP, medians of # rounds in turn
    rolecall # s, # entries a second
    `ldapsearch` is not installed, so there is nothing to compare with
    at most # MB of memory, # of the # MB read
    the snapshot has # bytes a person
    facts of it: # s, # bytes a person more
    the same from an LDIF file of # MB
    rolecall # s, # entries a second
    at most # MB of memory, # of the # MB read
    the snapshot has # bytes a person
    facts of it: # s, # bytes a person more
    ");
    let sizes: Vec<u32> = ran
        .stdout
        .lines()
        .filter_map(|line| {
            line.trim().strip_prefix("the snapshot has ")?.strip_suffix(" bytes a person")?.parse().ok()
        })
        .collect();
    assert_eq!(sizes.len(), 2, "{ran}");
    assert!(sizes.iter().all(|size| (100..=600).contains(size)), "{ran}");
}
