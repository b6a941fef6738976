import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** Another host, to which a service may redirect. Nobody may ever come by. */
export interface Elsewhere {
  url: string;
  /** How many connections were opened to it. */
  readonly visits: number;
  close(): Promise<void>;
}

export async function startElsewhere(): Promise<Elsewhere> {
  let visits = 0;
  const server = createServer((socket) => {
    visits++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get visits() {
      return visits;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
