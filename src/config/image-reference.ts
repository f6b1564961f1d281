import * as z from 'zod';

/**
 * The format of an image's name: host, path in lower case, tag, digest. It also matches `auto`, `official` and `built`.
 */
export const imageReference = z
  .string()
  .regex(
    /^(([A-Za-z\d][\w.-]*|\[[\dA-Fa-f:]+\])(:\d+)?\/)?[a-z\d]+((\.|__?|-+|\/)[a-z\d]+)*(:\w[\w.-]{0,127})?(@[a-z\d]+:[\da-f]{32,})?$/,
    'expected an image reference, such as quay.io/jupyter/scipy-notebook',
  );
