// What a public project has beside its code: recipes, workflows and containers. None of them can be run where the tests
// run; what they name has to exist.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import yaml from 'js-yaml'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const read = (file) => readFileSync(path.join(root, file), 'utf8')
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n')

const scripts = readdirSync(path.join(root, 'scripts')).map((name) => `scripts/${name}`)
const programs = scripts.filter((file) => statSync(path.join(root, file)).mode & 0o100)
const scriptsIn = (text) => [...text.matchAll(/\bscripts\/[\w-]+/g)].map(([name]) => name)

test('every recipe of the justfile runs one script of its own name, and every script that people run has one', () => {
  const recipes = [...read('justfile').matchAll(/^([a-z][\w-]*)(?: \*args)?:\n {4}(.*)$/gm)].filter(([, name]) => name !== 'default')
  assert.ok(recipes.length > 10)
  for (const [, name, command] of recipes) assert.deepEqual(scriptsIn(command), [`scripts/${name}`])
  const listed = recipes.map(([, name]) => `scripts/${name}`)
  assert.deepEqual(listed.filter((script) => !programs.includes(script)), [], 'recipes without a script')
  const inner = programs.filter((script) => /^scripts\/(fetch-|cpu-seconds)/.test(script))
  assert.deepEqual(programs.filter((script) => !listed.includes(script) && !inner.includes(script)), [], 'scripts without a recipe')
  for (const script of inner) {
    const callers = programs.filter((other) => other !== script && read(other).includes(script))
    assert.notEqual(callers.length, 0, `nobody calls ${script}`)
  }
})

test('the workflows run scripts that exist, with actions pinned to a commit', () => {
  const files = tracked.filter((file) => file.startsWith('.github/workflows/'))
  assert.ok(files.length > 0)
  for (const file of files) {
    for (const [name, job] of Object.entries(yaml.load(read(file)).jobs)) {
      for (const step of job.steps) {
        if (step.uses) assert.match(step.uses, /@[0-9a-f]{40}$/, `${file}, ${name}`)
        else assert.deepEqual(scriptsIn(step.run).filter((script) => !programs.includes(script)), [], `${file}, ${name}`)
      }
    }
  }
})

test('dependabot looks at every folder that pins packages of npm', () => {
  const { updates } = yaml.load(read('.github/dependabot.yml'))
  const folders = tracked
    .filter((file) => path.basename(file) === 'package-lock.json' && !file.startsWith('tests/previous/'))
    .map((file) => `/${path.dirname(file)}`)
  assert.deepEqual(updates.find((one) => one['package-ecosystem'] === 'npm').directories.toSorted(), folders.toSorted())
})

