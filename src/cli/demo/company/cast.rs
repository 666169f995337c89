//! The people that every company begins with: those of the story, and those whose data is unusual.

/// One of them. Their manager stands before them.
pub(super) struct Role {
    pub(super) account: &'static str,
    pub(super) cn: &'static str,
    pub(super) given_name: &'static str,
    pub(super) sn: &'static str,
    pub(super) mail: Option<&'static str>,
    pub(super) title: &'static str,
    pub(super) department: &'static str,
    /// The account of the manager.
    pub(super) manager: Option<&'static str>,
    /// Groups beside those of the department.
    pub(super) groups: &'static [&'static str],
    pub(super) enabled: bool,
    pub(super) contract: Option<i64>,
    /// Leads the department.
    pub(super) leads: bool,
}

/// Somebody of whom nothing is unusual, apart from what the fields say that are set behind it.
const PLAIN: Role = Role {
    account: "",
    cn: "",
    given_name: "",
    sn: "",
    mail: None,
    title: "",
    department: "",
    manager: None,
    groups: &[],
    enabled: true,
    contract: None,
    leads: false,
};

pub(super) const CAST: &[Role] = &[
    Role {
        account: "helen.okafor",
        cn: "Helen Okafor",
        given_name: "Helen",
        sn: "Okafor",
        mail: Some("helen.okafor@example.com"),
        title: "Chief Executive Officer",
        department: "Executive",
        ..PLAIN
    },
    Role {
        account: "priya.nair",
        cn: "Priya Nair",
        given_name: "Priya",
        sn: "Nair",
        mail: Some("priya.nair@example.com"),
        title: "Head of Marketing",
        department: "Marketing",
        manager: Some("helen.okafor"),
        groups: &["Marketing Managers"],
        leads: true,
        ..PLAIN
    },
    Role {
        account: "mia.fischer",
        cn: "Mia Fischer",
        given_name: "Mia",
        sn: "Fischer",
        mail: Some("mia.fischer@example.com"),
        title: "Campaign Coordinator",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role {
        account: "ana.silva",
        cn: "Ana Silva",
        given_name: "Ana",
        sn: "Silva",
        mail: Some("ana.silva@example.com"),
        title: "Content Writer",
        department: "Marketing",
        manager: Some("priya.nair"),
        enabled: false,
        ..PLAIN
    },
    Role {
        account: "zoe.obrien-smith",
        cn: "Zoë O'Brien-Smith",
        given_name: "Zoë",
        sn: "O'Brien-Smith",
        mail: Some("zoe.obrien-smith@example.com"),
        title: "Brand Manager",
        department: "Brand",
        manager: Some("priya.nair"),
        groups: &["Marketing Managers"],
        leads: true,
        ..PLAIN
    },
    Role {
        account: "daniel.weber",
        cn: "Daniel Weber",
        given_name: "Daniel",
        sn: "Weber",
        mail: Some("daniel.weber@example.com"),
        title: "Head of Support",
        department: "Support",
        manager: Some("helen.okafor"),
        leads: true,
        ..PLAIN
    },
    Role {
        account: "tom.becker",
        cn: "Tom Becker",
        given_name: "Tom",
        sn: "Becker",
        mail: Some("tom.becker@example.com"),
        title: "Support Specialist",
        department: "Support",
        manager: Some("daniel.weber"),
        ..PLAIN
    },
    Role {
        account: "ingrid.solberg",
        cn: "Ingrid Solberg",
        given_name: "Ingrid",
        sn: "Solberg",
        mail: Some("ingrid.solberg@example.com"),
        title: "Head of IT",
        department: "IT",
        manager: Some("helen.okafor"),
        leads: true,
        ..PLAIN
    },
    Role {
        account: "sam.lee",
        cn: "Sam Lee",
        given_name: "Sam",
        sn: "Lee",
        mail: Some("sam.lee@example.com"),
        title: "System Administrator",
        department: "IT",
        manager: Some("ingrid.solberg"),
        groups: &["Klaviyo Admins"],
        ..PLAIN
    },
    Role {
        account: "lena.mueller",
        cn: "Lena Müller",
        given_name: "Lena",
        sn: "Müller",
        mail: Some("lena.mueller@example.com"),
        title: "Data Analyst",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role {
        account: "li.wei",
        cn: "李 伟",
        given_name: "伟",
        sn: "李",
        mail: Some("li.wei@example.com"),
        title: "Senior Data Analyst",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role { account: "svc-backup", cn: "svc-backup", ..PLAIN },
    Role {
        account: "lukasz.zolc",
        cn: "Łukasz Żółć",
        given_name: "Łukasz",
        sn: "Żółć",
        mail: Some("lukasz.zolc@example.com"),
        title: "Systems Engineer",
        department: "IT",
        manager: Some("ingrid.solberg"),
        ..PLAIN
    },
    Role {
        account: "jose.nunez",
        cn: "José Ñúñez",
        given_name: "José",
        sn: "Ñúñez",
        mail: Some("jose.nunez@example.com"),
        title: "Support Specialist",
        department: "Support",
        manager: Some("daniel.weber"),
        ..PLAIN
    },
    Role {
        account: "anke.vanderberg",
        cn: "Anke van der Berg",
        given_name: "Anke",
        sn: "van der Berg",
        mail: Some("anke.vanderberg@example.com"),
        title: "Graphic Designer",
        department: "Brand",
        manager: Some("zoe.obrien-smith"),
        ..PLAIN
    },
    Role {
        account: "john.smith",
        cn: "Smith, John",
        given_name: "John",
        sn: "Smith",
        mail: Some("john.smith@example.com"),
        title: "Campaign Coordinator",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role {
        account: "kim.larsen",
        cn: "Kim Larsen",
        given_name: "Kim",
        sn: "Larsen  ",
        mail: Some("kim.larsen@example.com"),
        title: "Support Specialist",
        department: "Support",
        manager: Some("daniel.weber"),
        ..PLAIN
    },
    Role {
        account: "grace.hopkins",
        cn: "Grace Hopkins",
        given_name: "Grace",
        sn: "Hopkins",
        mail: Some("GRACE.HOPKINS@EXAMPLE.COM"),
        title: "Copywriter",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role {
        account: "hans-peter.mueller",
        cn: "Hans-Peter Müller-Lüdenscheidt",
        given_name: "Hans-Peter",
        sn: "Müller-Lüdenscheidt",
        mail: Some("hans-peter.mueller-luedenscheidt@example.com"),
        title: "Email Marketing Manager",
        department: "Marketing",
        manager: Some("priya.nair"),
        ..PLAIN
    },
    Role {
        account: "john.smith2",
        cn: "John Smith",
        given_name: "John",
        sn: "Smith",
        mail: Some("john.smith2@example.com"),
        title: "System Administrator",
        department: "IT",
        manager: Some("ingrid.solberg"),
        groups: &["Klaviyo Admins"],
        ..PLAIN
    },
    Role {
        account: "nadia.haddad",
        cn: "Nadia Haddad",
        given_name: "Nadia",
        sn: "Haddad",
        mail: Some("nadia.haddad@example.com"),
        title: "Content Writer",
        department: "Marketing",
        manager: Some("priya.nair"),
        contract: Some(90),
        ..PLAIN
    },
    Role {
        account: "oleg.petrov",
        cn: "Oleg Petrov",
        given_name: "Oleg",
        sn: "Petrov",
        mail: Some("oleg.petrov@example.com"),
        title: "Graphic Designer",
        department: "Brand",
        manager: Some("zoe.obrien-smith"),
        contract: Some(-14),
        ..PLAIN
    },
    Role {
        account: "pawel.nowak",
        cn: "Paweł Nowak",
        given_name: "Paweł",
        sn: "Nowak",
        title: "Warehouse Manager",
        department: "Warehouse",
        manager: Some("helen.okafor"),
        leads: true,
        ..PLAIN
    },
    Role { account: "svc-crm-sync", cn: "svc-crm-sync", ..PLAIN },
];
