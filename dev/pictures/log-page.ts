import { type DemoOutput, stepsOf } from './demo-output';

/** What every step prints before it does anything, and what a client says on its way: a log viewer folds it. */
const preamble = /^(=+|(Task|Description|Version|Author|Help) +: .*|Generating script\.|Script contents:)$/;
const commandOutput = /^=+ Starting Command Output =+$/;
const onTheWay = /^(Connecting to server|Scanning for tool capabilities|Testing agent connection|Settings saved in )/;

/** A page that shows a run's log as a log viewer does, and beside it what was checked. */
export function logPage({ log, checks }: DemoOutput): string {
  let number = 0;
  const row = (kind: string, text: string) =>
    `<div class="${kind}"><span class="number">${kind === 'folded' ? '' : number}</span><span>${escaped(text)}</span></div>`;
  const steps = stepsOf(log).map(({ title, lines }) => {
    number++;
    const rows = [row('section', title)];
    const shown = withoutPreamble(lines);
    let folded = lines.length - shown.length;
    number += folded;
    const fold = () => {
      if (folded > 0) rows.push(row('folded', `${folded} ${folded === 1 ? 'line is' : 'lines are'} folded`));
      folded = 0;
    };
    for (const line of shown) {
      number++;
      if (onTheWay.test(line)) {
        folded++;
      } else {
        fold();
        rows.push(row('line', line));
      }
    }
    fold();
    number++; // The line that ends it.
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

/** Large: the README shows the picture at little more than half of its width. */
const style = `
* { box-sizing: border-box; margin: 0; }
body { height: 768px; display: flex; flex-direction: column; background: #faf9f8; color: #323130; font: 16px/1.3 sans-serif; }
header { display: flex; align-items: baseline; gap: 20px; padding: 10px 24px; background: #fff; border-bottom: 1px solid #e1dfdd; }
h1 { font-size: 22px; font-weight: 600; }
header p { color: #605e5c; }
code { font-size: 0.93em; }
main { flex: 1; min-height: 0; display: flex; gap: 16px; padding: 14px 24px 16px; }
.log { flex: 1; padding: 4px 0; background: #fff; border: 1px solid #e1dfdd; border-radius: 6px; font: 17px/1.35 monospace; }
.log div { display: flex; gap: 12px; padding: 0 12px 0 0; overflow-wrap: anywhere; }
.number { flex: none; width: 40px; text-align: right; color: #797775; }
.section { color: #005a9e; font-weight: bold; margin-top: 5px; }
.folded { color: #605e5c; font-style: italic; }
.checks { width: 520px; padding: 10px 18px; background: #fff; border: 1px solid #e1dfdd; border-radius: 6px; }
h2 { font-size: 17px; font-weight: 600; margin-bottom: 3px; }
ul { list-style: none; padding: 0; margin-bottom: 6px; }
li { position: relative; padding: 2px 0 2px 27px; font-size: 16px; overflow-wrap: anywhere; }
li::before { content: "\\2713"; position: absolute; left: 0; top: 3px; width: 18px; height: 18px; border-radius: 50%;
  background: #107c10; color: #fff; font: bold 12px/18px sans-serif; text-align: center; }
`;
