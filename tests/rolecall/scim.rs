//! The client against the simulator, over HTTP on loopback.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use rolecall::config::{
    Adoption, AuthScheme, Deprovision, DriftSettings, PatchStyle, RoleShape, Secret, Target, UpdateMethod,
};
use rolecall::desired::{Account, Person};
use rolecall::plan::{Change, Kind, Operation};
use rolecall::policy::Attribute;
use rolecall::scim::{Client, Error};
use rolecall::simulator::{Elsewhere, Fault, FaultKind, On, Rate, RoleAnswer, Settings, Simulator};
use serde_json::{Value, json};

pub(crate) const KEY: &str = "canary-4711";

pub(crate) fn target(url: &str) -> Target {
    Target {
        base_url: url.to_owned(),
        key: Secret::Env(String::new()),
        auth_scheme: AuthScheme::KlaviyoApiKey,
        role_shape: RoleShape::Roles,
        update_method: UpdateMethod::Patch,
        patch_style: PatchStyle::Path,
        adoption: Adoption::default(),
        drift: DriftSettings::default(),
        deprovision: Deprovision::Deactivate,
        read_back: true,
        page_size: 100,
        per_second: 10_000,
        per_minute: 600_000,
        concurrency: 8,
        timeout: Duration::from_secs(20),
        retry_delay: Duration::from_millis(20),
        retries: 100,
        circuit: 1_000,
        proxy: None,
        ca_file: None,
    }
}

/// A client with a key that it reads from a file, as a running service does.
pub(crate) fn client(target: &Target, key: &str) -> Result<Client, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{key}").unwrap();
    Client::new(&Target { key: Secret::File(file.path().to_owned()), ..target.clone() })
}

async fn simulator() -> Simulator {
    start(Settings::klaviyo(KEY)).await
}

async fn start(settings: Settings) -> Simulator {
    Simulator::start("127.0.0.1:0".parse().unwrap(), settings).await.unwrap()
}

fn connect(simulator: &Simulator) -> Client {
    client(&target(&simulator.url()), KEY).unwrap()
}

pub(crate) fn attribute(path: &str) -> Attribute {
    Attribute::parse(path).unwrap()
}

pub(crate) fn operation(
    kind: Kind,
    account: Option<&str>,
    user_name: &str,
    changes: &[(&str, Option<&str>, Option<&str>)],
) -> Operation {
    let text = |value: Option<&str>| value.map(str::to_owned);
    Operation {
        kind,
        user: Person { guid: uuid::Uuid::nil(), name: "Anna".into(), dn: None },
        account: text(account),
        user_name: user_name.to_owned(),
        changes: changes
            .iter()
            .map(|(path, from, to)| Change { attribute: attribute(path), from: text(*from), to: text(*to) })
            .collect(),
        reasons: Vec::new(),
    }
}

pub(crate) fn create(user_name: &str) -> Operation {
    operation(
        Kind::Create,
        None,
        user_name,
        &[
            ("userName", None, Some(user_name)),
            ("active", None, Some("true")),
            ("role", None, Some("analyst")),
            ("name.givenName", None, Some("Änna \"Q\"")),
            ("name.familyName", None, Some("Berg")),
            ("emails[type eq \"work\"].value", None, Some(user_name)),
        ],
    )
}

pub(crate) fn anna(id: &str, user_name: &str) -> Account {
    let attributes = [
        ("name.givenName", "Änna \"Q\""),
        ("name.familyName", "Berg"),
        ("emails[type eq \"work\"].value", user_name),
    ];
    Account {
        id: id.to_owned(),
        user_name: user_name.to_owned(),
        active: true,
        role: Some("analyst".into()),
        attributes: attributes.iter().map(|(path, value)| (attribute(path), (*value).to_owned())).collect(),
    }
}

