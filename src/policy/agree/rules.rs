use fastrand::Rng;

use super::people::{GROUPS, LISTS, NUMBERS, TEXTS, TIMES, WORDS, pick};

/// How deeply a rule's expressions are nested at most.
const DEEPEST: u8 = 4;

/// A policy of so many roles and mappings, as a main script and a module.
pub(super) fn policy(rng: &mut Rng, rules: usize) -> [(String, String); 2] {
    let mut writer = Writer { rng, who: "who", variables: vec!["x"], in_module: true };
    let mut module = String::from(
        "export const OFFICES = [\"Marketing\", \"IT\", \"Straße\", \"ΟΔΟΣ\", 42];\nexport const LIMIT = 7;\n",
    );
    for name in ["inside", "outside"] {
        let body = writer.function_body();
        module.push_str(&format!("fn {name}(who, x) {{ {body} }}\n"));
    }
    let mut main = String::from(
        "import \"module\" as lists;\nprovision_by_role();\nconst HERE = [\"sales\", \"007\"];\n",
    );
    main.push_str("fn counted(list) { let n = 0; for each in list { n += 1; } n }\n");
    main.push_str("fn looped(x) { let out = x; out.trim(); out }\n");
    for name in ["first", "second"] {
        let body = writer.function_body();
        main.push_str(&format!("fn {name}(who, x) {{ {body} }}\n"));
    }
    writer.who = "user";
    writer.variables.clear();
    let paths =
        ["name.givenName", "name.familyName", "title", "displayName", "nickName", "userType", "locale"];
    main.push_str("map(\"userName\", |user| user.mail);\n");
    for index in 0..rules {
        if let (true, Some(path)) = (index % 2 == 1, paths.get(index / 2)) {
            let value = writer.anything(DEEPEST);
            main.push_str(&format!("map(\"{path}\", |user| {value});\n"));
        } else {
            let condition = if writer.one_in(6) { writer.anything(DEEPEST) } else { writer.truth(DEEPEST) };
            let condition = if writer.one_in(8) {
                format!("{{ let y = {}; y != () && {condition} }}", writer.text(1))
            } else {
                condition
            };
            main.push_str(&format!("role(\"r{index}\", |user| {condition});\n"));
        }
    }
    [("main.rhai".to_owned(), main), ("module.rhai".to_owned(), module)]
}

struct Writer<'r> {
    rng: &'r mut Rng,
    /// What the person is called here.
    who: &'static str,
    /// Names that stand for a text here.
    variables: Vec<&'static str>,
    /// The module's functions do not know the main script's.
    in_module: bool,
}

