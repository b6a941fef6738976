import type { Fault, FaultAnswer } from '../../dev/emulator';

/** Far more than a task may read, and than all buffers on the way can hold. */
const enormousBytes = 64 * 1024 * 1024;

/** What a service does, whichever operation is asked for. */
export interface Misbehaviour {
  answer: FaultAnswer | ((now: number) => FaultAnswer);
  when?: Fault['when'];
  /** How many requests it affects; without it, all until the service works again. */
  times?: number;
}

const withinTime = 10_000;
const beyondTime = 100_000;
/** Another host, which no request may reach: the services know nothing there. */
const elsewhere = 'https://elsewhere.example/';
const page = '<!DOCTYPE html><html><body>Sign in</body></html>';
const html = { body: page, contentType: 'text/html; charset=utf-8' };
const limited =
  'TF400733: The request has been canceled: Request was blocked due to exceeding usage of resource Concurrency in namespace User.';

/** An answer in the form in which Azure DevOps wraps its exceptions. */
function envelope(
  status: number,
  typeKey: string,
  message: string,
  headers: Record<string, string> = {},
): FaultAnswer & { status: number } {
  const typeName = `Microsoft.TeamFoundation.Framework.Server.${typeKey}, Microsoft.TeamFoundation.Framework.Server`;
  const body = { $id: '1', innerException: null, message, typeName, typeKey, errorCode: 0, eventId: 3000 };
  return { status, body: JSON.stringify(body), headers };
}

/** An answer of the token API that gives its reason by name. */
function reason(patTokenError: string, status = 200): FaultAnswer & { status: number } {
  return { status, body: JSON.stringify({ patToken: null, patTokenError, patTokenErrorMessage: 'No.' }) };
}

function sessionTokenNotFound(status: number): FaultAnswer & { status: number } {
  return envelope(status, 'SessionTokenNotFoundException', 'The session token could not be found.');
}

const internalError = envelope(400, 'JsonReaderException', 'TF400898: An Internal Error Occurred. Activity Id: 1.');
const unauthorized = "TF400813: The user '' is not authorized to access this resource.";
const challenge = { 'WWW-Authenticate': 'Bearer error="insufficient_claims", claims="e30="' };

