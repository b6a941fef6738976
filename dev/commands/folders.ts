import { join } from 'node:path';

/** The folder of package.json. */
export const root = join(__dirname, '..', '..');

/** Where `npm run package` leaves the package. */
export const dist = join(root, 'dist');
