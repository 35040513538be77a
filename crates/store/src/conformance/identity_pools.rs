//! Identity pools and identities: which login leads to which, also when several ask at once.

use stepwell_core::identity_pools::{Identity, IdentityPool, Login};
use stepwell_core::ports::store::Conflict;

use super::*;

const ID_POOL: &str = "eu-west-1:11111111-1111-4111-8111-111111111111";

pub(super) fn identity_pool(id: &str) -> IdentityPool {
    IdentityPool {
        id: id.to_owned(),
        name: "Pool".to_owned(),
        created_at: 1,
        allow_guests: true,
        allow_classic_flow: false,
        social_providers: BTreeMap::new(),
        developer_provider: Some("login.example".to_owned()),
        oidc_provider_arns: Vec::new(),
        user_pools: Vec::new(),
        saml_provider_arns: Vec::new(),
        tags: BTreeMap::from([("ü".to_owned(), "\"".to_owned())]),
        authenticated_role: None,
        guest_role: None,
        role_mappings: BTreeMap::new(),
        principal_tags: BTreeMap::new(),
        version: 0,
    }
}

fn insert_pool(id: &str) -> Write {
    Write::InsertIdentityPool(Box::new(identity_pool(id)))
}

fn login(subject: &str) -> Login {
    Login { provider: "login.example".to_owned(), subject: subject.to_owned() }
}

fn identity(id: &str, logins: &[&str]) -> Identity {
    Identity {
        pool_id: ID_POOL.to_owned(),
        id: id.to_owned(),
        created_at: 1,
        modified_at: 1,
        logins: logins.iter().map(|subject| login(subject)).collect(),
        authenticated: !logins.is_empty(),
        merged_into: None,
        version: 0,
    }
}

fn claim(subject: &str, identity_id: &str) -> Write {
    Write::ClaimLogin { pool_id: ID_POOL.to_owned(), login: login(subject), identity_id: identity_id.to_owned() }
}

fn release(subject: &str, identity_id: &str) -> Write {
    Write::ReleaseLogin { pool_id: ID_POOL.to_owned(), login: login(subject), identity_id: identity_id.to_owned() }
}

fn insert_identity(id: &str, logins: &[&str]) -> Vec<Write> {
    let mut writes = vec![Write::InsertIdentity(Box::new(identity(id, logins)))];
    writes.extend(logins.iter().map(|subject| claim(subject, id)));
    writes
}

