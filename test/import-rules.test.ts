import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(__dirname, '..');

/** What a module of src may import: `x` all of a module, `type x` only its types, else a package, as it is written. */
const mayImport: Record<string, string[]> = {
  // Leaves.
  errors: [],
  guid: [],
  scopes: [],
  secret: ['node:util'],
  hosts: ['errors'],
  proxies: [],
  'agent-secrets': [],
  'vault-folder': ['node:fs', 'node:os', 'node:path', 'errors'],
  // Ports: the two sides of the world.
  pipeline: [
    'azure-pipelines-task-lib/internal',
    'azure-pipelines-task-lib/task',
    'agent-network',
    'agent-secrets',
    'vault-folder',
    'secret',
  ],
  'agent-network': ['type pipeline', 'agent-secrets', 'proxies', 'secret', 'errors'],
  'certificate-files': ['type pipeline', 'errors', 'node:crypto', 'node:fs', 'node:tls'],
  connections: [
    'certificate-files',
    'type pipeline',
    'node:http',
    'node:https',
    'node:net',
    'type node:stream',
    'type node:tls',
  ],
  runtime: [
    'connections',
    'hosts',
    'type pipeline',
    'typed-rest-client/HttpClient',
    'type typed-rest-client/Interfaces',
    'node:crypto',
    'type node:http',
    '../package.json',
  ],
  'connection-faults': ['type runtime', 'errors'],
  answer: ['type runtime', 'type secret', 'errors'],
  http: ['type runtime', 'answer', 'connection-faults', 'secret', 'errors'],
  // Steps.
  'input-values': ['type pipeline', 'errors'],
  'credential-inputs': ['type pipeline', 'input-values', 'hosts', 'secret', 'errors'],
  inputs: ['type pipeline', 'credential-inputs', 'input-values', 'hosts', 'guid', 'secret', 'errors', 'scopes'],
  'job-identity': ['type pipeline', 'hosts', 'secret'],
  'app-issuer': ['type pipeline', 'hosts', 'guid', 'secret', 'errors'],
  federation: ['http', 'hosts', 'secret', 'errors', 'entra', 'type app-issuer', 'type job-identity'],
  issuer: ['type pipeline', 'hosts', 'guid', 'secret', 'errors', 'scopes'],
  entra: ['http', 'hosts', 'guid', 'secret', 'errors', 'type issuer', 'entra-refusals'],
  'entra-refusals': ['type answer', 'errors'],
  pats: ['type answer', 'http', 'hosts', 'guid', 'secret', 'errors', 'type issuer', 'type entra', 'pat-refusals'],
  'pat-refusals': ['type answer', 'errors'],
  granted: ['http', 'hosts', 'secret', 'errors', 'type issuer', 'type pats'],
  revocation: ['type http', 'pats'],
  runs: ['type http', 'hosts', 'type pipeline', 'type secret', 'job-identity'],
  'pool-api': ['type answer', 'type http', 'type hosts', 'type secret', 'errors'],
  pools: ['pool-api', 'type http', 'type hosts', 'errors'],
  agents: ['pool-api', 'type http', 'type hosts', 'errors'],
  lease: ['errors', 'type pipeline'],
  naming: ['errors', 'type pipeline'],
  guarantee: ['errors', 'type pipeline', 'scopes'],
};

/** The longest part of a story, in a file of its own. */
mayImport.minting = Object.keys(mayImport).map((module) =>
  ['pipeline', 'runtime'].includes(module) ? `type ${module}` : module,
);

/** Stories may import anything below, and never each other. */
const stories = ['mint', 'revoke', 'sweep', 'wait'];
const ports = ['pipeline', 'runtime'];
for (const story of stories) {
  mayImport[story] = Object.keys(mayImport)
    .filter((module) => !stories.includes(module))
    .map((module) => (ports.includes(module) ? `type ${module}` : module));
}

interface Import {
  from: string;
  typesOnly: boolean;
}

