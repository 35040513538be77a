// A hostile page: from another origin, or behind a rebound name, nothing in `dev` can be administered or read.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { PASSWORD, Server, unique } from '../js/harness.js';
import { EVIL, REBIND, launch, site } from './browser.js';

let server;
let pool;
let chromium;
let attacker;
let secretCode;

before(async () => {
  server = await Server.start();
  pool = await server.pool();
  attacker = await site();
  chromium = await launch();
  const email = `${unique('victim')}@example.com`;
  await server.admin('SignUp', {
    ClientId: pool.clientId, Username: unique('victim'), Password: PASSWORD, UserAttributes: [{ Name: 'email', Value: email }],
  });
  secretCode = await server.code(email);
});
after(async () => {
  await chromium?.close();
  await attacker?.close();
  await server?.stop();
});

/** What an attack could have changed. */
async function state() {
  const { UserPools } = await server.admin('ListUserPools', { MaxResults: 60 });
  const { Users } = await server.admin('ListUsers', { UserPoolId: pool.poolId });
  const messages = await (await fetch(`${server.url}/dev/mailbox/messages`)).json();
  return {
    pools: UserPools.map(({ Id, Name, LastModifiedDate }) => [Id, Name, LastModifiedDate]),
    users: Users.map(({ Username, UserStatus, Enabled, UserLastModifiedDate }) => [Username, UserStatus, Enabled, UserLastModifiedDate]),
    messages: messages.map(({ id }) => id),
  };
}

/** Runs `attack` in a page of `url`; afterwards nothing has changed and what it gave back holds no secret. */
async function attack(url, run, ...inputs) {
  const before_ = await state();
  const page = await chromium.browser.newPage();
  try {
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    const seen = JSON.stringify((await page.evaluate(run, ...inputs)) ?? null);
    assert.ok(!seen.includes(secretCode), seen);
    assert.doesNotMatch(seen, /"UserPools?\\*":/);
    assert.ok(!seen.includes(pool.poolId), seen);
    assert.deepEqual(await state(), before_);
    return JSON.parse(seen);
  } finally {
    await page.close();
  }
}

// What the attacker wants done. In `dev` any credentials are accepted, so it can sign as well as anyone.
const WANTED = () => [
  ['ListUserPools', { MaxResults: 10 }],
  ['CreateUserPool', { PoolName: 'evil' }],
  ['AdminCreateUser', { UserPoolId: pool.poolId, Username: 'evil' }],
  ['DeleteUserPool', { UserPoolId: pool.poolId }],
];

const day = () => new Date().toISOString().replace(/[-:]|\.\d+/g, '');
const signature = (at) => ({
  'x-amz-date': at,
  authorization: `AWS4-HMAC-SHA256 Credential=evil/${at.slice(0, 8)}/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
});

/** In the page: every operation in every way that a page can send it. What could be read, by way. */
async function everyWay(urls, wanted, signed) {
  const seen = [];
  const attempt = async (name, run) => {
    try {
      seen.push([name, await run()]);
    } catch (error) {
      seen.push([name, `refused: ${error.name}`]);
    }
  };
  const read = async (answer) => `${answer.type} ${answer.status} ${answer.type === 'opaque' ? '' : await answer.text()}`;
  for (const url of urls) {
    for (const [operation, input] of wanted) {
      const target = { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` };
      const body = JSON.stringify(input);
      for (const headers of [{}, signed]) {
        await attempt(`cors ${operation}`, async () => read(await fetch(url, {
          method: 'POST', body, headers: { 'content-type': 'application/x-amz-json-1.1', ...target, ...headers },
        })));
        await attempt(`cors with credentials ${operation}`, async () => read(await fetch(url, {
          method: 'POST', body, credentials: 'include', headers: { 'content-type': 'application/x-amz-json-1.1', ...target, ...headers },
        })));
      }
      // "Simple" requests, which no preflight stops: the server itself must not act on them.
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        await attempt(`no-cors ${type} ${operation}`, async () => read(await fetch(url, {
          method: 'POST', mode: 'no-cors', body, headers: { 'content-type': type, ...target, ...signed },
        })));
      }
      const query = new URLSearchParams({
        'X-Amz-Target': target['x-amz-target'], 'X-Amz-Credential': 'evil/20260101/us-east-1/cognito-idp/aws4_request',
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Signature': '0', Action: operation, Version: '2016-04-18', ...input,
      });
      await attempt(`query ${operation}`, async () => read(await fetch(`${url}?${query}`, { method: 'POST', mode: 'no-cors', body })));
      await attempt(`form ${operation}`, async () => read(await fetch(url, { method: 'POST', mode: 'no-cors', body: query })));
      await attempt(`beacon ${operation}`, async () => navigator.sendBeacon(url, new Blob([body], { type: 'text/plain' })));
      await attempt(`real form ${operation}`, () => new Promise((resolve) => {
        const frame = Object.assign(document.createElement('iframe'), { name: `f${Math.random()}` });
        const form = Object.assign(document.createElement('form'), { action: url, method: 'POST', target: frame.name, enctype: 'text/plain' });
        // The old trick: a field whose name and value together are JSON.
        form.append(Object.assign(document.createElement('input'), { name: body.slice(0, -1) + ',"x":"', value: '"}' }));
        document.body.append(frame, form);
        frame.onload = () => {
          let text = 'unreadable';
          try {
            text = frame.contentDocument?.body?.innerText ?? 'unreadable';
          } catch {
            text = 'unreadable';
          }
          resolve(text);
        };
        setTimeout(() => resolve('no answer'), 3000);
        form.submit();
      }));
    }
  }
  return seen;
}

