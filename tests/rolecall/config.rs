//! What `rolecall.toml` may say, what is said of a wrong one, and which files are a policy.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use proptest::prelude::{prop_assert, prop_assert_eq, prop_assume, proptest};
use rolecall::config::{
    Bind, Config, DRIFT_ATTRIBUTES, DirectorySource, Error, PolicyPaths, Secret, Servers, Sources,
};
use rolecall::diagnostic::human;
use rolecall::policy::Attribute;

use crate::support::Project;

fn load(text: &str) -> Result<Config, Error> {
    let project = Project::new();
    project.write("rolecall.toml", text).write("policy/main.rhai", "");
    Config::load(&project.path("rolecall.toml"))
}

/// The findings as people see them, with the folder left out.
fn findings(text: &str) -> String {
    let project = Project::new();
    project.write("rolecall.toml", text).write("policy/main.rhai", "");
    match Config::load(&project.path("rolecall.toml")) {
        Err(Error::Invalid(found)) => project.hide(&human(&found, false)),
        other => panic!("expected findings, got {other:?}"),
    }
}

#[test]
fn an_empty_file_is_a_whole_configuration() {
    let config = load("").unwrap();
    assert_eq!(config.policy.entry, "main.rhai");
    assert_eq!(config.interval, Duration::from_secs(900));
    assert!(config.state.ends_with("state") && config.state.is_absolute());
    assert_eq!(config.guard.deactivate.max, 50);
    assert_eq!(
        config.directory().unwrap_err().to_string().split('`').next().unwrap(),
        "no [directory] is configured in "
    );
    assert!(config.target().unwrap_err().hint().unwrap().contains("Security page"));
}

#[test]
fn the_shipped_file_loads_without_any_secret() {
    let shipped = include_str!("../../scripts/rolecall.toml");
    let config = load(shipped).unwrap();
    let Ok(DirectorySource::Ldap(ldap)) = config.directory() else { panic!("no LDAP: {config:?}") };
    let password = Secret::Env("ROLECALL_BIND_PASSWORD".into());
    let dn = "CN=rolecall,OU=Service Accounts,DC=example,DC=com".to_owned();
    assert_eq!(ldap.bind, Bind::Simple { dn, password });
    assert_eq!(config.target().unwrap().key, Secret::Env("ROLECALL_SCIM_KEY".into()));
    assert!(!ldap.allow_plaintext);
}

#[test]
fn the_shipped_file_shows_the_defaults() {
    let config = |text| format!("{:#?}", load(text).unwrap().guard);
    let shipped = include_str!("../../scripts/rolecall.toml");
    assert_eq!(config(shipped), config(""));
    let target = load(shipped).unwrap().target().unwrap().clone();
    assert_eq!((target.adoption, target.drift), Default::default());
}

#[test]
fn every_setting_arrives() {
    let config = load(
        r#"
        [policy]
        folder = "policy"
        entry = "main.rhai"
        tests = "checks"
        fixtures = "people"
        extra_attributes = ["acmeBadge"]
        [directory]
        kind = "ldap"
        url = "ldap://127.0.0.4:3890/"
        bind_dn = "CN=reader,DC=x"
        password = { file = "secrets/password" }
        ca_file = "/etc/ca.pem"
        allow_plaintext = true
        base_dn = "DC=x"
        user_filter = "(objectClass=user)"
        group_filter = "(cn=*)"
        page_size = 7
        timeout = "1m30s"
        [target]
        base_url = "http://127.0.0.1:8080/scim/v2//"
        key = { credential = "klaviyo" }
        auth_scheme = "bearer"
        role_shape = "both"
        update_method = "put"
        patch_style = "entra"
        deprovision = "delete"
        read_back = false
        page_size = 5
        per_second = 9
        per_minute = 99
        concurrency = 2
        timeout = "5s"
        retry_delay = "50ms"
        retries = 7
        circuit = 3
        proxy = "http://proxy.example.com:3128/"
        ca_file = "target.pem"
        [guard]
        shrink_percent = 3
        create = { max = 1, percent = 2, floor = 3 }
        [guard.deactivate]
        max = 4
        [run]
        interval = "1h"
        [state]
        folder = "/var/lib/rolecall"
        "#,
    )
    .unwrap();
    let folder = config.path.parent().unwrap().display().to_string();
    let shown = format!("{config:#?}").replace(&folder, "[folder]");
    insta::assert_snapshot!(shown);
}

