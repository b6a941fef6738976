import { parseFault } from '../faults/faults';
import type { PatRecord } from '../model';
import type { Answer } from '../requests/answers';
import type { RequestRecord } from '../requests/exchange';
import type { ServiceRequest, Services } from '../services';
import type { State } from '../state';

/** Lets another process steer the emulator, under `/_emulator/`. Nothing secret is ever answered. */
export function control({ method, url, body }: ServiceRequest, services: Services): Answer {
  const { state, requests } = services;
  const path = new URL(url).pathname;
  try {
    switch (`${method} ${path}`) {
      case 'POST /_emulator/clock': {
        const { advanceMinutes } = JSON.parse(body);
        if (typeof advanceMinutes !== 'number') throw new Error('advanceMinutes must be a number');
        state.clock.advance(advanceMinutes * 60_000);
        return { status: 200, json: { now: new Date(state.clock.now()).toISOString() } };
      }
      case 'POST /_emulator/faults':
        services.plan(parseFault(JSON.parse(body)));
        return { status: 204 };
      case 'GET /_emulator/faults':
        return { status: 200, json: services.plannedFaults() };
      case 'DELETE /_emulator/faults':
        services.recover();
        return { status: 204 };
      case 'GET /_emulator/requests':
        return { status: 200, json: requests.map(outline) };
      case 'GET /_emulator/tokens':
        return { status: 200, json: state.pats.map((pat) => describe(pat, state)) };
      default:
        return { status: 501, json: { error: 'No such control', method, path } };
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
