// The badge of a status word.

/**
 * A status word that a newer service sends and this version does not know is shown as it is, in grey.
 * @template {{badge: string, text: string}} T
 * @param {Record<string, T>} badges
 * @param {string} word
 * @returns {T | {badge: string, text: string}}
 */
function badgeOf(badges, word) {
  return badges[word] || { badge: 'ended', text: word };
}

module.exports = { badgeOf };
