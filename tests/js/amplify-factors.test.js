// aws-amplify v6, unmodified, in Node: choice-based sign-in, one-time codes, authenticator apps, second factors.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { Amplify } from 'aws-amplify';
import {
  autoSignIn, confirmSignIn, confirmSignUp, fetchAuthSession, fetchMFAPreference, fetchUserAttributes, setUpTOTP, signIn,
  signOut, signUp, updateMFAPreference, verifyTOTPSetup,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';

import { PASSWORD, Server, unique } from './harness.js';
import { totp } from './totp.js';

const SMS = { SnsCallerArn: 'arn:aws:iam::123456789012:role/sms' };
const FLOWS = ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
const storage = new Map();
let server;

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
afterEach(async () => {
  await signOut().catch(() => {});
  storage.clear();
});

/** Makes a pool with a client and points Amplify at it. */
async function use(settings, mfa) {
  const pool = await server.pool({ SmsConfiguration: SMS, ...settings }, { ExplicitAuthFlows: FLOWS });
  if (mfa) await server.admin('SetUserPoolMfaConfig', { UserPoolId: pool.poolId, ...mfa });
  Amplify.configure({
    Auth: { Cognito: { userPoolId: pool.poolId, userPoolClientId: pool.clientId, userPoolEndpoint: `${server.url}/` } },
  });
  return pool;
}

const firstFactors = (...factors) => ({ Policies: { SignInPolicy: { AllowedFirstAuthFactors: factors } } });
const claims = async (token = 'accessToken') => (await fetchAuthSession()).tokens[token].payload;

test('the user chooses, and a code by e-mail signs in', async () => {
  const pool = await use(firstFactors('PASSWORD', 'EMAIL_OTP'));
  const email = `${unique('ada')}@example.com`;
  const username = await server.user(pool.poolId, { email });
  const asked = await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
  assert.equal(asked.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
  assert.deepEqual([...asked.nextStep.availableChallenges].sort(), ['EMAIL_OTP', 'PASSWORD', 'PASSWORD_SRP']);
  const sent = await confirmSignIn({ challengeResponse: 'EMAIL_OTP' });
  assert.equal(sent.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  assert.equal(sent.nextStep.codeDeliveryDetails.deliveryMedium, 'EMAIL');
  await assert.rejects(confirmSignIn({ challengeResponse: '000000' }), { name: 'CodeMismatchException' });
  const done = await confirmSignIn({ challengeResponse: await server.code(email) });
  assert.equal(done.isSignedIn, true);
  assert.deepEqual((await claims()).amr, ['email_otp']);
  assert.equal((await claims()).acr, 'urn:cognito:loa:2');
  assert.equal((await fetchUserAttributes()).email_verified, 'true');
});

test('a preferred factor is asked for at once', async () => {
  const pool = await use(firstFactors('PASSWORD', 'EMAIL_OTP', 'SMS_OTP'));
  const username = await server.user(pool.poolId, { email: `${unique('ada')}@example.com`, phone_number: '+14325551212' });
  const sms = await signIn({ username, options: { authFlowType: 'USER_AUTH', preferredChallenge: 'SMS_OTP' } });
  assert.equal(sms.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: await server.code('+14325551212') })).isSignedIn, true);
  assert.deepEqual((await claims()).amr, ['sms']);
  await signOut();
  for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP']) {
    const result = await signIn({ username, password: PASSWORD, options: { authFlowType: 'USER_AUTH', preferredChallenge } });
    assert.equal(result.isSignedIn, true, preferredChallenge);
    assert.deepEqual((await claims()).amr, ['pwd']);
    await signOut();
  }
});

test('a password can be chosen, and mistyped', async () => {
  const pool = await use(firstFactors('PASSWORD', 'EMAIL_OTP'));
  const username = await server.user(pool.poolId, { email: `${unique('ada')}@example.com` });
  for (const choice of ['PASSWORD', 'PASSWORD_SRP']) {
    await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
    const asked = await confirmSignIn({ challengeResponse: choice });
    assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_PASSWORD');
    await assert.rejects(confirmSignIn({ challengeResponse: 'Wrong-Horse-9' }), { name: 'NotAuthorizedException' });
    assert.equal((await confirmSignIn({ challengeResponse: PASSWORD })).isSignedIn, true, choice);
    await signOut();
  }
});

