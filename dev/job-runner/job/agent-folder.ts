import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, relative } from 'node:path';
import type { TaskDefinition } from '../plan/task-definition';
import { JobRefused } from '../refusal';

/** The folders of an agent that runs its first job. */
export class AgentFolder {
  readonly root: string;
  readonly #temporary: boolean;

  constructor(root: string | undefined) {
    this.#temporary = root === undefined;
    this.root = root ?? mkdtempSync(join(tmpdir(), 'agent-'));
    for (const folder of [this.temp, this.tools, this.tasks, this.sources, this.artifacts, this.binaries]) {
      mkdirSync(folder, { recursive: true });
    }
    mkdirSync(this.testResults, { recursive: true });
  }

  get work(): string {
    return join(this.root, '_work');
  }
  get temp(): string {
    return join(this.work, '_temp');
  }
  get tools(): string {
    return join(this.work, '_tool');
  }
  get tasks(): string {
    return join(this.work, '_tasks');
  }
  get build(): string {
    return join(this.work, '1');
  }
  get sources(): string {
    return join(this.build, 's');
  }
  get artifacts(): string {
    return join(this.build, 'a');
  }
  get binaries(): string {
    return join(this.build, 'b');
  }
  get testResults(): string {
    return join(this.build, 'TestResults');
  }

  /** Copies a task to where the agent would have unpacked it, so that it sees nothing but its own files. */
  installTask(task: TaskDefinition): string {
    const folder = join(this.tasks, `${task.name}_${task.id}`, task.version.replaceAll('+', '_'));
    if (!existsSync(`${folder}.completed`)) {
      rmSync(folder, { recursive: true, force: true });
      cpSync(task.folder, folder, { recursive: true });
      writeFileSync(`${folder}.completed`, new Date().toISOString());
    }
    return folder;
  }

  /**
   * Copies a folder to where a job finds its sources; of a git repository what git would check out, and what is new there,
   * but nothing that git ignores: such files may be large, or hold secrets.
   */
  checkOut(repository: string): void {
    rmSync(this.sources, { recursive: true, force: true });
    const known = existsSync(join(repository, '.git')) ? filesOf(repository) : undefined;
    const filter = (file: string) => known?.has(relative(repository, file)) ?? true;
    cpSync(repository, this.sources, { recursive: true, filter });
  }

  /** A job begins with the tasks of its own extension, not with those that an earlier one left. */
  forgetTasks(): void {
    emptyFolder(this.tasks);
  }

  /** Happens at the start and at the end of each job. */
  emptyTemp(): void {
    emptyFolder(this.temp);
  }

  /** Removes a folder that was made for this job. */
  dispose(): void {
    if (this.#temporary) {
      rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

/** Paths of the files of a git repository, and of the folders that they are in; the repository's own is the empty one. */
function filesOf(repository: string): Set<string> {
  const list = ['-C', repository, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout, stderr, status } = spawnSync('git', list, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0)
    throw new JobRefused(`git could not list the files of ${repository}: ${stderr ?? 'it did not start'}`);
  const paths = new Set<string>(['']);
  for (const file of stdout.split('\0')) {
    for (let path = file; path !== '' && path !== '.'; path = dirname(path)) paths.add(normalize(path));
  }
  return paths;
}

function emptyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}
