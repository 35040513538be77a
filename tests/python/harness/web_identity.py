"""What AWS's SDKs call web identity: a token in a file, a role that trusts its issuer, and the environment that says so."""

import os

from harness.federation import policy, statement, trust

SESSION = "from-a-file"
# Whose token it may be: an identity pool's (the basic flow), or a user pool's that IAM knows as an OpenID provider.
ISSUERS = ["identity pool", "user pool"]


class WebIdentity:
    """A role that may list the users of the world's pool and nothing else, and a token in a folder."""

    def __init__(self, world, folder, issuer):
        self.world = world
        self.folder = folder
        self.token_file = folder / "token"
        document = policy(statement("cognito-idp:ListUsers", world.pool_arn()))
        if issuer == "identity pool":
            self.role = world.role(document=document)
            self.token_file.write_text(world.open_id_token("ann"))
        else:
            host = f"{world.server.url.split('://')[1]}/{world.users.id}"
            provider = f"arn:aws:iam::{world.account}:oidc-provider/{host}"
            try:
                world.iam.create_open_id_connect_provider(Url=f"https://{host}", ClientIDList=[world.users.client_id])
            except world.iam.exceptions.EntityAlreadyExistsException:
                pass
            audience = {"StringEquals": {f"{host}:aud": world.users.client_id}}
            self.role = world.role(document=document, trust=trust(provider, audience))
            self.token_file.write_text(world.users.sign_in("ann")["IdToken"])
        self.session_arn = f"arn:aws:sts::{world.account}:assumed-role/{self.role.split('/')[1]}/{SESSION}"

    def environment(self):
        """No credentials in it, and nowhere else to find any."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.world.server.url, "AWS_MAX_ATTEMPTS": "1",
                "AWS_EC2_METADATA_DISABLED": "true", "AWS_WEB_IDENTITY_TOKEN_FILE": str(self.token_file),
                "AWS_ROLE_ARN": self.role, "AWS_ROLE_SESSION_NAME": SESSION}

    def denial(self, action):
        """AWS's words for an action on the user pool that the role's policies do not allow."""
        return (f"User: {self.session_arn} is not authorized to perform: {action} on resource: "
                f"{self.world.pool_arn()} because no identity-based policy allows the {action} action")
