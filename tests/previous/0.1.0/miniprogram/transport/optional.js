// Parts of the contract that an older service does not have yet.

/**
 * Resolves to null where the service does not know the address (404): what it would have shown is then left out.
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T | null>}
 */
async function optional(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

module.exports = { optional };
