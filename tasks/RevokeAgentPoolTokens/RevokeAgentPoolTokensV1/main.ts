import { onInterrupt } from '../../../src/agent/signals';
import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { sweep } from '../../../src/revoke-agent-pool-tokens/main';
import { runStep } from '../../../src/step/run-step';

void runStep({ pipeline: agentPipeline(), open: (network) => nodeRuntime(network, onInterrupt) }, sweep);