#[test]
fn everything_wrong_is_said_at_once() {
    insta::assert_snapshot!(findings(
        r#"
polcy = 1
[policy]
folder = "policy"
entyr = "main.rhai"
extra_attributes = ["ok", "not ok"]
[target]
auth_scheme = "barer"
page_size = 0
per_second = "3"
concurrency = -1
per_minute = 99999999999999999999
timeout = "soon"
[guard]
deactivate = { max = 5, percent = 101 }
update = 3
[run]
interval = "-5m"
intervals = 3
"#
    ));
}

#[test]
fn the_attributes_of_drift_are_the_policys() {
    let attributes: Vec<_> = Attribute::all().map(Attribute::path).collect();
    assert_eq!(attributes, DRIFT_ATTRIBUTES);
}

#[test]
fn limits_of_roles_and_handling_of_drift_arrive() {
    let config = load(
        r#"
        [target]
        base_url = "https://a.klaviyo.com/scim/v2"
        key = { env = "K" }
        adoption = "never"
        [target.drift]
        default = "report"
        active = "correct"
        'emails[type eq "work"].value' = "leave"
        [guard]
        role.admin = { max = 5 }
        role."Head of Everything" = { percent = 1 }
        "#,
    )
    .unwrap();
    let target = config.target().unwrap();
    insta::assert_debug_snapshot!((target.adoption, &target.drift, &config.guard.role));
}

