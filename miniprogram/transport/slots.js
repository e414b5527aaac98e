// How many requests are under way. WeChat takes ten at once; what comes beyond waits here for its turn.

/** One less than WeChat's ten, for what WeChat itself may ask in between. */
const AT_ONCE = 9;

let taken = 0;
/** @type {(() => void)[]} */
const queue = [];

/** Resolves when a request may begin. Whoever takes a slot gives it back by `release`. @returns {Promise<void> | null} null: at once */
function take() {
  if (taken < AT_ONCE) {
    taken += 1;
    return null;
  }
  return new Promise((resolve) => queue.push(resolve));
}

/** Gives a slot back: the request that waits longest gets it. */
function release() {
  const next = queue.shift();
  if (next) next();
  else taken -= 1;
}

module.exports = { take, release };
