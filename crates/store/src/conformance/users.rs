//! Users, aliases and the filter index.

use stepwell_core::ports::store::{Conflict, StoreError, UserFilter};
use stepwell_core::risk::MemoryKind;

use super::*;

fn filter(attribute: &str, value: &str, prefix: bool) -> UserFilter {
    UserFilter { attribute: attribute.to_owned(), value: value.to_owned(), prefix }
}

#[tokio::test]
async fn a_user_comes_back_whole_and_versioned() {
    for store in both().await {
        let mut created = user("u1");
        created.attributes.insert("custom:odd".to_owned(), "line\nquote\" \u{10FFFF} nul\0".to_owned().into());
        store.write(vec![insert(created.clone())]).await;
        let read = store.stored_user("u1").await;
        assert_eq!(read, User { version: 1, ..created });
        assert_eq!(store.users.by_username(POOL, "name-u1").await.unwrap(), Some(read.clone()));
        assert_eq!(store.users.by_username(POOL, "Name-u1").await.unwrap(), None);
        assert_eq!(store.users.by_sub(OTHER_POOL, "u1").await.unwrap(), None);

        let same_name = User { sub: "u2".to_owned(), ..user("u1") };
        assert_eq!(store.conflict(vec![insert(same_name)]).await, (0, Conflict::Exists));
        let same_sub = User { username_key: "other".to_owned(), ..user("u1") };
        assert_eq!(store.conflict(vec![insert(same_sub)]).await, (0, Conflict::Exists));

        store.write(vec![update(read.clone())]).await;
        assert_eq!(store.conflict(vec![insert(user("u3")), update(read)]).await, (1, Conflict::Changed));
        assert_eq!(store.stored_user("u1").await.version, 2);
        assert_eq!(store.users.by_sub(POOL, "u3").await.unwrap(), None, "{}", store.name);
        assert_eq!(store.users.estimated_count(POOL).await.unwrap(), 1);

        let nul = store.users.by_username(POOL, "a\0").await;
        assert!(matches!(nul, Err(StoreError::Nul)));
    }
}

#[tokio::test]
async fn the_filter_index_follows_the_user() {
    for store in both().await {
        let find = async |attribute: &str, value: &str| {
            let found = store.users.list(POOL, Some(&filter(attribute, value, false)), None, 60).await.unwrap();
            found.into_iter().map(|user| user.sub).collect::<Vec<_>>()
        };
        store.write(vec![insert(user("u1")), insert(user("u2"))]).await;
        assert_eq!(find("email", "u1@example.com").await, ["u1"]);
        assert_eq!(find("username", "Name-u1").await, ["u1"]);
        assert_eq!(find("username", "name-u1").await, [""; 0]);
        assert_eq!(find("cognito:user_status", "confirmed").await, ["u1", "u2"]);
        assert_eq!(find("status", "Enabled").await, ["u1", "u2"]);
        assert_eq!(find("sub", "u2").await, ["u2"]);

        let mut changed = store.stored_user("u1").await;
        changed.attributes.insert("email".to_owned(), "new@example.com".to_owned().into());
        changed.attributes.insert("given_name".to_owned(), "Zoë".to_owned().into());
        changed.enabled = false;
        changed.status = UserStatus::ResetRequired;
        store.write(vec![update(changed)]).await;
        assert_eq!(find("email", "u1@example.com").await, [""; 0], "{}", store.name);
        assert_eq!(find("email", "new@example.com").await, ["u1"]);
        assert_eq!(find("given_name", "Zoë").await, ["u1"]);
        assert_eq!(find("status", "Enabled").await, ["u2"]);
        assert_eq!(find("status", "Disabled").await, ["u1"]);
        assert_eq!(find("cognito:user_status", "reset_required").await, ["u1"]);

        let mut cleared = store.stored_user("u1").await;
        cleared.attributes.clear();
        store.write(vec![update(cleared)]).await;
        assert_eq!(find("email", "new@example.com").await, [""; 0]);
        assert_eq!(find("given_name", "Zoë").await, [""; 0]);
    }
}

