import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { sweep } from '../../../src/revoke-agent-pool-tokens/main';
import { runStep } from '../../../src/step/run-step';

void runStep({ pipeline: agentPipeline(), open: nodeRuntime }, sweep);
