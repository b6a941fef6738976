import type { AgentNetwork } from '../agent/network';
import type { Pipeline } from '../agent/pipeline';
import { messageOf } from '../errors';
import { Conversation } from '../http/conversation';
import type { Runtime } from '../http/runtime';

/** The two sides of the world that a step acts in. */
export interface World {
  pipeline: Pipeline;
  /** Reaches the network. Throws a TaskError `network` for settings that cannot be used. */
  open(network: AgentNetwork): Runtime;
}

/** What a story acts with once it is online. */
export interface Online {
  runtime: Runtime;
  conversation: Conversation;
}

/** What a story is given. */
export interface Step {
  pipeline: Pipeline;
  /** Reaches the network, once: only where there is something to send. */
  goOnline(options: OnlineOptions): Online;
}

interface OnlineOptions {
  /** Milliseconds for everything that is sent. */
  budget: number;
  /** What the step does when the agent asks it to stop; without it, the process stops at once. */
  onCancel?: (conversation: Conversation) => void;
}

/** What one stage of a task does, from its inputs to its result. Throws where it fails. */
export type Story = (step: Step) => Promise<void>;

/** Runs a story in a world and ends the step: as failed where the story throws. Throws nothing itself. */
export async function runStep({ pipeline, open }: World, story: Story): Promise<void> {
  let runtime: Runtime | undefined;
  const goOnline = ({ budget, onCancel }: OnlineOptions): Online => {
    const opened = open(pipeline.network());
    runtime = opened;
    const conversation = new Conversation(opened, budget);
    if (onCancel) opened.onInterrupt(() => onCancel(conversation));
    return { runtime: opened, conversation };
  };
  try {
    await story({ pipeline, goOnline });
  } catch (error) {
    pipeline.fail(messageOf(error));
  } finally {
    runtime?.close();
  }
}
