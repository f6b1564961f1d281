// The functions that the parser runs say so themselves when they are loaded.
import '../installed/session-packages.ts';
import '../projects/folder-environment.ts';
import { serveParser } from '../parsing/parser-thread.ts';

serveParser();
