//! Reading a directory from Samba's Active Directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use insta::assert_snapshot;
use rolecall::config::{Bind, DirectorySource, FileSource, LdapSource, Secret, Servers};
use rolecall::directory::{Absence, Completeness, Error, Query, Snapshot, read};
use rolecall::facts::{Facts, Person, Standing, Value};
use uuid::Uuid;

use super::domain::Domain;

/// Of `tests/servers/seed.py`: an object's GUID follows from its first DN.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f3c1a52_0000_4000_8000_726f6c656361);

fn run(
    source: DirectorySource,
    query: &Query,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<Snapshot, Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(read(&source, query, progress))
}

fn read_ldap(source: &LdapSource, query: &Query) -> Result<Snapshot, Error> {
    run(DirectorySource::Ldap(source.clone()), query, &|_| ())
}

fn asking(names: &[&str]) -> Query {
    Query { attributes: names.iter().map(|name| (*name).to_owned()).collect(), known: BTreeSet::new() }
}

fn facts(snapshot: &Snapshot) -> Facts {
    Facts::of(snapshot, "2026-01-01T00:00:00Z".parse().unwrap())
}

fn one<'a>(facts: &'a Facts, who: &str) -> &'a Person {
    let found = facts.find(who);
    assert_eq!(found.len(), 1, "{who}");
    found[0]
}

fn text<'a>(facts: &Facts, person: &'a Person, name: &str) -> Option<&'a str> {
    match facts.value(person, name) {
        Some(Value::Text(text)) => Some(text),
        None => None,
        other => panic!("{name} is {other:?}"),
    }
}

fn by(dn: &str, password: &Path) -> Bind {
    Bind::Simple { dn: dn.to_owned(), password: Secret::File(password.to_owned()) }
}

fn failure(source: &LdapSource) -> String {
    let error = read_ldap(source, &Query::default()).unwrap_err();
    let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    format!("{error}{hint}\n")
}

