import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

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
  { name: 'attacks', timeoutSeconds: 240, engine: true },
  { name: 'package', timeoutSeconds: 600, engine: true },
];

/** Spreads the browser's files over the run: each keeps a core busy, where others mostly wait. */
class SpreadBrowsers extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isBrowser = ({ project }: TestSpecification) => project.name === 'browser';
    const [browsers, others] = [sorted.filter(isBrowser), sorted.filter((file) => !isBrowser(file))];
    const between = Math.ceil(others.length / (browsers.length || 1));
    return browsers
      .flatMap((file, n) => [file, ...others.slice(n * between, (n + 1) * between)])
      .concat(browsers.length ? [] : others);
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SpreadBrowsers },
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
