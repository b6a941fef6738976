import { agentPipeline } from '../../../src/agent/task-library';
import { mint } from '../../../src/agent-pool-token/main';
import { nodeRuntime } from '../../../src/http/runtime';

void mint(agentPipeline(), nodeRuntime);
