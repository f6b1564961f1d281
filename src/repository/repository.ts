import type { Page } from './page.ts';

/** The address of a repository, and the ref in it. */
export interface Repository {
  /** The URL for git and for the clone's configuration, without the user and password of a web address. */
  url: string;
  protocol: 'https' | 'http' | 'ssh' | 'git' | 'file';
  /** User and optional password of a web address. */
  credentials?: Credentials;
  /** The branch, tag or commit after `@`. */
  ref?: string;
  /** The words after the repository in the URL of a page: a branch, which may contain slashes, and a path in it. */
  page?: Page;
  /** The last word of the address, which becomes the name of the folder. */
  name: string;
}

/** User and password, decoded. */
export interface Credentials {
  user: string;
  password?: string;
}
