import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const SECOND = 1000;

// A container start is mostly waiting: four files at a time keep two cores busy.
const WORKERS = 4;

// With it, each Node reads a whole bundle of certificates first, which takes longer than the rest of its start. Whoever needs
// the bundle finds it by another variable.
if (['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'].some((name) => process.env[name])) {
  delete process.env.NODE_EXTRA_CA_CERTS;
}

/** Test files of one folder of test/. */
interface Part {
  name: string;
  timeoutSeconds: number;
  /** Whether they need a real engine, and with it the images that are built before the first of them. */
  engine: boolean;
}

const parts: Part[] = [
  { name: 'unit', timeoutSeconds: 20, engine: false },
  { name: 'prepared', timeoutSeconds: 20, engine: true },
  { name: 'daemon', timeoutSeconds: 60, engine: true },
  { name: 'engine', timeoutSeconds: 180, engine: true },
  { name: 'cli', timeoutSeconds: 300, engine: true },
  { name: 'browser', timeoutSeconds: 240, engine: true },
  { name: 'attacks', timeoutSeconds: 240, engine: true },
  { name: 'package', timeoutSeconds: 600, engine: true },
];

/** Files that take longest, the longest first: none of them may be alone at the end. */
const LONGEST = [
  ...['installed-homes', 'installed-r', 'environments', 'installed', 'project-dockerfile', 'rstudio', 'killed'],
  ...['archives', 'environments-prune', 'persistence', 'sharing', 'environments-r', 'settings', 'kinds'],
].map((name) => `/test/cli/${name}.test.ts`);

/** Starts with the longest files, and spreads the browser's over the run: each keeps a core busy, where others mostly wait. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
    const isBrowser = ({ project }: TestSpecification) => project.name === 'browser';
    const [browsers, others] = [sorted.filter(isBrowser), sorted.filter((file) => !isBrowser(file))];
    const between = Math.ceil(others.length / (browsers.length || 1));
    return browsers
      .flatMap((file, n) => [file, ...others.slice(n * between, (n + 1) * between)])
      .concat(browsers.length ? [] : others);
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((name) => moduleId.endsWith(name));
  return place < 0 ? LONGEST.length : place;
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
      // Loading all modules anew takes longer than a file of unit tests: a worker keeps them. A file that changes what others
      // use puts it back: `vi.spyOn` and not `vi.mock`, which stays.
      isolate: false,
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
