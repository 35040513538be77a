// Devices with amazon-cognito-identity-js and aws-amplify v6, both unmodified: they confirm the device of a sign-in by
// themselves, and prove it at the next one instead of asking for a code.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';

import { Amplify } from 'aws-amplify';
import {
  confirmSignIn, fetchAuthSession, fetchDevices, forgetDevice, rememberDevice, signIn, signOut,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';
import cognito from 'amazon-cognito-identity-js';

import { PASSWORD, Server, claims } from './harness.js';
import { totp } from './totp.js';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;
const ALWAYS = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false };
const OPT_IN = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true };

// Browsers have it, Node from version 21 on: Amplify names devices by it.
globalThis.navigator ??= { userAgent: 'node' };

let server;
const storage = new Map();

before(async () => {
  server = await Server.start();
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void storage.set(key, value),
    getItem: async (key) => storage.get(key) ?? null,
    removeItem: async (key) => void storage.delete(key),
    clear: async () => storage.clear(),
  });
});
after(() => server?.stop());
beforeEach(() => storage.clear());

/** A pool that wants an authenticator app of everybody, and a user who has one: `{ pool, username, secret }`. */
async function withApp(devices) {
  const pool = await server.pool({ DeviceConfiguration: devices });
  const mfa = (MfaConfiguration) => server.admin('SetUserPoolMfaConfig', {
    UserPoolId: pool.poolId, MfaConfiguration, SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  await mfa('OPTIONAL');
  const username = await server.user(pool.poolId);
  const { AuthenticationResult } = await server.admin('InitiateAuth', {
    ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD },
  });
  const AccessToken = AuthenticationResult.AccessToken;
  const { SecretCode } = await server.admin('AssociateSoftwareToken', { AccessToken });
  await server.admin('VerifySoftwareToken', { AccessToken, UserCode: totp(SecretCode) });
  await mfa('ON');
  return { pool, username, secret: SecretCode };
}

const devicesOf = async (pool, username) =>
  (await server.admin('AdminListDevices', { UserPoolId: pool.poolId, Username: username })).Devices.map((device) => device.DeviceKey);

/** A device's storage, as a browser keeps it. */
class Memory {
  items = {};
  setItem(key, value) { this.items[key] = value; return value; }
  getItem(key) { return this.items[key] ?? null; }
  removeItem(key) { delete this.items[key]; }
  clear() { this.items = {}; }
}

function userOf(pool, username, Storage) {
  const userPool = new CognitoUserPool({ UserPoolId: pool.poolId, ClientId: pool.clientId, endpoint: server.url, Storage });
  return new CognitoUser({ Username: username, Pool: userPool, Storage });
}

function authenticate(user, password = PASSWORD) {
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: password }), {
      onSuccess: (session, confirmationNecessary) => resolve({ session, confirmationNecessary }),
      onFailure: reject,
      totpRequired: () => resolve({ totpRequired: true }),
    });
  });
}

const called = (run) => new Promise((resolve, reject) => run({ onSuccess: resolve, onFailure: reject }));
const keyIn = (session) => session.getAccessToken().payload.device_key;

test('identity-js: a device of a pool that remembers all', async () => {
  const pool = await server.pool({ DeviceConfiguration: ALWAYS });
  const username = await server.user(pool.poolId);
  const memory = new Memory();
  const first = await authenticate(userOf(pool, username, memory));
  assert.equal(first.confirmationNecessary, undefined);
  const user = userOf(pool, username, memory);
  const { session } = await authenticate(user);
  assert.equal(keyIn(session), keyIn(first.session), 'the same device proved itself');
  assert.deepEqual(await devicesOf(pool, username), [keyIn(session)]);
  const renewed = await promisify(user.refreshSession.bind(user))(session.getRefreshToken());
  assert.equal(keyIn(renewed), keyIn(session));
  const listed = await called((callback) => user.listDevices(10, null, callback));
  assert.deepEqual(listed.Devices.map((device) => device.DeviceKey), [keyIn(session)]);
  const { Device } = await called((callback) => user.getDevice(callback));
  assert.equal(Device.DeviceKey, keyIn(session));

  // Forgotten elsewhere: the library takes the error as the word to go on without the device, in the same sign-in.
  await server.admin('AdminForgetDevice', { UserPoolId: pool.poolId, Username: username, DeviceKey: keyIn(session) });
  await assert.rejects(promisify(user.refreshSession.bind(user))(session.getRefreshToken()), { message: 'Invalid Refresh Token' });
  const recovered = await authenticate(userOf(pool, username, memory));
  assert.notEqual(keyIn(recovered.session), keyIn(session));
  assert.deepEqual(await devicesOf(pool, username), [keyIn(recovered.session)]);

  const last = userOf(pool, username, memory);
  await authenticate(last);
  await called((callback) => last.forgetDevice(callback));
  assert.deepEqual(await devicesOf(pool, username), []);
});

