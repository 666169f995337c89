//! Reading only what changed in Samba's Active Directory: it has to come to what a full read comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use insta::assert_snapshot;
use rolecall::config::{Bind, DirectorySource, LdapSource, Secret, Servers};
use rolecall::directory::{
    Absence, Completeness, Earlier, Entries, Extent, Mark, Query, Raw, Session, Snapshot, Update, read,
    read_since,
};
use rolecall::facts::Facts;
use serde_json::{Value, json};
use uuid::Uuid;

use super::domain::Domain;
use super::proxy::Proxy;

const COMPANY: &str = "OU=Company,DC=rolecall,DC=test";
const LAB: &str = "OU=Lab,OU=Company,DC=rolecall,DC=test";
const OUTSIDE: &str = "OU=Outside,DC=rolecall,DC=test";

type Content = BTreeMap<String, (String, BTreeMap<String, Vec<Raw>>)>;

/// A domain, and two who follow it: one may use DirSync, the other may not.
struct World {
    domain: Domain,
    runtime: tokio::runtime::Runtime,
    followers: Vec<Follower>,
    query: Query,
    told: String,
}

struct Follower {
    name: &'static str,
    source: LdapSource,
    snapshot: Snapshot,
    mark: Mark,
}

impl World {
    fn new() -> Self {
        let domain = Domain::clone_of(60);
        let password = domain.file("admin-password", domain.get("ADMIN_PASSWORD"));
        let plain = LdapSource {
            servers: Servers::Urls(vec![domain.get("LDAP_URL").to_owned()]),
            allow_plaintext: true,
            base_dn: COMPANY.to_owned(),
            user_filter: "(&(objectCategory=person)(objectClass=user)(!(employeeType=Guest)))".to_owned(),
            page_size: 50,
            ..domain.source()
        };
        // Samba shows what was deleted to administrators only.
        let bind = Bind::Simple { dn: domain.get("ADMIN_DN").to_owned(), password: Secret::File(password) };
        let sources = [("DirSync", LdapSource { bind, ..plain.clone() }), ("uSNChanged", plain)];
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let query = asking(&["title", "department", "proxyAddresses"]);
        let mut world = Self { domain, runtime, followers: Vec::new(), query, told: String::new() };
        world.set_up();
        for (name, source) in sources {
            let update = world.read_since(&source, None);
            assert_eq!(update.extent, Extent::Full { why: None });
            world.followers.push(Follower {
                name,
                source,
                snapshot: update.snapshot,
                mark: update.mark.unwrap(),
            });
        }
        world
    }

