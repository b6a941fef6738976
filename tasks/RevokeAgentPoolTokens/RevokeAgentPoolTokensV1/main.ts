import { agentPipeline } from '../../../src/pipeline';
import { nodeRuntime } from '../../../src/runtime';
import { sweep } from '../../../src/sweep';

void sweep(agentPipeline(), nodeRuntime);