/** The code without its comments; what stands in quotation marks stays. */
function withoutComments(source: string): string {
  const token =
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=[=(,:[!&|?{}+;]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\//g;
  return source.replace(token, (text) => (text.startsWith('//') || text.startsWith('/*') ? ' ' : text));
}

/** Everything that a file imports, in whatever way it is written. */
function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  const statement =
    /(?:^|[;}\n])\s*(?:import\b(?!\s*\()\s*(?:([\w$*{},\s]*?)\bfrom\s*)?|export\s+((?:type\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?))\s*from\s*)['"]([^'"\n]+)['"]/g;
  for (const [, imported, exported, from = ''] of code.matchAll(statement)) {
    const clause = (imported ?? exported ?? '').trim();
    const names = /^\{([^}]*)\}$/
      .exec(clause)?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '');
    const eachIsType = names?.every((name) => /^\s*type\s/.test(name)) ?? false;
    found.push({ from, typesOnly: eachIsType || /^type\s*[\w{*]/.test(clause.replace(/^type\s*,/, '')) });
  }
  for (const [, from = ''] of code.matchAll(/\b(?:require|require\.resolve|import)\s*\(\s*['"`]([^'"`]+)['"`]/g)) {
    const typesOnly = false;
    if (!found.some((other) => other.from === from && !other.typesOnly)) found.push({ from, typesOnly });
  }
  return found;
}

/** A relative import as a path from the root; any other as it is written. */
function targetOf(file: string, from: string): string {
  return from.startsWith('.') ? normalize(join(dirname(file), from)) : from;
}

/** What is wrong with the imports of a file, one sentence each. */
function forbidden(file: string, source: string): string[] {
  return importsOf(source).flatMap(({ from, typesOnly }) => {
    const target = targetOf(file, from);
    const allowed = (() => {
      if (file.startsWith('src/')) return isAllowedInSrc(file, target, from, typesOnly);
      if (file.startsWith('tasks/')) return isAllowedInEntry(target, source);
      const [room] = file.split('/');
      return room === undefined || !from.startsWith('.') || target === room || target.startsWith(`${room}/`);
    })();
    return allowed ? [] : [`${file} must not import ${typesOnly ? 'types of ' : ''}${target}.`];
  });
}

function isAllowedInSrc(file: string, target: string, from: string, typesOnly: boolean): boolean {
  const rules = mayImport[file.slice('src/'.length, -'.ts'.length)] ?? [];
  const wanted = target.startsWith('src/') ? target.slice('src/'.length) : from;
  return rules.includes(wanted) || (typesOnly && rules.includes(`type ${wanted}`));
}

/** An entry introduces one story to the two sides of the world. */
function isAllowedInEntry(target: string, source: string): boolean {
  const module = target.startsWith('src/') ? target.slice('src/'.length) : '';
  if (ports.includes(module)) return true;
  const told = importsOf(source).filter(({ from }) => stories.includes(from.split('/').at(-1) ?? ''));
  return stories.includes(module) && told.length === 1;
}

/** What only the two sides of the world, and the entries that build them, may touch. */
const worldly: [what: string, pattern: RegExp][] = [
  ['process', /(?<![.\w'"`-])process\b(?!['"`])/],
  ['the console', /(?<![.\w])console\b/],
  ['timers', /(?<![.\w])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
  ['the time', /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )(?<![.\w])Date\(|(?<![.\w])performance\b/],
  ['chance', /\bMath\.random\b|(?<![.\w])crypto\b/],
  ['the network', /(?<![.\w])(?:fetch|XMLHttpRequest|WebSocket)\b/],
  ['the global object', /(?<![.\w])(?:globalThis|global)\b/],
];

/** The code without the texts in it, but with the code inside templates. */
function withoutTexts(source: string): string {
  const code = withoutComments(source).replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
  return code.replace(/`(?:\\.|[^`\\])*`/g, (template) =>
    [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inner = '']) => `(${inner})`).join(' '),
  );
}

/** What of the world a module touches that is none of its sides. */
function touched(source: string): string[] {
  const code = withoutTexts(source);
  return worldly.filter(([, pattern]) => pattern.test(code)).map(([what]) => what);
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .sort();
}

const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8');

describe('import rules', () => {
  it('know every module of src', () => {
    for (const file of filesUnder('src')) {
      assert.ok(mayImport[file.slice('src/'.length, -'.ts'.length)], `${file} stands in no row of the table`);
    }
  });

  for (const file of ['src', 'tasks', 'dev', 'scripts'].flatMap(filesUnder)) {
    it(`are kept by ${file}`, () => assert.deepEqual(forbidden(file, sourceOf(file)), []));
  }

  /** The parts of `pipeline` that have to run before the task library does. */
  const worldlyModules = [...ports, 'agent-secrets', 'vault-folder'];
  for (const file of filesUnder('src').filter((name) => !worldlyModules.some((port) => name === `src/${port}.ts`))) {
    it(`leave the world to others: ${file}`, () => assert.deepEqual(touched(sourceOf(file)), []));
  }

  it('have no cycle of modules that are needed to run', () => {
    const needs = new Map(
      filesUnder('src').map((file) => [
        file.slice(0, -'.ts'.length),
        importsOf(sourceOf(file))
          .filter(({ typesOnly }) => !typesOnly)
          .map(({ from }) => targetOf(file, from)),
      ]),
    );
    const visit = (module: string, path: string[]): void => {
      assert.ok(!path.includes(module), [...path, module].join(' → '));
      for (const next of needs.get(module) ?? []) visit(next, [...path, module]);
    };
    for (const module of needs.keys()) visit(module, []);
  });
});

describe('import rules: what they would notice', () => {
  const noticed: [what: string, file: string, line: string][] = [
    ['a story that imports a story', 'src/mint.ts', "import { revoke } from './revoke';"],
    ['a story that imports even types of a story', 'src/revoke.ts', "import type { Job } from './mint';"],
    ['a story that opens the world itself', 'src/mint.ts', "import { agentPipeline } from './pipeline';"],
    ['a step that imports a story', 'src/pats.ts', "import { mint } from './mint';"],
    ['a step that imports a port', 'src/inputs.ts', "import { agentPipeline } from './pipeline';"],
    [
      'a step that imports a port among types',
      'src/inputs.ts',
      "import { type Pipeline, agentPipeline } from './pipeline';",
    ],
    ['a step that imports a sibling', 'src/pools.ts', "import { revokePat } from './pats';"],
    ['a leaf that imports', 'src/errors.ts', "import { Secret } from './secret';"],
    [
      'a leaf that imports over several lines',
      'src/scopes.ts',
      "import {\n  quoted,\n  TaskError,\n} from './errors';",
    ],
    ['an import for its effect', 'src/naming.ts', "import './errors-of-old';"],
    ['an import of everything', 'src/lease.ts', "import * as secret from './secret';"],
    ['a default import', 'src/lease.ts', "import secret from './secret';"],
    ['an import with require', 'src/http.ts', "import tl = require('azure-pipelines-task-lib/task');"],
    ['a call of require', 'src/http.ts', "const http = require('node:http');"],
    ['an import while running', 'src/http.ts', "const http = await import('node:http');"],
    ['a module that is passed on', 'src/hosts.ts', "export { Secret } from './secret';"],
    ['everything of a module that is passed on', 'src/hosts.ts', "export * from './secret';"],
    ['types that are passed on', 'src/secret.ts', "export type { TaskError } from './errors';"],
    ['a package', 'src/entra.ts', "import axios from 'axios';"],
    ['the network of Node', 'src/pats.ts', "import { request } from 'node:https';"],
    ['more of Node than a leaf needs', 'src/secret.ts', "import { createHash } from 'node:crypto';"],
    ['a value where types were allowed', 'src/http.ts', "import { nodeRuntime } from './runtime';"],
    ['a value by the name of type', 'src/http.ts', "import type, { nodeRuntime } from './runtime';"],
    ['a development tool', 'src/mint.ts', "import { start } from '../dev/emulator';"],
    ['a module in no row', 'src/helpers.ts', "import { quoted } from './errors';"],
    ['an entry that imports a step', 'tasks/A/AV1/main.ts', "import { signIn } from '../../../src/entra';"],
    [
      'an entry with two stories',
      'tasks/A/AV1/main.ts',
      "import { mint } from '../../../src/mint';\nimport { revoke } from '../../../src/revoke';",
    ],
    ['an emulator that shares code', 'dev/emulator/pats.ts', "import { scopes } from '../../src/scopes';"],
    ['a job runner that shares even types', 'dev/job.ts', "import type { Pipeline } from '../src/pipeline';"],
    ['a script that imports the product', 'scripts/package.ts', "import { remedies } from '../src/errors';"],
    ['a script that imports a development tool', 'scripts/package.ts', "import { start } from '../dev/emulator';"],
    ['an import behind a comment', 'src/errors.ts', "/* why */ import { Secret } from './secret'; // because"],
    ['an import in double quotes', 'src/errors.ts', 'import { Secret } from "./secret";'],
  ];
  for (const [what, file, line] of noticed) {
    it(what, () => assert.notDeepEqual(forbidden(file, `const before = 1;\n${line}\n`), []));
  }

  it('a forbidden import that is added to any module as it stands', () => {
    for (const file of filesUnder('src')) {
      const changed = `import { start } from '../dev/emulator';\n${sourceOf(file)}`;
      assert.deepEqual(forbidden(file, changed), [`${file} must not import dev/emulator.`]);
      assert.equal(forbidden(file, `${sourceOf(file)}\nimport x = require('left-pad');\n`).length, 1, file);
    }
  });

  for (const [what, line] of [
    ['process', 'const token = process.env.TOKEN;'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    ['process in a template', 'const text = `${process.pid}`;'],
    ['the console', "console.log('x');"],
    ['timers', 'setTimeout(() => {}, 1);'],
    ['the time', 'const now = Date.now();'],
    ['the time', 'const now = new Date();'],
    ['the time', 'const now = performance.now();'],
    ['chance', 'const x = Math.random();'],
    ['chance', 'crypto.getRandomValues(bytes);'],
    ['the network', "await fetch('https://example.com');"],
    ['the global object', 'globalThis.x = 1;'],
  ] as const) {
    it(`a module that touches ${what}: ${line}`, () => {
      assert.deepEqual(touched(`const a = 'x';\n${line}\n`), [what.replace(' in a template', '')]);
    });
  }
});

describe('import rules: what they do not mind', () => {
  const fine: [what: string, file: string, line: string][] = [
    ['types of a port', 'src/inputs.ts', "import type { Pipeline } from './pipeline';"],
    ['types of a port one by one', 'src/inputs.ts', "import { type Pipeline, type Connection } from './pipeline';"],
    ['a comment about an import', 'src/errors.ts', "// import { Secret } from './secret';\n/* import './secret'; */"],
    ['a text about an import', 'src/errors.ts', 'const text = \'Take this import from "./secret"\';'],
    ['a text that is exported', 'src/errors.ts', "export const name = './secret';"],
    ['packages in development tools', 'dev/emulator/server.ts', "import { createServer } from 'node:http';"],
  ];
  for (const [what, file, line] of fine) {
    it(what, () => assert.deepEqual(forbidden(file, line), []));
  }

  for (const line of [
    "const text = 'process the console';",
    '// process.exit() would lose output',
    'const date = new Date(time).toISOString();',
    'const parsed = Date.parse(text);',
    "import { randomBytes } from 'node:crypto';",
    'await this.#runtime.sleep(1);',
  ]) {
    it(`a module with ${line}`, () => assert.deepEqual(touched(line), []));
  }
});
