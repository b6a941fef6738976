import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { powershellProblems } from '../../support/powershell-rules';

const root = join(__dirname, '..', '..', '..');
const scriptsFolder = join(root, 'examples', 'scripts');
const scripts = readdirSync(scriptsFolder)
  .filter((file) => file.endsWith('.ps1'))
  .map((file) => ({ file, powershell: readFileSync(join(scriptsFolder, file), 'utf8') }));
const documented = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs')).map((name) => join('docs', name)),
].flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```(?:powershell|pwsh|ps1)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    powershell: String(match[1]),
  }));
});

describe('PowerShell', () => {
  it('stands in these files', () => {
    assert.deepEqual(
      [...scripts, ...documented].map(({ file }) => file),
      ['agent.ps1', 'docs/setup.md'],
    );
  });

  for (const { file, powershell } of [...scripts, ...documented]) {
    it(`in ${file} can be parsed and keeps the rules of PSScriptAnalyzer`, async () => {
      assert.deepEqual(await powershellProblems(powershell), []);
    });
  }

  describe('is refused', () => {
    const cases: { what: string; script: string; problem: RegExp }[] = [
      {
        what: 'with a bracket that is left open',
        script: 'if ($a -eq 1) { Get-Item -Path $a',
        problem: /syntax error/,
      },
      { what: 'with a quotation mark that is left open', script: 'Get-Item -Path "a', problem: /syntax error/ },
      { what: 'with an alias', script: 'rm -Force $env:A', problem: /AvoidUsingCmdletAliases: rm/ },
      {
        what: 'with a program that no operator calls',
        script: 'config.cmd remove',
        problem: /CmdletAliases: config\.cmd/,
      },
      {
        what: 'with text that is run',
        script: 'Invoke-Expression -Command "x"',
        problem: /AvoidUsingInvokeExpression/,
      },
      {
        what: 'with a password in plain text',
        script: "ConvertTo-SecureString -String 'x' -AsPlainText -Force",
        problem: /SecureStringWithPlainText/,
      },
      {
        what: 'with a parameter that takes a password as text',
        script: 'function New-Thing([string] $Password) { Write-Host $Password }',
        problem: /PlainTextForPassword/,
      },
      {
        what: 'with values that stand without their names',
        script: "Get-Thing 'a' 'b' 'c'",
        problem: /PositionalParameters/,
      },
      {
        what: 'with an error that is swallowed',
        script: 'try { Get-Item -Path a } catch { }',
        problem: /EmptyCatchBlock/,
      },
      { what: 'with a global variable', script: '$global:a = 1', problem: /AvoidGlobalVars/ },
      {
        what: "with a variable that is PowerShell's own",
        script: '$input = 1; Get-Item -Path $input',
        problem: /AutomaticVariable/,
      },
      {
        what: 'with $null on the wrong side',
        script: 'if ($env:A -eq $null) { Get-Date }',
        problem: /ComparisonWithNull/,
      },
      { what: 'with a variable for nothing', script: '$a = 1', problem: /MoreThanAssignments: \$a/ },
      { what: 'with a backtick before a space', script: 'Get-Item ` \n  -Path a', problem: /MisleadingBacktick/ },
    ];
    for (const { what, script, problem } of cases) {
      it(what, async () => {
        const problems = await powershellProblems(script);
        assert.ok(
          problems.some((found) => problem.test(found)),
          problems.join('\n') || 'nothing was found',
        );
      });
    }
  });
});
