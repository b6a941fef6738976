import { quoted } from '../../src/errors';
import { SetupError } from '../failure';
import { poll } from '../interruption';
import { type FoundInOrganization, isFinished } from '../plan/found';
import { statusOf } from '../services/azure-devops';
import type { Connections, IssuerConnection, Proof } from '../services/connections';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';
import { storedSecret, storedSecretDays } from './stored-secret';

/** Milliseconds until the service states issuer and subject of a new connection. */
const stating = { patience: 30_000, pause: 2_000 };

/** The service connection. Nothing may use it yet: no pipeline is permitted. */
export function connectionStep(tools: Tools, found: FoundInOrganization, progress: Progress): Step {
  const { options } = tools;
  const how = options.clientSecret
    ? `with a client secret that ends in ${storedSecretDays} days`
    : options.agentUser
      ? 'with nothing secret in it'
      : 'without a client secret';
  return {
    title: `service connection ${quoted(options.connection)} in the project ${quoted(found.project.name)}, ${how}`,
    there: progress.connection !== undefined,
    async run(report) {
      const connections = tools.connectionsOf(found.project);
      if (options.clientSecret) {
        const { id } = made(progress.app, 'The app registration');
        progress.connection = await storedSecret(tools, id, (clientSecret) =>
          connections.create(options.connection, { ...contentOf(tools, progress, 'secret'), clientSecret }),
        );
        return;
      }
      const federated = found.offersFederation
        ? await federatedConnection(tools, connections, { progress, report })
        : undefined;
      if (options.agentUser && !federated) {
        throw new SetupError(
          'An agent user needs a federated connection, and Azure DevOps makes none of this type.',
          'Set the issuer up without --agent-user, under another name of the app; take this one away with remove.',
        );
      }
      if (!found.offersFederation) report('The installed extension offers no federated connection');
      progress.connection =
        federated ?? (await connections.create(options.connection, contentOf(tools, progress, 'identityToken')));
      if (!federated) {
        report(
          'The connection is of the scheme "none" and proves itself with its identity token. Its subject is made of names: renaming the organization, the project or the connection breaks it, and Azure DevOps ends that issuer on 2027-07-01',
        );
      }
    },
  };
}

/** A connection of the federation scheme; undefined where the service does not take one of this type. */
async function federatedConnection(
  tools: Tools,
  connections: Connections,
  { progress, report }: { progress: Progress; report: (line: string) => void },
): Promise<IssuerConnection | undefined> {
  let connection: IssuerConnection;
  try {
    connection = await connections.create(tools.options.connection, contentOf(tools, progress, 'federation'));
  } catch (error) {
    const status = error instanceof SetupError ? statusOf(error.cause) : undefined;
    if (!(error instanceof SetupError) || status === undefined || ![400, 404, 405, 500, 501].includes(status))
      throw error;
    report(`Azure DevOps takes no federated connection of this type: ${error.what}`);
    return undefined;
  }
  const { id, projects } = connection;
  let finished = false;
  try {
    connection = await poll(tools, { ...stating, isDone: isFinished }, () => connections.withId(id));
    finished = isFinished(connection);
  } finally {
    // After an interruption too: the next run would take it for one that is finished.
    if (!finished) await connections.remove(id, projects);
  }
  if (finished) return connection;
  report(
    'Azure DevOps made a federated connection that states no issuer and subject, or keeps no refresh token: it is deleted',
  );
  return undefined;
}

function contentOf({ options, tenantId, hosts, runtime }: Tools, progress: Progress, proof: Proof) {
  const limit = options.maxLifetimeMinutes;
  return {
    proof,
    fields: {
      tenantId,
      clientId: made(progress.app, 'The app registration').clientId,
      ...(options.agentUser
        ? {
            agentIdentityId: made(progress.agentIdentity, 'The agent identity').clientId,
            agentUserId: made(progress.agentUser, 'The agent user').id,
          }
        : { refreshTokenStoredOn: new Date(runtime.now()).toISOString() }),
      ...(limit !== undefined && { maxLifetimeMinutes: String(limit) }),
      ...(options.allowedScopes.length > 0 && { allowedScopes: options.allowedScopes.join(',') }),
      ...(options.organization.loopback && { authorityUrl: hosts.entra }),
    },
    ...(!options.agentUser && { refreshToken: made(progress.refreshToken, 'The refresh token') }),
  };
}
