import { runDaemon } from './run-daemon.ts';

runDaemon().catch((error: Error) => {
  console.error(error.stack);
  // A server that listens already would keep the process, with nobody left to close it.
  process.exit(1);
});
