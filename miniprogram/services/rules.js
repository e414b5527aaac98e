const request = require('../utils/request');

/**
 * Asks the service for a rule: for phones whose WeChat has no WXWebAssembly.
 * @param {string} fn a function of the WASM package
 * @param {any[]} args
 */
async function call(fn, args) {
  return (await request.ask(`/rules/${fn}`, { args })).value;
}

/** The policy in force, with snake_case names. */
async function policy() {
  return (await request.read('/policy', { auth: false })).data;
}

module.exports = { call, policy };
