import type { Readable } from 'node:stream';

/** An image on the engine. */
export interface Image {
  id: string;
  tags: string[];
  digests: string[];
  labels: Record<string, string>;
  bytes: number;
  created: string;
  /** Such as `linux/amd64`. Only from `inspectImage`. */
  platform: string;
  /** Digests of its layers, the lowest first. Only from `inspectImage`. */
  layers: string[];
  /** The image's own configuration, with empty lists and objects for missing values. Only from `inspectImage`. */
  config: {
    env: Record<string, string>;
    entrypoint: string[];
    cmd: string[];
    user: string;
    workdir: string;
    /** TCP ports only. */
    exposedPorts: number[];
  };
}

/** A file, folder or link of a build's context. Paths are relative, with slashes. */
export type ContextEntry =
  | { path: string; kind: 'folder' }
  | { path: string; kind: 'link'; target: string }
  | {
      path: string;
      kind: 'file';
      executable: boolean;
      sizeBytes: number;
      /** Exactly so many bytes, or an error, which ends the build. */
      open: () => Readable;
    };

/** The input of a build: a folder, extra files, arguments. */
export interface BuildRequest {
  /**
   * What COPY and ADD see: entries, or all of a folder, which must be one that no session can write. Holds the Dockerfile
   * unless `extraFiles` does.
   */
  context: string | ContextEntry[];
  /** Files to add to the context, by path. They replace the folder's own. */
  extraFiles: Record<string, Buffer>;
  /** Path of the Dockerfile in the context. Default: `Dockerfile`. */
  dockerfile?: string;
  /** The stage to build. Default: the last. */
  target?: string;
  tag: string;
  args: Record<string, string>;
  labels: Record<string, string>;
  /** The name of the image in `build-step` events. */
  title: string;
  noCache: boolean;
}
