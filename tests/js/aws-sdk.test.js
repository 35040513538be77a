// AWS SDK for JavaScript v3, unmodified: the journey, typed errors, timestamps as dates.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  AdminGetUserCommand, ChangePasswordCommand, CodeMismatchException, CognitoIdentityProviderClient,
  ConfirmForgotPasswordCommand, ConfirmSignUpCommand, CreateGroupCommand, CreateUserPoolClientCommand,
  CreateUserPoolCommand, DeleteUserPoolCommand, DescribeUserPoolCommand, ForgotPasswordCommand,
  GetTokensFromRefreshTokenCommand, GetUserCommand, GlobalSignOutCommand, InitiateAuthCommand, ListUsersCommand,
  NotAuthorizedException, ResourceNotFoundException, SignUpCommand, UpdateUserAttributesCommand,
  paginateListUsers,
} from '@aws-sdk/client-cognito-identity-provider';

import { PASSWORD, Server, claims, unique } from './harness.js';

let server;
let client;

before(async () => {
  server = await Server.start();
  client = new CognitoIdentityProviderClient({
    region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1,
  });
});
after(() => server?.stop());

test('from creating the pool to deleting it', async () => {
  const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: 'js', AutoVerifiedAttributes: ['email'] }));
  assert.ok(UserPool.CreationDate instanceof Date && Math.abs(Date.now() - UserPool.CreationDate) < 60_000);
  const { UserPoolClient } = await client.send(new CreateUserPoolClientCommand({
    UserPoolId: UserPool.Id, ClientName: 'app', ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  }));
  const { ClientId } = UserPoolClient;
  const Username = unique('ada');
  const email = `${Username}@example.com`;
  const signedUp = await client.send(new SignUpCommand({
    ClientId, Username, Password: PASSWORD, UserAttributes: [{ Name: 'email', Value: email }],
  }));
  assert.equal(signedUp.UserConfirmed, false);
  await assert.rejects(
    client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: '000000x' })),
    (error) => error instanceof CodeMismatchException && error.$metadata.httpStatusCode === 400,
  );
  await client.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: await server.code(email) }));

  const signIn = async (PASSWORD_) => (await client.send(new InitiateAuthCommand({
    ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: Username, PASSWORD: PASSWORD_ },
  }))).AuthenticationResult;
  const tokens = await signIn(PASSWORD);
  assert.equal(tokens.ExpiresIn, 3600);
  const renewed = (await client.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken: tokens.RefreshToken }))).AuthenticationResult;
  assert.equal(claims(renewed.AccessToken).sub, signedUp.UserSub);
  const AccessToken = renewed.AccessToken;
  await client.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: [{ Name: 'name', Value: 'Ada' }] }));
  const user = await client.send(new GetUserCommand({ AccessToken }));
  assert.equal(user.UserAttributes.find(({ Name }) => Name === 'name').Value, 'Ada');
  await client.send(new ChangePasswordCommand({ AccessToken, PreviousPassword: PASSWORD, ProposedPassword: 'Fresh-Horse-2' }));
  await client.send(new ForgotPasswordCommand({ ClientId, Username }));
  await client.send(new ConfirmForgotPasswordCommand({
    ClientId, Username, Password: 'Third-Horse-3', ConfirmationCode: await server.code(email, 2),
  }));
  await assert.rejects(signIn(PASSWORD), (error) => {
    assert.ok(error instanceof NotAuthorizedException);
    assert.equal(error.message, 'Incorrect username or password.');
    return true;
  });
  const last = await signIn('Third-Horse-3');
  await client.send(new CreateGroupCommand({ UserPoolId: UserPool.Id, GroupName: 'staff', Precedence: 0 }));
  const listed = await client.send(new ListUsersCommand({ UserPoolId: UserPool.Id, Filter: `email = "${email}"` }));
  assert.deepEqual(listed.Users.map((found) => found.Username), [Username]);
  assert.ok((await client.send(new AdminGetUserCommand({ UserPoolId: UserPool.Id, Username }))).UserCreateDate instanceof Date);
  await client.send(new GlobalSignOutCommand({ AccessToken: last.AccessToken }));
  await assert.rejects(client.send(new GetUserCommand({ AccessToken: last.AccessToken })), NotAuthorizedException);
  await client.send(new DeleteUserPoolCommand({ UserPoolId: UserPool.Id }));
  await assert.rejects(client.send(new DescribeUserPoolCommand({ UserPoolId: UserPool.Id })), ResourceNotFoundException);
});

test('the paginator sees every user once', async () => {
  const { poolId } = await server.pool();
  const names = [];
  for (let number = 0; number < 7; number += 1) names.push(await server.user(poolId));
  const seen = [];
  for await (const page of paginateListUsers({ client, pageSize: 3 }, { UserPoolId: poolId })) {
    seen.push(...page.Users.map((user) => user.Username));
  }
  assert.deepEqual(seen.sort(), names.sort());
});

test('an operation that is not built is refused without a retry', async () => {
  const patient = new CognitoIdentityProviderClient({
    region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 3,
  });
  const { StartUserImportJobCommand } = await import('@aws-sdk/client-cognito-identity-provider');
  const { poolId } = await server.pool();
  await assert.rejects(patient.send(new StartUserImportJobCommand({ UserPoolId: poolId, JobId: 'import-abc1234567' })), (error) => {
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.equal(error.$metadata.attempts, 1);
    return true;
  });
});