/** In the page: every way to read the mailbox. */
async function everyRead(urls) {
  const seen = [];
  for (const url of urls) {
    for (const path of ['/dev/mailbox', '/dev/mailbox/messages', '/dev/mailbox/events', '/dev/mailbox/stream', '/dev/mailbox/live', '/dev']) {
      for (const options of [{}, { method: 'DELETE' }, { method: 'POST', mode: 'no-cors' }, { credentials: 'include' }, { mode: 'no-cors' }, { headers: { accept: 'text/event-stream' } }, { headers: { 'x-custom': '1' } }]) {
        try {
          const stop = AbortSignal.timeout(1500);
          const answer = await fetch(url + path, { ...options, signal: stop });
          seen.push([path, answer.type, answer.status, answer.type === 'opaque' ? '' : await answer.text()]);
        } catch (error) {
          seen.push([path, error.name]);
        }
      }
      seen.push(await new Promise((resolve) => {
        const frame = Object.assign(document.createElement('iframe'), { src: url + path });
        frame.onload = () => {
          try {
            resolve(['frame', path, frame.contentDocument.documentElement.outerHTML]);
          } catch (error) {
            resolve(['frame', path, error.name]);
          }
        };
        setTimeout(() => resolve(['frame', path, 'no answer']), 2000);
        document.body.append(frame);
      }));
      seen.push(await new Promise((resolve) => {
        // JSON read as a script leaves its traces in globals or errors.
        let error = '';
        globalThis.onerror = (message) => { error = String(message); };
        const script = Object.assign(document.createElement('script'), { src: url + path });
        script.onload = () => resolve(['script', path, `loaded ${error}`]);
        script.onerror = () => resolve(['script', path, 'error']);
        setTimeout(() => resolve(['script', path, 'no answer']), 2000);
        document.body.append(script);
      }));
      seen.push(await new Promise((resolve) => {
        const source = new EventSource(url + path);
        const end = (what) => { source.close(); resolve(['events', path, what]); };
        source.onmessage = (event) => end(event.data);
        source.onerror = () => end('error');
        setTimeout(() => end('no answer'), 1500);
      }));
    }
  }
  return seen;
}

const urls = () => [`${server.url}/`, `${server.httpsUrl}/`];

for (const [name, page] of [
  ['another port of localhost', () => `http://localhost:${attacker.port}/`],
  ['another port of 127.0.0.1', () => `http://127.0.0.1:${attacker.port}/`],
  ['another site', () => `http://${EVIL}:${attacker.port}/`],
  ['an opaque origin', () => 'data:text/html,<title>x</title>'],
]) {
  test(`${name} administers nothing`, { timeout: 120_000 }, async () => {
    const seen = await attack(page(), everyWay, urls(), WANTED(), signature(day()));
    // The attack really was made: something was answered or refused for each way.
    assert.ok(seen.length > 50);
  });

  test(`${name} reads nothing`, { timeout: 180_000 }, async () => {
    const seen = await attack(page(), everyRead, [server.url, server.httpsUrl]);
    assert.ok(seen.length > 50);
    for (const [path, type, status] of seen.filter(([first]) => first.startsWith('/dev'))) {
      // Paths that do not exist answer as any unknown operation does: an error that anybody may read.
      const harmless = status >= 400 && !['/dev/mailbox', '/dev/mailbox/messages'].includes(path);
      assert.ok(type !== 'cors' || harmless, `${path} can be read from another origin: ${status}`);
    }
  });
}

test('a sandboxed frame administers nothing', { timeout: 120_000 }, async () => {
  await attack(`http://${EVIL}:${attacker.port}/`, (source, where, wanted, signed) => new Promise((resolve) => {
    globalThis.onmessage = ({ data }) => resolve(data);
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts allow-forms';
    frame.srcdoc = `<body><script>(${source})(${JSON.stringify(where)},${JSON.stringify(wanted)},${JSON.stringify(signed)}).then((seen) => parent.postMessage(seen, '*'))</script>`;
    document.body.append(frame);
  }), everyWay.toString(), [`${server.url}/`], WANTED(), signature(day()));
});

test('a rebound name administers and reads nothing', { timeout: 180_000 }, async () => {
  // After rebinding, the attacker's own name leads to this server: to the browser it is the same origin.
  const own = `http://${REBIND}:${server.port}`;
  const seen = await attack(`${own}/healthz`, everyWay, [`${own}/`], WANTED(), signature(day()));
  for (const [way, what] of seen.filter(([name]) => name.startsWith('cors'))) {
    assert.match(String(what), /^basic 4\d\d /, `${way}: ${what}`);
  }
  for (const [path, type, status] of await attack(`${own}/healthz`, everyRead, [own])) {
    if (path.startsWith('/dev') && typeof status === 'number') assert.ok(status >= 400, `${path}: ${type} ${status}`);
  }
});

test('a token stolen by no one: the unsigned operations stay open to all, and give nothing without a secret', async () => {
  const seen = await attack(`http://${EVIL}:${attacker.port}/`, async (url) => {
    const answer = await fetch(url, {
      method: 'POST', body: '{"AccessToken":"x.y.z"}',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser' },
    });
    return answer.json();
  }, server.url);
  assert.deepEqual(seen, { __type: 'NotAuthorizedException', message: 'Invalid Access Token' });
});
