/**
 * Content types by the endings of names. Text is said to be UTF-8, as nearly every file is today.
 */

/** What the ending says nothing about: browsers save it. */
const UNKNOWN = 'application/octet-stream';

const TYPES: Readonly<Record<string, string>> = {
  'text/html': 'html htm',
  'text/css': 'css',
  'text/javascript': 'js mjs cjs',
  'text/csv': 'csv',
  'text/markdown': 'md markdown',
  'text/calendar': 'ics',
  'text/vtt': 'vtt',
  'text/plain':
    'txt text log ini cfg conf toml py c h cc cpp hpp rs go java ts tsx jsx sh bash sql diff patch tex line',
  'application/json': 'json map',
  'application/jsonl': 'jsonl ndjson',
  'application/ld+json': 'jsonld',
  'application/manifest+json': 'webmanifest',
  'application/geo+json': 'geojson',
  'application/xml': 'xml xsl',
  'application/xhtml+xml': 'xhtml',
  'application/rss+xml': 'rss',
  'application/atom+xml': 'atom',
  'application/yaml': 'yaml yml',
  'application/wasm': 'wasm',
  'application/pdf': 'pdf',
  'application/rtf': 'rtf',
  'application/epub+zip': 'epub',
  'application/zip': 'zip',
  'application/gzip': 'gz tgz',
  'application/x-bzip2': 'bz2',
  'application/x-xz': 'xz',
  'application/zstd': 'zst',
  'application/x-7z-compressed': '7z',
  'application/x-tar': 'tar',
  'application/vnd.sqlite3': 'db sqlite sqlite3',
  'application/vnd.tcpdump.pcap': 'pcap pcapng',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'image/png': 'png',
  'image/apng': 'apng',
  'image/jpeg': 'jpg jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/svg+xml': 'svg',
  'image/x-icon': 'ico',
  'image/bmp': 'bmp',
  'image/tiff': 'tif tiff',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/ogg': 'ogg oga opus',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/midi': 'mid midi',
  'video/mp4': 'mp4 m4v',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'font/woff': 'woff',
  'font/woff2': 'woff2',
  'font/ttf': 'ttf',
  'font/otf': 'otf',
};

const BY_ENDING: ReadonlyMap<string, string> = new Map(
  Object.entries(TYPES).flatMap(([type, endings]) =>
    endings
      .split(' ')
      .map(ending => [ending, type.startsWith('text/') ? `${type}; charset=utf-8` : type] as const),
  ),
);

/** The type of a file by its name; of names that say nothing, bytes. */
export function contentTypeOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return (dot > 0 && BY_ENDING.get(name.slice(dot + 1).toLowerCase())) || UNKNOWN;
}
