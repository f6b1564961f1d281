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

/** The input of a build: a folder, extra files, arguments. */
export interface BuildRequest {
  /** The folder that COPY and ADD see. It holds the Dockerfile unless `extraFiles` does. */
  context: string;
  /** The paths in the folder to send, relative to it. Default: all. */
  paths?: string[];
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
