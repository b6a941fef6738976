import { day } from '../time';
import type { ClientProof } from './client-proof';
import type { UserCredential } from './user';

/** Days for which Entra keeps a refresh token that is not used otherwise. */
export const maxAgeDays = 90;
export const warnFromDay = 75;
const issuerEndYear = 2027;

/**
 * What the owner of a service connection should know about it, one sentence each.
 * @param now milliseconds since 1970, UTC.
 */
export function issuerWarnings(credential: UserCredential, now: number): string[] {
  if (credential.kind === 'accessToken') return [];
  const warnings = [...credential.ignored];
  const age = credential.kind === 'refreshToken' ? ageWarning(credential.storedOn, now) : undefined;
  if (age !== undefined) warnings.push(age);
  const { proof } = credential;
  if (proof.kind === 'federated' && proof.issuerEnds && new Date(now).getUTCFullYear() >= issuerEndYear) {
    warnings.push(
      'The issuer of the identity tokens of this service connection ends on 2027-07-01: set the issuer up anew with the scheme of workload identity federation.',
    );
  }
  return warnings;
}

/** Nothing before the 75th day, and nothing where the age is not known. */
function ageWarning(storedOn: number | undefined, now: number): string | undefined {
  const days = storedOn === undefined ? 0 : Math.floor((now - storedOn) / day);
  if (days < warnFromDay) return undefined;
  const left = Math.max(0, maxAgeDays - days);
  const end = left === 1 ? '1 day is left' : `${left} days are left`;
  return `The refresh token of this service connection was stored ${days} days ago and ends after ${maxAgeDays}: ${end}. Renew it with the task RenewAgentPoolTokenIssuer, or set the issuer up anew.`;
}

/** What is stored for a refresh token, by what proves the app. */
const storedWith: Record<ClientProof['kind'], string> = {
  federated:
    'Stored for this: a refresh token, in the service connection, that is of no use outside of jobs that may use the connection.',
  clientSecret: 'Stored for this: a refresh token and a client secret, in the service connection.',
  public: 'Stored for this: a refresh token, in the service connection, that is of use wherever it is.',
};

/** What is stored for a credential, as a sentence for the log; undefined where nothing of it is ours. */
export function storedFor(credential: UserCredential): string | undefined {
  if (credential.kind === 'accessToken') return undefined;
  if (credential.kind === 'agentUser') {
    return 'Stored for this: nothing. It signs in as an agent user, which is experimental: no one has shown yet that Azure DevOps takes such a user.';
  }
  return storedWith[credential.proof.kind];
}
