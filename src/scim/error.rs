use crate::policy::Attribute;

/// Why the target did not do, or did not prove that it did, what was asked. `doing` names what was attempted on what:
/// `update `anna@example.com``.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings of the target are wrong; nothing was sent.
    #[error("the target cannot be used: {why}")]
    Config { why: String },
    #[error(transparent)]
    Secret(#[from] crate::config::Error),
    /// The name, the connection or the certificate is in the way, or a question got no answer: nothing was written.
    #[error("cannot {doing}: the target cannot be reached: {why}")]
    Unreachable { doing: String, why: String },
    #[error("cannot {doing}: the target refused the key with 401{}", colon(.detail))]
    Unauthorized { doing: String, detail: String },
    /// HTML, a redirect, or JSON that is none of SCIM's.
    #[error("cannot {doing}: what answered is no SCIM service provider: {why}")]
    NotScim { doing: String, why: String },
    #[error("cannot list the accounts: the list does not add up: {why}")]
    ListDoesNotAddUp { why: String },
    /// The target said no; nothing was changed.
    #[error("cannot {doing}: the target refused it with {status}{}", colon(.detail))]
    Refused {
        doing: String,
        status: u16,
        /// RFC 7644 section 3.12, table 9
        scim_type: Option<String>,
        detail: String,
    },
    #[error("cannot {doing}: the account `{account}` is no longer there")]
    Gone { doing: String, account: String },
    /// The target said that it was done, and the account does not show it.
    #[error(
        "cannot {doing}: the target answered that it was done, and the account does not show {}",
        names(.attributes)
    )]
    Ignored { doing: String, attributes: Vec<Attribute> },
    /// Nothing was sent, since the target has failed so often.
    #[error("cannot {doing}: not sent: {why}")]
    NotSent { doing: String, why: String },
    /// The write may have happened. To repeat the operation is safe.
    #[error("cannot {doing}: nobody can tell whether it was done: {why}")]
    Unknown { doing: String, why: String },
}

impl Error {
    /// Whether it says that the target, or the way to it, is in a bad state, rather than what was asked of it.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Unauthorized { .. }
            | Self::NotScim { .. }
            | Self::ListDoesNotAddUp { .. }
            | Self::Unknown { .. } => true,
            Self::Refused { status, .. } => *status == 429 || (500..600).contains(status) && *status != 501,
            Self::Config { .. }
            | Self::Secret(_)
            | Self::Gone { .. }
            | Self::Ignored { .. }
            | Self::NotSent { .. } => false,
        }
    }

    /// Advice for the person who runs rolecall, apart from the message.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { why, .. } if why.contains("certificate") => {
                Some("a certificate of your own authority is trusted by `ca_file`")
            }
            Self::Unreachable { .. } => Some("see whether `base_url` is right and the target can be reached"),
            Self::Unauthorized { .. } => Some(
                "see whether the key is right and still valid, and whether `auth_scheme` is the target's",
            ),
            Self::NotScim { .. } => {
                Some("`base_url` is probably wrong: copy it from the target's page on SCIM provisioning")
            }
            Self::ListDoesNotAddUp { .. } => {
                Some("nothing was changed; somebody may have changed accounts meanwhile, so try once more")
            }
            Self::Refused { status: 403, .. } => {
                Some("the key may lack the right, or the account is the owner's, which nobody can change")
            }
            Self::Refused { status: 404, .. } => Some("`base_url` is probably wrong"),
            Self::Refused { status: 412, .. } => {
                Some("somebody else is changing the account at the same time; the next cycle reads it again")
            }
            Self::Refused { status: 429, .. } => Some("lower `per_second` and `per_minute`, or wait"),
            Self::Refused { status: 501, .. } => {
                Some("the target does not support this: try another `update_method` or `patch_style`")
            }
            Self::Refused { status: 400, detail, .. } if detail.contains("role") => {
                Some("a custom role is named by its Custom SCIM ID; `role_shape` says where the role stands")
            }
            Self::Ignored { .. } => Some(
                "the target may not support the attribute, or needs another `role_shape` or `patch_style`",
            ),
            Self::Gone { .. } => Some("the next cycle reads the accounts again and decides anew"),
            Self::NotSent { .. } => Some("the next cycle tries again"),
            Self::Unknown { .. } => Some("the next cycle looks and ends in the right state"),
            Self::Config { why } if why.starts_with("the key") => {
                Some("the secret is the key alone, on one line")
            }
            Self::Config { .. } | Self::Secret(_) | Self::Refused { .. } => None,
        }
    }
}

fn colon(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}

fn names(attributes: &[Attribute]) -> String {
    let names: Vec<String> = attributes.iter().map(|attribute| format!("`{attribute}`")).collect();
    names.join(", ")
}
