import { all, ancestors, type Command, type Node, type PowerShellScript, parsePowerShell, place } from './powershell';

/** What config.cmd takes, and whether a value stands behind it. Its flags are read in any case. */
const flags: Record<string, boolean> = {
  unattended: false,
  url: true,
  auth: true,
  pool: true,
  agent: true,
  work: true,
  replace: false,
  runasservice: false,
  windowslogonaccount: true,
};
const token = 'VSTS_AGENT_INPUT_TOKEN';

/**
 * What is wrong with a script that registers or removes an agent on Windows: how it treats errors, the token, the
 * package and config.cmd.
 */
export async function windowsRegistrationProblems(text: string): Promise<string[]> {
  const script = await parsePowerShell(text);
  return [
    ...stopsAtTheFirstError(script),
    ...checksExitCodes(script),
    ...callsConfigRight(script),
    ...keepsTheToken(script),
    ...checksThePackage(script),
    ...cleansUp(script),
  ];
}

function programs({ commands }: PowerShellScript): Command[] {
  return commands.filter(({ operator }) => operator !== '');
}

function stopsAtTheFirstError({ root }: PowerShellScript): string[] {
  const [first] = all(root, 'statement_list')[0]?.namedChildren ?? [];
  return first?.text === "$ErrorActionPreference = 'Stop'"
    ? []
    : ["the first line is not $ErrorActionPreference = 'Stop'"];
}

/** PowerShell goes on after a program that failed, whatever its preferences say. */
function checksExitCodes(script: PowerShellScript): string[] {
  return programs(script).flatMap(({ node }) => {
    const next = statementOf(node)?.nextNamedSibling;
    const checked = next?.type === 'if_statement' && /^if \(\$LASTEXITCODE -ne 0\) \{ throw .* \}$/.test(next.text);
    return checked ? [] : [`${place(node)}: the exit code of ${node.text.slice(0, 50)} is not checked`];
  });
}

function callsConfigRight(script: PowerShellScript): string[] {
  const calls = programs(script).map((command) => ({ command, words: command.words.map(({ text }) => text) }));
  const unknown = calls.filter(({ command }) => command.name !== "(Join-Path $env:AGENT_FOLDER 'config.cmd')");
  const problems = calls.flatMap(({ command, words }) =>
    configProblems(words).map((text) => `${place(command.node)}: ${text}`),
  );
  const registers = calls.some(({ words }) => words[0] !== 'remove');
  return [
    ...unknown.map(({ command }) => `${place(command.node)}: ${command.name} is not config.cmd of the agent`),
    ...problems,
    ...(registers ? [] : ['config.cmd registers nothing']),
  ];
}

/** Whether the real config.cmd takes these words, and what it needs without a person to ask. */
function configProblems(words: readonly string[]): string[] {
  const removes = words[0] === 'remove';
  const rest = removes ? words.slice(1) : [...words];
  const given = new Map<string, string>();
  const problems: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = word.replace(/^--/, '').toLowerCase();
    const takesValue = word.startsWith('--') ? flags[name] : undefined;
    if (takesValue === undefined) problems.push(`config.cmd does not take ${word}`);
    else given.set(name, takesValue ? (rest.shift() ?? '') : '');
  }
  for (const [name, value] of given) {
    if (!flags[name]) continue;
    if (!/^("[^"]*"|'[^']*'|\w+)$/.test(value)) problems.push(`the value of --${name} is not quoted: ${value}`);
  }
  const needed = removes ? ['unattended', 'auth'] : ['unattended', 'url', 'auth', 'pool', 'agent', 'work', 'replace'];
  const missing = needed.filter((name) => !given.has(name)).map((name) => `config.cmd needs --${name}`);
  if (given.has('auth') && given.get('auth')?.toLowerCase() !== 'pat') missing.push('config.cmd needs --auth pat');
  return [...problems, ...missing];
}

