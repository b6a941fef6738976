/** The scripts of an agent's package. They register like the real ones, and what they start runs no jobs. */

const nameOfAgent = `name=$(sed -n 's/.*"agentName": "\\([^"]*\\)".*/\\1/p' .agent)`;
const inItsFolder = '#!/bin/sh\nset -eu\ncd "$(dirname "$0")"';

/** @param node the Node binary that runs the registering client. */
export const configScript = (node: string): string => `#!/bin/sh
unset NODE_OPTIONS
folder=$(cd "$(dirname "$0")" && pwd)
exec "${node}" "$folder/bin/agent.js" "$folder" "$@"
`;

/** A service that notes that it is installed, and says what a real one would bring about. */
export const serviceScript = `${inItsFolder}
${nameOfAgent}
case $1 in
  install) [ ! -f .service ] || { echo 'error: the service is installed already' >&2; exit 1; }; echo "$name" > .service ;;
  uninstall) rm .service ;;
  start) [ -f .service ]; echo "The agent $name is online" ;;
  stop) [ -f .service ]; echo "The agent $name is offline" ;;
  status) [ -f .service ] && cat .service ;;
  *) echo "error: $1 is not known" >&2; exit 1 ;;
esac
`;

/** An agent in the foreground, which is gone again at once. */
export const runScript = `${inItsFolder}
${nameOfAgent}
echo "The agent $name is online"
echo "The agent $name is offline"
`;
