import type { Connection } from '../agent/pipeline';
import type { ConnectionAddress } from '../azure-devops/connections/service-connections';
import { quoted } from '../errors';
import { isGuid } from '../guid';
import { type AppCredential, readAppCredential } from '../sign-in/app';
import { readConnection } from '../sign-in/connections';
import { type AgentUserCredential, type RefreshTokenCredential, readIssuer } from '../sign-in/user';
import type { InputReader } from '../step/input-reader';

/** What is renewed, by whom, and from which age on. */
export interface RenewalRequest {
  /** The connection as this job was given it. */
  given: Connection;
  address: ConnectionAddress;
  credential: RefreshTokenCredential | AgentUserCredential;
  /** An application, or the identity of this job. */
  writer: AppCredential | 'job';
  olderThanDays: number;
}

/** Days; Entra ends a refresh token after 90, and some are left for renewals that fail. */
const maxAge = 60;

/** Reads what is renewed. Notes `input-invalid`, `connection-invalid`, `organization-unsupported` or `host-untrusted`. */
export function readRenewal(reader: InputReader): RenewalRequest {
  const given = readConnection(reader, 'issuer');
  const credential = given && readIssuer(reader, given);
  const writer = readWriter(reader);
  const olderThanDays = readAge(reader);
  const project = reader.variable('System.TeamProjectId');
  if (!isGuid(project)) {
    const what = 'System.TeamProjectId, by which the service connection is found, is not the id of a project.';
    reader.problem('input-invalid', what, 'Remove the variable of that name from the pipeline; nothing was sent.');
  }
  const address = given && { project, id: given.id };
  return reader.complete<RenewalRequest>({ given, address, credential, writer, olderThanDays });
}

function readWriter(reader: InputReader): RenewalRequest['writer'] | undefined {
  const writer = reader.oneOf('writer', ['azureDevOps', 'job'], 'azureDevOps');
  // A connection that is left over from another choice is ignored.
  return writer === 'azureDevOps' ? readAppCredential(reader, 'azureDevOps') : writer;
}

function readAge(reader: InputReader): number | undefined {
  const text = reader.text('olderThanDays') || '7';
  if (/^\d{1,2}$/.test(text) && Number(text) <= maxAge) return Number(text);
  const what = `olderThanDays ${quoted(text)} is not a whole number of days from 0 to ${maxAge}.`;
  return reader.problem('input-invalid', what);
}
