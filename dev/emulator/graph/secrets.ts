import { randomUUID } from 'node:crypto';
import type { ClientSecret } from '../directory/entities';
import { type Answer, jsonObject } from '../requests/answers';
import type { Exchange } from '../requests/exchange';
import { secret } from '../secret';
import type { State } from '../state';
import { requireOwnApplication } from './applications';
import { badRequest, graphError } from './errors';
import { firstSecret, secretsOf, twoYears } from './shown-secrets';

/** `POST /applications/{id}/addPassword`: the one time that the secret is shown. */
export function addPassword(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state);
  const { displayName = null, endDateTime } = jsonObject(exchange.json().passwordCredential ?? {});
  const now = state.clock.now();
  const endsAt = endDateTime === undefined ? now + twoYears : Date.parse(String(endDateTime));
  if (Number.isNaN(endsAt) || endsAt <= now) {
    throw badRequest("Invalid value specified for property 'endDateTime' of resource 'PasswordCredential'.");
  }
  if (state.directory.secretsForbidden) {
    const text = 'Credential type not allowed as per assigned policy.';
    throw graphError(403, 'CredentialTypeNotAllowedAsPerAppPolicy', text);
  }
  const added: ClientSecret = {
    keyId: randomUUID(),
    displayName: displayName === null ? null : String(displayName),
    secretText: `${secret(3)}8Q~${secret(34)}`,
    startsAt: now,
    endsAt,
    worksFrom: now + state.directory.newSecretDelaySeconds * 1000,
  };
  application.passwords = [...(application.passwords ?? []), added];
  const shown = secretsOf(application, state).find(({ keyId }) => keyId === added.keyId);
  return { status: 200, json: { ...shown, hint: added.secretText.slice(0, 3), customKeyIdentifier: null } };
}

/** `POST /applications/{id}/removePassword` */
export function removePassword(exchange: Exchange, state: State): Answer {
  const { application } = requireOwnApplication(exchange, state);
  const { keyId } = exchange.json();
  if (!secretsOf(application, state).some((one) => one.keyId === keyId)) {
    throw badRequest(`No password credential found with keyId '${keyId}'.`);
  }
  if (keyId === firstSecret) delete application.clientSecret;
  application.passwords = application.passwords?.filter((password) => password.keyId !== keyId) ?? [];
  return { status: 204 };
}
