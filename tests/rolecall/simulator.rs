//! The simulator over HTTP, by a client that knows nothing of it.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Method;
use rolecall::config::{AuthScheme, RoleShape};
use rolecall::simulator::{Fault, FaultKind, On, Rate, RoleAnswer, Settings, Simulator};
use serde_json::{Value, json};

const KEY: &str = "key-4711";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn settings() -> Settings {
    Settings { clock: || Timestamp::UNIX_EPOCH, ..Settings::klaviyo(KEY) }
}

struct Web {
    simulator: Simulator,
    client: reqwest::Client,
}

/// Status, `ETag` or other header of interest, and body.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Web {
    async fn start(settings: Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let simulator = Simulator::start("127.0.0.1:0".parse().unwrap(), settings).await.unwrap();
        Self { simulator, client: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn try_send(&self, method: &str, path: &str, body: Value) -> reqwest::Result<Answer> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            self.client.request(method, format!("{}{path}", self.simulator.url())).bearer_auth(KEY);
        if !body.is_null() {
            request = request.header("Content-Type", "application/scim+json").body(body.to_string());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_send(method, path, body).await.unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Value::Null).await
    }

    async fn create(&self, mut user: Value) -> String {
        user["schemas"] = json!([USER]);
        let answer = self.send("POST", "/Users", user).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, id: &str, operations: Value) -> Answer {
        let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
        self.send("PATCH", &format!("/Users/{id}"), json!({ "schemas": schemas, "Operations": operations }))
            .await
    }

    fn replace_address(&self, text: &str) -> String {
        text.replace(&self.simulator.url(), "BASE")
    }
}

#[tokio::test]
async fn a_user_is_created_read_and_listed() {
    let web = Web::start(settings()).await;
    let sent = json!({
        "schemas": [USER],
        "USERNAME": "Anna@example.com",
        "id": "mine",
        "meta": { "version": "mine" },
        "groups": [{ "value": "g" }],
        "unknown": 1,
        "title": null,
        "phoneNumbers": [],
        "name": { "GivenName": "Anna", "other": 1 },
        "emails": [{ "value": "anna@example.com", "type": "work", "primary": "True" }],
        "roles": [{ "value": "admin" }],
    });
    let created = web.send("POST", "/Users", sent).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.headers["content-type"], "application/scim+json");
    assert_eq!(created.headers["etag"], "W/\"1\"");
    assert_eq!(created.headers["location"], created.body["meta"]["location"].as_str().unwrap());
    let listed = web.get("/Users").await;
    assert_eq!(listed.body["Resources"][0], created.body);
    let id = created.body["id"].as_str().unwrap();
    assert_eq!(web.get(&format!("/Users/{id}")).await.body, created.body);
    insta::assert_snapshot!(web.replace_address(&format!("{:#}", listed.body)), @r#"
    {
      "schemas": [
        "urn:ietf:params:scim:api:messages:2.0:ListResponse"
      ],
      "totalResults": 1,
      "startIndex": 1,
      "itemsPerPage": 1,
      "Resources": [
        {
          "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User"
          ],
          "id": "f4e98973-e6e9-5a72-805e-7064b4d6941e",
          "userName": "Anna@example.com",
          "name": {
            "givenName": "Anna"
          },
          "emails": [
            {
              "value": "anna@example.com",
              "type": "work",
              "primary": true
            }
          ],
          "roles": [
            {
              "value": "admin"
            }
          ],
          "active": true,
          "meta": {
            "resourceType": "User",
            "created": "1970-01-01T00:00:00Z",
            "lastModified": "1970-01-01T00:00:00Z",
            "location": "BASE/Users/f4e98973-e6e9-5a72-805e-7064b4d6941e",
            "version": "W/\"1\""
          }
        }
      ]
    }
    "#);
    // A third party agrees that these are a user and a list.
    use scim_v2::models::{others::ListResponse, user::User};
    use scim_v2::{Response, Strict, Validate};
    serde_json::from_value::<Strict<User<String>, Response>>(created.body).unwrap();
    serde_json::from_value::<ListResponse<User<String>>>(listed.body).unwrap().validate().unwrap();
}

