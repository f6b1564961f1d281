import { runDaemon } from './run-daemon.ts';

runDaemon().catch((error: Error) => {
  console.error(error.stack);
  // Without this, a server that listens already would keep the process alive with no way to close it.
  process.exit(1);
});
