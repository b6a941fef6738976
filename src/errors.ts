/**
 * Every expected failure has a code from this closed list. The text is what a reader does next unless the place that
 * raises the error knows better. docs/troubleshooting.md has one heading per code.
 */
export const remedies = {
  'input-invalid': 'Correct the inputs of this step and run the pipeline again; nothing was sent.',
  'connection-invalid': 'Ask the owner of the service connection to correct it; nothing was sent.',
  'limit-exceeded': 'Ask for less, or ask the owner of the service connection to raise its limit; nothing was sent.',
  'organization-unsupported':
    'Use https://dev.azure.com/{organization} or https://{organization}.visualstudio.com; nothing was sent.',
  'host-untrusted': 'Use one of the Microsoft Entra hosts named in the documentation; nothing was sent.',
  'sign-in-expired': 'Sign in as that user again and put the new refresh token into the service connection.',
  'sign-in-interaction-required':
    'Ask the Entra administrator to let this dedicated user sign in from agents without a prompt, then sign in again and renew the refresh token.',
  'sign-in-app-misconfigured':
    'Correct the app registration or the tenant, client id and secret in the service connection.',
  'sign-in-rejected': 'Look the code up in the Entra sign-in log with the trace id, and correct the user or the app.',
  'issuer-not-a-user':
    'Sign in as a user, because a service principal or managed identity cannot create or revoke personal access tokens; or use its own Entra token with the connectionType azureDevOps or azureRM.',
  'not-signed-in':
    'Check that the user belongs to this organization, has signed in to it once, and that the app has the delegated permissions vso.pats and vso.pats_manage.',
  'pat-creation-restricted':
    'Ask a Project Collection Administrator to add the user to the allow list of the policy "Restrict personal access token creation".',
  'pat-lifespan-policy': 'Ask for a shorter lifetimeMinutes than the maximum lifespan policy of the tenant allows.',
  'pat-scope-policy': 'Ask the Azure DevOps administrator of the tenant which scopes its policy allows.',
  'pat-global-policy': 'Ask the Azure DevOps administrator of the tenant about its policy on global tokens.',
  'pat-refused': 'Look the named reason up in the troubleshooting page, correct its cause, and run the step again.',
  'granted-more-than-asked':
    'Do not use this organization with this task until an administrator has found out why it grants more than was asked.',
  'token-not-accepted': 'Run the step again; if it repeats, check that the user may view agent pools.',
  'pool-not-found': 'Check the name of the pool, and that the user may see it in the organization settings.',
  'pool-not-manageable': 'Give the user the Administrator role on this pool in the organization settings.',
  'pool-not-viewable':
    'Give the owner of the token the Reader role on this pool, or a higher one, in the organization settings.',
  'target-not-found':
    'Check the project and the name, that the owner of the token may view it, and that the token was minted with the scope of this target.',
  'agents-not-online': 'Look at the named machines: their agent is not running or cannot reach the organization.',
  throttled: 'Wait some minutes and run the step again, or spread the jobs over time.',
  'timed-out': 'Check that the agent can reach the named host, then run the step again.',
  cancelled:
    'Nothing to do: a token that this step made is revoked by its post-job step. If the step is still needed, run it again.',
  'temp-folder-unusable':
    'Make the folder in Agent.TempDirectory exist and be writable for the user that runs the step, with space left on its disk; nothing was sent.',
  network: 'Check the network, proxy and certificates between the agent and the named host, then run the step again.',
  'response-malformed':
    'Check that nothing between the agent and the named host changes its answers, then run the step again.',
  'lease-mismatch':
    'Keep the connection and the organization of this step the same for the whole job, and revoke the named token by hand.',
  'revoke-failed': 'Revoke the named token by hand in the personal access tokens page of the user.',
  'renewal-refused':
    'Make the writer an Administrator of this one service connection at the level of the collection, then run the step again; nothing was changed.',
  'renewal-incomplete':
    'Open the service connection, enter its confidential fields again and save it, then run the step again; nothing was changed.',
  'renewal-failed':
    'Run the step again; if it fails again, sign in as that user and put the new refresh token into the service connection.',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof remedies;

/** An expected failure: what happened, what to do, and a code from the closed list. Holds nothing secret. */
export class TaskError extends Error {
  readonly code: ErrorCode;
  /** What happened, as one sentence. */
  readonly what: string;
  /** What the reader does next, as one sentence. */
  readonly remedy: string;

  constructor(code: ErrorCode, what: string, options: { remedy?: string | undefined; cause?: unknown } = {}) {
    const remedy = options.remedy ?? remedies[code];
    super(`${what} ${remedy} (${code})`, { cause: options.cause });
    this.name = 'TaskError';
    this.code = code;
    this.what = what;
    this.remedy = remedy;
  }
}

/** The message for a person about anything that was thrown. The text of an unexpected fault may hold anything. */
export function messageOf(error: unknown): string {
  if (error instanceof TaskError) return error.message;
  const name = error instanceof Error ? quotable(error.name, 40) : typeof error;
  return `This task has a bug, which stopped it (${name}). Please report it with the version of the extension.`;
}

/** A failure as the cause of another one: what happened, and its code, without what to do about it alone. */
export function causeOf(error: unknown): string {
  return error instanceof TaskError ? `${error.what} [${error.code}]` : messageOf(error);
}

/**
 * Makes a text from a server safe to print: one line, no control characters, nothing that the agent could take for a
 * logging command, at most `limit` characters.
 */
export function quotable(text: string, limit = 300): string {
  const line = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff]+/g, ' ')
    // A match starts at the first of several marks only: one attempt for each of a million marks takes hours.
    .replace(/(?<!#)#+\s*(vso)?\[[^\]]*\]?/gi, ' ')
    // What is left of a nested command must not join up to a new one.
    .replace(/#{2,}/g, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}

/**
 * A text of a server as it may stand in a message. A word as long as a token is left out: it may be one that was made
 * just now and that no mask knows yet, and cutting it would leave half of it standing.
 */
export function serverText(text: string): string {
  return quotable(text.replace(/[A-Za-z0-9+/_=.~-]{40,}/g, '***'));
}

/** A text that people wrote, as it may stand in a message: safe to print, short, in quotation marks. */
export function quoted(text: string): string {
  return `"${quotable(text, 120)}"`;
}
