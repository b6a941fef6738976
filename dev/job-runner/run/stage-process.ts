import { processLine } from '../commands/output-line';
import type { StageContext } from '../commands/stage-context';
import type { JobOptions, StageName } from '../options';
import type { JobPlan, PlannedStep } from './job-plan';
import { runProcess } from './processes';
import type { Launch } from './task-handler';

/** The step was ended from outside: by its own timeout, with its job, or with the whole worker. */
export class StageCancelled extends Error {}

/** The worker died while the step ran. */
export class WorkerLost extends StageCancelled {}

/** The command hook threw: the job cannot go on, and its caller must hear of it. */
export class HookFailed extends Error {}

/** What the log says of a step that did not come to its own end. */
export function endMessage(error: unknown, timedOut: boolean): string {
  if (error instanceof WorkerLost) {
    return 'We stopped hearing from agent local-agent. Verify the agent machine is running and has a healthy network connection.';
  }
  if (error instanceof StageCancelled) {
    return timedOut ? 'The task has timed out.' : 'The operation was canceled.';
  }
  return (error as Error).message;
}

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
  /** Aborted when the worker is killed, and its processes with it. */
  kill: AbortSignal;
  /** Aborted when the worker dies alone. */
  lose: AbortSignal;
  exitCode: number | null;
  attempts: number;
}

/** Runs one process of a stage and treats what it writes, line by line. */
export async function runLines(
  run: StageRun,
  launch: Launch,
): Promise<{ exitCode: number | null; wroteToStderr: boolean; abandoned: boolean }> {
  const { context, cancel, kill, lose, plan } = run;
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
      lose,
      abandon: abandon.signal,
      timings: { ...signalTimings(plan), ...run.options.cancelTimings },
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
  if (lose.aborted) {
    throw new WorkerLost();
  }
  if (cancel.aborted || kill.aborted) {
    throw new StageCancelled();
  }
  return { exitCode: run.exitCode, wroteToStderr, abandoned: abandon.signal.aborted };
}

/** The agent's waits, in milliseconds, which a variable of the job or of the agent's environment can change. */
function signalTimings({ variables, environment }: JobPlan) {
  const setting = (name: string) => variables.get(name) ?? environment[name];
  return {
    sigintMs: Number(setting('PROCESS_SIGINT_TIMEOUT') ?? 7500),
    sigtermMs: Number(setting('PROCESS_SIGTERM_TIMEOUT') ?? 2500),
    graceful: setting('USE_GRACEFUL_PROCESS_SHUTDOWN')?.toLowerCase() === 'true',
  };
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
