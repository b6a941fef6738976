import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Manner, Outcome } from '../faults/outcome';
import type { Answer } from '../requests/answers';
import { bodyOf, headersOf } from '../requests/body';
import type { RequestRecord } from '../requests/exchange';

const pieces = 10;

/** One answer on its way out. */
export interface Delivery {
  request: IncomingMessage;
  response: ServerResponse;
  /** Aborted when the emulator closes. */
  closing: AbortSignal;
}

/** Delivers what a request ended in; one that is left hanging is delivered at once. */
export async function deliver(delivery: Delivery, outcome: Outcome, record: RequestRecord): Promise<void> {
  const { socket } = delivery.request;
  switch (outcome.kind) {
    case 'answer':
      return deliverAnswer(delivery, outcome.answer, outcome.manner);
    case 'enormous':
      return deliverEnormous(delivery, outcome.bytes, record);
    case 'reset':
      socket.destroy();
      return;
    case 'switch-protocols':
      socket.write(rawHead(101, { Upgrade: 'websocket', Connection: 'Upgrade' }));
      return;
    case 'hang':
  }
}

/** Sends an answer, and returns when it has been handed over or the client has gone. */
export async function deliverAnswer(delivery: Delivery, answer: Answer, manner: Manner): Promise<void> {
  const { request, response, closing } = delivery;
  const plain = bodyOf(answer);
  const body = manner.gzip ? gzipSync(plain) : plain;
  const headers = { ...headersOf(answer, body), ...(manner.gzip ? { 'Content-Encoding': 'gzip' } : {}) };
  if (manner.continueFirst) response.writeContinue();
  if (manner.slowHeadersMs !== undefined) {
    const head = rawHead(answer.status, { ...headers, Connection: 'close' });
    await trickle({ bytes: Buffer.from(head), ms: manner.slowHeadersMs, closing }, (piece) =>
      request.socket.write(piece),
    );
    request.socket.end(body);
    return;
  }
  response.writeHead(answer.status, headers);
  if (manner.truncate) {
    const half = body.subarray(0, Math.floor(body.length / 2));
    await new Promise<void>((resolve) => {
      response.write(half, () => resolve());
    });
    request.socket.destroy();
    return;
  }
  if (manner.slowBodyMs !== undefined) {
    response.flushHeaders();
    await trickle({ bytes: body, ms: manner.slowBodyMs, closing }, (piece) => response.write(piece));
    response.end();
  } else {
    response.end(body);
  }
  await gone(response);
  if (manner.closeAfter) request.socket.end();
}

/** Sends a JSON text that is at least this long, as fast as the client takes it, and notes how much it took. */
async function deliverEnormous({ response }: Delivery, bytes: number, record: RequestRecord): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  const piece = Buffer.alloc(64 * 1024, 'a');
  response.write('{"value":"');
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    record.sentBytes = sent;
    if (response.write(piece)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }
  if (!response.destroyed) record.sentBytes = bytes;
  response.end('"}');
  await gone(response);
}

/** Resolves when the response has been handed over, or cannot be any more. */
export async function gone(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('finish', resolve).once('close', resolve);
  });
}

function rawHead(status: number, headers: Record<string, string | string[]>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  return [`HTTP/1.1 ${status} Emulated`, ...lines, '', ''].join('\r\n');
}

interface Trickle {
  bytes: Buffer;
  ms: number;
  closing: AbortSignal;
}

async function trickle({ bytes, ms, closing }: Trickle, write: (piece: Buffer) => void): Promise<void> {
  const size = Math.ceil(bytes.length / pieces) || 1;
  for (let start = 0; start < bytes.length; start += size) {
    await wait(ms / pieces, undefined, { signal: closing });
    write(bytes.subarray(start, start + size));
  }
}
