import { onInterrupt } from '../../../src/agent/signals';
import { agentPipeline } from '../../../src/agent/task-library';
import { nodeRuntime } from '../../../src/http/runtime';
import { runStep } from '../../../src/step/run-step';
import { wait } from '../../../src/wait-for-agents/main';

void runStep({ pipeline: agentPipeline(), open: (network) => nodeRuntime(network, onInterrupt) }, wait);
