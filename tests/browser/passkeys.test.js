// Passkeys in Chromium with its virtual authenticator, through aws-amplify v6 as a web app bundles it.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { PASSWORD, Server } from '../js/harness.js';
import { totp } from '../js/totp.js';
import { launch } from './browser.js';

const require = createRequire(new URL('../js/package.json', import.meta.url));
const esbuild = require('esbuild');

const APP = `
  import { Amplify } from 'aws-amplify';
  import * as auth from 'aws-amplify/auth';
  globalThis.amplify = { Amplify, ...auth };
`;

let server;
let app;
let chromium;
let page;
let authenticator;
let devtools;

before(async () => {
  server = await Server.start();
  const resolveDir = dirname(fileURLToPath(new URL('../js/package.json', import.meta.url)));
  const bundle = await esbuild.build({
    stdin: { contents: APP, resolveDir }, bundle: true, write: false, format: 'iife', platform: 'browser',
  });
  app = createServer((request, response) => {
    const script = request.url === '/app.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? bundle.outputFiles[0].text : '<!doctype html><title>an app</title><script src="/app.js"></script>');
  });
  await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve));
  chromium = await launch();
  page = await chromium.browser.newPage();
  devtools = await page.createCDPSession();
  await devtools.send('WebAuthn.enable');
});
after(async () => {
  await chromium?.close();
  app?.closeAllConnections();
  app?.close();
  await server?.stop();
});

/** A virtual authenticator; the one before goes. */
async function plugIn(options = {}) {
  if (authenticator) await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: authenticator });
  const answer = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true, ...options,
    },
  });
  authenticator = answer.authenticatorId;
}

/** A pool with passkeys, a signed-out page that is set up for it, and a user. */
async function site(webAuthn = {}, mfa = 'OFF') {
  const pool = await server.pool({}, { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] });
  await server.admin('UpdateUserPool', {
    UserPoolId: pool.poolId, AutoVerifiedAttributes: ['email'],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } },
  });
  await server.admin('SetUserPoolMfaConfig', {
    UserPoolId: pool.poolId, MfaConfiguration: mfa, WebAuthnConfiguration: { RelyingPartyId: 'localhost', ...webAuthn },
  });
  const username = await server.user(pool.poolId);
  await page.goto(`http://localhost:${app.address().port}/`);
  await page.evaluate((userPoolId, userPoolClientId, userPoolEndpoint) => {
    localStorage.clear();
    globalThis.amplify.Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint } } });
  }, pool.poolId, pool.clientId, `${server.url}/`);
  return { pool, username };
}

const byPassword = (username) => page.evaluate((name, password) => (
  globalThis.amplify.signIn({ username: name, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } })), username, PASSWORD);
const byPasskey = (username) => page.evaluate((name) => (
  globalThis.amplify.signIn({ username: name, options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' } })
    .then((result) => result, (error) => ({ error: error.name, message: error.message }))), username);
const register = () => page.evaluate(() => globalThis.amplify.associateWebAuthnCredential()
  .then(() => null, (error) => ({ error: error.name, message: error.message })));
const signOut = () => page.evaluate(() => globalThis.amplify.signOut());

test('a passkey is made, signs in, and is deleted', async () => {
  await plugIn();
  const { username } = await site();
  assert.equal((await byPassword(username)).isSignedIn, true);
  assert.equal(await register(), null);
  const listed = await page.evaluate(() => globalThis.amplify.listWebAuthnCredentials());
  assert.equal(listed.credentials.length, 1);
  assert.equal(listed.credentials[0].relyingPartyId, 'localhost');
  await signOut();

  assert.equal((await byPasskey(username)).isSignedIn, true);
  const claims = await page.evaluate(async () => (await globalThis.amplify.fetchAuthSession()).tokens.accessToken.payload);
  assert.equal(claims.acr, 'urn:cognito:loa:3');
  assert.ok(claims.amr.includes('hwk') || claims.amr.includes('swk'), JSON.stringify(claims.amr));
  assert.ok(!claims.amr.includes('pwd'));

  await page.evaluate((credentialId) => globalThis.amplify.deleteWebAuthnCredential({ credentialId }), listed.credentials[0].credentialId);
  assert.equal((await page.evaluate(() => globalThis.amplify.listWebAuthnCredentials())).credentials.length, 0);
  await signOut();
  const refused = await byPasskey(username);
  assert.notEqual(refused.isSignedIn, true);
});

test('the same authenticator is not registered twice', async () => {
  await plugIn();
  const { username } = await site();
  await byPassword(username);
  assert.equal(await register(), null);
  assert.notEqual(await register(), null);
  assert.equal((await page.evaluate(() => globalThis.amplify.listWebAuthnCredentials())).credentials.length, 1);
  await signOut();
});

test('a passkey that verified the user is both factors, where the pool says so', async () => {
  await plugIn();
  const { username, pool } = await site({ FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION', UserVerification: 'required' });
  await byPassword(username);
  assert.equal(await register(), null);
  await signOut();
  await server.admin('SetUserPoolMfaConfig', {
    UserPoolId: pool.poolId, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true },
    WebAuthnConfiguration: { RelyingPartyId: 'localhost', UserVerification: 'required', FactorConfiguration: 'MULTI_FACTOR_WITH_USER_VERIFICATION' },
  });
  const offered = (await byPasskey(username)).nextStep;
  assert.equal(offered.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION', 'the user has not turned passkey MFA on');
  assert.ok(offered.availableChallenges.includes('PASSWORD'));
  assert.ok(!offered.availableChallenges.includes('WEB_AUTHN'));
  // A passkey counts as both for users who have another second factor, too.
  const asked = await byPassword(username);
  assert.equal(asked.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
  await page.evaluate((code) => globalThis.amplify.confirmSignIn({ challengeResponse: code }), totp(asked.nextStep.totpSetupDetails.sharedSecret));
  await signOut();
  await server.admin('AdminSetUserMFAPreference', {
    UserPoolId: pool.poolId, Username: username,
    SoftwareTokenMfaSettings: { Enabled: true }, WebAuthnMfaSettings: { Enabled: true },
  });
  const signedIn = await byPasskey(username);
  assert.equal(signedIn.isSignedIn, true, JSON.stringify(signedIn));
  await signOut();
});

test('a passkey of another relying party is refused by the server', async () => {
  await plugIn();
  const { username } = await site({ RelyingPartyId: 'example.com' });
  await byPassword(username);
  const refused = await register();
  assert.ok(refused, 'the browser or the server refuses');
  await signOut();
});
