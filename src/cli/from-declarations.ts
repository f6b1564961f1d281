// What scripts make from the declared commands: the build the help of `ezj`, the docs their tables.
export { COMMANDS } from './commands/index.ts';
export { rootHelp } from './help.ts';
export { withTables } from './option-tables.ts';
