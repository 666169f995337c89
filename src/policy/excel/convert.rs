//! Units of measurement.

use super::function::{Answer, Args, Function, Takes};
use super::value::{ErrorCode, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "CONVERT(number, from_unit, to_unit)",
    "A measurement in another unit, #N/A when there is no such unit or they measure different things. Units are written as Excel writes them, case included; metric ones take prefixes.",
    &[
        ("CONVERT(1, \"mi\", \"km\")", "1.609344"),
        ("CONVERT(68, \"F\", \"C\")", "20"),
        ("CONVERT(2.5, \"ft\", \"sec\")", "#N/A"),
    ],
    Takes::Scalars,
    convert,
)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Mass,
    Distance,
    Time,
    Pressure,
    Force,
    Energy,
    Power,
    Magnetism,
    Temperature,
    Volume,
    Area,
    Information,
    Speed,
}

/// What prefixes a unit takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefixes {
    None,
    /// Each also squared or cubed with its unit.
    Decimal(i32),
    /// Decimal ones, and `Ki`, `Mi`, …
    Binary,
}

use Measure::{
    Area, Distance, Energy, Force, Information, Magnetism, Mass, Power, Pressure, Speed, Temperature, Time,
    Volume,
};
use Prefixes::{Binary, Decimal};

const INCH: f64 = 0.0254;
const FOOT: f64 = 0.3048;
const YARD: f64 = 0.9144;
const MILE: f64 = 1609.344;
const NAUTICAL: f64 = 1852.0;
const PICA: f64 = INCH / 72.0;
const SURVEY: f64 = 1_609_347.218_694_437 / 1000.0;
const LIGHT_YEAR: f64 = 9_460_730_472_580_800.0;
const LITRE: f64 = 0.001;
const GALLON: f64 = 231.0 * INCH * INCH * INCH;
const UK_GALLON: f64 = 0.004_546_09;
const POUND: f64 = 0.453_592_37;
const GRAVITY: f64 = 9.806_65;

