// Links in the documentation lead somewhere: node tools/lint_docs.mjs. Every Markdown file that git knows is read; a link
// to a file of the repository must name one that is there, a #fragment a heading of it. Links to other hosts are not tried.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/// A heading's anchor as the usual renderers make it.
export function anchor(heading) {
  return heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
}

export function anchors(markdown) {
  return new Set([...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => anchor(heading)));
}

export function links(markdown) {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^[a-z]+:/.test(target));
}

export function broken(file) {
  const markdown = readFileSync(file, 'utf8');
  return links(markdown).filter((target) => {
    const [path, fragment] = target.split('#');
    const to = path ? resolve(dirname(file), path) : file;
    if (!existsSync(to)) return true;
    return fragment && statSync(to).isFile() && !anchors(readFileSync(to, 'utf8')).has(fragment);
  });
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' });
  const files = listed.stdout.split('\n').filter((file) => file && existsSync(join(root, file)));
  const found = files.flatMap((file) => broken(join(root, file)).map((target) => `${file}: ${target} leads nowhere`));
  for (const line of found) console.log(line);
  console.log(`links: ${files.length} files, ${found.length} broken`);
  process.exitCode = found.length === 0 && files.length > 0 ? 0 : 1;
}
