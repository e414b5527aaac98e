// The rules, compiled to WASM: the same as in the mini-program.
import { shallowRef } from 'vue'

type Rules = typeof import('@rules')

/** Null until they are loaded. */
export const rules = shallowRef<Rules | null>(null)

void import('@rules').then(async (module) => {
  await module.default()
  rules.value = module
})
