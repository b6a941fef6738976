import type { Pipeline } from '../agent/pipeline';
import { TaskError } from '../errors';
import { InputReader } from '../step/input-reader';
import type { Online, Step } from '../step/run-step';
import { utcText } from '../time';
import { readWaitInputs, type WaitInputs } from './inputs';
import { type Look, Observer } from './look';
import { listed, remedyFor } from './obstacles';
import { printChanges } from './progress';
import { unknownMintTime } from './since';
import type { Wanted } from './wanted';
import { WatchedAgents } from './watched-agents';

/** Milliseconds between two looks, at first and at most; each pause is longer than the one before. */
const firstPause = 10_000;
const maxPause = 30_000;
const slower = 1.2;
/** Milliseconds for the last look, which begins within the time that was given. */
const lastLook = 30_000;
/** Faults that may be gone at the next look. */
const passing = ['network', 'timed-out', 'throttled', 'response-malformed'];

/** The story of WaitForAgents: waits until the agents are online that a job has booted, or offline before it deletes them. */
export async function wait({ pipeline, goOnline }: Step): Promise<void> {
  const inputs = readWaitInputs(new InputReader(pipeline));
  sayFromWhen(pipeline, inputs.wanted);
  await waitUntilMet(goOnline({ budget: inputs.timeoutMinutes * 60_000 + lastLook }), inputs);
}

function sayFromWhen(pipeline: Pipeline, { since }: Wanted): void {
  if (since === 'unknown') pipeline.warn(unknownMintTime);
  if (typeof since !== 'object') return;
  const when = since.event === undefined ? '' : `, when ${since.event}`;
  pipeline.say(`Agents count that came online at or after ${utcText(since.time)}${when}.`);
}

async function waitUntilMet({ pipeline, conversation }: Online, inputs: WaitInputs): Promise<void> {
  const watch = new Watch(pipeline, new Observer(new WatchedAgents(conversation, inputs), inputs.wanted), inputs);
  const end = conversation.monotonic() + inputs.timeoutMinutes * 60_000;
  try {
    for (let pause = firstPause; !(await watch.isMet()); pause = Math.min(pause * slower, maxPause)) {
      const left = end - conversation.monotonic();
      if (left <= 0) throw watch.failure();
      await conversation.pause(Math.min(pause, left));
    }
  } finally {
    // Once, at the end: an agent may refuse to set an output twice.
    watch.publish();
  }
}

/** The looks of this step, one after another. */
class Watch {
  readonly #pipeline: Pipeline;
  readonly #observer: Observer;
  readonly #inputs: WaitInputs;
  #last: Look | undefined;
  /** What made the newest look fail. */
  #trouble: TaskError | undefined;

  constructor(pipeline: Pipeline, observer: Observer, inputs: WaitInputs) {
    this.#pipeline = pipeline;
    this.#observer = observer;
    this.#inputs = inputs;
  }

  /**
   * Looks once, and prints what has changed.
   * @throws TaskError for a fault that will not pass.
   */
  async isMet(): Promise<boolean> {
    try {
      const look = await this.#observer.look();
      printChanges(this.#pipeline, this.#inputs.wanted, [this.#last, look]);
      this.#last = look;
      this.#trouble = undefined;
      return look.unmet.length === 0;
    } catch (error) {
      if (!(error instanceof TaskError) || !passing.includes(error.code)) throw explained(error, this.#inputs);
      if (error.code !== this.#trouble?.code) this.#pipeline.say(`Looking again later: ${error.what}`);
      this.#trouble = error;
      return false;
    }
  }

  /** What to say where the time is up. */
  failure(): TaskError | undefined {
    return this.#last ? notMet(this.#inputs, this.#last, this.#trouble) : this.#trouble;
  }

  publish(): void {
    if (this.#last) this.#pipeline.setOutput('onlineCount', String(this.#last.online.length));
  }
}

/** What a token that is not accepted means here, where it is no fresh one. */
function explained(error: unknown, { target }: WaitInputs): unknown {
  if (!(error instanceof TaskError) || error.code !== 'token-not-accepted') return error;
  const scope = target.kind === 'pool' ? '' : `, or was not minted with the scope ${target.kind}`;
  return new TaskError(error.code, error.what, {
    remedy: `The token has expired or was revoked${scope}: put this step before the one that revokes the token, and let the token live longer than timeoutMinutes.`,
    cause: error,
  });
}

function notMet(inputs: WaitInputs, last: Look, trouble: TaskError | undefined): TaskError {
  const minutes = inputs.timeoutMinutes === 1 ? '1 minute' : `${inputs.timeoutMinutes} minutes`;
  const why = trouble === undefined ? '' : ` The last look failed: ${trouble.what}`;
  const what = `After ${minutes}: ${listed(last.unmet)}.${why}`;
  return new TaskError('agents-not-online', what, { remedy: remedyFor(last.unmet) });
}