test('identity-js: a remembered device stands in for the authenticator app', async () => {
  const { pool, username, secret } = await withApp(OPT_IN);
  const memory = new Memory();
  const user = userOf(pool, username, memory);
  assert.deepEqual(await authenticate(user), { totpRequired: true });
  await new Promise((resolve, reject) => {
    user.sendMFACode(totp(secret, 1), { onSuccess: resolve, onFailure: reject }, 'SOFTWARE_TOKEN_MFA');
  });
  assert.equal((await devicesOf(pool, username)).length, 1);
  assert.deepEqual(await authenticate(userOf(pool, username, memory)), { totpRequired: true }, 'not remembered yet');
  await called((callback) => user.setDeviceStatusRemembered(callback));
  const { session } = await authenticate(userOf(pool, username, memory));
  assert.deepEqual(await devicesOf(pool, username), [keyIn(session)]);
  assert.deepEqual(await authenticate(userOf(pool, username, new Memory())), { totpRequired: true }, 'another device');
  await called((callback) => user.setDeviceStatusNotRemembered(callback));
  assert.deepEqual(await authenticate(userOf(pool, username, memory)), { totpRequired: true });
});

test('identity-js: many devices, so that odd-length numbers turn up', async () => {
  const pool = await server.pool({ DeviceConfiguration: ALWAYS });
  for (let round = 0; round < 6; round += 1) {
    const username = await server.user(pool.poolId);
    const memory = new Memory();
    const first = await authenticate(userOf(pool, username, memory));
    const { session } = await authenticate(userOf(pool, username, memory));
    assert.equal(keyIn(session), keyIn(first.session));
  }
});

const configure = ({ poolId, clientId }) => Amplify.configure({
  Auth: { Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: `${server.url}/` } },
});
const amplifyKey = async () => claims((await fetchAuthSession()).tokens.accessToken.toString()).device_key;

for (const authFlowType of ['USER_SRP_AUTH', 'USER_PASSWORD_AUTH']) {
  test(`Amplify: ${authFlowType} with a device that is remembered, and one that is gone`, async () => {
    const pool = await server.pool({ DeviceConfiguration: ALWAYS });
    configure(pool);
    const username = await server.user(pool.poolId);
    const login = async () => {
      const { isSignedIn } = await signIn({ username, password: PASSWORD, options: { authFlowType } });
      assert.equal(isSignedIn, true);
      return amplifyKey();
    };
    const key = await login();
    assert.deepEqual((await fetchDevices()).map((device) => device.id), [key]);
    await fetchAuthSession({ forceRefresh: true });
    assert.equal(await amplifyKey(), key);
    await signOut();
    assert.equal(await login(), key, 'it proved itself');
    assert.deepEqual(await devicesOf(pool, username), [key]);

    // Forgotten elsewhere: Amplify signs in without it, and has a new one then.
    await signOut();
    await server.admin('AdminForgetDevice', { UserPoolId: pool.poolId, Username: username, DeviceKey: key });
    const fresh = await login();
    assert.notEqual(fresh, key);
    assert.deepEqual(await devicesOf(pool, username), [fresh]);
    await forgetDevice();
    assert.deepEqual(await devicesOf(pool, username), []);
    await signOut();
  });
}

test('Amplify: a device that the user chose to have remembered stands in for the authenticator app', async () => {
  const { pool, username, secret } = await withApp(OPT_IN);
  configure(pool);
  const asked = await signIn({ username, password: PASSWORD });
  assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: totp(secret, 1) })).isSignedIn, true);
  assert.deepEqual(await fetchDevices(), [], 'tracked, but not remembered');
  await rememberDevice();
  const [device] = await fetchDevices();
  assert.equal(device.id, await amplifyKey());
  assert.equal(device.name, navigator.userAgent);
  assert.equal(device.attributes.device_status, 'valid');
  await signOut();
  assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
  assert.equal(await amplifyKey(), device.id);
  await forgetDevice({ device: { id: device.id } });
  await signOut();
  const again = await signIn({ username, password: PASSWORD });
  assert.equal(again.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
});
