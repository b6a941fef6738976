import { runCommand, wholeNumber } from '../../scripts/command-line';
import { startPreview } from '../preview';
import { root } from './folders';
import { untilStopped } from './until-stopped';

void runCommand({
  help: `npm run preview [-- --port N]

Shows the forms of the classic editor and the dialog of the service connection, drawn from the manifests alone, on a
loopback port until it is stopped.

  --port N   default 8422; 0 is any free port`,
  options: { port: { type: 'string', default: '8422' } },
  async run({ port }) {
    const options = { port: wholeNumber('--port', port, [0, 65_535]), root };
    await untilStopped(
      () => startPreview(options),
      ({ url }) => {
        console.log(
          [
            `The forms of the extension, drawn from its manifests: ${url}`,
            'They are a local preview, not the product: nothing is saved, and no organization is asked.',
            'Change a manifest and reload the page. Ctrl+C stops it.',
          ].join('\n'),
        );
      },
    );
  },
});
