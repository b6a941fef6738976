import type { Organization } from '../azure-devops/organization';
import { quoted } from '../errors';
import type { Secret } from '../secret';
import { holdsExpression, type InputReader } from '../step/input-reader';
import { startOfRun } from '../step/start-of-run';
import { utcText } from '../time';
import { claimsOf } from '../web-token';
import { maxCredentialLength } from './client-proof';
import { readOrganization } from './connections';
import { azureDevOpsId } from './token-endpoint';

/** An Entra access token of a user that was handed in. */
export interface AccessTokenCredential {
  kind: 'accessToken';
  connection: 'accessToken';
  organization: Organization;
  accessToken: Secret;
  /** When it ends, as it states itself: milliseconds since 1970, UTC; undefined where it cannot be read. */
  ends?: number | undefined;
}

const audiences = [azureDevOpsId, 'https://app.vssps.visualstudio.com'];
const command = `az account get-access-token --resource ${azureDevOpsId} --query accessToken --output tsv`;

/** Reads an access token that was handed in. Notes `input-invalid` for what can be seen before it is sent. */
export function readAccessToken(reader: InputReader): AccessTokenCredential | undefined {
  const accessToken = readUsableToken(reader);
  const organization = readOrganization(reader);
  if (!accessToken || !organization) return undefined;
  return { kind: 'accessToken', connection: 'accessToken', organization, accessToken, ends: endOf(accessToken) };
}

/** Notes what is wrong with the access token, as far as the token itself shows it. */
function readUsableToken(reader: InputReader): Secret | undefined {
  const refuse = (wrong: string, remedy = `Get one with "${command}" and pass that`) =>
    reader.problem('input-invalid', `accessToken ${wrong}.`, `${remedy}; nothing was sent.`);
  const accessToken = reader.secret('accessToken');
  if (!accessToken) return refuse('is empty', 'Pass it as a secret variable');
  const text = accessToken.reveal();
  if (holdsExpression(text)) {
    const remedy = 'Check the name in $(…), and that the variable is set before this step';
    return refuse('names a variable that does not exist in this job', remedy);
  }
  if (/^["'`]|["'`]$/.test(text)) return refuse('stands in quotation marks', 'Pass the token without them');
  if (/^[[{]/.test(text)) return refuse('is JSON that holds a token, not the token alone');
  if (!accessToken.isPrintableWord(20, maxCredentialLength)) {
    return refuse('is not an Entra access token: those are one long word');
  }
  if (/^([a-z2-7]{52}|.{76}AZDO.{4})$/i.test(text)) {
    return refuse('is a personal access token, which cannot create other tokens');
  }
  const { aud } = claimsOf(accessToken);
  if (typeof aud === 'string' && !audiences.includes(aud.toLowerCase().replace(/\/$/, ''))) {
    return refuse(`is meant for ${quoted(aud)}, not for Azure DevOps`);
  }
  const ends = endOf(accessToken);
  // Not by the clock of the agent, which may be wrong.
  const started = startOfRun(reader) ?? Number.NEGATIVE_INFINITY;
  if (ends !== undefined && ends <= started) return refuse(`ended at ${utcText(ends)}, before this run began`);
  return accessToken;
}

function endOf(accessToken: Secret): number | undefined {
  const { exp } = claimsOf(accessToken);
  const isTime = typeof exp === 'number' && Number.isSafeInteger(exp) && exp > 0 && exp < 8_640_000_000_000;
  return isTime ? exp * 1000 : undefined;
}