/// Names, how much of the base unit it is, and its prefixes.
const UNITS: &[(Measure, &[&str], f64, Prefixes)] = &[
    (Mass, &["g"], 0.001, Decimal(1)),
    (Mass, &["sg"], POUND * GRAVITY / FOOT, Prefixes::None),
    (Mass, &["lbm"], POUND, Prefixes::None),
    (Mass, &["u"], 1.660_538_782e-27, Decimal(1)),
    (Mass, &["ozm"], POUND / 16.0, Prefixes::None),
    (Mass, &["grain"], POUND / 7000.0, Prefixes::None),
    (Mass, &["cwt", "shweight"], POUND * 100.0, Prefixes::None),
    (Mass, &["uk_cwt", "lcwt", "hweight"], POUND * 112.0, Prefixes::None),
    (Mass, &["stone"], POUND * 14.0, Prefixes::None),
    (Mass, &["ton"], POUND * 2000.0, Prefixes::None),
    (Mass, &["uk_ton", "LTON", "brton"], POUND * 2240.0, Prefixes::None),
    (Distance, &["m"], 1.0, Decimal(1)),
    (Distance, &["mi"], MILE, Prefixes::None),
    (Distance, &["Nmi"], NAUTICAL, Prefixes::None),
    (Distance, &["in"], INCH, Prefixes::None),
    (Distance, &["ft"], FOOT, Prefixes::None),
    (Distance, &["yd"], YARD, Prefixes::None),
    (Distance, &["ang"], 1e-10, Decimal(1)),
    (Distance, &["ell"], 45.0 * INCH, Prefixes::None),
    (Distance, &["ly"], LIGHT_YEAR, Decimal(1)),
    (Distance, &["parsec", "pc"], 3.085_677_581_281_55e16, Decimal(1)),
    (Distance, &["Picapt", "Pica"], PICA, Prefixes::None),
    (Distance, &["pica"], INCH / 6.0, Prefixes::None),
    (Distance, &["survey_mi"], SURVEY, Prefixes::None),
    (Time, &["yr"], 31_557_600.0, Prefixes::None),
    (Time, &["day", "d"], 86_400.0, Prefixes::None),
    (Time, &["hr"], 3600.0, Prefixes::None),
    (Time, &["mn", "min"], 60.0, Prefixes::None),
    (Time, &["sec", "s"], 1.0, Decimal(1)),
    (Pressure, &["Pa", "p"], 1.0, Decimal(1)),
    (Pressure, &["atm", "at"], 101_325.0, Decimal(1)),
    (Pressure, &["mmHg"], 133.322, Decimal(1)),
    (Pressure, &["psi"], POUND * GRAVITY / (INCH * INCH), Prefixes::None),
    (Pressure, &["Torr"], 101_325.0 / 760.0, Prefixes::None),
    (Force, &["N"], 1.0, Decimal(1)),
    (Force, &["dyn", "dy"], 1e-5, Decimal(1)),
    (Force, &["lbf"], POUND * GRAVITY, Prefixes::None),
    (Force, &["pond"], GRAVITY / 1000.0, Decimal(1)),
    (Energy, &["J"], 1.0, Decimal(1)),
    (Energy, &["e"], 1e-7, Decimal(1)),
    (Energy, &["c"], 4.184, Decimal(1)),
    (Energy, &["cal"], 4.1868, Decimal(1)),
    (Energy, &["eV", "ev"], 1.602_176_487e-19, Decimal(1)),
    (Energy, &["HPh", "hh"], 550.0 * FOOT * POUND * GRAVITY * 3600.0, Prefixes::None),
    (Energy, &["Wh", "wh"], 3600.0, Decimal(1)),
    (Energy, &["flb"], FOOT * POUND * GRAVITY, Prefixes::None),
    (Energy, &["BTU", "btu"], 1_055.055_852_62, Prefixes::None),
    (Power, &["HP", "h"], 550.0 * FOOT * POUND * GRAVITY, Prefixes::None),
    (Power, &["PS"], 75.0 * GRAVITY, Prefixes::None),
    (Power, &["W", "w"], 1.0, Decimal(1)),
    (Magnetism, &["T"], 1.0, Decimal(1)),
    (Magnetism, &["ga"], 1e-4, Decimal(1)),
    (Temperature, &["K", "kel"], 1.0, Decimal(1)),
    (Temperature, &["C", "cel"], 1.0, Prefixes::None),
    (Temperature, &["F", "fah"], 5.0 / 9.0, Prefixes::None),
    (Temperature, &["Rank"], 5.0 / 9.0, Prefixes::None),
    (Temperature, &["Reau"], 1.25, Prefixes::None),
    (Volume, &["l", "L", "lt"], LITRE, Decimal(1)),
    (Volume, &["tsp"], GALLON / 768.0, Prefixes::None),
    (Volume, &["tspm"], 5e-6, Prefixes::None),
    (Volume, &["tbs"], GALLON / 256.0, Prefixes::None),
    (Volume, &["oz"], GALLON / 128.0, Prefixes::None),
    (Volume, &["cup"], GALLON / 16.0, Prefixes::None),
    (Volume, &["pt", "us_pt"], GALLON / 8.0, Prefixes::None),
    (Volume, &["qt"], GALLON / 4.0, Prefixes::None),
    (Volume, &["gal"], GALLON, Prefixes::None),
    (Volume, &["uk_pt"], UK_GALLON / 8.0, Prefixes::None),
    (Volume, &["uk_qt"], UK_GALLON / 4.0, Prefixes::None),
    (Volume, &["uk_gal"], UK_GALLON, Prefixes::None),
    (Volume, &["ang3", "ang^3"], 1e-30, Decimal(3)),
    (Volume, &["barrel"], GALLON * 42.0, Prefixes::None),
    (Volume, &["bushel"], 2150.42 * INCH * INCH * INCH, Prefixes::None),
    (Volume, &["ft3", "ft^3"], FOOT * FOOT * FOOT, Prefixes::None),
    (Volume, &["in3", "in^3"], INCH * INCH * INCH, Prefixes::None),
    (Volume, &["ly3", "ly^3"], LIGHT_YEAR * LIGHT_YEAR * LIGHT_YEAR, Prefixes::None),
    (Volume, &["m3", "m^3"], 1.0, Decimal(3)),
    (Volume, &["mi3", "mi^3"], MILE * MILE * MILE, Prefixes::None),
    (Volume, &["yd3", "yd^3"], YARD * YARD * YARD, Prefixes::None),
    (Volume, &["Nmi3", "Nmi^3"], NAUTICAL * NAUTICAL * NAUTICAL, Prefixes::None),
    (Volume, &["Picapt3", "Picapt^3", "Pica3", "Pica^3"], PICA * PICA * PICA, Prefixes::None),
    (Volume, &["GRT", "regton"], 100.0 * FOOT * FOOT * FOOT, Prefixes::None),
    (Volume, &["MTON"], 40.0 * FOOT * FOOT * FOOT, Prefixes::None),
    (Area, &["uk_acre"], 4840.0 * YARD * YARD, Prefixes::None),
    (Area, &["us_acre"], SURVEY * SURVEY / 640.0, Prefixes::None),
    (Area, &["ang2", "ang^2"], 1e-20, Decimal(2)),
    (Area, &["ar"], 100.0, Decimal(1)),
    (Area, &["ft2", "ft^2"], FOOT * FOOT, Prefixes::None),
    (Area, &["ha"], 10_000.0, Prefixes::None),
    (Area, &["in2", "in^2"], INCH * INCH, Prefixes::None),
    (Area, &["ly2", "ly^2"], LIGHT_YEAR * LIGHT_YEAR, Prefixes::None),
    (Area, &["m2", "m^2"], 1.0, Decimal(2)),
    (Area, &["Morgen"], 2500.0, Prefixes::None),
    (Area, &["mi2", "mi^2"], MILE * MILE, Prefixes::None),
    (Area, &["Nmi2", "Nmi^2"], NAUTICAL * NAUTICAL, Prefixes::None),
    (Area, &["Picapt2", "Picapt^2", "Pica2", "Pica^2"], PICA * PICA, Prefixes::None),
    (Area, &["yd2", "yd^2"], YARD * YARD, Prefixes::None),
    (Information, &["bit"], 1.0, Binary),
    (Information, &["byte"], 8.0, Binary),
    (Speed, &["admkn"], 6080.0 * FOOT / 3600.0, Prefixes::None),
    (Speed, &["kn"], NAUTICAL / 3600.0, Prefixes::None),
    (Speed, &["m/h", "m/hr"], 1.0 / 3600.0, Decimal(1)),
    (Speed, &["m/s", "m/sec"], 1.0, Decimal(1)),
    (Speed, &["mph"], MILE / 3600.0, Prefixes::None),
];

