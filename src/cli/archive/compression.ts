import process from 'node:process';
import { PassThrough, type Transform } from 'node:stream';
import { EzjError } from '../../protocol/errors.ts';
import { shellQuote } from '../../protocol/shell-word.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The compressor of an archive, by the ending of its name. Throws `usage` for another ending. */
export async function compressorFor(file: string): Promise<Transform> {
  if (file.endsWith('.tar')) return new PassThrough();
  const zlib = await loadZlib();
  // Layers are big, and a little less of them is not worth the minutes.
  if (/\.(?:tar\.gz|tgz)$/.test(file)) return zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED });
  if (/\.(?:tar\.zst|tzst)$/.test(file)) {
    if (zlib.createZstdCompress) return zlib.createZstdCompress();
    throw new EzjError({
      code: 'usage',
      message: `${file} is not accepted: node ${process.versions.node} knows no zstd, node 22.15 does.`,
      hint: `ezj export ${shellQuote(file.replace(/\.t(?:ar\.)?zst$/, '.tar.gz'))}`,
    });
  }
  throw new EzjError({
    code: 'usage',
    message: `${file} is not accepted: a name that ends in .tar, .tar.gz or .tar.zst, or - for stdout`,
    hint: `ezj export ${shellQuote(`${file}.tar.gz`)}`,
  });
}

/** The decompressor of an archive, by its first bytes. Throws `usage` if this node does not know it. */
export async function decompressorFor(head: Buffer): Promise<Transform> {
  const zlib = await loadZlib();
  if (head.subarray(0, 2).equals(GZIP)) return zlib.createGunzip();
  if (!head.subarray(0, 4).equals(ZSTD)) return new PassThrough();
  if (zlib.createZstdDecompress) return zlib.createZstdDecompress();
  throw new EzjError({
    code: 'usage',
    message: `The archive is compressed with zstd, which node ${process.versions.node} does not know.`,
    hint: 'zstd -d < FILE | ezj import -',
  });
}

/** Node has zstd from 22.15 on, and the types of node 20 do not know it. */
type Zstd = Partial<Record<'createZstdCompress' | 'createZstdDecompress', () => Transform>>;

/** Loaded late, because most commands do not need it. */
async function loadZlib() {
  const { default: zlib } = await import('node:zlib');
  return zlib as typeof zlib & Zstd;
}
