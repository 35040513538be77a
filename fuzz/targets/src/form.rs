//! The forms of the query protocol: from the bytes of a body to the validated input of every operation of STS and IAM that is
//! built.

use stepwell_api::wire::query::Form;
use stepwell_core::{Error, ErrorCode};
use stepwell_model::{OperationMeta, OperationShape, Protocol};

use crate::Finding;

type Parse = fn(&Form) -> Result<(), Error>;

fn parse<O: OperationShape>(form: &Form) -> Result<(), Error> {
    form.parse::<O::Input>().map(drop)
}

macro_rules! parsers {
    ($(($service:ident, $resource:ident, $file:ident, $operation:ident)),* $(,)?) => {
        const PARSERS: &[(OperationMeta, Parse)] = &[$(
            (<stepwell_model::$service::$operation as OperationShape>::META, parse::<stepwell_model::$service::$operation>)
        ),*];
    };
}
stepwell_model::for_each_operation!(parsers);

fn parsers() -> impl Iterator<Item = &'static (OperationMeta, Parse)> + Clone {
    PARSERS.iter().filter(|(meta, _)| matches!(meta.service.protocol(), Protocol::Query { .. }))
}

/// The first byte chooses the operation, the rest is the body. A refusal is one of the two errors that forms get.
pub fn form(data: &[u8]) -> Result<(), Finding> {
    let Some((choice, body)) = data.split_first() else { return Ok(()) };
    let count = parsers().count().max(1);
    let Some((_, parse)) = parsers().nth(usize::from(*choice) % count) else { return Ok(()) };
    match Form::read(body).and_then(|form| parse(&form)).map_err(|error| error.code()) {
        Ok(()) | Err(ErrorCode::Serialization | ErrorCode::Validation) => Ok(()),
        Err(code) => Err(format!("a form was refused as {}", code.query_name())),
    }
}

/// For each operation one form with most of the members there are; what an operation does not know it ignores.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let numbers = (0..parsers().count()).filter_map(|number| u8::try_from(number).ok());
    numbers.map(|number| [&[number], EVERYTHING.as_bytes()].concat()).collect()
}

/// Also what `operation` sends to these operations.
pub(crate) const EVERYTHING: &str = "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Ffuzz&RoleSessionName=fuzz\
&WebIdentityToken=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL29wLmV4YW1wbGUifQ.AAAA&DurationSeconds=900&Policy=%7B%7D\
&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess&Tags.member.1.Key=a+b&Tags.member.1.Value=%C3%A9\
&Tags.member.2.Key=c&Tags.member.2.Value=&TransitiveTagKeys.member.1=c&ExternalId=ab&SourceIdentity=ann\
&MinimumSessionTokenSize=10&AccessKeyId=AKIAFUZZFUZZFUZZFUZZ&UserName=ann&RoleName=fuzz&PolicyName=p&Path=%2Fx%2F\
&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D&AssumeRolePolicyDocument=%7B%7D\
&PolicyArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Apolicy%2Fp&VersionId=v1&SetAsDefault=true&MaxItems=10&Marker=abc&PathPrefix=%2F\
&Status=Inactive&Url=https%3A%2F%2Fop.example&ClientIDList.member.1=app&ThumbprintList.member.1=\
&OpenIDConnectProviderArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Aoidc-provider%2Fop.example&ClientID=app&TagKeys.member.1=a\
&SAMLMetadataDocument=%3Cx%2F%3E&Name=corp&SAMLProviderArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Asaml-provider%2Fcorp\
&PermissionsBoundary=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FAdministratorAccess&MaxSessionDuration=3600&Description=d&Scope=All\
&OnlyAttached=true&PrincipalArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Asaml-provider%2Fcorp&SAMLAssertion=abcd";
