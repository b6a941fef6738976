import { processLine } from '../commands/output-line';
import type { StageContext } from '../commands/stage-context';
import type { JobOptions, StageName } from '../options';
import type { JobPlan, PlannedStep } from './job-plan';
import { runProcess } from './processes';
import type { Launch } from './task-handler';

/** The step was ended from outside: by its own timeout, with its job, or with the whole worker. */
export class StageCancelled extends Error {}

/** The command hook threw: the job cannot go on, and its caller must hear of it. */
export class HookFailed extends Error {}

/** How long a task may still run after it has declared itself done. */
const doneMs = 5000;

/** One stage of one step on its way through processes and retries. */
export interface StageRun {
  plan: JobPlan;
  planned: PlannedStep;
  stage: StageName;
  displayName: string;
  options: JobOptions;
  context: StageContext;
  /** Aborted when the step shall end. */
  cancel: AbortSignal;
  /** Aborted when the worker is gone. */
  kill: AbortSignal;
  exitCode: number | null;
  attempts: number;
}

/** Runs one process of a stage and treats what it writes, line by line. */
export async function runLines(
  run: StageRun,
  launch: Launch,
): Promise<{ exitCode: number | null; wroteToStderr: boolean; abandoned: boolean }> {
  const { context, cancel, kill, options } = run;
  if (cancel.aborted || kill.aborted) {
    throw new StageCancelled();
  }
  const abandon = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  context.onDone = () => {
    timer ??= setTimeout(() => abandon.abort(), doneMs);
  };
  let wroteToStderr = false;
  let processId: number | undefined;
  try {
    run.exitCode = await runProcess({
      ...launch,
      cancel,
      kill,
      abandon: abandon.signal,
      timings: options.cancelTimings ?? { sigintMs: 7500, sigtermMs: 2500 },
      onStart: (id) => {
        processId = id;
      },
      onLine: async (line, stream) => {
        if (abandon.signal.aborted) {
          return;
        }
        wroteToStderr ||= stream === 'stderr';
        await takeLine(run, line, processId);
      },
    });
  } finally {
    clearTimeout(timer);
  }
  if (cancel.aborted || kill.aborted) {
    throw new StageCancelled();
  }
  return { exitCode: run.exitCode, wroteToStderr, abandoned: abandon.signal.aborted };
}

async function takeLine(run: StageRun, line: string, processId: number | undefined): Promise<void> {
  const { context, planned, stage, displayName, options, attempts } = run;
  context.rawLines.push(line);
  context.job.rawLines.push(line);
  const command = processLine(context, line);
  if (command !== undefined) {
    try {
      await options.onCommand?.(command, { name: planned.step.name, displayName, stage, attempt: attempts, processId });
    } catch (error) {
      throw new HookFailed('The command hook failed.', { cause: error });
    }
  }
}
