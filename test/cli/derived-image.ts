import { randomBytes } from 'node:crypto';
import type { Sandbox } from '../environment/sandbox.ts';
import { buildTestImage, type TestImage } from '../environment/test-images.ts';

/** Builds an image, without the product, that carries the sandbox's label: its cleanup removes it. Gives the image's name. */
export async function buildImage(
  { owner }: Pick<Sandbox, 'owner'>,
  image: Pick<TestImage, 'dockerfile' | 'folder' | 'args'>,
): Promise<string> {
  const name = `ezj-test/${owner}-${randomBytes(3).toString('hex')}:1`;
  await buildTestImage({ ...image, name, labels: { 'ezj.owner': owner } });
  return name;
}

/** A Dockerfile on an image of ezj's that runs this shell script in place of the notebook server. */
export function scriptImage(base: string, script: string): string {
  return `FROM ${base}\nENTRYPOINT []\nCMD ${JSON.stringify(['sh', '-c', script])}\n`;
}
