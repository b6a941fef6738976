import { Pools } from '../azure-devops/pools';
import { mintTimeVariable } from '../azure-devops/tokens/mint-time';
import type { AppCredential } from '../sign-in/app';
import { EntraSignIn } from '../sign-in/entra-sign-in';
import type { Online } from '../step/run-step';
import { utcText } from '../time';
import { appGuarantee } from './guarantee';
import type { EntraInputs } from './inputs';
import { probe } from './probe';

interface EntraJob extends Online {
  inputs: EntraInputs;
  credential: AppCredential;
}

/**
 * Hands an application's own token to the job: it can be neither limited nor revoked, and no lease is left.
 * @throws TaskError those of EntraSignIn and of probe.
 */
export async function handOverEntraToken({ pipeline, conversation, inputs, credential }: EntraJob): Promise<void> {
  const { organization, authority, proof } = credential;
  // By federation the organization is asked first, for the identity token, and again on the same connection at the end.
  conversation.connectAhead([proof.kind === 'clientSecret' ? organization.url : authority]);
  const { token, expires, principal } = await new EntraSignIn(conversation, pipeline).app(credential);
  const minted = conversation.serverNow(new URL(authority).host);
  await probe(new Pools(conversation, organization, { token, kind: 'entra' }), inputs.pool);
  pipeline.setOutput('tokenId', '');
  pipeline.setOutput('expiresOn', utcText(expires));
  pipeline.setOutput('tokenKind', 'entra');
  pipeline.setVariable(mintTimeVariable(inputs.variable), utcText(minted));
  pipeline.publishSecret(inputs.variable, token);
  const facts = { organization: organization.name, expires, principal, variable: inputs.variable };
  for (const line of appGuarantee(facts)) pipeline.say(line);
}
