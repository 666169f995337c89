use crate::policy::reference::Doc;

/// Look-up tables of the policy folder.
pub(crate) const TABLES: &[Doc] = &[Doc::new(
    "table",
    &["table(file) -> table", "table(file, column) -> table"],
    "A CSV file below the policy folder, without its first row, which names the columns; or one column of it, by that \
     name: `XLOOKUP(user.office, table(\"offices.csv\", \"Code\"), table(\"offices.csv\", \"City\"), \"\")`. `\"#Headers\"` \
     in a column's place is the row of names, `\"#All\"` the table with it. Both texts are written out. For Excel's \
     functions, in scripts and in formulas: `XLOOKUP`, `XMATCH`, `VLOOKUP`, `MATCH` and `LOOKUP` find in a large table as \
     fast as in a small one.",
)
.differs("Cells are numbers, TRUE or FALSE, text, or blank, as in a spreadsheet, but for codes: a column in which a number \
     has a leading zero, as `007`, is text throughout, and dates, `1e5` and `+49` are text. A number is not found by a \
     text: what Active Directory has as text becomes one by `VALUE(user.employeeNumber)`.")];
