import type { OnUnusable, Pipeline } from '../agent/pipeline';
import { type AgentNetwork, type PublicNetwork, publicNetwork } from '../agent-network';
import { messageOf, TaskError } from '../errors';
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
  pipeline: Pipeline;
  runtime: Runtime;
  conversation: Conversation;
  /** How the network is reached, for a stage that comes later; undefined where there is nothing to say. */
  network: PublicNetwork | undefined;
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
  /** What the step does when the agent asks it to stop; without it, it gives up what it is asking. */
  onCancel?: (conversation: Conversation) => void;
  /**
   * How an earlier stage reached the network, where there was one. This one then goes the same way, and without those
   * settings that cannot be used: a later step can change any of them.
   */
  before?: PublicNetwork;
}

/** What one stage of a task does, from its inputs to its result. Throws where it fails. */
export type Story = (step: Step) => Promise<void>;

/** Runs a story in a world and ends the step: as failed where the story throws. Throws nothing itself. */
export async function runStep({ pipeline, open }: World, story: Story): Promise<void> {
  let runtime: Runtime | undefined;
  // A process that waits for nothing any more ends, and would end as if all had gone well.
  const unfinished = 'This step ended before its work was done, because a connection ended unnoticed.';
  const takeBack = pipeline.onDrained(() => pipeline.fail(messageOf(new TaskError('network', unfinished))));
  const warn = (problem: TaskError) => pipeline.warn(`${problem.what} This step goes on without it. (${problem.code})`);
  const goOnline = ({ budget, onCancel, before }: OnlineOptions): Online => {
    const network = before ? pipeline.networkSince(before, warn) : pipeline.network();
    const opened = before ? openWithoutUnusable(open, network, warn) : open(network);
    runtime = opened;
    const conversation = new Conversation(opened, budget);
    opened.onInterrupt(() => (onCancel ? onCancel(conversation) : conversation.stop()));
    return { pipeline, runtime: opened, conversation, network: publicNetwork(network) };
  };
  try {
    await story({ pipeline, goOnline });
  } catch (error) {
    pipeline.fail(messageOf(error));
  } finally {
    runtime?.close();
    takeBack();
  }
}

function openWithoutUnusable(open: World['open'], network: AgentNetwork, onUnusable: OnUnusable): Runtime {
  try {
    return open(network);
  } catch (error) {
    if (!(error instanceof TaskError)) throw error;
    onUnusable(error);
    const { certificates: _, ...rest } = network;
    return open(rest);
  }
}
