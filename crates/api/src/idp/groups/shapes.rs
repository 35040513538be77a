//! Groups on the wire.

use stepwell_core::groups::Group;
use stepwell_model::Timestamp;
use stepwell_model::idp::GroupType;

/// A group as `GroupType`.
pub(crate) fn group(group: Group) -> GroupType {
    GroupType {
        group_name: Some(group.name),
        user_pool_id: Some(group.pool_id),
        description: group.description,
        role_arn: group.role_arn,
        precedence: group.precedence,
        last_modified_date: Some(Timestamp(group.modified_at)),
        creation_date: Some(Timestamp(group.created_at)),
    }
}
