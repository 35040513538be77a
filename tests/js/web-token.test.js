// Temporary credentials through AWS's own providers, unmodified: fromWebToken, fromTokenFile, fromTemporaryCredentials.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, CreateUserPoolClientCommand,
  CreateUserPoolCommand, DescribeUserPoolCommand, InitiateAuthCommand, ListUsersCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { fromTemporaryCredentials, fromTokenFile, fromWebToken } from '@aws-sdk/credential-providers';

import { PASSWORD, Server, unique } from './harness.js';

const region = 'us-east-1';
const account = '000000000000';
// In dev any credentials are the administrator's.
const anyone = { accessKeyId: 'test', secretAccessKey: 'test' };
let server;
let poolId;
let clientId;
let roleArn;
let clientConfig;

const idp = (credentials) => new CognitoIdentityProviderClient({ region, endpoint: server.url, credentials });

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

async function idToken() {
  const admin = idp(anyone);
  const Username = unique('user-');
  await admin.send(new AdminCreateUserCommand({ UserPoolId: poolId, Username, MessageAction: 'SUPPRESS' }));
  await admin.send(new AdminSetUserPasswordCommand({ UserPoolId: poolId, Username, Password: PASSWORD, Permanent: true }));
  const answer = await admin.send(new InitiateAuthCommand({
    ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD },
  }));
  return answer.AuthenticationResult.IdToken;
}

/** Allowed what the role allows, and nothing else. */
async function check(credentials) {
  const client = idp(credentials);
  const pool = await client.send(new DescribeUserPoolCommand({ UserPoolId: poolId }));
  assert.equal(pool.UserPool.Id, poolId);
  await assert.rejects(client.send(new ListUsersCommand({ UserPoolId: poolId })), { name: 'AccessDeniedException' });
}

before(async () => {
  server = await Server.start();
  clientConfig = { region, endpoint: server.url };
  const admin = idp(anyone);
  poolId = (await admin.send(new CreateUserPoolCommand({ PoolName: 'web-token' }))).UserPool.Id;
  clientId = (await admin.send(new CreateUserPoolClientCommand({
    UserPoolId: poolId, ClientName: 'app', ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  }))).UserPoolClient.ClientId;
  const issuer = `${new URL(server.url).host}/${poolId}`;
  await iam('CreateOpenIDConnectProvider', { Url: `https://${issuer}`, 'ClientIDList.member.1': clientId });
  const RoleName = unique('role-');
  roleArn = `arn:aws:iam::${account}:role/${RoleName}`;
  const trust = {
    Version: '2012-10-17',
    Statement: [{
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${issuer}:aud`]: clientId } },
    }, { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
  };
  const policy = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'cognito-idp:DescribeUserPool', Resource: '*' }],
  };
  await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: JSON.stringify(policy) });
});

after(() => server?.stop());

test('fromWebToken', async () => {
  const provider = fromWebToken({ roleArn, roleSessionName: 'js', webIdentityToken: await idToken(), clientConfig });
  const credentials = await provider();
  assert.match(credentials.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.ok(credentials.expiration.getTime() > Date.now() + 3_500_000, credentials.expiration);
  assert.equal(credentials.accountId, account);
  await check(credentials);
});

test('fromTokenFile', async () => {
  const webIdentityTokenFile = join(server.folder, 'token');
  writeFileSync(webIdentityTokenFile, await idToken());
  await check(fromTokenFile({ roleArn, roleSessionName: 'js', webIdentityTokenFile, clientConfig }));
});

test('fromTemporaryCredentials', async () => {
  await check(fromTemporaryCredentials({
    masterCredentials: anyone, clientConfig, params: { RoleArn: roleArn, RoleSessionName: 'js' },
  }));
});

test('a token of nobody', async () => {
  const provider = fromWebToken({ roleArn, roleSessionName: 'js', webIdentityToken: 'arbitrary', clientConfig });
  await assert.rejects(provider(), (error) => /InvalidIdentityToken/.test(error.name) && /not a valid JWT/.test(error.message));
});

test('a changed session token', async () => {
  const provider = fromWebToken({ roleArn, roleSessionName: 'js', webIdentityToken: await idToken(), clientConfig });
  const credentials = await provider();
  const last = credentials.sessionToken.at(-3) === 'A' ? 'B' : 'A';
  const sessionToken = credentials.sessionToken.slice(0, -3) + last + credentials.sessionToken.slice(-2);
  const call = idp({ ...credentials, sessionToken }).send(new DescribeUserPoolCommand({ UserPoolId: poolId }));
  await assert.rejects(call, { name: 'UnrecognizedClientException' });
});
