import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** One run of a command of this project that ends by itself. */
export interface CommandRun {
  /** From the root. */
  file: string;
  args: string[];
}

export interface Ended {
  status: number;
  stdout: string;
  stderr: string;
}

/** Starts a command as npm does, in a process of its own. */
export function startCommand({ file, args }: CommandRun, env: NodeJS.ProcessEnv = process.env): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', 'tsx/cjs', file, ...args], {
    cwd: root,
    encoding: 'utf8',
    env,
  });
  return { status: status ?? -1, stdout, stderr };
}

/**
 * Runs commands one after another in one process, because they share most of what they load, which takes longer than what
 * they do. Each begins when the one before it has nothing left to do.
 */
export async function runOneAfterAnother(
  runs: readonly CommandRun[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended[]> {
  const program = `
    const runs = ${JSON.stringify(runs.map(({ file, args }) => ({ file: join(root, file), args })))};
    const ended = [];
    const write = process.stdout.write.bind(process.stdout);
    const begin = () => {
      const { file, args } = runs[ended.length];
      const said = { stdout: '', stderr: '' };
      ended.push(said);
      for (const name of ['stdout', 'stderr']) process[name].write = (text) => { said[name] += text; return true; };
      console.log = (text = '') => { said.stdout += text + '\\n'; };
      console.error = console.warn = (text = '') => { said.stderr += text + '\\n'; };
      process.argv = [process.execPath, file, ...args];
      process.exitCode = undefined;
      delete require.cache[file];
      require(file);
    };
    process.on('beforeExit', () => {
      if (ended.length > 0) ended.at(-1).status = process.exitCode ?? 0;
      if (ended.length < runs.length) return setImmediate(begin);
      process.exitCode = 0;
      process.removeAllListeners('beforeExit');
      write(JSON.stringify(ended));
    });`;
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', program], { cwd: root, env });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  assert.deepEqual([status, stderr], [0, '']);
  const ended: Ended[] = JSON.parse(stdout);
  assert.equal(ended.length, runs.length);
  return ended;
}
