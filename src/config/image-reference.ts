import * as z from 'zod';

/** The form of an image's name, in short: host, path in lower case, tag, digest. `auto`, `official` and `built` have it too. */
export const imageReference = z
  .string()
  .regex(
    /^(([A-Za-z\d][\w.-]*|\[[\dA-Fa-f:]+\])(:\d+)?\/)?[a-z\d]+((\.|__?|-+|\/)[a-z\d]+)*(:\w[\w.-]{0,127})?(@[a-z\d]+:[\da-f]{32,})?$/,
    'expected an image reference, such as quay.io/jupyter/scipy-notebook',
  );
