import { type JobScope, StageContext } from '../commands/stage-context';
import type { ExpressionState } from '../expressions/functions';
import { setStepVariables } from '../job/step-variables';
import type { JobOptions, JobResult, StageResult } from '../options';
import type { Condition } from '../plan/conditions';
import { type JobOutcome, mergeResults } from '../results';
import { type JobPlan, planJob } from './job-plan';
import { killOrphans, runningProcesses } from './orphans';
import { listStages, type PlannedStage } from './stage-list';
import { endMessage, HookFailed, StageCancelled, type StageRun, WorkerLost } from './stage-process';
import { reportStage } from './stage-report';
import { executeStage } from './stage-run';
import { goesOnWhenCancelled, isToRun } from './step-condition';

/** Runs one job of a pipeline as the agent's worker does. Rejects with JobRefused before anything has run. */
export async function runJob(options: JobOptions): Promise<JobResult> {
  const before = runningProcesses();
  const plan = planJob(options);
  const run = new JobRun(plan, options);
  try {
    return await run.run();
  } catch (error) {
    throw error instanceof HookFailed ? error.cause : error;
  } finally {
    killOrphans(plan.lookupId, before);
    plan.folder.emptyTemp();
    plan.folder.dispose();
  }
}

class JobRun {
  readonly #plan: JobPlan;
  readonly #options: JobOptions;
  readonly #scope: JobScope;
  readonly #cancelled = new AbortController();
  readonly #killed = new AbortController();
  readonly #lost: AbortSignal;
  readonly #timers: NodeJS.Timeout[] = [];
  #result: JobOutcome | undefined;

  constructor(plan: JobPlan, options: JobOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#lost = options.loseWorker ?? new AbortController().signal;
    this.#scope = {
      hostType: options.hostType ?? 'build',
      debug: plan.variables.get('System.Debug')?.toLowerCase() === 'true',
      masker: plan.masker,
      variables: plan.variables,
      endpoints: plan.endpoints,
      protectsReadOnlyNames: options.protectReadOnlyVariableNames === true,
      prependPath: [],
      outputs: new Map(),
      log: [],
      rawLines: [],
      onLine: options.onLine ?? (() => {}),
    };
  }

  async run(): Promise<JobResult> {
    const stopWatching = this.#watchCancellation();
    const stages: StageResult[] = [];
    try {
      for (const stage of this.#plan.isToRun ? listStages(this.#plan.steps) : []) {
        const lost = this.#options.skipPostJob === true && stage.stage === 'post';
        if (!lost && !this.#killed.signal.aborted && !this.#lost.aborted) {
          stages.push(await this.#runStage(stage));
        }
      }
    } finally {
      stopWatching();
    }
    return this.#report(stages);
  }

  /** The job is cancelled by the caller or by its timeout; then a budget starts, at whose end the worker is killed. */
  #watchCancellation(): () => void {
    const minute = 60_000;
    const { timeoutInMinutes, cancelTimeoutInMinutes } = this.#plan.job;
    const onCancel = () => {
      const budget = Math.max(minute, cancelTimeoutInMinutes * minute) + minute;
      this.#timers.push(setTimeout(() => this.#killed.abort(), this.#options.cancelTimings?.budgetMs ?? budget));
      this.#setResult('Canceled');
      this.#cancelled.abort();
    };
    if (timeoutInMinutes > 0) {
      this.#timers.push(setTimeout(onCancel, timeoutInMinutes * minute));
    }
    const { cancel } = this.#options;
    if (cancel?.aborted) {
      onCancel();
    }
    cancel?.addEventListener('abort', onCancel, { once: true });
    return () => {
      cancel?.removeEventListener('abort', onCancel);
      for (const timer of this.#timers) {
        clearTimeout(timer);
      }
    };
  }

  #setResult(result: JobOutcome): void {
    this.#result = result;
    this.#plan.variables.set('agent.jobstatus', result);
  }

  get #status(): JobOutcome {
    return this.#result ?? 'Succeeded';
  }

  get #state(): ExpressionState {
    return { status: this.#status, variable: (name) => this.#plan.variables.get(name) };
  }

  async #runStage({ planned, stage, displayName, condition }: PlannedStage): Promise<StageResult> {
    const started = performance.now();
    const context = new StageContext(this.#scope, planned.scope);
    for (const warning of this.#plan.variables.expand()) {
      context.warning(warning);
    }
    const step = new AbortController();
    const run: StageRun = {
      plan: this.#plan,
      planned,
      stage,
      displayName,
      options: this.#options,
      context,
      cancel: step.signal,
      kill: this.#killed.signal,
      lose: this.#lost,
      exitCode: null,
      attempts: 0,
    };
    if (isToRun(run, condition, this.#state)) await this.#executeStage(run, step, condition);
    if (context.result === 'Failed' || context.result === 'SucceededWithIssues') {
      this.#setResult(mergeResults(this.#result, context.result));
    }
    return reportStage(run, performance.now() - started);
  }

  async #executeStage(run: StageRun, step: AbortController, condition: Condition): Promise<void> {
    const { context, planned } = run;
    const { displayName, timeoutInMinutes, continueOnError } = planned.step;
    let timedOut = false;
    const onCancel = () => {
      if (!goesOnWhenCancelled(condition, this.#state)) {
        context.error('The Operation will be canceled. The next steps may not contain expected logs.');
        step.abort();
      }
    };
    const onTimeout = () => {
      timedOut = !step.signal.aborted;
      step.abort();
    };
    this.#cancelled.signal.addEventListener('abort', onCancel);
    const timer = timeoutInMinutes > 0 ? setTimeout(onTimeout, timeoutInMinutes * 60_000) : undefined;
    context.section(`Starting: ${displayName}`);
    const unsetStepVariables = setStepVariables(this.#plan.variables, { ...planned.step, id: planned.id });
    try {
      await executeStage(run);
    } catch (error) {
      if (error instanceof HookFailed) {
        throw error;
      }
      const cancelled = error instanceof StageCancelled && !(error instanceof WorkerLost);
      context.error(endMessage(error, timedOut));
      context.result = cancelled && !timedOut ? 'Canceled' : 'Failed';
    } finally {
      clearTimeout(timer);
      this.#cancelled.signal.removeEventListener('abort', onCancel);
      unsetStepVariables();
    }
    if (context.commandResult !== undefined) {
      context.result = mergeResults(context.result, context.commandResult);
    }
    if (context.result === 'Failed' && continueOnError) {
      context.result = 'SucceededWithIssues';
    }
    context.section(`Finishing: ${displayName}`);
  }

  #report(stages: StageResult[]): JobResult {
    const { variables } = this.#plan;
    const named = (list: { name: string; value: string }[]) =>
      Object.fromEntries(list.map(({ name, value }) => [name, value]));
    return {
      result: this.#plan.isToRun ? this.#status : 'Skipped',
      stages,
      log: this.#scope.log,
      rawLines: this.#scope.rawLines,
      variables: named(variables.public()),
      secretVariables: named(variables.secret()),
      outputs: Object.fromEntries([...this.#scope.outputs].map(([step, values]) => [step, Object.fromEntries(values)])),
    };
  }
}
