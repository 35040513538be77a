//! Lists page by page, while others write.

use stepwell_core::ports::store::{After, UserFilter};

use super::*;

fn after(user: &User, attribute: Option<&str>) -> After {
    let value = attribute.map_or(user.sub.as_str(), |name| user.attribute(name).unwrap());
    After { value: value.to_owned(), id: user.sub.clone() }
}

#[tokio::test]
async fn paging_through_users_survives_writes() {
    for store in both().await {
        for i in 0..25 {
            let mut user = user(&format!("u{i:02}"));
            // Ties: ten users share each family name, so that a page ends between equals.
            user.attributes.insert("family_name".to_owned(), format!("Family{}", i / 10).into());
            store.write(vec![insert(user)]).await;
        }
        let by_family = UserFilter { attribute: "family_name".to_owned(), value: "Fam".to_owned(), prefix: true };
        let by_sub = UserFilter { attribute: "sub".to_owned(), value: "u".to_owned(), prefix: true };
        for (run, (filter, attribute)) in
            [(None, None), (Some(&by_family), Some("family_name")), (Some(&by_sub), None)].into_iter().enumerate()
        {
            let mut seen = Vec::new();
            let mut position: Option<After> = None;
            for page in 0.. {
                let users = store.users.list(POOL, filter, position.as_ref(), 4).await.unwrap();
                let Some(last) = users.last() else { break };
                position = Some(after(last, attribute));
                // Between the pages: the last item goes, and others come before and after the position.
                let version = last.version;
                store.write(vec![Write::DeleteUser { pool_id: POOL.to_owned(), sub: last.sub.clone(), version }]).await;
                let mut early = user(&format!("a{run}{page}"));
                early.attributes.insert("family_name".to_owned(), "Fam".to_owned().into());
                store.write(vec![insert(early)]).await;
                seen.extend(users.into_iter().map(|user| user.sub));
                assert!(page < 20, "{}: no end", store.name);
            }
            let mut unique = seen.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), seen.len(), "{}: one item twice", store.name);
            // Every user that was there at the start went only after it had been seen.
            let originals = seen.iter().filter(|sub| sub.starts_with('u')).count();
            assert_eq!(originals, 25, "{}: one item missing", store.name);
            // Put back what was deleted, for the next run.
            for i in 0..25 {
                let sub = format!("u{i:02}");
                if store.users.by_sub(POOL, &sub).await.unwrap().is_none() {
                    let mut user = user(&sub);
                    user.attributes.insert("family_name".to_owned(), format!("Family{}", i / 10).into());
                    store.write(vec![insert(user)]).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn groups_and_members_are_paged() {
    for store in both().await {
        for name in ["Zeta", "alpha", "beta", "Übung"] {
            store.write(vec![Write::InsertGroup(Box::new(group(name)))]).await;
        }
        let names = |groups: Vec<Group>| groups.into_iter().map(|group| group.name).collect::<Vec<_>>();
        assert_eq!(names(store.groups.list(POOL, None, 3).await.unwrap()), ["Zeta", "alpha", "beta"]);
        assert_eq!(names(store.groups.list(POOL, Some("beta"), 3).await.unwrap()), ["Übung"]);
        assert_eq!(store.groups.count(POOL).await.unwrap(), 4);
        for i in 0..5 {
            let sub = format!("u{i}");
            store.write(vec![insert(user(&sub)), add("alpha", &sub)]).await;
        }
        store.write(vec![add("Zeta", "u3"), add("beta", "u3")]).await;
        let page = store.groups.members(POOL, "alpha", Some("u1"), 2).await.unwrap();
        assert_eq!(subs(&page), ["u2", "u3"]);
        assert_eq!(names(store.groups.of_user(POOL, "u3", None, 60).await.unwrap()), ["Zeta", "alpha", "beta"]);
        assert_eq!(names(store.groups.of_user(POOL, "u3", Some("alpha"), 60).await.unwrap()), ["beta"]);
    }
}

fn add(group: &str, sub: &str) -> Write {
    Write::AddMember { pool_id: POOL.to_owned(), group: group.to_owned(), sub: sub.to_owned(), now: 1 }
}
