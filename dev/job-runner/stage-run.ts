import { setTimeout as delay } from 'node:timers/promises';
import type { StageEnvironment } from './environment';
import { evaluateInputs, referencedEndpoints } from './inputs';
import type { JobPlan, PlannedStep } from './job-plan';
import type { JobOptions, StageName } from './options';
import { processLine } from './output-line';
import { runProcess } from './processes';
import { launchScript } from './script-handler';
import type { StageContext } from './stage-context';
import { exitCodeMessage, type Launch, launchTask, stageEndpoints, taskBanner } from './task-handler';

/** The step was ended from outside: by its own timeout, with its job, or with the whole worker. */
export class StageCancelled extends Error {}

/** The command hook threw: the job cannot go on, and its caller must hear of it. */
export class HookFailed extends Error {}

/** The service accepts no more retries than this. */
const maxRetries = 10;

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

/** Runs the stage, again after a failure as often as its step allows. Throws what fails it. */
export async function executeStage(run: StageRun): Promise<void> {
  const { context, options } = run;
  const start = prepare(run);
  const { retryCount } = run.planned.step;
  if (retryCount > maxRetries) {
    context.warning(`The number of retries is limited to ${maxRetries}; ${retryCount} were asked for.`);
  }
  const retries = Math.min(retryCount, maxRetries);
  for (let attempt = 0; ; attempt++) {
    run.attempts = attempt + 1;
    const wait = options.retryDelayMs?.(attempt) ?? (attempt + 1) ** 2 * 1000;
    try {
      await start();
      if (context.result !== 'Failed' || attempt >= retries) {
        return;
      }
      context.result = undefined;
      const count = `attempt #: ${attempt + 1} out of ${retries}`;
      context.warning(`RetryHelper encountered task failure, will retry (${count}) after ${wait} ms`);
    } catch (error) {
      if (error instanceof StageCancelled || error instanceof HookFailed || attempt >= retries) {
        throw error;
      }
      const count = `attempt #: ${attempt + 1} ${(error as Error).message}`;
      context.warning(`RetryHelper encountered exception, will retry (${count}) afer ${wait} ms`);
    }
    await delay(wait, undefined, { signal: AbortSignal.any([run.cancel, run.kill]) }).catch(() => {
      throw new StageCancelled();
    });
  }
}

/** Settles what all attempts share: inputs are evaluated once a stage, variables are taken anew by each attempt. */
function prepare(run: StageRun): () => Promise<void> {
  const { plan, planned, stage, context, options } = run;
  const { step, task } = planned;
  const shared = {
    processEnvironment: plan.environment,
    stepEnvironment: step.env,
    variables: plan.variables,
    taskVariables: planned.scope.taskVariables,
    prependPath: context.job.prependPath,
  };
  if (step.kind !== 'task' || task === undefined) {
    return () => runScript(run, { ...shared, inputs: new Map(), endpoints: [plan.system] });
  }
  const { definition, folder, inputs } = task;
  for (const line of taskBanner(definition)) {
    context.write(line);
  }
  for (const name of stage === 'main' ? inputs.undeclared : []) {
    context.warning(`Task '${definition.name}' does not declare the input '${name}'; it is passed on all the same.`);
  }
  const values = evaluateInputs(definition, inputs.values, plan.variables, plan.environment);
  const endpoints = stageEndpoints(referencedEndpoints(definition, values, inputs.endpoints), plan.system);
  const environment: StageEnvironment = { ...shared, inputs: values, endpoints };
  const { node = process.execPath, handler } = options;
  return async () => {
    const launch = launchTask({ task: definition, folder, stage, node, handler, environment });
    context.debug(`Using node path: ${node}`);
    const { exitCode, abandoned } = await runLines(run, launch);
    if (abandoned) {
      context.debug(
        'The task was marked as "done", but the process has not closed after 5 seconds. Treating the task as complete.',
      );
    } else if (exitCode !== 0) {
      throw new Error(exitCodeMessage(launch, exitCode));
    }
  };
}

async function runScript(run: StageRun, environment: StageEnvironment): Promise<void> {
  const { context, planned } = run;
  const { step } = planned;
  if (step.kind === 'task') {
    throw new Error(`'${step.task}' is no script.`);
  }
  const launch = launchScript(step, environment);
  for (const line of launch.preamble) {
    context.write(line);
  }
  const { exitCode, wroteToStderr } = await runLines(run, launch);
  const problems = [
    ...(exitCode === 0 ? [] : [`${launch.shell} exited with code '${exitCode}'.`]),
    ...(step.failOnStderr && wroteToStderr
      ? [`${launch.shell} wrote one or more lines to the standard error stream.`]
      : []),
  ];
  for (const problem of problems) {
    context.error(problem);
    context.complete('Failed', problem);
  }
}

async function runLines(
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
