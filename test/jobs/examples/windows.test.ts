import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleJob, examplesFolder } from '../../support/example';
import { powershellProblems } from '../../support/powershell-rules';
import { windowsRegistrationProblems } from '../../support/windows-registration';

const root = join(__dirname, '..', '..', '..');
const examples = readdirSync(examplesFolder).filter((name) => name.endsWith('.yml'));
const scripts = examples.flatMap((file) =>
  exampleJob(file).steps.flatMap(({ powershell }) => (powershell === undefined ? [] : [{ file, powershell }])),
);
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

const [registering = { file: '', powershell: '' }] = scripts;

describe('PowerShell', () => {
  it('stands in these files', () => {
    assert.deepEqual(
      [...scripts, ...documented].map(({ file }) => file),
      ['register-windows.yml', 'docs/setup.md'],
    );
  });

  for (const { file, powershell } of [...scripts, ...documented]) {
    it(`in ${file} can be parsed and keeps the rules of PSScriptAnalyzer`, async () => {
      assert.deepEqual(await powershellProblems(powershell), []);
    });
  }

  for (const { file, powershell } of scripts) {
    it(`in ${file} registers as config.cmd wants it, stops at the first error, and keeps the token`, async () => {
      assert.deepEqual(await windowsRegistrationProblems(powershell), []);
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
        what: 'with values whose names nobody knows',
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

  describe('that registers is refused', () => {
    const { powershell: good } = registering;
    const check = 'if ((Get-FileHash -Algorithm SHA256 -Path $archive).Hash -ne $package.hashValue) {';
    const config = "& (Join-Path $env:AGENT_FOLDER 'config.cmd') --unattended";
    const cases: { what: string; replace: [string, string]; problem: RegExp }[] = [
      { what: 'where it goes on after an error', replace: ["'Stop'", "'Continue'"], problem: /ErrorActionPreference/ },
      {
        what: 'where it does so in the beginning',
        replace: ["$ErrorActionPreference = 'Stop'\n", "Get-Date\n$ErrorActionPreference = 'Stop'\n"],
        problem: /ErrorActionPreference/,
      },
      {
        what: 'where an exit code is not looked at',
        replace: ['if ($LASTEXITCODE -ne 0) {', 'if ($true) {'],
        problem: /exit code/,
      },
      {
        what: 'where a failure does not end it',
        replace: ['{ throw "config.cmd ended', '{ Write-Error "config.cmd ended'],
        problem: /exit code/,
      },
      {
        what: 'where another program is called',
        replace: [config, config.replace('config', 'setup')],
        problem: /is not config\.cmd/,
      },
      {
        what: 'where config would ask a person',
        replace: ['--unattended --url', '--url'],
        problem: /needs --unattended/,
      },
      { what: 'where it cannot be run twice', replace: [' --replace', ''], problem: /needs --replace/ },
      {
        what: 'where remove does not come first',
        replace: ['remove --unattended', '--unattended remove'],
        problem: /does not take remove/,
      },
      {
        what: 'where a flag is misspelt',
        replace: ['--runAsService', '--asService'],
        problem: /does not take --asService/,
      },
      {
        what: 'where another way to sign in is used',
        replace: ['--auth pat', '--auth negotiate'],
        problem: /--auth pat/,
      },
      {
        what: 'where a value is not quoted',
        replace: ['"$env:AGENT_POOL"', '$env:AGENT_POOL'],
        problem: /--pool is not quoted/,
      },
      {
        what: 'where the token is an argument',
        replace: ['--auth pat `', '--auth pat --token "$env:VSTS_AGENT_INPUT_TOKEN" `'],
        problem: /is given the token/,
      },
      {
        what: 'where its other form is an argument',
        replace: ['-Algorithm SHA256', '-Algorithm $basic'],
        problem: /Get-FileHash is given the token/,
      },
      {
        what: 'where the token is part of an address',
        replace: ['-Uri $address', '-Uri "$address&t=$env:VSTS_AGENT_INPUT_TOKEN"'],
        problem: /is given the token/,
      },
      {
        what: 'where the token goes to another variable of the environment',
        replace: ['$package =', '$env:AZP_TOKEN = $env:VSTS_AGENT_INPUT_TOKEN\n  $package ='],
        problem: /AZP_TOKEN is set/,
      },
      {
        what: 'where the token is shown',
        replace: ['$package =', 'Write-Host $basic\n  $package ='],
        problem: /Write-Host/,
      },
      {
        what: 'where no hash is compared',
        replace: [check, 'if ($package.version -eq 0) {'],
        problem: /before its hash/,
      },
      {
        what: 'where the hash of another file is compared',
        replace: ['-Path $archive).Hash', '-Path $downloads).Hash'],
        problem: /before its hash/,
      },
      {
        what: 'where a wrong hash does not end it',
        replace: ["throw 'The package", "Write-Error 'The package"],
        problem: /before its hash/,
      },
      {
        what: 'where it is unpacked too early',
        replace: [check, `Expand-Archive -Path $archive -DestinationPath a -Force\n  ${check}`],
        problem: /before its hash/,
      },
      {
        what: 'where downloads stay',
        replace: ['Remove-Item -Path $downloads -Recurse -Force', 'Get-Date'],
        problem: /no finally block/,
      },
      {
        what: 'where other things are removed',
        replace: ['-Path $downloads -Recurse', '-Path $env:AGENT_TEMPDIRECTORY -Recurse'],
        problem: /does not go to/,
      },
      {
        what: 'where it registers nothing',
        replace: [config, `${config.replace('--unattended', 'remove')} --unattended`],
        problem: /registers nothing/,
      },
    ];
    for (const { what, replace, problem } of cases) {
      it(what, async () => {
        const bad = good.replace(replace[0], () => replace[1]);
        assert.notEqual(bad, good);
        const problems = await windowsRegistrationProblems(bad);
        assert.ok(
          problems.some((found) => problem.test(found)),
          problems.join('\n') || 'nothing was found',
        );
      });
    }
  });
});
