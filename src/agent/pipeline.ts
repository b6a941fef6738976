import type { AgentNetwork, PublicNetwork } from '../agent-network';
import type { TaskError } from '../errors';
import type { Secret } from '../secret';

/** A service connection as the job may see it. */
export interface Connection {
  id: string;
  url: string;
  /** The authentication scheme; empty where the connection states none. */
  scheme: string;
  /** A field that is not confidential; empty where it is not set. */
  data(field: string): string;
  /** An authorization parameter that is not confidential; empty where it is not set. */
  parameter(field: string): string;
  /** A confidential field, masked before it is returned; undefined where it is not set. */
  secret(field: string): Secret | undefined;
}

/** Takes note of a setting that cannot be used. */
export type OnUnusable = (problem: TaskError) => void;

/** The agent's side of the world: what a step is given, and what it can say. */
export interface Pipeline {
  /** An input of the step; empty where it is not set. */
  input(name: string): string;
  /** An input that holds a secret, masked before it is returned; undefined where it is not set. */
  secretInput(name: string): Secret | undefined;
  /** A job variable that is not secret; empty where it is not set. */
  variable(name: string): string;
  /** Whether the job has a secret variable of this name. */
  hasSecretVariable(name: string): boolean;
  /** A service connection, or undefined where this job was not given it. */
  connection(id: string): Connection | undefined;
  /** The names of the job's variables that are not secret: the environment has each under its own name. */
  variableNames(): string[];
  /** What an earlier stage of this step left; empty where it left nothing. */
  taskVariable(name: string): string;
  setTaskVariable(name: string, value: string): void;
  /** A mark on a text by which a later stage of this job recognises it: no other job can make it. */
  seal(text: string): string;
  /** Has the agent replace every travelling form of the secret by *** from here on. */
  mask(secret: Secret): void;
  /** Sets a secret job variable. Never an output variable: those are sent to the server's timeline. */
  publishSecret(name: string, secret: Secret): void;
  /** Sets a job variable that is not secret, for later steps of this job alone. */
  setVariable(name: string, value: string): void;
  /** Sets an output variable of the step. */
  setOutput(name: string, value: string): void;
  say(line: string): void;
  /** Shows how far the step has come, in per cent. */
  progress(percent: number): void;
  warn(message: string): void;
  succeedWithIssues(message: string): void;
  fail(message: string): void;
  /**
   * How the agent reaches the network.
   * @param onUnusable is given each setting that cannot be used, which is then left out. Without it the first is thrown, as a
   * TaskError `network`.
   */
  network(onUnusable?: OnUnusable): AgentNetwork;
  /** The same, but as an earlier stage found it: with a warning where a later step has changed it. */
  networkSince(before: PublicNetwork, onUnusable: OnUnusable): AgentNetwork;
  /** The names of variables that some agents let stand for inputs, service connections and secrets of a step. */
  forgedNames(): string[];
  /** Whether the agent has taken all that this step wrote so far; false where it no longer reads. */
  outputIsRead(): Promise<boolean>;
  /** Calls the listener where the process is about to end with nothing left to wait for; returns what takes it back. */
  onDrained(listener: () => void): () => void;
}
