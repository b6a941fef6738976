import { randomUUID } from 'node:crypto';
import { Refusal } from '../requests/answers';

/** An error in the form in which Microsoft Graph writes it. */
export function graphError(status: number, code: string, message: string): Refusal {
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': randomUUID(),
    'client-request-id': randomUUID(),
  };
  return new Refusal({ status, json: { error: { code, message, innerError } } });
}

export function badRequest(message: string): Refusal {
  return graphError(400, 'Request_BadRequest', message);
}

export function notFound(id: string): Refusal {
  const text = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return graphError(404, 'Request_ResourceNotFound', text);
}

export function alreadyThere(message: string): Refusal {
  return graphError(409, 'Request_MultipleObjectsWithSameKeyValue', message);
}

export function denied(): Refusal {
  return graphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}