#[test]
fn wrong_limits_of_roles_and_handling_of_drift_are_named() {
    insta::assert_snapshot!(findings(
        r#"
[target]
base_url = "https://a.klaviyo.com/scim/v2"
key = { env = "K" }
adoption = "reprot"
[target.drift]
titel = "report"
name.givenName = "leave"
role = "corect"
[guard]
role.admin = 5
role.manager = { maxx = 3 }
"#
    ));
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_shown() {
    let shown = findings(
        r#"
[directory]
kind = "ldap"
url = "ldaps://admin:hunter2@dc1.example.com"
bind_dn = "x"
base_dn = "DC=x"
password = { env = "A", file = "b" }
[target]
base_url = "https://a.klaviyo.com/scim/v2"
key = "pk_hunter2"
"#,
    );
    assert!(!shown.contains("hunter2"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_secret_is_not_shown_by_a_finding_on_its_line() {
    for text in [
        "[target]\nkey = \"pk_hunter2\" nonsense\n",
        "[target]\nkey = \"pk_hunter2\n",
        "[target]\nkey = pk_hunter2\n",
        "[target]\nsecret_key = \"hunter2\"\n",
        "[directory]\npasswrod = \"hunter2\"\n",
        "[target]\nkey = { env = \"pk_hunter2\", evn = \"hunter2\" }\n",
        "[target]\nkey = [\"hunter2\"]\n",
        "[directory]\nkind = \"ldap\"\npassword = '''\nhunter2'''\n",
        "[directory]\npassword = '''\nhunter2\n",
        "[target]\nkey\n.] = [\"hunter2\"]\n",
        "[target]\nkey = ''\n[\"hunter2\"]\n",
    ] {
        let shown = findings(text);
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

proptest! {
    #[test]
    fn a_secret_is_not_shown_by_whatever_slips_in(
        place in 0.0..1.0_f64,
        slip in r#"["'=\[\]{}\n, .]{1,3}|\"\"\"|'''"#,
    ) {
        let text = "[directory]\nkind = \"ldap\"\npassword = \"hunter2\"\nurl = \"ldaps://me:hunter2@dc1\"\n\
                    [target]\nbase_url = 3\nkey = [\"hunter2\"]\ntimeout = \"pk_hunter2\"\n[run]\n";
        // Whatever is no secret's name may be torn.
        let at = (place * text.len() as f64) as usize;
        let torn = ["password", "key", "ldaps://me:hunter2@dc1", "pk_hunter2"]
            .iter()
            .any(|name| text.match_indices(name).any(|(from, _)| (from + 1..from + name.len()).contains(&at)));
        prop_assume!(!torn);
        let text = format!("{}{slip}{}", &text[..at], &text[at..]);
        let shown = findings(&text);
        prop_assert!(!shown.contains("hunter2"), "{}", shown);
    }
}

#[test]
fn urls_that_would_leak_or_cannot_work_are_refused() {
    let target = |url: &str| load(&format!("[target]\nbase_url = \"{url}\"\nkey = {{ env = \"K\" }}\n"));
    for url in ["https://a.example/scim/v2/", "http://localhost:1/x", "http://[::1]:2", "http://127.8.0.1"] {
        assert_eq!(target(url).unwrap().target().unwrap().base_url, url.trim_end_matches('/'));
    }
    for url in
        ["http://a.example", "http://localhost.example", "ftp://a", "a.example", "https://", "https://a?b"]
    {
        assert!(target(url).is_err(), "{url}");
    }
    insta::assert_snapshot!(findings(
        r#"
[directory]
kind = "ldap"
url = "ldap://dc1.example.com"
allow_plaintext = true
bind_dn = "x"
base_dn = "x"
user_filter = "(&(a=b)"
password = { env = "PASSWORD" }
[target]
base_url = "http://a.klaviyo.com/scim/v2"
key = { env = "K" }
"#
    ));
}

/// A `[directory]` over LDAP, with these lines in the place of `url`, `bind_dn` and `password`.
fn ldap(lines: &str) -> String {
    format!("[directory]\nkind = \"ldap\"\nbase_dn = \"DC=example,DC=com\"\n{lines}\n")
}

const BIND: &str = "bind_dn = \"x\"\npassword = { env = \"PASSWORD\" }\n";

fn servers(line: &str) -> Servers {
    match load(&ldap(&format!("{line}\n{BIND}"))).unwrap().directory() {
        Ok(DirectorySource::Ldap(source)) => source.servers.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn servers_are_one_or_a_list_or_a_domain() {
    let urls = |urls: &[&str]| Servers::Urls(urls.iter().map(|url| (*url).to_owned()).collect());
    assert_eq!(servers("url = \"ldaps://dc1.example.com/\""), urls(&["ldaps://dc1.example.com"]));
    let two = servers("url = [\"ldaps://dc2\", \"ldap://dc1:3268\"]");
    assert_eq!(two, urls(&["ldaps://dc2", "ldap://dc1:3268"]));
    assert_eq!(two.to_string(), "ldaps://dc2, ldap://dc1:3268");
    assert_eq!(servers("domain = \"Corp.Example.com.\""), Servers::Domain("corp.example.com".into()));

    let wrong = [
        "",
        "url = []",
        "url = 7",
        "url = [\"ldaps://dc1\", 7, \" \"]",
        "url = [\"ldaps://dc1\", \"ldaps://DC1\"]",
        "url = [\"ldaps://dc1\", \"https://dc2\"]",
        "url = [\"ldaps://a:geheim@dc1\"]",
        "url = \"ldaps://dc1\"\ndomain = \"example.com\"",
        "domain = \"ldaps://example.com\"",
        "domain = \"10.1.2.3\"",
        "domain = \"example.com\"\nallow_plaintext = true",
        "url = [\"ldap://127.0.0.1\", \"ldap://dc1\"]\nallow_plaintext = true",
    ];
    insta::assert_snapshot!(wrong.map(|lines| findings(&ldap(&format!("{BIND}{lines}")))).join("\n"));
}

#[test]
fn a_bind_is_by_password_or_by_ticket() {
    let simple = "url = \"ldaps://dc1\"\nbind = \"simple\"\n";
    assert!(load(&ldap(&format!("{simple}{BIND}"))).is_ok());
    insta::assert_snapshot!(findings(&ldap(simple)));
    let gssapi = "url = \"ldaps://dc1\"\nbind = \"gssapi\"\n";
    #[cfg(feature = "gssapi")]
    assert!(load(&ldap(gssapi)).is_ok());
    #[cfg(not(feature = "gssapi"))]
    insta::assert_snapshot!("gssapi_is_not_built_in", findings(&ldap(gssapi)));
    #[cfg(not(feature = "gssapi"))]
    insta::assert_snapshot!(
        "gssapi_and_a_password",
        findings(&ldap(&format!(
            "{}{BIND}allow_plaintext = true\n",
            gssapi.replace("ldaps://dc1", "ldap://127.0.0.1")
        )))
    );
    insta::assert_snapshot!(
        "a_bind_that_does_not_exist",
        findings(&ldap("url = \"ldaps://dc1\"\nbind = \"ntlm\""))
    );
}

#[test]
fn a_filter_is_shown_where_it_is_wrong() {
    let wrong = [
        r#"user_filter = "(&(objectClass=user)(mail=*)""#,
        r#"user_filter = '(&(objectClass=user) (mail=*))'"#,
        r#"group_filter = "(cn=\\2a\\zz)""#,
        "user_filter = \"\"\"\n(&(objectClass=user)\\\n   (!mail=*))\"\"\"",
        r#"user_filter = "(description=über(alles))""#,
    ];
    let text = |filter: &str| ldap(&format!("url = \"ldaps://dc1\"\n{BIND}{filter}"));
    insta::assert_snapshot!(wrong.map(|filter| findings(&text(filter))).join("\n"));
}

proptest! {
    #[test]
    fn filters_are_those_that_can_be_sent(filter in r"[(](&|[|]|!|)[(]?[a-c]{0,2}(:dn|;x|:1[.]2|:rule)?(=|>=|<=|:=|~=|)[*a\\2 ä]{0,4}[)]{0,2}([(]a=[b*]{0,3}[)])?[)]") {
        let text = ldap(&format!("url = \"ldaps://dc1\"\n{BIND}user_filter = '{filter}'"));
        prop_assert_eq!(load(&text).is_ok(), ldap3::parse_filter(&filter).is_ok(), "{}", filter);
    }
}

#[test]
fn missing_keys_are_named_with_advice() {
    insta::assert_snapshot!(findings("[directory]\nkind = \"ldap\"\n\n[target]\n"));
    insta::assert_snapshot!(findings("[directory]\n"));
    insta::assert_snapshot!(findings("[directory]\nkind = \"file\"\nurl = \"x\"\n"));
}

#[test]
fn a_torn_text_is_shown_where_it_breaks() {
    insta::assert_snapshot!(findings("[policy\nfolder = \"policy\"\n\n[run]\ninterval = 15m\n"));
}

#[test]
fn folders_that_are_not_there_or_in_each_other_are_named() {
    insta::assert_snapshot!(findings("[policy]\nfolder = \"polizei\"\n"));
    insta::assert_snapshot!(findings(
        "[policy]\nentry = \"../main.rhai\"\ntests = \"policy/tests\"\n[state]\nfolder = \"policy\"\n"
    ));
    insta::assert_snapshot!(findings("[policy]\nentry = \"start.rhai\"\n"));
}

#[test]
fn a_file_that_is_not_there_has_advice() {
    let error = Config::load(Path::new("no/such/rolecall.toml")).unwrap_err();
    assert_eq!(error.to_string(), "no configuration at `no/such/rolecall.toml`");
    assert!(error.hint().unwrap().contains("rolecall init"));
}

/// The paths of a project as an empty configuration would have them.
fn paths(project: &Project) -> PolicyPaths {
    PolicyPaths {
        folder: project.path("policy"),
        entry: "main.rhai".into(),
        tests: project.path("tests"),
        fixtures: project.path("fixtures"),
        extra_attributes: Vec::new(),
    }
}

fn names(sources: &Sources) -> Vec<&str> {
    sources.files.keys().map(String::as_str).collect()
}

#[test]
fn a_policy_is_its_scripts_and_tables() {
    let project = Project::new();
    project
        .write("policy/main.rhai", "\u{feff}let a = \"ä\";\r\n")
        .write("policy/lists/marketing.rhai", "")
        .write("policy/lists/names.csv", "a,b")
        .write("policy/main.rhai~", "old")
        .write("policy/.main.rhai.swp", "x")
        .write("policy/#main.rhai#", "x")
        .write("policy/.git/hook.rhai", "x")
        .write("policy/README.md", "x");
    let sources = Sources::read(&paths(&project)).unwrap();
    assert_eq!(names(&sources), ["lists/marketing.rhai", "lists/names.csv", "main.rhai"]);
    project.write("rolecall.toml", "policy = { entry = 'lists//marketing.rhai' }");
    let config = Config::load(&project.path("rolecall.toml")).unwrap();
    assert_eq!(Sources::read(&config.policy).unwrap().entry, "lists/marketing.rhai");
    assert_eq!(&*sources.files["main.rhai"], "let a = \"ä\";\r\n");
}

#[test]
fn the_revision_follows_the_content_alone() {
    let project = Project::new();
    project.write("policy/main.rhai", "a").write("policy/b.rhai", "b");
    let read = || Sources::read(&paths(&project)).unwrap().revision();
    let first = read();
    assert_eq!(read(), first);
    project.write("policy/main.rhai", "a");
    std::fs::File::open(project.path("policy/b.rhai"))
        .unwrap()
        .set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_eq!(read(), first);
    project.write("policy/notes.txt", "no part of it");
    assert_eq!(read(), first);

    project.write("policy/main.rhai", "A");
    let edited = read();
    assert_ne!(edited, first);
    // The same bytes in other files are another policy.
    project.write("policy/main.rhai", "b").write("policy/b.rhai", "a");
    assert!(![first, edited].contains(&read()));

    let mut sources = Sources::read(&paths(&project)).unwrap();
    sources.extra_attributes = vec!["a".into(), "b".into()];
    let two = sources.revision();
    sources.extra_attributes = vec!["a,b".into()];
    assert_ne!(two, sources.revision());
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_config_map_is_read_below_its_data() {
        let project = Project::new();
        project.write("policy/..2026_01/main.rhai", "1").write("policy/..2026_01/lists.rhai", "1");
        symlink("..2026_01", project.path("policy/..data")).unwrap();
        symlink("..data/main.rhai", project.path("policy/main.rhai")).unwrap();
        symlink("..data/lists.rhai", project.path("policy/lists.rhai")).unwrap();
        let sources = Sources::read(&paths(&project)).unwrap();
        assert_eq!(names(&sources), ["lists.rhai", "main.rhai"]);

        project.write("policy/..2026_02/main.rhai", "2");
        symlink("..2026_02", project.path("policy/..data_tmp")).unwrap();
        std::fs::rename(project.path("policy/..data_tmp"), project.path("policy/..data")).unwrap();
        let sources = Sources::read(&paths(&project)).unwrap();
        assert_eq!(names(&sources), ["main.rhai"]);
        assert_eq!(&*sources.files["main.rhai"], "2");
    }

    #[test]
    fn the_policy_folder_may_be_a_link() {
        let project = Project::new();
        project.write(".worktrees/abc/main.rhai", "1");
        symlink(".worktrees/abc", project.path("policy")).unwrap();
        assert_eq!(names(&Sources::read(&paths(&project)).unwrap()), ["main.rhai"]);
    }

    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let project = Project::new();
        project.write("policy/main.rhai", "").write("outside/x.rhai", "");
        let link = project.path("policy/x.rhai");
        for target in ["../outside/x.rhai", "../outside"] {
            symlink(target, &link).unwrap();
            let error = Sources::read(&paths(&project)).unwrap_err();
            assert!(matches!(&error, Error::Outside { path, .. } if *path == link), "{error}");
            std::fs::remove_file(&link).unwrap();
        }
    }

    #[test]
    fn a_link_back_ends() {
        let project = Project::new();
        project.write("policy/main.rhai", "").write("policy/a/one.rhai", "");
        symlink("..", project.path("policy/a/up")).unwrap();
        symlink(".", project.path("policy/a/self")).unwrap();
        symlink("a", project.path("policy/b")).unwrap();
        let sources = Sources::read(&paths(&project)).unwrap();
        assert_eq!(names(&sources), ["a/one.rhai", "b/one.rhai", "main.rhai"]);
    }

    #[test]
    fn folders_linked_into_each_other_end() {
        let project = Project::new();
        project.write("policy/main.rhai", "");
        for from in 0..12 {
            project.write(&format!("policy/{from}/x.txt"), "");
            for to in 0..12 {
                symlink(format!("../{to}"), project.path(&format!("policy/{from}/to{to}"))).unwrap();
            }
        }
        assert!(matches!(Sources::read(&paths(&project)), Err(Error::TooMany { .. })));
    }

    #[test]
    fn a_link_to_nothing_and_a_pipe_are_errors() {
        let project = Project::new();
        project.write("policy/main.rhai", "");
        symlink("nowhere", project.path("policy/.#main.rhai")).unwrap();
        symlink("nowhere", project.path("policy/lock")).unwrap();
        Sources::read(&paths(&project)).unwrap();
        symlink("nowhere", project.path("policy/x.rhai")).unwrap();
        assert!(matches!(Sources::read(&paths(&project)), Err(Error::Read { .. })));
        std::fs::remove_file(project.path("policy/x.rhai")).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(project.path("policy/x.rhai"))
                .status()
                .unwrap()
                .success()
        );
        let error = Sources::read(&paths(&project)).unwrap_err();
        assert!(error.to_string().ends_with("it is not a regular file"), "{error}");
    }
}

#[test]
fn what_is_no_text_or_too_much_is_refused_by_name() {
    let project = Project::new();
    let refused = |file: &str| match Sources::read(&paths(&project)) {
        Err(error) => project.hide(&error.to_string()),
        Ok(_) => panic!("`{file}` was read"),
    };
    assert!(refused("no folder").starts_with("cannot read `[project]/policy`: "));
    std::fs::create_dir(project.path("policy")).unwrap();
    assert_eq!(refused("empty"), "there is no `main.rhai` in the policy folder `[project]/policy`");
    std::fs::write(project.path("policy/main.rhai"), b"\xff").unwrap();
    assert_eq!(refused("main.rhai"), "`[project]/policy/main.rhai` is not UTF-8");
    project.write("policy/main.rhai", &"x".repeat((1 << 20) + 1));
    assert_eq!(refused("main.rhai"), "`[project]/policy/main.rhai` is larger than 1048576 bytes");
    project.write("policy/main.rhai", &"x".repeat(1 << 20));
    Sources::read(&paths(&project)).unwrap();
    for number in 0..2_000 {
        project.write(&format!("policy/{number}.rhai"), "");
    }
    assert_eq!(refused("2001"), "`[project]/policy` holds more than 2000 files and folders");
}

#[test]
fn a_tree_that_is_swapped_while_it_is_read_is_never_mixed() {
    let project = Project::new();
    let write = |version: usize| {
        let next = project.path(&format!("next{version}"));
        for file in 0..20 {
            project.write(&format!("next{version}/{file}.rhai"), &version.to_string());
        }
        project.write(&format!("next{version}/main.rhai"), &version.to_string());
        let link = project.path("link");
        #[cfg(unix)]
        std::os::unix::fs::symlink(next, &link).unwrap();
        std::fs::rename(link, project.path("policy")).unwrap();
    };
    write(0);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..60).for_each(write));
        let mut seen = 0;
        while !writer.is_finished() || seen == 0 {
            let Ok(sources) = Sources::read(&paths(&project)) else { continue };
            let first = &sources.files["main.rhai"];
            assert!(sources.files.values().all(|text| text == first), "{sources:?}");
            assert_eq!(sources.files.len(), 21);
            seen += 1;
        }
    });
}

#[test]
fn files_that_never_hold_still_are_no_policy() {
    let project = Project::new();
    for file in 0..200 {
        project.write(&format!("policy/{file}.rhai"), "");
    }
    project.write("policy/main.rhai", "");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for file in ["main", "7", "42"] {
            let (project, stop, path) = (&project, &stop, format!("policy/{file}.rhai"));
            scope.spawn(move || {
                for length in (1..1000).cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
                    project.write(&path, &"x".repeat(length));
                }
            });
        }
        let unstable = (0..100).any(|_| match Sources::read(&paths(&project)) {
            Err(error @ Error::Unstable { .. }) => error.hint().is_some(),
            _ => false,
        });
        stop.store(true, Ordering::Relaxed);
        assert!(unstable, "a file that changes all the time was always read");
    });
    Sources::read(&paths(&project)).unwrap();
}

#[test]
fn other_folders_are_read_by_ending() {
    let project = Project::new();
    project.write("fixtures/a.toml", "1").write("fixtures/sub/b.ldif", "2").write("fixtures/c.md", "3");
    let files = Sources::read_folder(&project.path("fixtures"), &[".toml", ".ldif"]).unwrap();
    assert_eq!(files.into_keys().collect::<Vec<_>>(), ["a.toml", "sub/b.ldif"]);
    let missing: PathBuf = project.path("nothing");
    assert!(
        matches!(Sources::read_folder(&missing, &[".toml"]), Err(Error::Read { path, .. }) if path == missing)
    );
}
