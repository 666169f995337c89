use std::sync::LazyLock;

use super::function::Function;
use super::{
    arithmetic, arrange, cashflow, combinatorics, conditional, continuous, convert, currency, database, date,
    daycount, depreciation, discrete, engineering, format, hypothesis, imaginary, information, leastsquares,
    loan, logical, lookup, math, matrix, moments, normal, numeral, order, products, radix, regression,
    reshape, round, sampling, search, securities, split, statistics, subtotal, text, trigonometry, workday,
};

static TABLE: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let mut table: Vec<_> = [
        arithmetic::FUNCTIONS,
        arrange::FUNCTIONS,
        cashflow::FUNCTIONS,
        combinatorics::FUNCTIONS,
        conditional::FUNCTIONS,
        continuous::FUNCTIONS,
        convert::FUNCTIONS,
        currency::FUNCTIONS,
        database::FUNCTIONS,
        date::FUNCTIONS,
        daycount::FUNCTIONS,
        depreciation::FUNCTIONS,
        discrete::FUNCTIONS,
        engineering::FUNCTIONS,
        format::FUNCTIONS,
        hypothesis::FUNCTIONS,
        imaginary::FUNCTIONS,
        information::FUNCTIONS,
        leastsquares::FUNCTIONS,
        loan::FUNCTIONS,
        logical::FUNCTIONS,
        lookup::FUNCTIONS,
        math::FUNCTIONS,
        matrix::FUNCTIONS,
        moments::FUNCTIONS,
        normal::FUNCTIONS,
        numeral::FUNCTIONS,
        order::FUNCTIONS,
        products::FUNCTIONS,
        radix::FUNCTIONS,
        regression::FUNCTIONS,
        reshape::FUNCTIONS,
        round::FUNCTIONS,
        sampling::FUNCTIONS,
        search::FUNCTIONS,
        securities::FUNCTIONS,
        split::FUNCTIONS,
        statistics::FUNCTIONS,
        subtotal::FUNCTIONS,
        text::FUNCTIONS,
        trigonometry::FUNCTIONS,
        workday::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect();
    let aliases: Vec<_> = ALIASES
        .iter()
        .filter_map(|(alias, name)| {
            table.iter().find(|function| function.name == *name).map(|f| f.alias(alias))
        })
        .collect();
    table.extend(aliases);
    table.sort_by_key(|function| function.name);
    table
});

/// Other names of functions: those of Excel before 2010, and those of JavaScript's Formula.js, which lack the dot.
const ALIASES: &[(&str, &str)] = &[
    ("BETAINV", "BETA.INV"),
    ("BINOMDIST", "BINOM.DIST"),
    ("BINOMDIST.RANGE", "BINOM.DIST.RANGE"),
    ("CEILINGMATH", "CEILING.MATH"),
    ("CEILINGPRECISE", "CEILING.PRECISE"),
    ("CHIDIST.RT", "CHISQ.DIST.RT"),
    ("CHIDISTRT", "CHISQ.DIST.RT"),
    ("CHIINV.RT", "CHISQ.INV.RT"),
    ("CHIINVRT", "CHISQ.INV.RT"),
    ("COVARIANCEP", "COVARIANCE.P"),
    ("COVARIANCES", "COVARIANCE.S"),
    ("EXPONDIST", "EXPON.DIST"),
    ("FDIST.RT", "F.DIST.RT"),
    ("FDISTRT", "F.DIST.RT"),
    ("FINV.RT", "F.INV.RT"),
    ("FINVRT", "F.INV.RT"),
    ("FLOORMATH", "FLOOR.MATH"),
    ("FLOORPRECISE", "FLOOR.PRECISE"),
    ("FTEST", "F.TEST"),
    ("GAMMADIST", "GAMMA.DIST"),
    ("GAMMAINV", "GAMMA.INV"),
    ("GAMMALNPRECISE", "GAMMALN.PRECISE"),
    ("ISO.CEILING.MATH", "CEILING.MATH"),
    ("ISO.CEILING.PRECISE", "CEILING.PRECISE"),
    ("LOGNORMINV", "LOGNORM.INV"),
    ("MODEMULT", "MODE.MULT"),
    ("MODESNGL", "MODE.SNGL"),
    ("NETWORKDAYSINTL", "NETWORKDAYS.INTL"),
    ("NORMDIST", "NORM.DIST"),
    ("NORMINV", "NORM.INV"),
    ("NORMSINV", "NORM.S.INV"),
    ("PERCENTILEEXC", "PERCENTILE.EXC"),
    ("PERCENTILEINC", "PERCENTILE.INC"),
    ("PERCENTRANKEXC", "PERCENTRANK.EXC"),
    ("PERCENTRANKINC", "PERCENTRANK.INC"),
    ("POISSONDIST", "POISSON.DIST"),
    ("QUARTILEEXC", "QUARTILE.EXC"),
    ("QUARTILEINC", "QUARTILE.INC"),
    ("RANKAVG", "RANK.AVG"),
    ("RANKEQ", "RANK.EQ"),
    ("SKEWP", "SKEW.P"),
    ("STDEVP", "STDEV.P"),
    ("STDEVS", "STDEV.S"),
    ("TDIST.2T", "T.DIST.2T"),
    ("TDIST.RT", "T.DIST.RT"),
    ("TDISTRT", "T.DIST.RT"),
    ("TINV.2T", "T.INV.2T"),
    ("TTEST", "T.TEST"),
    ("VARP", "VAR.P"),
    ("VARS", "VAR.S"),
    ("WEIBULLDIST", "WEIBULL.DIST"),
    ("WORKDAYINTL", "WORKDAY.INTL"),
    ("ZTEST", "Z.TEST"),
];

/// All functions, by name; those with another name are there once more under it, see [`Function::alias_of`].
#[must_use]
pub fn functions() -> &'static [Function] {
    &TABLE
}

/// The function of this name, which is in upper case.
#[must_use]
pub fn function(name: &str) -> Option<&'static Function> {
    let index = TABLE.binary_search_by(|function| function.name.cmp(name)).ok()?;
    TABLE.get(index)
}
