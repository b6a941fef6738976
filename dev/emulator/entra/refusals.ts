import { randomUUID } from 'node:crypto';
import { type Answer, Refusal } from '../requests/answers';
import type { State } from '../state';

export const noStore = { 'Cache-Control': 'no-store, no-cache', Pragma: 'no-cache' };

/** What a refusal says besides its code and sentence. */
export interface RefusalDetails {
  error?: string;
  suberror?: string;
  claims?: string;
  status?: number;
}

/** Makes a refusal in Entra's words. */
export type Refuse = (code: number, message: string, details?: RefusalDetails) => Refusal;

/** A refusal in Entra's words. */
export function entraRefusal(
  state: State,
  { code, message, ...details }: { code: number; message: string } & RefusalDetails,
): Answer {
  const error = details.error ?? 'invalid_grant';
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const timestamp = new Date(state.clock.now()).toISOString().replace('T', ' ').replace(/\.\d+/, '');
  return {
    status: details.status ?? (error === 'invalid_client' ? 401 : 400),
    headers: noStore,
    json: {
      error,
      error_description: `AADSTS${code}: ${message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `https://login.microsoftonline.com/error?code=${code}`,
      ...(details.suberror === undefined ? {} : { suberror: details.suberror }),
      ...(details.claims === undefined ? {} : { claims: details.claims }),
    },
  };
}

/** Refusals by these services. */
export function refusalsOf(state: State): Refuse {
  return (code, message, details) => new Refusal(entraRefusal(state, { code, message, ...details }));
}

/** Refuses a tenant that is neither the id nor the domain of the one there is. */
export function requireTenant(tenant: string, state: State, refuse: Refuse): void {
  if (tenant === state.tenantId || tenant === state.tenantDomain) return;
  const text = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`;
  throw refuse(90002, text, { error: 'invalid_request' });
}
