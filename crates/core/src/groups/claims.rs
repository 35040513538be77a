//! What a user's groups put into tokens (API reference, `CreateGroup`; developer guide, "Role-based access control").

use super::Group;

/// The claims that follow from a user's groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupClaims {
    /// `cognito:groups`: names, the highest precedence (the lowest number) first.
    pub groups: Vec<String>,
    /// `cognito:roles`: the different roles of the groups, in the same order.
    pub roles: Vec<String>,
    /// `cognito:preferred_role`: absent without roles, and where several groups of the highest precedence disagree.
    pub preferred_role: Option<String>,
}

/// Derives the claims. A group without a precedence comes last; among equals the name decides the order.
pub fn claims(groups: &[Group]) -> GroupClaims {
    let rank = |group: &Group| (group.precedence.is_none(), group.precedence);
    let mut ordered: Vec<&Group> = groups.iter().collect();
    ordered.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.name.cmp(&b.name)));

    let mut roles: Vec<String> = Vec::new();
    for role in ordered.iter().filter_map(|group| group.role_arn.as_ref()) {
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    // Groups without a role have no say in which role is preferred.
    let mut with_role = ordered.iter().filter_map(|group| group.role_arn.as_ref().map(|role| (rank(group), role)));
    let preferred_role = with_role.next().and_then(|(highest, role)| {
        let agreed = with_role.take_while(|(rank, _)| *rank == highest).all(|(_, other)| other == role);
        agreed.then(|| role.clone())
    });
    GroupClaims { groups: ordered.into_iter().map(|group| group.name.clone()).collect(), roles, preferred_role }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, precedence: Option<i32>, role: Option<&str>) -> Group {
        Group {
            pool_id: "us-east-1_a".to_owned(),
            name: name.to_owned(),
            description: None,
            role_arn: role.map(str::to_owned),
            precedence,
            created_at: 0,
            modified_at: 0,
            version: 0,
        }
    }

    #[test]
    fn nothing_from_no_groups() {
        assert_eq!(claims(&[]), GroupClaims::default());
    }

    #[test]
    fn the_lowest_number_wins_and_none_is_last() {
        let claims =
            claims(&[group("a", None, Some("r1")), group("b", Some(5), Some("r2")), group("c", Some(0), Some("r3"))]);
        assert_eq!(claims.groups, ["c", "b", "a"]);
        assert_eq!(claims.roles, ["r3", "r2", "r1"]);
        assert_eq!(claims.preferred_role.as_deref(), Some("r3"));
    }

    #[test]
    fn a_tie_counts_only_if_all_agree() {
        let same =
            claims(&[group("a", Some(1), Some("r")), group("b", Some(1), Some("r")), group("c", Some(2), Some("s"))]);
        assert_eq!(same.preferred_role.as_deref(), Some("r"));
        assert_eq!(same.roles, ["r", "s"]);
        let different = claims(&[group("a", Some(1), Some("r")), group("b", Some(1), Some("s"))]);
        assert_eq!(different.preferred_role, None);
        assert_eq!(different.roles, ["r", "s"]);
        let without_precedence = claims(&[group("a", None, Some("r")), group("b", None, Some("s"))]);
        assert_eq!(without_precedence.preferred_role, None);
    }

    #[test]
    fn groups_without_a_role_have_no_say() {
        let claims = claims(&[group("a", Some(0), None), group("b", Some(1), Some("r"))]);
        assert_eq!(claims.groups, ["a", "b"]);
        assert_eq!(claims.roles, ["r"]);
        assert_eq!(claims.preferred_role.as_deref(), Some("r"));
    }
}
