// An honest app on another origin: the unsigned operations work from a browser, over CORS, with a real client.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { PASSWORD, Server, unique } from '../js/harness.js';
import { launch, site } from './browser.js';

let server;
let pool;
let chromium;
let origin;
let page;

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  origin = await site();
  chromium = await launch();
  page = await chromium.browser.newPage();
  await page.goto(`http://localhost:${origin.port}/`);
});
after(async () => {
  await chromium?.close();
  await origin?.close();
  await server?.stop();
});

const call = (url, operation, input, headers = {}) => page.evaluate(async (where, name, body, more) => {
  const answer = await fetch(where, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityProviderService.${name}`, ...more },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json(), headers: Object.fromEntries(answer.headers) };
}, url, operation, input, headers);

test('sign-up, confirmation and sign-in by fetch, on both ports', async () => {
  for (const url of [`${server.url}/`, `${server.httpsUrl}/`]) {
    const username = unique('ada');
    const email = `${username}@example.com`;
    const amplify = { 'x-amz-user-agent': 'aws-amplify/6', 'cache-control': 'no-store', 'amz-sdk-invocation-id': 'a', 'amz-sdk-request': 'attempt=1; max=3' };
    const signedUp = await call(url, 'SignUp', {
      ClientId: pool.clientId, Username: username, Password: PASSWORD, UserAttributes: [{ Name: 'email', Value: email }],
    }, amplify);
    assert.equal(signedUp.status, 200, JSON.stringify(signedUp));
    const ConfirmationCode = await server.code(email);
    assert.equal((await call(url, 'ConfirmSignUp', { ClientId: pool.clientId, Username: username, ConfirmationCode }, amplify)).status, 200);
    const signedIn = await call(url, 'InitiateAuth', {
      ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD },
    }, amplify);
    assert.ok(signedIn.body.AuthenticationResult.AccessToken);
  }
});

test('a page can read an error, and the headers that SDKs read', async () => {
  const answer = await call(server.url, 'GetUser', { AccessToken: 'x.y.z' });
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.body, { __type: 'NotAuthorizedException', message: 'Invalid Access Token' });
  for (const name of ['x-amzn-requestid', 'x-amzn-errortype', 'x-amzn-errormessage']) assert.ok(answer.headers[name], name);
});

test('amazon-cognito-identity-js signs in by SRP', async () => {
  const username = await server.user(pool.poolId);
  await page.addScriptTag({ url: '/library.js' });
  const claims = await page.evaluate((settings, name, password) => new Promise((resolve, reject) => {
    const { AuthenticationDetails, CognitoUser, CognitoUserPool } = globalThis.AmazonCognitoIdentity;
    const user = new CognitoUser({ Username: name, Pool: new CognitoUserPool(settings) });
    user.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), {
      onSuccess: (session) => user.refreshSession(session.getRefreshToken(), (error, renewed) => (
        error ? reject(error) : resolve(renewed.getIdToken().payload))),
      onFailure: reject,
    });
  }), { UserPoolId: pool.poolId, ClientId: pool.clientId, endpoint: server.url }, username, PASSWORD);
  assert.equal(claims['cognito:username'], username);
});

test('keys and discovery can be read', async () => {
  const found = await page.evaluate(async (base) => {
    const read = async (name) => (await fetch(`${base}/.well-known/${name}`)).json();
    return { keys: (await read('jwks.json')).keys.length, issuer: (await read('openid-configuration')).issuer };
  }, `${server.url}/${pool.poolId}`);
  assert.ok(found.keys >= 2 && found.issuer.endsWith(pool.poolId));
});

test('the mailbox page shows a message as it comes', async () => {
  const own = await chromium.browser.newPage();
  const errors = [];
  own.on('pageerror', (error) => errors.push(error.message));
  await own.goto(`${server.url}/dev/mailbox`, { waitUntil: 'domcontentloaded' });
  const email = `${unique('live')}@example.com`;
  await server.admin('SignUp', {
    ClientId: pool.clientId, Username: unique('user'), Password: PASSWORD, UserAttributes: [{ Name: 'email', Value: email }],
  });
  const code = await server.code(email);
  await own.waitForFunction((...texts) => texts.every((text) => document.body.innerText.includes(text)), { timeout: 15_000 }, code, email);
  assert.deepEqual(errors, []);
  await own.close();
});

test('words from outside do not become markup on the mailbox page', async () => {
  const nasty = '<img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script>';
  const { clientId } = await server.pool({
    VerificationMessageTemplate: {
      DefaultEmailOption: 'CONFIRM_WITH_CODE', EmailSubject: `s${nasty}`, EmailMessage: `${nasty} {####}`,
    },
  });
  const email = `${unique('markup')}@example.com`;
  await server.admin('SignUp', {
    ClientId: clientId, Username: unique('user'), Password: PASSWORD, UserAttributes: [{ Name: 'email', Value: email }],
  });
  const code = await server.code(email);
  const own = await chromium.browser.newPage();
  await own.goto(`${server.url}/dev/mailbox`, { waitUntil: 'domcontentloaded' });
  await own.waitForFunction((text) => document.body.innerText.includes(text), { timeout: 15_000 }, code);
  assert.equal(await own.evaluate(() => globalThis.pwned), undefined);
  assert.equal(await own.evaluate(() => document.querySelectorAll('img').length), 0);
  await own.close();
});
