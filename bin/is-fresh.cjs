// Is the bundle of the command what its sources would make now? Asked at every start in a checkout, where somebody who
// edits a file must never run old code, so it must be quick: a stat a file, and only of files that the command may load.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

/**
 * A copy, or another branch and back, changes times and nothing else: then the content decides, which takes longer than the
 * stat and less than to run the sources.
 */
function isAsBundled(file, { size, mtimeMs, sha256 }) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || stat.size !== size) return false;
  return stat.mtimeMs === mtimeMs || require('node:crypto').hash('sha256', fs.readFileSync(file)) === sha256;
}

/**
 * @param {string} root of the checkout
 * @param {string} [command] what it is asked for, the first argument of the command line; without it, or where it is none
 *   of those that are known: for everything
 * @returns {boolean}
 */
module.exports = function isFresh(root, command) {
  let bundled;
  try {
    // Written last: where it is, the bundle is complete.
    bundled = JSON.parse(fs.readFileSync(path.join(root, 'dist/cli/inputs.json'), 'utf8'));
  } catch {
    return false;
  }
  const { files, commands } = bundled;
  const loads = Object.hasOwn(commands, command) ? commands[command].map(index => files[index]) : files;
  return loads.every(file => isAsBundled(`${root}/${file.path}`, file));
};