#[tokio::test]
async fn identity_pools_are_versioned_and_listed() {
    for store in both().await {
        store.write(vec![insert_pool("r:b"), insert_pool("r:a"), insert_pool("r:c")]).await;
        assert_eq!(store.conflict(vec![insert_pool("r:a")]).await, (0, Conflict::Exists));
        let mut read = store.identity_pools.identity_pool("r:a").await.unwrap().unwrap();
        assert_eq!(read, IdentityPool { version: 1, ..identity_pool("r:a") });
        read.name = "Other".to_owned();
        store.write(vec![Write::UpdateIdentityPool(Box::new(read.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateIdentityPool(Box::new(read))]).await, (0, Conflict::Changed));
        let ids = |pools: Vec<IdentityPool>| pools.into_iter().map(|pool| pool.id).collect::<Vec<_>>();
        assert_eq!(ids(store.identity_pools.list_identity_pools(None, 2).await.unwrap()), ["r:a", "r:b"]);
        assert_eq!(ids(store.identity_pools.list_identity_pools(Some("r:b"), 2).await.unwrap()), ["r:c"]);
        let delete = |version| Write::DeleteIdentityPool { pool_id: "r:a".to_owned(), version, now: 5 };
        assert_eq!(store.conflict(vec![delete(1)]).await, (0, Conflict::Changed));
        store.write(vec![delete(2)]).await;
        assert_eq!(store.identity_pools.identity_pool("r:a").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_login_leads_to_one_identity() {
    for store in both().await {
        assert_eq!(store.conflict(insert_identity("r:1", &["ann"])).await, (0, Conflict::Changed), "no pool");
        store.write(vec![insert_pool(ID_POOL)]).await;
        store.write(insert_identity("r:1", &["ann", &"é".repeat(1024)])).await;
        assert_eq!(store.conflict(insert_identity("r:1", &[])).await, (0, Conflict::Exists));
        assert_eq!(store.conflict(insert_identity("r:2", &["ann"])).await, (1, Conflict::AliasTaken));
        assert_eq!(store.identity_pools.identity("r:2").await.unwrap(), None, "all or nothing");
        let of = async |subject: &str| {
            let found = store.identity_pools.identity_of(ID_POOL, &login(subject)).await.unwrap();
            found.map(|identity| (identity.id, identity.version))
        };
        assert_eq!(of("ann").await, Some(("r:1".to_owned(), 1)));
        assert_eq!(of("Ann").await, None);
        assert_eq!(of(&"é".repeat(1024)).await, Some(("r:1".to_owned(), 1)));
        assert_eq!(of(&"é".repeat(1023)).await, None);
        let elsewhere = store.identity_pools.identity_of("eu-west-1:other", &login("ann")).await.unwrap();
        assert_eq!(elsewhere, None);

        store.write(vec![claim("ann", "r:1")]).await;
        store.write(vec![release("ann", "r:9")]).await;
        assert_eq!(of("ann").await, Some(("r:1".to_owned(), 1)), "only its own identity lets go of it");
        store.write(insert_identity("r:2", &[])).await;
        store.write(vec![release("ann", "r:1"), claim("ann", "r:2")]).await;
        assert_eq!(of("ann").await, Some(("r:2".to_owned(), 1)));

        let delete = Write::DeleteIdentity { identity_id: "r:2".to_owned(), version: 1 };
        store.write(vec![delete.clone(), release("ann", "r:2")]).await;
        assert_eq!(store.conflict(vec![delete]).await, (0, Conflict::Changed));
        assert_eq!(of("ann").await, None);
    }
}

#[tokio::test]
async fn disabled_identities_can_be_left_out() {
    for store in both().await {
        store.write(vec![insert_pool(ID_POOL)]).await;
        for id in ["r:1", "r:2", "r:3"] {
            store.write(insert_identity(id, &[])).await;
        }
        let mut second = store.identity_pools.identity("r:2").await.unwrap().unwrap();
        second.merged_into = Some("r:1".to_owned());
        store.write(vec![Write::UpdateIdentity(Box::new(second.clone()))]).await;
        assert_eq!(store.conflict(vec![Write::UpdateIdentity(Box::new(second))]).await, (0, Conflict::Changed));
        let list = async |enabled_only, after| {
            let page = store.identity_pools.list_identities(ID_POOL, enabled_only, after, 2).await.unwrap();
            page.into_iter().map(|identity| identity.id).collect::<Vec<_>>()
        };
        assert_eq!(list(false, None).await, ["r:1", "r:2"]);
        assert_eq!(list(true, None).await, ["r:1", "r:3"]);
        assert_eq!(list(false, Some("r:2")).await, ["r:3"]);
    }
}

/// Whoever is first makes the identity; everybody else finds it.
#[tokio::test(flavor = "multi_thread")]
async fn one_identity_comes_of_many_first_sign_ins_at_once() {
    for store in both().await {
        store.write(vec![insert_pool(ID_POOL)]).await;
        let tasks: Vec<_> = (0..12)
            .map(|n| {
                let submit = store.submit.clone();
                tokio::spawn(async move { submit.submit(insert_identity(&format!("r:{n}"), &["ann"])).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap());
        }
        assert_eq!(won, 1, "{}", store.name);
        assert_eq!(store.identity_pools.list_identities(ID_POOL, false, None, 60).await.unwrap().len(), 1);
    }
}

/// Two identities claim the same new login: one keeps it, and the other one's record does not say that it has it.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_links_of_a_login_wins() {
    for store in both().await {
        store.write(vec![insert_pool(ID_POOL)]).await;
        let mut tasks = Vec::new();
        for n in 0..12 {
            let id = format!("r:{n:02}");
            store.write(insert_identity(&id, &[])).await;
            let submit = store.submit.clone();
            let linked = Identity { version: 1, ..identity(&id, &["ann"]) };
            tasks.push(tokio::spawn(async move {
                submit.submit(vec![Write::UpdateIdentity(Box::new(linked)), claim("ann", &id)]).await.is_ok()
            }));
        }
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap());
        }
        assert_eq!(won, 1, "{}", store.name);
        let all = store.identity_pools.list_identities(ID_POOL, false, None, 60).await.unwrap();
        let holders: Vec<_> = all.iter().filter(|identity| identity.has(&login("ann"))).collect();
        assert_eq!(holders.len(), 1);
        let led_to = store.identity_pools.identity_of(ID_POOL, &login("ann")).await.unwrap().unwrap();
        assert_eq!(led_to.id, holders[0].id);
    }
}

/// A merges into B while B merges into A: one of the two happens.
#[tokio::test(flavor = "multi_thread")]
async fn crossing_merges_leave_one_identity() {
    for store in both().await {
        store.write(vec![insert_pool(ID_POOL)]).await;
        store.write(insert_identity("r:a", &["ann"])).await;
        store.write(insert_identity("r:b", &["bob"])).await;
        let merge = |parent: &str, parent_login: &str, child: &str, child_login: &str| {
            let kept = Identity { version: 1, ..identity(parent, &[parent_login, child_login]) };
            let mut gone = Identity { version: 1, ..identity(child, &[]) };
            gone.merged_into = Some(parent.to_owned());
            let mut records = [Write::UpdateIdentity(Box::new(kept)), Write::UpdateIdentity(Box::new(gone))];
            // In the order of their ids, as the domain submits them, so that nobody waits in a circle.
            if child < parent {
                records.reverse();
            }
            let mut writes = records.to_vec();
            writes.extend([release(child_login, child), claim(child_login, parent)]);
            writes
        };
        let (one, other) = (merge("r:a", "ann", "r:b", "bob"), merge("r:b", "bob", "r:a", "ann"));
        let tasks = [one, other].map(|writes| {
            let submit = store.submit.clone();
            tokio::spawn(async move { submit.submit(writes).await.is_ok() })
        });
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap());
        }
        assert_eq!(won, 1, "{}", store.name);
        let enabled = store.identity_pools.list_identities(ID_POOL, true, None, 9).await.unwrap();
        assert_eq!((enabled.len(), enabled[0].logins.len()), (1, 2));
        for subject in ["ann", "bob"] {
            let found = store.identity_pools.identity_of(ID_POOL, &login(subject)).await.unwrap().unwrap();
            assert_eq!(found.id, enabled[0].id);
        }
    }
}

#[tokio::test]
async fn a_deleted_pools_identities_are_swept() {
    for store in both().await {
        store.write(vec![insert_pool(ID_POOL)]).await;
        for n in 0..5 {
            store.write(insert_identity(&format!("r:{n}"), &[&format!("user-{n}")])).await;
        }
        store.write(vec![Write::DeleteIdentityPool { pool_id: ID_POOL.to_owned(), version: 1, now: 5 }]).await;
        while store.jobs.delete_leftovers(3).await.unwrap() > 0 {}
        assert_eq!(store.identity_pools.list_identities(ID_POOL, false, None, 9).await.unwrap(), []);
        assert_eq!(store.identity_pools.identity_of(ID_POOL, &login("user-1")).await.unwrap(), None);
        assert_eq!(store.conflict(insert_identity("r:9", &["ann"])).await, (0, Conflict::Changed));
    }
}
