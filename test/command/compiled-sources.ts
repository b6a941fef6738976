import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { basename, join, relative, sep } from 'node:path';
import { compilerOptions } from './covered.tsconfig.json';

const compiledFolder = join(__dirname, compilerOptions.outDir);

type Compiling = NodeJS.Module & { _compile(code: string, path: string): void };
type Loader = (module: Compiling, path: string) => void;

/**
 * Loads each module of `src` as the TypeScript compiler writes it, not as tsx does: tsx puts helpers of its own into each
 * file, and two branches of them that never run would count as branches of ours.
 */
function loadCompiledSources(): void {
  const { _extensions: loaders } = Module as unknown as { _extensions: Record<string, Loader> };
  const loadByTsx = loaders['.ts'] as Loader;
  const root = join(__dirname, compilerOptions.rootDir);
  const sources = join(root, 'src') + sep;
  loaders['.ts'] = (module, path) => {
    if (!path.startsWith(sources)) return loadByTsx(module, path);
    const compiled = join(compiledFolder, relative(root, path)).replace(/\.ts$/, '.js');
    const map = { ...JSON.parse(readFileSync(`${compiled}.map`, 'utf8')), sources: [basename(path)] };
    const inline = Buffer.from(JSON.stringify(map)).toString('base64');
    const code = readFileSync(compiled, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
    module._compile(`${code}\n//# sourceMappingURL=data:application/json;base64,${inline}`, path);
  };
}

loadCompiledSources();
