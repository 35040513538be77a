//! IAM: records, who uses a policy, and the version that every change raises.

use std::collections::BTreeSet;
use std::sync::Arc;

use stepwell_core::iam::{
    Entity, EntityKind, IamName, ManagedPolicy, OidcProvider, PolicyUsage, PolicyUse, PolicyVersion, Role,
    SamlProvider, User as IamUser,
};
use stepwell_core::keyring::AccessKey;
use tokio::sync::Barrier;

use super::*;

const ARN: &str = "arn:aws:iam::000000000000:policy/p";

fn iam_user(name: &str, path: &str) -> IamUser {
    IamUser {
        name: name.to_owned(),
        path: path.to_owned(),
        user_id: format!("AIDA{name}"),
        created_at: 1,
        tags: BTreeMap::from([("k".to_owned(), "ünïcode".to_owned())]),
        permissions_boundary: None,
        inline_policies: BTreeMap::from([("p".to_owned(), "{\"a\":\"\\n\"}".to_owned())]),
        attached: BTreeSet::new(),
        version: 0,
    }
}

fn role(name: &str, path: &str) -> Role {
    Role {
        name: name.to_owned(),
        path: path.to_owned(),
        role_id: format!("AROA{name}"),
        created_at: 1,
        trust_policy: "{}".to_owned(),
        trust_principals: BTreeMap::new(),
        description: Some("d".to_owned()),
        max_session_duration: 3_600,
        tags: BTreeMap::new(),
        permissions_boundary: None,
        inline_policies: BTreeMap::new(),
        attached: BTreeSet::new(),
        version: 0,
    }
}

fn policy(name: &str, path: &str) -> ManagedPolicy {
    ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        policy_id: format!("ANPA{name}"),
        description: None,
        tags: BTreeMap::new(),
        versions: vec![PolicyVersion { id: "v1".to_owned(), text: "{}".to_owned(), created_at: 1 }],
        default_version: "v1".to_owned(),
        next_version: 2,
        created_at: 1,
        updated_at: 1,
        version: 0,
    }
}

fn insert_entity(entity: Entity) -> Write {
    Write::InsertIamEntity(entity)
}

fn insert_user(user: IamUser) -> Write {
    insert_entity(Entity::User(Box::new(user)))
}

fn insert_role(role: Role) -> Write {
    insert_entity(Entity::Role(Box::new(role)))
}

fn delete(kind: EntityKind, key: &str, version: i64) -> Write {
    Write::DeleteIamEntity { kind, key: key.to_owned(), version }
}