#[tokio::test]
async fn the_discovery_documents_show_what_is_supported() {
    let web =
        Web::start(Settings { only_klaviyo_attributes: true, role_shape: RoleShape::Both, ..settings() })
            .await;
    let schema = web.get(&format!("/Schemas/{USER}")).await.body;
    let names = |attributes: &Value| -> Vec<String> {
        attributes.as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&schema["attributes"]), ["userName", "name", "active", "emails", "roles", "role"]);
    assert_eq!(names(&schema["attributes"][1]["subAttributes"]), ["familyName", "givenName"]);
    let config = web.get("/ServiceProviderConfig").await.body;
    assert_eq!((&config["patch"]["supported"], &config["bulk"]["supported"]), (&json!(true), &json!(false)));
    use scim_v2::Validate;
    use scim_v2::models::{scim_schema::Schema, service_provider_config::ServiceProviderConfig};
    serde_json::from_value::<ServiceProviderConfig>(config).unwrap().validate().unwrap();
    serde_json::from_value::<Schema>(schema).unwrap().validate().unwrap();
    assert_eq!(web.get("/ResourceTypes").await.body["Resources"][0]["endpoint"], "/Users");
}

#[tokio::test]
async fn filters_find_whom_they_should() {
    let web = Web::start(settings()).await;
    for user in [
        json!({ "userName": "Anna@example.com", "name": { "familyName": "Berg" }, "title": "Manager", "roles": [{ "value": "admin" }],
                "emails": [{ "value": "a@work.example", "type": "work", "primary": true }, { "value": "a@home.example", "type": "home" }] }),
        json!({ "userName": "bo@example.com", "active": false, "externalId": "X1", "emails": [{ "value": "b@home.example", "type": "home" }] }),
        json!({ "userName": "o\"k\\@example.com" }),
    ] {
        web.create(user).await;
    }
    let filters = [
        "userName eq \"anna@EXAMPLE.com\"",
        "USERNAME Eq \"bo@example.com\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"bo@example.com\"",
        "userName eq \"o\\\"k\\\\@example.com\"",
        "userName ne \"bo@example.com\"",
        "userName co \"N\"",
        "userName sw \"bo\"",
        "userName ew \"example.com\"",
        "userName gt \"b\"",
        "userName lt \"b\"",
        "title pr",
        "not (title pr)",
        "title eq null",
        "title ne \"Manager\"",
        "active eq false",
        "active eq \"False\"",
        "roles eq \"admin\"",
        "roles.value eq \"Admin\"",
        "externalId eq \"X1\"",
        "externalId eq \"x1\"",
        "emails eq \"a@home.example\"",
        "emails.type eq \"home\"",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\" and value co \"home\"]",
        "emails[type eq \"home\"].value sw \"b\"",
        "emails[primary eq \"True\"].value pr",
        "name.familyName eq \"berg\" or active eq false and title pr",
        "(name.familyName eq \"berg\" or active eq false) and not (title pr)",
        "meta.created ge \"1970-01-01T00:00:00.000Z\"",
        "meta.created gt \"1970-01-01T01:00:00+01:00\"",
        "userName eq",
        "userName",
        "userName is \"a\"",
        "userName eq anna",
        "userName eq \"a",
        "nothing eq \"a\"",
        "emails[type eq \"work\"",
        "title[type eq \"work\"]",
        "(userName pr",
        "userName pr)",
        "userName pr ; title pr",
        "not userName pr",
    ];
    let mut report = String::new();
    for filter in filters {
        let query: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let answer = web.get(&format!("/Users?filter={query}")).await;
        let found = match &answer.body["Resources"] {
            Value::Array(users) => users
                .iter()
                .map(|user| user["userName"].as_str().unwrap().split('@').next().unwrap())
                .collect::<Vec<_>>()
                .join(" "),
            _ => format!("{} {}: {}", answer.status, answer.body["scimType"], answer.body["detail"]),
        };
        writeln!(report, "{filter}  ->  {found}").unwrap();
        let searched = web.send("POST", "/Users/.search", json!({ "filter": filter })).await;
        assert_eq!(searched.body, answer.body, "{filter}");
    }
    insta::assert_snapshot!(report, @r#"
    userName eq "anna@EXAMPLE.com"  ->  Anna
    USERNAME Eq "bo@example.com"  ->  bo
    urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bo@example.com"  ->  bo
    userName eq "o\"k\\@example.com"  ->  o"k\
    userName ne "bo@example.com"  ->  Anna o"k\
    userName co "N"  ->  Anna
    userName sw "bo"  ->  bo
    userName ew "example.com"  ->  Anna bo o"k\
    userName gt "b"  ->  bo o"k\
    userName lt "b"  ->  Anna
    title pr  ->  Anna
    not (title pr)  ->  bo o"k\
    title eq null  ->  bo o"k\
    title ne "Manager"  ->  bo o"k\
    active eq false  ->  bo
    active eq "False"  ->  bo
    roles eq "admin"  ->  Anna
    roles.value eq "Admin"  ->  
    externalId eq "X1"  ->  bo
    externalId eq "x1"  ->  
    emails eq "a@home.example"  ->  Anna
    emails.type eq "home"  ->  Anna bo
    emails[type eq "work"]  ->  Anna
    emails[type eq "work" and value co "home"]  ->  
    emails[type eq "home"].value sw "b"  ->  bo
    emails[primary eq "True"].value pr  ->  Anna
    name.familyName eq "berg" or active eq false and title pr  ->  Anna
    (name.familyName eq "berg" or active eq false) and not (title pr)  ->  bo
    meta.created ge "1970-01-01T00:00:00.000Z"  ->  Anna bo o"k\
    meta.created gt "1970-01-01T01:00:00+01:00"  ->  
    userName eq  ->  400 "invalidFilter": "the filter `userName eq` cannot be understood: it ends where a value should stand"
    userName  ->  400 "invalidFilter": "the filter `userName` cannot be understood: an operator is missing behind `userName`"
    userName is "a"  ->  400 "invalidFilter": "the filter `userName is \"a\"` cannot be understood: `is` is no operator"
    userName eq anna  ->  400 "invalidFilter": "the filter `userName eq anna` cannot be understood: `anna` is no value; a string needs quotes"
    userName eq "a  ->  400 "invalidFilter": "the filter `userName eq \"a` cannot be understood: a string has no end"
    nothing eq "a"  ->  400 "invalidFilter": "the filter `nothing eq \"a\"` cannot be understood: no attribute is called `nothing`"
    emails[type eq "work"  ->  400 "invalidFilter": "the filter `emails[type eq \"work\"` cannot be understood: it ends where `]` should stand"
    title[type eq "work"]  ->  400 "invalidFilter": "the filter `title[type eq \"work\"]` cannot be understood: `title` has no values to choose from"
    (userName pr  ->  400 "invalidFilter": "the filter `(userName pr` cannot be understood: it ends where `)` should stand"
    userName pr)  ->  400 "invalidFilter": "the filter `userName pr)` cannot be understood: `)` is one too many"
    userName pr ; title pr  ->  400 "invalidFilter": "the filter `userName pr ; title pr` cannot be understood: `;` has no place in a filter"
    not userName pr  ->  400 "invalidFilter": "the filter `not userName pr` cannot be understood: `userName` stands where `(` should"
    "#);
    for hostile in ["(".repeat(10_000), format!("title pr{}", " and title pr".repeat(1_000))] {
        let answer = web.send("POST", "/.search", json!({ "filter": hostile })).await;
        assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!("invalidFilter")));
    }
}

