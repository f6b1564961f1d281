import { homedir } from 'node:os';
import { buildImage } from './build-image.ts';
import { watchChanges } from './change-watch.ts';
import { connectTo, type EngineAddress } from './connection.ts';
import { changedPaths } from './container-changes.ts';
import { containerEvents } from './container-events.ts';
import { putFiles, readFile } from './container-files.ts';
import { containerLogs } from './container-logs.ts';
import * as containers from './containers.ts';
import { createContainer } from './create-container.ts';
import type { Engine } from './engine.ts';
import { readEngineInfo } from './engine-info.ts';
import { execCommand, execInteractive } from './exec.ts';
import * as images from './images.ts';
import { ensureSeparatingNetwork, rejoinNetwork, removeUnusedNetwork } from './networks.ts';
import { pullImage } from './pull-image.ts';
import { pushImage } from './push-image.ts';
import { loadImages, saveImages } from './save-load.ts';
import { listVolumes, removeVolume } from './volumes.ts';

/** Where an engine is, and whose docker configuration its pulls and pushes use. */
export interface DockerEngineOptions extends EngineAddress {
  /** Default: the environment of this process. */
  env?: NodeJS.ProcessEnv;
  /** Default: the home folder of this user. */
  homeDir?: string;
}

/** An {@link Engine} that speaks Docker's API, Podman's included. Connects with the first call. */
export function createDockerEngine({
  env = process.env,
  homeDir = homedir(),
  ...address
}: DockerEngineOptions): Engine {
  const connection = connectTo(address);
  const user = { env, homeDir };
  return {
    info: (options) => readEngineInfo(connection, options),
    inspectImage: (reference) => images.inspectImage(connection, reference),
    listImages: (labels) => images.listImages(connection, labels),
    pullImage: (reference, options) => pullImage(connection, reference, { ...options, user }),
    pushImage: (reference, options) => pushImage(connection, reference, { ...options, user }),
    buildImage: (request, options) => buildImage(connection, request, { ...options, user }),
    importImage: (rootfs, options) => images.importImage(connection, rootfs, options),
    saveImages: (references, options) => saveImages(connection, references, options),
    loadImages: (tar, options) => loadImages(connection, tar, options),
    removeImage: (reference) => images.removeImage(connection, reference),
    tagImage: (reference, tag) => images.tagImage(connection, reference, tag),
    commitContainer: (id, options) => images.commitContainer(connection, id, options),
    listContainers: (labels, options) => containers.listContainers(connection, labels, options),
    inspectContainer: (id) => containers.inspectContainer(connection, id),
    createContainer: (spec) => createContainer(connection, spec),
    startContainer: (id) => containers.startContainer(connection, id),
    stopContainer: (id, options) => containers.stopContainer(connection, id, options),
    removeContainer: (id, options) => containers.removeContainer(connection, id, options),
    waitForExit: (id, options) => containers.waitForExit(connection, id, options),
    containerLogs: (id, options) => containerLogs(connection, id, options),
    putFiles: (id, files) => putFiles(connection, id, files),
    readFile: (id, path) => readFile(connection, id, path),
    exec: (id, options) => execCommand(connection, id, options),
    execInteractive: (id, options) => execInteractive(connection, id, options),
    changedPaths: (id) => changedPaths(connection, id),
    watchChanges: (id, options) => watchChanges(connection, id, options),
    listVolumes: (labels, options) => listVolumes(connection, labels, options),
    removeVolume: (name) => removeVolume(connection, name),
    ensureSeparatingNetwork: (name) => ensureSeparatingNetwork(connection, name),
    rejoinNetwork: (id, name) => rejoinNetwork(connection, id, name),
    removeUnusedNetwork: (name) => removeUnusedNetwork(connection, name),
    events: (label, options) => containerEvents(connection, label, options),
  };
}
