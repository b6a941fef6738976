import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { root } from './open-preview';

const command = ['--require', 'tsx/cjs', join(root, 'dev', 'commands', 'preview.ts')];

async function run(...args: string[]): Promise<{ status: unknown; stderr: string }> {
  const program = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  program.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const [status] = await once(program, 'close');
  return { status, stderr };
}

/** What a program has printed once it says how it is stopped. */
async function introduction(program: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of program.stdout ?? []) {
    text += String(chunk);
    if (text.includes('Ctrl+C')) break;
  }
  return text;
}

describe('npm run preview', () => {
  it('says where the forms are and what they are not, serves them on loopback, and ends on a signal', async () => {
    const program = spawn(process.execPath, [...command, '--port', '0'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const text = await introduction(program);
    const [, url = ''] = /(http:\/\/127\.0\.0\.1:\d+)\n/.exec(text) ?? [];
    assert.match(text, /a local preview, not the product/);
    const page = await fetch(`${url}/AgentPoolToken`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'self';/);
    program.kill('SIGTERM');
    const [status] = await once(program, 'exit');
    assert.equal(status, 0);
  }).timeout(300_000);

  it('refuses options that it does not know', async () => {
    const wrong = [
      ['--port', 'x'],
      ['--host', '0.0.0.0'],
    ];
    for (const { status, stderr } of await Promise.all(wrong.map((args) => run(...args)))) {
      assert.equal(status, 2);
      assert.match(stderr, /Usage: npm run preview/);
    }
  }).timeout(300_000);

  it('says what to do if the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { status, stderr } = await run('--port', String((other.address() as AddressInfo).port));
    other.close();
    assert.equal(status, 1);
    assert.match(stderr, /EADDRINUSE[\s\S]*Choose another port with --port\./);
  }).timeout(300_000);
});
