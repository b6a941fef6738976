import { setFlagsFromString } from 'node:v8';
import { strangerFile, strangerPackage } from './strangers';

/** A node of a syntax tree: what these tests use of tree-sitter's. */
export interface Node {
  id: number;
  type: string;
  text: string;
  isError: boolean;
  isMissing: boolean;
  hasError: boolean;
  startIndex: number;
  endIndex: number;
  startPosition: { row: number };
  parent: Node | null;
  nextNamedSibling: Node | null;
  children: (Node | null)[];
  namedChildren: (Node | null)[];
  descendantsOfType(types: string[]): (Node | null)[];
}

interface Parser {
  setLanguage(language: unknown): Parser;
  parse(text: string): { rootNode: Node } | null;
}

interface TreeSitter {
  Parser: { new (): Parser; init(): Promise<void> };
  Language: { load(file: string): Promise<unknown> };
}

const treeSitter = '@vscode/tree-sitter-wasm';
let loaded: Promise<Parser> | undefined;

async function load(): Promise<Parser> {
  // The optimizing compiler of WebAssembly would work on this grammar for 20 s of processor, to parse for one second.
  setFlagsFromString('--liftoff-only');
  const { Parser, Language } = strangerPackage<TreeSitter>(treeSitter);
  await Parser.init();
  const parser = new Parser();
  return parser.setLanguage(await Language.load(strangerFile(treeSitter, 'wasm/tree-sitter-powershell.wasm')));
}

/** A command as it stands in a script. */
export interface Command {
  node: Node;
  /** The cmdlet or function, or what stands behind `&` or `.`; as written. */
  name: string;
  operator: '' | '&' | '.';
  words: Word[];
}

/** One word behind the name of a command. */
export interface Word {
  node: Node;
  text: string;
  kind: 'parameter' | 'value';
}

/** A PowerShell script as a tree. There is no PowerShell for these tests to run, so they read scripts instead. */
export interface PowerShellScript {
  root: Node;
  /** In the order in which they stand. */
  commands: Command[];
  /** Places that the grammar does not understand. */
  syntaxErrors: string[];
}

export async function parsePowerShell(text: string): Promise<PowerShellScript> {
  loaded ??= load();
  const root = (await loaded).parse(text)?.rootNode;
  if (!root) throw new Error('The parser gave no tree.');
  return {
    root,
    commands: all(root, 'command').map(readCommand),
    syntaxErrors: broken(root).map(
      (node) => `${place(node)}: syntax error at ${JSON.stringify(node.text.slice(0, 40))}`,
    ),
  };
}

/** Everything of these kinds in a node, itself included. */
export function all(node: Node, ...kinds: string[]): Node[] {
  return node.descendantsOfType(kinds).filter((found) => found !== null);
}

/** What a node is part of, from its parent up. */
export function ancestors(node: Node): Node[] {
  return node.parent ? [node.parent, ...ancestors(node.parent)] : [];
}

export function place(node: Node): string {
  return `line ${node.startPosition.row + 1}`;
}

function broken(node: Node): Node[] {
  if (node.isError || node.isMissing) return [node];
  return node.hasError ? node.children.flatMap((child) => (child ? broken(child) : [])) : [];
}

function readCommand(node: Node): Command {
  const children = node.namedChildren.filter((child) => child !== null);
  const operator = children.find(({ type }) => type === 'command_invokation_operator')?.text ?? '';
  const named = children.find(({ type }) => type === 'command_name' || type === 'command_name_expr');
  // A loop over a pipeline, ForEach-Object or its alias, is a kind of its own: its name has no node.
  const name = named?.text ?? node.text.split(/[\s{]/)[0] ?? '';
  const elements = children.find(({ type }) => type === 'command_elements')?.namedChildren ?? [];
  const words = elements
    .filter((element) => element !== null)
    .filter(({ type }) => type !== 'command_argument_sep' && type !== 'redirection')
    .map((element): Word => {
      const kind = element.type === 'command_parameter' ? 'parameter' : 'value';
      return { node: element, text: element.text, kind };
    });
  return { node, name, operator: operator === '&' || operator === '.' ? operator : '', words };
}