const DECIMAL: [(&str, i32); 21] = [
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("da", 1),
    ("e", 1),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
    ("z", -21),
    ("y", -24),
];

const BINARY: [(&str, i32); 8] =
    [("Yi", 80), ("Zi", 70), ("Ei", 60), ("Pi", 50), ("Ti", 40), ("Gi", 30), ("Mi", 20), ("ki", 10)];

/// What a unit measures, how much of the base unit it is, and its name without a prefix.
fn unit(name: &str) -> Option<(Measure, f64, &'static str)> {
    let find = |name: &str| {
        UNITS.iter().find_map(|(measure, names, factor, prefixes)| {
            names.iter().find(|known| **known == name).map(|known| (*measure, *factor, *known, *prefixes))
        })
    };
    if let Some((measure, factor, known, _)) = find(name) {
        return Some((measure, factor, known));
    }
    let binary = BINARY.iter().find_map(|(prefix, power)| {
        let (measure, factor, known, prefixes) = find(name.strip_prefix(prefix)?)?;
        (prefixes == Binary).then(|| (measure, factor * 2f64.powi(*power), known))
    });
    binary.or_else(|| {
        DECIMAL.iter().find_map(|(prefix, power)| {
            let (measure, factor, known, prefixes) = find(name.strip_prefix(prefix)?)?;
            let dimension = match prefixes {
                Prefixes::None => return None,
                Decimal(dimension) => dimension,
                Binary => 1,
            };
            Some((measure, factor * 10f64.powi(power * dimension), known))
        })
    })
}

/// Where the scale of a temperature has its zero, in kelvin.
fn zero(unit: &str) -> f64 {
    match unit {
        "C" | "cel" | "Reau" => 273.15,
        "F" | "fah" => 273.15 - 32.0 * 5.0 / 9.0,
        _ => 0.0,
    }
}

fn convert(args: &Args<'_>) -> Answer {
    let number = args.number(0)?;
    let (from_name, to_name) = (args.text(1)?, args.text(2)?);
    let (from, from_factor, from_unit) = unit(&from_name).ok_or(ErrorCode::NA)?;
    let (to, to_factor, to_unit) = unit(&to_name).ok_or(ErrorCode::NA)?;
    if from != to {
        return Err(ErrorCode::NA);
    }
    if from_name == to_name {
        return Ok(Value::number(number));
    }
    if from == Temperature {
        let kelvin = number * from_factor + zero(from_unit);
        // Twelve decimals, so that 68 F is 20 C to the last digit.
        let answer = (kelvin - zero(to_unit)) / to_factor;
        return Ok(Value::number(if answer.abs() < 1e3 { (answer * 1e12).round() / 1e12 } else { answer }));
    }
    Ok(Value::number(number * (from_factor / to_factor)))
}
