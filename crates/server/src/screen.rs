//! What `stepwell dev` says when it starts.

use std::fmt::Write as _;
use std::path::Path;

use stepwell_core::ports::rng::Rng;

use crate::listen::local_certificate::CA_FILE;
use crate::master_key::MasterKeySource;
use crate::seed::Demo;

/// What there is to say.
#[derive(Debug)]
pub(crate) struct Screen<'a> {
    /// The HTTP origin on this machine.
    pub(crate) url: &'a str,
    /// The HTTPS origin on this machine.
    pub(crate) https_url: &'a str,
    /// The origin in issuers and links.
    pub(crate) public_url: &'a str,
    /// The data folder.
    pub(crate) data: &'a Path,
    /// Where the master key is.
    pub(crate) master_key: &'a MasterKeySource,
    /// The region clients have to name.
    pub(crate) region: &'a str,
    /// Other machines may come in.
    pub(crate) allow_remote: bool,
    /// The demo pool, if it is there.
    pub(crate) demo: Option<&'a Demo>,
}

/// The text.
pub(crate) fn render(screen: &Screen<'_>, rng: &dyn Rng) -> String {
    let mut text = format!("\n  Stepwell {} · dev\n\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("Endpoint", screen.url);
    line("HTTPS", &format!("{}  (trust {})", screen.https_url, screen.data.join(CA_FILE).display()));
    if screen.public_url != screen.url {
        line("Public URL", screen.public_url);
    }
    line("Mailbox", &format!("{}/dev/mailbox", screen.url));
    line("Data", &format!("{}  ({})", screen.data.display(), screen.master_key));
    if let Some(demo) = screen.demo {
        line("Pool", &demo.pool_id);
        line("Client", &demo.client_id);
        if demo.password_works {
            line("User", &format!("{}  password {}", demo.username, demo.password));
        } else {
            line("User", &format!("{}  (password changed since it was made)", demo.username));
        }
        line("JWKS", &format!("{}/{}/.well-known/jwks.json", screen.url, demo.pool_id));
        text.push_str("\n  Try:\n\n");
        text.push_str(&commands(screen, demo, rng.below(9000) + 1000));
    }
    if screen.allow_remote {
        text.push_str("\n  Other machines are let in: whoever reaches this port is administrator.\n");
    }
    text.push_str("\n  Any AWS credentials are accepted. Ctrl-C stops.\n\n");
    text
}

/// Three commands that work when pasted. `number` makes the user of the second one new each time.
fn commands(screen: &Screen<'_>, demo: &Demo, number: u32) -> String {
    let Screen { url, region, .. } = screen;
    let Demo { pool_id, client_id, username, password, password_works } = demo;
    let first = if *password_works {
        format!(
            "initiate-auth --endpoint-url {url} --client-id {client_id} --auth-flow USER_PASSWORD_AUTH \
             --auth-parameters USERNAME={username},PASSWORD={password}"
        )
    } else {
        format!("admin-get-user --endpoint-url {url} --user-pool-id {pool_id} --username {username}")
    };
    format!(
        "  AWS_ACCESS_KEY_ID=dev AWS_SECRET_ACCESS_KEY=dev AWS_REGION={region} AWS_DEFAULT_REGION={region} \
         aws cognito-idp {first}\n\n  \
         curl -s {url}/ -H 'Content-Type: application/x-amz-json-1.1' \
         -H 'X-Amz-Target: AWSCognitoIdentityProviderService.SignUp' \
         -d '{{\"ClientId\":\"{client_id}\",\"Username\":\"ann{number}\",\"Password\":\"{password}\",\
         \"UserAttributes\":[{{\"Name\":\"email\",\"Value\":\"ann{number}@example.com\"}}]}}'\n\n  \
         curl -s {url}/{pool_id}/.well-known/jwks.json\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::OsRng;

    #[test]
    fn a_password_is_shown_only_while_it_works() {
        let shown = |password_works| {
            let demo = Demo {
                pool_id: "us-east-1_abcdefghi".to_owned(),
                client_id: "client".to_owned(),
                username: "demo",
                password: "Demo-Passw0rd",
                password_works,
            };
            let screen = Screen {
                url: "http://127.0.0.1:9229",
                https_url: "https://127.0.0.1:9230",
                public_url: "http://127.0.0.1:9229",
                data: Path::new(".stepwell"),
                master_key: &MasterKeySource::Configured,
                region: "us-east-1",
                allow_remote: false,
                demo: Some(&demo),
            };
            render(&screen, &OsRng::new())
        };
        let works = shown(true);
        assert!(works.contains("demo  password Demo-Passw0rd") && works.contains("PASSWORD=Demo-Passw0rd"), "{works}");
        let changed = shown(false);
        assert!(changed.contains("demo  (password changed since it was made)"), "{changed}");
        assert!(!changed.contains("PASSWORD=") && changed.contains("admin-get-user"), "{changed}");
    }
}
