import { AzureCliCredential, AzurePowerShellCredential, ChainedTokenCredential } from '@azure/identity';
import { quotable } from '../../src/errors';
import { Secret } from '../../src/secret';
import { SetupError } from '../failure';
import { azureDevOpsId } from './hosts';

/** What an access token says about its bearer. Unverified: every service decides again. */
interface Claims {
  tid?: unknown;
  oid?: unknown;
  upn?: unknown;
  unique_name?: unknown;
  preferred_username?: unknown;
}

const scopes = { graph: 'https://graph.microsoft.com/.default', azureDevOps: `${azureDevOpsId}/.default` } as const;

/** Milliseconds that a token must still live to be used again. */
const spare = 5 * 60_000;

/** The person who runs this command, as Azure CLI or Azure PowerShell have signed them in. */
export class Administrator {
  readonly #credential: ChainedTokenCredential;
  readonly #tokens = new Map<string, { secret: Secret; endsOn: number }>();

  constructor(readonly tenantId: string) {
    const tenant = { tenantId, processTimeoutInMs: 60_000 };
    this.#credential = new ChainedTokenCredential(
      new AzureCliCredential(tenant),
      new AzurePowerShellCredential(tenant),
    );
  }

  /**
   * An access token of this person for Microsoft Graph or for Azure DevOps.
   * @throws SetupError where neither program can give one.
   */
  async token(service: keyof typeof scopes): Promise<Secret> {
    const known = this.#tokens.get(service);
    if (known && known.endsOn - Date.now() > spare) return known.secret;
    try {
      const { token, expiresOnTimestamp } = await this.#credential.getToken(scopes[service]);
      const secret = new Secret(token);
      this.#tokens.set(service, { secret, endsOn: expiresOnTimestamp });
      return secret;
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

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

export function claimsOf(token: Secret): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** The library's own words for why each program failed, without what a program printed after the first sentence. */
function reasonOf(error: unknown): string {
  const errors: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
  const all = Array.isArray(errors) ? errors : [error];
  const texts = all.map((each) => (each instanceof Error ? quotable(each.message, 160).replace(/[.\s]+$/, '') : ''));
  return texts.filter((text) => text !== '').join('; ') || 'no reason was given';
}
