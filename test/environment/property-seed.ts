import fc from 'fast-check';

// The same inputs in each run, so that a change is judged by the change. Another number tries others.
fc.configureGlobal({ seed: Number(process.env.EZJ_TEST_SEED ?? 1) });