#[tokio::test]
async fn lists_are_paged_sorted_and_cut_to_attributes() {
    let web = Web::start(Settings { page_limit: 3, ..settings() }).await;
    for (name, title) in [("c", json!("x")), ("A", json!(null)), ("b", json!("y")), ("d", json!("x"))] {
        web.create(
            json!({ "userName": name, "title": title, "emails": [{ "value": name, "type": "work" }] }),
        )
        .await;
    }
    let mut report = String::new();
    for query in [
        "",
        "startIndex=2",
        "startIndex=2&count=2",
        "startIndex=4&count=10",
        "startIndex=9",
        "startIndex=0&count=1",
        "startIndex=-5&count=1",
        "count=0",
        "count=-1",
        "count=many",
        "sortBy=userName",
        "sortBy=userName&sortOrder=descending&count=2",
        "sortBy=title&sortOrder=ascending",
        "filter=title+pr&startIndex=2&count=1",
    ] {
        let body = web.get(&format!("/Users?{query}")).await.body;
        let names: Vec<&str> = body["Resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|user| user["userName"].as_str())
            .collect();
        let counts = ["totalResults", "startIndex", "itemsPerPage"].map(|name| body[name].to_string());
        writeln!(report, "{query}  ->  {names:?} {}", counts.join(" ")).unwrap();
    }
    for query in [
        "attributes=userName",
        "attributes=emails.value,active",
        "attributes=emails.type,emails.value",
        "excludedAttributes=meta,emails,id,active",
        "excludedAttributes=emails.type,meta,title",
    ] {
        let body = web.get(&format!("/Users?{query}&count=1")).await.body;
        let mut user = body["Resources"][0].clone();
        user["schemas"] = user["schemas"].is_array().into();
        user["id"] = user["id"].is_string().into();
        writeln!(report, "{query}  ->  {user}").unwrap();
    }
    insta::assert_snapshot!(report, @r#"
      ->  ["c", "A", "b"] 4 1 3
    startIndex=2  ->  ["A", "b", "d"] 4 2 3
    startIndex=2&count=2  ->  ["A", "b"] 4 2 2
    startIndex=4&count=10  ->  ["d"] 4 4 1
    startIndex=9  ->  [] 4 9 0
    startIndex=0&count=1  ->  ["c"] 4 1 1
    startIndex=-5&count=1  ->  ["c"] 4 1 1
    count=0  ->  [] 4 1 0
    count=-1  ->  [] 4 1 0
    count=many  ->  [] null null null
    sortBy=userName  ->  ["A", "b", "c"] 4 1 3
    sortBy=userName&sortOrder=descending&count=2  ->  ["d", "c"] 4 1 2
    sortBy=title&sortOrder=ascending  ->  ["c", "d", "b"] 4 1 3
    filter=title+pr&startIndex=2&count=1  ->  ["b"] 3 2 1
    attributes=userName  ->  {"schemas":true,"id":true,"userName":"c"}
    attributes=emails.value,active  ->  {"schemas":true,"id":true,"emails":[{"value":"c"}],"active":true}
    attributes=emails.type,emails.value  ->  {"schemas":true,"id":true,"emails":[{"type":"work","value":"c"}]}
    excludedAttributes=meta,emails,id,active  ->  {"schemas":true,"id":true,"userName":"c","title":"x"}
    excludedAttributes=emails.type,meta,title  ->  {"schemas":true,"id":true,"userName":"c","active":true,"emails":[{"value":"c"}]}
    "#);
}

#[tokio::test]
async fn a_patch_does_what_the_rfc_and_entra_mean_by_it() {
    let web = Web::start(settings()).await;
    let start = json!({
        "userName": "anna@example.com",
        "title": "Analyst",
        "name": { "givenName": "Anna", "familyName": "Berg" },
        "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
    });
    let id = web.create(start).await;
    let mut report = String::new();
    let keep = ["userName", "active", "title", "name", "emails", "roles"];
    for operation in [
        json!({ "op": "replace", "path": "title", "value": "Manager" }),
        json!({ "op": "add", "value": { "title": "Lead", "name": { "givenName": "Anne" } } }),
        json!({ "op": "Replace", "path": "active", "value": "False" }),
        json!({ "op": "replace", "value": { "name.familyName": "Bergen", "active": true } }),
        json!({ "op": "remove", "path": "name.givenName" }),
        json!({ "op": "replace", "path": "name", "value": { "givenName": "Ann" } }),
        json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@x" }),
        json!({ "op": "add", "path": "emails", "value": [{ "value": "h@x", "type": "home" }] }),
        json!({ "op": "add", "path": "emails", "value": { "value": "o@x", "type": "other", "primary": true } }),
        json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
        json!({ "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "f@x" }),
        json!({ "op": "remove", "path": "emails[type eq \"other\"]" }),
        json!({ "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "admin" }),
        json!({ "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "manager" }),
        json!({ "op": "replace", "path": "roles", "value": [{ "value": "analyst" }] }),
        json!({ "op": "add", "path": "roles", "value": [{ "value": "admin" }] }),
        json!({ "op": "remove", "path": "roles" }),
        json!({ "op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:title", "value": null }),
        json!({ "op": "remove", "path": "title" }),
        json!({ "op": "remove" }),
        json!({ "op": "remove", "path": "userName" }),
        json!({ "op": "replace", "path": "id", "value": "x" }),
        json!({ "op": "replace", "path": "nothing", "value": "x" }),
        json!({ "op": "replace", "path": "emails[", "value": "x" }),
        json!({ "op": "replace", "path": "active", "value": "perhaps" }),
        json!({ "op": "replace", "path": "title" }),
        json!({ "op": "move", "path": "title" }),
        json!({ "op": "replace", "value": "x" }),
    ] {
        let answer = web.patch(&id, json!([operation])).await;
        let shown = if answer.status == 200 {
            let members =
                keep.iter().filter_map(|name| Some(((*name).to_owned(), answer.body.get(name)?.clone())));
            Value::Object(members.collect()).to_string()
        } else {
            format!("{} {}: {}", answer.status, answer.body["scimType"], answer.body["detail"])
        };
        writeln!(report, "{operation}\n    {shown}").unwrap();
    }
    insta::assert_snapshot!(report, @r#"
    {"op":"replace","path":"title","value":"Manager"}
        {"userName":"anna@example.com","active":true,"title":"Manager","name":{"givenName":"Anna","familyName":"Berg"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"add","value":{"title":"Lead","name":{"givenName":"Anne"}}}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"givenName":"Anne","familyName":"Berg"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"Replace","path":"active","value":"False"}
        {"userName":"anna@example.com","active":false,"title":"Lead","name":{"givenName":"Anne","familyName":"Berg"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"replace","value":{"name.familyName":"Bergen","active":true}}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"givenName":"Anne","familyName":"Bergen"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"remove","path":"name.givenName"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"replace","path":"name","value":{"givenName":"Ann"}}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"w@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"replace","path":"emails[type eq \"work\"].value","value":"new@x"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"add","path":"emails","value":[{"value":"h@x","type":"home"}]}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":true},{"value":"h@x","type":"home"}]}
    {"op":"add","path":"emails","value":{"value":"o@x","type":"other","primary":true}}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home"},{"value":"o@x","type":"other","primary":true}]}
    {"op":"replace","path":"emails[type eq \"home\"].primary","value":true}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true},{"value":"o@x","type":"other","primary":false}]}
    {"op":"replace","path":"emails[type eq \"fax\"].value","value":"f@x"}
        400 "noTarget": "no value of `emails` fits the filter"
    {"op":"remove","path":"emails[type eq \"other\"]"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]}
    {"op":"Add","path":"roles[primary eq \"True\"].value","value":"admin"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}],"roles":[{"primary":true,"value":"admin"}]}
    {"op":"Replace","path":"roles[primary eq \"True\"].value","value":"manager"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}],"roles":[{"primary":true,"value":"manager"}]}
    {"op":"replace","path":"roles","value":[{"value":"analyst"}]}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}],"roles":[{"value":"analyst"}]}
    {"op":"add","path":"roles","value":[{"value":"admin"}]}
        400 "invalidValue": "a user has one role, and `roles` names several"
    {"op":"remove","path":"roles"}
        {"userName":"anna@example.com","active":true,"title":"Lead","name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]}
    {"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":null}
        {"userName":"anna@example.com","active":true,"name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]}
    {"op":"remove","path":"title"}
        {"userName":"anna@example.com","active":true,"name":{"familyName":"Bergen","givenName":"Ann"},"emails":[{"value":"new@x","type":"work","primary":false},{"value":"h@x","type":"home","primary":true}]}
    {"op":"remove"}
        400 "noTarget": "`remove` needs a path"
    {"op":"remove","path":"userName"}
        400 "mutability": "`userName` is required"
    {"op":"replace","path":"id","value":"x"}
        400 "mutability": "`id` cannot be changed"
    {"op":"replace","path":"nothing","value":"x"}
        400 "invalidPath": "no attribute is called `nothing`"
    {"op":"replace","path":"emails[","value":"x"}
        400 "invalidPath": "`emails[` lacks a `]`"
    {"op":"replace","path":"active","value":"perhaps"}
        400 "invalidValue": "`active` has to be a boolean, and is \"perhaps\""
    {"op":"replace","path":"title"}
        400 "invalidValue": "`title` comes without a value"
    {"op":"move","path":"title"}
        400 "invalidSyntax": "`move` is none of add, replace and remove"
    {"op":"replace","value":"x"}
        400 "invalidValue": "without a path, `value` has to be an object"
    "#);
    // All operations or none.
    let before = web.simulator.users();
    let both = json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "add", "path": "nothing", "value": 1 }]);
    assert_eq!(web.patch(&id, both).await.status, 400);
    assert_eq!(web.simulator.users(), before);
}

