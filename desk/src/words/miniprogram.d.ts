declare module '*/miniprogram/views/refusals.js'
declare module '*/miniprogram/views/times.js'
