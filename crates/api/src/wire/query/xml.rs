//! Writing answers of the query protocol as XML.
//!
//! Strict readers (the Go and Rust SDKs) want the root named `<Operation>Response`, its first child `<Operation>Result`, and
//! times in ISO 8601. Lists are `<member>`, maps `<entry><key/><value/></entry>`.

use serde::Serialize;
use stepwell_core::Error;
use stepwell_model::{OperationMeta, Protocol};

use super::xml_value::Writer;

/// The content type of answers.
pub const TEXT_XML: &str = "text/xml";

/// The body of a success.
pub fn success<T: Serialize>(meta: &OperationMeta, request_id: &str, output: &T) -> Result<String, Error> {
    let name = meta.name;
    let mut out = String::with_capacity(1024);
    out.push('<');
    out.push_str(name);
    out.push_str("Response xmlns=\"");
    out.push_str(namespace(meta));
    out.push_str("\">\n");
    if meta.has_output {
        let element = format!("{name}Result");
        let mut writer = Writer::new(&mut out);
        writer.element(&element, output).map_err(Error::internal)?;
        out.push('\n');
    }
    out.push_str("<ResponseMetadata><RequestId>");
    escape(request_id, &mut out);
    out.push_str("</RequestId></ResponseMetadata>\n</");
    out.push_str(name);
    out.push_str("Response>\n");
    Ok(out)
}

/// The body of an error.
pub fn failure(namespace: &str, request_id: &str, error: &Error) -> String {
    let code = error.code();
    let side = if code.query_status() < 500 { "Sender" } else { "Receiver" };
    let mut out = String::with_capacity(512);
    out.push_str("<ErrorResponse xmlns=\"");
    out.push_str(namespace);
    out.push_str("\">\n<Error><Type>");
    out.push_str(side);
    out.push_str("</Type><Code>");
    out.push_str(code.query_name());
    out.push_str("</Code><Message>");
    escape(error.message(), &mut out);
    out.push_str("</Message></Error>\n<RequestId>");
    escape(request_id, &mut out);
    out.push_str("</RequestId>\n</ErrorResponse>\n");
    out
}

fn namespace(meta: &OperationMeta) -> &'static str {
    match meta.service.protocol() {
        Protocol::Query { namespace, .. } => namespace,
        Protocol::Json { .. } => "",
    }
}

/// Text inside an element. What XML 1.0 cannot hold becomes U+FFFD; a carriage return is written so that it survives.
pub(super) fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(letter),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use stepwell_core::ErrorCode;
    use stepwell_model::sts::{AssumeRole, AssumeRoleResponse, AssumedRoleUser, Credentials, GetCallerIdentity};
    use stepwell_model::{OperationShape as _, Timestamp, iam};

    use super::*;

    #[test]
    fn a_success_is_what_strict_readers_want() {
        let output = AssumeRoleResponse {
            assumed_role_user: Some(AssumedRoleUser {
                arn: Some("arn:aws:sts::000000000000:assumed-role/app/one".to_owned()),
                assumed_role_id: Some("AROAEXAMPLE:one".to_owned()),
            }),
            credentials: Some(Credentials {
                access_key_id: Some("ASIAEXAMPLE".to_owned()),
                secret_access_key: Some("a+b/c".into()),
                session_token: Some("token".to_owned()),
                expiration: Some(Timestamp(1_800_000_000_000)),
            }),
            packed_policy_size: Some(6),
            ..AssumeRoleResponse::default()
        };
        let xml = success(&AssumeRole::META, "id-1", &output).unwrap();
        assert_eq!(
            xml,
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
             <AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::000000000000:assumed-role/app/one</Arn>\
             <AssumedRoleId>AROAEXAMPLE:one</AssumedRoleId></AssumedRoleUser><Credentials>\
             <AccessKeyId>ASIAEXAMPLE</AccessKeyId><Expiration>2027-01-15T08:00:00Z</Expiration>\
             <SecretAccessKey>a+b/c</SecretAccessKey><SessionToken>token</SessionToken></Credentials>\
             <PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>\n\
             <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>\n</AssumeRoleResponse>\n"
        );
    }

    #[test]
    fn an_empty_result_is_an_empty_element_and_no_result_is_none() {
        let xml = success(&GetCallerIdentity::META, "i", &BTreeMap::<String, String>::new()).unwrap();
        assert!(xml.contains("<GetCallerIdentityResult></GetCallerIdentityResult>"), "{xml}");
        let xml = success(&iam::DeleteRole::META, "i", &iam::DeleteRoleResponse::default()).unwrap();
        assert_eq!(
            xml,
            "<DeleteRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n\
             <ResponseMetadata><RequestId>i</RequestId></ResponseMetadata>\n</DeleteRoleResponse>\n"
        );
    }

    #[test]
    fn lists_maps_and_text_are_written_as_documented() {
        #[derive(Serialize)]
        struct Output {
            list: Vec<&'static str>,
            empty: Vec<&'static str>,
            map: BTreeMap<&'static str, i32>,
            flag: bool,
            text: &'static str,
            at: Timestamp,
        }
        let output = Output {
            list: vec!["a", "b"],
            empty: Vec::new(),
            map: BTreeMap::from([("k", 1)]),
            flag: true,
            text: "<a href=\"x\">&\u{1}\r\n</a>",
            at: Timestamp(1_500),
        };
        let xml = success(&GetCallerIdentity::META, "i", &output).unwrap();
        assert!(xml.contains("<list><member>a</member><member>b</member></list><empty></empty>"), "{xml}");
        assert!(xml.contains("<map><entry><key>k</key><value>1</value></entry></map><flag>true</flag>"), "{xml}");
        assert!(xml.contains("<text>&lt;a href=&quot;x&quot;&gt;&amp;\u{fffd}&#13;\n&lt;/a&gt;</text>"), "{xml}");
        assert!(xml.contains("<at>1970-01-01T00:00:01.500Z</at>"), "{xml}");
    }

    #[test]
    fn errors_say_whose_fault_it_is() {
        let xml = failure("ns", "i", &Error::new(ErrorCode::InvalidIdentityToken, "No <token>"));
        assert_eq!(
            xml,
            "<ErrorResponse xmlns=\"ns\">\n<Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>\
             <Message>No &lt;token&gt;</Message></Error>\n<RequestId>i</RequestId>\n</ErrorResponse>\n"
        );
        let xml = failure("ns", "i", &Error::internal("secret"));
        assert!(xml.contains("<Type>Receiver</Type><Code>InternalFailure</Code>") && !xml.contains("secret"), "{xml}");
    }
}
