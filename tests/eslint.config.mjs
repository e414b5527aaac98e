// What is wrong in the mini-program, in its tests and in the tools whatever it looks like; prettier does the looks.
//   tests/node_modules/.bin/eslint --config tests/eslint.config.mjs miniprogram tests/browser tools     (from the root)

import js from '@eslint/js'
import globals from 'globals'

/** What WeChat gives every module of a mini-program. */
const WECHAT = Object.fromEntries(
  ['wx', 'App', 'Page', 'Component', 'Behavior', 'getApp', 'getCurrentPages', 'WXWebAssembly', 'require', 'module', 'console', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
    .map((name) => [name, 'readonly']),
)

const rules = {
  eqeqeq: 'error',
  'no-unused-vars': ['error', { args: 'after-used', caughtErrors: 'none', ignoreRestSiblings: true }],
  'no-use-before-define': ['error', { functions: false, classes: false, variables: false }],
  'no-var': 'error',
  'prefer-const': 'error',
  'no-shadow': 'error',
  'no-param-reassign': 'error',
  'no-throw-literal': 'off',
}

/** What the rules count, as the contract, the rules and the pages name it. */
const COUNTED = `/^(${[
  'now|until|deadline|response_deadline|expiry_time|expires_at|expiresAt|expiryTime|starts_at|startsAt|ends_at|makeup_until',
  'last_notification_at|position|rank|chance|free|held|waiting|queue_capacity|remaining_minutes|remainingMinutes',
  'available_minutes|duration_minutes|compensation_minutes_used|\\w+(Lead|Window|Days|Interval)',
].join('|')})$/`
const COMPARED = 'BinaryExpression[operator=/^[<>]=?$/]'

/** Whoever compares what the rules count writes a rule, and rules stand in `logic` alone. */
const noRules = [
  `${COMPARED} > MemberExpression[property.name=${COUNTED}]`,
  `${COMPARED} > Identifier[name=${COUNTED}]`,
  `${COMPARED} > BinaryExpression > Identifier[name=${COUNTED}]`,
].map((selector) => ({ selector, message: 'This compares what the rules count: ask services/rules.js.' }))

export default [
  { ignores: ['miniprogram/wasm/**', 'miniprogram/types/**', 'tools/browser/dist/**', 'tests/browser/dist/**', 'tests/browser/sample/**'] },
  js.configs.recommended,
  {
    files: ['miniprogram/**/*.js'],
    languageOptions: { ecmaVersion: 2020, sourceType: 'commonjs', globals: WECHAT },
    rules: { ...rules, complexity: ['error', 16], 'no-restricted-syntax': ['error', ...noRules] },
  },
  { files: ['tests/browser/**/*.mjs', 'tools/**/*.mjs'], languageOptions: { globals: { ...globals.node, ...globals.browser, host: 'readonly' } }, rules },
  { files: ['tools/bench-edge/*.js'], languageOptions: { globals: globals.serviceworker }, rules },
  { files: ['tools/browser/host/**/*.js'], languageOptions: { globals: globals.browser }, rules },
  {
    files: ['tools/browser/builtin/**/*.js'],
    languageOptions: { sourceType: 'commonjs', globals: { ...globals.browser, ...WECHAT, host: 'readonly' } },
    rules,
  },
]
