import type { Endpoint } from '../job/connections';
import type { SecretMasker } from '../job/masking';
import type { Variables } from '../job/variables';
import type { Issue } from '../options';
import type { Restriction } from '../plan/restrictions';
import { mergeResults, type StageOutcome } from '../results';
import { escapeData } from './commands';

/** What the whole job shares. */
export interface JobScope {
  hostType: 'build' | 'release';
  debug: boolean;
  masker: SecretMasker;
  variables: Variables;
  /** The connections that the job came with, without the job's own. */
  endpoints: readonly Endpoint[];
  /** Whether a read-only variable is refused under every name that its environment variable has. */
  protectsReadOnlyNames: boolean;
  prependPath: string[];
  outputs: Map<string, Map<string, string>>;
  log: string[];
  rawLines: string[];
  onLine: (line: string) => void;
}

/** What the stages of one step share. */
export interface StepScope {
  name: string;
  taskVariables: Variables;
  restrictions: readonly Restriction[];
  outputVariables: readonly string[];
}

/** One stage while it runs: its log, its issues and its result. */
export class StageContext {
  readonly job: JobScope;
  readonly step: StepScope;
  readonly issues: Issue[] = [];
  readonly log: string[] = [];
  readonly rawLines: string[] = [];
  /** What task.complete said, or how the process ended. */
  result: StageOutcome | undefined;
  /** The worst that went wrong while commands were processed; no retry takes it back. */
  commandResult: StageOutcome | undefined;
  message: string | undefined;
  /** Called when a task declares itself done while its process still runs. */
  onDone: () => void = () => {};

  constructor(job: JobScope, step: StepScope) {
    this.job = job;
    this.step = step;
  }

  /** Masks a message as a whole and writes it, line by line. */
  write(text: string): void {
    for (const line of this.job.masker.mask(text).split(/\r\n|\r|\n/)) {
      this.log.push(line);
      this.job.log.push(line);
      this.job.onLine(line);
    }
  }

  section(text: string): void {
    this.write(`##[section]${text}`);
  }

  debug(text: string): void {
    if (this.job.debug) {
      this.write(`##[debug]${text}`);
    }
  }

  warning(text: string): void {
    this.addIssue({ type: 'warning', message: text });
  }

  error(text: string): void {
    this.addIssue({ type: 'error', message: text });
  }

  addIssue(issue: Issue): void {
    this.issues.push({ type: issue.type, message: this.job.masker.mask(issue.message) });
    this.write(`##[${issue.type}]${issue.message}`);
  }

  failCommand(): void {
    this.commandResult = 'Failed';
  }

  complete(result: StageOutcome, message: string): void {
    this.result = mergeResults(this.result, result);
    this.message = this.job.masker.mask(message);
  }

  /** The name under which a variable is stored: an output is known only behind its step's name. */
  destination(name: string, output: boolean): string {
    const declared = this.step.outputVariables.some((each) => each.toLowerCase() === name.toLowerCase());
    return output || declared ? `${this.step.name}.${name}` : name;
  }

  /** Stores a variable that a command sets. */
  setVariable(name: string, value: string, { output, ...settings }: VariableFlags): void {
    const destination = this.destination(name, output);
    if (destination !== name) {
      const ofStep = this.job.outputs.get(this.step.name) ?? new Map<string, string>();
      this.job.outputs.set(this.step.name, ofStep.set(name, value));
    }
    this.job.variables.set(destination, value, settings);
  }

  /** Registers the form in which a secret travels in a command. */
  maskEscaped(value: string): void {
    this.job.masker.add(escapeData(value));
  }
}

export interface VariableFlags {
  secret: boolean;
  output: boolean;
  readOnly: boolean;
  preserveCase: boolean;
}
