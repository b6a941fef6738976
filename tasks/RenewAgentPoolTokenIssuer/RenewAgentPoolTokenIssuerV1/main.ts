import { onInterrupt } from '../../../src/agent/signals';
import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { renew } from '../../../src/renew-agent-pool-token-issuer/main';
import { runStep } from '../../../src/step/run-step';

void runStep({ pipeline: agentPipeline(), open: (network) => nodeRuntime(network, onInterrupt) }, renew);
