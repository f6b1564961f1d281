import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const SECOND = 1000;

/** `engine`: whether the project needs a real engine, and with it the images that are built once before its first file. */
interface Part {
  name: string;
  timeoutSeconds: number;
  workers: number;
  engine: boolean;
  include?: string[];
}

// Test files that use the engine run two at a time at most: a container start is work for a core.
const parts: Part[] = [
  { name: 'unit', timeoutSeconds: 20, workers: 4, engine: false },
  { name: 'daemon', timeoutSeconds: 60, workers: 2, engine: true },
  {
    name: 'engine',
    timeoutSeconds: 180,
    workers: 2,
    engine: true,
    include: ['test/environment/{registry,faulty-engine,sandbox}.test.ts'],
  },
  { name: 'cli', timeoutSeconds: 180, workers: 2, engine: true },
  { name: 'browser', timeoutSeconds: 240, workers: 1, engine: true, include: ['test/environment/browser.test.ts'] },
  { name: 'package', timeoutSeconds: 600, workers: 1, engine: true },
];

export default defineConfig({
  test: {
    // The end of a run has to be waited for: daemons and containers are removed there.
    teardownTimeout: 120 * SECOND,
    projects: parts.map(describePart),
  },
});

function describePart({ name, timeoutSeconds, workers, engine, include = [] }: Part): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`, ...include],
      pool: 'forks',
      maxWorkers: workers,
      testTimeout: timeoutSeconds * SECOND,
      hookTimeout: timeoutSeconds * SECOND,
      allowOnly: false,
      retry: 0,
      ...(engine && { globalSetup: ['test/environment/prepare-engine.ts'] }),
    },
  };
}