impl Writer<'_> {
    fn one_in(&mut self, many: u8) -> bool {
        self.rng.u8(..many) == 0
    }

    fn below(&mut self, limit: u8) -> u8 {
        self.rng.u8(..limit)
    }

    /// The body of a function of a person and a value.
    fn function_body(&mut self) -> String {
        match self.below(4) {
            0 => format!("if {} {{ return {}; }} {}", self.truth(2), self.truth(1), self.truth(2)),
            1 => format!("let kept = {}; kept == x || {}", self.text(2), self.truth(2)),
            2 => format!("return {};", self.truth(3)),
            _ => self.truth(3),
        }
    }

    fn literal(&mut self) -> String {
        format!("{:?}", pick(self.rng, &WORDS))
    }

    fn somebody(&mut self) -> String {
        match self.below(8) {
            0 => format!("{}.manager", self.who),
            1 => format!("{}.manager.manager", self.who),
            _ => self.who.to_owned(),
        }
    }

    fn list(&mut self, depth: u8) -> String {
        match self.below(7) {
            0 => format!("{}.{}", self.somebody(), pick(self.rng, &LISTS)),
            1 => format!("[{}, {}]", self.literal(), self.literal()),
            2 if !self.in_module => "lists::OFFICES".to_owned(),
            3 if depth > 0 => format!("[{}, {}]", self.text(depth - 1), self.number(depth - 1)),
            4 => format!("{}.{}", self.somebody(), if self.one_in(2) { "groups" } else { "direct_groups" }),
            5 => format!("TEXTSPLIT({}, \",\")", self.text(0)),
            _ => format!("[{}]", self.literal()),
        }
    }

    fn number(&mut self, depth: u8) -> String {
        let below = depth.saturating_sub(1);
        match self.below(if depth == 0 { 4 } else { 11 }) {
            0 => format!("{}.{}", self.somebody(), pick(self.rng, &NUMBERS)),
            1 => format!("({})", self.rng.i32(-3..50)),
            2 if !self.in_module => "lists::LIMIT".to_owned(),
            2 | 3 => pick(self.rng, &["0", "1", "2.5", "9223372036854775807", "0.1"]).to_owned(),
            4 => format!(
                "({} {} {})",
                self.number(below),
                pick(self.rng, &["+", "-", "*", "/", "%"]),
                self.number(below)
            ),
            5 => format!("{}.len()", self.text(below)),
            6 => format!("LEN({})", self.text(below)),
            7 => format!("({}).len", self.list(below)),
            8 if !self.in_module => format!("counted({})", self.list(below)),
            8 | 9 => format!("-({})", self.number(below)),
            _ => format!("VALUE({})", self.text(below)),
        }
    }

    fn text(&mut self, depth: u8) -> String {
        let below = depth.saturating_sub(1);
        match self.below(if depth == 0 { 4 } else { 20 }) {
            0 | 1 => format!("{}.{}", self.somebody(), pick(self.rng, &TEXTS)),
            2 => self.literal(),
            3 => self
                .rng
                .choice(&self.variables)
                .map_or_else(|| format!("{}.dn", self.who), |name| (*name).to_owned()),
            4 => format!("({} + {})", self.text(below), self.text(below)),
            5 => format!("({} + {})", self.text(below), self.number(below)),
            6 => format!("LOWER({})", self.text(below)),
            7 => format!("UPPER({})", self.text(below)),
            8 => format!("LEFT({}, {})", self.text(below), self.number(below)),
            9 => format!("TRIM({})", self.text(below)),
            10 => format!("`${{{}}}-${{{}}}`", self.text(below), self.number(below)),
            11 => {
                format!("if {} {{ {} }} else {{ {} }}", self.truth(below), self.text(below), self.text(below))
            }
            12 => format!("({} ?? {})", self.text(below), self.text(below)),
            13 | 14 => self.chosen(below),
            15 => format!(
                "(switch {} {{ {} => {}, {} | {} if {} => {}, _ => {} }})",
                self.text(below),
                self.literal(),
                self.text(below),
                self.literal(),
                self.rng.i32(..9),
                self.truth(below),
                self.text(below),
                self.text(below),
            ),
            16 if self.one_in(2) => {
                const FORMULAS: [&str; 3] = [
                    "=UPPER([sn])&LEN([title])&[manager.sn]",
                    "=IF(LEN([title])>9,[givenName],TEXTJOIN([sn],TRUE,[proxyAddresses]))",
                    "=IFERROR(1/LEN([department]),[manager.manager.dn])&NOW()",
                ];
                let formula = FORMULAS.get(self.rng.usize(0..FORMULAS.len())).copied().unwrap_or_default();
                format!("{}.formula({formula:?})", self.who)
            }
            16 => format!("PROPER({})", self.text(below)),
            17 if self.who == "user" => {
                format!("{}.to_{}()", self.text(below), if self.one_in(2) { "upper" } else { "lower" })
            }
            18 => format!("({})[{}]", self.list(below), self.rng.i8(-2..3)),
            _ if self.in_module => format!("{}.guid", self.who),
            _ => format!("looped({})", self.text(below)),
        }
    }

    /// A call that leaves arguments alone; some of them fail, or are lists, which choose everything.
    fn chosen(&mut self, depth: u8) -> String {
        let test = match self.below(8) {
            0 => self.list(0),
            1 => "[1, 0][9]".to_owned(),
            2 => self.anything(depth),
            _ => self.truth(depth),
        };
        let mut side = || match self.below(6) {
            0 => "[1, 2][7]".to_owned(),
            1 => self.number(depth),
            2 => self.anything(depth.min(1)),
            _ => self.text(depth),
        };
        let (one, other, third) = (side(), side(), side());
        match self.below(9) {
            0 => format!("IFERROR({one}, {other})"),
            1 => format!("IFNA({one}, {other})"),
            2 => format!("IFS({test}, {one}, true, {other})"),
            3 => format!("SWITCH({}, {one}, {other}, {third}, {test}, 5)", self.text(0)),
            4 => format!("CHOOSE({}, {one}, {other}, {third})", self.number(0)),
            5 => format!("IF({test}, {one})"),
            6 => format!("({one}).IFERROR({other})"),
            7 if !self.in_module => {
                format!("({}).filter(|each| IF(each == {}, true, [][3]))", self.list(0), self.literal())
            }
            _ => format!("IF({test}, {one}, {other})"),
        }
    }

    fn time(&mut self) -> String {
        match self.below(4) {
            0 => "now()".to_owned(),
            1 => format!("{}.{}.plus_days({})", self.somebody(), pick(self.rng, &TIMES), self.number(1)),
            _ => format!("{}.{}", self.somebody(), pick(self.rng, &TIMES)),
        }
    }

    fn truth(&mut self, depth: u8) -> String {
        let below = depth.saturating_sub(1);
        match self.below(if depth == 0 { 8 } else { 22 }) {
            0 => format!("{}.in_group({:?})", self.somebody(), pick(self.rng, &GROUPS)),
            1 => format!("{}.in_direct_group({:?})", self.somebody(), pick(self.rng, &GROUPS)),
            2 => format!("{}.enabled", self.somebody()),
            3 => format!(
                "{}.{}({})",
                self.text(below),
                pick(self.rng, &["equals", "contains", "starts_with", "ends_with"]),
                self.text(below)
            ),
            4 => format!(
                "{} {} {}",
                self.text(below),
                pick(self.rng, &["==", "!=", "<", ">="]),
                self.text(below)
            ),
            5 => format!("{}.any_of({})", self.text(below), self.list(below)),
            6 => format!("({} != ())", self.text(below)),
            7 => format!(
                "{} {} {}",
                self.number(below),
                pick(self.rng, &["==", "!=", "<", "<=", ">", ">="]),
                self.number(below)
            ),
            8 | 9 => format!("({} && {})", self.truth(below), self.truth(below)),
            10 | 11 => format!("({} || {})", self.truth(below), self.truth(below)),
            12 => format!("!({})", self.truth(below)),
            13 => format!("({} in {})", self.text(below), self.list(below)),
            14 => format!("({} !in {})", self.number(below), self.list(below)),
            15 => format!(
                "{}.matches({:?})",
                self.text(below),
                pick(self.rng, &["^m", "lead|head", "o", "straße", "\\d+"])
            ),
            16 => {
                format!("{} {} {}", self.time(), pick(self.rng, &["<", ">", "<=", "==", "!="]), self.time())
            }
            17 if self.who == "user" => format!(
                "{}(user, {})",
                pick(self.rng, &["first", "second", "lists::inside", "lists::outside"]),
                self.text(below)
            ),
            17 | 18 => format!("({}).some(|each| each == {})", self.list(below), self.literal()),
            19 => format!("ISBLANK({})", self.text(below)),
            20 => format!("({} == {})", self.anything(below), self.anything(below)),
            _ => format!("{}.is_empty()", self.text(below)),
        }
    }

    fn anything(&mut self, depth: u8) -> String {
        match self.below(7) {
            0 => self.number(depth),
            1 => self.truth(depth),
            2 => self.list(depth.min(1)),
            3 => self.time(),
            4 if self.one_in(3) => self.somebody(),
            _ => self.text(depth),
        }
    }
}