test('signing up without a password, and straight in', async () => {
  await use({ ...firstFactors('PASSWORD', 'EMAIL_OTP'), UsernameAttributes: ['email'] });
  const email = `${unique('ada')}@example.com`;
  // Amplify waits three minutes for the confirmation; the test's process must not.
  const timer = globalThis.setTimeout;
  globalThis.setTimeout = (...given) => timer(...given).unref();
  const signedUp = await signUp({
    username: email,
    options: { userAttributes: { email }, autoSignIn: { authFlowType: 'USER_AUTH' } },
  }).finally(() => { globalThis.setTimeout = timer; });
  assert.equal(signedUp.nextStep.signUpStep, 'CONFIRM_SIGN_UP');
  const confirmed = await confirmSignUp({ username: email, confirmationCode: await server.code(email) });
  assert.equal(confirmed.nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN');
  assert.equal((await autoSignIn()).isSignedIn, true);
  assert.deepEqual((await claims()).amr, ['email_otp']);
});

test('an authenticator app is set up, preferred and asked for', async () => {
  const pool = await use({}, { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } });
  const username = await server.user(pool.poolId);
  assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
  const { sharedSecret } = await setUpTOTP();
  await assert.rejects(verifyTOTPSetup({ code: '000000' }), { name: 'EnableSoftwareTokenMFAException' });
  await verifyTOTPSetup({ code: totp(sharedSecret) });
  await updateMFAPreference({ totp: 'PREFERRED' });
  assert.deepEqual(await fetchMFAPreference(), { enabled: ['TOTP'], preferred: 'TOTP' });
  await signOut();
  const asked = await signIn({ username, password: PASSWORD });
  assert.equal(asked.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await assert.rejects(confirmSignIn({ challengeResponse: '000000' }));
  assert.equal((await confirmSignIn({ challengeResponse: totp(sharedSecret, 1) })).isSignedIn, true);
  assert.deepEqual((await claims('idToken')).amr, ['pwd', 'otp', 'mfa']);
  assert.equal((await claims('idToken')).acr, 'urn:cognito:loa:4');
});

test('where MFA is required, an app is set up before the first tokens', async () => {
  const pool = await use({}, { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } });
  const username = await server.user(pool.poolId);
  const asked = await signIn({ username, password: PASSWORD });
  assert.equal(asked.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
  const { sharedSecret } = asked.nextStep.totpSetupDetails;
  assert.equal((await fetchAuthSession()).tokens, undefined);
  assert.equal((await confirmSignIn({ challengeResponse: totp(sharedSecret) })).isSignedIn, true);
  await signOut();
  const again = await signIn({ username, password: PASSWORD });
  assert.equal(again.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: totp(sharedSecret, 1) })).isSignedIn, true);
});

test('a second factor by text message, by e-mail, and the choice between', async () => {
  const pool = await use(
    {
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'verified_phone_number', Priority: 1 }, { Name: 'verified_email', Priority: 2 }] },
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: 'arn:aws:ses:us-east-1:123456789012:identity/a@example.com', From: 'a@example.com' },
    },
    {
      MfaConfiguration: 'OPTIONAL',
      SmsMfaConfiguration: { SmsConfiguration: SMS },
      EmailMfaConfiguration: { Message: 'Your second code is {####}', Subject: 'Second' },
      SoftwareTokenMfaConfiguration: { Enabled: true },
    },
  );
  const email = `${unique('ada')}@example.com`;
  const username = await server.user(pool.poolId, {
    email, email_verified: 'true', phone_number: '+14325551313', phone_number_verified: 'true',
  });
  const prefer = (settings) => server.admin('AdminSetUserMFAPreference', { UserPoolId: pool.poolId, Username: username, ...settings });

  await prefer({ SMSMfaSettings: { Enabled: true, PreferredMfa: true } });
  const sms = await signIn({ username, password: PASSWORD });
  assert.equal(sms.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_SMS_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: await server.code('+14325551313') })).isSignedIn, true);
  assert.deepEqual((await claims()).amr, ['pwd', 'sms', 'mfa']);
  assert.equal((await claims()).acr, 'urn:cognito:loa:3');
  await signOut();

  await prefer({ SMSMfaSettings: { Enabled: true, PreferredMfa: false }, EmailMfaSettings: { Enabled: true, PreferredMfa: true } });
  const mail = await signIn({ username, password: PASSWORD });
  assert.equal(mail.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: await server.code(email) })).isSignedIn, true);
  assert.deepEqual((await claims()).amr, ['pwd', 'email_otp', 'mfa']);
  await signOut();

  await prefer({ EmailMfaSettings: { Enabled: true, PreferredMfa: false } });
  const choice = await signIn({ username, password: PASSWORD });
  assert.equal(choice.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
  assert.deepEqual([...choice.nextStep.allowedMFATypes].sort(), ['EMAIL', 'SMS']);
  const chosen = await confirmSignIn({ challengeResponse: 'EMAIL' });
  assert.equal(chosen.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  assert.equal((await confirmSignIn({ challengeResponse: await server.code(email, 2) })).isSignedIn, true);
});
