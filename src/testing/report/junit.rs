use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::detail::{detail, finding};
use crate::testing::{Outcome, Report, TestResult};

/// The report as JUnit's XML.
///
/// # Errors
/// When a name cannot be written as XML.
pub fn junit(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut xml = quick_junit::Report::new("rolecall test");
    for suite in &report.suites {
        let mut cases = TestSuite::new(suite.file.clone());
        for result in &suite.results {
            let mut case = TestCase::new(result.name.clone(), status(result));
            case.set_classname(suite.file.clone());
            case.set_time(result.took);
            cases.add_test_case(case);
        }
        xml.add_test_suite(cases);
    }
    xml.to_string()
}

fn status(result: &TestResult) -> TestCaseStatus {
    let kind = match &result.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::Skipped(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.clone());
            return status;
        }
        Outcome::Failed(_) => NonSuccessKind::Failure,
        Outcome::Error(_) => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(finding(result).map(|finding| finding.message.clone()).unwrap_or_default());
    status.set_description(detail(result, false));
    status
}
