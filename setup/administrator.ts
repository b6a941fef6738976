import {
  type AccessToken,
  AzureCliCredential,
  AzurePowerShellCredential,
  ChainedTokenCredential,
  InteractiveBrowserCredential,
  type TokenCredential,
} from '@azure/identity';
import { quotable } from '../src/errors';
import { Secret } from '../src/secret';
import { azureDevOpsId } from '../src/sign-in/token-endpoint';
import { claimsOf } from '../src/web-token';
import { Interrupted, SetupError } from './failure';

const scopes = { graph: 'https://graph.microsoft.com/.default', azureDevOps: `${azureDevOpsId}/.default` } as const;

/** Milliseconds that a token must still live to be used again. */
const spare = 5 * 60_000;

/** Application id of Microsoft Graph Command Line Tools in every tenant. */
const graphCommandLine = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

/** How a person can be signed in to a tenant. */
export interface SignIns {
  /** As Azure CLI or Azure PowerShell have signed them in. */
  programs: TokenCredential;
  /** In the browser, as Microsoft Graph Command Line Tools do it. */
  browser: TokenCredential;
}

/** The sign-ins of this machine. Nothing is asked for before a token is. */
export function machineSignIns(tenantId: string): SignIns {
  const tenant = { tenantId, processTimeoutInMs: 60_000 };
  return {
    programs: new ChainedTokenCredential(new AzureCliCredential(tenant), new AzurePowerShellCredential(tenant)),
    browser: new InteractiveBrowserCredential({ tenantId, clientId: graphCommandLine }),
  };
}

/** The person who runs this command. */
export class Administrator {
  readonly #signIns: SignIns;
  readonly #interrupted: AbortSignal;
  readonly #tokens = new Map<string, { secret: Secret; endsOn: number }>();
  #agentPermissions: readonly string[] = [];

  constructor(
    readonly tenantId: string,
    { signIns, interrupted }: { signIns: SignIns; interrupted: AbortSignal },
  ) {
    this.#signIns = signIns;
    this.#interrupted = interrupted;
  }

  /**
   * Signs in to Microsoft Graph in the browser from now on, with these permissions alone: what Azure CLI has for it acts
   * with everything that its user may do, and Graph refuses that for agents.
   */
  actOnAgents(permissions: readonly string[]): void {
    this.#agentPermissions = permissions;
    this.#tokens.delete('graph');
  }

  /**
   * An access token of this person for Microsoft Graph or for Azure DevOps.
   * @throws SetupError where none can be had.
   */
  async token(service: keyof typeof scopes): Promise<Secret> {
    const known = this.#tokens.get(service);
    if (known && known.endsOn - Date.now() > spare) return known.secret;
    const inBrowser = service === 'graph' && this.#agentPermissions.length > 0;
    return inBrowser ? this.#inBrowser() : this.#fromPrograms(service);
  }

  #keep(service: keyof typeof scopes, issued: AccessToken | null): Secret {
    if (issued === null) throw new Error('No token came of the sign-in');
    const secret = new Secret(issued.token);
    this.#tokens.set(service, { secret, endsOn: issued.expiresOnTimestamp });
    return secret;
  }

  async #inBrowser(): Promise<Secret> {
    const wanted = this.#agentPermissions.map((permission) => `https://graph.microsoft.com/${permission}`);
    try {
      const signIn = this.#signIns.browser.getToken(wanted, { abortSignal: this.#interrupted });
      // The library waits for the browser whether or not the signal aborts.
      return this.#keep('graph', await Promise.race([signIn, aborted(this.#interrupted)]));
    } catch (cause) {
      if (this.#interrupted.aborted) throw new Interrupted();
      throw new SetupError(
        `The sign-in to Microsoft Graph in the browser gave no token (${reasonOf(cause)}).`,
        'Run the command again on a machine with a browser, as an administrator of agent identities, and consent to what Microsoft Graph Command Line Tools ask for.',
        { cause },
      );
    }
  }

  async #fromPrograms(service: keyof typeof scopes): Promise<Secret> {
    try {
      return this.#keep(service, await this.#signIns.programs.getToken(scopes[service]));
    } catch (cause) {
      throw new SetupError(
        `Neither Azure CLI nor Azure PowerShell gave a token of yours for the tenant ${this.tenantId} (${reasonOf(cause)}).`,
        `Run "az login --tenant ${this.tenantId}" as an administrator of the organization, then this command again.`,
        { cause },
      );
    }
  }

  /** Who this person is: object id, tenant, and the name they sign in with. */
  async identity(): Promise<{ id: string; tenantId: string; name: string }> {
    const { tid, oid, upn, unique_name, preferred_username } = claimsOf(await this.token('azureDevOps'));
    const name = [upn, preferred_username, unique_name].find((claim) => typeof claim === 'string');
    return { id: textOf(oid), tenantId: textOf(tid), name: textOf(name) };
  }
}

/** Rejects as soon as the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new Interrupted());
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

/** The library's own words for why each program failed, without what a program printed after the first sentence. */
function reasonOf(error: unknown): string {
  const errors: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
  const all = Array.isArray(errors) ? errors : [error];
  const texts = all.map((each) => (each instanceof Error ? quotable(each.message, 160).replace(/[.\s]+$/, '') : ''));
  return texts.filter((text) => text !== '').join('; ') || 'no reason was given';
}
