// amazon-cognito-identity-js v6, unmodified: SRP, refresh with a null DEVICE_KEY, attributes, passwords, sign-out.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import cognito from 'amazon-cognito-identity-js';

import { PASSWORD, Server, claims, unique } from './harness.js';

const { AuthenticationDetails, CognitoUser, CognitoUserAttribute, CognitoUserPool } = cognito;

let server;
let pool;
let userPool;

class Memory {
  items = {};
  setItem(key, value) { this.items[key] = value; return value; }
  getItem(key) { return this.items[key] ?? null; }
  removeItem(key) { delete this.items[key]; }
  clear() { this.items = {}; }
}

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  userPool = new CognitoUserPool({ UserPoolId: pool.poolId, ClientId: pool.clientId, endpoint: server.url, Storage: new Memory() });
});
after(() => server?.stop());

const userOf = (username) => new CognitoUser({ Username: username, Pool: userPool, Storage: new Memory() });

/** Signs in by SRP; resolves with the session, or with what is asked for instead. */
function authenticate(user, password) {
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: password }), {
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      newPasswordRequired: (attributes, required) => resolve({ attributes, required }),
    });
  });
}

const callbacks = (run) => new Promise((resolve, reject) => run({ onSuccess: resolve, onFailure: reject, inputVerificationCode: resolve }));
const coded = (code, message) => (error) => {
  assert.equal(error.code, code, String(error));
  if (message) assert.equal(error.message, message);
  return true;
};

test('from sign-up to signing out everywhere', async () => {
  const username = unique('ada');
  const email = `${username}@example.com`;
  const attributes = [new CognitoUserAttribute({ Name: 'email', Value: email })];
  const signedUp = await promisify(userPool.signUp.bind(userPool))(username, PASSWORD, attributes, null);
  assert.equal(signedUp.userConfirmed, false);
  assert.equal(signedUp.codeDeliveryDetails.Destination, 'a***@e***');
  const user = userOf(username);
  await assert.rejects(authenticate(user, PASSWORD), coded('UserNotConfirmedException', 'User is not confirmed.'));
  await promisify(user.confirmRegistration.bind(user))(await server.code(email), false);

  const { session } = await authenticate(user, PASSWORD);
  assert.equal(session.isValid(), true);
  assert.equal(session.getIdToken().payload['cognito:username'], username);

  // The refresh sends DEVICE_KEY: null, and keeps the refresh token only if the answer has no such key.
  const renewed = await promisify(user.refreshSession.bind(user))(session.getRefreshToken());
  assert.equal(renewed.getRefreshToken().getToken(), session.getRefreshToken().getToken());
  assert.notEqual(renewed.getAccessToken().payload.jti, session.getAccessToken().payload.jti);

  await promisify(user.updateAttributes.bind(user))([new CognitoUserAttribute({ Name: 'name', Value: 'Ada' })]);
  const seen = await promisify(user.getUserAttributes.bind(user))();
  assert.equal(seen.find((attribute) => attribute.getName() === 'name').getValue(), 'Ada');
  await promisify(user.deleteAttributes.bind(user))(['name']);
  await promisify(user.changePassword.bind(user))(PASSWORD, 'Fresh-Horse-2');

  await callbacks((callback) => user.forgotPassword(callback));
  const code = await server.code(email, 2);
  await callbacks((callback) => user.confirmPassword(code, 'Third-Horse-3', callback));
  const again = userOf(username);
  await authenticate(again, 'Third-Horse-3');
  const access = again.getSignInUserSession().getAccessToken().getJwtToken();
  await callbacks((callback) => again.globalSignOut(callback));
  await assert.rejects(server.admin('GetUser', { AccessToken: access }), /Access Token has been revoked/);
});

test('a wrong password and an unknown user', async () => {
  const username = await server.user(pool.poolId);
  await assert.rejects(authenticate(userOf(username), 'Wrong-Horse-9'), coded('NotAuthorizedException', 'Incorrect username or password.'));
  await assert.rejects(authenticate(userOf(unique('nobody')), PASSWORD), coded('UserNotFoundException', 'User does not exist.'));
});

test('a new password is required', async () => {
  const username = unique('user');
  await server.admin('AdminCreateUser', {
    UserPoolId: pool.poolId, Username: username, MessageAction: 'SUPPRESS', TemporaryPassword: 'Temp-Horse-1',
  });
  const user = userOf(username);
  const asked = await authenticate(user, 'Temp-Horse-1');
  assert.deepEqual(asked.required, []);
  const session = await callbacks((callback) => user.completeNewPasswordChallenge(PASSWORD, { name: 'Ada' }, callback));
  assert.equal(claims(session.getIdToken().getJwtToken()).name, 'Ada');
});

test('signing out revokes the tokens', async () => {
  const username = await server.user(pool.poolId);
  const user = userOf(username);
  const { session } = await authenticate(user, PASSWORD);
  await new Promise((resolve) => user.signOut(resolve));
  await assert.rejects(
    server.admin('GetUser', { AccessToken: session.getAccessToken().getJwtToken() }),
    /Access Token has been revoked/,
  );
});

test('SRP many times, so that odd-length numbers turn up', async () => {
  for (let round = 0; round < 15; round += 1) {
    const username = await server.user(pool.poolId);
    assert.ok((await authenticate(userOf(username), PASSWORD)).session);
  }
});
