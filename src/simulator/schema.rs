//! The attributes of a `User` (RFC 7643 section 4.1) that the simulator knows, as a table.

use crate::config::RoleShape;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Boolean,
    DateTime,
    Reference,
    Complex,
}

/// The characteristics of one attribute (RFC 7643 section 2.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) multi_valued: bool,
    pub(super) required: bool,
    pub(super) case_exact: bool,
    pub(super) read_only: bool,
    pub(super) unique: bool,
    pub(super) canonical: &'static [&'static str],
    pub(super) sub: &'static [Attribute],
    pub(super) description: &'static str,
    /// Klaviyo's instructions for identity providers name it.
    pub(super) klaviyo: bool,
    /// Not part of the `User` schema: `schemas`, `id`, `externalId`, `meta` (RFC 7643 section 3.1).
    pub(super) common: bool,
}

impl Attribute {
    const fn new(name: &'static str, kind: Type, description: &'static str) -> Self {
        Self {
            name,
            kind,
            multi_valued: false,
            required: false,
            case_exact: false,
            read_only: false,
            unique: false,
            canonical: &[],
            sub: &[],
            description,
            klaviyo: false,
            common: false,
        }
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self::new(name, Type::Text, description)
    }

    const fn complex(name: &'static str, sub: &'static [Attribute], description: &'static str) -> Self {
        Self { sub, ..Self::new(name, Type::Complex, description) }
    }

    const fn multi(name: &'static str, sub: &'static [Attribute], description: &'static str) -> Self {
        Self { multi_valued: true, ..Self::complex(name, sub, description) }
    }

    const fn klaviyo(self) -> Self {
        Self { klaviyo: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    const fn common(self) -> Self {
        Self { common: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { read_only: true, ..self }
    }

    /// The sub-attribute of this name; names are compared without case (RFC 7643 section 2.1).
    pub(super) fn sub(&self, name: &str) -> Option<&'static Attribute> {
        self.sub.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

const VALUE: Attribute = Attribute::text("value", "the value");
const DISPLAY: Attribute = Attribute::text("display", "the value as people read it");
const PRIMARY: Attribute = Attribute::new("primary", Type::Boolean, "whether this is the preferred value");

const fn label(canonical: &'static [&'static str]) -> Attribute {
    Attribute { canonical, ..Attribute::text("type", "what the value is for") }
}

const ATTRIBUTES: &[Attribute] = &[
    Attribute::new("schemas", Type::Reference, "the URIs of the schemas").exact().common(),
    Attribute::text("id", "the identity of the user").exact().read_only().common(),
    Attribute::text("externalId", "the user's identity at the client").exact().common(),
    Attribute::complex(
        "meta",
        &[
            Attribute::text("resourceType", "the kind of resource").exact().read_only(),
            Attribute::new("created", Type::DateTime, "when it was created").read_only(),
            Attribute::new("lastModified", Type::DateTime, "when it was last changed").read_only(),
            Attribute::new("location", Type::Reference, "where it is").exact().read_only(),
            Attribute::text("version", "the version").exact().read_only(),
        ],
        "what the service provider knows of the resource",
    )
    .read_only()
    .common(),
    Attribute {
        required: true,
        unique: true,
        ..Attribute::text("userName", "the e-mail address that the user signs in with").klaviyo()
    },
    Attribute::complex(
        "name",
        &[
            Attribute::text("formatted", "the whole name"),
            Attribute::text("familyName", "the family name").klaviyo(),
            Attribute::text("givenName", "the given name").klaviyo(),
            Attribute::text("middleName", "the middle names"),
            Attribute::text("honorificPrefix", "the title before the name"),
            Attribute::text("honorificSuffix", "what follows the name"),
        ],
        "the parts of the user's name",
    )
    .klaviyo(),
    Attribute::text("displayName", "the name that is shown"),
    Attribute::text("nickName", "what the user is called"),
    Attribute::new("profileUrl", Type::Reference, "the user's page").exact(),
    Attribute::text("title", "the user's position"),
    Attribute::text("userType", "the user's relation to the organisation"),
    Attribute::text("preferredLanguage", "the language that the user prefers"),
    Attribute::text("locale", "how dates and numbers are shown"),
    Attribute::text("timezone", "the user's time zone"),
    Attribute::new("active", Type::Boolean, "whether the user may sign in").klaviyo(),
    Attribute::multi(
        "emails",
        &[VALUE.klaviyo(), DISPLAY, label(&["work", "home", "other"]).klaviyo(), PRIMARY.klaviyo()],
        "the user's e-mail addresses",
    )
    .klaviyo(),
    Attribute::multi(
        "phoneNumbers",
        &[VALUE, DISPLAY, label(&["work", "home", "mobile", "fax", "pager", "other"]), PRIMARY],
        "the user's telephone numbers",
    ),
    Attribute::multi(
        "roles",
        &[VALUE.exact().klaviyo(), DISPLAY, label(&[]), PRIMARY.klaviyo()],
        "the user's role",
    )
    .klaviyo(),
    Attribute::text("role", "the user's role").exact().klaviyo(),
];

/// The attributes that one simulator takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schema {
    pub(super) role_shape: RoleShape,
    pub(super) only_klaviyo: bool,
    /// See `strict_syntax` of the settings.
    pub(super) strict: bool,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    Taken(&'static Attribute),
    /// In RFC 7643, but not kept here.
    Dropped,
    Unknown,
}

impl Schema {
    pub(super) fn look_up(&self, name: &str) -> Known {
        match ATTRIBUTES.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name)) {
            Some(attribute) if self.takes(attribute) => Known::Taken(attribute),
            Some(_) => Known::Dropped,
            None => Known::Unknown,
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        match self.look_up(name) {
            Known::Taken(attribute) => Some(attribute),
            Known::Dropped | Known::Unknown => None,
        }
    }

    /// Everything but the common attributes, for `/Schemas`.
    pub(super) fn published(&self) -> impl Iterator<Item = &'static Attribute> {
        let schema = *self;
        ATTRIBUTES.iter().filter(move |attribute| !attribute.common && schema.takes(attribute))
    }

    pub(super) fn takes(&self, attribute: &Attribute) -> bool {
        let shape = match attribute.name {
            "roles" => self.role_shape != RoleShape::Role,
            "role" => self.role_shape != RoleShape::Roles,
            _ => true,
        };
        shape && self.takes_sub(attribute)
    }

    /// `externalId` is the only common attribute that a provider may do without.
    pub(super) fn takes_sub(&self, attribute: &Attribute) -> bool {
        !self.only_klaviyo
            || attribute.klaviyo
            || (attribute.common && attribute.name != "externalId")
            || attribute.read_only
    }
}
