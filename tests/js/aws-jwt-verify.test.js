// aws-jwt-verify v5, unmodified: against our own issuer over https, and as CognitoJwtVerifier against the AWS issuer.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { CognitoJwtVerifier, JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { SimpleFetcher } from 'aws-jwt-verify/https';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';

import { PASSWORD, Server, claims } from './harness.js';

async function signIn(server, clientId, username) {
  const { AuthenticationResult } = await server.admin('InitiateAuth', {
    ClientId: clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD },
  });
  return AuthenticationResult;
}

/** The local certificates that `dev` made, wherever in its folder they are. */
function certificates(folder) {
  return readdirSync(folder, { recursive: true }).map(String)
    .filter((name) => /\.(crt|pem|cert)$/.test(name) && !/key/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8')).filter((text) => text.includes('BEGIN CERTIFICATE'));
}

let server;
let pool;
let tokens;

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  tokens = await signIn(server, pool.clientId, await server.user(pool.poolId));
});
after(() => server?.stop());

function verifier(tokenUse) {
  const ca = certificates(server.folder);
  assert.ok(ca.length, 'dev keeps its certificate where a client can be told to trust it');
  const { iss } = claims(tokens.IdToken);
  return JwtVerifier.create(
    {
      issuer: iss,
      jwksUri: `${server.httpsUrl}/${pool.poolId}/.well-known/jwks.json`,
      audience: tokenUse === 'id' ? pool.clientId : null,
      customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse, clientId: pool.clientId }),
    },
    { jwksCache: new SimpleJwksCache({ fetcher: new SimpleFetcher({ defaultRequestOptions: { ca } }) }) },
  );
}

test('our own issuer, keys fetched over https with the local certificate trusted', async () => {
  assert.equal((await verifier('id').verify(tokens.IdToken)).aud, pool.clientId);
  assert.equal((await verifier('access').verify(tokens.AccessToken)).client_id, pool.clientId);
});

test('the wrong token and a tampered token', async () => {
  await assert.rejects(verifier('id').verify(tokens.AccessToken));
  await assert.rejects(verifier('access').verify(tokens.IdToken));
  const [head, , signature] = tokens.AccessToken.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims(tokens.AccessToken), username: 'root' })).toString('base64url');
  await assert.rejects(verifier('access').verify(`${head}.${forged}.${signature}`), /signature/i);
});

test('CognitoJwtVerifier, where the deployment takes the AWS issuer', async () => {
  const aws = await Server.start({ env: { STEPWELL_ISSUER: 'aws' } });
  try {
    const { poolId, clientId } = await aws.pool();
    const result = await signIn(aws, clientId, await aws.user(poolId));
    assert.equal(claims(result.IdToken).iss, `https://cognito-idp.us-east-1.amazonaws.com/${poolId}`);
    const keys = await (await fetch(`${aws.url}/${poolId}/.well-known/jwks.json`)).json();
    for (const [tokenUse, token] of [['id', result.IdToken], ['access', result.AccessToken]]) {
      const cognito = CognitoJwtVerifier.create({ userPoolId: poolId, clientId, tokenUse });
      cognito.cacheJwks(keys);
      assert.equal((await cognito.verify(token)).token_use, tokenUse);
    }
    assert.ok(await aws.admin('GetUser', { AccessToken: result.AccessToken }));
  } finally {
    await aws.stop();
  }
});
