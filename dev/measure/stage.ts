import { Worker } from 'node:worker_threads';

export interface StageEnd {
  milliseconds: number;
  output: string;
  /** What the agent would make of it. */
  result: 'Succeeded' | 'SucceededWithIssues' | 'Failed';
}

/** Runs one part of a task on a thread with an environment of its own: hundreds of those fit where processes do not. */
export async function runStage(script: string, env: NodeJS.ProcessEnv): Promise<StageEnd> {
  const started = performance.now();
  // No options of this process: a task runs on Node alone.
  const worker = new Worker(script, { env, execArgv: [], stdout: true, stderr: true });
  let output = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  }
  const drained = new Promise((resolve) => worker.stdout.once('end', resolve));
  const exitCode = await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  const milliseconds = performance.now() - started;
  await drained;
  const reported = /^##vso\[task\.complete result=(\w+)/m.exec(output)?.[1] ?? 'Succeeded';
  return { milliseconds, output, result: exitCode === 0 ? (reported as StageEnd['result']) : 'Failed' };
}
