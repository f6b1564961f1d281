import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { removeHalfStarted } from '../../../src/cleanup/half-started.ts';
import type { Container, ContainerSpec, Engine, EngineInfo, Image } from '../../../src/engine/engine.ts';
import { runStep } from '../../../src/environments/build/run-step.ts';
import { LABEL } from '../../../src/protocol/labels.ts';
import { installedPackages } from '../../../src/sharing/archive/image-packages.ts';

function event(): [happened: Promise<void>, happen: () => void] {
  let happen = () => {};
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, () => happen()];
}

/** Stands in for an engine on which a step runs until it is released. */
function standIn() {
  const removed: string[] = [];
  const there: Container[] = [];
  const [released, release] = event();
  const [started, start] = event();
  const engine = {
    createContainer: async ({ name, labels }: ContainerSpec) => {
      there.push({ id: name, name, labels, state: 'running' } as Container);
      return name;
    },
    putFiles: async () => {},
    startContainer: async () => start(),
    containerLogs: async () =>
      Readable.from(
        (async function* () {
          await released;
          yield Buffer.from('done\n');
        })(),
      ),
    waitForExit: async () => {},
    inspectContainer: async () => ({ exitCode: 0 }),
    commitContainer: async () => {},
    removeContainer: async (id: string) => void removed.push(id),
    listContainers: async () => there,
    listVolumes: async () => [],
    info: async () => ({ id: 'an-engine' }),
  } as unknown as Engine;
  return { engine, removed, release, started };
}

const image = { id: 'sha256:1', tags: [], config: { entrypoint: [], cmd: [], user: '' } } as unknown as Image;

test('what this process builds goes on where the engine is found anew; what a daemon that has ended was building is removed', async () => {
  const { engine, removed, release, started } = standIn();
  const context = { engine, info: {} as EngineInfo, owner: 'me', variables: {}, hostFiles: [], pidsLimit: 1 };
  const images = { from: image, start: image.config, tag: 'ezj/layer:0', changes: [], below: '' };
  const step = { from: 'apt.txt', run: 'true', files: [], caches: [] };
  const call = { report: () => {}, signal: new AbortController().signal };
  const labels = { [LABEL.environment]: 'x' };
  const building = runStep(step, images, { ...context, labels }, call);
  await started;
  const left = await engine.createContainer({ name: 'ezj-build-left', labels: { [LABEL.daemon]: '1-1' } } as never);
  await removeHalfStarted({ engine, owner: 'me', busy: () => false });
  expect(removed).toEqual([left]);
  release();
  await building;
  expect(removed).toHaveLength(2);
});

test('what is asked of an image for an export goes on where the engine is found anew, and can be found once its daemon has ended', async () => {
  const { engine, removed, release, started } = standIn();
  const context = { engine, info: {} as EngineInfo, owner: 'me', pidsLimit: 1 };
  const listing = installedPackages(context, image, new AbortController().signal);
  await started;
  await removeHalfStarted({ engine, owner: 'me', busy: () => false });
  expect(removed).toEqual([]);
  const [container] = await engine.listContainers([]);
  expect(container?.labels).toHaveProperty([LABEL.environment]);
  release();
  await listing;
  expect(removed).toEqual([container?.id]);
});
