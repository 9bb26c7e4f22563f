/**
 * The page of a folder: one file without scripts, light or dark as its reader has it.
 */
import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { formatSize } from '../../time/quantities.ts';
import type { Listing, ListingEntry } from './listing.ts';

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e3e6ea, #2c3138); --quiet: light-dark(#5b6470, #9aa4b1);
  --link: light-dark(#0b57c2, #7db4ff); --over: light-dark(#f2f6fc, #1b2129); --folder: light-dark(#d29416, #e3b34c) }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 3rem; background: light-dark(#fff, #12151a);
  color: light-dark(#1a1f26, #e4e8ee); font: 1rem/1.5 system-ui, sans-serif }
h1 { margin: 0 0 1.25rem; font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere }
h1 span { margin: 0 .35em; color: var(--quiet); font-weight: 400 }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px }
table { width: 100%; border-collapse: collapse }
th { padding: .4rem .6rem; text-align: left; font-size: .8rem; font-weight: 600; color: var(--quiet) }
td { padding: .4rem .6rem; border-top: 1px solid var(--line) }
tbody tr:hover { background: var(--over) }
td:first-child { overflow-wrap: anywhere }
.size, .time { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--quiet) }
svg { width: 1.1em; height: 1.1em; margin-right: .6em; vertical-align: -.2em; fill: none; stroke: var(--quiet) }
svg[hidden] { display: none }
svg.folder { fill: var(--folder); stroke: var(--folder) }
p { color: var(--quiet); padding: .4rem .6rem; margin: 0; border-top: 1px solid var(--line) }
@media (max-width: 34rem) { .time { display: none } body { padding: 1.25rem .5rem } }
`;

/** The page may show its own style and nothing else, whatever a name holds. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const LISTING_HEADERS: OutgoingHttpHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': POLICY,
  'Cache-Control': 'no-cache',
};

const SHAPES = `<svg hidden><symbol id="folder" viewBox="0 0 16 16"><path d="M1.5 3.5a1 1 0 0 1 1-1h3.2l1.6 1.8h6.2a1 1 0 0 1 1 1v7.2a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1z"/></symbol>
<symbol id="file" viewBox="0 0 16 16"><path d="M3.5 1.5h5.8l3.2 3.2v9.8h-9zM9.3 1.5v3.2h3.2"/></symbol></svg>`;

export function listingPage(names: readonly string[], { entries, more, isCut }: Listing): string {
  const title = escapeHtml(`/${names.join('/')}`);
  const up = names.length === 0 ? [] : [row(link('../', 'folder', '..'), '', '')];
  const notes = [
    ...(entries.length === 0 ? ['This folder is empty.'] : []),
    ...(more > 0
      ? [`${count(more)}${isCut ? ' or more' : ''} others are not shown: ask for them by name.`]
      : []),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${SHAPES}
<h1>${crumbs(names)}</h1>
<table>
<thead><tr><th>Name</th><th class="size">Size</th><th class="time">Modified (UTC)</th></tr></thead>
<tbody>
${[...up, ...entries.map(entryRow)].join('\n')}
</tbody>
</table>
${notes.map(note => `<p>${note}</p>`).join('\n')}
</body>
</html>
`;
}

/** The folders on the way here, each a link; relative, so that the page works behind any address. */
function crumbs(names: readonly string[]): string {
  const all = ['files', ...names];
  return all
    .map((name, index) => {
      const above = all.length - 1 - index;
      const text = escapeHtml(name);
      return above === 0 ? text : `<a href="${'../'.repeat(above)}">${text}</a>`;
    })
    .join('<span>/</span>');
}

function entryRow({ name, isFolder, sizeBytes, modifiedMs }: ListingEntry): string {
  const slash = isFolder ? '/' : '';
  // Without the dot, a name with a colon would be a scheme.
  const linked = link(
    `./${encodeURIComponent(name)}${slash}`,
    isFolder ? 'folder' : 'file',
    `${name}${slash}`,
  );
  const size = `<data value="${sizeBytes}" title="${count(sizeBytes)} bytes">${formatSize(sizeBytes)}</data>`;
  const time = new Date(modifiedMs).toISOString();
  const shown = `<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time>`;
  return row(linked, isFolder ? '' : size, shown);
}

function row(name: string, size: string, time: string): string {
  return `<tr><td>${name}</td><td class="size">${size}</td><td class="time">${time}</td></tr>`;
}

function link(target: string, kind: 'folder' | 'file', text: string): string {
  const icon = `<svg class="${kind}" aria-hidden="true"><use href="#${kind}"/></svg>`;
  return `<a href="${escapeHtml(target)}">${icon}${escapeHtml(text)}</a>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
