// aws-amplify v6, unmodified, in Node: SRP, refresh, attributes, recovery, sign-out.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword, confirmSignIn, confirmSignUp, confirmUserAttribute, deleteUser, fetchAuthSession,
  fetchUserAttributes, getCurrentUser, resendSignUpCode, resetPassword, signIn, signOut, signUp, updatePassword,
  updateUserAttributes,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';

import { PASSWORD, Server, claims, unique } from './harness.js';

let server;
let pool;

// Amplify keeps tokens in the browser's storage; Node has none.
const storage = new Map();

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  Amplify.configure({
    Auth: { Cognito: { userPoolId: pool.poolId, userPoolClientId: pool.clientId, userPoolEndpoint: `${server.url}/` } },
  });
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void storage.set(key, value),
    getItem: async (key) => storage.get(key) ?? null,
    removeItem: async (key) => void storage.delete(key),
    clear: async () => storage.clear(),
  });
});
after(() => server?.stop());
beforeEach(() => storage.clear());

const named = (name, message) => (error) => {
  assert.equal(error.name, name, String(error));
  if (message) assert.equal(error.message, message);
  return true;
};

test('from sign-up to signing out everywhere', async () => {
  const username = unique('ada');
  const email = `${username}@example.com`;
  const signedUp = await signUp({ username, password: PASSWORD, options: { userAttributes: { email, name: 'Ada' } } });
  assert.equal(signedUp.nextStep.signUpStep, 'CONFIRM_SIGN_UP');
  assert.deepEqual(signedUp.nextStep.codeDeliveryDetails, {
    deliveryMedium: 'EMAIL', destination: 'a***@e***', attributeName: 'email',
  });
  const early = await signIn({ username, password: PASSWORD });
  assert.equal(early.nextStep.signInStep, 'CONFIRM_SIGN_UP');
  await assert.rejects(
    confirmSignUp({ username, confirmationCode: '000000x' }),
    named('CodeMismatchException', 'Invalid verification code provided, please try again.'),
  );
  const first = await server.code(email);
  await resendSignUpCode({ username });
  const confirmationCode = await server.code(email, 2);
  assert.ok(first && confirmationCode);
  const confirmed = await confirmSignUp({ username, confirmationCode });
  assert.equal(confirmed.isSignUpComplete, true);

  // Amplify's default is SRP.
  const signedIn = await signIn({ username, password: PASSWORD });
  assert.equal(signedIn.isSignedIn, true);
  const current = await getCurrentUser();
  assert.equal(current.username, username);
  assert.equal(current.userId, signedUp.userId);

  const session = await fetchAuthSession();
  const refreshed = await fetchAuthSession({ forceRefresh: true });
  assert.equal(refreshed.tokens.accessToken.payload.origin_jti, session.tokens.accessToken.payload.origin_jti);
  assert.notEqual(refreshed.tokens.accessToken.payload.jti, session.tokens.accessToken.payload.jti);

  assert.equal((await fetchUserAttributes()).email_verified, 'true');
  await updateUserAttributes({ userAttributes: { name: 'Ada L.' } });
  assert.equal((await fetchUserAttributes()).name, 'Ada L.');
  const changed = `new${email}`;
  const update = await updateUserAttributes({ userAttributes: { email: changed } });
  assert.equal(update.email.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE');
  await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: await server.code(changed) });
  assert.deepEqual(
    (({ email: address, email_verified: verified }) => ({ address, verified }))(await fetchUserAttributes()),
    { address: changed, verified: 'true' },
  );
  await updatePassword({ oldPassword: PASSWORD, newPassword: 'Fresh-Horse-2' });

  const { tokens } = await fetchAuthSession();
  await signOut({ global: true });
  await assert.rejects(getCurrentUser(), named('UserUnAuthenticatedException'));
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser' },
    body: JSON.stringify({ AccessToken: tokens.accessToken.toString() }),
  });
  assert.equal((await answer.json()).message, 'Access Token has been revoked');

  const asked = await resetPassword({ username });
  assert.equal(asked.nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE');
  await confirmResetPassword({ username, newPassword: 'Third-Horse-3', confirmationCode: await server.code(changed, 2) });
  assert.equal((await signIn({ username, password: 'Third-Horse-3' })).isSignedIn, true);
  await deleteUser();
  await assert.rejects(signIn({ username, password: 'Third-Horse-3' }), named('UserNotFoundException', 'User does not exist.'));
});

test('a wrong password', async () => {
  const username = await server.user(pool.poolId);
  await assert.rejects(
    signIn({ username, password: 'Wrong-Horse-9' }),
    named('NotAuthorizedException', 'Incorrect username or password.'),
  );
});

test('USER_PASSWORD_AUTH', async () => {
  const username = await server.user(pool.poolId);
  const result = await signIn({ username, password: PASSWORD, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  assert.equal(result.isSignedIn, true);
  const { tokens } = await fetchAuthSession();
  assert.equal(claims(tokens.idToken.toString())['cognito:username'], username);
  await signOut();
});

test('a new password is required', async () => {
  const username = unique('user');
  await server.admin('AdminCreateUser', {
    UserPoolId: pool.poolId, Username: username, MessageAction: 'SUPPRESS', TemporaryPassword: 'Temp-Horse-1',
  });
  const asked = await signIn({ username, password: 'Temp-Horse-1' });
  assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED');
  await assert.rejects(confirmSignIn({ challengeResponse: 'weak-one' }), named('InvalidPasswordException'));
  const answered = await confirmSignIn({ challengeResponse: PASSWORD, options: { userAttributes: { name: 'Ada' } } });
  assert.equal(answered.isSignedIn, true);
  assert.equal((await fetchUserAttributes()).name, 'Ada');
  await signOut();
});

test('SRP many times, so that odd-length numbers turn up', async () => {
  const username = await server.user(pool.poolId);
  for (let round = 0; round < 15; round += 1) {
    assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
    await signOut();
  }
});

test('tokens are forgotten when they were revoked elsewhere', async () => {
  const username = await server.user(pool.poolId);
  await signIn({ username, password: PASSWORD });
  await server.admin('AdminUserGlobalSignOut', { UserPoolId: pool.poolId, Username: username });
  const session = await fetchAuthSession({ forceRefresh: true });
  assert.equal(session.tokens, undefined);
});
