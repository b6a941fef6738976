import { agentPipeline } from '../../../src/pipeline';
import { revoke } from '../../../src/revoke';
import { nodeRuntime } from '../../../src/runtime';

void revoke(agentPipeline(), nodeRuntime);