/** Whether docker sends `file` to the build: the last line of .dockerignore that matches it, or a folder above it, decides. */
function isSent(file) {
  const names = file.split('/')
  const above = names.map((_, at) => names.slice(0, at + 1).join('/'))
  let sent = true
  for (const line of read('.dockerignore').split('\n').filter((line) => line && !line.startsWith('#'))) {
    const wanted = line.startsWith('!')
    const pattern = line.replace('!', '').replaceAll('.', '\\.').replace(/^\*\*\//, '(.*/)?').replace(/^\*$/, '[^/]*')
    if (above.some((part) => new RegExp(`^${pattern}$`).test(part))) sent = wanted
  }
  return sent
}

/** The stages of the Dockerfile, by name: their instructions, each on one line. */
const stages = new Map(
  read('Dockerfile')
    .replaceAll('\\\n', '')
    .split(/^(?=FROM )/m)
    .slice(1)
    .map((text) => [text.match(/ AS (\w+)/)[1], text]),
)

test('docker is sent all that the images are built from', () => {
  assert.equal(isSent('README.md'), false)
  assert.equal(isSent('tests/node_modules/wrangler/package.json'), false)
  const builders = scriptsIn(read('Dockerfile'))
  assert.ok(builders.includes('scripts/build-desk'))
  // A build's script names what the build is made from, to know when it is out of date.
  const inputs = builders.flatMap((script) => {
    const [, named] = read(script).replaceAll('\\\n', '').match(/^(?:inputs=\$\(| {2})hash_of ([^")\n]*)/m) ?? [null, '']
    return [script, ...named.split(/\s+/)]
  })
  for (const name of ['docs/openapi.json', 'miniprogram/views', 'logic/src']) assert.ok(inputs.includes(name), name)
  const made = read('.gitignore').split('\n').filter((line) => line.startsWith('/')).map((line) => line.slice(1))
  const sources = inputs.filter((name) => name && !made.some((folder) => name.startsWith(folder)))
  const members = yaml.load(read('Cargo.toml').match(/^members = (.*)$/m)[1]).map((name) => `${name}/Cargo.toml`)
  const more = ['Cargo.lock', 'backend', 'wrangler.toml', 'tests/package-lock.json', 'tests/wechat/package-lock.json', 'tools/node_modules', 'scripts']
  for (const name of [...sources, ...members, ...more]) {
    const files = tracked.filter((file) => file === name || file.startsWith(`${name}/`))
    assert.notEqual(files.length, 0, `${name} does not exist`)
    assert.deepEqual(files.filter((file) => !isSent(file)), [], `${name} is needed by the images`)
  }
})

test('each image copies from a stage or an image, and what the stage made', () => {
  for (const [name, text] of stages) {
    for (const [, from, file] of text.matchAll(/^COPY --from=(\S+) (\S+)/gm)) {
      if (stages.has(from)) assert.ok(stages.get(from).includes(file), `${name} copies ${file}, which ${from} does not make`)
      else assert.match(from, /:.*\d/, 'an image of another project, with its version')
    }
    for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) assert.match(image, /:.*\d/)
  }
  assert.match(stages.get('backend'), /^USER gym$/m)
})

const backendSources = tracked.filter((file) => /^backend\/src\/.*\.rs$/.test(file)).map(read).join('\n')
const edgeSettings = [...tracked.filter((file) => /^edge\/src\/.*\.rs$/.test(file)).map(read).join('\n').matchAll(/"([A-Z][A-Z_]+)"/g)].map(([, name]) => name)

test('containers set what the programs read, and ask for paths that are served', () => {
  const { services } = yaml.load(read('compose.yaml'))
  const isBackends = (name) => new RegExp(`"${name}"`).test(backendSources)
  const ofImage = [...stages.get('backend').matchAll(/^ENV (.*)$/gm)].flatMap(([, line]) => line.match(/\b[A-Z_]+(?==)/g))
  assert.deepEqual([...ofImage, ...Object.keys(services.backend.environment)].filter((name) => !isBackends(name)), [])
  const passed = [...stages.get('edge').matchAll(/--var \\?"?([A-Z_]+):/g)].map(([, name]) => name)
  assert.ok(passed.length > 2)
  assert.deepEqual([...passed, ...Object.keys(services.edge.environment)].filter((name) => !edgeSettings.includes(name)), [])
  // What the worker is passed from its environment is in compose.yaml.
  const expected = [...stages.get('edge').matchAll(/\$([A-Z_]+)/g)].map(([, name]) => name)
  assert.deepEqual(expected.filter((name) => !(name in services.edge.environment)), [])

  const served = [...read('contract/src/operation.rs').matchAll(/pub const \w+_PATH: &str = "(.*)"/g)].map(([, value]) => value)
  for (const [name, { build, healthcheck, depends_on = {} }] of Object.entries(services)) {
    if (build) {
      assert.ok(stages.has(build.target), name)
      const asked = healthcheck.test.join(' ').match(/\/\w+z\b/)[0]
      assert.ok(served.includes(asked), `${name} asks for ${asked}`)
    }
    for (const other of Object.keys(depends_on)) assert.ok(services[other].healthcheck, `${name} waits for ${other}`)
  }
  // The image's command, the port that it opens and the port that compose.yaml publishes.
  assert.match(stages.get('backend'), /^ENTRYPOINT \["gym"\]\nCMD \["serve"\]$/m)
  for (const name of ['backend', 'edge']) {
    const port = stages.get(name).match(/^EXPOSE (\d+)/m)[1]
    assert.ok(services[name].ports.every((one) => one.endsWith(`:${port}`)), name)
  }
  assert.ok(services.backend.environment.GYM_LISTEN.endsWith(':8080'))
  assert.equal(services.edge.environment.ORIGIN, 'http://backend:8080')
})
