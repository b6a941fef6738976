import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from './open-preview';

const command = ['--require', 'tsx/cjs', join(root, 'dev', 'commands', 'preview.ts')];

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
});
