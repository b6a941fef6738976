import type { StageResult } from '../options';
import type { StageRun } from './stage-process';

/** What the caller learns of a stage that has ended. */
export function reportStage(run: StageRun, milliseconds: number): StageResult {
  const { context, planned, stage, displayName } = run;
  return {
    name: planned.step.name,
    displayName,
    stage,
    result: context.result ?? 'Succeeded',
    ...(context.message === undefined ? {} : { message: context.message }),
    issues: context.issues,
    log: context.log,
    rawLines: context.rawLines,
    exitCode: run.exitCode,
    milliseconds,
    taskVariables: Object.fromEntries(
      planned.scope.taskVariables.all().map(({ name, value, secret }) => [name, { value, secret }]),
    ),
    attempts: run.attempts,
  };
}
