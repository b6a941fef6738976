import { agentPipeline } from '../../../src/pipeline';
import { nodeRuntime } from '../../../src/runtime';
import { wait } from '../../../src/wait';

void wait(agentPipeline(), nodeRuntime);
