// What was called, in order; the tests read it from the page's data.
const log = []
module.exports = { log, note: (line) => log.push(line) }