function keepsTheToken({ root, commands }: PowerShellScript): string[] {
  const tainted = all(root, 'variable').filter(({ text }) => text.toUpperCase() === `$ENV:${token}`);
  const encoded = tainted.flatMap((node) => ancestors(node).find(({ type }) => type === 'assignment_expression') ?? []);
  const names = [`$env:${token}`, ...encoded.map((node) => all(node, 'variable')[0]?.text ?? '')];
  const holds = (node: Node) =>
    all(node, 'variable').some(({ text }) => names.some((name) => name.toLowerCase() === text.toLowerCase()));
  const handedOn = commands
    .filter(({ words }) => words.some(({ node }) => holds(node)))
    .filter(({ name, words }) => !(name === 'Invoke-RestMethod' && onlyInHeaders(words, holds)));
  const environment = all(root, 'left_assignment_expression').filter(({ text }) => /^\$env:/i.test(text));
  return [
    ...handedOn.map(({ node, name }) => `${place(node)}: ${name} is given the token`),
    ...environment.map(
      (node) => `${place(node)}: ${node.text} is set, and what config.cmd finds there becomes a capability`,
    ),
    ...commands
      .filter(({ name }) =>
        /^(Set-Content|Out-File|Add-Content|Write-(Host|Output|Verbose)|Set-Item|Set-Variable|Start-Transcript)$/i.test(
          name,
        ),
      )
      .map(({ node, name }) => `${place(node)}: ${name} could keep or show the token`),
  ];
}

function onlyInHeaders(words: Command['words'], holds: (node: Node) => boolean): boolean {
  return words.every(({ node }, index) => !holds(node) || words[index - 1]?.text === '-Headers');
}

function checksThePackage({ root, commands }: PowerShellScript): string[] {
  const unpacking = commands.filter(({ name }) => name === 'Expand-Archive');
  if (unpacking.length === 0) return ['no package is unpacked'];
  return unpacking.flatMap(({ node, words }) => {
    const archive = argumentOf(words, '-Path');
    const check = all(root, 'if_statement').find((statement) => {
      const [condition] = statement.namedChildren;
      const compared = `(Get-FileHash -Algorithm SHA256 -Path ${archive}).Hash -ne $package.hashValue`;
      return (
        condition?.text === compared &&
        all(statement, 'flow_control_statement').some(({ text }) => text.startsWith('throw'))
      );
    });
    const before = check !== undefined && check.endIndex < node.startIndex;
    return before ? [] : [`${place(node)}: ${archive} is unpacked before its hash was compared`];
  });
}

function cleansUp({ root, commands }: PowerShellScript): string[] {
  const [finallyBlock] = all(root, 'finally_clause');
  const removal = commands.find(
    ({ node, name }) => name === 'Remove-Item' && ancestors(node).some(({ id }) => id === finallyBlock?.id),
  );
  const folder = removal ? argumentOf(removal.words, '-Path') : undefined;
  const forced = ['-Recurse', '-Force'].every((word) => removal?.words.some(({ text }) => text === word));
  if (!folder || !forced) return ['no finally block removes what was downloaded'];
  const downloads = commands.filter(({ name }) => name === 'Invoke-WebRequest');
  const elsewhere = downloads.filter(({ words }) => !madeIn(root, argumentOf(words, '-OutFile') ?? '', folder));
  return elsewhere.map(({ node }) => `${place(node)}: what is downloaded does not go to ${folder}`);
}

/** Whether a variable was set to a file in this folder. */
function madeIn(root: Node, variable: string, folder: string): boolean {
  return all(root, 'assignment_expression').some(({ text }) => text.startsWith(`${variable} = Join-Path ${folder} `));
}

function argumentOf(words: Command['words'], parameter: string): string | undefined {
  const index = words.findIndex(({ text }) => text === parameter);
  return index < 0 ? undefined : words[index + 1]?.text;
}

/** The statement that a command is all of. */
function statementOf(node: Node): Node | undefined {
  return [node, ...ancestors(node)].find(({ parent }) => parent?.type === 'statement_list');
}
