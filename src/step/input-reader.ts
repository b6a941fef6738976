import type { Connection, Pipeline } from '../agent/pipeline';
import { type ErrorCode, quoted, TaskError } from '../errors';
import type { Secret } from '../secret';

/** A value of type T as far as it could be read: what is missing in it has been noted as a problem. */
type Read<T> = { [Key in keyof T]: T[Key] | undefined };

const maxMinutes = 1440;

/**
 * Reads the inputs of a step, and gathers everything that is wrong with them, so that a person can correct it in one go.
 * A read that notes a problem returns a default, or undefined where there is none; `complete` then throws.
 */
export class InputReader {
  readonly #pipeline: Pipeline;
  readonly #problems: TaskError[] = [];

  /**
   * @param onForged takes note of variables that may stand for inputs or service connections; by default as a problem,
   * `connection-invalid`.
   */
  constructor(pipeline: Pipeline, onForged: (problem: TaskError) => void = (problem) => this.#note(problem)) {
    this.#pipeline = pipeline;
    const names = pipeline.forgedNames();
    if (names.length > 0) onForged(forged(names));
  }

  /** An input as it was written, without blanks around it; empty where it is not set. Notes nothing. */
  written(name: string): string {
    return this.#pipeline.input(name).trim();
  }

  /** A variable of the job that is not secret; empty where it is not set. Notes nothing. */
  variable(name: string): string {
    return this.#pipeline.variable(name);
  }

  /** A service connection that this job was given. Notes nothing. */
  connection(id: string): Connection | undefined {
    return this.#pipeline.connection(id);
  }

  /**
   * An input that is not secret; empty where it is not set. Notes `input-invalid` for an expression: the agent and the
   * service leave one as it is where they know no such variable.
   */
  text(name: string): string {
    const value = this.written(name);
    if (!holdsExpression(value)) return value;
    this.problem(
      'input-invalid',
      `${name} is still ${quoted(value)}: a variable or expression that has no value in this job.`,
      'Check the name in it, and that the variable is set before this step; nothing was sent.',
    );
    return '';
  }

  /** A secret input, masked; undefined where it is not set. Notes nothing. */
  secret(name: string): Secret | undefined {
    return this.#pipeline.secretInput(name);
  }

  /** One of several words. Notes `input-invalid` for any other, with the one that was probably meant. */
  oneOf<T extends string>(name: string, choices: readonly T[], byDefault: T): T | undefined {
    const value = this.text(name);
    if (value === '') return byDefault;
    const choice = choices.find((known) => known === value);
    if (choice !== undefined) return choice;
    const meant = choices.find((known) => known.toLowerCase() === value.toLowerCase());
    const hint = meant === undefined ? '' : ` Write ${meant}: capitals count.`;
    return this.problem('input-invalid', `${name} ${quoted(value)} is none of ${choices.join(', ')}.${hint}`);
  }

  /** True or false, in any case: templates write True. Notes `input-invalid` for anything else. */
  boolean(name: string, byDefault: boolean): boolean {
    const value = this.text(name).toLowerCase();
    if (value === '') return byDefault;
    // Not the library's getBoolInput, for which everything that is not "true" is false.
    if (value !== 'true' && value !== 'false') {
      this.problem('input-invalid', `${name} ${quoted(value)} is neither true nor false.`);
    }
    return value === 'true';
  }

  /** Whole minutes, at most a day. Notes `input-invalid`. */
  minutes(name: string, { byDefault, min }: { byDefault: number; min: number }): number {
    const text = this.text(name) || String(byDefault);
    const minutes = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
    if (!(minutes >= min && minutes <= maxMinutes)) {
      const range = `from ${min} to ${maxMinutes}`;
      this.problem('input-invalid', `${name} ${quoted(text)} is not a whole number of minutes ${range}.`);
    }
    return minutes;
  }

  /** Texts, one a line or separated by something else; blank ones are left out. */
  list(name: string, separator: RegExp): string[] {
    return this.text(name)
      .split(separator)
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  /**
   * The name of something in Azure DevOps; empty where it is not set. Notes `input-invalid`.
   * @param what the thing, for the message: "an agent pool".
   */
  name(input: string, what: string): string {
    const name = this.text(input);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no name contains one
    if (name.length > 256 || /[\u0000-\u001f\u007f]/.test(name)) {
      this.problem('input-invalid', `${input} ${quoted(name)} cannot be the name of ${what}.`);
    }
    return name;
  }

  /** Notes `input-invalid` for an input that cannot be honoured: no author may believe in a limit that does not hold. */
  refuse(name: string, why: string, remedy = `leave ${name} empty, or change the other input`): void {
    this.problem(
      'input-invalid',
      `${name} is set but has no effect where ${why}.`,
      `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}; nothing was sent.`,
    );
  }

  /**
   * Notes a problem; the remedy is the usual one of its code unless another is given.
   * @returns undefined, which is what a read returns that has no value.
   */
  problem(code: ErrorCode, what: string, remedy?: string): undefined {
    this.#note(new TaskError(code, what, { remedy }));
  }

  /** Returns what is read; where that throws a TaskError, notes it and returns undefined. */
  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      this.#note(error);
      return undefined;
    }
  }

  /** What is read in two ways is wrong in both, but a person corrects it once. */
  #note(problem: TaskError): void {
    if (!this.#problems.some(({ message }) => message === problem.message)) this.#problems.push(problem);
  }

  /**
   * Returns the values, once all inputs have been read.
   * @throws TaskError with all problems that were noted, under the code of the first.
   */
  complete<T extends object>(values: Read<T>): T {
    const [first, ...others] = this.#problems;
    if (first !== undefined && others.length === 0) throw first;
    if (first !== undefined) {
      const list = this.#problems.map(({ what, code }, index) => `${index + 1}) ${what} [${code}]`).join(' ');
      throw new TaskError(first.code, `There are ${this.#problems.length} problems: ${list}`, {
        remedy: 'Correct them all and run the pipeline again; nothing was sent.',
      });
    }
    // The one place where this is known: a read that left a value out noted a problem.
    return values as T;
  }
}

function forged(names: string[]): TaskError {
  const list = names.map((name) => quoted(name)).join(', ');
  const named = names.length === 1 ? 'is named' : 'are named';
  return new TaskError(
    'connection-invalid',
    `${list} of the variables of this pipeline ${named} like what the agent gives a step of its inputs and service connections, and some agents would let a variable stand for that.`,
    { remedy: 'Rename or remove each of these variables; nothing was sent.' },
  );
}

/** Whether a text still holds a macro, a runtime expression or a template expression of a pipeline. */
export function holdsExpression(text: string): boolean {
  return /\$\([^)]*\)|\$\[[^\]]*\]|\$\{\{.*?\}\}/s.test(text);
}
