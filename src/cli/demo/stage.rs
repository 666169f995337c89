use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::company::Company;
use crate::cli::exit::{Exit, Failure};
use crate::cli::init::write_project;
use crate::cli::simulator::LISTEN;
use crate::directory::{Entry, write_ldif};
use crate::simulator::{Settings, Simulator};

/// The story asks for its cycles itself.
const STORY_INTERVAL: &str = "interval = \"1h\"";
/// The access key of a Klaviyo that is not there.
const KEY: &str = "demo-key";
/// The owner of the simulated Klaviyo account; the shipped policy protects them.
const OWNER: &str = "owner@example.com";

/// Everything that the story is played with: a folder, the company's directory, the simulated Klaviyo.
pub(super) struct Stage {
    pub(super) folder: PathBuf,
    /// Removed at the end, unless the user asked for the folder.
    _temporary: Option<TempDir>,
    pub(super) company: Company,
    pub(super) klaviyo: Simulator,
}

impl Stage {
    pub(super) async fn set(keep: Option<&Path>, users: usize, now: Timestamp) -> Result<Self, Failure> {
        let (folder, temporary) = match keep {
            Some(folder) => (folder.to_owned(), None),
            None => {
                let temporary = TempDir::with_prefix("rolecall-demo-")?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Failure::new(Exit::Usage, format_args!("`{}` is not empty", folder.display()))
                .hint("name a new folder; nothing was written"));
        }
        write_project(&folder)?;
        let settings = Settings {
            owner: Some(OWNER.to_owned()),
            state: keep.map(|folder| folder.join("klaviyo.json")),
            ..Settings::klaviyo(KEY)
        };
        let klaviyo = Simulator::start(([127, 0, 0, 1], 0).into(), settings)
            .await
            .map_err(|error| Failure::from(anyhow::Error::from(error)))?;
        let stage = Self { folder, _temporary: temporary, company: Company::new(users, now), klaviyo };
        stage.write("klaviyo.key", KEY)?;
        stage.write("rolecall.toml", &configuration(&stage.klaviyo.url(), users))?;
        stage.save_directory()?;
        stage.accounts_from_before()?;
        Ok(stage)
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("rolecall.toml")
    }

    /// Writes the company's directory, as an administrator's export would.
    pub(super) fn save_directory(&self) -> Result<(), Failure> {
        let entries: Vec<Entry> = self.company.people.iter().chain(&self.company.groups).cloned().collect();
        self.write("people.ldif", &write_ldif(&entries))
    }

    /// Replaces a file in one step, as editors do.
    pub(super) fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let path = self.folder.join(path);
        replace(&path, text).map_err(|error| {
            Failure::new(Exit::Unexpected, format_args!("cannot write `{}`: {error}", path.display()))
        })
    }

    pub(super) fn read(&self, path: &str) -> Result<String, Failure> {
        let path = self.folder.join(path);
        std::fs::read_to_string(&path).map_err(|error| {
            Failure::new(Exit::Unexpected, format_args!("cannot read `{}`: {error}", path.display()))
        })
    }

    /// Ends the simulated Klaviyo, and points the configuration to where `rolecall simulator` will listen.
    pub(super) async fn leave(self) -> Result<(), Failure> {
        let text = configuration(&format!("http://{LISTEN}/scim/v2"), self.company.people.len())
            .replace(STORY_INTERVAL, "interval = \"10s\"");
        self.write("rolecall.toml", &text)?;
        self.klaviyo.stop().await;
        Ok(())
    }

    /// Nobody starts with an empty Klaviyo: its owner, one account that was made by hand, one of somebody who left,
    /// and one of an agency that nobody in the directory knows.
    fn accounts_from_before(&self) -> Result<(), Failure> {
        let account = |user_name: &str, given: &str, family: &str, active: bool, role: &str| {
            json!({
                "userName": user_name,
                "name": { "givenName": given, "familyName": family },
                "active": active,
                "roles": [{ "value": role, "primary": true }],
            })
        };
        for user in [
            account(OWNER, "Olive", "Owner", true, "admin"),
            account("Priya.Nair@Example.com", "Priya", "Nair", true, "analyst"),
            account("ana.silva@example.com", "Ana", "Silva", false, "content_creator"),
            account("hello@agency.example.net", "Bright", "Agency", true, "analyst"),
        ] {
            self.klaviyo.add_user(&user).map_err(|error| Failure::from(anyhow::Error::from(error)))?;
        }
        Ok(())
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = path.metadata() {
        file.as_file().set_permissions(old.permissions())?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The shipped configuration, cut to what the demo needs: a file for a directory, the simulator for a target, and no
/// pace to keep, since nobody is there to be spared.
fn configuration(url: &str, users: usize) -> String {
    format!(
        r#"# The demo's project. `rolecall init` writes one with every setting.

[policy]
folder = "policy"

[directory]
kind = "file"
path = "people.ldif"

[target]
base_url = "{url}"
key = {{ file = "klaviyo.key" }}
per_second = 1000
per_minute = 60000
concurrency = 8

[guard]
create = {{ max = {users} }}      # the first run creates everyone
deactivate = {{ max = 50, percent = 5, floor = 5 }}

[run]
{STORY_INTERVAL}

[state]
folder = "state"
"#
    )
}
