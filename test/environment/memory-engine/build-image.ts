import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildRequest, Engine } from '../../../src/engine/engine.ts';
import { EzjError } from '../../../src/protocol/errors.ts';
import type { Images } from './images.ts';
import { applyInstructions } from './instructions.ts';

/** Builds a Dockerfile of one stage that runs nothing and copies nothing; whatever else stands in it fails. */
export async function buildImage(
  images: Images,
  { context, extraFiles, dockerfile = 'Dockerfile', tag, labels, title }: BuildRequest,
  { report }: Parameters<Engine['buildImage']>[1],
): Promise<void> {
  const own = typeof context === 'string' ? await readFile(join(context, dockerfile), 'utf8').catch(() => '') : '';
  const text = extraFiles[dockerfile]?.toString('utf8') ?? own;
  const [from = '', ...lines] = text.split('\n').filter((line) => /^\s*[^#\s]/.test(line));
  const base = /^FROM\s+(\S+)\s*$/i.exec(from)?.[1] ?? '';
  const below = images.find(base);
  if (!below) throw new EzjError({ code: 'registry-unreachable', message: `The registry of ${base} does not answer.` });
  for (const [i, line] of [from, ...lines].entries())
    report({ type: 'build-step', image: title, step: i + 1, steps: lines.length + 1, text: line });
  try {
    const settings = applyInstructions(below, lines);
    images.make({
      ...settings,
      labels: { ...settings.labels, ...labels },
      files: below.files,
      layerBytes: 0,
      tag,
      below,
    });
  } catch (error) {
    throw new EzjError({ code: 'build-failed', message: `Could not build ${title}: ${(error as Error).message}` });
  }
}
