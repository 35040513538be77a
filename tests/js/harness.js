// A real server for the JavaScript suites: started on a free port with a fresh database, ended by its process id.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export const PASSWORD = 'Correct-Horse-9';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  return process.env.STEPWELL_TEST_BINARY ?? join(target, 'release', 'stepwell');
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function freePort() {
  for (;;) {
    const port = randomInt(12000, 32000);
    // HTTPS is on the next one.
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

/** A real SMTP server, for what goes to e-mail addresses. */
class Sink {
  received = [];

  constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => this.keep(stream, session).then(() => done(), done),
    });
  }

  /** Its port. */
  listen() {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, '127.0.0.1', () => resolve(this.server.server.address().port));
    });
  }

  async keep(stream, { envelope }) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const { text, html } = await PostalMime.parse(Buffer.concat(chunks));
    for (const { address } of envelope.rcptTo) this.received.push({ to: address, text: text ?? html });
  }

  /** The code of each mail to an address, oldest first. */
  codes(to) {
    return this.received.filter((mail) => mail.to === to).map((mail) => /\b\d{6,8}\b/.exec(mail.text)?.[0]);
  }

  close() {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

export const unique = (prefix) => prefix + randomBytes(6).toString('hex');

export class Server {
  static async start({ env = {} } = {}) {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), 'stepwell-test-'));
    server.data = join(server.folder, 'data');
    mkdirSync(server.data, { mode: 0o700 });
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.httpsUrl = `https://127.0.0.1:${server.port + 1}`;
    const args = ['dev', '--listen', `127.0.0.1:${server.port}`, '--data', server.data, '--no-seed'];
    if (process.env.STEPWELL_TEST_ENGINE === 'postgres') args.push('--database', server.createDatabase());
    server.mail = new Sink();
    const smtp = {
      STEPWELL_SMTP_HOST: '127.0.0.1',
      STEPWELL_SMTP_PORT: String(await server.mail.listen()),
      STEPWELL_SMTP_TLS: 'none',
      STEPWELL_EMAIL_FROM: 'no-reply@stepwell.example',
    };
    server.log = join(server.folder, 'log');
    const log = openSync(server.log, 'a');
    const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|STEPWELL)_/.test(name));
    server.process = spawn(binary(), args, {
      cwd: server.folder,
      env: { ...Object.fromEntries(kept), HOME: server.folder, STEPWELL_LOG: 'debug', ...smtp, ...env },
      stdio: ['ignore', log, log],
    });
    server.ended = new Promise((resolve) => server.process.once('exit', resolve));
    await server.ready();
    return server;
  }

  createDatabase() {
    this.cluster = process.env.STEPWELL_TEST_POSTGRES;
    this.database = 't' + randomBytes(16).toString('hex');
    this.psql(`create database "${this.database}"`);
    return this.cluster.replace(/\/[^/]*$/, `/${this.database}`);
  }

  psql(statement) {
    const program = join(process.env.STEPWELL_TEST_POSTGRES_BIN ?? '', 'psql');
    execFileSync(program, ['-q', '-X', '-d', this.cluster, '-c', statement]);
  }

  async ready() {
    for (let tries = 0; tries < 1000; tries += 1) {
      if (this.process.exitCode !== null) break;
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.status === 200) return;
      await sleep(20);
    }
    const log = readFileSync(this.log, 'utf8');
    this.process.kill('SIGKILL');
    throw new Error(`the server did not start:\n${log}`);
  }

  /** Ends the server; its log must hold nothing that no log may hold. */
  async stop() {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    const code = await this.ended;
    clearTimeout(late);
    await this.mail.close();
    const bad = readFileSync(this.log, 'utf8').split('\n').filter((line) => /undeclared error|panic/i.test(line));
    if (this.database) this.psql(`drop database if exists "${this.database}" with (force)`);
    rmSync(this.folder, { recursive: true, force: true });
    assert.deepEqual(bad, []);
    assert.equal(code, 0, 'the exit code');
  }

  /** Calls an operation as an administrator; in dev any credentials will do. */
  async admin(operation, input) {
    const day = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        'x-amz-date': day,
        authorization: `AWS4-HMAC-SHA256 Credential=test/${day.slice(0, 8)}/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
      },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${operation}: ${text}`);
    return text ? JSON.parse(text) : {};
  }

  /** A pool that mails codes, with an app client without a secret: `{ poolId, clientId }`. */
  async pool(settings = {}, client = {}) {
    const { UserPool } = await this.admin('CreateUserPool', {
      PoolName: unique('pool-'),
      AutoVerifiedAttributes: ['email'],
      ...settings,
    });
    const { UserPoolClient } = await this.admin('CreateUserPoolClient', {
      UserPoolId: UserPool.Id,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      ...client,
    });
    return { poolId: UserPool.Id, clientId: UserPoolClient.ClientId };
  }

  /** A confirmed user; no message is sent. */
  async user(poolId, attributes = {}, username = unique('user')) {
    const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
    await this.admin('AdminCreateUser', { UserPoolId: poolId, Username: username, MessageAction: 'SUPPRESS', UserAttributes });
    await this.admin('AdminSetUserPassword', { UserPoolId: poolId, Username: username, Password: PASSWORD, Permanent: true });
    return username;
  }

  /** The code in the newest message to an address, once there are `count`: from the mail, or for numbers from the mailbox. */
  async code(to, count = 1) {
    for (let tries = 0; tries < 500; tries += 1) {
      const codes = to.includes('@') ? this.mail.codes(to) : await this.textedCodes(to);
      if (codes.length >= count) return codes.at(-1);
      await sleep(30);
    }
    throw new Error(`no message ${count} to ${to}`);
  }

  async textedCodes(to) {
    const messages = await (await fetch(`${this.url}/dev/mailbox/messages`)).json();
    const found = messages.filter((message) => message.to === to);
    found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : 1));
    return found.map((message) => message.code);
  }
}

export function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
}