#[tokio::test]
async fn a_deleted_user_takes_everything_along() {
    for store in both().await {
        store
            .write(vec![
                insert(user("u1")),
                Write::ClaimAlias(alias("a@x", "u1")),
                Write::InsertGroup(Box::new(group("g"))),
                Write::AddMember { pool_id: POOL.to_owned(), group: "g".to_owned(), sub: "u1".to_owned(), now: 1 },
                Write::PutCode(code("u1", 1)),
                Write::PutCode(code("u10", 1)),
            ])
            .await;
        let possessions = |sub: &str| {
            vec![
                devices::insert_device(sub, "d"),
                passkeys::insert_passkey(sub, &format!("passkey of {sub}")),
                user_sessions::insert_session(user_sessions::session(sub, "tkn1", 1)),
                risk::insert_event(risk::event(sub, "e", 1)),
                Write::Remember(risk::memory(sub, MemoryKind::Place, 1, 1)),
            ]
        };
        let counted = async |sub: &str| {
            [
                store.devices.count(POOL, sub).await.unwrap(),
                store.passkeys.count(POOL, sub).await.unwrap(),
                i64::try_from(store.user_sessions.list(POOL, sub, 0, None, 9).await.unwrap().len()).unwrap(),
                i64::try_from(store.auth_events.list(POOL, sub, None, 9).await.unwrap().len()).unwrap(),
                i64::try_from(store.risk.remembered(POOL, sub).await.unwrap().len()).unwrap(),
            ]
        };
        store.write([possessions("u1"), vec![insert(user("u10"))], possessions("u10")].concat()).await;
        assert_eq!(counted("u1").await, [1; 5]);
        let delete = |version| Write::DeleteUser { pool_id: POOL.to_owned(), sub: "u1".to_owned(), version };
        assert_eq!(store.conflict(vec![delete(2)]).await, (0, Conflict::Changed));
        assert!(store.users.by_alias(POOL, "email", "a@x").await.unwrap().is_some());
        store.write(vec![delete(1)]).await;
        assert_eq!(store.conflict(vec![delete(1)]).await, (0, Conflict::Changed));
        assert_eq!(store.users.by_sub(POOL, "u1").await.unwrap(), None);
        assert_eq!(store.users.by_alias(POOL, "email", "a@x").await.unwrap(), None);
        assert!(store.groups.members(POOL, "g", None, 60).await.unwrap().is_empty());
        assert_eq!(store.guards.code(POOL, "u1", CodePurpose::ConfirmSignUp).await.unwrap(), None);
        assert!(store.guards.code(POOL, "u10", CodePurpose::ConfirmSignUp).await.unwrap().is_some());
        assert_eq!(counted("u1").await, [0; 5], "{}", store.name);
        assert_eq!(counted("u10").await, [1; 5], "{}", store.name);

        // The same names are free again, and nothing of the old user clings to a new one.
        store.write(vec![insert(user("u1")), Write::ClaimAlias(alias("a@x", "u1"))]).await;
        assert!(store.groups.of_user(POOL, "u1", None, 60).await.unwrap().is_empty());
        let listed = store.users.list(POOL, Some(&filter("email", "u1@example.com", false)), None, 60).await.unwrap();
        assert_eq!(subs(&listed), ["u1"], "{}", store.name);
    }
}

