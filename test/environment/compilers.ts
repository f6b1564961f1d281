import { ensureTestImage } from './test-images.ts';

/** ezj's own smallest image with what compiles extensions of Python: Debian's packages for it take longer than a test. */
export const COMPILERS_IMAGE = 'ezj-test/with-compilers:1';

/** Builds it, if it is not there as it is now. */
export function ensureCompilersImage(base: string): Promise<void> {
  const dockerfile = `ARG BASE
FROM $BASE
ARG APT_MIRROR=""
RUN /usr/local/lib/ezj/install-packages gcc libc6-dev python3-dev
`;
  return ensureTestImage({ name: COMPILERS_IMAGE, dockerfile, args: { BASE: base } });
}
