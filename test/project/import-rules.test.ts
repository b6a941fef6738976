import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(__dirname, '..', '..');

interface Rule {
  folders: string[];
  /** Folders, files and packages as patterns, or `packages` for all of those; `type x` for types alone. */
  may: string[];
}

interface Import {
  from: string;
  typesOnly: boolean;
}

/** The rows of the table in docs/architecture.md: what stands in backticks counts, the rest explains. */
function readRules(): Rule[] {
  const document = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
  const table = document.split('## Who may import whom')[1]?.split('\n## ')[0] ?? '';
  const named = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, folders, may] = row.split('|');
    return { folders: named(folders), may: named(may) };
  });
}

/** Every import of a file. Biome formats the code and forbids `require`, so that these forms are all there are. */
function importsOf(source: string): Import[] {
  const statement = /^(?:import|export) (?:(?<clause>[^'";]*?) from )?'(?<from>[^']+)';$/gm;
  const call = /^import \w+ = require\('(?<from>[^']+)'\);$|\b(?:require|import)\('(?<called>[^']+)'\)/gm;
  const statements = [...source.matchAll(statement)].map(({ groups }) => {
    const clause = groups?.clause ?? '';
    const names = /^\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '');
    const typesOnly = clause.startsWith('type ') || (names?.every((name) => /^\s*type /.test(name)) ?? false);
    return { from: groups?.from ?? '', typesOnly };
  });
  const calls = [...source.matchAll(call)].map(({ groups }) => groups?.from ?? groups?.called ?? '');
  return [...statements, ...calls.map((from) => ({ from, typesOnly: false }))];
}

/** Whether a path lies in a folder, or matches a pattern in which `*` stands for a part of a name. */
function isIn(path: string, place: string): boolean {
  const pattern = place.replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  return path.startsWith(`${place}/`) || new RegExp(`^${pattern}$`).test(path);
}

/** What is wrong with the imports of a file, one sentence each. */
function forbidden(rules: Rule[], file: string, source: string): string[] {
  const rule = rules.find(({ folders }) => folders.some((folder) => isIn(file, folder)));
  if (!rule) return [`${file} stands in no row of the table.`];
  const own = rule.folders.find((folder) => isIn(file, folder)) as string;
  return importsOf(source).flatMap(({ from, typesOnly }) => {
    const target = from.startsWith('.') ? normalize(join(dirname(file), from)) : from;
    const isPackage = !from.startsWith('.') && !from.startsWith('node:');
    const allowed = (name: string) =>
      isIn(target, name) || isIn(`${target}.ts`, name) || (name === 'packages' && isPackage);
    const may = rule.may.flatMap((name) => (name.startsWith('type ') ? (typesOnly ? [name.slice(5)] : []) : [name]));
    if ([own, ...may].some(allowed)) return [];
    return [`${file} must not import ${typesOnly ? 'types of ' : ''}${target}.`];
  });
}

/** Files that import each other, as one circle of paths; undefined where there is none. */
function circle(files: Map<string, string>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { from } of importsOf(files.get(file) ?? '')) {
      const target = normalize(join(dirname(file), from));
      const next = [`${target}.ts`, `${target}.tsx`, `${target}/index.ts`].find((each) => files.has(each));
      const found = from.startsWith('.') && next ? visit(next, [...path, file]) : undefined;
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files.keys()) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}

function sources(): Map<string, string> {
  const files = new Map<string, string>();
  for (const room of ['tasks', 'src', 'setup', 'dev', 'scripts'].filter((folder) => existsSync(join(root, folder)))) {
    for (const name of readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })) {
      const file = join(room, name);
      if (/\.tsx?$/.test(file)) files.set(file, readFileSync(join(root, file), 'utf8'));
    }
  }
  return files;
}

/** The room of a file or import as the drawing names it; undefined for a leaf, a package or a module of Node. */
function roomOf(path: string): string | undefined {
  const [top, room, inside] = path.split('/');
  if (top === 'tasks') return top;
  if (top !== 'src' || inside === undefined) return undefined;
  return existsSync(join(root, 'src', room as string, 'main.ts')) ? 'stories' : room;
}

/** The arrows between the rooms, dotted where only types are imported. */
function arrows(files: Map<string, string>): string[] {
  const onlyTypes = new Map<string, boolean>();
  for (const [file, source] of files) {
    const from = roomOf(file);
    for (const { from: imported, typesOnly } of importsOf(source)) {
      const to = imported.startsWith('.') ? roomOf(normalize(join(dirname(file), imported))) : undefined;
      if (from === undefined || to === undefined || from === to) continue;
      const pair = `${from} ${to}`;
      onlyTypes.set(pair, typesOnly && onlyTypes.get(pair) !== false);
    }
  }
  return [...onlyTypes].map(([pair, typesOnly]) => pair.replace(' ', typesOnly ? ' -.-> ' : ' --> '));
}

describe('who may import whom', () => {
  const rules = readRules();

  it('is drawn as it is, with every arrow pointing down', () => {
    const document = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
    const drawing = /```mermaid\n(flowchart TD\n[\s\S]*?)```/.exec(document)?.[1] ?? '';
    const drawn = [...drawing.matchAll(/^ {2}(\S+) (-\.?->) ([\w-]+)/gm)].map(([, from, arrow, to]) => ({
      from,
      arrow,
      to,
    }));
    assert.deepEqual(drawn.map(({ from, arrow, to }) => `${from} ${arrow} ${to}`).sort(), arrows(sources()).sort());
    const order = ['tasks', 'stories', 'sign-in', 'step', 'azure-devops', 'http', 'agent'];
    for (const { from, to } of drawn) assert.ok(order.indexOf(from ?? '') < order.indexOf(to ?? ''), `${from} → ${to}`);
  });

  it('is stated by at most 14 rows, each of which some file needs', () => {
    assert.ok(rules.length > 0 && rules.length <= 14, `${rules.length} rows`);
    const files = [...sources().keys()];
    for (const { folders } of rules) {
      for (const folder of folders) {
        assert.ok(
          files.some((file) => isIn(file, folder)),
          `there is no file in ${folder}`,
        );
      }
    }
  });

  it('holds for every import', () => {
    assert.deepEqual(
      [...sources()].flatMap(([file, source]) => forbidden(rules, file, source)),
      [],
    );
  });

  it('leaves no circle', () => {
    assert.equal(circle(sources())?.join(' → '), undefined);
  });

  it('finds a circle, also of types', () => {
    const files = new Map([
      ['src/one.ts', "import { two } from './two';"],
      ['src/two.ts', "import type { One } from './one';"],
    ]);
    assert.deepEqual(circle(files), ['src/one.ts', 'src/two.ts', 'src/one.ts']);
  });

  const refused: [string, string, string][] = [
    [
      'a task folder that imports another',
      'src/agent-pool-token/post.ts',
      "import { a } from '../wait-for-agents/main';",
    ],
    ['a room that imports one above', 'src/http/answer.ts', "import { a } from '../azure-devops/organization';"],
    ['types of a room above', 'src/azure-devops/runs.ts', "import type { A } from '../agent-pool-token/lease';"],
    ['a value where types are allowed', 'src/step/input-values.ts', "import { a } from '../agent/pipeline';"],
    ['a leaf that imports a room', 'src/errors.ts', "import { a } from './http/answer';"],
    ['the network outside its room', 'src/azure-devops/pools.ts', "import { request } from 'node:https';"],
    ['a package', 'src/sign-in/user.ts', "import axios from 'axios';"],
    ['an import while running', 'src/sign-in/user.ts', "const a = await import('node:http');"],
    ['a development tool in the product', 'src/agent-pool-token/main.ts', "import { a } from '../../dev/emulator';"],
    ['the product in an emulator', 'dev/emulator/index.ts', "import { a } from '../../src/guid';"],
    ['types of the product in an emulator', 'dev/emulator/index.ts', "import type { A } from '../../src/guid';"],
    ['the product in a script', 'scripts/package.ts', "import { remedies } from '../src/errors';"],
    ['an import of many lines', 'src/errors.ts', "import {\n  one,\n  two,\n} from './http/answer';"],
    ['a module that is passed on', 'src/errors.ts', "export { a } from './http/answer';"],
    ['an import for its effect', 'src/errors.ts', "import './http/answer';"],
  ];
  for (const [what, file, source] of refused) {
    it(`refuses ${what}`, () => assert.equal(forbidden(rules, file, source).length, 1));
  }
});
