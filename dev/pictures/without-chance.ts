/** What differs between two runs of the demo, and what stands in its place: pictures of the same run are the same. */
const fixed: [RegExp, string][] = [
  [/\b(agent-pool-token b\d+ j[0-9a-f]{8} a\d+) [a-z2-7]{10}\b/g, '$1 k3v7q2m5xa'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '5f0c2d1e-8a47-4b39-9c60-d2e1f7a3b845'],
  [/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '2026-01-31T12:10:00.000Z'],
  [/\bhttp:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:8421'],
  [/\S*\/demo-\w+\//g, '/tmp/demo/'],
];

/** The output of the demo with fixed values in place of names, ids, times, ports and folders that chance gives. */
export function withoutChance(output: string): string {
  return fixed.reduce((text, [chance, value]) => text.replace(chance, value), output);
}
