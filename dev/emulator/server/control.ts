import type { IncomingMessage } from 'node:http';
import type { PatRecord } from '../model';
import type { State } from '../state';
import type { Answer, RequestRecord } from './exchange';
import { type FaultPlan, parseFault } from './faults';

/** Lets another process steer the emulator, under `/_emulator/`. Nothing secret is ever answered. */
export function control(
  request: IncomingMessage,
  body: string,
  { state, requests, faults }: { state: State; requests: RequestRecord[]; faults: FaultPlan },
): Answer {
  try {
    switch (`${request.method} ${request.url}`) {
      case 'POST /_emulator/clock': {
        const { advanceMinutes } = JSON.parse(body);
        if (typeof advanceMinutes !== 'number') throw new Error('advanceMinutes must be a number');
        state.clock.advance(advanceMinutes * 60_000);
        return { status: 200, json: { now: new Date(state.clock.now()).toISOString() } };
      }
      case 'POST /_emulator/faults':
        faults.add(parseFault(JSON.parse(body)));
        return { status: 204 };
      case 'GET /_emulator/requests':
        return { status: 200, json: requests.map(outline) };
      case 'GET /_emulator/tokens':
        return { status: 200, json: state.pats.map((pat) => describe(pat, state)) };
      default:
        return { status: 501, json: { error: 'No such control', method: request.method, path: request.url } };
    }
  } catch (error) {
    return { status: 400, json: { error: (error as Error).message } };
  }
}

function outline({ method, path, query, operation, status, at }: RequestRecord) {
  return { method, path, query, operation, status, at: new Date(at).toISOString() };
}

function describe(pat: PatRecord, state: State) {
  const { authorizationId, displayName, scope, revoked } = pat;
  const status = revoked ? 'revoked' : state.isActive(pat) ? 'active' : 'expired';
  return { authorizationId, displayName, scope, validTo: new Date(pat.validTo).toISOString(), status };
}
