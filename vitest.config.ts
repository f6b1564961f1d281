import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const SECOND = 1000;

// A container start is mostly waiting: four files at a time keep two cores busy.
const WORKERS = 4;

/** One folder of test/. `engine`: whether it needs a real engine, and with it the images that are built before its first file. */
interface Part {
  name: string;
  timeoutSeconds: number;
  engine: boolean;
}

const parts: Part[] = [
  { name: 'unit', timeoutSeconds: 20, engine: false },
  { name: 'prepared', timeoutSeconds: 20, engine: true },
  { name: 'daemon', timeoutSeconds: 60, engine: true },
  { name: 'engine', timeoutSeconds: 180, engine: true },
  { name: 'cli', timeoutSeconds: 180, engine: true },
  { name: 'browser', timeoutSeconds: 240, engine: true },
  { name: 'package', timeoutSeconds: 600, engine: true },
];

export default defineConfig({
  test: {
    // The end of a run has to be waited for: daemons and containers are removed there.
    teardownTimeout: 120 * SECOND,
    projects: parts.map(describePart),
  },
});

function describePart({ name, timeoutSeconds, engine }: Part): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      pool: 'forks',
      maxWorkers: WORKERS,
      testTimeout: timeoutSeconds * SECOND,
      hookTimeout: timeoutSeconds * SECOND,
      allowOnly: false,
      retry: 0,
      ...(engine && { globalSetup: ['test/environment/prepare-engine.ts'] }),
    },
  };
}
