// amazon-cognito-identity-js v6, unmodified: second factors and custom authentication.

import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import cognito from 'amazon-cognito-identity-js';

import { PASSWORD, Server, claims, unique } from './harness.js';
import { totp } from './totp.js';

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = cognito;
const SECRET = Buffer.alloc(32, 7);
const ARN = 'arn:aws:lambda:us-east-1:111122223333:function:challenges';

let server;
let hook;
const events = [];

class Memory {
  items = {};
  setItem(key, value) { this.items[key] = value; return value; }
  getItem(key) { return this.items[key] ?? null; }
  removeItem(key) { delete this.items[key]; }
  clear() { this.items = {}; }
}

/** The three custom-auth triggers as the developer guide shows them: a riddle, twice at most, after SRP if that came first. */
const triggers = {
  DefineAuthChallenge_Authentication({ session }) {
    const last = session.at(-1);
    if (last?.challengeName === 'SRP_A') return { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false };
    if (last?.challengeName === 'CUSTOM_CHALLENGE' && last.challengeResult) return { issueTokens: true, failAuthentication: false };
    const tries = session.filter((round) => round.challengeName === 'CUSTOM_CHALLENGE').length;
    if (tries >= 2) return { issueTokens: false, failAuthentication: true };
    return { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false };
  },
  CreateAuthChallenge_Authentication() {
    return {
      publicChallengeParameters: { riddle: 'What has keys but opens no locks?' },
      privateChallengeParameters: { answer: 'a piano' },
      challengeMetadata: 'RIDDLE',
    };
  },
  VerifyAuthChallengeResponse_Authentication({ privateChallengeParameters, challengeAnswer }) {
    return { answerCorrect: challengeAnswer === privateChallengeParameters.answer };
  },
};

function signed(request, body) {
  const text = `${request.headers['webhook-id']}.${request.headers['webhook-timestamp']}.${body}`;
  const right = Buffer.from(`v1,${createHmac('sha256', SECRET).update(text).digest('base64')}`);
  return request.headers['webhook-signature'].split(' ').some((given) => {
    const one = Buffer.from(given);
    return one.length === right.length && timingSafeEqual(one, right);
  });
}

before(async () => {
  hook = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      if (!signed(request, body)) return response.writeHead(401).end('{}');
      const event = JSON.parse(body);
      events.push(event);
      event.response = { ...event.response, ...triggers[event.triggerSource](event.request) };
      return response.end(JSON.stringify(event));
    });
  });
  await new Promise((resolve) => hook.listen(0, '127.0.0.1', resolve));
  server = await Server.start({
    env: {
      STEPWELL_WEBHOOKS: `challenges=http://127.0.0.1:${hook.address().port}/`,
      STEPWELL_WEBHOOK_SECRETS: `whsec_${SECRET.toString('base64')}`,
    },
  });
});
after(async () => {
  await server?.stop();
  hook?.close();
});

const userOf = (pool, username) => {
  const userPool = new CognitoUserPool({ UserPoolId: pool.poolId, ClientId: pool.clientId, endpoint: server.url, Storage: new Memory() });
  return new CognitoUser({ Username: username, Pool: userPool, Storage: new Memory() });
};

/** The callbacks of a sign-in; resolves with the name of the callback and what it was given. */
const outcome = (run) => new Promise((resolve, reject) => {
  const names = ['mfaRequired', 'totpRequired', 'mfaSetup', 'selectMFAType', 'customChallenge'];
  const callbacks = Object.fromEntries(names.map((name) => [name, (...given) => resolve({ name, given })]));
  run({ ...callbacks, onSuccess: (session) => resolve({ name: 'onSuccess', session }), onFailure: reject });
});
const authenticate = (user, password = PASSWORD) => outcome((callbacks) => {
  user.authenticateUser(new AuthenticationDetails({ Username: user.getUsername(), Password: password }), callbacks);
});
const amr = ({ session }) => claims(session.getAccessToken().getJwtToken()).amr;
const failed = (code) => (error) => assert.equal(error.code, code, String(error)) ?? true;

