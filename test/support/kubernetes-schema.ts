import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strangerFile } from './strangers';

interface KubernetesObject {
  apiVersion: string;
  kind: string;
}

const compiler = join(__dirname, '..', '..', 'node_modules', '.bin', 'tsc');

/** What a compiler finds wrong in objects of Kubernetes by the types that are made of its API; nothing if they are valid. */
export function kubernetesProblems(objects: readonly KubernetesObject[]): string {
  const types = dirname(strangerFile('kubernetes-types', 'package.json'));
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  const lines = objects.map((object, index) => {
    const from = JSON.stringify(
      join(types, object.apiVersion.includes('/') ? object.apiVersion : `core/${object.apiVersion}`),
    );
    return `export const object${index}: import(${from}).${object.kind} = ${JSON.stringify(object)};\n`;
  });
  try {
    writeFileSync(join(folder, 'objects.ts'), lines.join(''));
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
    const { stdout, stderr } = spawnSync(compiler, [...options, join(folder, 'objects.ts')], { encoding: 'utf8' });
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
