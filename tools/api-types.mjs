// The contract as TypeScript types, made from docs/openapi.json.
//   node tools/api-types.mjs          writes miniprogram/types/api.d.ts: the shapes that the mini-program reads
//   node tools/api-types.mjs desk     writes desk/src/api/contract.d.ts: the whole contract; made anew by each build

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import openapiTS, { astToString } from 'openapi-typescript'

const contract = new URL('../docs/openapi.json', import.meta.url)
const fileOf = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
export const typesFile = fileOf('miniprogram/types/api.d.ts')

/** What the mini-program reads of the service; what these refer to is included. */
const READ = [
  'Balance',
  'Booking',
  'ClaimCode',
  'CreditMovement',
  'Entry',
  'Guardian',
  'LoggedIn',
  'Makeup',
  'MakeupOption',
  'Message',
  'Notification',
  'Owed',
  'Position',
  'Profile',
  'Session',
]

/** The schemas named, and all that they refer to. */
function withReferences(schemas, names) {
  const found = new Set()
  const add = (name) => {
    if (found.has(name)) return
    found.add(name)
    for (const [, other] of JSON.stringify(schemas[name]).matchAll(/#\/components\/schemas\/(\w+)/g)) add(other)
  }
  names.forEach(add)
  return Object.fromEntries([...found].sort().map((name) => [name, schemas[name]]))
}

/** A schema without its descriptions: the contract's own page explains it, and the types need not change with its words. */
const withoutWords = (schema) => JSON.parse(JSON.stringify(schema, (key, value) => (key === 'description' ? undefined : value)))

/** The text of `miniprogram/types/api.d.ts` for the contract as it is. */
export async function apiTypes() {
  const { openapi, info, components } = JSON.parse(await readFile(contract, 'utf8'))
  const document = { openapi, info, paths: {}, components: { schemas: withoutWords(withReferences(components.schemas, READ)) } }
  const nodes = await openapiTS(document, { rootTypes: true, rootTypesNoSchemaPrefix: true })
  return `// Made from docs/openapi.json by tools/api-types.mjs; a test fails where it is out of date.\n\n${astToString(nodes)}`
}

/** The whole contract for the desk. */
async function deskTypes() {
  const document = withoutWords(JSON.parse(await readFile(contract, 'utf8')))
  return astToString(await openapiTS(document, { rootTypes: true, rootTypesNoSchemaPrefix: true }))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === 'desk') await writeFile(fileOf('desk/src/api/contract.d.ts'), await deskTypes())
  else await writeFile(typesFile, await apiTypes())
}
