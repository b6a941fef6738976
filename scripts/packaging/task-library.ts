import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Bundles of the task library what a task calls, and of its messages the English ones. The library is CommonJS, of which
 * esbuild can leave out nothing: its modules are read as ECMAScript modules, and what runs as they load stays as it is.
 */
export const taskLibrary: Plugin = {
  name: 'task-library',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /azure-pipelines-task-lib[\\/](task|internal|taskcommand|vault)\.js$/ }, async ({ path }) => ({
      contents: asModule(await readFile(path, 'utf8')),
      loader: 'js',
    }));
    onLoad({ filter: /azure-pipelines-task-lib[\\/]lib-resource\.js$/ }, ({ path }) => {
      const { messages } = require(path) as { messages: unknown };
      if (typeof messages !== 'object') throw new Error(`${path} has no messages: has the library changed its layout?`);
      return { contents: `export const messages = ${JSON.stringify(messages)};`, loader: 'js' };
    });
    // The sources require the library, so that tests can stub it, and a required module is bundled whole.
    onLoad({ filter: /[\\/]src[\\/]agent[\\/][^\\/]+\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /^import (\w+) = require\('(azure-pipelines-task-lib\/\w+)'\);$/gm,
        "import * as $1 from '$2';",
      ),
      loader: 'ts',
    }));
    // Only functions that nothing here calls need these: to run other programs, and to match file names.
    onResolve({ filter: /^(qs|q|minimatch|tunnel|\.\/toolrunner|\.\/externaloutput)$/ }, ({ path }) => ({
      path,
      namespace: 'left-out',
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error("${path} is left out of this bundle.");`,
    }));
    onResolve({ filter: /^semver$/ }, () => ({ path: 'semver', namespace: 'comparison' }));
    onLoad({ filter: /.*/, namespace: 'comparison' }, () => ({ contents: comparison }));
  },
};

/** The one comparison that the task library makes of versions as it loads: of Node's own, which are numbers alone. */
const comparison = `export function lt(version, minimum) {
  const [left, right] = [version, minimum].map((text) => text.split('.').map(Number));
  const differing = right.findIndex((number, index) => left[index] !== number);
  return differing !== -1 && left[differing] < right[differing];
}`;

/**
 * Rewrites a module as the TypeScript compiler writes CommonJS: its imports, its exports, and the uses that it makes of its
 * own exports.
 * @throws Error for a form of export that this does not know.
 */
function asModule(source: string): string {
  const declared = new Set([...source.matchAll(/^(?:function|var) (\w+)/gm)].map(([, name]) => name));
  const exported = new Set([...source.matchAll(/\bexports\.(\w+) = /g)].map(([, name = '']) => name));
  const local = (name: string) => (declared.has(name) ? name : `own_${name}`);
  const module = source
    .replace(/^Object\.defineProperty\(exports, "__esModule".*$/m, '')
    .replace(/^exports\.\w+ = .*void 0;$/gm, '')
    .replace(/^exports\.(\w+) = \1;$/gm, '')
    .replace(/\bexports\.(\w+) \|\| \(exports\.\1 = \{\}\)/g, '{}')
    .replace(/^var (\w+) = require\((["'])([^"']+)\2\);$/gm, (_, name, __, required) => importOf(name, required))
    // Values of another module: nothing happens when they are read, and so esbuild may leave them out.
    .replace(/^exports\.(\w+) = (\w+\.\w+);$/gm, 'var own_$1 = /* @__PURE__ */ (() => $2)();')
    .replace(/\(0, exports\.(\w+)\)/g, (_, name) => local(name))
    .replace(/\bexports\.(\w+)/g, (_, name) => local(name))
    .replace(/\(this && this\.\w+\) \|\| /g, '')
    .replaceAll('/** @class */ (function', '(/* @__PURE__ */ function');
  if (/\bexports\b/.test(module)) throw new Error('The task library exports in a way that is not known here.');
  const assigned = [...exported].map(local).filter((name) => new RegExp(`^\\s*${name} = `, 'm').test(module));
  const names = [...exported].map((name) => `${local(name)} as ${name}`);
  return `${assigned.map((name) => `var ${name};\n`).join('')}${module}\nexport { ${names.join(', ')} };\n`;
}

function importOf(name: string, required: string): string {
  if (!builtinModules.includes(required)) return `import * as ${name} from '${required}';`;
  // Not imported: esbuild would copy each export of a module of Node as the bundle loads, which takes 250 kB.
  return `var ${name} = /* @__PURE__ */ (() => require('${required}'))();`;
}
