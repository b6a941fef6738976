import { onInterrupt } from '../../../src/agent/signals';
import { agentPipeline } from '../../../src/agent/task-library';
import { revoke } from '../../../src/agent-pool-token/post';
import { nodeRuntime } from '../../../src/http/runtime';
import { runStep } from '../../../src/step/run-step';

void runStep({ pipeline: agentPipeline(), open: (network) => nodeRuntime(network, onInterrupt) }, revoke);
