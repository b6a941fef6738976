import type { Answer } from './answers';

/** The bytes of an answer's body. */
export function bodyOf(answer: Answer): Buffer {
  if (answer.bytes) return answer.bytes;
  const text = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
  return Buffer.from(answer.bom ? `\uFEFF${text}` : text);
}

/** The headers that go with these bytes. */
export function headersOf(answer: Answer, body: Buffer): Record<string, string | string[]> {
  const contentType = answer.contentType ?? (answer.json === undefined ? undefined : 'application/json; charset=utf-8');
  return {
    ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    ...(answer.status === 204 ? {} : { 'Content-Length': String(body.length) }),
    ...answer.headers,
  };
}
