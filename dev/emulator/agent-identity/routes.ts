import { ofGraph } from '../graph/routes';
import { createAgentIdentity, createAgentUser, createBlueprint, createBlueprintPrincipal } from './objects';

const namespace = 'microsoft\\.graph\\.';

/** Blueprints, their principals, agent identities and their users. */
export const agentIdentityRoutes = [
  ofGraph('graph.agents.blueprint', ['POST', `/applications/${namespace}agentIdentityBlueprint`], createBlueprint),
  ofGraph(
    'graph.agents.blueprintPrincipal',
    ['POST', `/servicePrincipals/${namespace}agentIdentityBlueprintPrincipal`],
    createBlueprintPrincipal,
  ),
  ofGraph('graph.agents.identity', ['POST', `/servicePrincipals/${namespace}agentIdentity`], createAgentIdentity),
  ofGraph('graph.agents.user', ['POST', '/users'], createAgentUser),
];
