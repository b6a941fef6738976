import { execFileSync } from 'node:child_process';
import { JobRefused } from '../refusal';

/** The Node that runs a job's tasks. */
export interface NodeBinary {
  file: string;
  /** What the agent says before each stage where it had to take an older Node than the task asks for. */
  warning?: string;
}

/** Takes a Node binary, by default the one that runs this; refuses what is none. */
export function nodeBinary(file: string | undefined): NodeBinary {
  if (file === undefined || file === process.execPath) {
    return { file: process.execPath };
  }
  const major = /^v(\d+)\./.exec(versionOf(file))?.[1];
  if (major === undefined) {
    throw new JobRefused(`${file} is no Node: it did not answer --version with one.`);
  }
  // So it does where the C library is too old for the Node that belongs to the handler.
  const warning = `The agent operating system doesn't support Node20. Using Node${major} instead. Please upgrade the operating system to remain compatible with future updates.`;
  return Number(major) < 20 ? { file, warning } : { file };
}

function versionOf(file: string): string {
  try {
    return execFileSync(file, ['--version'], { encoding: 'utf8' });
  } catch (error) {
    throw new JobRefused(`${file} cannot be started: ${(error as NodeJS.ErrnoException).code ?? 'it failed'}.`);
  }
}
