// A headless Chromium, and pages of other origins for it to visit.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The packages are installed in tests/js.
const require = createRequire(new URL('../js/package.json', import.meta.url));
const puppeteer = require('puppeteer-core');

// Names that resolve to this machine, as an attacker's name does after DNS rebinding.
export const EVIL = 'evil.test';
export const REBIND = 'rebind.test';

export async function launch() {
  const userDataDir = mkdtempSync(join(tmpdir(), 'stepwell-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: process.env.STEPWELL_TEST_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    userDataDir,
    acceptInsecureCerts: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
      `--host-resolver-rules=MAP ${EVIL} 127.0.0.1,MAP ${REBIND} 127.0.0.1`,
    ],
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(userDataDir, { recursive: true, force: true });
    },
  };
}

/** A site of the attacker's (or of an honest app): an empty page, and amazon-cognito-identity-js to load. */
export async function site() {
  const library = readFileSync(require.resolve('amazon-cognito-identity-js/dist/amazon-cognito-identity.min.js'));
  const server = createServer((request, response) => {
    if (request.url === '/library.js') {
      response.setHeader('content-type', 'text/javascript');
      response.end(library);
    } else {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>a page of another origin</title>');
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return { port, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}
