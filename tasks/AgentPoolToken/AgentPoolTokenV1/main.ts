import { mint } from '../../../src/mint';
import { agentPipeline } from '../../../src/pipeline';
import { nodeRuntime } from '../../../src/runtime';

void mint(agentPipeline(), nodeRuntime);
