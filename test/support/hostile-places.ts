import type { Fault } from '../../dev/emulator';
import { accessTokenInputs } from './step-inputs';

/** A run whose services say something hostile: what both kinds of runs take. */
interface HostileRun {
  inputs?: Record<string, string>;
  faults: Fault[];
}

/** The places where a text of a server may come into a message. */
export const places: Record<string, (text: string) => HostileRun> = {
  'Entra’s description': (text) => refusal('entra.token', 400, { error: 'invalid_grant', error_description: text }),
  'Entra’s error': (text) => refusal('entra.token', 400, { error: text, suberror: text, trace_id: text }),
  'the token API’s reason': (text) => create(200, { patToken: null, patTokenError: text, patTokenErrorMessage: text }),
  'the token API’s message': (text) => create(403, { message: text, typeKey: text }),
  'the granted scope': (text) => ({
    inputs: accessTokenInputs(),
    faults: [
      {
        operation: 'pats.create',
        answer: { mutate: (json: { patToken: object }) => ({ ...json, patToken: { ...json.patToken, scope: text } }) },
      },
    ],
  }),
  'the message of the pools': (text) => ({
    inputs: accessTokenInputs(),
    faults: [{ operation: 'pools.list', answer: { status: 403, body: JSON.stringify({ message: text }) } }],
  }),
};

function refusal(operation: Fault['operation'], status: number, body: object): HostileRun {
  return { faults: [{ operation, answer: { status, body: JSON.stringify(body) } }] };
}

function create(status: number, body: object): HostileRun {
  const plan = refusal('pats.create', status, body);
  return { ...plan, inputs: accessTokenInputs() };
}
