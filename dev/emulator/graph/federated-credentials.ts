import { randomUUID } from 'node:crypto';
import type { Application, FederatedCredential } from '../directory/entities';
import type { Answer } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import type { State } from '../state';
import { requireApplication, requireOwnApplication } from './applications';
import { requireGraphCaller } from './caller';
import { alreadyThere, badRequest, notFound } from './errors';
import { collection } from './query';

/** How many an application may have. */
const most = 20;

/** `GET /applications/{id}/federatedIdentityCredentials` */
export function listFederatedCredentials(exchange: Exchange, state: State): Answer {
  requireGraphCaller(exchange, state);
  return collection(exchange, credentialsOf(requireApplication(exchange, state)).map(credentialJson));
}

/** `POST` of the same. It takes a while until Entra knows it. */
export function addFederatedCredential(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state);
  const { name, issuer, subject, audiences, description = null } = exchange.json();
  const [audience, ...more] = Array.isArray(audiences) ? audiences : [];
  const texts = [name, issuer, subject, audience];
  if (!texts.every((text): text is string => typeof text === 'string' && text !== '') || more.length > 0) {
    throw badRequest('A federated identity credential needs a name, an issuer, a subject and one audience.');
  }
  const known = credentialsOf(application);
  if (known.length >= most) throw badRequest(`The application has ${most} federated identity credentials already.`);
  if (known.some((one) => one.name === name)) {
    throw alreadyThere('FederatedIdentityCredential with the same name already exists.');
  }
  if (known.some((one) => one.issuer === issuer && one.subject === subject)) {
    throw alreadyThere('FederatedIdentityCredential with the same issuer and subject already exists.');
  }
  const added: FederatedCredential = {
    id: randomUUID(),
    name: String(name),
    issuer: String(issuer),
    subject: String(subject),
    audience: String(audience),
    description: description === null ? null : String(description),
    worksFrom: state.clock.now() + state.directory.newFederatedCredentialDelaySeconds * 1000,
  };
  application.federatedCredentials = [...known, added];
  return { status: 201, json: credentialJson(added) };
}

/** `DELETE /applications/{id}/federatedIdentityCredentials/{idOrName}` */
export function deleteFederatedCredential(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state);
  const wanted = decodeURIComponent(exchange.route[2] ?? '');
  const known = credentialsOf(application);
  const left = known.filter(({ id, name }) => id !== wanted && name !== wanted);
  if (left.length === known.length) throw notFound(wanted);
  application.federatedCredentials = left;
  return { status: 204 };
}

/** All of them; one that was there from the start gets an id and a name when it is first looked at. */
function credentialsOf(application: Application): FederatedCredential[] {
  for (const credential of application.federatedCredentials ?? []) {
    credential.id ??= randomUUID();
    credential.name ??= credential.id;
  }
  return application.federatedCredentials ?? [];
}

function credentialJson({ id, name, issuer, subject, audience, description = null }: FederatedCredential) {
  return { id, name, issuer, subject, audiences: [audience], description };
}
