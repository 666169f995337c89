/// The moment that the examples are about.
pub const NOW: &str = "2026-01-15T09:00:00Z";

/// The directory of the examples, as LDIF: Mia, whom they are about, and her manager.
pub const PEOPLE: &str = "\
dn: CN=Mia Fischer,OU=People,DC=example,DC=com
objectClass: user
objectGUID: 00000000-0000-4000-8000-000000000001
sAMAccountName: mia
userAccountControl: 512
givenName: Mia
sn: Fischer
displayName: Mia Fischer
mail: Mia.Fischer@example.com
department: Marketing
title: Marketing Manager
employeeType: Employee
telephoneNumber: +49 30 1234
countryCode: 276
proxyAddresses: SMTP:Mia.Fischer@example.com
proxyAddresses: smtp:mf@example.com
manager: CN=Clara Weber,OU=People,DC=example,DC=com
memberOf: CN=Marketing All,OU=Groups,DC=example,DC=com
whenCreated: 20260105080000.0Z

dn: CN=Clara Weber,OU=People,DC=example,DC=com
objectClass: user
objectGUID: 00000000-0000-4000-8000-000000000002
sAMAccountName: clara
userAccountControl: 512
givenName: Clara
sn: Weber
displayName: Clara Weber
mail: clara.weber@example.com
department: Marketing
title: Head of Marketing
employeeType: Employee

dn: CN=Marketing All,OU=Groups,DC=example,DC=com
objectClass: group
objectGUID: 00000000-0000-4000-8000-000000000003
cn: Marketing All
memberOf: CN=Everyone,OU=Groups,DC=example,DC=com

dn: CN=Everyone,OU=Groups,DC=example,DC=com
objectClass: group
objectGUID: 00000000-0000-4000-8000-000000000004
cn: Everyone
groupType: 2

";
