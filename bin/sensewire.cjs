#!/usr/bin/env node
// Plain old JavaScript, so that any Node.js can read it: an old one then says what is missing in one line.
'use strict';
var LOWEST = [24, 15];
var version = process.versions.node.split('.').map(Number);
if (version[0] < LOWEST[0] || (version[0] === LOWEST[0] && version[1] < LOWEST[1])) {
  console.error(
    'sensewire needs Node.js ' +
      LOWEST.join('.') +
      ' or newer, and this is ' +
      process.versions.node +
      ': install it from https://nodejs.org, or in a checkout run `npx sensewire` after `npm ci`.',
  );
  process.exit(2);
}
var fs = require('node:fs');
var path = require('node:path');
// Compiled code is kept for the next start: half of the time to --help. Worker threads find the place in the environment, and
// then need no compiler of their own: 38 MB less for a collector that runs from the sources.
var cache = require('node:module').enableCompileCache();
if (cache.directory && !process.env.NODE_COMPILE_CACHE) process.env.NODE_COMPILE_CACHE = cache.directory;
var root = path.join(__dirname, '..');
// The bundle starts in less time than hundreds of sources. The published package has nothing else; in a checkout it must be
// what the sources would make now.
var source = path.join(root, 'src', 'cli', 'main.ts');
var runsSource = fs.existsSync(source) && !require('./is-fresh.cjs')(root, process.argv[2]);
require(runsSource ? source : path.join(root, 'dist', 'cli', 'main.js'));
