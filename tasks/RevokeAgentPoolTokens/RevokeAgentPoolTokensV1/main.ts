import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { sweep } from '../../../src/revoke-agent-pool-tokens/main';

void sweep(agentPipeline(), nodeRuntime);
