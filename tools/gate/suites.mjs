// The suites outside the server's own source: each folder of tests/ (and bench/) that has a suite.json.
//
//   {
//     "name": "api",                           what SUITES="api" names
//     "title": "every route from outside",     one line for people
//     "order": 30,                             ascending; what is quick and basic comes first
//     "builds": {"release": ["medialith"]},    CMake targets by preset, built before it (this is the default)
//     "uses": ["http"],                        folders of tests/ whose code, and so whose npm packages, it needs
//     "gate": "node --test …",                 the command of `make test`, run by bash in the suite's folder
//     "all": "node --test …",                  the command of `make test-all`; absent = gate
//     "prove" | "soak" | "bench": "…",         commands of these verbs, their output shown as it comes
//     "minutes": {"gate": 3, "all": 10}        deadlines; a command still running then has failed
//   }
//
// A command ends with node:test's summary or with a line "N passed, N failed". It finds the server in $SERVER_BINARY (or
// $SERVER_BINARY_ASAN) and may leave files in $RESULTS. npm packages of a folder with a package-lock.json are installed first.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const MEMBERS = ['name', 'title', 'order', 'builds', 'uses', 'gate', 'all', 'prove', 'soak', 'bench', 'minutes'];
const DEFAULT_MINUTES = 10;

export function discover(root) {
  const folders = [join(root, 'bench')];
  const tests = join(root, 'tests');
  if (existsSync(tests)) folders.push(...readdirSync(tests).map((name) => join(tests, name)));
  return folders
    .filter((folder) => existsSync(join(folder, 'suite.json')))
    .map(load)
    .sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
}

export function load(folder) {
  const file = join(folder, 'suite.json');
  const suite = JSON.parse(readFileSync(file, 'utf8'));
  for (const member of Object.keys(suite)) {
    if (!MEMBERS.includes(member)) throw new Error(`${file}: unknown member "${member}"`);
  }
  if (!suite.title) throw new Error(`${file}: "title" is missing`);
  return {
    folder,
    ...suite,
    name: suite.name ?? basename(folder),
    order: suite.order ?? 50,
    builds: suite.builds ?? { release: ['medialith'] },
    minutes: suite.minutes ?? {},
  };
}

/// The command of a suite for a verb, with its deadline; undefined when the suite has no part in it.
export function commandFor(suite, verb) {
  const command = suite[verb] ?? (verb === 'all' ? suite.gate : undefined);
  if (!command) return undefined;
  const minutes = suite.minutes[verb] ?? (verb === 'all' ? suite.minutes.gate : undefined) ?? DEFAULT_MINUTES;
  return { command, minutes };
}
