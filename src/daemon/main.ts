import { runDaemon } from './run-daemon.ts';

runDaemon().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
