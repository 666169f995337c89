//! Reading exported files, and what scripts see of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use insta::assert_snapshot;
use rolecall::config::{Bind, DirectorySource, FileSource, LdapSource, Secret, Servers};
use rolecall::directory::{Completeness, Query, Snapshot, parse_ldif, read};
use rolecall::facts::{Facts, Value};

const WITH_LDAPSEARCH: &str = r"# extended LDIF
#
# LDAPv3
# base <DC=example,DC=com> with scope subtree
# filter: (|(objectClass=user)(objectClass=group))
# requesting: ALL
#

# Smith\2C Mia, People, example.com
dn: CN=Smith\, Mia,OU=People,DC=example,DC=com
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
cn: Smith, Mia
displayName:: TWnDoSBTbWl0aA==
objectGUID:: 8jlK6jQ7ykyz2xkXqZ0sOg==
objectSid:: AQUAAAAAAAUVAAAAVxA9QqQPrIRhs5xa6QMAAA==
primaryGroupID: 513
userAccountControl: 512
accountExpires: 9223372036854775807
memberOf: CN=Team,OU=Groups,DC=example,DC=com
department: Marketing
description: folded over
  two lines

# Team, Groups, example.com
dn: CN=Team,OU=Groups,DC=example,DC=com
objectClass: group
cn: Team

# PC, example.com
dn: CN=PC,DC=example,DC=com
objectClass: user
objectClass: computer

# search reference
ref: ldap://example.com/CN=Configuration,DC=example,DC=com

# search result
search: 2
result: 0 Success

# numResponses: 5
# numEntries: 3
# numReferences: 1
";

const WITH_LDIFDE: &str = "dn: CN=Mia,DC=x\r\nchangetype: add\r\nobjectClass: user\r\nobjectCategory: CN=Person,CN=Schema,CN=Configuration,DC=x\r\nobjectGUID:: 8jlK6jQ7ykyz2xkXqZ0sOg==\r\nuserAccountControl: 514\r\n\r\ndn: CN=Team,DC=x\r\nchangetype: add\r\nobjectClass: group\r\nmember: CN=Mia,DC=x\r\n\r\n";

const JSON_LINES: &str = r#"{"dn":"CN=Mia,DC=x","objectClass":["top","user"],"objectGUID":"ea4a39f2-3b34-4cca-b3db-1917a99d2c3a","userAccountControl":512,"proxyAddresses":["smtp:mia@x"],"msExchHideFromAddressLists":true,"title":null,"memberOf":[]}
{"dn":"CN=Ben,DC=x","objectClass":"user","objectGUID":"ea4a39f2-3b34-4cca-b3db-1917a99d2c3b","userAccountControl":"512","manager":"cn=mia,dc=x"}
"#;

fn read_text(name: &str, text: impl AsRef<[u8]>, query: &Query) -> Result<Snapshot, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    read_path(&path, query)
}

fn read_path(path: &Path, query: &Query) -> Result<Snapshot, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let source = DirectorySource::File(FileSource { path: path.to_owned() });
    runtime.block_on(read(&source, query, &|_| ())).map_err(|error| {
        let folder = path.parent().unwrap().display().to_string();
        let hint = error.hint().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{error}{hint}").replace(&format!("{folder}/"), "")
    })
}

fn whole(name: &str, text: &str) -> Snapshot {
    read_text(name, text, &Query::default()).unwrap()
}

fn facts(snapshot: &Snapshot) -> Facts {
    Facts::of(snapshot, "2026-01-01T00:00:00Z".parse().unwrap())
}

fn described(facts: &Facts) -> String {
    let mut out = String::new();
    for person in &facts.people {
        let _ = writeln!(out, "{} {} {:?}", person.guid, person.name, person.standing);
        for (name, value) in facts.values(person) {
            let _ = writeln!(out, "  {name} = {value:?}");
        }
        let _ = writeln!(out, "  in {:?}", facts.group_names(&person.groups));
        let _ = writeln!(out, "  under {:?}", person.manager.map(|index| facts.people[index].name.clone()));
    }
    for rejected in &facts.rejected {
        let _ = writeln!(out, "rejected {}: {}", rejected.dn, rejected.why);
    }
    out
}

