//! The systemd unit of `rolecall run`: systemd.service(5), systemd.exec(5).

use std::path::Path;

use crate::config::{Bind, Config, DirectorySource, LdapSource, Secret};

/// A unit that runs this binary on this project, with no more rights than that takes. Credentials that the configuration
/// names are loaded; where others are read from the environment, a line says where to put them.
pub(super) fn unit(config: &Config, binary: &Path) -> String {
    let folder = config.path.parent().unwrap_or(Path::new("/"));
    let mut secrets = String::new();
    for secret in secrets_of(config) {
        match secret {
            Secret::Credential(name) => {
                secrets.push_str(&format!("LoadCredential={name}:/etc/rolecall/{name}\n"))
            }
            Secret::Env(name) => secrets.push_str(&format!(
                "# {name} is read from this file, which nobody but root should read: {name}=...\n\
                 EnvironmentFile=/etc/rolecall/{}.env\n",
                name.to_lowercase()
            )),
            Secret::File(_) => {}
        }
    }
    format!(
        r#"# For a user of its own, who owns the state folder:
#   useradd --system --home-dir / --shell /usr/sbin/nologin rolecall
#   install -d -o rolecall -g rolecall -m 0700 {state}
[Unit]
Description=rolecall: keeps Klaviyo's users in step with Active Directory
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={binary} --config {config} run
ExecReload=/bin/kill -HUP $MAINPID
WorkingDirectory={folder}
User=rolecall
Group=rolecall
{secrets}# A cycle that hangs is ended; what it had sent is looked at by the next one.
WatchdogSec=5min
Restart=on-failure
RestartSec=10s
# Wrong arguments, configuration or rules are the same the next time.
RestartPreventExitStatus=2 3
TimeoutStopSec=30s

ReadWritePaths={state}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
"#,
        binary = word(binary),
        config = word(&config.path),
        folder = path(folder),
        state = path(&config.state),
    )
}

fn secrets_of(config: &Config) -> Vec<&Secret> {
    let directory = match &config.directory {
        Some(DirectorySource::Ldap(LdapSource { bind: Bind::Simple { password, .. }, .. })) => Some(password),
        _ => None,
    };
    let target = config.target.as_ref().map(|target| &target.key);
    let http = config.http.as_ref().and_then(|http| http.token.as_ref());
    directory.into_iter().chain(target).chain(http).collect()
}

/// A path as it stands in a setting: `%` begins a specifier (systemd.unit(5)).
fn path(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// The same as one word of a command line, where a space would begin another and `$` a variable.
fn word(word: &Path) -> String {
    let text = path(word).replace('\\', "\\\\").replace('"', "\\\"").replace('$', "$$");
    if text.contains([' ', '"', '\'', ';']) { format!("\"{text}\"") } else { text }
}
