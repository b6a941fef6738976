import type { Pipeline } from '../agent/pipeline';
import type { Secret } from '../secret';
import { type Organization, parseJobOrganization } from './organization';

/** What this job itself is to its organization. */
export interface JobIdentity {
  /** The organization that runs the job. */
  organization: Organization;
  /** The job's own access token. */
  token: Secret;
}

/**
 * Reads the connection that the agent gives to every job. Not the variables that state the same: a pipeline can set
 * those, and the token must not follow them anywhere.
 * @returns undefined where there is none, or where it leads to no organization of Azure DevOps Services.
 */
export function readJobIdentity(pipeline: Pipeline): JobIdentity | undefined {
  const connection = pipeline.connection('SYSTEMVSSCONNECTION');
  const token = connection?.secret('AccessToken');
  if (!connection || !token) return undefined;
  try {
    return { organization: parseJobOrganization(connection.url, 'connection-invalid'), token };
  } catch {
    return undefined;
  }
}
