import { expect, inject, test } from 'vitest';
import { COMPILERS_IMAGE } from '../environment/compilers.ts';
import { request } from '../environment/engine-api.ts';
import { LIGHT_SERVER } from '../environment/light-server.ts';
import { OTHER_NOTEBOOKS } from '../environment/other-notebooks.ts';
import { STACKS_IMAGE, STACKS_R_IMAGE } from '../environment/stand-in-docker-stacks.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import { standInRstudio } from '../environment/stand-in-rstudio.ts';

const IMAGES = [
  NOTEBOOK_IMAGE,
  ...(['current', '2021', '2020'] as const).map(standInRstudio),
  STACKS_IMAGE,
  STACKS_R_IMAGE,
  COMPILERS_IMAGE,
  ...Object.values(LIGHT_SERVER),
  ...Object.values(OTHER_NOTEBOOKS).map(({ folder }) => `ezj-test/${folder}:1`),
];

test.each([inject('baseImage'), ...IMAGES])('the tests can start from %s', async (image) => {
  expect(await request({ path: `/images/${image}/json` })).toMatchObject({ RepoTags: expect.arrayContaining([image]) });
});
