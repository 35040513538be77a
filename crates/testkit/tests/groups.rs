//! Groups through the door.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

use serde_json::{Value, json};
use stepwell_testkit::{Answer, TestServer};

const ROLE: &str = "arn:aws:iam::000000000000:role/admins";

struct Pool {
    server: TestServer,
    id: String,
}

impl Pool {
    async fn new() -> Self {
        let server = TestServer::start().await.unwrap();
        let pool = server.admin("CreateUserPool", &json!({"PoolName": "test"})).await;
        let id = pool.body["UserPool"]["Id"].as_str().unwrap().to_owned();
        Self { server, id }
    }

    async fn admin(&self, operation: &str, input: Value) -> Answer {
        let mut all = json!({"UserPoolId": self.id});
        all.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
        self.server.admin(operation, &all).await
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        let answer = self.admin(operation, input).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }
}

fn refused(answer: &Answer, error: &str, message: &str) {
    assert_eq!((answer.error(), answer.body["message"].as_str()), (Some(error), Some(message)));
}

fn names(groups: &Value) -> Vec<&str> {
    groups.as_array().unwrap().iter().map(|group| group["GroupName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn groups_are_made_changed_and_removed() {
    let pool = Pool::new().await;
    let input = json!({"GroupName": "admins", "Description": "d", "RoleArn": ROLE, "Precedence": 0});
    let created = pool.ok("CreateGroup", input.clone()).await;
    assert_eq!(created["Group"]["UserPoolId"], pool.id);
    assert!(created["Group"]["CreationDate"].is_number());
    let exists = pool.admin("CreateGroup", input).await;
    refused(&exists, "GroupExistsException", "A group with the name already exists.");
    let updated = pool.ok("UpdateGroup", json!({"GroupName": "admins", "Precedence": 5})).await;
    assert_eq!(updated["Group"]["Precedence"], 5);
    assert_eq!(updated["Group"]["RoleArn"], ROLE, "what is left out stays");
    assert_eq!(pool.ok("GetGroup", json!({"GroupName": "admins"})).await["Group"], updated["Group"]);
    pool.ok("DeleteGroup", json!({"GroupName": "admins"})).await;
    for operation in ["GetGroup", "UpdateGroup", "DeleteGroup", "ListUsersInGroup"] {
        let answer = pool.admin(operation, json!({"GroupName": "admins"})).await;
        refused(&answer, "ResourceNotFoundException", "Group not found.");
    }
    let bad = pool.admin("CreateGroup", json!({"GroupName": "a b"})).await;
    assert_eq!(bad.error(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn members_come_and_go() {
    let pool = Pool::new().await;
    for name in ["a", "b", "c"] {
        pool.ok("CreateGroup", json!({"GroupName": name})).await;
        pool.ok("AdminCreateUser", json!({"Username": name, "MessageAction": "SUPPRESS"})).await;
    }
    let add = |group: &str, user: &str| pool.ok("AdminAddUserToGroup", json!({"GroupName": group, "Username": user}));
    for (group, user) in [("a", "a"), ("b", "a"), ("c", "a"), ("a", "b"), ("a", "b")] {
        add(group, user).await;
    }
    let first = pool.ok("AdminListGroupsForUser", json!({"Username": "a", "Limit": 2})).await;
    assert_eq!(names(&first["Groups"]), ["a", "b"]);
    let second =
        pool.ok("AdminListGroupsForUser", json!({"Username": "a", "Limit": 2, "NextToken": first["NextToken"]})).await;
    assert_eq!(names(&second["Groups"]), ["c"]);
    assert!(second.get("NextToken").is_none());
    let others = json!({"Username": "b", "NextToken": first["NextToken"]});
    assert_eq!(pool.admin("AdminListGroupsForUser", others).await.error(), Some("InvalidParameterException"));

    let members = pool.ok("ListUsersInGroup", json!({"GroupName": "a"})).await;
    assert_eq!(members["Users"].as_array().unwrap().len(), 2);
    assert_eq!(members["Users"][0]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    for _ in 0..2 {
        pool.ok("AdminRemoveUserFromGroup", json!({"GroupName": "a", "Username": "b"})).await;
    }
    pool.ok("AdminDeleteUser", json!({"Username": "a"})).await;
    assert_eq!(pool.ok("ListUsersInGroup", json!({"GroupName": "a"})).await["Users"], json!([]));
    for operation in ["AdminAddUserToGroup", "AdminRemoveUserFromGroup"] {
        let answer = pool.admin(operation, json!({"GroupName": "none", "Username": "b"})).await;
        refused(&answer, "ResourceNotFoundException", "Group not found.");
        let answer = pool.admin(operation, json!({"GroupName": "a", "Username": "none"})).await;
        refused(&answer, "UserNotFoundException", "User does not exist.");
    }
    let page = pool.ok("ListGroups", json!({"Limit": 2})).await;
    assert_eq!(names(&page["Groups"]), ["a", "b"]);
    let rest = pool.ok("ListGroups", json!({"Limit": 2, "NextToken": page["NextToken"]})).await;
    assert_eq!(names(&rest["Groups"]), ["c"]);
}

#[tokio::test]
async fn a_user_is_in_at_most_a_hundred_groups() {
    let pool = Pool::new().await;
    pool.ok("AdminCreateUser", json!({"Username": "jane", "MessageAction": "SUPPRESS"})).await;
    for index in 0..=100 {
        let name = format!("group{index}");
        pool.ok("CreateGroup", json!({"GroupName": name})).await;
        let answer = pool.admin("AdminAddUserToGroup", json!({"GroupName": name, "Username": "jane"})).await;
        assert_eq!(answer.status == 200, index < 100, "{index}: {}", answer.body);
    }
    pool.ok("AdminAddUserToGroup", json!({"GroupName": "group0", "Username": "jane"})).await;
}
