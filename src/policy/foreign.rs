//! What people who come from other languages and systems write, and how it is written here. Tables.

/// Attributes by the names that other systems give them, in lower case, letters alone.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("active", "enabled"),
    ("businessunit", "division"),
    ("cellphone", "mobile"),
    ("city", "l"),
    ("costcenter", "extensionAttribute1"),
    ("costcentre", "extensionAttribute1"),
    ("dept", "department"),
    ("disabled", "enabled"),
    ("email", "mail"),
    ("emailaddress", "mail"),
    ("emails", "proxyAddresses"),
    ("employeeno", "employeeNumber"),
    ("familyname", "sn"),
    ("firstname", "givenName"),
    ("forename", "givenName"),
    ("fullname", "displayName"),
    ("group", "groups"),
    ("isactive", "enabled"),
    ("isenabled", "enabled"),
    ("jobtitle", "title"),
    ("lastname", "sn"),
    ("location", "physicalDeliveryOfficeName"),
    ("login", "sAMAccountName"),
    ("logonname", "sAMAccountName"),
    ("mobilephone", "mobile"),
    ("office", "physicalDeliveryOfficeName"),
    ("officelocation", "physicalDeliveryOfficeName"),
    ("organization", "company"),
    ("phone", "telephoneNumber"),
    ("phonenumber", "telephoneNumber"),
    ("position", "title"),
    ("state", "st"),
    ("surname", "sn"),
    ("upn", "userPrincipalName"),
    ("username", "sAMAccountName"),
    ("zip", "postalCode"),
    ("zipcode", "postalCode"),
];

/// Functions and methods of JavaScript, Python, SQL, OPA, SCIM filters and others, in lower case, letters alone.
const FUNCTIONS: &[(&str, &str)] = &[
    ("any", "some"),
    ("anyof", "any_of"),
    ("appears", "contains"),
    ("count", "len"),
    ("endswith", "ends_with"),
    ("equalsignorecase", "equals"),
    ("every", "all"),
    ("exists", "some"),
    ("hasgroup", "in_group"),
    ("has", "contains"),
    ("hasrole", "in_group"),
    ("includes", "contains"),
    ("indexof", "index_of"),
    ("ingroups", "in_group"),
    ("isblank", "ISBLANK"),
    ("isempty", "is_empty"),
    ("isin", "any_of"),
    ("isingroup", "in_group"),
    ("ismemberof", "in_group"),
    ("isnull", "ISBLANK"),
    ("length", "len"),
    ("like", "matches"),
    ("lower", "LOWER"),
    ("lowercase", "to_lower"),
    ("memberof", "in_group"),
    ("oneof", "any_of"),
    ("regexmatch", "matches"),
    ("search", "matches"),
    ("size", "len"),
    ("startswith", "starts_with"),
    ("strip", "trim"),
    ("strlen", "len"),
    ("substr", "sub_string"),
    ("substring", "sub_string"),
    ("tolower", "to_lower"),
    ("tolowercase", "to_lower"),
    ("tostring", "to_string"),
    ("toupper", "to_upper"),
    ("touppercase", "to_upper"),
    ("ucase", "UPPER"),
    ("lcase", "LOWER"),
    ("upper", "UPPER"),
    ("uppercase", "to_upper"),
];

const OPERATORS: &[(&str, &str)] = &[
    ("!==", "!="),
    ("<>", "!="),
    ("===", "=="),
    ("and", "&&"),
    ("isnt", "!="),
    ("not", "!"),
    ("or", "||"),
    ("~=", ".matches(\"..\")"),
];

/// Values that are no names here.
const VALUES: &[(&str, &str)] = &[
    ("nil", "a blank value is `()`"),
    ("none", "a blank value is `()`"),
    ("null", "a blank value is `()`"),
    ("undefined", "a blank value is `()`"),
    ("empty", "a blank value is `()`"),
    ("blank", "a blank value is `()`"),
    ("true", "it is `true`, in lower case"),
    ("false", "it is `false`, in lower case"),
];

/// Words that start something in other languages: what is said of them, and how it is written here.
const WORDS: &[(&str, &str, &str)] = &[
    ("#", "`#` starts no comment", "a comment starts with `//`"),
    ("--", "`--` is nothing here", "a comment starts with `//`"),
    (":=", "`:=` is nothing here", "a name is given by `let name = ..;`"),
    ("=>", "`=>` makes no function", "a function without a name is `|user| ..`"),
    ("->", "`->` makes no function", "a function without a name is `|user| ..`, and no type is written"),
    ("?", "`? :` is nothing here", "write `if .. { .. } else { .. }`"),
    ("case", "`case` is a reserved word", "write `switch value { \"a\" => .., _ => .. }`"),
    ("def", "`def` makes no function", "write `fn name(user) { .. }`"),
    ("elif", "`elif` is nothing here", "write `else if`"),
    ("elseif", "`elseif` is nothing here", "write `else if`"),
    ("elsif", "`elsif` is nothing here", "write `else if`"),
    ("func", "`func` makes no function", "write `fn name(user) { .. }`"),
    (
        "function",
        "`function` makes no function",
        "write `fn name(user) { .. }`, or `|user| ..` without a name",
    ),
    (
        "is",
        "`is` is no operator here",
        "write `==`, or `.equals(..)`, which ignores case as Active Directory does",
    ),
    ("lambda", "`lambda` makes no function", "a function without a name is `|user| ..`"),
    (
        "match",
        "`match` is a reserved word",
        "write `switch value { \"a\" => .., _ => .. }`, or `.matches(\"..\")`",
    ),
    ("nil", "`nil` is nothing here", "a blank value is `()`"),
    ("null", "`null` is nothing here", "a blank value is `()`"),
    ("then", "`then` is nothing here", "write `if .. { .. } else { .. }`"),
    ("var", "`var` gives no name", "a name is given by `let name = ..;`"),
];

/// Tests of a text that read well as operators.
const TESTS: [&str; 7] = ["contains", "starts_with", "ends_with", "equals", "any_of", "matches", "in_group"];

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

fn found<'a>(table: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    table.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// Active Directory's name of what another system calls so.
pub(super) fn attribute(name: &str) -> Option<&'static str> {
    found(ATTRIBUTES, &plain(name))
}

/// The function that does what another language's does.
pub(super) fn function(name: &str) -> Option<&'static str> {
    found(FUNCTIONS, &plain(name))
}

pub(super) fn operator(written: &str) -> Option<&'static str> {
    found(OPERATORS, &written.to_lowercase())
}

pub(super) fn value(name: &str) -> Option<&'static str> {
    found(VALUES, &name.to_lowercase())
}

/// What is said of a word, and how it is written here.
pub(super) fn word(written: &str) -> Option<(String, String)> {
    let (_, message, hint) = WORDS.iter().find(|(theirs, ..)| *theirs == written)?;
    Some(((*message).to_owned(), (*hint).to_owned()))
}

pub(super) fn is_test(name: &str) -> bool {
    TESTS.contains(&name)
}
