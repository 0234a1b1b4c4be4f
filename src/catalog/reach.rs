//! What somebody sees, as a condition of a query.

use crate::domain::access::Reach;

/// A condition on the column that holds a project's number. Only numbers come into the text.
pub(super) fn within(reach: &Reach, column: &str) -> String {
    match reach {
        Reach::All => "TRUE".to_owned(),
        Reach::Projects(projects) => {
            let numbers: Vec<_> = projects.iter().map(ToString::to_string).collect();
            format!("{column} IN ({})", numbers.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_becomes_a_condition() {
        assert_eq!(within(&Reach::All, "p"), "TRUE");
        assert_eq!(within(&Reach::Projects(vec![3, 7]), "p.project_id"), "p.project_id IN (3, 7)");
        assert_eq!(within(&Reach::Projects(Vec::new()), "p"), "p IN ()", "which SQLite reads as never");
    }
}