#[test]
fn everybody_is_read_with_typed_attributes_and_groups() {
    let domain = Domain::clone_of(2000);
    let told = AtomicUsize::new(0);
    let source = LdapSource { page_size: 300, ..domain.source() };
    let names = ["department", "givenName", "whenCreated", "proxyAddresses", "thumbnailPhoto", "employeeID"];
    let snapshot = run(DirectorySource::Ldap(source), &asking(&names), &|count| {
        told.fetch_max(count, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(snapshot.completeness, Completeness::Whole);
    // Those of seed.py and Administrator, Guest, krbtgt and the account that reads.
    assert_eq!(snapshot.people.len(), 2033);
    assert_eq!(told.into_inner(), snapshot.people.len() + snapshot.groups.len());

    let facts = facts(&snapshot);
    assert_eq!(facts.people.len(), 2033, "{:?}", facts.rejected);
    let count = |group: &str| {
        facts.people.iter().filter(|person| facts.in_group(person, group) == Some(true)).count()
    };
    let direct = |group: &str| {
        facts.people.iter().filter(|person| facts.in_direct_group(person, group) == Some(true)).count()
    };
    let standing =
        |wanted: fn(&Standing) -> bool| facts.people.iter().filter(|p| wanted(&p.standing)).count();
    let mut out = String::new();
    for group in [
        "Klaviyo Users",
        "klaviyo marketing",
        "GG Marketing",
        "All Staff",
        "Contractors",
        "Domain Users",
        "Empty Group",
        "Loop A",
        "Loop B",
        r#"ünïcode, "Quoted" \ Group"#,
        "Unicode Quoted Group",
        "CN=klaviyo admins,OU=Groups,OU=Company,DC=rolecall,DC=test",
    ] {
        let _ = writeln!(out, "{group}: {} of them {} directly", count(group), direct(group));
    }
    let _ = writeln!(out, "enabled {}", standing(|standing| *standing == Standing::Enabled));
    let _ = writeln!(out, "disabled {}", standing(|standing| *standing == Standing::Disabled));
    let _ = writeln!(out, "expired {}", standing(|standing| matches!(standing, Standing::Expired { .. })));
    let _ = writeln!(out, "with a manager {}", facts.people.iter().filter(|p| p.manager.is_some()).count());
    for who in [
        "odd.quotes",
        "odd.spaces",
        "odd.newline",
        "odd.japanese",
        "odd.arabic",
        "odd.emoji",
        "odd.nfd",
        "odd.casefold",
    ] {
        let person = one(&facts, who);
        let guid = Uuid::new_v5(&NAMESPACE, person.dn.as_bytes());
        let _ = writeln!(
            out,
            "{:?} {:?} {}",
            person.name,
            text(&facts, person, "givenname"),
            guid == person.guid
        );
    }
    let photo = facts.value(one(&facts, "odd.photo"), "thumbnailphoto").unwrap();
    assert!(matches!(photo, Value::Binary(bytes) if bytes.len() == 4096 && bytes[255] == 255));
    assert!(matches!(facts.value(one(&facts, "odd.photo"), "whencreated"), Some(Value::Time(_))));
    let own = one(&facts, "odd.ownmanager");
    assert_eq!(own.manager.map(|index| facts.people[index].guid), Some(own.guid));
    let sid = text(&facts, own, "objectsid").unwrap();
    assert!(sid.starts_with("S-1-5-21-1111111111-2222222222-3333333333-"), "{sid}");
    assert_snapshot!(out, @r#"
    Klaviyo Users: 744 of them 0 directly
    klaviyo marketing: 464 of them 0 directly
    GG Marketing: 464 of them 464 directly
    All Staff: 2000 of them 2000 directly
    Contractors: 39 of them 39 directly
    Domain Users: 2032 of them 2032 directly
    Empty Group: 0 of them 0 directly
    Loop A: 1 of them 1 directly
    Loop B: 1 of them 0 directly
    ünïcode, "Quoted" \ Group: 5 of them 5 directly
    Unicode Quoted Group: 5 of them 5 directly
    CN=klaviyo admins,OU=Groups,OU=Company,DC=rolecall,DC=test: 5 of them 5 directly
    enabled 1895
    disabled 90
    expired 48
    with a manager 2000
    "Smith, John \"JJ\" \\ Co." Some("John") true
    "leading and trailing" None true
    "two\nlines" None true
    "山田 太郎" Some("太郎") true
    "محمد علي" Some("محمد") true
    "Ana 🚀 Rocket" None true
    "Zoe\u{308} Decomposed" Some("Zoe\u{308}") true
    "İstanbul ẞharp" None true
    "#);
}

#[test]
fn an_export_of_ldapsearch_tells_the_same_as_the_server() {
    let domain = Domain::clone_of(2000);
    let names = ["department", "manager", "proxyAddresses", "thumbnailPhoto"];
    let snapshot = read_ldap(&domain.source(), &asking(&names)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (level, path) in ["", "-L", "-LL", "-LLL"].iter().zip(["a.ldif", "b.ldif", "c.ldif", "d.ldif"]) {
        let path = folder.path().join(path);
        export(&domain, level, &snapshot.asked.clone().unwrap(), &path);
        let source = DirectorySource::File(FileSource { path });
        let exported = run(source, &Query::default(), &|_| ()).unwrap();
        assert_eq!(exported.completeness, Completeness::Whole);
        let (from_server, from_file) = (facts(&snapshot), facts(&exported));
        assert_eq!(format!("{:#?}", from_file.groups), format!("{:#?}", from_server.groups));
        assert_eq!(from_file.people.len(), from_server.people.len());
        for (left, right) in from_file.people.iter().zip(&from_server.people) {
            assert_eq!(format!("{left:#?}"), format!("{right:#?}"), "ldapsearch {level}");
        }
    }
}

fn export(domain: &Domain, level: &str, names: &BTreeSet<String>, path: &Path) {
    let output = Command::new("ldapsearch")
        .args([
            "-x",
            "-H",
            domain.get("LDAPS_URL"),
            "-D",
            domain.get("BIND_DN"),
            "-w",
            domain.get("BIND_PASSWORD"),
        ])
        .args(["-E", "pr=500/noprompt", "-b", domain.get("BASE_DN")])
        .args((!level.is_empty()).then_some(level))
        .arg("(|(&(objectCategory=person)(objectClass=user))(objectCategory=group))")
        .args(names)
        .arg("groupType")
        .env("LDAPTLS_CACERT", domain.get("CA_FILE"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::write(path, output.stdout).unwrap();
}

#[test]
fn whoever_is_missing_is_looked_up_once_more() {
    let domain = Domain::clone_of(2000);
    let people = "OU=People,OU=Company,DC=rolecall,DC=test";
    let odd = "OU=Odd Ones,OU=Company,DC=rolecall,DC=test";
    let guid = |dn: String| Uuid::new_v5(&NAMESPACE, dn.as_bytes());
    let deleted = guid(format!("CN=Deleted Person,{odd}"));
    let moved = guid(format!("CN=Moved Person,OU=Sales,{people}"));
    let renamed = guid(format!("CN=Before Rename,{odd}"));
    let never = Uuid::from_u128(7);

    let source = LdapSource { base_dn: people.to_owned(), ..domain.source() };
    let mut known: BTreeSet<Uuid> = (0..120).map(|number| Uuid::from_u128(0xff00 + number)).collect();
    known.extend([deleted, moved, renamed, never]);
    let snapshot = read_ldap(&source, &Query { attributes: BTreeSet::new(), known: known.clone() }).unwrap();
    assert_eq!(snapshot.completeness, Completeness::Whole);
    let expected: BTreeMap<Uuid, Absence> = known
        .iter()
        .map(|guid| {
            let outside = |dn: &str| Absence::OutOfScope { dn: dn.to_owned() };
            let absence = match *guid {
                guid if guid == moved => outside("CN=Moved Person,OU=Leavers,OU=Company,DC=rolecall,DC=test"),
                guid if guid == renamed => {
                    outside("CN=After Rename,OU=Odd Ones,OU=Company,DC=rolecall,DC=test")
                }
                _ => Absence::Gone,
            };
            (*guid, absence)
        })
        .collect();
    assert_eq!(snapshot.absent, expected);

    // In the whole domain both are there, and the filter does not find one of them.
    let source =
        LdapSource { user_filter: "(&(objectClass=user)(!(sn=After)))".to_owned(), ..domain.source() };
    let snapshot =
        read_ldap(&source, &Query { attributes: BTreeSet::new(), known: [deleted, moved, renamed].into() });
    let absent = snapshot.unwrap().absent;
    assert_eq!(absent.get(&deleted), Some(&Absence::Gone));
    assert!(matches!(absent.get(&renamed), Some(Absence::OutOfFilter { .. })), "{absent:?}");
    assert_eq!(absent.len(), 2);
}

#[test]
fn refusals_are_told_in_words() {
    let domain = Domain::clone_of(2000);
    let good = domain.source();
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("password");
    fs::write(&wrong, "not the password\n").unwrap();
    // A certificate authority that did not issue the server's certificate.
    let authority = folder.path().join("authority.pem");
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=other",
        ])
        .args([
            "-keyout".as_ref(),
            folder.path().join("key.pem").as_os_str(),
            "-out".as_ref(),
            authority.as_os_str(),
        ])
        .output()
        .unwrap();
    assert!(made.status.success());
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("ldaps://{}", silent.local_addr().unwrap());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();

    let mut cases = vec![
        LdapSource { bind: by(domain.get("BIND_DN"), &wrong), ..good.clone() },
        LdapSource { bind: by("nobody@rolecall.test", &wrong), ..good.clone() },
        LdapSource { ca_file: Some(authority.clone()), ..good.clone() },
        LdapSource { ca_file: Some(folder.path().join("key.pem")), ..good.clone() },
        LdapSource { ca_file: Some(folder.path().join("none.pem")), ..good.clone() },
        LdapSource { base_dn: "OU=Peple,OU=Company,DC=rolecall,DC=test".into(), ..good.clone() },
        LdapSource { base_dn: "not a dn".into(), ..good.clone() },
        LdapSource { user_filter: "(objectClass=user".into(), ..good.clone() },
        LdapSource { user_filter: "(department=Nowhere)".into(), ..good.clone() },
        LdapSource { servers: Servers::Urls(vec![format!("ldaps://{closed}")]), ..good.clone() },
        LdapSource {
            servers: Servers::Urls(vec![silent_url.clone()]),
            connect_timeout: Duration::from_millis(200),
            ..good.clone()
        },
        LdapSource {
            servers: Servers::Urls(vec![domain.get("LDAP_URL").replace("ldap://", "ldaps://") + ":389"]),
            ..good.clone()
        },
        LdapSource { servers: Servers::Urls(vec!["ldaps://dc1.nowhere.invalid".into()]), ..good.clone() },
        LdapSource { servers: Servers::Urls(vec!["https://dc1.rolecall.test".into()]), ..good.clone() },
        LdapSource { servers: Servers::Urls(vec!["dc1.rolecall.test".into()]), ..good.clone() },
        LdapSource { bind: by(domain.get("BIND_DN"), &folder.path().join("nowhere")), ..good.clone() },
    ];
    let mut out: String = cases.drain(..).map(|source| failure(&source)).collect();
    // Of the system's authorities none issued the test domain's certificate.
    out += &failure(&LdapSource { ca_file: None, ..good.clone() });
    domain.tool(&["user", "disable", "svc-rolecall"]);
    out += &failure(&good);
    insta::with_settings!({filters => vec![
        (domain.get("LDAP_ADDRESS").replace('.', r"\.").as_str(), "ADDRESS"),
        (folder.path().to_str().unwrap(), "FOLDER"),
        (r"127\.0\.0\.1:\d+", "LOOPBACK"),
    ]}, { assert_snapshot!(out) });
}

#[test]
fn passwords_go_out_encrypted_or_by_permission() {
    let domain = Domain::hardened_clone_of(2000);
    let plain =
        LdapSource { servers: Servers::Urls(vec![domain.get("LDAP_URL").to_owned()]), ..domain.source() };
    let started = read_ldap(&plain, &Query::default()).unwrap();
    assert_eq!(started.people.len(), 2033);
    let refused = failure(&LdapSource { allow_plaintext: true, ..plain });
    let refused = refused.replace(domain.get("LDAP_ADDRESS"), "ADDRESS");
    assert_snapshot!(refused, @r"
    cannot bind to `ldap://ADDRESS` as `CN=svc-rolecall,CN=Users,DC=rolecall,DC=test`: the server takes no password without encryption
      hint: use `ldaps://`, or set `allow_plaintext` to false for StartTLS
    ");
}

#[test]
fn a_server_that_dies_in_the_middle_leaves_no_snapshot() {
    let domain = Domain::clone_of(2000);
    let source = LdapSource { page_size: 100, ..domain.source() };
    let killed = AtomicBool::new(false);
    let error = run(DirectorySource::Ldap(source), &Query::default(), &|count| {
        if count >= 500 && !killed.swap(true, Ordering::Relaxed) {
            domain.kill();
        }
    })
    .unwrap_err();
    let error = error.to_string().replace(domain.get("LDAP_ADDRESS"), "ADDRESS");
    assert_snapshot!(error, @"cannot read people below `DC=rolecall,DC=test` from `ldaps://ADDRESS`: the connection was lost");
}

#[test]
fn a_look_up_that_fails_says_nothing_of_anybody() {
    let domain = Domain::clone_of(2000);
    let known = BTreeSet::from([Uuid::from_u128(1), Uuid::from_u128(2)]);
    let query = Query { attributes: BTreeSet::new(), known: known.clone() };
    let whole = read_ldap(&domain.source(), &query).unwrap();
    assert!(whole.absent.values().all(|absence| *absence == Absence::Gone));
    let last = whole.people.len() + whole.groups.len();
    let snapshot = run(DirectorySource::Ldap(domain.source()), &query, &|count| {
        if count == last {
            domain.kill();
        }
    })
    .unwrap();
    assert_eq!(snapshot.absent.keys().copied().collect::<BTreeSet<_>>(), known);
    let why = |absence: &Absence| match absence {
        Absence::Unknown { why } => why.replace(domain.get("LDAP_ADDRESS"), "ADDRESS"),
        other => panic!("{other:?}"),
    };
    assert_snapshot!(why(&snapshot.absent[&Uuid::from_u128(1)]), @"cannot look up the missing below `DC=rolecall,DC=test` on `ldaps://ADDRESS`: the connection was lost");
}

#[test]
fn values_that_a_server_keeps_back_are_asked_for() {
    let domain = Domain::clone_of(2000);
    // Samba gives all values at once unless a range is asked for; Active Directory stops at 1500.
    let source = LdapSource { user_filter: "(sAMAccountName=All Staff)".to_owned(), ..domain.source() };
    let snapshot = read_ldap(&source, &asking(&["member;range=0-99"])).unwrap();
    assert_eq!(snapshot.completeness, Completeness::Whole);
    let values = snapshot.people.iter().next().unwrap().values("member");
    let members: BTreeSet<_> = values.clone().collect();
    assert_eq!((members.len(), values.len()), (2000, 2000));
}
