import type { Page } from './page.ts';

/** Where a repository is, and what of it is meant. */
export interface Repository {
  /** What git is given and what stands in the clone: no user and no password of a web address. */
  url: string;
  protocol: 'https' | 'http' | 'ssh' | 'git' | 'file';
  /** User and, where it was given, password of a web address. */
  credentials?: Credentials;
  /** What was named after `@`: a branch, a tag or a commit. */
  ref?: string;
  /** What follows the repository in the address of a page: a branch, which may hold slashes, and a path in it. */
  page?: Page;
  /** The last word of the address, which the folder is named after. */
  name: string;
}

/** User and password, decoded. */
export interface Credentials {
  user: string;
  password?: string;
}
