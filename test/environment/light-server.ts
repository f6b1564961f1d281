import { STACKS_IMAGE, STACKS_R_IMAGE } from './stand-in-docker-stacks.ts';
import { ensureTestImage } from './test-images.ts';

/**
 * Images with all that they have, but for Jupyter: their server is the stand-in, whose start takes a tenth of the
 * processor time. For tests of what is installed, where and by whom.
 */
export const LIGHT_SERVER = {
  base: 'ezj-test/stand-in-server:base',
  r: 'ezj-test/stand-in-server:r',
  stacks: 'ezj-test/stand-in-server:stacks',
  stacksR: 'ezj-test/stand-in-server:stacks-r',
};

/** Builds them, if they are not there as they are now. */
export async function ensureLightServers({ base, r }: { base: string; r: string }): Promise<void> {
  await ensure(LIGHT_SERVER.base, base, 'ezj-notebook');
  await ensure(LIGHT_SERVER.r, r, 'ezj-notebook');
  await ensure(LIGHT_SERVER.stacks, STACKS_IMAGE, 'jupyter-lab');
  await ensure(LIGHT_SERVER.stacksR, STACKS_R_IMAGE, 'jupyter-lab');
}

function ensure(name: string, from: string, command: string): Promise<void> {
  const dockerfile = `ARG BASE\nFROM $BASE\nCOPY serve /usr/local/bin/${command}\nHEALTHCHECK NONE\n`;
  return ensureTestImage({ name, folder: 'stand-in-notebook', dockerfile, args: { BASE: from } });
}
