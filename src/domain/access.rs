//! Who may do what: roles, and how much of the archive somebody sees. Never who somebody is.

/// What a person or the bearer of a token may do; each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// See photos.
    Viewer,
    /// See deliveries as they came, and run audits.
    Auditor,
    /// Everything: people, tokens, the hook's address, deliveries again.
    Admin,
}

impl Role {
    /// From the least to the most.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Auditor, Self::Admin];

    /// The word in the catalogue and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// Which photos somebody sees. What belongs to no project (deliveries, the queue) is seen by those without limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Reach {
    /// All of them.
    #[default]
    All,
    /// Those of the projects with these numbers; of none, if it is empty.
    Projects(Vec<i64>),
}

impl Reach {
    /// Whether photos of this project are seen.
    pub fn includes(&self, project: i64) -> bool {
        match self {
            Self::All => true,
            Self::Projects(projects) => projects.contains(&project),
        }
    }

    /// Whether both are the same projects, in whatever order.
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, Self::All) => true,
            (Self::Projects(these), Self::Projects(those)) => {
                these.iter().all(|project| those.contains(project))
                    && those.iter().all(|project| these.contains(project))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_is_its_projects_in_any_order() {
        let some = |projects: &[i64]| Reach::Projects(projects.to_vec());
        assert!(some(&[1, 2]).is(&some(&[2, 1])) && some(&[]).is(&some(&[])) && Reach::All.is(&Reach::All));
        assert!(
            !some(&[1]).is(&some(&[1, 2])) && !some(&[1, 2]).is(&some(&[1])) && !some(&[]).is(&Reach::All)
        );
    }

    #[test]
    fn roles_are_words_and_each_may_do_more_than_the_one_before() {
        for role in Role::ALL {
            assert_eq!(Role::from_word(role.as_str()), Some(role));
        }
        assert!(Role::Viewer < Role::Auditor && Role::Auditor < Role::Admin);
        assert_eq!(Role::from_word("owner"), None);
    }

    #[test]
    fn a_reach_of_no_projects_sees_nothing() {
        assert!(Reach::All.includes(7));
        assert!(Reach::Projects(vec![7]).includes(7) && !Reach::Projects(vec![7]).includes(8));
        assert!(!Reach::Projects(Vec::new()).includes(7));
    }
}
