import path from 'node:path';
import { ROOT } from './engine.ts';

/** Other versions of Node that `npm test` has fetched: the built command line has to run on each. */
export const INTERPRETERS = ['22', '24'].map((version) => ({
  version,
  node: path.join(ROOT, 'node_modules', '.cache', 'node-versions', 'node_modules', `node-${version}`, 'bin', 'node'),
}));
