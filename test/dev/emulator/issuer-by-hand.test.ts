import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConnectionsFile } from '../../../dev/commands/surroundings/emulator-connections';
import { offerIssuer } from '../../../dev/commands/surroundings/issuer-by-hand';
import { startEmulator } from '../../../dev/emulator';
import { followSignIn } from '../../../dev/person';

const root = join(__dirname, '..', '..', '..');

describe('the issuer command in the organization of npm run emulator', () => {
  it('works as it is printed there, and the file of connections holds what comes of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'by-hand-'));
    const emulator = await startEmulator();
    const file = writeConnectionsFile(emulator, join(folder, 'connections.json'));
    const offered = await offerIssuer(emulator, file);
    try {
      const [, path = ''] = /export PATH=(.*):\$PATH/.exec(offered.lines.join('\n')) ?? [];
      const [, command = ''] = /npm run issuer -- (.*)/.exec(offered.lines.join('\n')) ?? [];
      const [, password = ''] = /password .*: (\S+)$/m.exec(offered.lines.join('\n')) ?? [];
      const [, upn = ''] = /--user (\S+)/.exec(command) ?? [];
      // The port of the listener that is the usual one may be taken on this machine.
      const words = ['--require', 'tsx/cjs', 'setup/main.ts', ...command.split(' '), '--yes', '--port', '18765'];
      const child = spawn(process.execPath, words, {
        cwd: root,
        env: { ...process.env, PATH: `${path}:${process.env.PATH}`, BROWSER: 'true' },
      });
      let output = '';
      let followed: Promise<unknown> | undefined;
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          const address = /^ +(http:\S+\/authorize\?\S+)$/m.exec(output)?.[1];
          if (address !== undefined) followed ??= followSignIn(address, { upn, password });
        });
      }
      const code = await new Promise((resolve) => child.once('close', resolve));
      await followed;
      assert.equal(code, 0, output);
      assert.ok(!output.includes(password));
      writeConnectionsFile(emulator, file);
      const { connections } = JSON.parse(readFileSync(file, 'utf8'));
      const issuers = connections.filter(({ name }: { name: string }) => name === 'agent-pool-issuer');
      assert.deepEqual(
        issuers.map(({ authorization }: { authorization: { scheme: string } }) => authorization.scheme),
        ['WorkloadIdentityFederation'],
      );
    } finally {
      offered.close();
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(60_000);
});