    fn set_up(&self) {
        self.add("OU=Lab,OU=Company,DC=rolecall,DC=test", "organizationalUnit", &[]);
        self.add(&format!("OU=Team,{LAB}"), "organizationalUnit", &[]);
        self.add(OUTSIDE, "organizationalUnit", &[]);
        self.add(&format!("OU=Deep,{OUTSIDE}"), "organizationalUnit", &[]);
        for name in ["ann", "bob", "cem", "dan", "eve", "fay"] {
            self.person(name, LAB);
        }
        self.person("tea", &format!("OU=Team,{LAB}"));
        self.person("tom", &format!("OU=Team,{LAB}"));
        self.person("boss", &format!("OU=Deep,{OUTSIDE}"));
        self.add(&format!("CN=contact,{OUTSIDE}"), "contact", &[]);
        for name in ["inner", "middle", "outer", "lab"] {
            self.group(name, LAB);
        }
        self.group("far", OUTSIDE);
        let lab = |name: &str| format!("CN={name},{LAB}");
        self.set(&lab("bob"), "manager", &lab("ann"));
        self.set(&lab("dan"), "manager", &format!("CN=boss,OU=Deep,{OUTSIDE}"));
        self.set(&lab("eve"), "manager", &format!("CN=contact,{OUTSIDE}"));
        self.member("inner", "add", "ann");
        self.member("inner", "add", "bob");
        self.member("outer", "add", "cem");
        self.member("middle", "add", "dan");
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    fn read_since(&self, source: &LdapSource, earlier: Option<Earlier>) -> Update {
        let source = DirectorySource::Ldap(source.clone());
        self.run(read_since(&source, &self.query, earlier, &mut Session::default(), &|_| ())).unwrap()
    }

    fn modify(&self, ldif: &str) {
        self.domain.ldap("ldapmodify", &[], ldif);
    }

    fn add(&self, dn: &str, class: &str, values: &[(&str, &str)]) {
        let values: String = values.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        self.modify(&format!("dn: {dn}\nchangetype: add\nobjectClass: {class}\n{values}"));
    }

    fn person(&self, name: &str, parent: &str) {
        let mail = format!("{name}@example.com");
        self.add(
            &format!("CN={name},{parent}"),
            "user",
            &[("sAMAccountName", name), ("mail", &mail), ("userAccountControl", "514")],
        );
    }

    fn group(&self, name: &str, parent: &str) {
        self.add(&format!("CN={name},{parent}"), "group", &[("sAMAccountName", &format!("lab {name}"))]);
    }

    fn set(&self, dn: &str, name: &str, value: &str) {
        self.modify(&format!("dn: {dn}\nchangetype: modify\nreplace: {name}\n{name}: {value}\n"));
    }

    fn clear(&self, dn: &str, name: &str) {
        self.modify(&format!("dn: {dn}\nchangetype: modify\nreplace: {name}\n"));
    }

    /// Of a group of the lab; `who` by DN or name.
    fn member(&self, group: &str, verb: &str, who: &str) {
        let who = if who.contains('=') { who.to_owned() } else { format!("CN={who},{LAB}") };
        let group = if group.contains('=') { group.to_owned() } else { format!("CN={group},{LAB}") };
        self.modify(&format!("dn: {group}\nchangetype: modify\n{verb}: member\nmember: {who}\n"));
    }

    /// Into the group, or out of it for whoever is in it.
    fn turn_member(&self, group: &str, who: &str) {
        let arguments = ["-LLL", "-b", group, "-s", "base", &format!("(member={who})"), "1.1"];
        let inside = self.domain.ldap("ldapsearch", &arguments, "").contains("dn:");
        self.member(group, if inside { "delete" } else { "add" }, who);
    }

    fn dn(&self, account: &str) -> String {
        let filter = format!("(sAMAccountName={account})");
        let arguments = ["-LLL", "-o", "ldif-wrap=no", "-b", "DC=rolecall,DC=test", &filter, "1.1"];
        let found = self.domain.ldap("ldapsearch", &arguments, "");
        found.lines().find_map(|line| line.strip_prefix("dn: ")).unwrap().to_owned()
    }

    fn rename(&self, dn: &str, name: &str) {
        self.modify(&format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {name}\ndeleteoldrdn: 1\n"));
    }

    fn relocate(&self, dn: &str, parent: &str) {
        let name = dn.split_once(',').unwrap().0;
        self.modify(&format!(
            "dn: {dn}\nchangetype: modrdn\nnewrdn: {name}\ndeleteoldrdn: 1\nnewsuperior: {parent}\n"
        ));
    }

    fn delete(&self, dn: &str) {
        self.modify(&format!("dn: {dn}\nchangetype: delete\n"));
    }

    /// As an administrator brings it back from the deleted objects.
    fn restore(&self, name: &str) {
        let found = self.domain.ldap(
            "ldapsearch",
            &[
                "-LLL",
                "-o",
                "ldif-wrap=no",
                "-E",
                "!showDeleted",
                "-b",
                "DC=rolecall,DC=test",
                &format!("(&(isDeleted=TRUE)(sAMAccountName={name}))"),
                "1.1",
            ],
            "",
        );
        let tombstone = found.lines().find_map(|line| line.strip_prefix("dn: ")).unwrap();
        let text = format!(
            "dn: {tombstone}\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\n\
             distinguishedName: CN={name},{LAB}\n"
        );
        self.domain.ldap("ldapmodify", &["-e", "!1.2.840.113556.1.4.417"], &text);
    }

    /// Makes a change, and holds against a full read what each follower makes of it.
    fn step(&mut self, what: &str, change: impl FnOnce(&Self)) {
        change(self);
        let mut followers = std::mem::take(&mut self.followers);
        for follower in &mut followers {
            self.follow(what, follower);
        }
        self.followers = followers;
    }

    fn follow(&mut self, what: &str, follower: &mut Follower) {
        let who = follower.name;
        let earlier = Earlier { snapshot: follower.snapshot.clone(), mark: follower.mark.clone() };
        let update = self.read_since(&follower.source, Some(earlier));
        let source = DirectorySource::Ldap(follower.source.clone());
        let fresh = self.run(read(&source, &self.query, &|_| ())).unwrap();
        assert_eq!(update.snapshot.completeness, Completeness::Whole);
        let of_step = format!("{who}: {what}: {:?}", update.extent);
        same(&update.snapshot, &fresh, &of_step);
        assert_eq!(update.snapshot.absent, fresh.absent, "absent, {who}: {what}");
        let told = match &update.extent {
            Extent::Full { why } => format!("everything: {}", why.as_deref().unwrap_or_default()),
            Extent::Unchanged => {
                same(&follower.snapshot, &fresh, &of_step);
                "nothing".to_owned()
            }
            Extent::Changed { people, groups } => {
                let mut expected = concerned(&follower.snapshot, &fresh);
                let other = |(guid, absence): (&Uuid, &Absence)| {
                    follower
                        .snapshot
                        .absent
                        .get(guid)
                        .is_some_and(|before| before != absence)
                        .then_some(*guid)
                };
                expected.extend(fresh.absent.iter().filter_map(other));
                assert_eq!(*people, expected, "{who}: {what}");
                let (before, now) = (content(&follower.snapshot.groups), content(&fresh.groups));
                assert_eq!(*groups, differing(&before, &now).len(), "{who}: {what}");
                let names = people.iter().map(|guid| {
                    let entry = fresh.people.get(guid).or_else(|| follower.snapshot.people.get(guid));
                    entry
                        .and_then(|entry| entry.text("sAMAccountName").map(str::to_owned))
                        .unwrap_or_default()
                });
                let names: BTreeSet<String> = names.collect();
                let names = match names.len() {
                    0..=9 => names.into_iter().collect::<Vec<_>>().join(" "),
                    many => format!("{many} people"),
                };
                match groups {
                    0 => names,
                    groups => format!("{names}; groups: {groups}"),
                }
            }
        };
        match who {
            "DirSync" => {
                let _ = write!(self.told, "{what}: {told}");
            }
            _ if self.told.ends_with(&format!("{what}: {told}")) => self.told.push('\n'),
            _ => {
                let _ = writeln!(self.told, "\n  by {who}: {told}");
            }
        }
        follower.snapshot = update.snapshot;
        follower.mark = update.mark.unwrap();
    }
}

fn asking(names: &[&str]) -> Query {
    Query { attributes: names.iter().map(|name| (*name).to_owned()).collect(), known: BTreeSet::new() }
}

/// By objectGUID: the DN and every value, in order.
fn content(entries: &Entries) -> Content {
    entries
        .iter()
        .map(|entry| {
            let entry = entry.to_entry();
            let values = entry.attributes().map(|attribute| {
                let mut values = attribute.values.clone();
                values.sort();
                (attribute.name.clone(), values)
            });
            (entry.object_guid().unwrap().to_string(), (entry.dn.clone(), values.collect()))
        })
        .collect()
}

fn same(left: &Snapshot, right: &Snapshot, what: &str) {
    for (left, right) in [(&left.people, &right.people), (&left.groups, &right.groups)] {
        let (mut left, mut right) = (content(left), content(right));
        left.retain(|guid, entry| right.get(guid) != Some(entry) || right.remove(guid).is_none());
        assert_eq!(left, right, "{what}");
    }
}

fn differing(before: &Content, now: &Content) -> BTreeSet<Uuid> {
    let all = before.keys().chain(now.keys());
    all.filter(|guid| before.get(*guid) != now.get(*guid)).map(|guid| guid.parse().unwrap()).collect()
}

/// Who differs, or is in other groups than before, or in one that is not as it was: found in another way than the
/// reader has.
fn concerned(before: &Snapshot, now: &Snapshot) -> BTreeSet<Uuid> {
    let mut found = differing(&content(&before.people), &content(&now.people));
    let groups = |snapshot: &Snapshot| -> BTreeMap<Uuid, BTreeSet<String>> {
        let facts = Facts::of(snapshot, "2026-01-01T00:00:00Z".parse().unwrap());
        let by_dn: BTreeMap<String, String> = content(&snapshot.groups)
            .into_values()
            .map(|(dn, values)| (dn.to_lowercase(), format!("{dn} {values:?}")))
            .collect();
        let person = facts.people.iter().map(|person| {
            let held = person.groups.iter().map(|group| {
                let dn = facts.groups[*group].dn.to_lowercase();
                by_dn.get(&dn).cloned().unwrap_or(dn)
            });
            (person.guid, held.collect())
        });
        person.collect()
    };
    let (before, now) = (groups(before), groups(now));
    found.extend(now.iter().filter(|(guid, held)| before.get(*guid) != Some(*held)).map(|(guid, _)| *guid));
    found
}

#[test]
fn every_kind_of_change_comes_to_what_a_full_read_comes_to() {
    let mut world = World::new();
    let lab = |name: &str| format!("CN={name},{LAB}");
    let out = |name: &str| format!("CN={name},{OUTSIDE}");
    let team = format!("OU=Team,{LAB}");
    let deep = format!("OU=Deep,{OUTSIDE}");
    let w = &mut world;

    w.step("nothing", |_| ());
    w.step("an attribute set", |w| w.set(&lab("ann"), "title", "Chemist"));
    w.step("an attribute changed", |w| w.set(&lab("ann"), "title", "Head of Chemistry"));
    w.step("an attribute removed", |w| w.clear(&lab("ann"), "title"));
    w.step("changed and changed back", |w| {
        w.set(&lab("ann"), "department", "Lab");
        w.clear(&lab("ann"), "department");
    });
    w.step("an attribute that nobody asks for", |w| w.set(&lab("ann"), "description", "x"));
    w.step("a second value", |w| {
        w.set(&lab("bob"), "proxyAddresses", "SMTP:bob@example.com\nproxyAddresses: smtp:b@example.com");
    });
    w.step("one value less", |w| w.set(&lab("bob"), "proxyAddresses", "SMTP:bob@example.com"));
    w.step("the filter does not find one any more", |w| w.set(&lab("bob"), "employeeType", "Guest"));
    w.step("and does again", |w| w.clear(&lab("bob"), "employeeType"));
    w.step("renamed", |w| w.rename(&lab("fay"), "CN=fay \\2C MSc (née Ö)"));
    w.step("named as before", |w| w.rename(&lab("fay \\2C MSc (née Ö)"), "CN=fay"));
    w.step("a manager renamed", |w| w.rename(&lab("ann"), "CN=anna"));
    w.step("a manager named in other letters", |w| w.rename(&lab("anna"), "CN=Anna"));
    w.step("moved within the base", |w| w.relocate(&lab("Anna"), &team));
    w.step("and back", |w| w.relocate(&format!("CN=Anna,{team}"), LAB));
    w.step("moved out of the base", |w| w.relocate(&lab("cem"), OUTSIDE));
    w.step("changed out there", |w| w.set(&out("cem"), "title", "Guest"));
    w.step("moved into the base", |w| w.relocate(&out("cem"), LAB));
    w.step("two exchange their names", |w| {
        w.rename(&lab("cem"), "CN=x");
        w.rename(&lab("dan"), "CN=cem");
        w.rename(&lab("x"), "CN=dan");
    });
    w.step("and again", |w| {
        w.rename(&lab("cem"), "CN=x");
        w.rename(&lab("dan"), "CN=cem");
        w.rename(&lab("x"), "CN=dan");
    });
    w.step("enabled", |w| w.set(&lab("cem"), "userAccountControl", "544"));
    w.step("disabled", |w| w.set(&lab("cem"), "userAccountControl", "514"));
    w.step("somebody new", |w| w.person("gus", LAB));
    w.step("deleted", |w| w.delete(&lab("gus")));
    w.step("somebody new of the same name", |w| w.person("gus", LAB));
    w.step("deleted and restored", |w| {
        w.delete(&lab("gus"));
        w.restore("gus");
    });
    w.step("somebody new, and deleted", |w| {
        w.person("hal", LAB);
        w.delete(&lab("hal"));
    });
    w.step("restored", |w| w.restore("hal"));

    w.step("into a group", |w| w.member("inner", "add", "cem"));
    w.step("out of the group", |w| w.member("inner", "delete", "cem"));
    w.step("into the group and out of it", |w| {
        w.member("inner", "add", "cem");
        w.member("inner", "delete", "cem");
    });
    w.step("out of a group, after a new name", |w| {
        w.rename(&lab("bob"), "CN=bobby");
        w.member("inner", "delete", "bobby");
    });
    w.step("a group into a group", |w| w.member("middle", "add", "inner"));
    w.step("that group into another", |w| w.member("outer", "add", "middle"));
    w.step("groups in a circle", |w| w.member("inner", "add", "outer"));
    w.step("out of the circle", |w| w.member("inner", "delete", "outer"));
    w.step("a group renamed", |w| w.rename(&lab("outer"), "CN=outer & more"));
    w.step("a group within renamed", |w| w.rename(&lab("inner"), "CN=inmost"));
    w.step("a group moved", |w| w.relocate(&lab("inmost"), &team));
    w.step("a group moved out of the base", |w| w.relocate(&format!("CN=inmost,{team}"), OUTSIDE));
    w.step("and back", |w| w.relocate(&out("inmost"), LAB));
    w.step("a group's other name", |w| w.set(&lab("lab"), "sAMAccountName", "the lab"));
    w.step("a group described", |w| w.set(&lab("lab"), "description", "x"));
    w.step("a group made universal", |w| w.set(&lab("lab"), "groupType", "-2147483640"));
    w.step("a group with members made", |w| {
        w.add(
            &lab("new"),
            "group",
            &[("sAMAccountName", "new"), ("member", &lab("eve")), ("member", &lab("lab"))],
        );
    });
    w.step("a group with members deleted", |w| w.delete(&lab("new")));
    w.step("into a group outside of the base", |w| w.member(&out("far"), "add", "eve"));
    w.step("a group into that group", |w| w.member(&out("far"), "add", "lab"));
    w.step("that group renamed", |w| w.rename(&out("far"), "CN=farther"));
    w.step("that group deleted", |w| w.delete(&out("farther")));
    w.step("another primary group", |w| {
        let contractors = format!("CN=Contractors,OU=Groups,{COMPANY}");
        w.member(&contractors, "add", "eve");
        let token =
            w.domain.ldap("ldapsearch", &["-LLL", "-b", &contractors, "-s", "base", "primaryGroupToken"], "");
        let token = token.lines().find_map(|line| line.strip_prefix("primaryGroupToken: ")).unwrap();
        w.set(&lab("eve"), "primaryGroupID", token);
    });
    w.step("the primary group into a group", |w| {
        w.member("lab", "add", &format!("CN=Contractors,OU=Groups,{COMPANY}"));
    });

    w.step("another manager", |w| w.set(&lab("fay"), "manager", &lab("Anna")));
    w.step("a manager deleted", |w| w.delete(&lab("Anna")));
    w.step("a manager outside of the base renamed", |w| w.rename(&format!("CN=boss,{deep}"), "CN=big boss"));
    w.step("and moved", |w| w.relocate(&format!("CN=big boss,{deep}"), OUTSIDE));
    w.step("and deleted", |w| w.delete(&out("big boss")));
    w.step("a manager who is a contact renamed", |w| w.rename(&out("contact"), "CN=another contact"));
    w.step("in a folder that is renamed", |w| {
        w.relocate(&out("another contact"), &deep);
        w.rename(&deep, "OU=Deeper");
    });
    w.step("and deleted", |w| w.delete(&format!("CN=another contact,OU=Deeper,{OUTSIDE}")));
    w.step("a computer, a contact and a folder", |w| {
        w.add(&lab("pc"), "computer", &[("sAMAccountName", "pc$")]);
        w.add(&lab("partner"), "contact", &[("mail", "p@example.com")]);
        w.add(&format!("OU=Empty,{LAB}"), "organizationalUnit", &[]);
    });
    w.step("an empty folder renamed", |w| w.rename(&format!("OU=Empty,{LAB}"), "OU=Void"));
    w.step("a folder that is new, with people", |w| {
        w.add(&format!("OU=Fresh,{LAB}"), "organizationalUnit", &[]);
        w.person("ian", &format!("OU=Fresh,{LAB}"));
        w.relocate(&lab("fay"), &format!("OU=Fresh,{LAB}"));
        w.rename(&format!("OU=Fresh,{LAB}"), "OU=Less Fresh");
    });
    w.step("a folder with people renamed", |w| w.rename(&team, "OU=Crew"));
    let crew = format!("OU=Crew,{LAB}");
    w.step("moved out of the base", |w| w.relocate(&crew, OUTSIDE));
    w.step("and back", |w| w.relocate(&format!("OU=Crew,{OUTSIDE}"), LAB));
    w.step("deleted, with all that is in it", |w| {
        w.domain.ldap("ldapdelete", &["-r", &crew], "");
    });
    w.step("many at once", |w| {
        let names: Vec<String> = (0..120).map(|number| format!("p{number}")).collect();
        names.iter().for_each(|name| w.person(name, LAB));
        let members: String = names.iter().map(|name| format!("member: {}\n", lab(name))).collect();
        w.modify(&format!("dn: {}\nchangetype: modify\nadd: member\n{members}", lab("lab")));
    });
    assert_snapshot!(world.told);
}

/// The mark, with something of it changed as a file or a controller of another kind would.
fn altered(mark: &Mark, alter: impl FnOnce(&mut Value)) -> Mark {
    let mut value = serde_json::to_value(mark).unwrap();
    alter(&mut value);
    serde_json::from_value(value).unwrap()
}

fn follower(world: &World, number: usize) -> (LdapSource, Earlier) {
    let follower = &world.followers[number];
    (follower.source.clone(), Earlier { snapshot: follower.snapshot.clone(), mark: follower.mark.clone() })
}

fn why(update: &Update) -> String {
    match &update.extent {
        Extent::Full { why } => why.clone().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_there_is_a_doubt_everything_is_read_and_said_why() {
    let mut world = World::new();
    let fresh = follower(&world, 0).1.snapshot;
    let mut told = String::new();
    let mut tell = |what: &str, update: &Update, marked: bool| {
        same(&update.snapshot, &fresh, what);
        assert_eq!(update.mark.is_some(), marked, "{what}");
        let _ = writeln!(told, "{what}: {}", why(update));
    };
    let (source, earlier) = follower(&world, 0);
    let (usn_source, by_usn) = follower(&world, 1);
    let marked =
        |alter: fn(&mut Value)| Some(Earlier { mark: altered(&earlier.mark, alter), ..earlier.clone() });
    let by_usn =
        |alter: fn(&mut Value)| Some(Earlier { mark: altered(&by_usn.mark, alter), ..by_usn.clone() });

    let update = world.read_since(&source, marked(|mark| mark["way"]["dir_sync"]["cookie"] = json!("AAAA")));
    tell("a broken cookie", &update, true);
    let update = world.read_since(&source, marked(|mark| mark["server"] = json!("ldap://127.0.0.1:1")));
    tell("a controller that is gone", &update, true);
    let update =
        world.read_since(&usn_source, by_usn(|mark| mark["way"]["usn"]["highest"] = json!(u32::MAX)));
    tell("a count that went back", &update, true);
    let update = world.read_since(
        &usn_source,
        by_usn(|mark| {
            let highest = mark["way"]["usn"]["highest"].as_u64().unwrap();
            mark["way"]["usn"] = json!({"highest": highest - 1, "invocation": Uuid::from_u128(7)});
        }),
    );
    tell("another copy of the directory", &update, true);
    let half =
        Snapshot { completeness: Completeness::Partial { why: "cut".into() }, ..earlier.snapshot.clone() };
    let update = world.read_since(&source, Some(Earlier { snapshot: half, ..earlier.clone() }));
    tell("half a reading", &update, true);
    let filter = "(objectCategory=person)".to_owned();
    let update = world.read_since(
        &LdapSource { group_filter: format!("(|{})", source.group_filter), ..source.clone() },
        Some(earlier.clone()),
    );
    tell("another filter", &update, true);
    let chain = "CN=Klaviyo Users,OU=Groups,OU=Company,DC=rolecall,DC=test";
    let chain = format!("(&{filter}(memberOf:1.2.840.113556.1.4.1941:={chain}))");
    let update = world.read_since(&LdapSource { user_filter: chain, ..source.clone() }, None);
    assert!(update.mark.is_none());
    told += &format!("a filter on nested groups: {}\n", why(&update));

    world.query = asking(&["lastLogon"]);
    let update = world.read_since(&source, None);
    assert!(update.mark.is_none());
    told += &format!("an attribute without notices: {}\n", why(&update));
    world.query = asking(&["title", "l"]);
    let update = world.read_since(&source, Some(earlier.clone()));
    told += &format!("another attribute: {}\n", why(&update));

    // Another try would count towards locking the account.
    let dn = world.domain.get("ADMIN_DN").to_owned();
    let password = Secret::File(world.domain.file("wrong-password", "wrong"));
    let wrong = LdapSource { bind: Bind::Simple { dn, password }, ..source.clone() };
    let query = asking(&["title", "department", "proxyAddresses"]);
    let error = world.run(read_since(
        &DirectorySource::Ldap(wrong),
        &query,
        Some(earlier),
        &mut Session::default(),
        &|_| (),
    ));
    told += &format!("a wrong password: {}\n", error.unwrap_err());
    assert_snapshot!(told.replace(world.domain.get("LDAP_ADDRESS"), "ADDRESS"));
}

#[test]
fn no_change_is_lost_between_readings_nor_during_one() {
    let mut world = World::new();
    let (source, earlier) = follower(&world, 0);
    let guid = |world: &World, name: &str| {
        let people = &world.followers[0].snapshot.people;
        people
            .iter()
            .find(|person| person.text("sAMAccountName") == Some(name))
            .unwrap()
            .object_guid()
            .unwrap()
    };
    let [ann, bob, cem, dan, eve] = ["ann", "bob", "cem", "dan", "eve"].map(|name| guid(&world, name));
    let lab = |name: &str| format!("CN={name},{LAB}");

    // From one mark twice, as after a crash between two readings.
    world.step("one", |world| world.set(&lab("ann"), "title", "Chemist"));
    world.step("two", |world| world.set(&lab("bob"), "title", "Biologist"));
    let update = world.read_since(&source, Some(earlier));
    same(&update.snapshot, &world.followers[0].snapshot, "from an old mark");
    assert_eq!(update.extent, Extent::Changed { people: [ann, bob].into(), groups: 0 });

    // What becomes of those who are known and are not read any more.
    world.query.known = [ann, bob, cem, dan, eve].into();
    world.step("to all sides", |world| {
        world.delete(&lab("ann"));
        world.relocate(&lab("bob"), OUTSIDE);
        world.set(&lab("cem"), "employeeType", "Guest");
        world.modify(&format!(
            "dn: {}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 544\n-\n\
             replace: employeeType\nemployeeType: Guest\n",
            lab("dan")
        ));
    });
    let absent = |world: &World, number: usize| world.followers[number].snapshot.absent.clone();
    let told: Vec<String> = (0..2)
        .map(|number| {
            let absent = absent(&world, number);
            format!("{:#?}", [ann, bob, cem, dan].map(|guid| absent[&guid].clone()))
        })
        .collect();
    assert_snapshot!(told.join("\n"));
    assert_eq!(absent(&world, 0).keys().copied().collect::<BTreeSet<_>>(), [ann, bob, cem, dan].into());
    // Of whom in a folder that is renamed there is no notice.
    world.step("the folder out there renamed", |world| world.rename(OUTSIDE, "OU=Beyond"));
    let beyond = "CN=bob,OU=Beyond,DC=rolecall,DC=test";
    assert_eq!(absent(&world, 0)[&bob], Absence::OutOfScope { dn: beyond.into() });
    world.step("deleted out there", |world| world.delete(beyond));
    assert_eq!(absent(&world, 0)[&bob], Absence::Deleted);
    assert_eq!(absent(&world, 1)[&bob], Absence::Gone);
    world.step("nothing", |_| ());

    // A group is renamed after its members were read, and before it is.
    let renamed = AtomicBool::new(false);
    let update = world.run(read_since(
        &DirectorySource::Ldap(source.clone()),
        &world.query,
        None,
        &mut Session::default(),
        &|count| {
            if count > 50 && !renamed.swap(true, Ordering::Relaxed) {
                world.rename(&lab("middle"), "CN=in the middle");
            }
        },
    ));
    let fresh = world.run(read(&DirectorySource::Ldap(source), &world.query, &|_| ())).unwrap();
    assert!(renamed.into_inner());
    same(&update.unwrap().snapshot, &fresh, "changed while it was read");

    world.step("renamed for all", |_| ());
    world.domain.restart();
    world.step("after a restart", |world| world.set(&lab("eve"), "title", "Physicist"));
    assert_eq!(world.told.lines().last(), Some("after a restart: eve"));
}

#[test]
fn where_nothing_changed_one_question_is_asked() {
    let world = World::new();
    for Follower { name, source, .. } in &world.followers {
        let proxy = Proxy::to(world.domain.server(389), None);
        let servers = Servers::Urls(vec![proxy.url()]);
        let source = DirectorySource::Ldap(LdapSource { servers, ..source.clone() });
        let mut session = Session::default();
        let mut follow = |earlier| {
            let before = proxy.requests();
            let update =
                world.run(read_since(&source, &world.query, earlier, &mut session, &|_| ())).unwrap();
            let earlier = Earlier { snapshot: update.snapshot, mark: update.mark.unwrap() };
            (update.extent, earlier, proxy.requests() - before)
        };
        let (_, mut earlier, asked) = follow(None);
        assert!(asked > 4, "{name}: {asked}");
        for _ in 0..3 {
            let (extent, now, asked) = follow(Some(earlier));
            assert_eq!((extent, asked), (Extent::Unchanged, 1), "{name}");
            earlier = now;
        }
        world.set(&format!("CN=ann,{LAB}"), "title", name);
        let (extent, earlier, asked) = follow(Some(earlier));
        assert!(matches!(extent, Extent::Changed { .. }) && asked > 1, "{name}: {extent:?} {asked}");
        assert_eq!(follow(Some(earlier)).2, 1, "{name}");
    }
}

#[test]
fn whatever_happens_in_whatever_order_comes_to_the_same() {
    let mut world = World::new();
    let people = ["ann", "bob", "cem", "dan", "eve", "fay"];
    let groups = ["inner", "middle", "outer", "lab"];
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..12 {
        let changes: Vec<(usize, usize, usize, usize)> = (0..random.usize(1..8))
            .map(|_| (random.usize(0..8), random.usize(0..6), random.usize(0..6), random.usize(0..4)))
            .collect();
        world.step(&format!("round {round}: {changes:?}"), |world| {
            for (kind, one, other, group) in &changes {
                let (one, other) = (people[*one], people[*other]);
                let dn = |world: &World, name: &str| world.dn(name);
                let (at, group) = (dn(world, one), dn(world, &format!("lab {}", groups[*group])));
                match kind {
                    0 => world.set(&at, "title", other),
                    1 => world.rename(&at, &format!("CN={one} {}", random.u8(..))),
                    2 => world.relocate(&at, if random.bool() { OUTSIDE } else { LAB }),
                    3 => world.set(&at, "manager", &dn(world, other)),
                    4 => world.rename(&group, &format!("CN=group {}", random.u16(..))),
                    5 => world.set(&at, "employeeType", if random.bool() { "Guest" } else { "Staff" }),
                    6 => world.turn_member(&group, &at),
                    _ => {
                        let inner = dn(world, &format!("lab {}", groups[random.usize(0..4)]));
                        if inner != group {
                            world.turn_member(&group, &inner);
                        }
                    }
                }
            }
        });
    }
}
