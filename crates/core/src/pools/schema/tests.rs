//! Which schemas Cognito accepts, and in which words it refuses the others.

use std::cmp::Ordering;

use super::*;

fn entry(name: &str) -> idp::SchemaAttributeType {
    idp::SchemaAttributeType { name: Some(name.into()), ..Default::default() }
}

fn custom(name: &str, kind: idp::AttributeDataType) -> idp::SchemaAttributeType {
    idp::SchemaAttributeType { attribute_data_type: Some(kind), ..entry(name) }
}

fn refusal(given: &[idp::SchemaAttributeType]) -> String {
    for_new_pool(given).unwrap_err().message().to_owned()
}

#[test]
fn a_pool_has_the_twenty_standard_attributes_in_cognitos_order() {
    let schema = for_new_pool(&[]).unwrap();
    let names: Vec<&str> = schema.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names.len(), 20);
    assert_eq!(names[0], "sub");
    assert_eq!(names[10..14], ["email", "email_verified", "gender", "birthdate"]);
    assert_eq!(names[19], "updated_at");
    assert!(schema[0].required && !schema[0].mutable);
    assert_eq!(schema[0].min_length.as_deref(), Some("1"));
    assert_eq!(schema[13].max_length.as_deref(), Some("10"));
    assert_eq!(schema[19].min_value.as_deref(), Some("0"));
    assert!(schema.iter().skip(1).all(|attribute| attribute.mutable && !attribute.required));
}

#[test]
fn a_standard_attribute_keeps_what_is_not_said() {
    let mut required = entry("preferred_username");
    required.required = Some(true);
    let schema = for_new_pool(&[required]).unwrap();
    let attribute = schema.iter().find(|attribute| attribute.name == "preferred_username").unwrap();
    assert!(attribute.required && attribute.mutable);
    assert_eq!(attribute.max_length.as_deref(), Some("2048"));
}

#[test]
fn a_standard_attribute_keeps_its_type() {
    let words =
        "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email";
    assert_eq!(refusal(&[custom("email", idp::AttributeDataType::Number)]), words);
    let developer = idp::SchemaAttributeType { developer_only_attribute: Some(true), ..entry("email") };
    assert_eq!(refusal(&[developer]), words);
    let mutable_sub = idp::SchemaAttributeType { mutable: Some(true), ..entry("sub") };
    assert!(refusal(&[mutable_sub]).contains("sub"));
    assert!(refusal(&[entry("email"), entry("email")]).starts_with("Duplicate attribute names email"));
}

#[test]
fn custom_attributes_have_prefixes_and_no_requirement() {
    let developer = idp::SchemaAttributeType {
        developer_only_attribute: Some(true),
        mutable: Some(true),
        ..custom("note", idp::AttributeDataType::DateTime)
    };
    let schema = for_new_pool(&[custom("team", idp::AttributeDataType::String), developer]).unwrap();
    assert_eq!(schema[20].full_name(), "custom:team");
    assert!(!schema[20].mutable);
    assert_eq!(schema[21].full_name(), "dev:custom:note");
    assert!(schema[21].is_named("dev:custom:note") && !schema[21].is_named("custom:note"));

    let required = idp::SchemaAttributeType { required: Some(true), ..custom("x", idp::AttributeDataType::String) };
    assert_eq!(refusal(&[required]), "Required custom attributes are not supported currently.");
    assert!(refusal(&[entry("x")]).starts_with("Invalid AttributeDataType input"));
    let twice = [custom("x", idp::AttributeDataType::String), custom("x", idp::AttributeDataType::Number)];
    assert_eq!(refusal(&twice), "Duplicate custom attribute names custom:x are not allowed in a user pool schema.");
}

#[test]
fn bounds_are_checked() {
    let bounded = |min: &str, max: &str| idp::SchemaAttributeType {
        string_attribute_constraints: Some(idp::StringAttributeConstraintsType {
            min_length: Some(min.into()),
            max_length: Some(max.into()),
        }),
        ..custom("x", idp::AttributeDataType::String)
    };
    assert!(for_new_pool(&[bounded("0", "2048")]).is_ok());
    assert_eq!(
        refusal(&[bounded("1", "2049")]),
        "user.custom:x: String attributes cannot have a length of more than 2048"
    );
    assert_eq!(
        refusal(&[bounded("3", "2")]),
        "Attribute custom:x cannot have a max length shorter than it's min length"
    );
    assert_eq!(refusal(&[bounded("-1", "2")]), "Invalid StringAttributeConstraints for schema attribute custom:x");
    assert_eq!(refusal(&[bounded("", "2")]), "Invalid StringAttributeConstraints for schema attribute custom:x");

    let valued = |min: &str, max: &str| idp::SchemaAttributeType {
        number_attribute_constraints: Some(idp::NumberAttributeConstraintsType {
            min_value: Some(min.into()),
            max_value: Some(max.into()),
        }),
        ..custom("x", idp::AttributeDataType::Number)
    };
    assert!(for_new_pool(&[valued("-5", &"9".repeat(308))]).is_ok());
    assert_eq!(refusal(&[valued("10", "9")]), "Attribute custom:x cannot have a max value smaller than it's min value");
    assert_eq!(refusal(&[valued("one", "9")]), "Invalid NumberAttributeConstraints for schema attribute custom:x");
    assert!(refusal(&[valued("1", &"9".repeat(309))]).starts_with("Invalid Number"));
}

#[test]
fn adding_attributes_refuses_taken_names_and_the_fifty_first() {
    let mut schema = for_new_pool(&[]).unwrap();
    add_custom(&mut schema, &[custom("team", idp::AttributeDataType::String)]).unwrap();
    let error = add_custom(&mut schema, &[custom("team", idp::AttributeDataType::String)]).unwrap_err();
    assert_eq!(error.message(), "custom:team: Existing attribute already has name custom:team.");
    add_custom(&mut schema, &[custom("email", idp::AttributeDataType::String)]).unwrap();
    assert!(schema.last().unwrap().is_named("custom:email"));

    let more: Vec<_> = (0..48).map(|n| custom(&format!("c{n}"), idp::AttributeDataType::String)).collect();
    add_custom(&mut schema, &more).unwrap();
    assert!(add_custom(&mut schema, &[custom("one_more", idp::AttributeDataType::String)]).is_err());
}

#[test]
fn numbers_compare_by_value() {
    assert_eq!(compare_numbers("007", "7"), Some(Ordering::Equal));
    assert_eq!(compare_numbers("-0", "0"), Some(Ordering::Equal));
    assert_eq!(compare_numbers("-10", "-9"), Some(Ordering::Less));
    assert_eq!(compare_numbers("100000000000000000000", "99999999999999999999"), Some(Ordering::Greater));
    assert_eq!(compare_numbers("1.5", "1"), None);
    assert_eq!(compare_numbers("", "1"), None);
}
