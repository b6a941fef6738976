import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bothScopes, call } from './calls';

const root = join(__dirname, '../../..');

interface Run {
  child: ChildProcess;
  output: { text: string };
  exited: Promise<unknown[]>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', 'dev/commands/emulator.ts', ...args], { cwd: root });
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.text += chunk;
    });
  }
  return { child, output, exited: once(child, 'close') };
}

async function printed({ child, output, exited }: Run, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const found = pattern.exec(output.text);
    if (found) return found;
    assert.equal(child.exitCode, null, output.text);
    await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), exited]);
  }
}

describe('npm run emulator', () => {
  it('shows settings that work, prints requests without secrets, and stops cleanly', async () => {
    const emulator = run('--port', '0', '--organization', 'contoso');
    try {
      await printed(emulator, /Requests:/);
      const introduction = emulator.output.text;
      const setting = (name: string) => new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(introduction)?.[1] ?? '';
      assert.match(setting('URL'), /^http:\/\/127\.0\.0\.1:\d+\/contoso$/);
      const { status, json } = await call(`${setting('authorityUrl')}/${setting('tenantId')}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: setting('clientId'),
          client_secret: setting('clientSecret'),
          refresh_token: setting('refreshToken'),
          scope: bothScopes,
        }),
      });
      assert.equal(status, 200);
      const created = await call(`${setting('URL')}/_apis/tokens/pats?api-version=7.1-preview.1`, {
        method: 'POST',
        headers: { authorization: `Bearer ${json.access_token}` },
        body: JSON.stringify({ displayName: 'by hand', scope: 'vso.agentpools' }),
      });
      assert.equal(created.json.patTokenError, 'none');
      await printed(emulator, /^200 pats\.create +POST \/contoso\/_apis\/tokens\/pats$/m);
      const connection = new URLSearchParams({ 'api-version': '7.1', serviceConnectionId: setting('id') });
      const [project, plan, job] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
      const oidc = `${setting('URL')}/${project}/_apis/distributedtask/hubs/build/plans/${plan}/jobs/${job}/oidctoken`;
      const identity = await call(`${oidc}?${connection}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${setting('jobAccessToken')}` },
      });
      assert.equal(identity.status, 200);
      const log = emulator.output.text.slice(introduction.length);
      for (const secret of [json.access_token, created.json.patToken.token, setting('refreshToken')]) {
        assert.ok(!log.includes(secret));
      }
    } finally {
      emulator.child.kill('SIGINT');
    }
    assert.deepEqual(await emulator.exited, [0, null]);
  });
});
