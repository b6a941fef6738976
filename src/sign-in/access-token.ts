import type { Organization } from '../azure-devops/organization';
import { quoted } from '../errors';
import type { Secret } from '../secret';
import { holdsExpression, type InputReader } from '../step/input-reader';
import { utcText } from '../utc-text';
import { claimsOf } from '../web-token';
import { maxCredentialLength } from './client-proof';
import { readOrganization } from './connections';
import { azureDevOps } from './token-endpoint';

/** An Entra access token of a user that was handed in. */
export interface AccessTokenCredential {
  kind: 'accessToken';
  connection: 'accessToken';
  organization: Organization;
  accessToken: Secret;
  /** When it ends, as it states itself: milliseconds since 1970, UTC; undefined where it cannot be read. */
  ends?: number;
}

const audiences = [azureDevOps, 'https://app.vssps.visualstudio.com'];
const command = `az account get-access-token --resource ${azureDevOps} --query accessToken --output tsv`;

/** Reads an access token that was handed in. Notes `input-invalid` for what can be seen before it is sent. */
export function readAccessToken(reader: InputReader): AccessTokenCredential | undefined {
  const accessToken = reader.secret('accessToken');
  const problem = accessToken ? problemOf(accessToken, reader) : { what: 'accessToken is empty.', remedy: asSecret };
  if (problem) reader.problem('input-invalid', problem.what, `${problem.remedy}; nothing was sent.`);
  const organization = readOrganization(reader);
  if (!accessToken || !organization) return undefined;
  const ends = endOf(accessToken);
  return {
    kind: 'accessToken',
    connection: 'accessToken',
    organization,
    accessToken,
    ...(ends !== undefined && { ends }),
  };
}

const asSecret = 'Pass it as a secret variable';
const anew = `Get one with "${command}" and pass that`;

/** What a text is that is no access token of Entra, what to do about it, and how it is recognised: the first that fits. */
const mistakes: [what: string, remedy: string, isMade: (token: Secret) => boolean][] = [
  [
    'names a variable that does not exist in this job',
    'Check the name in $(…), and that the variable is set before this step',
    (token) => holdsExpression(token.reveal()),
  ],
  ['stands in quotation marks', 'Pass the token without them', (token) => /^["'`]|["'`]$/.test(token.reveal())],
  ['is JSON that holds a token, not the token alone', anew, (token) => /^[[{]/.test(token.reveal())],
  [
    'is not an Entra access token: those are one long word',
    anew,
    (token) => !token.isPrintableWord(20, maxCredentialLength),
  ],
  [
    'is a personal access token, which cannot create other tokens',
    anew,
    (token) => /^([a-z2-7]{52}|.{76}AZDO.{4})$/i.test(token.reveal()),
  ],
];

/** What is wrong with an access token, as far as the token itself shows it. */
function problemOf(accessToken: Secret, reader: InputReader): { what: string; remedy: string } | undefined {
  const [what, remedy] = mistakes.find(([, , isMade]) => isMade(accessToken)) ?? [];
  if (what !== undefined && remedy !== undefined) return { what: `accessToken ${what}.`, remedy };
  return problemOfClaims(accessToken, reader);
}

function problemOfClaims(accessToken: Secret, reader: InputReader): { what: string; remedy: string } | undefined {
  const { aud } = claimsOf(accessToken);
  if (typeof aud === 'string' && !audiences.includes(aud.toLowerCase().replace(/\/$/, ''))) {
    return { what: `accessToken is meant for ${quoted(aud)}, not for Azure DevOps.`, remedy: anew };
  }
  const ends = endOf(accessToken);
  // By the service's clock, as the start of this run: that of the agent may be wrong.
  const started = Date.parse(reader.variable('System.PipelineStartTime').replace(' ', 'T'));
  if (ends !== undefined && ends <= started) {
    return { what: `accessToken ended at ${utcText(ends)}, before this run began.`, remedy: anew };
  }
  return undefined;
}

function endOf(accessToken: Secret): number | undefined {
  const { exp } = claimsOf(accessToken);
  const isTime = typeof exp === 'number' && Number.isSafeInteger(exp) && exp > 0 && exp < 8_640_000_000_000;
  return isTime ? exp * 1000 : undefined;
}
