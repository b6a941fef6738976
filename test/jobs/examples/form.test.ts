import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { exampleJob, examplesFolder, exampleText, exampleVariants, type Step } from '../../support/example';
import { parsePowerShell } from '../../support/powershell';
import { shellcheck } from '../../support/shellcheck';

const files = readdirSync(examplesFolder).filter((name) => name.endsWith('.yml'));
const scriptsFolder = join(examplesFolder, 'scripts');
const scripts = readdirSync(scriptsFolder).filter((name) => name.endsWith('.sh'));
const scriptText = (name: string) => readFileSync(join(scriptsFolder, name), 'utf8');
/** What the README shows. */
const first = 'register-one.yml';
const ours = ['AgentPoolToken', 'WaitForAgents', 'RevokeAgentPoolTokens'];

function stepsOf(file: string): Step[] {
  return exampleVariants(file).flatMap((parameters) => exampleJob(file, parameters).steps);
}

describe('examples', () => {
  it('stand in the list of docs/registration.md, and no others', () => {
    const page = readFileSync(join(examplesFolder, '..', 'docs', 'registration.md'), 'utf8');
    const list = page.split('\n## The examples\n')[1]?.split('\n## ')[0] ?? '';
    const listed = [...list.matchAll(/^\| \[([^\]]+)\]\(\.\.\/examples\/\1\)/gm)].map(([, name]) => name);
    const all = [...files, ...readdirSync(scriptsFolder).map((name) => `scripts/${name}`)];
    assert.deepEqual(listed.sort(), all.sort());
  });

  for (const file of files) {
    describe(file, () => {
      it('is YAML without an error or a warning', () => {
        const { errors, warnings } = parseDocument(exampleText(file), { uniqueKeys: true });
        assert.deepEqual([...errors, ...warnings], []);
      });

      it('gives its reason in two lines at the top, and starts on no push', () => {
        assert.match(exampleText(file), /^# .{40,}\n# .{40,}\ntrigger: none\n/);
        if (file !== first) assert.match(exampleText(file), /\ntrigger: none\npr: none\n/);
      });

      it('is no wider than 125 columns', () => {
        const lines = exampleText(file).split('\n');
        assert.deepEqual(
          lines.filter((line) => line.length > 125),
          [],
        );
      });

      it('uses one of our tasks', () => {
        assert.ok(stepsOf(file).some(({ task }) => ours.includes(task?.split('@')[0] ?? '')));
      });

      it('checks out the repository where it runs a script of it, and only there', () => {
        const runs = stepsOf(file).some((step) => /examples\/scripts\//.test(JSON.stringify(step)));
        assert.equal(/checkout: self/.test(exampleText(file)), runs);
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

      it('has scripts that shellcheck finds nothing in', () => {
        for (const script of new Set(stepsOf(file).flatMap((step) => step.script ?? []))) {
          // What a pipeline fills in is text here.
          assert.equal(shellcheck(script.replace(/\$\([\w.]+\)/g, 'text')), '');
        }
      }).timeout(300_000);
    });
  }

  it('have scripts in which a job finds no variable of its own, where they are pasted into a step', () => {
    const found = ['agent.ps1', 'agent.sh'].flatMap((name) => scriptText(name).match(/\$\([\w.-]+\)/g) ?? []);
    assert.deepEqual(found, []);
  });

  for (const name of scripts) {
    describe(`scripts/${name}`, () => {
      it('is a script for any sh, in which shellcheck finds nothing, and explains itself', () => {
        assert.equal(shellcheck(scriptText(name)), '');
        assert.match(scriptText(name), /^#!\/bin\/sh\n# .{40,}\n/);
        assert.match(scriptText(name), /\nset -eu\n/);
      }).timeout(300_000);

      it('gives the token to no program as an argument', () => {
        const lines = scriptText(name).split('\n');
        const uses = lines.filter((line) => /\$\{?(token|VSTS_AGENT_INPUT_TOKEN)\b/.test(line));
        // printf is a part of the shell, and gives what it prints to a pipe.
        const allowed =
          /printf 'user = ":%s"\\n'|^ *printf '%s\\n' "\$VSTS|^token=|^case \$token|^ *case \$token|export .*VSTS_AGENT_INPUT_TOKEN="\$token"|^ *: /;
        assert.deepEqual(
          uses.filter((line) => !allowed.test(line)),
          [],
        );
      });
    });
  }
});

describe('agent.ps1', () => {
  it('calls only what Windows PowerShell 5.1 and PowerShell 7 have', async () => {
    const { commands } = await parsePowerShell(scriptText('agent.ps1'));
    const own = [...scriptText('agent.ps1').matchAll(/^function ([\w-]+)/gm)].map(([, name]) => name);
    const called = commands.filter(({ operator }) => operator === '').map(({ name }) => name);
    assert.deepEqual([...new Set(called)].filter((name) => !own.includes(name)).sort(), [
      'ConvertFrom-Json',
      'ConvertTo-Json',
      'Copy-Item',
      'Expand-Archive',
      'ForEach-Object',
      'Get-ChildItem',
      'Get-CimInstance',
      'Get-Content',
      'Get-FileHash',
      'Invoke-WebRequest',
      'Join-Path',
      'Move-Item',
      'New-Item',
      'New-Object',
      'Out-Null',
      'Remove-Item',
      'Select-Object',
      'Set-StrictMode',
      'Sort-Object',
      'Start-Service',
      'Stop-Service',
      'Test-Path',
      'Where-Object',
      'Write-Information',
      'Write-Output',
    ]);
  });

  it('is ASCII, since Windows PowerShell 5.1 reads a file without a mark in the code page of the machine', () => {
    assert.match(scriptText('agent.ps1'), /^[\n -~]*$/);
  });
});
