//! A fault of ours in one run, taken as what came of it: whoever plays many goes on with the others.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What comes of a run, or in one line what the program said when it failed. Where it failed is on standard error, as ever.
///
/// What the run had in hand is lost with it, so `run` is to leave nothing half done that others see.
///
/// # Errors
/// What it said when it panicked.
pub fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| in_one_line(&*panic))
}

fn in_one_line(panic: &(dyn Any + Send)) -> String {
    let said = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(said), _) => said,
        (None, Some(said)) => said.as_str(),
        (None, None) => "",
    };
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_says_is_one_line() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("it is wrong")), Err::<(), _>("it is wrong".to_owned()));
        let said = caught(|| assert_eq!(1, 2, "not\nthe same")).unwrap_err();
        assert!(said.contains("not the same left: 1 right: 2"), "{said}");
        assert_eq!(caught(|| std::panic::panic_any(7)), Err::<(), _>(String::new()));
    }
}
