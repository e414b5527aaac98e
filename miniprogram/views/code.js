// The codes that the service gives to be typed: eight letters in two halves. The service ignores case and hyphens.

/** Letters of a code. */
const LENGTH = 8;

/**
 * A code as it is shown while it is typed or pasted: `BCDF-GHJK`. Whatever is no letter is left out.
 * @param {string} typed
 * @returns {{code: string, complete: boolean}}
 */
function codeView(typed) {
  // A Chinese keyboard may give letters of full width.
  const letters = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z]/g, '')
    .slice(0, LENGTH);
  const half = LENGTH / 2;
  const code = letters.length > half ? `${letters.slice(0, half)}-${letters.slice(half)}` : letters;
  return { code, complete: letters.length === LENGTH };
}

module.exports = { codeView };