#[tokio::test]
async fn an_alias_has_one_holder() {
    for store in both().await {
        let long = "é".repeat(2_000);
        for value in ["a@x", &long] {
            store.write(vec![Write::ClaimAlias(alias(value, "u1")), Write::ClaimAlias(alias(value, "u1"))]).await;
            assert_eq!(store.conflict(vec![Write::ClaimAlias(alias(value, "u2"))]).await, (0, Conflict::AliasTaken));
            store.write(vec![Write::ReleaseAlias(alias(value, "u2"))]).await;
            assert_eq!(store.conflict(vec![Write::ClaimAlias(alias(value, "u2"))]).await, (0, Conflict::AliasTaken));
            // Taken over, as ForceAliasCreation does.
            store.write(vec![Write::ReleaseAlias(alias(value, "u1")), Write::ClaimAlias(alias(value, "u2"))]).await;
            assert_eq!(store.conflict(vec![Write::ClaimAlias(alias(value, "u1"))]).await, (0, Conflict::AliasTaken));
        }
        store.write(vec![insert(user("u2")), Write::ClaimAlias(alias(&format!("{long}x"), "u1"))]).await;
        assert_eq!(store.users.by_alias(POOL, "email", &long).await.unwrap().unwrap().sub, "u2");
        assert_eq!(store.users.by_alias(POOL, "email", &format!("{long}x")).await.unwrap(), None, "no such user");
        assert_eq!(store.users.by_alias(POOL, "phone_number", "a@x").await.unwrap(), None);
    }
}

#[tokio::test]
async fn prefixes_are_ranges() {
    for store in both().await {
        let long = "ÿ".repeat(2_048);
        let values = [
            "a",
            "ab",
            "abc",
            "ac",
            "a\u{10FFFF}",
            "a\u{10FFFF}\u{10FFFF}z",
            "b",
            "A",
            "é",
            "ÿ",
            "ÿ\u{D7FF}x",
            "ÿ\u{E000}",
            "\u{10FFFF}",
            "\u{10FFFF}\u{10FFFF}",
            "%",
            "a_",
            "100%",
        ];
        for (index, value) in
            values.iter().chain([&long.as_str(), &format!("{}z", &long[..4_000]).as_str()]).enumerate()
        {
            let mut user = user(&format!("u{index:02}"));
            user.attributes = BTreeMap::from([("name".to_owned(), (*value).to_owned().into())]);
            store.write(vec![insert(user)]).await;
        }
        let all: Vec<User> = store.users.list(POOL, None, None, 60).await.unwrap();
        let prefixes = [
            "a",
            "ab",
            "a\u{10FFFF}",
            "\u{10FFFF}",
            "\u{10FFFF}\u{10FFFF}",
            "\u{10FFFF}\u{10FFFF}\u{10FFFF}",
            "ÿ",
            "ÿ\u{D7FF}",
            "é",
            "%",
            "_",
            "A",
            "zz",
            "ÿÿ",
            &long,
            &long[..4_000],
            &long[..512],
            &long[..510],
        ];
        for prefix in prefixes {
            let mut expected: Vec<(&str, &str)> = all
                .iter()
                .map(|user| (user.attribute("name").unwrap(), user.sub.as_str()))
                .filter(|(name, _)| name.starts_with(prefix))
                .collect();
            // Beyond the indexed part of a value the order is by sub.
            expected.sort_by_key(|(name, sub)| (name.chars().take(256).collect::<String>(), *sub));
            let found = store.users.list(POOL, Some(&filter("name", prefix, true)), None, 60).await.unwrap();
            let expected: Vec<&str> = expected.into_iter().map(|(_, sub)| sub).collect();
            assert_eq!(subs(&found), expected, "{} {prefix:?}", store.name);
            let exact = store.users.list(POOL, Some(&filter("name", prefix, false)), None, 60).await.unwrap();
            let same: Vec<&str> = all
                .iter()
                .filter(|user| user.attribute("name") == Some(prefix))
                .map(|user| user.sub.as_str())
                .collect();
            assert_eq!(subs(&exact), same, "{} {prefix:?}", store.name);
        }
        let by_sub = store.users.list(POOL, Some(&filter("sub", "u1", true)), None, 60).await.unwrap();
        assert_eq!(by_sub.len(), 9);
        let whole = store.users.list(POOL, Some(&filter("sub", "u10", true)), None, 60).await.unwrap();
        assert_eq!(subs(&whole), ["u10"]);
        let empty = store.users.list(POOL, Some(&filter("name", "", true)), None, 60).await.unwrap();
        assert_eq!(empty.len(), all.len());
    }
}