test('a text message as second factor', async () => {
  const pool = await server.pool({ SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' }, MfaConfiguration: 'ON' });
  const username = await server.user(pool.poolId, { phone_number: '+14325550101', phone_number_verified: 'true' });
  const user = userOf(pool, username);
  const asked = await authenticate(user);
  assert.equal(asked.name, 'mfaRequired');
  assert.equal(asked.given[0], 'SMS_MFA');
  assert.equal(asked.given[1].CODE_DELIVERY_DELIVERY_MEDIUM, 'SMS');
  assert.match(asked.given[1].CODE_DELIVERY_DESTINATION, /^\+\*+0101$/);
  await assert.rejects(outcome((callbacks) => user.sendMFACode('000000', callbacks)), failed('CodeMismatchException'));
  const done = await outcome(async (callbacks) => user.sendMFACode(await server.code('+14325550101'), callbacks));
  assert.deepEqual(amr(done), ['pwd', 'sms', 'mfa']);
});

test('an authenticator app: set up during sign-in, then asked for', async () => {
  const pool = await server.pool();
  await server.admin('SetUserPoolMfaConfig', {
    UserPoolId: pool.poolId, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true },
  });
  const username = await server.user(pool.poolId);
  const user = userOf(pool, username);
  const asked = await authenticate(user);
  assert.equal(asked.name, 'mfaSetup');
  const secret = await new Promise((resolve, reject) => {
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
  });
  const done = await outcome((callbacks) => user.verifySoftwareToken(totp(secret), 'phone', callbacks));
  assert.equal(done.name, 'onSuccess');
  assert.deepEqual(amr(done), ['pwd', 'otp', 'mfa']);

  const later = userOf(pool, username);
  assert.equal((await authenticate(later)).name, 'totpRequired');
  await assert.rejects(outcome((callbacks) => later.sendMFACode(totp(secret), callbacks, 'SOFTWARE_TOKEN_MFA')), failed('ExpiredCodeException'));
  const again = await outcome((callbacks) => later.sendMFACode(totp(secret, 1), callbacks, 'SOFTWARE_TOKEN_MFA'));
  assert.deepEqual(amr(again), ['pwd', 'otp', 'mfa']);
});

test('the user chooses between two second factors', async () => {
  const pool = await server.pool({ SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' } });
  await server.admin('SetUserPoolMfaConfig', {
    UserPoolId: pool.poolId, MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true },
    SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' } },
  });
  const username = await server.user(pool.poolId, { phone_number: '+14325550202', phone_number_verified: 'true' });
  const user = userOf(pool, username);
  assert.equal((await authenticate(user)).name, 'onSuccess');
  const secret = await new Promise((resolve, reject) => {
    user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject });
  });
  await new Promise((resolve, reject) => user.verifySoftwareToken(totp(secret), 'phone', { onSuccess: resolve, onFailure: reject }));
  const on = { Enabled: true, PreferredMfa: false };
  await promisify(user.setUserMfaPreference.bind(user))(on, on);
  const data = await new Promise((resolve, reject) => {
    user.getUserData((error, found) => (error ? reject(error) : resolve(found)), { bypassCache: true });
  });
  assert.deepEqual([...data.UserMFASettingList].sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);

  const later = userOf(pool, username);
  const asked = await authenticate(later);
  assert.equal(asked.name, 'selectMFAType');
  assert.deepEqual(JSON.parse(asked.given[1].MFAS_CAN_CHOOSE).sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  const chosen = await outcome((callbacks) => later.sendMFASelectionAnswer('SMS_MFA', callbacks));
  assert.equal(chosen.name, 'mfaRequired');
  const done = await outcome(async (callbacks) => later.sendMFACode(await server.code('+14325550202'), callbacks));
  assert.deepEqual(amr(done), ['pwd', 'sms', 'mfa']);
});

const custom = { LambdaConfig: { DefineAuthChallenge: ARN, CreateAuthChallenge: ARN, VerifyAuthChallengeResponse: ARN } };
const customClient = { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] };

test('custom authentication alone', async () => {
  const pool = await server.pool(custom, customClient);
  const username = await server.user(pool.poolId);
  const user = userOf(pool, username);
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  const start = () => outcome((callbacks) => user.initiateAuth(new AuthenticationDetails({ Username: username }), callbacks));
  const asked = await start();
  assert.equal(asked.name, 'customChallenge');
  assert.equal(asked.given[0].riddle, 'What has keys but opens no locks?');
  assert.equal(asked.given[0].answer, undefined);
  const wrong = await outcome((callbacks) => user.sendCustomChallengeAnswer('a map', callbacks));
  assert.equal(wrong.name, 'customChallenge');
  const done = await outcome((callbacks) => user.sendCustomChallengeAnswer('a piano', callbacks, { from: 'test' }));
  assert.equal(done.name, 'onSuccess');
  const verify = events.filter((event) => event.triggerSource.startsWith('Verify')).at(-1);
  assert.deepEqual(verify.request.clientMetadata, { from: 'test' });
  const define = events.filter((event) => event.triggerSource.startsWith('Define')).at(-1);
  assert.deepEqual(define.request.session.map((round) => [round.challengeName, round.challengeResult, round.challengeMetadata]), [
    ['CUSTOM_CHALLENGE', false, 'RIDDLE'], ['CUSTOM_CHALLENGE', true, 'RIDDLE'],
  ]);

  await start();
  await outcome((callbacks) => user.sendCustomChallengeAnswer('a map', callbacks));
  await assert.rejects(outcome((callbacks) => user.sendCustomChallengeAnswer('a chart', callbacks)), failed('NotAuthorizedException'));
});

test('custom authentication after SRP', async () => {
  const pool = await server.pool(custom, customClient);
  const username = await server.user(pool.poolId);
  const user = userOf(pool, username);
  user.setAuthenticationFlowType('CUSTOM_AUTH');
  await assert.rejects(authenticate(user, 'Wrong-Horse-9'), failed('NotAuthorizedException'));
  const asked = await authenticate(user);
  assert.equal(asked.name, 'customChallenge');
  const done = await outcome((callbacks) => user.sendCustomChallengeAnswer('a piano', callbacks));
  assert.equal(done.name, 'onSuccess');
  assert.deepEqual(amr(done), ['pwd']);
});
