"""A load of sign-ups, password changes and sign-ins that remembers exactly what was acknowledged.

Each worker repeats one kind of story until it is told to stop; a call that fails because the server died is neither
acknowledged nor refused. `check` then says what an acknowledged write has lost, or what works that must not.
"""

import threading
import time

import botocore.exceptions
import requests

from harness.aws import attributes, idp_client
from harness.mailbox import Mailbox
from harness.pools import unique

# What a client sees of a server that is gone.
GONE = (botocore.exceptions.BotoCoreError, requests.RequestException, OSError)
FIRST, SECOND = "First-Horse-1", "Second-Horse-2"


class Story:
    """One user's acknowledged history."""

    def __init__(self, username):
        self.username = username
        self.exists = False
        self.confirmed = False
        # The password that must work; and, where a change was under way, the one that may work instead.
        self.password = None
        self.maybe = None
        # What was used and acknowledged, and so must never work again: (kind, value).
        self.spent = []
        self.revoked = []


class Load:
    def __init__(self, server, pool):
        self.pool = pool
        self.server = server
        self.idp = idp_client(server.url, read_timeout=10, connect_timeout=5, retries={"total_max_attempts": 1})
        self.mailbox = Mailbox(server.url)
        self.stories = []
        self.unexpected = []
        self.acknowledged = 0
        self._stop = threading.Event()
        self._threads = []

    def start(self):
        self._stop.clear()
        self._threads = [threading.Thread(target=self._work, args=(kind,), daemon=True)
                         for kind in (self.sign_ups, self.password_changes, self.sessions, self.recoveries, self.sign_ins)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a worker hangs"

    def _work(self, kind):
        while not self._stop.is_set():
            story = Story(unique(kind.__name__[:6]))
            self.stories.append(story)
            try:
                kind(story)
            except GONE:
                return
            except botocore.exceptions.ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                if status >= 500:
                    # The database went first: the server may say so.
                    time.sleep(0.02)
                    continue
                self.unexpected.append(f"{kind.__name__}: {error}")
                return
            except AssertionError:
                if self._stop.is_set() or self.server.process.poll() is not None:
                    return
                self.unexpected.append(f"{kind.__name__}: no message came")
                return
            except Exception as error:  # whatever else it is, the test must hear of it
                self.unexpected.append(f"{kind.__name__}: {error!r}")
                return

    def _acknowledge(self):
        self.acknowledged += 1

    def _made(self, story, **user_attributes):
        """A confirmed user with the first password."""
        self.idp.admin_create_user(UserPoolId=self.pool.id, Username=story.username, MessageAction="SUPPRESS",
                                   UserAttributes=attributes(user_attributes))
        story.exists = True
        self.idp.admin_set_user_password(UserPoolId=self.pool.id, Username=story.username, Password=FIRST,
                                         Permanent=True)
        story.password = FIRST
        story.confirmed = True
        self._acknowledge()

    def _sign_in(self, story):
        answer = self.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH", ClientId=self.pool.client_id,
            AuthParameters={"USERNAME": story.username, "PASSWORD": story.password})
        return answer["AuthenticationResult"]

    # The stories.

    def sign_ups(self, story):
        email = story.username + "@example.com"
        self.idp.sign_up(ClientId=self.pool.client_id, Username=story.username, Password=FIRST,
                         UserAttributes=attributes({"email": email}))
        story.exists = True
        self._acknowledge()
        code = self.mailbox.code(email)
        self.idp.confirm_sign_up(ClientId=self.pool.client_id, Username=story.username, ConfirmationCode=code)
        story.confirmed, story.password = True, FIRST
        story.spent.append(("sign-up code", code))
        self._acknowledge()

    def password_changes(self, story):
        self._made(story)
        access = self._sign_in(story)["AccessToken"]
        for _ in range(2):
            old, new = story.password, (SECOND if story.password == FIRST else FIRST)
            story.maybe = new
            self.idp.change_password(AccessToken=access, PreviousPassword=old, ProposedPassword=new)
            story.password, story.maybe = new, None
            self._acknowledge()

    def sessions(self, story):
        self.idp.admin_create_user(UserPoolId=self.pool.id, Username=story.username, MessageAction="SUPPRESS",
                                   TemporaryPassword="Temp-Horse-0")
        story.exists = True
        answer = self.idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=self.pool.client_id, AuthParameters={
            "USERNAME": story.username, "PASSWORD": "Temp-Horse-0"})
        self._answer(story, answer["Session"])
        story.confirmed, story.password = True, FIRST
        story.spent.append(("session", answer["Session"]))
        self._acknowledge()

    def _answer(self, story, session):
        return self.idp.respond_to_auth_challenge(
            ClientId=self.pool.client_id, ChallengeName="NEW_PASSWORD_REQUIRED", Session=session,
            ChallengeResponses={"USERNAME": story.username, "NEW_PASSWORD": FIRST})

    def recoveries(self, story):
        email = story.username + "@example.com"
        self._made(story, email=email, email_verified="true")
        self.idp.forgot_password(ClientId=self.pool.client_id, Username=story.username)
        code = self.mailbox.code(email)
        story.maybe = SECOND
        self._recover(story, code, SECOND)
        story.password, story.maybe = SECOND, None
        story.spent.append(("recovery code", code))
        self._acknowledge()

    def _recover(self, story, code, password):
        self.idp.confirm_forgot_password(ClientId=self.pool.client_id, Username=story.username, ConfirmationCode=code,
                                         Password=password)

    def sign_ins(self, story):
        self._made(story)
        for _ in range(3):
            result = self._sign_in(story)
            self._acknowledge()
        self.idp.revoke_token(Token=result["RefreshToken"], ClientId=self.pool.client_id)
        story.revoked.append(result)
        self._acknowledge()

    # What must hold after a restart.

    def check(self):
        """Checks the stories so far, forgets them, and gives what is wrong."""
        wrong = list(self.unexpected)
        for story in self.stories:
            wrong += self._check(story)
        checked = len(self.stories)
        self.stories, self.unexpected = [], []
        return wrong, checked

    def _check(self, story):
        try:
            user = self.idp.admin_get_user(UserPoolId=self.pool.id, Username=story.username)
        except self.idp.exceptions.UserNotFoundException:
            return [f"{story.username}: acknowledged, and gone"] if story.exists else []
        wrong = []
        if story.confirmed and user["UserStatus"] != "CONFIRMED":
            wrong.append(f"{story.username}: confirmed, and now {user['UserStatus']}")
        if story.password and not self._password_holds(story):
            wrong.append(f"{story.username}: the acknowledged password does not work")
        for kind, value in story.spent:
            if self._works_again(story, kind, value):
                wrong.append(f"{story.username}: a used {kind} works again")
        for result in story.revoked:
            if self._accepted(self.idp.get_user, AccessToken=result["AccessToken"]):
                wrong.append(f"{story.username}: a revoked access token works again")
            if self._accepted(self.idp.initiate_auth, AuthFlow="REFRESH_TOKEN_AUTH", ClientId=self.pool.client_id,
                              AuthParameters={"REFRESH_TOKEN": result["RefreshToken"]}):
                wrong.append(f"{story.username}: a revoked refresh token works again")
        return wrong

    def _password_holds(self, story):
        for password in filter(None, (story.password, story.maybe)):
            story.password = password
            if self._accepted(self._sign_in, story):
                return True
        return False

    def _works_again(self, story, kind, value):
        if kind == "session":
            return self._accepted(self._answer, story, value)
        if kind == "recovery code":
            return self._accepted(self._recover, story, value, "Third-Horse-3")
        return self._accepted(self.idp.confirm_sign_up, ClientId=self.pool.client_id, Username=story.username,
                              ConfirmationCode=value)

    @staticmethod
    def _accepted(call, *arguments, **options):
        try:
            call(*arguments, **options)
            return True
        except botocore.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
            return False