#[test]
fn an_export_of_ldapsearch_is_read() {
    let snapshot = whole("x.ldif", WITH_LDAPSEARCH);
    assert_eq!(snapshot.completeness, Completeness::Whole);
    assert_eq!((snapshot.people.len(), snapshot.groups.len()), (1, 1));
    assert_snapshot!(described(&facts(&snapshot)), @r#"
    ea4a39f2-3b34-4cca-b3db-1917a99d2c3a Miá Smith Enabled
      cn = Text("Smith, Mia")
      department = Text("Marketing")
      description = Text("folded over two lines")
      displayname = Text("Miá Smith")
      memberof = List([Text("CN=Team,OU=Groups,DC=example,DC=com")])
      objectclass = List([Text("organizationalPerson"), Text("person"), Text("top"), Text("user")])
      objectguid = Text("ea4a39f2-3b34-4cca-b3db-1917a99d2c3a")
      objectsid = Text("S-1-5-21-1111298135-2225868708-1520218977-1001")
      primarygroupid = Integer(513)
      useraccountcontrol = Integer(512)
      in ["Team"]
      under None
    "#);
}

#[test]
fn an_export_of_ldifde_is_read() {
    let snapshot = whole("x.LDIF", WITH_LDIFDE);
    assert_snapshot!(described(&facts(&snapshot)), @r#"
    ea4a39f2-3b34-4cca-b3db-1917a99d2c3a Mia Disabled
      objectcategory = Text("CN=Person,CN=Schema,CN=Configuration,DC=x")
      objectclass = List([Text("user")])
      objectguid = Text("ea4a39f2-3b34-4cca-b3db-1917a99d2c3a")
      useraccountcontrol = Integer(514)
      in ["Team"]
      under None
    "#);
}

#[test]
fn json_lines_are_read() {
    let snapshot = whole("x.jsonl", JSON_LINES);
    assert_snapshot!(described(&facts(&snapshot)), @r#"
    ea4a39f2-3b34-4cca-b3db-1917a99d2c3a Mia Enabled
      msexchhidefromaddresslists = Boolean(true)
      objectclass = List([Text("top"), Text("user")])
      objectguid = Text("ea4a39f2-3b34-4cca-b3db-1917a99d2c3a")
      proxyaddresses = List([Text("smtp:mia@x")])
      useraccountcontrol = Integer(512)
      in []
      under None
    ea4a39f2-3b34-4cca-b3db-1917a99d2c3b Ben Enabled
      manager = Text("cn=mia,dc=x")
      objectclass = List([Text("user")])
      objectguid = Text("ea4a39f2-3b34-4cca-b3db-1917a99d2c3b")
      useraccountcontrol = Integer(512)
      in []
      under Some("Mia")
    "#);
}

#[test]
fn progress_counts_entries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    std::fs::write(&path, JSON_LINES).unwrap();
    let seen = AtomicUsize::new(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let source = DirectorySource::File(FileSource { path });
    let told = |count| seen.store(count, Ordering::Relaxed);
    runtime.block_on(read(&source, &Query::default(), &told)).unwrap();
    assert_eq!(seen.into_inner(), 2);
}

/// Every place at which the file may have been cut, but those between two entries of an export without a summary.
#[test]
fn a_file_that_is_cut_short_is_refused() {
    for (name, text, boundaries) in [
        ("x.ldif", WITH_LDAPSEARCH, vec![]),
        ("x.ldif", WITH_LDIFDE, vec!["\r\n\r\n"]),
        ("x.jsonl", JSON_LINES, vec!["\n"]),
    ] {
        for at in 0..text.len() {
            let cut = &text[..at];
            if boundaries.iter().any(|boundary| cut.ends_with(boundary)) {
                continue;
            }
            // The summary's last line counts references, which are not followed anyway.
            if cut.contains("# numEntries: 3\n") && cut.ends_with('\n') {
                continue;
            }
            assert!(read_text(name, cut, &Query::default()).is_err(), "{name} cut at {at}: …{cut}");
        }
    }
}

#[test]
fn wrong_files_say_what_is_wrong_and_where() {
    let person = "dn: CN=Mia,DC=x\nobjectClass: user\n";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty.ldif", b"".to_vec()),
        ("empty.jsonl", b"\n".to_vec()),
        ("people.csv", b"dn\n".to_vec()),
        ("no-line-end.ldif", format!("{person}\ndn: CN=B").into()),
        ("no-empty-line.ldif", person.into()),
        ("base64.ldif", format!("{person}cn:: TWn-\n\n").into()),
        ("base64-cut.ldif", format!("{person}cn:: TWnDo\n\n").into()),
        ("reference.ldif", format!("{person}jpegPhoto:< file:///etc/passwd\n\n").into()),
        ("change.ldif", b"dn: CN=Mia,DC=x\nchangetype: delete\n\n".to_vec()),
        ("version.ldif", b"version: 2\n\n".to_vec()),
        ("no-dn.ldif", b"cn: Mia\n\n".to_vec()),
        ("no-colon.ldif", format!("{person}what is this\n\n").into()),
        ("name.ldif", format!("{person}what is this: that\n\n").into()),
        ("joined.ldif", format!("{person}dn: CN=Ben,DC=x\n\n").into()),
        ("latin1.ldif", b"dn: CN=Mia,DC=x\ncn: Mi\xe1\n\n".to_vec()),
        ("utf16.ldif", b"\xff\xfed\0n\0".to_vec()),
        ("no-class.ldif", b"dn: CN=Mia,DC=x\ncn: Mia\n\n".to_vec()),
        ("only-groups.ldif", b"dn: CN=Team,DC=x\nobjectClass: group\n\n".to_vec()),
        ("no-summary.ldif", format!("# extended LDIF\n\n{person}\n").into()),
        ("count.ldif", WITH_LDAPSEARCH.replace("numEntries: 3", "numEntries: 4").into()),
        ("limit.ldif", WITH_LDAPSEARCH.replace("result: 0 Success", "result: 4 Size limit exceeded").into()),
        ("cut.jsonl", JSON_LINES.trim_end().into()),
        ("broken.jsonl", b"{\"dn\":\"CN=Mia\n".to_vec()),
        ("list.jsonl", b"[]\n".to_vec()),
        ("no-dn.jsonl", b"{\"cn\":\"Mia\"}\n".to_vec()),
        ("dn-number.jsonl", b"{\"dn\":7}\n".to_vec()),
        ("twice.jsonl", b"{\"dn\":\"CN=Mia\",\"cn\":\"a\",\"CN\":\"b\"}\n".to_vec()),
        ("nested.jsonl", b"{\"dn\":\"CN=Mia\",\"name\":{\"first\":\"Mia\"}}\n".to_vec()),
    ];
    let mut out = String::new();
    for (name, text) in cases {
        let error = read_text(name, text, &Query::default()).unwrap_err();
        let _ = writeln!(out, "{error}");
    }
    let missing = read_path(Path::new("/nowhere/people.ldif"), &Query::default()).unwrap_err();
    let _ = writeln!(out, "{missing}");
    assert_snapshot!(out);
}

#[test]
fn a_read_that_may_lack_something_is_partial() {
    let why = |text: String| match whole("x.ldif", &text).completeness {
        Completeness::Whole => "whole".to_owned(),
        Completeness::Partial { why } => why,
    };
    let elsewhere = "# refldap://sub.example.com/DC=sub,DC=example,DC=com";
    let zones =
        "# refldap://DomainDnsZones.x/DC=DomainDnsZones,DC=x\n\n# refldap://x/DC=ForestDnsZones,DC=x\n";
    let ranges =
        format!("{WITH_LDIFDE}dn: CN=All,DC=x\nobjectClass: group\nmember;range=0-1499: CN=Mia,DC=x\n\n");
    let all = ranges.replace("0-1499", "0-*");
    let nameless = format!("{WITH_LDIFDE}dn: CN=Ben,DC=x\nobjectClass: user\n\n");
    let out = [
        why(format!("{WITH_LDIFDE}{zones}\n")),
        why(format!("{WITH_LDIFDE}{elsewhere}\n\n")),
        why(format!("{WITH_LDIFDE}{WITH_LDIFDE}")),
        why(WITH_LDIFDE.to_owned()
            + WITH_LDIFDE.replace("CN=Mia", "CN=Ben").replace("CN=Team", "CN=Crew").as_str()),
        why(ranges),
        why(all),
        why(nameless),
    ];
    assert_snapshot!(out.join("\n"), @r"
    whole
    the directory refers to `ldap://sub.example.com/DC=sub,DC=example,DC=com`, which is not followed
    the objectGUID ea4a39f2-3b34-4cca-b3db-1917a99d2c3a of `CN=Mia,DC=x` was read twice
    the objectGUID ea4a39f2-3b34-4cca-b3db-1917a99d2c3a of `CN=Ben,DC=x` was read twice
    of `member;range=0-1499` of `CN=All,DC=x` only a range of the values is known
    whole
    `CN=Ben,DC=x` has no objectGUID
    ");
}

#[test]
fn whoever_is_known_and_not_in_a_file_is_gone() {
    let here = "ea4a39f2-3b34-4cca-b3db-1917a99d2c3a".parse().unwrap();
    let gone = "ea4a39f2-3b34-4cca-b3db-1917a99d2c3f".parse().unwrap();
    let query = Query { attributes: BTreeSet::new(), known: BTreeSet::from([here, gone]) };
    let snapshot = read_text("x.ldif", WITH_LDAPSEARCH, &query).unwrap();
    assert_snapshot!(format!("{:?}", snapshot.absent), @"{ea4a39f2-3b34-4cca-b3db-1917a99d2c3f: Gone}");
}

#[test]
fn a_lenient_reader_forgives_the_end_and_nothing_else() {
    let text = "dn: CN=Mia,DC=x\ncn;lang-de: Mia";
    let entries = parse_ldif(Path::new("fixture.ldif"), text, false).unwrap();
    assert_eq!(entries[0].text("cn"), Some("Mia"));
    assert!(parse_ldif(Path::new("fixture.ldif"), text, true).is_err());
    assert!(parse_ldif(Path::new("fixture.ldif"), "", true).unwrap().is_empty());
    let error = parse_ldif(Path::new("fixture.ldif"), "cn: Mia", false).unwrap_err();
    assert_snapshot!(error, @"`fixture.ldif`, line 1: an entry begins with `dn:`, not with `cn:`");
}

#[test]
fn fifty_thousand_people_are_read() {
    let mut text = String::new();
    for group in 0..500 {
        let parent = group / 3;
        let _ = write!(text, "dn: CN=G{group},DC=x\nobjectClass: group\ncn: G{group}\n");
        if group > 0 {
            let _ = writeln!(text, "memberOf: CN=G{parent},DC=x");
        }
        text.push('\n');
    }
    for number in 0..50_000 {
        let _ = write!(
            text,
            "dn: CN=P{number},DC=x\nobjectClass: user\nobjectGUID: {}\nuserAccountControl: 512\nmanager: CN=P{},DC=x\n",
            uuid::Uuid::from_u128(number),
            number / 8
        );
        for step in 0..10 {
            let _ = writeln!(text, "memberOf: CN=G{},DC=x", (number + step * 37) % 500);
        }
        text.push('\n');
    }
    let facts = facts(&whole("x.ldif", &text));
    assert_eq!((facts.people.len(), facts.groups.len(), facts.rejected.len()), (50_000, 500, 0));
    assert!(facts.people.iter().all(|person| person.groups.len() > 10 && person.manager.is_some()));
    assert!(
        matches!(facts.value(&facts.people[9], "manager"), Some(Value::Text(dn)) if dn.as_ref() == "CN=P1,DC=x")
    );
}

/// The server's only words are a refusal of StartTLS (RFC 4511 section 4.14); whatever else it hears is kept.
#[test]
fn no_password_is_sent_where_start_tls_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = vec![0; 1024];
        let length = stream.read(&mut heard).unwrap();
        heard.truncate(length);
        // messageID 1, extendedResp, unavailable (52)
        stream.write_all(&[0x30, 12, 2, 1, 1, 0x78, 7, 10, 1, 52, 4, 0, 4, 0]).unwrap();
        stream.read_to_end(&mut heard).unwrap();
        heard
    });
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "hunter2").unwrap();
    let source = LdapSource {
        servers: Servers::Urls(vec![format!("ldap://{address}")]),
        bind: Bind::Simple { dn: "svc@example.com".to_owned(), password: Secret::File(password) },
        ca_file: None,
        allow_plaintext: false,
        base_dn: "DC=example,DC=com".to_owned(),
        user_filter: "(objectClass=user)".to_owned(),
        group_filter: "(objectClass=group)".to_owned(),
        page_size: 1000,
        connect_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(10),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let error =
        runtime.block_on(read(&DirectorySource::Ldap(source), &Query::default(), &|_| ())).unwrap_err();
    drop(runtime);
    let heard = server.join().unwrap();
    assert!(heard.windows(22).any(|part| part == b"1.3.6.1.4.1.1466.20037"), "StartTLS was not asked for");
    assert!(!heard.windows(7).any(|part| part == b"hunter2"));
    let text = format!("{error}\n  hint: {}", error.hint().unwrap()).replace(&address.to_string(), "ADDRESS");
    assert_snapshot!(text, @r"
    cannot connect to `ldap://ADDRESS`: the server refuses StartTLS: the server is shutting down or cannot answer now
      hint: give the domain controller a certificate, or use `ldaps://`
    ");
}
