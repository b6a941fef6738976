import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { wait } from '../../../src/wait-for-agents/main';

void wait(agentPipeline(), nodeRuntime);
