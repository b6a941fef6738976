import { quoted } from '../../src/errors';
import { Interrupted, SetupError } from '../failure';
import { sameName } from '../options';
import { isPassing } from '../services/azure-devops';
import type { ConnectionContent, IssuerConnection } from '../services/connections';
import type { Named } from '../services/organization';
import type { Tools } from '../tools';
import { made, type Progress, type Step } from './step';
import { storedSecret } from './stored-secret';

const tries = 4;
/** Milliseconds between two writes. */
const pause = 3_000;

/** The connection with a new refresh token, and with a new client secret where it holds one. */
export function rewriteStep(
  tools: Tools,
  { connection, project }: { connection: IssuerConnection; project: Named },
  progress: Progress,
): Step {
  return {
    title: `service connection ${quoted(connection.name)} with the new refresh token`,
    there: false,
    changes: true,
    async run(report) {
      const refreshTokenStoredOn = new Date(tools.runtime.now()).toISOString();
      const refreshToken = made(progress.refreshToken, 'The refresh token');
      const content = { proof: connection.proof, fields: { refreshTokenStoredOn }, refreshToken };
      const { id } = made(progress.app, 'The app registration');
      if (connection.proof === 'secret') {
        await storedSecret(tools, id, (clientSecret) =>
          write(tools, { connection, project }, { ...content, clientSecret }),
        );
      } else {
        await write(tools, { connection, project }, content);
      }
      progress.connection = await tools.connectionsOf(project).withId(connection.id);
      report('It was read back and holds what was written');
    },
  };
}

/** Writes whole, reads back, and writes the same again where the end of a write is not known. */
async function write(
  tools: Tools,
  { connection, project }: { connection: IssuerConnection; project: Named },
  content: ConnectionContent,
): Promise<void> {
  const connections = tools.connectionsOf(project);
  const fresh = await connections.withId(connection.id);
  for (let attempt = 1; ; attempt++) {
    if (tools.interruption.signal.aborted) throw new Interrupted();
    try {
      await connections.rewrite(fresh, content);
    } catch (error) {
      const unclear = error instanceof SetupError && isPassing(error.cause);
      if (!unclear || attempt === tries) throw error;
    }
    const after = await connections.withId(connection.id);
    const stored = Date.parse(after.storedOn) === Date.parse(content.fields.refreshTokenStoredOn ?? '');
    const kept = fresh.confidential.every((name) => after.confidential.some((other) => sameName(other, name)));
    if (stored && kept) return;
    if (attempt === tries) {
      throw new SetupError(
        'The connection does not hold what was written to it.',
        'Look at it on its page, and run the command again.',
      );
    }
    await tools.interruption.wait(pause);
  }
}