#[tokio::test]
async fn users_and_roles_are_versioned_and_unique_by_key() {
    for store in both().await {
        store.write(vec![insert_user(iam_user("Ann", "/")), insert_role(role("Ann", "/"))]).await;
        assert_eq!(store.conflict(vec![insert_user(iam_user("aNN", "/other/"))]).await, (0, Conflict::Exists));
        let mut read = store.iam.user("ann").await.unwrap().unwrap();
        assert_eq!(read, IamUser { version: 1, ..iam_user("Ann", "/") });
        assert_eq!(store.iam.user("Ann").await.unwrap(), None, "the key, not the name");
        read.path = "/moved/".to_owned();
        let update = |user: &IamUser| Write::UpdateIamEntity(Entity::User(Box::new(user.clone())));
        store.write(vec![update(&read)]).await;
        assert_eq!(store.conflict(vec![update(&read)]).await, (0, Conflict::Changed));
        let again = store.iam.user("ann").await.unwrap().unwrap();
        assert_eq!((again.version, again.path.as_str()), (2, "/moved/"));
        assert_eq!(store.iam.users("/moved/", None, 9).await.unwrap().len(), 1);
        assert_eq!(store.iam.role("ann").await.unwrap(), Some(Role { version: 1, ..role("Ann", "/") }));
        assert_eq!(store.conflict(vec![delete(EntityKind::User, "ann", 1)]).await, (0, Conflict::Changed));
        store.write(vec![delete(EntityKind::User, "ann", 2)]).await;
        assert_eq!(store.conflict(vec![delete(EntityKind::User, "ann", 2)]).await, (0, Conflict::Changed));
        assert_eq!(store.iam.user("ann").await.unwrap(), None);
        assert!(store.iam.role("ann").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn unique_ids_tell_the_names_of_now() {
    for store in both().await {
        store.write(vec![insert_user(iam_user("Ann", "/")), insert_role(role("App", "/apps/"))]).await;
        let named = async |id: &str| store.iam.named(id).await.unwrap();
        let name = |kind, path: &str, name: &str| Some(IamName { kind, path: path.to_owned(), name: name.to_owned() });
        assert_eq!(named("AIDAAnn").await, name(EntityKind::User, "/", "Ann"));
        assert_eq!(named("AROAApp").await, name(EntityKind::Role, "/apps/", "App"));
        assert_eq!(named("AIDAann").await, None);
        // Renamed, moved, gone.
        let renamed = IamUser { user_id: "AIDAAnn".to_owned(), ..iam_user("Bea", "/staff/") };
        store.write(vec![delete(EntityKind::User, "ann", 1), insert_user(renamed)]).await;
        assert_eq!(named("AIDAAnn").await, name(EntityKind::User, "/staff/", "Bea"));
        let moved = Role { path: "/moved/".to_owned(), version: 1, ..role("App", "/apps/") };
        store.write(vec![Write::UpdateIamEntity(Entity::Role(Box::new(moved)))]).await;
        assert_eq!(named("AROAApp").await, name(EntityKind::Role, "/moved/", "App"));
        store.write(vec![delete(EntityKind::User, "bea", 1)]).await;
        assert_eq!(named("AIDAAnn").await, None);
    }
}

#[tokio::test]
async fn policies_and_providers_are_kept() {
    for store in both().await {
        let oidc = OidcProvider {
            url: "ID.example.com/Path".to_owned(),
            client_ids: BTreeSet::from(["app".to_owned()]),
            thumbprints: vec!["a".repeat(40)],
            tags: BTreeMap::new(),
            created_at: 1,
            version: 0,
        };
        let saml = SamlProvider {
            name: "Corp".to_owned(),
            uuid: "U".repeat(22),
            metadata: "<x/>".to_owned(),
            valid_until: Some(7),
            tags: BTreeMap::new(),
            created_at: 1,
            version: 0,
        };
        store
            .write(vec![
                insert_entity(Entity::Policy(Box::new(policy("P", "/a/")))),
                insert_entity(Entity::OidcProvider(Box::new(oidc.clone()))),
                insert_entity(Entity::SamlProvider(Box::new(saml.clone()))),
            ])
            .await;
        assert_eq!(store.iam.policy("p").await.unwrap(), Some(ManagedPolicy { version: 1, ..policy("P", "/a/") }));
        let read = store.iam.oidc_provider("id.example.com/Path").await.unwrap();
        assert_eq!(read, Some(OidcProvider { version: 1, ..oidc }));
        assert_eq!(store.iam.oidc_provider("id.example.com/path").await.unwrap(), None);
        assert_eq!(store.iam.saml_provider("corp").await.unwrap(), Some(SamlProvider { version: 1, ..saml }));
        assert_eq!(store.iam.oidc_providers(None, 9).await.unwrap().len(), 1);
        assert_eq!(store.iam.saml_providers(None, 9).await.unwrap().len(), 1);
        assert_eq!(store.iam.saml_providers(Some("corp"), 9).await.unwrap().len(), 0);
        for (kind, count) in [(EntityKind::Policy, 1), (EntityKind::SamlProvider, 1), (EntityKind::User, 0)] {
            assert_eq!(store.iam.count(kind).await.unwrap(), count);
        }
    }
}

#[tokio::test]
async fn lists_are_ordered_by_key_and_filtered_by_path() {
    for store in both().await {
        for (name, path) in [("b", "/x/"), ("A", "/"), ("c", "/x/y/"), ("d", "/xy/"), ("E", "/x/")] {
            store.write(vec![insert_role(role(name, path))]).await;
        }
        store.write(vec![insert_user(iam_user("u", "/x/"))]).await;
        let names = |roles: Vec<Role>| -> Vec<String> { roles.into_iter().map(|role| role.name).collect() };
        assert_eq!(names(store.iam.roles("/", None, 9).await.unwrap()), ["A", "b", "c", "d", "E"]);
        assert_eq!(names(store.iam.roles("/", Some("a"), 2).await.unwrap()), ["b", "c"]);
        assert_eq!(names(store.iam.roles("/x/", None, 9).await.unwrap()), ["b", "c", "E"]);
        assert_eq!(names(store.iam.roles("/x", Some("b"), 9).await.unwrap()), ["c", "d", "E"]);
        assert_eq!(names(store.iam.roles("/z", None, 9).await.unwrap()), Vec::<String>::new());
        assert_eq!(store.iam.policies("/", None, 9).await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn who_uses_a_policy_follows_the_records() {
    for store in both().await {
        let mut ann = iam_user("Ann", "/");
        ann.attached.insert(ARN.to_owned());
        ann.permissions_boundary = Some(ARN.to_owned());
        let mut app = role("app", "/");
        app.attached = BTreeSet::from([ARN.to_owned(), "arn:aws:iam::aws:policy/AdministratorAccess".to_owned()]);
        store.write(vec![insert_user(ann), insert_role(app), insert_user(iam_user("bob", "/"))]).await;
        let found = |kind, key: &str| PolicyUse { kind, key: key.to_owned() };
        let uses = async |usage, after: Option<&PolicyUse>, limit| {
            store.iam.policy_uses(ARN, usage, after, limit).await.unwrap()
        };
        let all = [found(EntityKind::Role, "app"), found(EntityKind::User, "ann")];
        assert_eq!(uses(PolicyUsage::Permissions, None, 9).await, all);
        assert_eq!(uses(PolicyUsage::Permissions, None, 1).await, all[..1]);
        assert_eq!(uses(PolicyUsage::Permissions, Some(&all[0]), 9).await, all[1..]);
        assert_eq!(uses(PolicyUsage::Boundary, None, 9).await, all[1..]);
        assert_eq!(store.iam.policy_use_count(ARN, PolicyUsage::Permissions).await.unwrap(), 2);

        let mut ann = store.iam.user("ann").await.unwrap().unwrap();
        ann.attached.clear();
        store.write(vec![Write::UpdateIamEntity(Entity::User(Box::new(ann)))]).await;
        assert_eq!(store.iam.policy_use_count(ARN, PolicyUsage::Permissions).await.unwrap(), 1);
        assert_eq!(store.iam.policy_use_count(ARN, PolicyUsage::Boundary).await.unwrap(), 1);
        store.write(vec![delete(EntityKind::User, "ann", 2), delete(EntityKind::Role, "app", 1)]).await;
        for usage in [PolicyUsage::Permissions, PolicyUsage::Boundary] {
            assert_eq!(store.iam.policy_use_count(ARN, usage).await.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn access_keys_are_found_by_their_owner() {
    for store in both().await {
        let key = |id: &str, owner: Option<&str>| AccessKey {
            access_key_id: id.to_owned(),
            sealed_secret: vec![3],
            created_at: 1,
            description: String::new(),
            owner: owner.map(str::to_owned),
            active: true,
        };
        let keys = [key("AKIB", Some("Ann")), key("AKIA", Some("Ann")), key("AKIC", None)];
        store.write(keys.clone().map(Write::InsertAccessKey).to_vec()).await;
        assert_eq!(store.iam.access_keys_of("ann").await.unwrap(), [keys[1].clone(), keys[0].clone()]);
        assert_eq!(store.iam.access_keys_of("administrator").await.unwrap(), keys[2..]);
        let changed = AccessKey { active: false, ..key("AKIA", Some("bob")) };
        store.write(vec![Write::UpdateAccessKey(changed.clone())]).await;
        assert_eq!(store.iam.access_keys_of("ann").await.unwrap(), keys[..1]);
        assert_eq!(store.iam.access_keys_of("bob").await.unwrap(), std::slice::from_ref(&changed));
        assert_eq!(store.config.access_key("AKIA").await.unwrap(), Some(changed.clone()));
        let unknown = AccessKey { access_key_id: "AKIX".to_owned(), ..changed };
        assert_eq!(store.conflict(vec![Write::UpdateAccessKey(unknown)]).await, (0, Conflict::Changed));
    }
}

/// Two nodes that both read version n: exactly one of their changes is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_changes_that_read_the_same_version_one_wins() {
    for store in both().await {
        let nodes = [store.stores.clone(), crate::open_tool(&store.url).await.unwrap()];
        for round in 0..40 {
            let expected = store.iam.iam_version().await.unwrap();
            let barrier = Arc::new(Barrier::new(2));
            let change = |index: usize| {
                let (barrier, stores) = (Arc::clone(&barrier), nodes[index].clone());
                // What only the version can keep apart: they write different records.
                let write = match index {
                    0 => insert_user(iam_user(&format!("u{round}"), "/")),
                    _ => insert_role(role(&format!("r{round}"), "/")),
                };
                tokio::spawn(async move {
                    barrier.wait().await;
                    stores.submit.submit(vec![Write::BumpIamVersion { expected }, write]).await
                })
            };
            let (one, other) = (change(0), change(1));
            let (one, other) = (one.await.unwrap(), other.await.unwrap());
            let lost = |outcome: &Result<(), SubmitError>| {
                matches!(outcome, Err(SubmitError::Conflict { index: 0, conflict: Conflict::Changed }))
            };
            assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
            assert!(lost(&one) || lost(&other), "{one:?} {other:?}");
            assert_eq!(store.iam.iam_version().await.unwrap(), expected + 1);
            let stored = store.iam.user(&format!("u{round}")).await.unwrap().is_some();
            assert_eq!(stored, one.is_ok());
            assert_eq!(store.iam.role(&format!("r{round}")).await.unwrap().is_some(), other.is_ok());
        }
    }
}
