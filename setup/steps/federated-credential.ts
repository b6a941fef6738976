import type { Found } from '../plan/found';
import type { FederatedCredential } from '../services/application-json';
import type { IssuerConnection } from '../services/connections';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';

/** Issuer of the identity tokens of connections that are not federated. It ends on 2027-07-01. */
export const oldIssuer = 'https://vstoken.dev.azure.com';

/** What the identity tokens of a connection say. */
export interface Trust {
  issuer: string;
  subject: string;
}

/** The app trusts the identity tokens of this one connection. */
export function federatedCredentialStep(
  tools: Tools,
  found: Pick<Found, 'organizationId' | 'project'> & { credentials: FederatedCredential[] },
  progress: Progress,
): Step {
  const { applications } = tools;
  const known = progress.connection && trustOf(tools, found, progress.connection);
  const { credentials } = found;
  const exact = credentials.some(({ issuer, subject }) => issuer === known?.issuer && subject === known.subject);
  return {
    title: 'federated credential of the app for the identity tokens of this connection alone',
    there: exact || progress.connection?.proof === 'secret' || tools.options.clientSecret,
    changes: progress.connection !== undefined && sameCredential(credentials, progress.connection) !== undefined,
    async run() {
      const { id } = made(progress.app, 'The app registration');
      const connection = made(progress.connection, 'The service connection');
      const trust = trustOf(tools, found, connection);
      const old = sameCredential(credentials, connection);
      if (old) await applications.removeFederatedCredential(id, old.id);
      await applications.addFederatedCredential(id, { name: credentialName(connection.id), ...trust });
    },
  };
}

/** Its name in the app, by which it is found again. */
export function credentialName(connectionId: string): string {
  return `agent-pool-token-${connectionId}`;
}

function sameCredential(credentials: FederatedCredential[], { id }: IssuerConnection) {
  return credentials.find(({ name }) => name === credentialName(id));
}

/** A federated connection states it; that of another one follows from ids and names. */
export function trustOf(
  { options }: Pick<Tools, 'options'>,
  { organizationId, project }: Pick<Found, 'organizationId' | 'project'>,
  { proof, issuer, subject, name }: IssuerConnection,
): Trust {
  if (proof === 'federation') return { issuer, subject };
  return {
    issuer: `${oldIssuer}/${organizationId}`,
    subject: `sc://${options.organization.name}/${project.name}/${name}`,
  };
}