/// Every kind of operation, one after the other, and the account after each.
pub(crate) async fn live(client: &Client, user_name: &str) {
    let written = client.perform(&create(user_name)).await.unwrap();
    assert_eq!(written.notes, Vec::<String>::new());
    let mut expected = anna(&written.account.as_ref().unwrap().id, user_name);
    assert_eq!(written.account.as_ref(), Some(&expected));
    let id = expected.id.clone();
    assert_eq!(client.find(user_name).await.unwrap(), [expected.clone()]);

    let renamed = format!("new.{user_name}");
    let update = operation(
        Kind::Update,
        Some(&id),
        user_name,
        &[
            ("userName", Some(user_name), Some(&renamed)),
            ("role", Some("analyst"), Some("admin")),
            ("name.givenName", Some("Änna \"Q\""), Some("Anne")),
            ("name.middleName", None, Some("M")),
            ("title", None, Some("Manager")),
            ("emails[type eq \"work\"].value", Some(user_name), Some(&renamed)),
            ("emails[type eq \"home\"].value", None, Some("home@example.com")),
        ],
    );
    expected.user_name.clone_from(&renamed);
    expected.role = Some("admin".into());
    for (path, value) in [
        ("name.givenName", "Anne"),
        ("name.middleName", "M"),
        ("title", "Manager"),
        ("emails[type eq \"work\"].value", renamed.as_str()),
        ("emails[type eq \"home\"].value", "home@example.com"),
    ] {
        expected.attributes.insert(attribute(path), value.to_owned());
    }
    for _ in 0..2 {
        let written = client.perform(&update).await.unwrap();
        assert_eq!(
            (written.account.as_ref(), written.notes.len()),
            (Some(&expected), 0),
            "{:?}",
            written.notes
        );
    }

    let remove = operation(
        Kind::Update,
        Some(&id),
        &renamed,
        &[
            ("title", Some("Manager"), None),
            ("name.middleName", Some("M"), None),
            ("emails[type eq \"home\"].value", Some("home@example.com"), None),
        ],
    );
    for path in ["title", "name.middleName", "emails[type eq \"home\"].value"] {
        expected.attributes.remove(&attribute(path));
    }
    assert_eq!(client.perform(&remove).await.unwrap().account.as_ref(), Some(&expected));

    let deactivate =
        operation(Kind::Deactivate, Some(&id), &renamed, &[("active", Some("true"), Some("false"))]);
    expected.active = false;
    assert_eq!(client.perform(&deactivate).await.unwrap().account.as_ref(), Some(&expected));
    assert_eq!(client.get(&id).await.unwrap().as_ref(), Some(&expected));

    let reactivate = operation(
        Kind::Reactivate,
        Some(&id),
        &renamed,
        &[("active", Some("false"), Some("true")), ("role", Some("admin"), Some("manager"))],
    );
    expected.active = true;
    expected.role = Some("manager".into());
    assert_eq!(client.perform(&reactivate).await.unwrap().account.as_ref(), Some(&expected));
    assert_eq!(client.get(&id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(client.accounts(&|_| {}).await.unwrap(), [expected]);
}

#[tokio::test]
async fn every_operation_works_in_every_shape_style_and_method() {
    for role_shape in [RoleShape::Roles, RoleShape::Role, RoleShape::Both] {
        for (update_method, patch_style) in [
            (UpdateMethod::Patch, PatchStyle::Path),
            (UpdateMethod::Patch, PatchStyle::NoPath),
            (UpdateMethod::Patch, PatchStyle::Entra),
            (UpdateMethod::Put, PatchStyle::Path),
        ] {
            for (silent_patch, role_answer) in [(false, RoleAnswer::List), (true, RoleAnswer::Object)] {
                let settings = Settings { role_shape, silent_patch, role_answer, ..Settings::klaviyo(KEY) };
                let simulator = start(settings).await;
                let target = Target { role_shape, update_method, patch_style, ..target(&simulator.url()) };
                live(&client(&target, KEY).unwrap(), "anna@example.com").await;
                simulator.stop().await;
            }
        }
    }
}

#[tokio::test]
async fn what_the_client_writes_is_valid_to_a_third_party() {
    use scim_v2::models::others::PatchOp;
    use scim_v2::models::user::User;
    use scim_v2::{CreateRequest, ReplaceRequest, Strict, Validate};
    let simulator = simulator().await;
    for (update_method, patch_style) in [
        (UpdateMethod::Patch, PatchStyle::Path),
        (UpdateMethod::Patch, PatchStyle::NoPath),
        (UpdateMethod::Put, PatchStyle::Path),
    ] {
        let target = Target { update_method, patch_style, ..target(&simulator.url()) };
        live(&client(&target, KEY).unwrap(), "anna@example.com").await;
        assert!(simulator.remove_user("new.anna@example.com"));
    }
    let mut seen = BTreeMap::new();
    for request in simulator.requests() {
        *seen.entry(request.method.clone()).or_insert(0) += 1;
        match request.method.as_str() {
            "POST" => {
                drop(serde_json::from_str::<Strict<User<String>, CreateRequest>>(&request.body).unwrap())
            }
            "PUT" => {
                drop(serde_json::from_str::<Strict<User<String>, ReplaceRequest>>(&request.body).unwrap())
            }
            "PATCH" => serde_json::from_str::<PatchOp>(&request.body).unwrap().validate().unwrap(),
            _ => {}
        }
    }
    assert_eq!((seen["POST"], seen["PATCH"], seen["PUT"]), (3, 10, 5));
}

#[tokio::test]
async fn a_create_body_has_what_klaviyo_documents() {
    let simulator = simulator().await;
    connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
    let requests = simulator.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let body: Value = serde_json::from_str(&requests[0].body).unwrap();
    insta::assert_json_snapshot!(body, @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User"
      ],
      "userName": "anna@example.com",
      "active": true,
      "roles": [
        {
          "value": "analyst",
          "primary": true
        }
      ],
      "name": {
        "givenName": "Änna \"Q\"",
        "familyName": "Berg"
      },
      "emails": [
        {
          "type": "work",
          "value": "anna@example.com",
          "primary": true
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn names_match_without_case() {
    let simulator = simulator().await;
    let id = simulator.add_user(&json!({ "userName": "Anna@Example.COM" })).unwrap();
    let found = connect(&simulator).find("anna@example.com").await.unwrap();
    assert_eq!(found.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), [id]);
    assert_eq!(connect(&simulator).find("ann@example.com").await.unwrap(), []);
    assert_eq!(connect(&simulator).find("o\"brien\\@example.com").await.unwrap(), []);
}

#[tokio::test]
async fn a_user_who_is_there_already_is_adopted_and_brought_up_to_date() {
    let simulator = simulator().await;
    let id = simulator
        .add_user(&json!({ "userName": "Anna@Example.com", "active": false, "title": "kept", "name": { "familyName": "Berg" } }))
        .unwrap();
    let written = connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
    assert_eq!(
        written.notes,
        [
            format!("adopted the account that was there already (`{id}`)"),
            "changed `active`, `role`, `name.givenName`, `emails[type eq \"work\"].value` on it".into(),
        ]
    );
    let account = written.account.unwrap();
    assert_eq!(
        (account.id.as_str(), account.active, account.role.as_deref()),
        (id.as_str(), true, Some("analyst"))
    );
    assert_eq!(account.attributes[&attribute("title")], "kept");
    assert_eq!(simulator.users().len(), 1);
    // The second run finds nothing to change.
    let again = connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
    assert_eq!(again.notes.len(), 1, "{:?}", again.notes);
}

/// A filter that compares case, or does not work at all, shows nobody: the list does.
#[tokio::test]
async fn adoption_does_not_depend_on_the_filter() {
    let empty =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0 });
    for status in [200, 400, 501] {
        let simulator = simulator().await;
        let id = simulator.add_user(&json!({ "userName": "Anna@Example.com" })).unwrap();
        let content_type = "application/scim+json".to_owned();
        let kind = FaultKind::Answer { status, retry_after: None, content_type, body: empty.to_string() };
        simulator.fault(Fault { on: On::next("GET", "/Users"), kind });
        let written = connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
        assert_eq!(written.account.unwrap().id, id);
        assert_eq!(simulator.users().len(), 1);
    }
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_whole() {
    let simulator = simulator().await;
    for i in 0..250 {
        simulator.add_user(&json!({ "userName": format!("user{i}@example.com") })).unwrap();
    }
    let pages = std::sync::Mutex::new(Vec::new());
    let accounts = connect(&simulator).accounts(&|read| pages.lock().unwrap().push(read)).await.unwrap();
    assert_eq!(accounts.len(), 250);
    assert_eq!(*pages.lock().unwrap(), [100, 200, 250]);
    // A page may be smaller than what was asked for.
    let small = client(&Target { page_size: 1_000, ..target(&simulator.url()) }, KEY).unwrap();
    assert_eq!(small.accounts(&|_| {}).await.unwrap(), accounts);
    let empty = start(Settings::klaviyo(KEY)).await;
    assert_eq!(connect(&empty).accounts(&|_| {}).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_that_does_not_add_up_is_no_list() {
    let simulator = start(Settings { page_limit: 2, ..Settings::klaviyo(KEY) }).await;
    for i in 0..5 {
        simulator.add_user(&json!({ "userName": format!("user{i}@example.com") })).unwrap();
    }
    let list = |body: Value| FaultKind::Answer {
        status: 200,
        retry_after: None,
        content_type: "application/scim+json".into(),
        body: body.to_string(),
    };
    let page = |on: On, kind: FaultKind| Fault { on, kind };
    let users = || On::next("GET", "/Users");
    let lies = [
        ("the first page for ever", page(On::every("GET", "/Users"), FaultKind::FirstPage)),
        ("a total that shrinks", page(users().after(1), FaultKind::Total(4))),
        ("a total that is too small", page(On::every("GET", "/Users"), FaultKind::Total(3))),
        ("a total that is never reached", page(On::every("GET", "/Users"), FaultKind::Total(6))),
        ("a total without anybody", page(users(), list(json!({ "totalResults": 5 })))),
        (
            "somebody without an id",
            page(users(), list(json!({ "totalResults": 1, "Resources": [{ "userName": "a" }] }))),
        ),
        ("JSON that is no list", page(users(), list(json!({ "data": [] })))),
        ("a list that is no object", page(users(), list(json!([])))),
        ("a total that is a word", page(users(), list(json!({ "totalResults": "many", "Resources": [] })))),
        ("HTML", page(users(), FaultKind::html())),
        (
            "an error in a 200",
            page(
                users(),
                list(
                    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "400", "detail": "down" }),
                ),
            ),
        ),
    ];
    let mut report = String::new();
    let once = client(&Target { retries: 0, ..target(&simulator.url()) }, KEY).unwrap();
    for (name, fault) in lies {
        simulator.fault(fault);
        let error = once.accounts(&|_| {}).await.expect_err(name);
        simulator.clear_faults();
        report.push_str(&format!("{name}\n  {error}\n"));
    }
    let ids = simulator.users();
    let id = |n: usize| ids[n]["id"].as_str().unwrap().to_owned();
    let report = report.replace(&id(0), "ID-0");
    insta::assert_snapshot!(report, @r#"
    the first page for ever
      cannot list the accounts: the list does not add up: the account `ID-0` comes twice
    a total that shrinks
      cannot list the accounts: the list does not add up: `totalResults` was 5 and then 4
    a total that is too small
      cannot list the accounts: the list does not add up: `totalResults` is 3, and 4 accounts came
    a total that is never reached
      cannot list the accounts: the list does not add up: `totalResults` is 6, and after 5 there are no more
    a total without anybody
      cannot list the accounts: the list does not add up: `totalResults` is 5, and after 0 there are no more
    somebody without an id
      cannot list the accounts: the list does not add up: an account has no `id`
    JSON that is no list
      cannot list the accounts: what answered is no SCIM service provider: it sent JSON that is not the resource with 200
    a list that is no object
      cannot list the accounts: what answered is no SCIM service provider: it sent JSON that is not the resource with 200
    a total that is a word
      cannot list the accounts: what answered is no SCIM service provider: it sent JSON that is not the resource with 200
    HTML
      cannot list the accounts: what answered is no SCIM service provider: it sent a page of HTML with 200
    an error in a 200
      cannot list the accounts: the target refused it with 400: down
    "#);
    assert_eq!(connect(&simulator).accounts(&|_| {}).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_makes_no_second_user() {
    let error = json!({ "status": "500", "detail": "down" }).to_string();
    let after = |status: u16| FaultKind::AnswerAfter {
        status,
        retry_after: (status == 429).then(|| "0".into()),
        content_type: "application/json".into(),
        body: error.clone(),
    };
    let faults = [
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Torn,
        FaultKind::status(503),
        after(500),
        after(502),
        after(429),
    ];
    let mut report = String::new();
    for kind in faults {
        let simulator = simulator().await;
        simulator.fault(Fault { on: On::next("POST", "/Users"), kind: kind.clone() });
        let written = connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
        let users = simulator.users();
        assert_eq!(users.len(), 1, "{kind:?}");
        assert_eq!(written.account, Some(anna(users[0]["id"].as_str().unwrap(), "anna@example.com")));
        let methods: Vec<String> = simulator.requests().into_iter().map(|request| request.method).collect();
        let kind: String = format!("{kind:?}").chars().take_while(|c| c.is_alphabetic()).collect();
        let id = users[0]["id"].as_str().unwrap();
        let notes = format!("{:?}", written.notes).replace(id, "ID");
        report.push_str(&format!("{kind}: {}: {notes}\n", methods.join(" ")));
    }
    insta::assert_snapshot!(report, @r#"
    DropBefore: POST GET GET POST: []
    DropAfter: POST GET: ["connection closed before message completed, and the account was found to be there"]
    Torn: POST GET: ["the answer is cut off, and the account was found to be there"]
    Answer: POST GET GET POST: []
    AnswerAfter: POST GET: ["the target failed with 500, and the account was found to be there"]
    AnswerAfter: POST GET: ["the target failed with 502, and the account was found to be there"]
    AnswerAfter: POST POST GET: ["adopted the account that was there already (`ID`)"]
    "#);
}

#[tokio::test]
async fn a_created_user_whose_id_is_not_told_is_looked_up() {
    for (status, body) in [(201, ""), (204, ""), (201, "{}"), (200, r#"{"userName": "anna@example.com"}"#)] {
        let simulator = simulator().await;
        let content_type = "application/json".to_owned();
        let kind = FaultKind::AnswerAfter { status, retry_after: None, content_type, body: body.into() };
        simulator.fault(Fault { on: On::next("POST", "/Users"), kind });
        let written = connect(&simulator).perform(&create("anna@example.com")).await.unwrap();
        let id = simulator.users()[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(written.account, Some(anna(&id, "anna@example.com")), "{status} {body}");
    }
}

#[tokio::test]
async fn a_create_that_times_out_is_looked_up() {
    let simulator = simulator().await;
    simulator.fault(Fault { on: On::next("POST", "/Users"), kind: FaultKind::Hang });
    let patient =
        client(&Target { timeout: Duration::from_millis(300), ..target(&simulator.url()) }, KEY).unwrap();
    patient.perform(&create("anna@example.com")).await.unwrap();
    assert_eq!(simulator.users().len(), 1);
    simulator.fault(Fault { on: On::next("POST", "/Users"), kind: FaultKind::Hang });
    simulator.fault(Fault { on: On::every("GET", "/Users"), kind: FaultKind::status(404) });
    let error = patient.perform(&create("b@example.com")).await.unwrap_err();
    assert!(matches!(error, Error::Unknown { .. }), "{error}");
    insta::assert_snapshot!(error, @r#"cannot create `b@example.com`: nobody can tell whether it was done: no answer came within 300ms; cannot list the accounts: the target refused it with 404: a fault was asked for"#);
    simulator.stop().await;
}

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_read_back() {
    for update_method in [UpdateMethod::Patch, UpdateMethod::Put] {
        for kind in [FaultKind::DropBefore, FaultKind::DropAfter, FaultKind::Torn, FaultKind::status(500)] {
            let simulator = simulator().await;
            let client = client(&Target { update_method, ..target(&simulator.url()) }, KEY).unwrap();
            let id = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap().id;
            let method = if update_method == UpdateMethod::Put { "PUT" } else { "PATCH" };
            simulator.fault(Fault { on: On::next(method, "/Users/"), kind: kind.clone() });
            let home = [("emails[type eq \"home\"].value", None, Some("h@example.com"))];
            let update = operation(Kind::Update, Some(&id), "anna@example.com", &home);
            let written = client.perform(&update).await.unwrap();
            let emails = simulator.user(&id).unwrap()["emails"].as_array().unwrap().len();
            assert_eq!(emails, 2, "{kind:?}");
            assert_eq!(
                written.account.unwrap().attributes[&attribute("emails[type eq \"home\"].value")],
                "h@example.com"
            );
        }
    }
}

#[tokio::test]
async fn a_target_that_goes_on_failing_is_given_up_and_says_why() {
    let simulator = simulator().await;
    let id = simulator.add_user(&json!({ "userName": "anna@example.com" })).unwrap();
    simulator.fault(Fault { on: On::every("PATCH", ""), kind: FaultKind::status(503) });
    simulator.fault(Fault { on: On::every("POST", ""), kind: FaultKind::status(500) });
    simulator.fault(Fault { on: On::every("DELETE", ""), kind: FaultKind::DropBefore });
    let update = operation(Kind::Update, Some(&id), "anna@example.com", &[("title", None, Some("x"))]);
    let deactivate = operation(Kind::Deactivate, Some(&id), "anna@example.com", &[]);
    let deleting =
        client(&Target { deprovision: Deprovision::Delete, ..target(&simulator.url()) }, KEY).unwrap();
    let patching = connect(&simulator);
    let create = create("b@example.com");
    let (update, create, delete) =
        tokio::join!(patching.perform(&update), patching.perform(&create), deleting.perform(&deactivate));
    let text = [update, create, delete].map(|result| result.unwrap_err().to_string()).join("\n");
    insta::assert_snapshot!(text, @r#"
    cannot update `anna@example.com`: the target refused it with 503: a fault was asked for
    cannot create `b@example.com`: the target refused it with 500: a fault was asked for
    cannot deactivate `anna@example.com`: nobody can tell whether it was done: connection closed before message completed
    "#);
}

#[tokio::test]
async fn too_many_requests_are_waited_for() {
    let simulator = simulator().await;
    let client = connect(&simulator);
    for (retry_after, least) in [(Some("1"), Duration::from_millis(950)), (None, Duration::ZERO)] {
        for method in ["POST", "GET", "PATCH"] {
            simulator
                .fault(Fault { on: On::next(method, ""), kind: FaultKind::too_many_requests(retry_after) });
        }
        let before = Instant::now();
        let name = format!("{}@example.com", retry_after.unwrap_or("none"));
        let account = client.perform(&create(&name)).await.unwrap().account.unwrap();
        let after_create = Instant::now();
        assert!(after_create - before >= least, "{:?}", after_create - before);
        client.get(&account.id).await.unwrap().unwrap();
        let update = operation(Kind::Update, Some(&account.id), &name, &[("title", None, Some("x"))]);
        client.perform(&update).await.unwrap();
        assert!(after_create.elapsed() >= least * 2);
    }
    simulator.fault(Fault { on: On::next("GET", ""), kind: FaultKind::too_many_requests(Some("3600")) });
    let error = client.accounts(&|_| {}).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"cannot list the accounts: the target refused it with 429: a fault was asked for (it asks to wait 3600 s)"#);
}

#[tokio::test]
async fn a_limited_target_is_served_in_the_end() {
    let simulator = start(Settings { rate: Some(Rate { per_second: 10 }), ..Settings::klaviyo(KEY) }).await;
    let client = connect(&simulator);
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..25 {
        let client = client.clone();
        tasks.spawn(async move { client.perform(&create(&format!("user{i}@example.com"))).await });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    assert_eq!(simulator.users().len(), 25);
}

#[tokio::test]
async fn the_pace_is_kept_by_all_clones_together() {
    let simulator = simulator().await;
    let slow = client(&Target { per_second: 5, ..target(&simulator.url()) }, KEY).unwrap();
    let before = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let client = slow.clone();
        tasks.spawn(async move { client.find("anna@example.com").await });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    assert!(before.elapsed() >= Duration::from_millis(950), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_change_that_was_ignored_is_an_error() {
    let simulator = simulator().await;
    let client = connect(&simulator);
    let id = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap().id;
    let update = operation(
        Kind::Update,
        Some(&id),
        "anna@example.com",
        &[("role", Some("analyst"), Some("admin")), ("name.familyName", Some("Berg"), Some("Berg"))],
    );
    simulator.fault(Fault { on: On::next("PATCH", ""), kind: FaultKind::Ignore });
    let error = client.perform(&update).await.unwrap_err();
    assert!(matches!(&error, Error::Ignored { attributes, .. } if *attributes == [Attribute::ROLE]));
    insta::assert_snapshot!(error, @r#"cannot update `anna@example.com`: the target answered that it was done, and the account does not show `role`"#);
    // Without reading back, the target's word is taken.
    let trusting = self::client(&Target { read_back: false, ..target(&simulator.url()) }, KEY).unwrap();
    simulator.fault(Fault { on: On::next("PATCH", ""), kind: FaultKind::Ignore });
    assert_eq!(trusting.perform(&update).await.unwrap().account.unwrap().role.as_deref(), Some("analyst"));
}

#[tokio::test]
async fn an_attribute_that_the_target_does_not_keep_is_told() {
    let simulator = start(Settings { only_klaviyo_attributes: true, ..Settings::klaviyo(KEY) }).await;
    let client = connect(&simulator);
    let mut create = create("anna@example.com");
    create.changes.push(Change { attribute: attribute("title"), from: None, to: Some("Manager".into()) });
    let written = client.perform(&create).await.unwrap();
    assert_eq!(written.notes, ["the new account does not show `title`"]);
    let id = written.account.unwrap().id;
    let update = operation(Kind::Update, Some(&id), "anna@example.com", &[("title", None, Some("Manager"))]);
    let error = client.perform(&update).await.unwrap_err();
    assert!(
        matches!(&error, Error::Ignored { attributes, .. } if *attributes == [attribute("title")]),
        "{error}"
    );
}

#[tokio::test]
async fn deleting_is_deprovisioning_too() {
    let simulator = simulator().await;
    let client =
        client(&Target { deprovision: Deprovision::Delete, ..target(&simulator.url()) }, KEY).unwrap();
    let id = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap().id;
    let deactivate = operation(
        Kind::Deactivate,
        Some(&id),
        "anna@example.com",
        &[("active", Some("true"), Some("false"))],
    );
    simulator.fault(Fault { on: On::next("DELETE", ""), kind: FaultKind::DropAfter });
    let written = client.perform(&deactivate).await.unwrap();
    assert_eq!((written.account, written.notes.len(), simulator.users().len()), (None, 0, 0));
    let again = client.perform(&deactivate).await.unwrap();
    assert_eq!((again.account, again.notes), (None, vec!["the account was gone already".to_owned()]));
    let deactivating = connect(&simulator);
    let again = deactivating.perform(&deactivate).await.unwrap();
    assert_eq!((again.account, again.notes), (None, vec!["the account was gone already".to_owned()]));
    // A target that says 204 and keeps the user.
    let id = client.perform(&create("b@example.com")).await.unwrap().account.unwrap().id;
    simulator.fault(Fault { on: On::next("DELETE", ""), kind: FaultKind::Ignore });
    let error =
        client.perform(&operation(Kind::Deactivate, Some(&id), "b@example.com", &[])).await.unwrap_err();
    assert!(matches!(error, Error::Ignored { .. }), "{error}");
}

#[tokio::test]
async fn a_name_that_another_company_fixes_is_left_out() {
    let elsewhere = vec![Elsewhere {
        user_name: "anna@example.com".into(),
        given_name: "Anna".into(),
        family_name: "Berg".into(),
    }];
    let simulator = start(Settings { elsewhere, ..Settings::klaviyo(KEY) }).await;
    let client = connect(&simulator);
    let written = client.perform(&create("anna@example.com")).await.unwrap();
    assert_eq!(
        written.notes,
        [
            "the name was refused, and the rest was sent without it: the first name or last name differs from the user's name in another company"
        ]
    );
    let account = written.account.unwrap();
    assert_eq!((account.role.as_deref(), account.attributes.len()), (Some("analyst"), 1));
    let only_name = operation(
        Kind::Update,
        Some(&account.id),
        "anna@example.com",
        &[("name.givenName", None, Some("X"))],
    );
    let written = client.perform(&only_name).await.unwrap();
    assert_eq!((written.account.as_ref(), written.notes.len()), (Some(&account), 1));
}

#[tokio::test]
async fn refusals_say_what_the_target_said_and_what_to_do() {
    let simulator =
        start(Settings { owner: Some("owner@example.com".into()), ..Settings::klaviyo(KEY) }).await;
    let owner = simulator.add_user(&json!({ "userName": "owner@example.com" })).unwrap();
    let taken = simulator.add_user(&json!({ "userName": "taken@example.com" })).unwrap();
    let mut report = String::new();
    let mut tell = |what: &str, error: Error| {
        let hint = error.hint().unwrap_or("none");
        report.push_str(&format!("{what}\n  {error}\n  hint: {hint}\n"));
    };
    let client = connect(&simulator);
    let mut unknown_role = create("anna@example.com");
    unknown_role.changes[2].to = Some("emperor".into());
    tell("unknown role", client.perform(&unknown_role).await.unwrap_err());
    let change = |id: &str, to: &str| {
        operation(Kind::Update, Some(id), "x@example.com", &[("userName", Some("x"), Some(to))])
    };
    tell("owner", client.perform(&change(&owner, "new@example.com")).await.unwrap_err());
    tell("a name that is taken", client.perform(&change(&taken, "OWNER@example.com")).await.unwrap_err());
    tell(
        "an account that is gone",
        client.perform(&change("no-such-id", "new@example.com")).await.unwrap_err(),
    );
    let mut told = Vec::new();
    for kind in [FaultKind::status(501), FaultKind::html(), FaultKind::status(404)] {
        simulator.fault(Fault { on: On::next("GET", ""), kind });
        told.push(client.accounts(&|_| {}).await.unwrap_err());
    }
    let body = json!({ "detail": format!("the key Klaviyo-API-Key {KEY} is\nwrong") }).to_string();
    for (status, retry_after) in [(401, None), (400, None)] {
        let content_type = "application/json".to_owned();
        let kind = FaultKind::Answer { status, retry_after, content_type, body: body.clone() };
        simulator.fault(Fault { on: On::next("GET", ""), kind });
        told.push(client.accounts(&|_| {}).await.unwrap_err());
    }
    for error in told {
        tell("list", error);
    }
    tell(
        "a wrong key",
        self::client(&target(&simulator.url()), "other").unwrap().accounts(&|_| {}).await.unwrap_err(),
    );
    let url = simulator.url();
    tell(
        "a wrong URL",
        self::client(&target(&format!("{url}/x")), KEY).unwrap().accounts(&|_| {}).await.unwrap_err(),
    );
    simulator.stop().await;
    let error = client.accounts(&|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    tell("nobody there", error);
    assert!(!report.contains(KEY) && !format!("{client:?}").contains(KEY));
    let report = report.replace(&owner, "OWNER");
    insta::assert_snapshot!(report, @r#"
    unknown role
      cannot create `anna@example.com`: the target refused it with 400: `emperor` is no role of this account; it has to be one of admin, manager, analyst, campaign_coordinator, content_creator, support, portfolio_owner, portfolio_admin, portfolio_manager, portfolio_analyst, or the Custom SCIM ID of a custom role
      hint: a custom role is named by its Custom SCIM ID; `role_shape` says where the role stands
    owner
      cannot update `x@example.com`: the target refused it with 403: `owner@example.com` is the account owner and cannot be changed or deleted
      hint: the key may lack the right, or the account is the owner's, which nobody can change
    a name that is taken
      cannot update `x@example.com`: the target refused it with 409: a user with the userName `OWNER@example.com` is there already
      hint: none
    an account that is gone
      cannot update `x@example.com`: the account `no-such-id` is no longer there
      hint: the next cycle reads the accounts again and decides anew
    list
      cannot list the accounts: the target refused it with 501: a fault was asked for
      hint: the target does not support this: try another `update_method` or `patch_style`
    list
      cannot list the accounts: what answered is no SCIM service provider: it sent a page of HTML with 200
      hint: `base_url` is probably wrong: copy it from the target's page on SCIM provisioning
    list
      cannot list the accounts: the target refused it with 404: a fault was asked for
      hint: `base_url` is probably wrong
    list
      cannot list the accounts: the target refused the key with 401: the key Klaviyo-API-Key *** is wrong
      hint: see whether the key is right and still valid, and whether `auth_scheme` is the target's
    list
      cannot list the accounts: the target refused it with 400: the key Klaviyo-API-Key *** is wrong
      hint: none
    a wrong key
      cannot list the accounts: the target refused the key with 401: the access key is missing or wrong
      hint: see whether the key is right and still valid, and whether `auth_scheme` is the target's
    a wrong URL
      cannot list the accounts: the target refused it with 404: `/x/Users` is no resource
      hint: `base_url` is probably wrong
    nobody there
      cannot list the accounts: the target cannot be reached: tcp connect error: Connection refused (os error 111)
      hint: see whether `base_url` is right and the target can be reached
    "#);
}

#[tokio::test]
async fn the_key_goes_out_as_the_scheme_says_and_nowhere_else() {
    for (accept, key, auth_scheme) in [
        (AuthScheme::KlaviyoApiKey, KEY.to_owned(), AuthScheme::KlaviyoApiKey),
        (AuthScheme::KlaviyoApiKey, format!("Klaviyo-API-Key {KEY}"), AuthScheme::KlaviyoApiKey),
        (AuthScheme::Bearer, KEY.to_owned(), AuthScheme::Bearer),
        (AuthScheme::Bearer, format!("Klaviyo-API-Key {KEY}"), AuthScheme::Bearer),
    ] {
        let simulator = start(Settings { accept: vec![accept], ..Settings::klaviyo(KEY) }).await;
        let target = Target { auth_scheme, ..target(&simulator.url()) };
        client(&target, &key).unwrap().accounts(&|_| {}).await.unwrap();
    }
    let simulator = simulator().await;
    let errors = [
        "http://scim.example.com/v2",
        "ftp://scim.example.com/v2",
        "scim.example.com",
        "https://user:secret@scim.example.com/v2",
    ]
    .map(|url| client(&target(url), KEY).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @r#"
    the target cannot be used: `base_url` `http://scim.example.com/v2` would send the key unencrypted
    the target cannot be used: `base_url` `ftp://scim.example.com/v2` is neither https nor http
    the target cannot be used: `base_url` `scim.example.com` is no URL: relative URL without a base
    the target cannot be used: `base_url` has a user or a password in it
    "#);
    let elsewhere = FaultKind::Answer {
        status: 307,
        retry_after: None,
        content_type: String::new(),
        body: String::new(),
    };
    simulator.fault(Fault { on: On::next("GET", ""), kind: elsewhere });
    let error = connect(&simulator).accounts(&|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::NotScim { .. }), "{error}");
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_creates_go_through_side_by_side() {
    let simulator = simulator().await;
    let client = connect(&simulator);
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let client = client.clone();
        tasks.spawn(async move {
            for i in (worker..500).step_by(8) {
                client.perform(&create(&format!("user{i}@example.com"))).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(connect(&simulator).accounts(&|_| {}).await.unwrap().len(), 500);
}

/// Whatever is changed, in whatever order, the account is as the changes say: in every style and shape.
#[test]
fn any_changes_in_any_style_lead_to_the_same_account() {
    use proptest::prelude::prop;
    use proptest::test_runner::{Config, TestRunner};
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let step = (1_usize..22, prop::option::of("\\PC{1,10}"), prop::bool::ANY);
    let steps = prop::collection::vec(prop::collection::vec(step, 1..6), 1..5);
    let attributes: Vec<Attribute> = Attribute::all().collect();
    let property = |steps: Vec<Vec<(usize, Option<String>, bool)>>| {
        runtime.block_on(async {
            for (update_method, patch_style, role_shape) in [
                (UpdateMethod::Patch, PatchStyle::Path, RoleShape::Roles),
                (UpdateMethod::Patch, PatchStyle::NoPath, RoleShape::Both),
                (UpdateMethod::Patch, PatchStyle::Entra, RoleShape::Roles),
                (UpdateMethod::Put, PatchStyle::Path, RoleShape::Role),
            ] {
                let simulator =
                    start(Settings { strict_roles: false, role_shape, ..Settings::klaviyo(KEY) }).await;
                let target = Target { update_method, patch_style, role_shape, ..target(&simulator.url()) };
                let client = client(&target, KEY).unwrap();
                let mut account = client.perform(&create("anna@example.com")).await.unwrap().account.unwrap();
                for step in &steps {
                    let mut changes = BTreeMap::new();
                    for (index, to, active) in step {
                        let attribute = attributes[*index];
                        let to = if attribute == Attribute::ACTIVE {
                            Some(active.to_string())
                        } else {
                            to.clone()
                        };
                        changes.insert(attribute, to);
                    }
                    let mut update = operation(Kind::Update, Some(&account.id), &account.user_name, &[]);
                    for (attribute, to) in changes {
                        let from = account.get(attribute).map(str::to_owned);
                        update.changes.push(Change { attribute, from, to: to.clone() });
                        match (attribute, to) {
                            (Attribute::ACTIVE, to) => account.active = to.as_deref() == Some("true"),
                            (Attribute::ROLE, to) => account.role = to,
                            (_, Some(to)) => drop(account.attributes.insert(attribute, to)),
                            (_, None) => drop(account.attributes.remove(&attribute)),
                        }
                    }
                    let written = client.perform(&update).await.unwrap();
                    assert_eq!((written.account.as_ref(), written.notes.len()), (Some(&account), 0));
                }
                assert_eq!(client.accounts(&|_| {}).await.unwrap(), [account]);
            }
        });
        Ok(())
    };
    runner.run(&steps, property).unwrap();
}

#[tokio::test]
async fn certificates_are_read_with_care() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let build =
        || client(&Target { ca_file: Some(path.clone()), ..target("https://scim.example.com/v2") }, KEY);
    let mut errors = vec![build().unwrap_err().to_string()];
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        errors.push(build().unwrap_err().to_string());
    }
    let text = errors.join("\n").replace(folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!(text, @r#"
    the target cannot be used: cannot read the certificates in `FOLDER/ca.pem`: No such file or directory (os error 2)
    the target cannot be used: `FOLDER/ca.pem` holds no certificate
    the target cannot be used: `FOLDER/ca.pem` holds no certificate
    the target cannot be used: no connection can be prepared with the certificates in `FOLDER/ca.pem`: invalid peer certificate: BadEncoding
    "#);
}
