// Identity pools through AWS's own credential providers and Amplify, unmodified: guests and signed-in users.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  CognitoIdentityProviderClient, DescribeUserPoolCommand, InitiateAuthCommand, ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { fromCognitoIdentity, fromCognitoIdentityPool } from '@aws-sdk/credential-providers';
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';

import { PASSWORD, Server, unique } from './harness.js';

const region = 'us-east-1';
let server;
let pool;
let identityPoolId;
let username;
let provider;

/** A call of IAM, which speaks the query protocol; in dev any credentials will do. */
async function iam(Action, parameters) {
  const day = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-amz-date': day,
      authorization: `AWS4-HMAC-SHA256 Credential=test/${day.slice(0, 8)}/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    },
    body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** A call of identity pools as an administrator. */
async function admin(operation, input) {
  const day = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const answer = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      'x-amz-date': day,
      authorization: `AWS4-HMAC-SHA256 Credential=test/${day.slice(0, 8)}/us-east-1/cognito-identity/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${operation}: ${text}`);
  return text ? JSON.parse(text) : {};
}

async function role(amr) {
  const RoleName = unique(`${amr}-`);
  const aud = { 'cognito-identity.amazonaws.com:aud': identityPoolId };
  const trust = {
    Version: '2012-10-17',
    Statement: [{
      Effect: 'Allow',
      Principal: { Federated: 'cognito-identity.amazonaws.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: aud, 'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr } },
    }],
  };
  await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  const statement = { Effect: 'Allow', Action: 'cognito-idp:DescribeUserPool', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument });
  return `arn:aws:iam::000000000000:role/${RoleName}`;
}

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  username = await server.user(pool.poolId, { email: 'ann@example.com' });
  provider = `cognito-idp.us-east-1.amazonaws.com/${pool.poolId}`;
  const made = await admin('CreateIdentityPool', {
    IdentityPoolName: 'js',
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: provider, ClientId: pool.clientId }],
  });
  identityPoolId = made.IdentityPoolId;
  const Roles = { authenticated: await role('authenticated'), unauthenticated: await role('unauthenticated') };
  await admin('SetIdentityPoolRoles', { IdentityPoolId: identityPoolId, Roles });
});
after(() => server?.stop());

const clientConfig = () => ({ region, endpoint: server.url });

async function idToken() {
  const client = new CognitoIdentityProviderClient({ region, endpoint: server.url });
  const answer = await client.send(new InitiateAuthCommand({
    ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD },
  }));
  return answer.AuthenticationResult.IdToken;
}

/** The credentials do what their role allows, and nothing else. */
async function check(credentials, roleName) {
  const client = new CognitoIdentityProviderClient({ region, endpoint: server.url, credentials, maxAttempts: 1 });
  const described = await client.send(new DescribeUserPoolCommand({ UserPoolId: pool.poolId }));
  assert.equal(described.UserPool.Id, pool.poolId);
  await assert.rejects(client.send(new ListUsersCommand({ UserPoolId: pool.poolId })), (error) => {
    assert.equal(error.name, 'AccessDeniedException');
    assert.match(error.message, new RegExp(`assumed-role/${roleName}-\\w+/CognitoIdentityCredentials`));
    return true;
  });
}

test('fromCognitoIdentityPool: a guest', async () => {
  const credentials = fromCognitoIdentityPool({ identityPoolId, clientConfig: clientConfig() });
  await check(credentials, 'unauthenticated');
  const given = await credentials();
  assert.match(given.identityId, /^us-east-1:[0-9a-f-]{36}$/);
  assert.ok(given.expiration > new Date());
});

test('fromCognitoIdentityPool: who has signed in', async () => {
  const logins = { [provider]: idToken };
  await check(fromCognitoIdentityPool({ identityPoolId, logins, clientConfig: clientConfig() }), 'authenticated');
});

test('fromCognitoIdentity', async () => {
  const logins = { [provider]: idToken };
  const { identityId } = await fromCognitoIdentityPool({ identityPoolId, logins, clientConfig: clientConfig() })();
  await check(fromCognitoIdentity({ identityId, logins, clientConfig: clientConfig() }), 'authenticated');
  await assert.rejects(
    fromCognitoIdentity({ identityId, clientConfig: clientConfig() })(),
    (error) => error.name === 'NotAuthorizedException' && /is forbidden/.test(error.message),
  );
});

test('fetchAuthSession of Amplify, guest and signed in', async () => {
  const storage = new Map();
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: pool.poolId, userPoolClientId: pool.clientId, userPoolEndpoint: `${server.url}/`,
        identityPoolId, identityPoolEndpoint: `${server.url}/`, allowGuestAccess: true,
      },
    },
  });
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void storage.set(key, value),
    getItem: async (key) => storage.get(key) ?? null,
    removeItem: async (key) => void storage.delete(key),
    clear: async () => storage.clear(),
  });
  const guest = await fetchAuthSession();
  assert.equal(guest.tokens, undefined);
  await check(guest.credentials, 'unauthenticated');

  await signIn({ username, password: PASSWORD });
  const session = await fetchAuthSession();
  assert.ok(session.tokens.idToken && session.identityId);
  assert.ok(session.credentials.expiration > new Date());
  await check(session.credentials, 'authenticated');
  // Signed in again, it is the same identity.
  const again = await fetchAuthSession({ forceRefresh: true });
  assert.equal(again.identityId, session.identityId);
  await signOut();
  assert.equal((await fetchAuthSession()).tokens, undefined);
});
