import { all, ancestors, type Command, type Node, type PowerShellScript, parsePowerShell, place } from './powershell';

/** A rule as PSScriptAnalyzer has it, named as there. */
type Rule = (script: PowerShellScript) => { node: Node; text: string }[];

/** Parameters that take no value, of the cmdlets that scripts here call: what stands behind them is positional. */
const switches = ['-UseBasicParsing', '-Force', '-Recurse', '-Raw', '-AsSecureString', '-AsPlainText', '-NoNewline'];
const ownedByPowerShell = [
  'args',
  'error',
  'host',
  'input',
  'matches',
  'pid',
  'profile',
  'pwd',
  'event',
  'sender',
  'this',
];

const rules: Record<string, Rule> = {
  // Every other name is an alias, or a program, which belongs behind the operator &.
  AvoidUsingCmdletAliases: ({ root, commands }) => {
    const own = all(root, 'function_name').map(({ text }) => text.toLowerCase());
    return commands
      .filter(({ operator, name }) => operator === '' && !own.includes(name.toLowerCase()))
      .filter(({ name }) => !/^[A-Z][A-Za-z]+-[A-Z][A-Za-z]+$/.test(name))
      .map(({ node, name }) => ({ node, text: name }));
  },
  AvoidUsingInvokeExpression: ({ commands }) => named(commands, /^(Invoke-Expression|iex)$/i),
  AvoidUsingConvertToSecureStringWithPlainText: ({ commands }) =>
    named(
      commands.filter(({ words }) => words.some(({ text }) => /^-AsPlainText/i.test(text))),
      /^ConvertTo-SecureString$/i,
    ),
  AvoidUsingPositionalParameters: ({ commands }) =>
    commands
      .filter(({ operator, words }) => operator === '' && positional(words).length > 2)
      .map(({ node, name }) => ({ node, text: name })),
  AvoidUsingPlainTextForPassword: ({ root }) =>
    all(root, 'script_parameter')
      .filter(
        ({ text }) => /\$\w*(password|passphrase|secret|token|credential)/i.test(text) && !/securestring/i.test(text),
      )
      .map((node) => ({ node, text: node.text })),
  AvoidUsingEmptyCatchBlock: ({ root }) =>
    all(root, 'catch_clause')
      .filter((node) => all(node, 'statement_list').length === 0)
      .map((node) => ({ node, text: node.text })),
  AvoidGlobalVars: ({ root }) => variables(root).filter(({ text }) => /^\$\{?global:/i.test(text)),
  AvoidAssignmentToAutomaticVariable: ({ root }) =>
    assigned(root).filter(({ text }) => ownedByPowerShell.includes(text.slice(1).toLowerCase())),
  PossibleIncorrectComparisonWithNull: ({ root }) =>
    all(root, 'comparison_operator')
      .filter(({ nextNamedSibling }) => nextNamedSibling?.text.toLowerCase() === '$null')
      .map((node) => ({ node, text: node.parent?.text ?? '' })),
  UseDeclaredVarsMoreThanAssignments: ({ root }) => {
    const uses = variables(root).map(({ text }) => text.toLowerCase());
    return assigned(root)
      .filter(({ text }) => !text.includes(':') && !/Preference$/.test(text))
      .filter(({ text }) => uses.filter((use) => use === text.toLowerCase()).length < 2);
  },
  MisleadingBacktick: ({ root }) =>
    root.text
      .split('\n')
      .flatMap((line, row) => (/`[ \t]+$/.test(line) ? [{ node: root, text: `line ${row + 1}` }] : [])),
};

/**
 * What is wrong with a PowerShell script, regardless of its purpose: its syntax, and the rules of PSScriptAnalyzer that can be
 * checked in a tree.
 */
export async function powershellProblems(text: string): Promise<string[]> {
  const script = await parsePowerShell(text);
  const found = Object.entries(rules).flatMap(([rule, find]) =>
    find(script).map(({ node, text: what }) => `${place(node)}: ${rule}: ${what}`),
  );
  return [...script.syntaxErrors, ...found];
}

function named(commands: Command[], name: RegExp) {
  return commands
    .filter((command) => name.test(command.name))
    .map((command) => ({ node: command.node, text: command.name }));
}

function positional(words: Command['words']) {
  return words.filter(({ kind }, index) => {
    const before = words[index - 1];
    const isValueOf = before?.kind === 'parameter' && !switches.includes(before.text);
    return kind === 'value' && !isValueOf;
  });
}

function variables(root: Node) {
  return all(root, 'variable').map((node) => ({ node, text: node.text }));
}

/** Variables that are given a value; not their elements and members. */
function assigned(root: Node) {
  return all(root, 'left_assignment_expression').flatMap((left) =>
    variables(left).filter(
      ({ node }) => !ancestors(node).some(({ type }) => type === 'element_access' || type === 'member_access'),
    ),
  );
}
