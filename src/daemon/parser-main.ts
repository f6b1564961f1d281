// Each of these declares functions that run here.
import '../installed/manifest.ts';
import '../installed/save.ts';
import '../projects/plan-folder.ts';
import '../projects/project-request.ts';
import { serveParser } from '../parsing/parser-thread.ts';

serveParser();
