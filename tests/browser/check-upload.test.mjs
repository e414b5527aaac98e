// An upload with placeholders is refused, and says what is missing.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { obstacles } from '../../tools/check-upload.mjs'

const read = (file) => readFileSync(new URL(`../../miniprogram/${file}`, import.meta.url), 'utf8')
const files = { config: read('config.js'), project: read('project.config.json') }

test('the repository as it is may not be uploaded: its hosts, templates and appid are placeholders', () => {
  for (const version of ['trial', 'release']) {
    const found = obstacles(files, version).join('\n')
    assert.match(found, new RegExp(`the ${version} host api.example.com is a placeholder`))
    assert.match(found, new RegExp(`${version} has no template for spot_available`))
    assert.match(found, new RegExp(`${version} has no template for class_cancelled`))
    assert.match(found, /"touristappid" is no appid/)
  }
})

test('a repository with its own hosts, templates and appid may be uploaded', () => {
  const config = files.config.replaceAll('api.example.com', 'api.gym.cn').replace('release: {},', "release: { spot_available: 'a', class_cancelled: 'b' },")
  const project = files.project.replace('touristappid', 'wx0123456789abcdef')
  assert.deepEqual(obstacles({ config, project }, 'release'), [])
  assert.equal(obstacles({ config, project }, 'trial').length, 2, 'the templates of trial are still missing')
  assert.match(obstacles({ config: config.replaceAll('https://', 'http://'), project }, 'release').join(), /must be https/)
})
