import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../environment/sandbox.ts';
import { NOTEBOOK_IMAGE } from '../environment/stand-in-notebook.ts';
import {
  consoleExamples,
  type Example,
  looksLike,
  namedCommands,
  pages,
  readPage,
  tableExamples,
  wordsOf,
} from './documented-examples.ts';
import { documentedOptions, faultOf, type Help, readHelp, unknownWord } from './documented-options.ts';

let sandbox: Sandbox;
let help: Help;

beforeAll(async () => {
  sandbox = await createSandbox();
  const { home } = sandbox;
  for (const folder of ['my-analysis', 'analysis', 'data']) await mkdir(path.join(home, folder));
  await writeFile(
    path.join(home, 'my-analysis', 'report.ipynb'),
    '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
  );
  for (const key of ['image.python', 'image.r']) await sandbox.run(['config', 'set', key, NOTEBOOK_IMAGE]);
  help = await readHelp(sandbox);
});

afterAll(() => sandbox.cleanup());

/** On a desktop, too, no example opens a browser. */
const NO_BROWSER = { BROWSER: 'none' };

/** Examples that other tests run: they take long, or need what is not here. */
const ELSEWHERE = [
  /^ezj --rstudio/,
  /^ezj (export|import|push|pull|doctor)\b/,
  // They would clone from the network.
  /^ezj https:/,
];

test('the examples of README and of the first steps run, and print what the pages say', async () => {
  const ran: string[] = [];
  const failures: string[] = [];
  for (const page of ['README.md', 'docs/getting-started.md']) {
    const where = { cwd: sandbox.home };
    const inBlocks = runnable(consoleExamples(page));
    for (const example of inBlocks.filter(({ line }) => line !== 'ezj stop'))
      failures.push(...(await run(example, where)));
    // Those of a table do not depend on each other: the session runs.
    const inTables = runnable(tableExamples(page)).filter(({ line }) => line !== 'ezj stop');
    failures.push(...(await Promise.all(inTables.map((example) => run(example, where)))).flat());
    failures.push(...(await run({ page, line: 'ezj stop', output: [] }, where)));
    ran.push(...[...inBlocks, ...inTables].map(({ line }) => line));
  }
  expect(failures).toEqual([]);
  expect(ran).toEqual(
    expect.arrayContaining(['ezj', 'ezj -R ~/analysis', 'ezj list', 'ezj shell', 'ezj env diff', 'ezj stop']),
  );
});

function runnable(examples: Example[]): Example[] {
  return examples.filter(({ line }) => !ELSEWHERE.some((pattern) => pattern.test(line)));
}

/** Runs one example, and gives what is wrong with it; `cd` moves the next one. */
async function run({ page, line, output }: Example, where: { cwd: string }): Promise<string[]> {
  if (line.startsWith('cd ')) where.cwd = path.join(sandbox.home, line.slice(3));
  if (!/^(bin\/)?ezj\b/.test(line)) return [];
  const args = wordsOf(line)
    .slice(1)
    .map((word) => word.replace(/^~/, sandbox.home));
  const running = sandbox.start(args, { ...where, env: NO_BROWSER });
  if (args.includes('-f')) {
    await running.waitFor(/./);
    running.child.kill('SIGINT');
  }
  const { exitCode, stdout, stderr } = await running.ended;
  if (exitCode !== 0) return [`${page}: ${line} ends with ${exitCode}: ${stderr}`];
  const missing = output.filter((expected) => !looksLike(expected).test(stdout));
  return missing.map((expected) => `${page}: ${line} does not print ${expected}, but ${stdout}`);
}

test('every command and option that a page names is there', () => {
  const examples = pages().flatMap(namedCommands);
  const faults = examples.flatMap(({ page, line }) => {
    const word = unknownWord(line, help);
    const fault = word === undefined ? faultOf(line, help) : `there is no command ${word}`;
    return fault === undefined ? [] : [`${page}: ${line}: ${fault}`];
  });
  expect(faults).toEqual([]);
  expect(examples.length).toBeGreaterThan(150);
});

test('the page of commands has the options that each command has, and no others', () => {
  const sections = readPage('docs/commands.md').split(/^## /m).slice(1);
  const documented = new Map(
    sections
      .filter((text) => text.startsWith('ezj '))
      .map((text) => [/^ezj ([a-z]+(?: (?:diff|save)\b)?)?/.exec(text)?.[1] ?? 'start', documentedOptions(text)]),
  );
  // A verb without a section of its own stands in that of its command.
  const sectionOf = (name: string) => (documented.has(name) ? name : name.split(' ')[0]);
  const names = [...help.keys()].filter((name) => sectionOf(name) === name);
  const shown = names.map((name): [string, string[]] => [
    name,
    [...help].filter(([other]) => sectionOf(other) === name).flatMap(([, found]) => [...found]),
  ]);
  const options = (found: Iterable<string>) =>
    [...found].filter((option) => !/^(-h|--help|--json|-r)$/.test(option)).sort();
  expect(Object.fromEntries([...documented].map(([name, found]) => [name, options(found)]))).toEqual(
    Object.fromEntries(shown.map(([name, found]) => [name, options(found)])),
  );
});
