// What stands in the way of an upload of the mini-program.
//   node tools/check-upload.mjs [trial|release]

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../miniprogram', import.meta.url))

/** Hosts that a phone cannot call, or that belong to nobody. */
const PLACEHOLDER_HOSTS = /(^|\.)(example\.(com|org|net)|localhost|invalid|test)$|^\d+\.\d+\.\d+\.\d+$/

/** The messages that a version cannot do without: without them WeChat tells nobody of a free seat or of a class called off. */
const NEEDED = ['spot_available', 'class_cancelled']

/** `config.js` as it is in a mini-program of one version. */
function configOf(text, envVersion) {
  const module = { exports: {} }
  const wx = { getAccountInfoSync: () => ({ miniProgram: { envVersion } }) }
  new Function('module', 'wx', text)(module, wx)
  return module.exports
}

/**
 * Everything that is still a placeholder, each with what would be right.
 * @param {{ config: string, project: string }} files the text of `config.js` and of `project.config.json`
 * @param {'trial' | 'release'} version
 * @returns {string[]}
 */
export function obstacles(files, version) {
  const found = []
  const config = configOf(files.config, version)
  const { protocol, hostname } = new URL(config.apiBase)
  if (protocol !== 'https:') found.push(`config.js: the ${version} address ${config.apiBase} must be https`)
  if (PLACEHOLDER_HOSTS.test(hostname)) found.push(`config.js: the ${version} host ${hostname} is a placeholder: name the service's own`)
  for (const name of NEEDED) {
    if (!config.templateOf(name)) found.push(`config.js: ${version} has no template for ${name}: name its id of the console (功能 → 订阅消息)`)
  }
  const { appid } = JSON.parse(files.project)
  if (!/^wx[0-9a-f]{16}$/.test(appid)) found.push(`project.config.json: "${appid}" is no appid: name the mini-program's own`)
  return found
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [version = 'release'] = positionals
  const read = (file) => readFileSync(path.join(root, file), 'utf8')
  const found = obstacles({ config: read('config.js'), project: read('project.config.json') }, version)
  for (const line of found) console.error(line)
  if (found.length > 0) process.exit(1)
  console.log(`the mini-program may be uploaded as ${version}`)
}
