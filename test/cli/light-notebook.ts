import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Sandbox } from '../environment/sandbox.ts';
import { baseImage } from './notebooks.ts';

/** Adds the kind `light` to the sandbox's configuration: a session whose server is ready at once, for tests that need no Jupyter. */
export async function addLightKind(sandbox: Sandbox): Promise<void> {
  const file = path.join(String(sandbox.env.EZJ_CONFIG_DIR), 'config.json');
  const settings = JSON.parse(await readFile(file, 'utf8'));
  const light = {
    image: baseImage(),
    port: 8000,
    command: ['python3', '-m', 'http.server', '8000'],
    signIn: 'none',
  };
  await writeFile(file, JSON.stringify({ ...settings, kinds: { light } }));
}