/** By the names under which the tables list them. */
export const misbehaviours: Record<string, Misbehaviour> = {
  '400': { answer: { status: 400 } },
  '400, wrapped': { answer: internalError },
  '400, wrapped, behind a byte order mark': { answer: { ...internalError, bom: true } },
  '401': { answer: { status: 401 } },
  '401, wrapped': { answer: envelope(401, 'UnauthorizedRequestException', unauthorized) },
  '401, wants other claims': { answer: { status: 401, headers: challenge } },
  '403': { answer: { status: 403 } },
  '403, wrapped': { answer: envelope(403, 'AccessDeniedException', 'Access denied. Needs View permissions.') },
  '403, a page': { answer: { status: 403, ...html } },
  '404': { answer: { status: 404 } },
  '400, invalidAuthorizationId': { answer: reason('invalidAuthorizationId', 400) },
  '200, accessDenied': { answer: reason('accessDenied') },
  '409, wrapped': { answer: envelope(409, 'SundayException', 'It is Sunday.') },
  '429': { answer: { status: 429 } },
  '429, wrapped': { answer: envelope(429, 'RequestBlockedException', limited) },
  '429 once, Retry-After 5': { answer: { status: 429, headers: { 'Retry-After': '5' } }, times: 1 },
  '429 once, Retry-After a date': { answer: (now) => dated(now + 10_000), times: 1 },
  '429 once, Retry-After soon': { answer: { status: 429, headers: { 'Retry-After': 'soon' } }, times: 1 },
  '429, Retry-After 90': { answer: { status: 429, headers: { 'Retry-After': '90' } } },
  '500': { answer: { status: 500 } },
  '500, wrapped': { answer: envelope(500, 'VssServiceException', 'TF400898: An Internal Error Occurred.') },
  '500 once': { answer: { status: 500 }, times: 1 },
  '500, though it was done': { answer: { status: 500 }, when: 'after' },
  '500 once, though it was done': { answer: { status: 500 }, when: 'after', times: 1 },
  '505': { answer: { status: 505 } },
  '502, a page': { answer: { status: 502, ...html } },
  '503': { answer: { status: 503 } },
  '503 once, Retry-After 5': { answer: { status: 503, headers: { 'Retry-After': '5' } }, times: 1 },
  '504': { answer: { status: 504 } },
  '203, a page': { answer: { status: 203, ...html } },
  '302 to another host': { answer: { redirectTo: elsewhere } },
  '307 to another host': { answer: { status: 307, headers: { Location: elsewhere } } },
  '200, a page': { answer: { status: 200, ...html } },
  '200, empty': { answer: { status: 200 } },
  '200, half a text': { answer: { status: 200, body: '{"count":1,"value":[{"id":1,"na' } },
  '200, no JSON': { answer: { status: 200, body: 'Please wait.', contentType: 'text/plain' } },
  '200, other JSON': { answer: { status: 200, body: '[]' } },
  '200, cut off': { answer: { truncate: true } },
  '200, enormous': { answer: { enormousBytes } },
  '204': { answer: { status: 204 } },
  'done, 200': { answer: { status: 200 }, when: 'after' },
  'done, 200 with a result': {
    answer: { status: 200, body: '{"patToken":null,"patTokenError":"none"}' },
    when: 'after',
  },
  'done, 204': { answer: { status: 204 }, when: 'after' },
  'gone, 404': { answer: { status: 404 }, when: 'after' },
  'gone, 404, wrapped': { answer: sessionTokenNotFound(404), when: 'after' },
  'gone, 400, wrapped': { answer: sessionTokenNotFound(400), when: 'after' },
  'gone, 500, wrapped': { answer: sessionTokenNotFound(500), when: 'after' },
  'gone, wrapped, behind a byte order mark': { answer: { ...sessionTokenNotFound(404), bom: true }, when: 'after' },
  'gone, 200, tokenNotFound': { answer: reason('tokenNotFound'), when: 'after' },
  'gone, 200, TokenNotFound': { answer: reason('TokenNotFound'), when: 'after' },
  'gone, 400, tokenNotFound': { answer: reason('tokenNotFound', 400), when: 'after' },
  'gone, 200, authorizationNotFound': { answer: reason('authorizationNotFound'), when: 'after' },
  'right, as text/html': { answer: { headers: { 'Content-Type': 'text/html' } } },
  'right, behind a byte order mark': { answer: { bom: true } },
  'right, head in 10 s': { answer: { slowHeadersMs: withinTime } },
  'right, body in 10 s': { answer: { slowBodyMs: withinTime } },
  'right, Retry-After 5': { answer: { headers: { 'Retry-After': '5' } } },
  'right, Retry-After 3600': { answer: { headers: { 'Retry-After': '3600' } } },
  'head in 100 s': { answer: { slowHeadersMs: beyondTime } },
  'body in 100 s': { answer: { slowBodyMs: beyondTime } },
  'no answer': { answer: { hang: true } },
  'no answer once, though it was done': { answer: { hang: true }, when: 'after', times: 1 },
  reset: { answer: { reset: true } },
  'reset, though it was done': { answer: { reset: true }, when: 'after' },
  'the same page again': { answer: { mutate: endless } },
  'reset once, though it was done': { answer: { reset: true }, when: 'after', times: 1 },
};

/** A list whose continuation leads to the same page for ever. */
function endless(page: object): object {
  return { ...page, continuationToken: 'MQ' };
}

function dated(time: number): FaultAnswer {
  return { status: 429, headers: { 'Retry-After': new Date(time).toUTCString() } };
}
