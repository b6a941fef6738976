import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { exampleJob, examplesFolder, exampleText, remoteScripts, type Step } from '../../support/example';
import { parsePowerShell } from '../../support/powershell';
import { shellcheck } from '../../support/shellcheck';

const files = readdirSync(examplesFolder).filter((name) => name.endsWith('.yml'));
/** What the README shows without the frame of a pipeline. */
const excerpt = 'register-one.yml';
const expected = [
  'container-agent.yml',
  'deployment-group.yml',
  'environment-vm.yml',
  'federated.yml',
  'one-job-agent.yml',
  'register-fleet.yml',
  'register-linux.yml',
  'register-macos.yml',
  excerpt,
  'register-windows.yml',
  'remove-agent.yml',
  'remove-lost-agents.yml',
  'revoke-early.yml',
  'sweep-nightly.yml',
];

const ours = ['AgentPoolToken', 'WaitForAgents', 'RevokeAgentPoolTokens'];

function stepsOf(file: string): Step[] {
  return exampleJob(file).steps;
}

interface Script {
  text: string;
  /** Variables that another machine has read before it begins. */
  given: string[];
}

function scriptsOf(file: string): Script[] {
  return stepsOf(file).flatMap(({ script }) => {
    if (script === undefined) return [];
    const given = [...script.matchAll(/IFS= read -r (\w+)/g)].map((match) => String(match[1]));
    return [{ text: script, given: [] }, ...remoteScripts(script).map((text) => ({ text, given }))];
  });
}

describe('examples', () => {
  it('are these', () => {
    assert.deepEqual(files.sort(), expected.sort());
  });

  for (const file of files) {
    describe(file, () => {
      it('is YAML without an error or a warning', () => {
        const { errors, warnings } = parseDocument(exampleText(file), { uniqueKeys: true });
        assert.deepEqual([...errors, ...warnings], []);
      });

      it('gives its reason in two lines at the top, and starts when it is told to', () => {
        if (file === excerpt) return;
        assert.match(exampleText(file), /^# .{40,}\n# .{40,}\ntrigger: none\npr: none\n/);
      });

      it('is no wider than 125 columns', () => {
        if (file === excerpt) return;
        assert.deepEqual(
          exampleText(file)
            .split('\n')
            .filter((line) => line.length > 125),
          [],
        );
      });

      it('uses one of our tasks', () => {
        assert.ok(stepsOf(file).some(({ task }) => ours.includes(task?.split('@')[0] ?? '')));
      });

      it('passes the token in one variable, which the agent takes out of its environment', () => {
        const minted = stepsOf(file)
          .filter(({ task }) => task?.startsWith('AgentPoolToken@'))
          .map(({ inputs }) => String(inputs?.variable ?? 'AGENT_POOL_TOKEN'));
        for (const variable of new Set(minted)) {
          const uses = exampleText(file)
            .split('\n')
            .filter((line) => line.includes(`$(${variable})`));
          assert.ok(uses.length > 0, `${variable} is used`);
          for (const use of uses) assert.match(use, /^ +VSTS_AGENT_INPUT_TOKEN: \$\(\w+\)$/);
        }
        assert.doesNotMatch(exampleText(file), /--token|AZP_TOKEN|System\.AccessToken/i);
      });

      for (const [index, { text: script, given }] of scriptsOf(file).entries()) {
        it(`has scripts that shellcheck finds nothing in: ${index + 1}`, () => {
          assert.equal(shellcheck(script, given), '');
          if (script.includes('\n')) assert.match(script, /^set -eu\n/);
        }).timeout(300_000);

        it(`unpacks nothing that was not checked, and removes its downloads: ${index + 1}`, () => {
          const own = remoteScripts(script).reduce((rest, remote) => rest.replace(remote, ''), script);
          if (!own.includes('tar -xzf')) return;
          const order = [
            'trap ',
            'packages/agent',
            'field downloadUrl',
            '--check',
            'tar -xzf',
            './config.sh --unattended',
          ];
          const places = order.map((text) => own.indexOf(text));
          assert.ok(
            places.every((place) => place >= 0),
            String(places),
          );
          assert.deepEqual(
            places,
            [...places].sort((a, b) => a - b),
          );
          assert.match(own, /--agent "[^"]+" --work _work --replace/);
        });
      }
    });
  }
});

describe('register-windows.yml', () => {
  it('calls only what Windows PowerShell 5.1 and PowerShell 7 have', async () => {
    const [script = ''] = stepsOf('register-windows.yml').flatMap(({ powershell }) => powershell ?? []);
    const { commands } = await parsePowerShell(script);
    const called = commands.filter(({ operator }) => operator === '').map(({ name }) => name);
    assert.deepEqual([...new Set(called)].sort(), [
      'Expand-Archive',
      'Get-FileHash',
      'Invoke-RestMethod',
      'Invoke-WebRequest',
      'Join-Path',
      'New-Item',
      'Out-Null',
      'Remove-Item',
      'Set-StrictMode',
      'Test-Path',
    ]);
  });
});
