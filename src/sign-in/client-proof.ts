import type { Connection } from '../agent/pipeline';
import { quoted } from '../errors';
import { Secret } from '../secret';
import type { InputReader } from '../step/input-reader';
import { fieldOf, refuseField } from './connections';

/** What proves to Entra that an app registration signs in. */
export type ClientProof =
  /** Nothing: a public client. */
  | { kind: 'public' }
  | { kind: 'clientSecret'; clientSecret: Secret }
  /** The identity token that Azure Pipelines gives this job for this service connection. */
  | { kind: 'federated'; connection: string; issuerEnds: boolean };

/** What Entra exchanges for a token: where the form goes, by whom, and what of it is secret beside the proof. */
export interface Redemption {
  app: { authority: string; tenantId: string; proof: ClientProof };
  form: Record<string, string>;
  secrets?: Secret[];
}

/** Characters that a secret of a service connection, or one that is handed in, has at most. */
export const maxCredentialLength = 16_384;

/** Reads how the app registration of an issuer connection proves itself. Notes `connection-invalid`. */
export function readClientProof(reader: InputReader, connection: Connection): ClientProof | undefined {
  if (connection.scheme.toLowerCase() === 'workloadidentityfederation') {
    return { kind: 'federated', connection: connection.id, issuerEnds: false };
  }
  const authentication = fieldOf(connection, 'clientAuthentication') || 'secret';
  // The identity tokens of a connection without the federation scheme have an issuer that ends on 2027-07-01.
  if (authentication === 'identityToken') return { kind: 'federated', connection: connection.id, issuerEnds: true };
  if (authentication !== 'secret') {
    return refuseField(reader, `clientAuthentication ${quoted(authentication)}`, 'is none of secret, identityToken');
  }
  const clientSecret = connection.secret('clientSecret');
  if (!clientSecret) return { kind: 'public' };
  if (clientSecret.isPrintableWord(Secret.minLength, maxCredentialLength)) {
    return { kind: 'clientSecret', clientSecret };
  }
  const wrong = clientSecret.isTooShort ? 'is too short for one' : 'contains spaces, line breaks or a percent sign';
  return refuseField(reader, 'clientSecret', wrong);
}
