// The other side of durable_steps.sh: runs of 8 steps in DBOS Transact on PostgreSQL, each step's result on disk before the next one begins.
//
//     node dbos_steps.mjs RUNS IN_FLIGHT [STEPS]      prints one line of JSON, times in milliseconds
//
// Needs @dbos-inc/dbos-sdk beside it (see durable_steps.sh) and a database: BENCH_POSTGRES=postgres://USER@HOST:PORT/NAME.
import { DBOS } from '@dbos-inc/dbos-sdk';

const [runs, inFlight, steps = 8] = process.argv.slice(2).map(Number);
DBOS.setConfig({ name: 'bench', systemDatabaseUrl: process.env.BENCH_POSTGRES, logLevel: 'error', systemDatabasePoolSize: 20 });

const stepTimes = [];
const flow = DBOS.registerWorkflow(async (seed) => {
  let sum = seed;
  for (let i = 0; i < steps; ++i) {
    const begin = performance.now();
    sum = await DBOS.runStep(async () => sum + i, { name: `s${i}` });
    stepTimes.push(performance.now() - begin);
  }
  return sum;
}, { name: 'flow' });

const percentile = (times, of) => times.sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(of * times.length))];
async function drive(count) {
  const times = [];
  let next = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (next < count) {
      const seed = next++;
      const begin = performance.now();
      await flow(seed);
      times.push(performance.now() - begin);
    }
  }));
  return times;
}

await DBOS.launch();
await drive(Math.min(runs, 50)); // warm
stepTimes.length = 0;
const begin = performance.now();
const times = await drive(runs);
const seconds = (performance.now() - begin) / 1000;
console.log(JSON.stringify({
  bench: 'dbos', runs, in_flight: inFlight, steps, s: Number(seconds.toFixed(3)), steps_per_s: Math.round(steps * runs / seconds),
  step_p50_ms: Number(percentile(stepTimes, 0.5).toFixed(3)), run_p50_ms: Number(percentile(times, 0.5).toFixed(3)),
}));
process.exit(0);