#[tokio::test]
async fn put_replaces_and_versions_are_held() {
    let web = Web::start(settings()).await;
    let id = web.create(json!({ "userName": "anna@example.com", "title": "x", "active": false })).await;
    let path = format!("/Users/{id}");
    let put = web
        .send("PUT", &path, json!({ "schemas": [USER], "userName": "Anna@example.com", "id": "other" }))
        .await;
    assert_eq!((put.status, &put.body["title"], &put.body["active"]), (200, &Value::Null, &json!(true)));
    assert_eq!(
        (&put.body["id"], &put.headers["etag"]),
        (&json!(id), &reqwest::header::HeaderValue::from_static("W/\"2\""))
    );
    let url = format!("{}{path}", web.simulator.url());
    let conditional = |method: Method, name: &'static str, version: &'static str| {
        web.client.request(method, &url).bearer_auth(KEY).header(name, version).send()
    };
    assert_eq!(conditional(Method::GET, "If-None-Match", "W/\"2\"").await.unwrap().status(), 304);
    assert_eq!(conditional(Method::GET, "If-None-Match", "W/\"1\"").await.unwrap().status(), 200);
    assert_eq!(conditional(Method::DELETE, "If-Match", "W/\"1\"").await.unwrap().status(), 412);
    assert_eq!(conditional(Method::DELETE, "If-Match", "W/\"1\", W/\"2\"").await.unwrap().status(), 204);
    assert_eq!(web.get(&path).await.status, 404);
    assert_eq!(web.send("DELETE", &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn klaviyos_rules_are_kept() {
    let owner = Some("Owner@example.com".to_owned());
    let mut settings = Settings { owner, ..settings() };
    settings.known_roles.push("01HCUSTOM".into());
    let web = Web::start(settings).await;
    let owner = web.create(json!({ "userName": "owner@example.com" })).await;
    let anna =
        web.create(json!({ "userName": "anna@example.com", "roles": [{ "value": "01HCUSTOM" }] })).await;
    let mut report = String::new();
    let mut tell = |what: &str, answer: &Answer| {
        writeln!(report, "{what}: {} {}: {}", answer.status, answer.body["scimType"], answer.body["detail"])
            .unwrap();
    };
    let post = |body: Value| web.send("POST", "/Users", body);
    tell("twice", &post(json!({ "schemas": [USER], "userName": "ANNA@example.com" })).await);
    tell("nameless", &post(json!({ "schemas": [USER], "title": "x" })).await);
    tell("blank", &post(json!({ "schemas": [USER], "userName": " " })).await);
    tell("without a schema", &post(json!({ "userName": "b@example.com" })).await);
    tell("no object", &post(json!([1])).await);
    tell("wrong type", &post(json!({ "schemas": [USER], "userName": 7 })).await);
    let role = |role: Value| json!({ "schemas": [USER], "userName": "b@example.com", "roles": role });
    tell("unknown role", &post(role(json!([{ "value": "Admin" }]))).await);
    tell("two roles", &post(role(json!([{ "value": "admin" }, { "value": "manager" }]))).await);
    tell(
        "rename to a taken name",
        &web.patch(&anna, json!([{ "op": "replace", "path": "userName", "value": "owner@Example.com" }]))
            .await,
    );
    tell(
        "owner patched",
        &web.patch(&owner, json!([{ "op": "replace", "path": "active", "value": false }])).await,
    );
    let path = format!("/Users/{owner}");
    tell(
        "owner put",
        &web.send("PUT", &path, json!({ "schemas": [USER], "userName": "x@example.com" })).await,
    );
    tell("owner deleted", &web.send("DELETE", &path, Value::Null).await);
    insta::assert_snapshot!(report, @r#"
    twice: 409 "uniqueness": "a user with the userName `ANNA@example.com` is there already"
    nameless: 400 "invalidValue": "`userName` is required"
    blank: 400 "invalidValue": "`userName` is required"
    without a schema: 400 "invalidSyntax": "`schemas` does not name `urn:ietf:params:scim:schemas:core:2.0:User`"
    no object: 400 "invalidSyntax": "the body is no JSON object"
    wrong type: 400 "invalidValue": "`userName` has to be a string, and is 7"
    unknown role: 400 "invalidValue": "`Admin` is no role of this account; it has to be one of admin, manager, analyst, campaign_coordinator, content_creator, support, portfolio_owner, portfolio_admin, portfolio_manager, portfolio_analyst, 01HCUSTOM, or the Custom SCIM ID of a custom role"
    two roles: 400 "invalidValue": "a user has one role, and `roles` names several"
    rename to a taken name: 409 "uniqueness": "a user with the userName `owner@Example.com` is there already"
    owner patched: 403 null: "`owner@example.com` is the account owner and cannot be changed or deleted"
    owner put: 403 null: "`owner@example.com` is the account owner and cannot be changed or deleted"
    owner deleted: 403 null: "`owner@example.com` is the account owner and cannot be changed or deleted"
    "#);
    assert_eq!(web.simulator.users().len(), 2);
    // A name in other case is the same user's.
    assert_eq!(
        web.patch(&anna, json!([{ "op": "replace", "path": "userName", "value": "Anna@Example.com" }]))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_role_stands_where_the_setting_says() {
    for (role_shape, role_answer, expected) in [
        (RoleShape::Roles, RoleAnswer::List, r#"{"roles":[{"value":"admin"}]}"#),
        (RoleShape::Roles, RoleAnswer::Object, r#"{"roles":{"value":"admin"}}"#),
        (RoleShape::Roles, RoleAnswer::Text, r#"{"roles":"admin"}"#),
        (RoleShape::Role, RoleAnswer::List, r#"{"role":"manager"}"#),
    ] {
        let web = Web::start(Settings { role_shape, role_answer, ..settings() }).await;
        web.create(json!({ "userName": "a", "roles": [{ "value": "admin" }], "role": "manager" })).await;
        let mut user = web.get("/Users").await.body["Resources"][0].clone();
        user.as_object_mut().unwrap().retain(|name, _| name.starts_with("role"));
        assert_eq!(user.to_string(), expected);
    }
    let web = Web::start(Settings { role_shape: RoleShape::Both, ..settings() }).await;
    let id = web.create(json!({ "userName": "a", "role": "admin" })).await;
    let both = |user: &Value| (user["role"].clone(), user["roles"][0]["value"].clone());
    assert_eq!(both(&web.simulator.user("a").unwrap()), (json!("admin"), json!("admin")));
    let changed = web
        .patch(&id, json!([{ "op": "replace", "path": "roles", "value": [{ "value": "manager" }] }]))
        .await;
    assert_eq!(both(&changed.body), (json!("manager"), json!("manager")));
    let removed = web.patch(&id, json!([{ "op": "remove", "path": "role" }])).await;
    assert_eq!(both(&removed.body), (Value::Null, Value::Null));
    let contradiction =
        json!([{ "op": "add", "value": { "role": "admin", "roles": [{ "value": "manager" }] } }]);
    assert_eq!(web.patch(&id, contradiction).await.status, 400);
}

#[tokio::test]
async fn who_has_no_key_or_goes_astray_is_told_so() {
    let web = Web::start(settings()).await;
    let url = format!("{}/Users", web.simulator.url());
    for (authorization, status) in [
        (None, 401),
        (Some("Klaviyo-API-Key key-4711"), 200),
        (Some("klaviyo-api-key key-4711"), 200),
        (Some("Bearer key-4711"), 200),
        (Some("Bearer other"), 401),
        (Some("Basic key-4711"), 401),
        (Some("key-4711"), 401),
    ] {
        let mut request = web.client.get(&url);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{authorization:?}");
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
    }
    let strict = Web::start(Settings { accept: vec![AuthScheme::KlaviyoApiKey], ..settings() }).await;
    assert_eq!(strict.get("/Users").await.status, 401);
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/Groups", 404),
        ("GET", "/Users/nobody", 404),
        ("GET", "/Users/a/b", 404),
        ("GET", "/", 404),
        ("POST", "/Schemas", 405),
        ("DELETE", "/ServiceProviderConfig", 405),
        ("PUT", "/ResourceTypes/User", 405),
        ("DELETE", "/Users", 405),
        ("POST", "/Users/nobody", 405),
        ("GET", "/.search", 405),
        ("POST", "/Bulk", 501),
        ("GET", "/Me", 501),
        ("GET", "/Schemas?filter=id+pr", 403),
        ("GET", "/Schemas/nothing", 404),
    ] {
        let answer = web.send(method, path, Value::Null).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.body["status"], status.to_string(), "{method} {path}");
        assert_eq!(answer.headers.contains_key("allow"), status == 405);
    }
}

#[tokio::test]
async fn the_rate_is_limited_and_says_so() {
    let web = Web::start(Settings { rate: Some(Rate { per_second: 3 }), ..settings() }).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = web.get("/Users").await;
        statuses.push((answer.status, answer.headers["ratelimit-remaining"].to_str().unwrap().to_owned()));
        assert_eq!(answer.headers.contains_key("retry-after"), answer.status == 429);
    }
    let expected = [(200, "2"), (200, "1"), (200, "0"), (429, "0"), (429, "0")];
    assert_eq!(statuses.iter().map(|(status, left)| (*status, left.as_str())).collect::<Vec<_>>(), expected);
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_eq!(web.get("/Users").await.status, 200);
}

#[tokio::test]
async fn users_outlive_a_restart_in_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.json");
    let settings = || Settings { state: Some(path.clone()), ..settings() };
    let web = Web::start(settings()).await;
    let anna = web.create(json!({ "userName": "anna@example.com" })).await;
    let bo = web.create(json!({ "userName": "bo@example.com" })).await;
    web.send("DELETE", &format!("/Users/{bo}"), Value::Null).await;
    web.simulator.stop().await;
    let web = Web::start(settings()).await;
    let user = web.simulator.user("ANNA@example.com").unwrap();
    assert_eq!(user["id"], anna.as_str());
    assert_eq!(user["meta"]["location"], format!("{}/Users/{anna}", web.simulator.url()));
    // An identity is never given twice.
    let third = web.create(json!({ "userName": "third@example.com" })).await;
    assert!(third != bo && third != anna);
    // What was written reaches the file without a stop, too.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !std::fs::read_to_string(&path).unwrap().contains(&third) {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(web);
    std::fs::write(&path, "{\"users\": [").unwrap();
    let error = Simulator::start("127.0.0.1:0".parse().unwrap(), settings()).await.unwrap_err();
    let text = error.to_string().replace(folder.path().to_str().unwrap(), "FOLDER");
    insta::assert_snapshot!(text, @r#"cannot read the users from `FOLDER/users.json`: EOF while parsing a list at line 1 column 11"#);
}

#[tokio::test]
async fn users_can_be_edited_by_hand() {
    let web = Web::start(settings()).await;
    let simulator = &web.simulator;
    let id = simulator
        .add_user(&json!({ "userName": "anna@example.com", "roles": [{ "value": "no known role" }] }))
        .unwrap();
    simulator.set("ANNA@example.com", "active", &json!(false)).unwrap();
    simulator.set(&id, "name.givenName", &json!("Anna")).unwrap();
    simulator.set(&id, "roles", &json!(null)).unwrap();
    let user = web.get(&format!("/Users/{id}")).await.body;
    assert_eq!(
        (&user["active"], &user["name"]["givenName"], user.get("roles")),
        (&json!(false), &json!("Anna"), None)
    );
    let errors = [
        simulator.set("nobody", "active", &json!(false)).unwrap_err().to_string(),
        simulator.set(&id, "nothing", &json!(false)).unwrap_err().to_string(),
        simulator.add_user(&json!({ "userName": "Anna@example.com" })).unwrap_err().to_string(),
        simulator.add_user(&json!(7)).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r#"
    cannot edit `nobody`: there is no such user
    cannot edit `f4e98973-e6e9-5a72-805e-7064b4d6941e`: no attribute is called `nothing`
    cannot edit `Anna@example.com`: it is there already
    cannot edit ``: it is no object
    "#);
    assert!(simulator.remove_user(&id) && !simulator.remove_user(&id));
    assert_eq!(simulator.users(), Vec::<Value>::new());
}

#[tokio::test]
async fn faults_happen_to_whom_they_are_meant_for() {
    let web = Web::start(settings()).await;
    let fault = |on: On, kind: FaultKind| web.simulator.fault(Fault { on, kind });
    fault(On::next("GET", "/Users").after(1), FaultKind::status(500));
    fault(On::next("GET", "/Users"), FaultKind::too_many_requests(Some("7")));
    assert_eq!(web.get("/Schemas").await.status, 200);
    let first = web.get("/Users").await;
    assert_eq!((first.status, first.headers["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(web.get("/Users").await.status, 500);
    assert_eq!(web.get("/Users").await.status, 200);

    let anna = || json!({ "schemas": [USER], "userName": "anna@example.com" });
    fault(On::next("POST", ""), FaultKind::DropBefore);
    assert!(web.try_send("POST", "/Users", anna()).await.is_err());
    assert_eq!(web.simulator.users().len(), 0);
    fault(On::next("POST", ""), FaultKind::DropAfter);
    assert!(web.try_send("POST", "/Users", anna()).await.is_err());
    assert_eq!(web.simulator.users().len(), 1);
    let log = web.simulator.requests();
    assert_eq!(log.iter().filter(|request| request.status.is_none()).count(), 2);

    let id = web.simulator.user("anna@example.com").unwrap()["id"].as_str().unwrap().to_owned();
    fault(On::next("PATCH", ""), FaultKind::Ignore);
    let ignored = web.patch(&id, json!([{ "op": "add", "path": "title", "value": "x" }])).await;
    assert_eq!((ignored.status, ignored.body.get("title")), (200, None));
    fault(On::next("GET", ""), FaultKind::Torn);
    assert_eq!(web.get("/Users").await.body, Value::Null);
    fault(On::next("GET", ""), FaultKind::Slow(Duration::from_millis(200)));
    let before = Instant::now();
    assert_eq!(web.get("/Users").await.body["totalResults"], 1);
    assert!(before.elapsed() >= Duration::from_millis(200));
    fault(On::every("", ""), FaultKind::Hang);
    assert!(tokio::time::timeout(Duration::from_millis(200), web.get("/Users")).await.is_err());
    let before = Instant::now();
    web.simulator.stop().await;
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_thousand_users_are_no_burden() {
    let web = Web::start(settings()).await;
    for i in 0..50_000 {
        web.simulator.add_user(&json!({ "userName": format!("user{i}@example.com") })).unwrap();
    }
    for i in 0..50 {
        let page = web.get(&format!("/Users?startIndex={}&count=100", 49_901 - i)).await.body;
        assert_eq!(page["Resources"].as_array().unwrap().len(), 100);
        let found = web.get(&format!("/Users?filter=userName+eq+%22USER{i}@example.com%22")).await.body;
        assert_eq!(found["totalResults"], 1);
    }
}
