import { type DemoOutput, stepsOf } from './demo-output';

/** What every step prints before it does anything: a log viewer folds it. */
const preamble = /^(=+|(Task|Description|Version|Author|Help) +: .*|Generating script\.|Script contents:)$/;
const commandOutput = /^=+ Starting Command Output =+$/;

/** A page that shows a run's log as a log viewer does, and beside it what was checked. */
export function logPage({ log, checks }: DemoOutput): string {
  let number = 0;
  const row = (kind: string, text: string) =>
    `<div class="${kind}"><span class="number">${kind === 'folded' ? '' : ++number}</span><span>${escaped(text)}</span></div>`;
  const steps = stepsOf(log).map(({ title, lines }) => {
    const told = withoutPreamble(lines);
    const folded = lines.length - told.length;
    const rows = [row('section', title)];
    number += folded;
    if (folded > 0) rows.push(row('folded', `${folded} lines of the step's header are folded`));
    rows.push(...told.map((line) => row('line', line)));
    number++; // The line that tells its end.
    return rows.join('\n');
  });
  const lists = checks.map(({ heading, held }) => {
    const items = held.map((claim) => `<li>${escaped(claim)}</li>`);
    return `<h2>${escaped(heading)}</h2>\n<ul>${items.join('\n')}</ul>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The log of a run</title>
<style>${style}</style>
<header>
  <h1>One job, from minting to revocation</h1>
  <p>A local run of the packaged task against the emulator: <code>npm run demo</code>. No real organization was used.</p>
</header>
<main>
  <section class="log" aria-label="Log">${steps.join('\n')}</section>
  <section class="checks" aria-label="Checks">${lists.join('\n')}</section>
</main>
</html>
`;
}

/** Of a script, its contents too are part of what stands before its output. */
function withoutPreamble(lines: string[]): string[] {
  const output = lines.findIndex((line) => commandOutput.test(line));
  return lines.slice(output + 1).filter((line) => !preamble.test(line));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const style = `
* { box-sizing: border-box; margin: 0; }
body { height: 768px; display: flex; flex-direction: column; background: #faf9f8; color: #323130;
  font: 14px/1.45 "Segoe UI", "Liberation Sans", "DejaVu Sans", Arial, sans-serif; }
header { padding: 18px 28px 14px; background: #fff; border-bottom: 1px solid #e1dfdd; }
h1 { font-size: 22px; font-weight: 600; }
header p { color: #605e5c; margin-top: 3px; }
code { font-family: "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: 0.93em; }
main { flex: 1; min-height: 0; display: flex; gap: 20px; padding: 18px 28px 20px; }
.log { flex: 1; padding: 8px 0; background: #fff; border: 1px solid #e1dfdd; border-radius: 6px; overflow: hidden;
  font: 12px/1.5 "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; }
.log div { display: flex; gap: 14px; padding: 0 16px 0 0; overflow-wrap: anywhere; }
.number { flex: none; width: 44px; text-align: right; color: #797775; }
.section { color: #005a9e; font-weight: bold; margin-top: 5px; }
.folded { color: #605e5c; font-style: italic; }
.checks { width: 430px; padding: 14px 20px; background: #fff; border: 1px solid #e1dfdd; border-radius: 6px; }
h2 { font-size: 15px; font-weight: 600; margin-bottom: 5px; }
ul { list-style: none; padding: 0; margin-bottom: 10px; }
li { position: relative; padding: 4px 0 4px 28px; font-size: 13px; overflow-wrap: anywhere; }
li::before { content: "\\2713"; position: absolute; left: 0; top: 5px; width: 17px; height: 17px; border-radius: 50%;
  background: #107c10; color: #fff; font: bold 11px/17px sans-serif; text-align: center; }
`;
