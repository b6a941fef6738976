import { agentPipeline } from '../../../src/agent/task-library';
import { revoke } from '../../../src/agent-pool-token/post';
import { nodeRuntime } from '../../../src/http/runtime';

void revoke(agentPipeline(), nodeRuntime);
