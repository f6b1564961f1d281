import * as z from 'zod';
import { isPlain, UNPLAIN } from '../protocol/plain-text.ts';
import { imageReference } from './image-reference.ts';

const urlPath = z.string().regex(/^\/[\x21-\x7e]*$/, 'expected a path on the server, such as /lab?token={token}');
const folder = z
  .string()
  .regex(/^\/[^\0]*[^/\0]$/, 'expected an absolute path in the container, such as /work/{folder}')
  .max(300)
  .refine(isPlain, UNPLAIN);
/** The name of an environment variable. */
export const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable');
const kindName = z
  .string()
  .regex(
    /^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/,
    'expected a name of a-z, 0-9 and "-", at most 20 characters, that starts with a letter',
  )
  .refine((name) => !['python', 'r', 'rstudio'].includes(name), 'ezj has a kind with this name: choose another name');

const userKind = z
  .strictObject({
    title: z.string().min(1).max(40).refine(isPlain, UNPLAIN).optional().describe('Its name in messages'),
    image: imageReference.describe('The image; pulled if it is not local'),
    port: z.int().min(1).max(65535).describe('The port on which the server listens in the container'),
    command: z
      .array(z.string())
      .min(1)
      .refine((words) => !words.some((word) => word.includes('{token}')), {
        message:
          "{token} is not allowed here: everyone on the machine can read a process's arguments; the server gets it in the variable that `secret` names",
      })
      .optional()
      .describe(
        "The server's command, a list of words; by default, the command of the image; {hostname} is the own hostname of the session, for a server that checks the Host of requests",
      ),
    env: z.record(variable, z.string()).default({}).describe('Environment variables of the container'),
    secret: variable.default('EZJ_TOKEN').describe('The variable in which the server finds its token or password'),
    signIn: z
      .enum(['token', 'rstudio', 'none'])
      .default('token')
      .describe("token: in the URL; rstudio: RStudio Server's form; none: anyone who reaches the port gets in"),
    user: z
      .string()
      .min(1)
      .max(40)
      .refine(isPlain, UNPLAIN)
      .optional()
      .describe('The name to sign in with, for signIn: rstudio'),
    ready: z
      .strictObject({
        path: urlPath,
        headers: z.record(z.string(), z.string()).optional(),
        statuses: z.array(z.int().min(100).max(599)).min(1).default([200]),
      })
      .default({ path: '/', statuses: [200] })
      .describe(
        'The request that shows that the server is ready; {token} in its path or headers proves that it is the right server',
      ),
    url: urlPath.default('/').describe('The page to open; contains {token} if the sign-in is by token'),
    fileUrl: urlPath.optional().describe('The page that opens {file}, a file of the project'),
    ownership: z
      .enum(['auto', 'ezj', 'docker-stacks', 'rocker', 'unknown'])
      .default('auto')
      .describe('How to run the image as the user; auto: as detected from the image'),
    workdir: folder.default('/work/{folder}').describe('Where the project is mounted; {folder} is its name'),
    activity: z
      .strictObject({ path: urlPath, headers: z.record(z.string(), z.string()).optional(), field: z.string().min(1) })
      .optional()
      .describe('A request whose JSON answer contains the time of the last use in `field`'),
  })
  .refine(({ signIn, url }) => signIn !== 'token' || url.includes('{token}'), {
    path: ['url'],
    message: 'expected {token} in it, such as /?token={token}, because the sign-in is by token',
  })
  .refine(({ signIn, ready }) => signIn !== 'token' || JSON.stringify(ready).includes('{token}'), {
    path: ['ready'],
    message: 'expected {token} in its path or in a header: it proves that the server asks for it',
  });

/** Kinds that a user defines in the configuration or in a project file, by name. */
export const userKinds = z.record(kindName, userKind);

/** A kind of a user, with defaults. */
export type UserKind = z.infer<typeof userKind>;
