import type { Command } from './commands/commands';
import type { StageOutcome } from './results';

/** A service connection that exists in the project. */
export interface Connection {
  name: string;
  /** GUID; made up if absent. */
  id?: string;
  type: string;
  url: string;
  data?: Record<string, string>;
  authorization?: { scheme: string; parameters: Record<string, string> };
}

/** The two handlers that this runner can start. */
export type HandlerName = 'Node20_1' | 'Node24';

export type StageName = 'prejob' | 'main' | 'post';

/** The waits of a cancellation, in milliseconds. */
export interface CancelTimings {
  sigintMs: number;
  sigtermMs: number;
  /**
   * How long the job has after its cancellation before the worker is killed; by default the job's
   * `cancelTimeoutInMinutes`, at least one minute, and a minute more.
   */
  budgetMs?: number;
}

/** A stage while it runs, as the command hook sees it. */
export interface RunningStage {
  name: string;
  displayName: string;
  stage: StageName;
  /** 1 for the first attempt. */
  attempt: number;
  processId: number | undefined;
}

export interface JobOptions {
  /** YAML text, or what it would parse to. */
  pipeline: string | object;
  /** Values in place of the defaults of the pipeline's parameters. */
  parameters?: Record<string, string>;
  /** The repository that the job's sources are copied from, whether or not the pipeline checks them out; default: none. */
  repository?: string;
  /** The unpacked extension, which holds `tasks/<Name>/<Name>V<major>/task.json`. */
  tasksFolder: string;
  /** The service connections that exist. */
  connections?: Connection[];
  /** More job variables; they override predefined ones and those of the YAML. */
  variables?: Record<string, string>;
  secretVariables?: Record<string, string>;
  organizationUrl?: string;
  hostType?: 'build' | 'release';
  /** The job's own token, given to tasks in SYSTEMVSSCONNECTION. */
  jobAccessToken?: string;
  debug?: boolean;
  /** The Node binary that runs tasks; the default is the one that runs this. */
  node?: string;
  /** Whose target is taken; the default is the agent's own priority. */
  handler?: HandlerName;
  /** Where `_work` stands; the default is a fresh temporary folder, removed at the end. */
  agentFolder?: string;
  /** The worker's own environment; the default is a minimal copy of this process's. */
  processEnvironment?: NodeJS.ProcessEnv;
  /** Called with each masked line as it is written. */
  onLine?: (line: string) => void;
  /** Cancels the job as the service does. */
  cancel?: AbortSignal;
  cancelTimings?: CancelTimings;
  /** Called after each parsed logging command took effect; the next line waits for it. */
  onCommand?: (command: Command, stage: RunningStage) => void | Promise<void>;
  /** The wait before the retry that follows attempt 0, 1, 2 … */
  retryDelayMs?: (attempt: number) => number;
  /** The agent's setting of that name: a second `setvariable` of one output fails the step, for example. */
  protectReadOnlyVariableNames?: boolean;
  /** Models an agent that writes variables over inputs and connections of the same environment name. */
  variablesLast?: boolean;
  /**
   * Models a worker that dies: the pipes to its running process close, that process goes on to its own end, and nothing
   * more of the job runs.
   */
  loseWorker?: AbortSignal;
  /** Models a machine that is lost before its post-jobs run. */
  skipPostJob?: boolean;
}

export interface Issue {
  type: 'error' | 'warning';
  message: string;
}

export interface StageResult {
  /** The step's reference name: its `name`, or the one that the service gives. */
  name: string;
  /** As the service shows it: `Post-job: …` for a post-job. */
  displayName: string;
  stage: StageName;
  result: StageOutcome;
  /** The text of the last task.complete. */
  message?: string;
  issues: Issue[];
  /** Masked, as a reader sees it. */
  log: string[];
  /** Every line that the stage's processes wrote, unmasked. */
  rawLines: string[];
  /** Of the last attempt; null where no process ran, or where a signal ended it. */
  exitCode: number | null;
  milliseconds: number;
  /** The step's task variables when the stage ended. */
  taskVariables: Record<string, { value: string; secret: boolean }>;
  attempts: number;
}

export interface JobResult {
  /** Skipped where its condition, or that of its stage, does not hold. */
  result: StageOutcome;
  /** In the order they ran. */
  stages: StageResult[];
  log: string[];
  rawLines: string[];
  variables: Record<string, string>;
  secretVariables: Record<string, string>;
  /** Reference name of a step → its output variables. */
  outputs: Record<string, Record<string, string>>;
}
