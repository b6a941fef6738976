import type { Time } from '../clock';
import { entraRefusal } from '../entra/refusals';
import type { Answer } from '../requests/answers';
import type { State } from '../state';
import type { Fault, FaultAnswer } from './faults';
import { namedAnswers } from './named-answers';

/** How an answer leaves, if not at once, whole and plain. */
export interface Manner {
  slowHeadersMs?: number;
  slowBodyMs?: number;
  truncate?: boolean;
  gzip?: boolean;
  continueFirst?: boolean;
  closeAfter?: boolean;
}

/** What a request ends in, whether it came over a socket or from the same process. */
export type Outcome =
  | { kind: 'answer'; answer: Answer; manner: Manner }
  | { kind: 'enormous'; bytes: number }
  | { kind: 'hang' }
  | { kind: 'reset' }
  | { kind: 'switch-protocols' };

/** One request that a fault may affect. */
export interface Affected {
  state: State;
  time: Time;
  /** Aborted when the services close. */
  closing: AbortSignal;
  /** Does what was asked and gives the normal answer. */
  effect: () => Promise<Answer>;
}

const manners = ['slowHeadersMs', 'slowBodyMs', 'truncate', 'gzip', 'continueFirst', 'closeAfter'];

/** Ends a request as planned: normally if there is no fault. */
export async function outcomeOf(fault: Fault | undefined, affected: Affected): Promise<Outcome> {
  const { effect, time, closing } = affected;
  if (!fault) return normally(await effect());
  const { answer: planned, when = 'before' } = fault;

  if ('delayMs' in planned) {
    if (when === 'before') await time.sleep(planned.delayMs, closing);
    const answer = await effect();
    if (when === 'after') await time.sleep(planned.delayMs, closing);
    return normally(answer);
  }
  if (manners.some((manner) => manner in planned)) return normally(await effect(), planned as Manner);
  if ('mutate' in planned) {
    const answer = await effect();
    return normally({ ...answer, json: planned.mutate(answer.json as never) });
  }
  if ('bom' in planned && !('status' in planned)) return normally({ ...(await effect()), bom: true });
  if ('headers' in planned && !('status' in planned)) {
    const answer = await effect();
    return normally({ ...answer, headers: { ...answer.headers, ...planned.headers } });
  }
  if (when === 'after') await effect();
  if (fault.effectAfterMs !== undefined) effectLater(fault.effectAfterMs, affected);
  return inPlace(planned as InPlace, affected.state);
}

function normally(answer: Answer, manner: Manner = {}): Outcome {
  return { kind: 'answer', answer, manner };
}

/** The effect that a client no longer waits for. */
function effectLater(milliseconds: number, { time, closing, effect }: Affected): void {
  void time.sleep(milliseconds, closing).then(async () => {
    if (!closing.aborted) await effect();
  });
}

type InPlace = Extract<
  FaultAnswer,
  | { status: number }
  | { named: string }
  | { redirectTo: string }
  | { aadsts: number }
  | { hang: true }
  | { reset: true }
  | { switchProtocols: true }
  | { enormousBytes: number }
>;

function inPlace(planned: InPlace, state: State): Outcome {
  if ('hang' in planned) return { kind: 'hang' };
  if ('reset' in planned) return { kind: 'reset' };
  if ('switchProtocols' in planned) return { kind: 'switch-protocols' };
  if ('enormousBytes' in planned) return { kind: 'enormous', bytes: planned.enormousBytes };
  if ('named' in planned) return normally(namedAnswers[planned.named]);
  if ('aadsts' in planned) {
    const { aadsts, message = 'The emulator was asked to refuse.', ...details } = planned;
    return normally(entraRefusal(state, { code: aadsts, message, ...details }));
  }
  if ('redirectTo' in planned) {
    const headers = { Location: planned.redirectTo };
    return normally({ status: 302, headers, contentType: 'text/html', text: 'Object moved' });
  }
  const { body, contentType = 'application/json; charset=utf-8', ...answer } = planned;
  return normally({ ...answer, ...(body === undefined ? {} : { text: body, contentType }) });
}
