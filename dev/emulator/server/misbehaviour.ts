import { setTimeout as wait } from 'node:timers/promises';
import { entraRefusal } from '../entra/refusals';
import type { State } from '../state';
import { type Delivery, deliver, deliverEnormous, type Manner } from './delivery';
import type { Answer, RequestRecord } from './exchange';
import type { Fault, FaultAnswer } from './faults';

/** Answers a request as planned: normally if there is no fault. `effect` does what was asked and gives the normal answer. */
export async function misbehave(
  fault: Fault | undefined,
  effect: () => Promise<Answer>,
  delivery: Delivery,
  record: RequestRecord,
  state: State,
): Promise<void> {
  const send = async (answer: Answer, manner: Manner = {}) => {
    record.status = answer.status;
    await deliver(delivery, answer, manner);
  };
  if (!fault) return send(await effect());
  const { answer: planned, when = 'before' } = fault;
  const { closing } = delivery;

  if ('delayMs' in planned) {
    if (when === 'before') await wait(planned.delayMs, undefined, { signal: closing });
    const answer = await effect();
    if (when === 'after') await wait(planned.delayMs, undefined, { signal: closing });
    return send(answer);
  }
  if ('slowHeadersMs' in planned || 'slowBodyMs' in planned || 'truncate' in planned)
    return send(await effect(), planned);
  if ('mutate' in planned) {
    const answer = await effect();
    return send({ ...answer, json: planned.mutate(answer.json as never) });
  }
  if ('bom' in planned && !('status' in planned)) return send({ ...(await effect()), bom: true });
  if ('headers' in planned && !('status' in planned)) {
    const answer = await effect();
    return send({ ...answer, headers: { ...answer.headers, ...planned.headers } });
  }

  if (when === 'after') await effect();
  if ('hang' in planned) return;
  if ('reset' in planned) {
    delivery.request.socket.destroy();
    return;
  }
  if ('enormousBytes' in planned) {
    record.status = 200;
    return deliverEnormous(delivery, planned.enormousBytes, record);
  }
  return send(replacement(planned, state));
}

type Replacement = Extract<FaultAnswer, { status: number } | { redirectTo: string } | { aadsts: number }>;

function replacement(planned: Replacement, state: State): Answer {
  if ('aadsts' in planned) {
    const { aadsts, message = 'The emulator was told to refuse.', ...details } = planned;
    return entraRefusal(state, aadsts, message, details);
  }
  if ('redirectTo' in planned) {
    return { status: 302, headers: { Location: planned.redirectTo }, contentType: 'text/html', text: 'Object moved' };
  }
  const { body, contentType = 'application/json; charset=utf-8', ...answer } = planned;
  return { ...answer, ...(body === undefined ? {} : { text: body, contentType }) };
}
