import { existsSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { StageEnvironment } from '../job/environment';
import { evaluateInputs } from '../job/inputs';
import type { Variables } from '../job/variables';
import { launchScript } from './script-handler';
import { HookFailed, runLines, StageCancelled, type StageRun } from './stage-process';
import { exitCodeMessage, launchTask, taskBanner } from './task-handler';

/** The service accepts no more retries than this. */
const maxRetries = 10;

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
    variablesLast: options.variablesLast === true,
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
  const values = evaluateInputs(definition, inputs.values, shared);
  const { endpoints } = inputs;
  if (endpoints.length > 0 && keepsSecretsFromForks(plan.variables)) {
    return async () => {
      context.write('References service endpoint. PRs from repository forks are not allowed to access secrets.');
      context.complete('Skipped', '');
    };
  }
  const environment: StageEnvironment = { ...shared, inputs: values, endpoints: [...endpoints, plan.system] };
  const { file: node, warning } = plan.node;
  return async () => {
    const launch = launchTask({ task: definition, folder, stage, node, handler: options.handler, environment });
    if (warning !== undefined) {
      context.warning(warning);
    }
    context.debug(`Using node path: ${node}`);
    requireFolder(launch.workingDirectory);
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

/** Starting a process elsewhere would fail with a message that names the program instead. */
function requireFolder(workingDirectory: string): void {
  if (!existsSync(workingDirectory) || !statSync(workingDirectory).isDirectory()) {
    throw new Error(
      `The workingDirectory of this step is no folder: ${workingDirectory}. A relative one begins at $(System.DefaultWorkingDirectory), which is empty unless a step fills it.`,
    );
  }
}

/** A build of a pull request from a fork, in a project that keeps its secrets from those. */
function keepsSecretsFromForks(variables: Variables): boolean {
  const isTrue = (name: string) => variables.get(name)?.toLowerCase() === 'true';
  return isTrue('System.RestrictSecrets') && isTrue('System.PullRequest.IsFork');
}

async function runScript(run: StageRun, environment: StageEnvironment): Promise<void> {
  const { context, planned } = run;
  const { step } = planned;
  if (step.kind === 'task') {
    throw new Error(`'${step.task}' is no script.`);
  }
  const launch = launchScript(step, environment);
  requireFolder(launch.workingDirectory);
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
