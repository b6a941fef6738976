import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { type ProgramCall, runAgentProgram } from './agent-program';

/**
 * Listens for calls of `Agent.Listener`, which are texts that each end with a zero byte: the folder, how many words
 * there are, the words, the variables of the environment, and an empty one. It does not keep its process alive.
 * @returns the port.
 */
export async function serveAgentProgram(): Promise<number> {
  const server = createServer((socket) => {
    // A machine that dies takes the other end with it.
    socket.on('error', () => socket.destroy());
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const call = readCall(received.toString());
      if (call) void answer(socket, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

async function answer(socket: Socket, call: ProgramCall): Promise<void> {
  const { code, output } = await runAgentProgram(call);
  socket.end(`${code}\n${output}`);
}

/** The call, once it has come as a whole. */
function readCall(text: string): ProgramCall | undefined {
  const [folder = '', count = '', ...rest] = text.split('\0');
  const words = rest.slice(0, Number(count));
  const variables = rest.slice(words.length);
  // The text ends with the empty one, and split leaves another behind it.
  const end = variables.indexOf('');
  if (count === '' || end === -1 || end === variables.length - 1) return undefined;
  const entries = variables.slice(0, end).map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return { folder, words, environment: Object.fromEntries(entries) };
}
